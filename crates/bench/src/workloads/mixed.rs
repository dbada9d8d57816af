//! Lookups and updates side by side, and keys that come and go.

use super::Task;
use crate::keys::KeySet;
use crate::keys::zipf::{chance, uniform, zipfian};
use crate::race::Plan;
use crate::script::{Op, Script};

/// How many keys are in the map between their insert and their remove.
const WINDOW: usize = 1_000;

/// Draws a script of lookups and updates for each thread.
pub(super) fn plan(task: Task, keys: &KeySet, ops: usize, threads: usize) -> Plan {
    let count = ops / threads;
    let reads = if task == Task::Mixed50 { 50 } else { 90 };
    let script = |thread: usize| {
        let seed = 200 + thread as u64;
        let ids = match task {
            Task::Hot => vec![(keys.present.len() / 2) as u32; count],
            Task::Mixed50 => zipfian(keys.present.len(), count, seed),
            _ => uniform(keys.present.len(), count, seed),
        };
        let mut script = Script::with_capacity(count);
        for (id, read) in ids.into_iter().zip(chance(reads, count, seed + 50)) {
            script.push(
                if read { Op::Get } else { Op::Put },
                id,
                keys.present.get(id as usize),
            );
        }
        script
    };
    Plan::of(threads, script)
}

/// Inserts absent keys and removes each a window later; at the end all are gone. The threads' keys are apart.
pub(super) fn churn(keys: &KeySet, ops: usize, threads: usize) -> Plan {
    let each = (ops / threads / 2).min(keys.absent.len() / threads);
    let script = |thread: usize| {
        let mut script = Script::with_capacity(2 * each);
        let key = |i: usize| keys.absent.get(thread * each + i);
        for i in 0..each + WINDOW {
            if i < each {
                script.push(Op::Put, i as u32, key(i));
            }
            if let Some(old) = i.checked_sub(WINDOW)
                && old < each
            {
                script.push(Op::Remove, old as u32, key(old));
            }
        }
        script
    };
    Plan::of(threads, script)
}

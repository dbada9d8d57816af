//! Lookups: uniform, zipfian, of absent keys, in batches.

use super::Task;
use crate::keys::KeySet;
use crate::keys::zipf::{uniform, zipfian};
use crate::race::Plan;
use crate::script::{Op, Script};

/// Draws a script for each thread.
pub(super) fn plan(task: Task, keys: &KeySet, ops: usize, threads: usize) -> Plan {
    let count = ops / threads;
    let script = |thread: usize| {
        let seed = 100 + thread as u64;
        let mut script = Script::with_capacity(count);
        if task == Task::GetAbsent {
            for i in uniform(keys.absent.len(), count, seed) {
                script.push(Op::GetAbsent, i, keys.absent.get(i as usize));
            }
            return script;
        }
        let draw = if task == Task::GetZipf {
            zipfian
        } else {
            uniform
        };
        for id in draw(keys.present.len(), count, seed) {
            script.push(Op::Get, id, keys.present.get(id as usize));
        }
        script
    };
    Plan {
        batches: task == Task::GetMany,
        ..Plan::of(threads, script)
    }
}

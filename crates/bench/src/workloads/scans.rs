//! Scans of 100 entries and of the whole map, in both directions, with and without keys.

use super::Task;
use crate::keys::KeySet;
use crate::keys::zipf::uniform;
use crate::race::Plan;
use crate::script::{Op, Script};

/// How many operations count as one scan of 100 when a run is given in operations.
const OPS_A_SCAN: usize = 40;

/// How many entries the walks over the whole map visit at least.
const ENTRIES_WALKED: usize = 1_000_000;

/// Draws a script for each thread.
pub(super) fn plan(task: Task, keys: &KeySet, ops: usize, threads: usize) -> Plan {
    let op = match task {
        Task::Scan => Op::Scan,
        Task::ScanKeys => Op::ScanKeys,
        Task::ScanReverse => Op::ScanRev,
        Task::FullKeys => Op::FullKeys,
        Task::FullReverse => Op::FullRev,
        _ => Op::Full,
    };
    let script = |thread: usize| {
        let mut script = Script::default();
        if matches!(op, Op::Full | Op::FullKeys | Op::FullRev) {
            (0..ENTRIES_WALKED.div_ceil(keys.present.len().max(1)).min(50))
                .for_each(|_| script.push(op, 0, &[]));
            return script;
        }
        let count = (ops / OPS_A_SCAN / threads).max(1);
        for rank in uniform(keys.present.len(), count, 300 + thread as u64) {
            let id = keys.sorted[rank as usize];
            script.push(op, rank, keys.present.get(id as usize));
        }
        script
    };
    Plan::of(threads, script)
}

//! Inserts into an empty map: in random order, ascending, descending. The threads take the keys in turn, so that in an
//! ordered load all of them write at the same end.

use super::Task;
use crate::keys::KeySet;
use crate::race::Plan;
use crate::script::{Op, Script};

/// Deals the keys out to the threads.
pub(super) fn plan(task: Task, keys: &KeySet, threads: usize) -> Plan {
    let count = keys.present.len();
    let script = |thread: usize| {
        let mut script = Script::with_capacity(count / threads + 1);
        for i in (thread..count).step_by(threads) {
            let id = match task {
                Task::InsertAscending => keys.sorted[i],
                Task::InsertDescending => keys.sorted[count - 1 - i],
                _ => i as u32,
            };
            script.push(Op::Put, id, keys.present.get(id as usize));
        }
        script
    };
    Plan::of(threads, script)
}

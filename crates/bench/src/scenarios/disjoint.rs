//! Writers that never meet on a key: random, ascending in ranges of their own, ascending between each other.

use super::{Play, push};
use crate::keys::shape::mix32;
use crate::race::Plan;
use crate::script::{Op, Script};

/// Inserts the numbers that `number` gives for a thread and a step.
fn inserts(
    each: usize,
    threads: usize,
    digits: usize,
    number: impl Fn(usize, usize) -> u32,
) -> Play {
    let script = |thread: usize| {
        let mut script = Script::with_capacity(each);
        (0..each).for_each(|i| push(&mut script, Op::Put, number(thread, i), digits));
        script
    };
    Play {
        timed: Plan::of(threads, script),
        ..Play::default()
    }
}

/// Random numbers, each thread its own.
pub(super) fn random(each: usize, threads: usize) -> Play {
    inserts(each, threads, 0, |thread, i| {
        mix32((thread * each + i) as u32)
    })
}

/// Ascending numbers, each thread in a range of its own.
pub(super) fn ascending(each: usize, threads: usize) -> Play {
    inserts(each, threads, 10, |thread, i| (thread * each + i) as u32)
}

/// Ascending numbers that the threads take in turns.
pub(super) fn interleaved(each: usize, threads: usize) -> Play {
    inserts(each, threads, 10, |thread, i| (i * threads + thread) as u32)
}

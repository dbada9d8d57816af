//! Numbers in order, with leading zeros so that the keys sort like them.

use super::{Play, push};
use crate::keys::zipf::uniform;
use crate::race::Plan;
use crate::script::{Op, Script};

/// How many digits a key has.
const DIGITS: usize = 8;

/// Every how many inserts a scan comes.
const INSERTS_A_SCAN: usize = 50;

/// Ascending or descending inserts in the thread's own range, then lookups in the same order.
pub(super) fn ordered(descending: bool, each: usize, threads: usize) -> Play {
    let script = |thread: usize| {
        let mut numbers: Vec<u32> = (thread * each..(thread + 1) * each)
            .map(|i| i as u32)
            .collect();
        if descending {
            numbers.reverse();
        }
        let mut script = Script::with_capacity(2 * each);
        numbers
            .iter()
            .for_each(|number| push(&mut script, Op::Put, *number, DIGITS));
        numbers
            .iter()
            .for_each(|number| push(&mut script, Op::Get, *number, DIGITS));
        script
    };
    Play {
        timed: Plan::of(threads, script),
        ..Play::default()
    }
}

/// Every other number is loaded; then the threads insert those between and scan from random numbers.
pub(super) fn scans_beside_inserts(each: usize, threads: usize) -> Play {
    let range = 2 * each * threads;
    let before = |thread: usize| {
        let mut script = Script::with_capacity(each);
        (2 * thread..range)
            .step_by(2 * threads)
            .for_each(|i| push(&mut script, Op::Put, i as u32, DIGITS));
        script
    };
    let timed = |thread: usize| {
        let mut script = Script::with_capacity(each + each / INSERTS_A_SCAN + 1);
        let mut starts = uniform(range, each / INSERTS_A_SCAN + 1, 900 + thread as u64).into_iter();
        for (i, number) in (2 * thread + 1..range).step_by(2 * threads).enumerate() {
            push(&mut script, Op::Put, number as u32, DIGITS);
            if i % INSERTS_A_SCAN == 0
                && let Some(start) = starts.next()
            {
                push(&mut script, Op::ScanDecimal, start, DIGITS);
            }
        }
        script
    };
    Play {
        before: Plan::of(threads, before),
        timed: Plan::of(threads, timed),
        ..Play::default()
    }
}

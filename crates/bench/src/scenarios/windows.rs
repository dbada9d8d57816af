//! A window that slides over the numbers: what comes in on one side leaves on the other, so leaves are split and emptied all the time.

use super::{Play, push};
use crate::race::Plan;
use crate::script::{Op, Script};

/// How many keys a thread's window holds.
const WINDOW: usize = 500;

/// Inserts ascending numbers and removes each a window later; every other thread slides downwards.
pub(super) fn sliding(each: usize, threads: usize) -> Play {
    let script = |thread: usize| {
        let number = |i: usize| {
            let i = if thread.is_multiple_of(2) {
                i
            } else {
                each - 1 - i
            };
            (thread * each + i) as u32
        };
        let mut script = Script::with_capacity(3 * each);
        for i in 0..each {
            push(&mut script, Op::Put, number(i), 8);
            if i % 8 == 0 {
                push(&mut script, Op::Get, number(i - i.min(WINDOW / 2)), 8);
            }
            if let Some(old) = i.checked_sub(WINDOW) {
                push(&mut script, Op::Remove, number(old), 8);
                if i % 8 == 1 {
                    push(&mut script, Op::GetAbsent, number(old), 8);
                }
            }
        }
        script
    };
    Play {
        timed: Plan::of(threads, script),
        ..Play::default()
    }
}

//! Random keys: own ones, shared ones, few of them, and mostly lookups.

use super::{Play, Scenario, push};
use crate::keys::shape::mix32;
use crate::keys::zipf::{chance, shuffle, uniform};
use crate::race::Plan;
use crate::script::{Op, Script};

/// Inserts, then lookups in another order: of the thread's own keys (rw1), or all threads of the same ones (rw2).
pub(super) fn write_then_read(scenario: Scenario, each: usize, threads: usize) -> Play {
    let timed = Plan::of(threads, |thread| {
        let first = if scenario == Scenario::Rw1 {
            thread * each
        } else {
            0
        };
        let mut numbers: Vec<u32> = (first..first + each).map(|i| mix32(i as u32)).collect();
        if scenario == Scenario::Rw2 {
            shuffle(&mut numbers, thread as u64);
        }
        let mut script = Script::with_capacity(2 * each);
        numbers
            .iter()
            .for_each(|number| push(&mut script, Op::Put, *number, 0));
        shuffle(&mut numbers, 100 + thread as u64);
        numbers
            .iter()
            .for_each(|number| push(&mut script, Op::Get, *number, 0));
        script
    });
    Play {
        timed,
        ..Play::default()
    }
}

/// Lookups of what the thread has inserted, and `100 - gets` percent inserts of new keys.
pub(super) fn mostly_gets(gets: u32, each: usize, threads: usize) -> Play {
    let loaded = (each / 10).max(1);
    let number = |thread: usize, i: usize| mix32((thread * 2 * each + i) as u32);
    let before = Plan::of(threads, |thread| {
        let mut script = Script::with_capacity(loaded);
        (0..loaded).for_each(|i| push(&mut script, Op::Put, number(thread, i), 0));
        script
    });
    let timed = Plan::of(threads, |thread| {
        let mut script = Script::with_capacity(each);
        let mut there = loaded;
        let draws = uniform(1 << 30, each, 400 + thread as u64);
        for (get, draw) in chance(gets, each, 500 + thread as u64)
            .into_iter()
            .zip(draws)
        {
            if get {
                push(
                    &mut script,
                    Op::Get,
                    number(thread, draw as usize % there),
                    0,
                );
            } else {
                push(&mut script, Op::Put, number(thread, there), 0);
                there += 1;
            }
        }
        script
    });
    Play {
        before,
        timed,
        ..Play::default()
    }
}

/// All threads write and read the same ten keys.
pub(super) fn same(each: usize, threads: usize) -> Play {
    let timed = Plan::of(threads, |thread| {
        let mut script = Script::with_capacity(each);
        let draws = uniform(10, each, 600 + thread as u64);
        for (get, draw) in chance(30, each, 700 + thread as u64).into_iter().zip(draws) {
            push(
                &mut script,
                if get { Op::GetMaybe } else { Op::Put },
                mix32(draw),
                0,
            );
        }
        script
    });
    Play {
        timed,
        ..Play::default()
    }
}

/// Updates of random keys of a fixed range, which all threads share.
pub(super) fn updates(each: usize, threads: usize) -> Play {
    let range = each * threads;
    let before = Plan::of(threads, |thread| {
        let mut script = Script::with_capacity(each);
        (thread..range)
            .step_by(threads)
            .for_each(|i| push(&mut script, Op::Put, mix32(i as u32), 0));
        script
    });
    let timed = Plan::of(threads, |thread| {
        let mut script = Script::with_capacity(each);
        for draw in uniform(range, each, 800 + thread as u64) {
            push(&mut script, Op::Put, mix32(draw), 0);
        }
        script
    });
    Play {
        before,
        timed,
        ..Play::default()
    }
}

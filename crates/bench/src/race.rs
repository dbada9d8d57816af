//! One measured step: threads pinned to cores, released together, timed from the first start to the last end.
//!
//! [`Racer`] hides the type of a map, once for each step and never inside of one.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use core_affinity::CoreId;

use crate::contestant::{Contestant, Session};
use crate::keys::KeySet;
use crate::play::{play, play_batches};
use crate::script::{Script, Truth, value_of};
use crate::verify::{self, Findings};

/// What the threads of one step do.
#[derive(Debug, Default)]
pub struct Plan {
    /// A script for each thread.
    pub scripts: Vec<Script>,
    /// Whether lookups go in batches.
    pub batches: bool,
}

impl Plan {
    /// The script that `script` gives for each thread, with lookups one by one.
    pub fn of(threads: usize, script: impl FnMut(usize) -> Script) -> Self {
        Self {
            scripts: (0..threads).map(script).collect(),
            batches: false,
        }
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// From the first start to the last end.
    pub seconds: f64,
    /// How many answers were wrong.
    pub wrong: u64,
    /// Whether the map panicked.
    pub panicked: bool,
}

/// A map whose type is hidden.
pub trait Racer: Send + Sync {
    /// Plays a plan.
    fn run(&self, plan: &Plan, truth: &Truth) -> Outcome;

    /// Plays a plan and times each operation; the p99.9 in nanoseconds.
    fn tail(&self, plan: &Plan, truth: &Truth) -> (Outcome, f64);

    /// Loads the keys with all cores beside readers, and checks every answer.
    fn verify(&self, keys: &KeySet, threads: usize) -> Findings;
}

/// The cores to pin threads to, or none where the system does not say.
#[must_use]
pub fn cores() -> Vec<CoreId> {
    core_affinity::get_core_ids().unwrap_or_default()
}

/// How many threads can run at once.
#[must_use]
pub fn parallelism() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs `work` once for each item on a thread of its own, pinned and released together; the results (none from a thread that
/// panicked) and the seconds from the first start to the last end.
pub fn together<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> (Vec<Option<R>>, f64) {
    let barrier = Barrier::new(items.len());
    let cores = cores();
    let timed: Vec<_> = thread::scope(|scope| {
        let spawn = |(i, item)| {
            let (barrier, work, cores) = (&barrier, &work, &cores);
            scope.spawn(move || {
                if !cores.is_empty() {
                    core_affinity::set_for_current(cores[i % cores.len()]);
                }
                barrier.wait();
                let start = Instant::now();
                let result = work(item);
                (result, start, Instant::now())
            })
        };
        let handles: Vec<_> = items.iter().enumerate().map(spawn).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().ok())
            .collect()
    });
    let start = timed.iter().flatten().map(|(_, start, _)| *start).min();
    let end = timed.iter().flatten().map(|(_, _, end)| *end).max();
    let seconds = start
        .zip(end)
        .map_or(0.0, |(start, end)| (end - start).as_secs_f64());
    (
        timed
            .into_iter()
            .map(|timed| timed.map(|(result, ..)| result))
            .collect(),
        seconds,
    )
}

/// Hides the type of `M`.
struct Hidden<M>(M);

/// An empty map, or for a read-only contestant one that holds `keys`.
pub fn racer<M: Contestant>(keys: Option<&KeySet>) -> Box<dyn Racer> {
    match keys {
        Some(keys) if M::READ_ONLY => {
            let pairs = keys.in_order().map(|(key, id)| (key, value_of(id, 0)));
            Box::new(Hidden(M::from_sorted(pairs)))
        }
        _ => Box::new(Hidden(M::new())),
    }
}

impl<M: Contestant> Racer for Hidden<M> {
    fn run(&self, plan: &Plan, truth: &Truth) -> Outcome {
        let (wrong, seconds) = together(&plan.scripts, |script| {
            if plan.batches {
                play_batches(&self.0, script)
            } else {
                play(&self.0, script, truth)
            }
        });
        let panicked = wrong.iter().any(Option::is_none);
        Outcome {
            seconds,
            wrong: wrong.into_iter().flatten().sum(),
            panicked,
        }
    }

    fn tail(&self, plan: &Plan, _: &Truth) -> (Outcome, f64) {
        let (times, seconds) = together(&plan.scripts, |script| {
            let mut times: Vec<u32> = Vec::with_capacity(script.len());
            for i in 0..script.len() {
                let (key, value) = (script.keys.get(i), value_of(script.slots[i], i));
                let start = Instant::now();
                self.0.session().insert(key, value);
                times.push(start.elapsed().as_nanos().min(u128::from(u32::MAX)) as u32);
            }
            times
        });
        let panicked = times.iter().any(Option::is_none);
        let mut times: Vec<u32> = times.into_iter().flatten().flatten().collect();
        let rank = times.len() * 999 / 1000;
        let tail = if times.is_empty() {
            0.0
        } else {
            f64::from(*times.select_nth_unstable(rank).1)
        };
        (
            Outcome {
                seconds,
                wrong: 0,
                panicked,
            },
            tail,
        )
    }

    fn verify(&self, keys: &KeySet, threads: usize) -> Findings {
        verify::verify(&self.0, keys, threads)
    }
}

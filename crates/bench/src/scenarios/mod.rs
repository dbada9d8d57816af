//! The workloads of the C++ masstree's test program, by their names: written anew, after what each of them is about.
//!
//! Keys are decimal numbers from a fixed generator, and a value belongs to its number, so every answer can be checked. Each scenario
//! ends in a state that does not depend on how the threads interleave: it is computed from the scripts, and afterwards every key
//! that must be there is looked up, every one that must not, and the map is walked and counted. So a scenario is a test and a
//! workload alike.

mod disjoint;
mod random;
mod ranges;
mod windows;

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::contestants::Entry;
use crate::race::{Outcome, Plan};
use crate::script::{Op, Script, Truth};

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Random inserts, then lookups in another order; each thread has its own keys.
    Rw1,
    /// The same keys for all threads, each in its own order.
    Rw2,
    /// 90 % lookups of what is there, 10 % inserts.
    Rw2g90,
    /// 98 % lookups of what is there, 2 % inserts.
    Rw2g98,
    /// Ascending inserts, then lookups.
    Rw3,
    /// Descending inserts, then lookups.
    Rw4,
    /// All threads write the same ten keys.
    Same,
    /// Updates of random keys of a fixed range.
    Uscale,
    /// Inserts of random keys, each thread its own.
    Wscale,
    /// Ascending inserts, each thread in its own range.
    Wd1,
    /// Ascending inserts in turns: the threads' keys lie between each other.
    Wd2,
    /// A sliding window of inserts and removes.
    SplitRemove,
    /// Scans beside inserts.
    Scan,
}

/// Why a scenario failed.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There were wrong answers.
    #[error("{scenario}: {wrong} wrong answers from {map}")]
    Wrong {
        /// The scenario.
        scenario: &'static str,
        /// The contestant.
        map: &'static str,
        /// How many.
        wrong: u64,
    },
    /// The map panicked.
    #[error("{scenario}: {map} panicked")]
    Panicked {
        /// The scenario.
        scenario: &'static str,
        /// The contestant.
        map: &'static str,
    },
}

/// What a scenario does.
#[derive(Debug, Default)]
pub struct Play {
    /// First, not timed.
    pub before: Plan,
    /// What is timed.
    pub timed: Plan,
    /// The checks of the state at the end, not timed.
    pub after: Plan,
}

/// What came of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    /// Operations that were timed.
    pub ops: u64,
    /// How the timed part went; wrong answers are those of all parts.
    pub outcome: Outcome,
}

impl Scenario {
    /// All scenarios.
    pub const ALL: [Self; 13] = [
        Self::Rw1,
        Self::Rw2,
        Self::Rw2g90,
        Self::Rw2g98,
        Self::Rw3,
        Self::Rw4,
        Self::Same,
        Self::Uscale,
        Self::Wscale,
        Self::Wd1,
        Self::Wd2,
        Self::SplitRemove,
        Self::Scan,
    ];

    /// The name that `--only` takes, and the title of the row.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Rw1 => ("rw1", "rw1: random inserts, then gets"),
            Self::Rw2 => ("rw2", "rw2: the same keys from every thread"),
            Self::Rw2g90 => ("rw2g90", "rw2g90: 90 % gets"),
            Self::Rw2g98 => ("rw2g98", "rw2g98: 98 % gets"),
            Self::Rw3 => ("rw3", "rw3: ascending"),
            Self::Rw4 => ("rw4", "rw4: descending"),
            Self::Same => ("same", "same: all writers on ten keys"),
            Self::Uscale => ("uscale", "uscale: random updates"),
            Self::Wscale => ("wscale", "wscale: disjoint random writes"),
            Self::Wd1 => ("wd1", "wd1: own ascending ranges"),
            Self::Wd2 => ("wd2", "wd2: interleaved ascending"),
            Self::SplitRemove => ("splitremove", "splitremove: a sliding window"),
            Self::Scan => ("scan", "scan: scans beside inserts"),
        }
    }

    /// What `threads` threads do with `size` keys or operations among them.
    #[must_use]
    pub fn play(self, size: usize, threads: usize) -> Play {
        let each = (size / threads.max(1)).max(1);
        let mut play = match self {
            Self::Rw1 | Self::Rw2 => random::write_then_read(self, each, threads),
            Self::Rw2g90 => random::mostly_gets(90, each, threads),
            Self::Rw2g98 => random::mostly_gets(98, each, threads),
            Self::Rw3 | Self::Rw4 => ranges::ordered(self == Self::Rw4, each, threads),
            Self::Same => random::same(each, threads),
            Self::Uscale => random::updates(each, threads),
            Self::Wscale => disjoint::random(each, threads),
            Self::Wd1 => disjoint::ascending(each, threads),
            Self::Wd2 => disjoint::interleaved(each, threads),
            Self::SplitRemove => windows::sliding(each, threads),
            Self::Scan => ranges::scans_beside_inserts(each, threads),
        };
        play.after = after(&play);
        play
    }

    /// Plays the scenario on a new map of `entry`.
    ///
    /// # Errors
    /// If an answer was wrong or the map panicked.
    pub fn run(self, entry: &Entry, size: usize, threads: usize) -> Result<Played, ScenarioError> {
        let played = perform(entry, &self.play(size, threads));
        let (scenario, map) = (self.names().0, entry.id);
        match played.outcome {
            Outcome { panicked: true, .. } => Err(ScenarioError::Panicked { scenario, map }),
            Outcome { wrong: 0, .. } => Ok(played),
            Outcome { wrong, .. } => Err(ScenarioError::Wrong {
                scenario,
                map,
                wrong,
            }),
        }
    }
}

/// Plays all parts on a new map of `entry`.
#[must_use]
pub fn perform(entry: &Entry, play: &Play) -> Played {
    let map = entry.make(false, None);
    let truth = Truth::default();
    let before = map.run(&play.before, &truth);
    let mut outcome = map.run(&play.timed, &truth);
    let after = if outcome.panicked {
        Outcome::default()
    } else {
        map.run(&play.after, &truth)
    };
    outcome.wrong += before.wrong + after.wrong;
    outcome.panicked |= before.panicked || after.panicked;
    Played {
        ops: play
            .timed
            .scripts
            .iter()
            .map(|script| script.len() as u64)
            .sum(),
        outcome,
    }
}

/// Adds an operation on the key of a number.
fn push(script: &mut Script, op: Op, number: u32, digits: usize) {
    let mut key = [0u8; 16];
    let mut rest = key.as_mut_slice();
    // A number of 32 bits has at most ten digits.
    let _ = write!(rest, "{number:0digits$}");
    let left = rest.len();
    script.push(op, number, &key[..key.len() - left]);
}

/// The state that all scripts lead to, in whatever order the threads ran: a lookup for each key that ever was, and a count.
fn after(play: &Play) -> Plan {
    let mut state: BTreeMap<&[u8], (u32, bool)> = BTreeMap::new();
    for script in play.before.scripts.iter().chain(&play.timed.scripts) {
        for (i, op) in script.ops.iter().enumerate() {
            match op {
                Op::Put => state.insert(script.keys.get(i), (script.slots[i], true)),
                Op::Remove | Op::RemoveMaybe => {
                    state.insert(script.keys.get(i), (script.slots[i], false))
                }
                _ => None,
            };
        }
    }
    let mut script = Script::with_capacity(state.len() + 1);
    for (key, (number, there)) in &state {
        script.push(if *there { Op::Get } else { Op::GetAbsent }, *number, key);
    }
    let live = state.values().filter(|(_, there)| *there).count();
    script.push(Op::CountDecimal, live as u32, b"0");
    Plan {
        scripts: vec![script],
        batches: false,
    }
}

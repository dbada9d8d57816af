//! What is measured.

use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use masstree_bench::race::together;

use crate::contestants::{Bytes, Contestant};

/// Pairs of a scan.
const SCAN: usize = 100;

/// Random keys, their values, and random choices among them, made before any clock starts.
pub struct Pairs {
    pub keys: Vec<Bytes>,
    choices: Vec<u32>,
}

fn value_of(key: &Bytes) -> Bytes {
    let mut value = [7; 16];
    value[..8].copy_from_slice(&key[..8]);
    value
}

fn check(key: &[u8], value: &[u8]) {
    assert_eq!(key[..8], value[..8], "a value of another key");
}

impl Pairs {
    pub fn new(size: usize) -> Self {
        let mut random = SmallRng::seed_from_u64(42);
        let keys = (0..size).map(|_| random.random()).collect();
        let choices = (0..size).map(|_| random.next_u32() % size as u32).collect();
        Self { keys, choices }
    }

    pub fn load(&self, contestant: &dyn Contestant) {
        for key in &self.keys {
            contestant.set(key, &value_of(key));
        }
    }
}

/// A row of the table.
pub struct Step {
    pub title: &'static str,
    /// Whether it begins with nothing loaded.
    pub fresh: bool,
    /// How many of the choices are used: one of so many.
    every: usize,
    /// Does the operation of a choice; how many entries that were.
    act: fn(&dyn Contestant, &Pairs, usize) -> usize,
}

pub const STEPS: &[Step] = &[
    Step {
        title: "set, new keys",
        fresh: true,
        every: 1,
        act: |contestant, pairs, i| {
            let key = &pairs.keys[i];
            contestant.set(key, &value_of(key));
            1
        },
    },
    Step {
        title: "set, keys that are there",
        fresh: false,
        every: 1,
        act: |contestant, pairs, i| {
            let key = &pairs.keys[pairs.choices[i] as usize];
            contestant.set(key, &value_of(key));
            1
        },
    },
    Step {
        title: "get",
        fresh: false,
        every: 1,
        act: |contestant, pairs, i| {
            let key = &pairs.keys[pairs.choices[i] as usize];
            let mut found = 0;
            contestant.get(key, &mut |value| {
                check(key, value);
                found += 1;
            });
            assert_eq!(found, 1, "a key is missing");
            1
        },
    },
    Step {
        title: "transaction: read one, write one",
        fresh: false,
        every: 4,
        act: |contestant, pairs, i| {
            let read = &pairs.keys[pairs.choices[i] as usize];
            let write = &pairs.keys[i];
            contestant.transaction(read, write, &value_of(write));
            1
        },
    },
    Step {
        title: "scan of 100, entries",
        fresh: false,
        every: 50,
        act: |contestant, pairs, i| {
            let from = &pairs.keys[pairs.choices[i] as usize];
            scan(contestant, from, SCAN)
        },
    },
    Step {
        title: "scan of everything, entries",
        fresh: false,
        every: usize::MAX,
        act: |contestant, pairs, _| {
            let count = scan(contestant, &[0; 16], usize::MAX);
            assert_eq!(count, pairs.keys.len(), "entries are missing");
            count
        },
    },
];

fn scan(contestant: &dyn Contestant, from: &Bytes, limit: usize) -> usize {
    let mut count = 0;
    let mut last = [0; 16];
    contestant.scan(from, limit, &mut |key, value| {
        check(key, value);
        assert!(count == 0 || last[..] < *key, "keys are out of order");
        last.copy_from_slice(key);
        count += 1;
    });
    count
}

/// Million operations (or entries) a second.
pub fn run(step: &Step, contestant: &dyn Contestant, pairs: &Pairs, threads: usize) -> f64 {
    let size = pairs.keys.len();
    let parts: Vec<_> = (0..threads)
        .map(|i| size * i / threads..size * (i + 1) / threads)
        .collect();
    let (counts, seconds) = together(&parts, |part| {
        let chosen = part.clone().step_by(step.every);
        chosen
            .map(|i| (step.act)(contestant, pairs, i))
            .sum::<usize>()
    });
    let total: usize = counts
        .into_iter()
        .map(|count| count.expect("a contestant gave a wrong answer"))
        .sum();
    total as f64 / seconds / 1e6
}

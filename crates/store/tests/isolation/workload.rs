//! What the threads do: transactions of a few steps on a few keys, and beside them, if asked for, everything else that reads or writes.

use std::time::Duration;

use masstree_store::{Batch, Store};
use masstree_testkit::stress::run_threads;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::clients::{Client, Way};
use crate::judge::{Log, Outcome, Recording, Step};
use crate::values::{Fresh, Kind, decoded, encoded};

const THREADS: usize = 5;
const LIMIT: Duration = Duration::from_secs(300);

/// What runs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub kind: Kind,
    pub way: Way,
    /// Single writes, batches and held snapshots beside the transactions.
    pub others: bool,
    /// Single reads, which see the newest version of their key and no snapshot.
    pub gets: bool,
    /// Operations of each thread.
    pub operations: usize,
}

struct Thread<'a> {
    plan: Plan,
    store: &'a Store,
    fresh: &'a Fresh,
    rng: SmallRng,
}

/// Runs `plan` and records it.
pub fn record(plan: Plan, store: &Store, seed: u64) -> Recording {
    let recorder = Recording::new();
    let fresh = Fresh::default();
    run_threads(THREADS, seed, LIMIT, |worker| {
        let mut log = recorder.thread();
        let mut thread = Thread {
            plan,
            store,
            fresh: &fresh,
            rng: SmallRng::seed_from_u64(worker.seed),
        };
        for _ in 0..plan.operations {
            thread.operate(&mut log);
        }
    });
    recorder
}

impl Thread<'_> {
    fn operate(&mut self, log: &mut Log) {
        let invocation = log.begin();
        let choice = self.rng.random_range(0..10);
        let outcome = match choice {
            0 if self.plan.gets => self.get(),
            1 if self.plan.others => self.write(),
            2 if self.plan.others => self.snapshot(),
            3 if self.plan.others && self.plan.kind == Kind::Register => self.batch(),
            3 if self.plan.others => self.get_many(),
            _ => self.transaction(),
        };
        log.end(invocation, (), (), outcome);
    }

    fn key(&mut self) -> u32 {
        let (first, last) = self.fresh.hot();
        self.rng.random_range(first..=last)
    }

    fn pause(&mut self) {
        if self.rng.random_ratio(1, 3) {
            std::thread::yield_now();
        }
    }

    fn transaction(&mut self) -> Outcome {
        let number = self.rng.random();
        let mut client = Client::begin(self.store, self.plan.way, number);
        let mut steps = Vec::new();
        for _ in 0..self.rng.random_range(1..5) {
            self.pause();
            let key = self.key();
            match self.rng.random_range(0..8) {
                0..4 => {
                    let value = self.fresh.value();
                    let old = match self.plan.kind {
                        Kind::List => client.get(&encoded(key)).unwrap(),
                        Kind::Register => None,
                    };
                    let row = self.plan.kind.written(old.as_ref(), value);
                    client.put(&encoded(key), row).unwrap();
                    steps.push(Step::Write(key, value));
                }
                4 if steps.is_empty() => {
                    let (first, last) = self.fresh.hot();
                    let rows = client.rows(&encoded(first), &encoded(last)).unwrap();
                    steps.extend((first..=last).map(|key| {
                        let row = rows.get(encoded(key).as_slice());
                        Step::Read(key, decoded(row))
                    }));
                }
                _ => {
                    let row = client.get(&encoded(key)).unwrap();
                    steps.push(Step::Read(key, decoded(row.as_ref())));
                }
            }
        }
        self.pause();
        // Some are given up.
        let committed = self.rng.random_ratio(19, 20) && client.commit().unwrap();
        (committed, steps)
    }

    fn get(&mut self) -> Outcome {
        let key = self.key();
        let row = self.store.get(&encoded(key)).unwrap();
        (true, vec![Step::Read(key, decoded(row.as_ref()))])
    }

    fn write(&mut self) -> Outcome {
        let (key, value) = (self.key(), self.fresh.value());
        let done = match self.plan.kind {
            Kind::List => {
                let old = self.store.get(&encoded(key)).unwrap();
                self.pause();
                let new = self.plan.kind.written(old.as_ref(), value);
                self.store
                    .compare_and_set(&encoded(key), old.as_ref(), Some(&new))
                    .unwrap()
            }
            Kind::Register => {
                let row = self.plan.kind.written(None, value);
                self.store.put_row(&encoded(key), row).unwrap();
                true
            }
        };
        (done, vec![Step::Write(key, value)])
    }

    /// A snapshot that is held for a while, and read key by key.
    fn snapshot(&mut self) -> Outcome {
        let (first, last) = self.fresh.hot();
        let snapshot = self.store.snapshot();
        let mut steps = Vec::new();
        for key in first..=last {
            self.pause();
            let row = snapshot.get(&encoded(key)).unwrap();
            steps.push(Step::Read(key, decoded(row.as_ref())));
        }
        (true, steps)
    }

    fn get_many(&mut self) -> Outcome {
        let (first, last) = self.fresh.hot();
        let keys: Vec<_> = (first..=last).map(encoded).collect();
        let rows = self.store.get_many(&keys).unwrap();
        let steps = (first..=last).zip(&rows);
        let steps = steps.map(|(key, row)| Step::Read(key, decoded(row.as_ref())));
        (true, steps.collect())
    }

    fn batch(&mut self) -> Outcome {
        let (first, last) = self.fresh.hot();
        let mut batch = Batch::new();
        let mut steps = Vec::new();
        for key in first..=last {
            if self.rng.random() {
                let value = self.fresh.value();
                batch.put_row(&encoded(key), self.plan.kind.written(None, value));
                steps.push(Step::Write(key, value));
            }
        }
        self.store.batch(&batch).unwrap();
        (true, steps)
    }
}

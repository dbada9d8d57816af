//! A store and its model side by side, and what is open on both.

use std::collections::VecDeque;
use std::ops::Bound;
use std::time::{Duration, Instant};

use masstree_store::{Options, Rows, Snapshot, Store, Timestamp};
use masstree_testkit::keys::{KeyGen, KeyPopulation};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::transactions::Open;
use crate::versions::{Columns, Range, Versions};

/// An iterator that is under way, and what it has yet to give.
pub type Scan = (Rows, VecDeque<(Vec<u8>, Columns)>);

pub struct Session {
    pub store: Store,
    pub model: Versions,
    pub rng: SmallRng,
    keys: KeyGen,
    fresh: u64,
    history: bool,
    /// Points in time that history is to show, with the number of the last commit before.
    pub times: Vec<(Timestamp, usize)>,
    pub snapshots: Vec<(Snapshot, usize)>,
    pub scans: Vec<Scan>,
    pub transactions: Vec<Open>,
}

impl Session {
    pub fn new(options: Options, population: &KeyPopulation, seed: u64) -> Self {
        Self {
            history: options.history.is_some(),
            store: Store::with_options(options),
            model: Versions::default(),
            rng: SmallRng::seed_from_u64(seed),
            keys: population.generator(seed),
            fresh: 0,
            times: Vec::new(),
            snapshots: Vec::new(),
            scans: Vec::new(),
            transactions: Vec::new(),
        }
    }

    pub fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..45 => self.single(),
            45..70 => self.transaction(),
            70..95 => self.read(),
            95..98 if self.history => self.read_history(),
            _ => self.look_at_counts(),
        }
        if self.history && self.rng.random_ratio(1, 4) {
            self.times.push((self.store.now(), self.model.now()));
        }
    }

    fn look_at_counts(&self) {
        let stats = self.store.stats();
        assert_eq!(stats.rows, self.model.rows());
        assert!(stats.versions >= stats.rows);
        let open = self.snapshots.len() + self.transactions.len() + self.scans.len();
        assert_eq!(stats.snapshots == 0, open == 0);
        assert_eq!(stats.oldest_snapshot.is_none(), open == 0);
    }

    /// A key of the population, or now and then one beside it.
    pub fn key(&mut self) -> Vec<u8> {
        if self.rng.random_ratio(1, 12) {
            self.keys.near_key()
        } else {
            self.keys.key()
        }
    }

    /// Bytes of any length, mostly short, that were not written before.
    pub fn column(&mut self) -> Vec<u8> {
        self.fresh += 1;
        let mut column = self.fresh.to_le_bytes()[..4].to_vec();
        let length = match self.rng.random_range(0..10) {
            0 => return Vec::new(),
            1..8 => self.rng.random_range(4..30),
            _ => self.rng.random_range(30..300),
        };
        column.resize(length, 7);
        column
    }

    pub fn row(&mut self) -> Columns {
        let count = self.rng.random_range(0..4);
        (0..count).map(|_| self.column()).collect()
    }

    /// Columns to set, perhaps one of them twice.
    pub fn column_changes(&mut self) -> Vec<(usize, Vec<u8>)> {
        let count = self.rng.random_range(0..4);
        let change = |session: &mut Self| (session.rng.random_range(0..6), session.column());
        (0..count).map(|_| change(self)).collect()
    }

    /// Any two bounds, inverted ones among them.
    pub fn range(&mut self) -> Range {
        let bound = |session: &mut Self| match session.rng.random_range(0..5) {
            0 => Bound::Unbounded,
            1 | 2 => Bound::Included(session.key()),
            _ => Bound::Excluded(session.key()),
        };
        let (mut low, mut high) = (bound(self), bound(self));
        let key = |bound: &Bound<Vec<u8>>| match bound {
            Bound::Included(key) | Bound::Excluded(key) => Some(key.clone()),
            Bound::Unbounded => None,
        };
        if key(&high).is_some() && key(&low) > key(&high) && self.rng.random_ratio(7, 8) {
            std::mem::swap(&mut low, &mut high);
        }
        (low, high)
    }

    /// Lets go of everything; then old versions go too.
    pub fn end(mut self) {
        self.scans.clear();
        self.snapshots.clear();
        self.transactions.clear();
        self.look_at_counts();
        let everything = (Bound::Unbounded, Bound::Unbounded);
        self.check_snapshot(&self.store.snapshot(), self.model.now(), &everything);
        if self.history {
            return;
        }
        let started = Instant::now();
        loop {
            let stats = self.store.stats();
            if (stats.versions, stats.waiting, stats.snapshots) == (stats.rows, 0, 0) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{stats:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

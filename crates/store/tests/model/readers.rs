//! Snapshots that are held and read later, iterators that are left half way, history.

use std::collections::VecDeque;
use std::ops::Bound;

use masstree_store::{Error, Rows, Snapshot};
use rand::RngExt;

use crate::session::{Scan, Session};
use crate::versions::{Range, columns, same};

const HELD: usize = 6;

impl Session {
    /// Takes, reads or lets go of something that sees one point in time.
    pub fn read(&mut self) {
        match self.rng.random_range(0..10) {
            0 if self.snapshots.len() < HELD => {
                let snapshot = self.store.snapshot();
                self.snapshots.push((snapshot, self.model.now()));
            }
            1 if !self.snapshots.is_empty() => {
                let index = self.rng.random_range(0..self.snapshots.len());
                self.snapshots.swap_remove(index);
            }
            2 if self.scans.len() < HELD => {
                let scan = self.begin_scan();
                self.scans.push(scan);
            }
            3 | 4 if !self.scans.is_empty() => {
                let index = self.rng.random_range(0..self.scans.len());
                let mut scan = self.scans.swap_remove(index);
                let steps = self.rng.random_range(0..60);
                if self.go_on(&mut scan, steps) && self.rng.random_ratio(7, 8) {
                    self.scans.push(scan);
                }
            }
            _ => self.read_snapshot(),
        }
    }

    /// A snapshot that is held, or one of now.
    fn some_snapshot(&mut self) -> (Snapshot, usize) {
        if self.snapshots.is_empty() || self.rng.random_ratio(1, 8) {
            return (self.store.snapshot(), self.model.now());
        }
        let index = self.rng.random_range(0..self.snapshots.len());
        self.snapshots[index].clone()
    }

    fn read_snapshot(&mut self) {
        let (snapshot, commit) = self.some_snapshot();
        match self.rng.random_range(0..8) {
            0..4 => {
                let key = self.key();
                let found = snapshot.get(&key).unwrap();
                same(found.as_ref(), self.model.at(&key, commit));
            }
            4 | 5 => {
                let count = self.rng.random_range(0..30);
                let keys: Vec<_> = (0..count).map(|_| self.key()).collect();
                let rows = snapshot.get_many(&keys).unwrap();
                for (key, row) in keys.iter().zip(&rows) {
                    same(row.as_ref(), self.model.at(key, commit));
                }
            }
            6 => {
                let range = self.range();
                self.check_snapshot(&snapshot, commit, &range);
            }
            _ => self.visit_some(&snapshot, commit),
        }
    }

    /// Visits all of a range, forward and backward.
    pub fn check_snapshot(&self, snapshot: &Snapshot, commit: usize, range: &Range) {
        let mut expected = self.model.range(range, commit);
        let mut found = Vec::new();
        snapshot
            .visit(range.clone(), |key, row| {
                found.push((key.to_vec(), columns(row)));
                true
            })
            .unwrap();
        assert_eq!(found, expected);
        found.clear();
        snapshot
            .visit_rev(range.clone(), |key, row| {
                found.push((key.to_vec(), columns(row)));
                true
            })
            .unwrap();
        expected.reverse();
        assert_eq!(found, expected);
    }

    /// Visits the first or the last few rows of a range.
    fn visit_some(&mut self, snapshot: &Snapshot, commit: usize) {
        let range = self.range();
        let limit = self.rng.random_range(1..8);
        let mut expected = self.model.range(&range, commit);
        let mut found = Vec::new();
        let visitor = |key: &[u8], row: &_| {
            found.push((key.to_vec(), columns(row)));
            found.len() < limit
        };
        if self.rng.random() {
            snapshot.visit(range, visitor).unwrap();
        } else {
            snapshot.visit_rev(range, visitor).unwrap();
            expected.reverse();
        }
        expected.truncate(limit);
        assert_eq!(found, expected);
    }

    fn begin_scan(&mut self) -> Scan {
        let (snapshot, commit) = self.some_snapshot();
        if self.rng.random_ratio(1, 3) {
            let mut prefix = self.key();
            prefix.truncate(self.rng.random_range(0..4));
            let everything = (Bound::Unbounded, Bound::Unbounded);
            let mut expected = self.model.range(&everything, commit);
            expected.retain(|(key, _)| key.starts_with(&prefix));
            return (snapshot.prefix(&prefix), expected.into());
        }
        let range = self.range();
        let expected = self.model.range(&range, commit);
        (snapshot.range(range), expected.into())
    }

    /// Takes some steps from either end. Whether the iterator has not come to its end.
    fn go_on(&mut self, (rows, expected): &mut Scan, steps: usize) -> bool {
        let backward = self.rng.random_range(0..4);
        for _ in 0..steps {
            if !step(rows, expected, self.rng.random_range(0..4) < backward) {
                assert!(expected.is_empty());
                assert!(rows.next().is_none() && rows.next_back().is_none());
                return false;
            }
        }
        true
    }

    pub fn read_history(&mut self) {
        if self.times.is_empty() {
            return;
        }
        let (at, commit) = self.times[self.rng.random_range(0..self.times.len())];
        let snapshot = self.store.at(at).unwrap();
        assert_eq!(snapshot.timestamp(), at);
        let range = self.range();
        self.check_snapshot(&snapshot, commit, &range);
        let later = self.store.at(at + (1 << 40));
        assert!(matches!(later, Err(Error::NoHistory { .. })));
    }
}

fn step(
    rows: &mut Rows,
    expected: &mut VecDeque<(Vec<u8>, crate::versions::Columns)>,
    backward: bool,
) -> bool {
    let (found, expected) = if backward {
        (rows.next_back(), expected.pop_back())
    } else {
        (rows.next(), expected.pop_front())
    };
    let found = found.map(|row| row.map(|(key, row)| (key, columns(&row))).unwrap());
    assert_eq!(found, expected);
    found.is_some()
}

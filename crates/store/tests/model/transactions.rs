//! Transactions that stay open across other operations, and whether they may commit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeBounds};

use masstree_store::{Error, Isolation, Savepoint, Transaction};
use rand::RngExt;

use crate::session::Session;
use crate::versions::{Columns, Range, Versions, Writes, columns, row, same, with_columns};

const HELD: usize = 4;

/// A transaction and what the model knows of it.
pub struct Open {
    tx: Transaction,
    isolation: Isolation,
    /// It sees this commit.
    commit: usize,
    writes: Writes,
    savepoints: Vec<(Savepoint, Writes)>,
    reads: BTreeSet<Vec<u8>>,
    ranges: Vec<Range>,
}

impl Open {
    fn get(&mut self, model: &Versions, key: &[u8]) -> Option<Columns> {
        if let Some(own) = self.writes.get(key) {
            return own.clone();
        }
        self.reads.insert(key.to_vec());
        model.at(key, self.commit).cloned()
    }

    fn range(&self, model: &Versions, range: &Range) -> Vec<(Vec<u8>, Columns)> {
        let mut rows: BTreeMap<_, _> = model.range(range, self.commit).into_iter().collect();
        for (key, own) in self.writes.iter().filter(|(key, _)| range.contains(*key)) {
            match own {
                Some(columns) => rows.insert(key.clone(), columns.clone()),
                None => rows.remove(key),
            };
        }
        rows.into_iter().collect()
    }

    /// Whether its commit may fail, and whether it has to. A key that was and is absent may have been there in between and left no trace.
    fn conflicts(&self, model: &Versions) -> (bool, bool) {
        let writes = self
            .writes
            .keys()
            .map(|key| model.changed_since(key, self.commit));
        let does = self
            .writes
            .iter()
            .any(|(key, row)| row.is_some() || model.newest(key).is_some());
        let reads = self
            .reads
            .iter()
            .map(|key| model.changed_since(key, self.commit));
        let ranges = self.ranges.iter();
        let ranges = ranges.map(|range| model.range_changed_since(range, self.commit));
        let serializable = self.isolation == Isolation::Serializable && !self.writes.is_empty();
        let read = reads.chain(ranges).map(|(may, must)| (may, must && does));
        writes
            .chain(read.filter(|_| serializable))
            .fold((false, false), |(may, must), (changed, seen)| {
                (may || changed, must || seen)
            })
    }
}

impl Session {
    /// Begins, continues or ends a transaction.
    pub fn transaction(&mut self) {
        if self.transactions.is_empty()
            || self.transactions.len() < HELD && self.rng.random_ratio(1, 6)
        {
            let isolation = self.isolation();
            self.transactions.push(Open {
                tx: self.store.transaction(isolation),
                isolation,
                commit: self.model.now(),
                writes: Writes::new(),
                savepoints: Vec::new(),
                reads: BTreeSet::new(),
                ranges: Vec::new(),
            });
        }
        let index = self.rng.random_range(0..self.transactions.len());
        let mut open = self.transactions.swap_remove(index);
        if self.rng.random_ratio(1, 6) {
            return self.end_transaction(open);
        }
        self.operate(&mut open);
        self.transactions.push(open);
    }

    fn operate(&mut self, open: &mut Open) {
        let key = self.key();
        match self.rng.random_range(0..12) {
            0..3 => {
                let found = open.tx.get(&key).unwrap();
                same(found.as_ref(), open.get(&self.model, &key).as_ref());
            }
            3 | 4 => {
                let column = self.column();
                open.tx.replace(&key, &column).unwrap();
                open.writes.insert(key, Some(vec![column]));
            }
            5 => {
                let new = self.row();
                open.tx.put_row(&key, row(&new)).unwrap();
                open.writes.insert(key, Some(new));
            }
            6 => {
                let changes = self.column_changes();
                let lent: Vec<_> = changes.iter().map(|(i, c)| (*i, c.as_slice())).collect();
                open.tx.put(&key, &lent).unwrap();
                let old = open.get(&self.model, &key);
                let new = with_columns(old.as_ref(), &changes);
                open.writes.insert(key, Some(new));
            }
            7 => {
                let existed = open.get(&self.model, &key).is_some();
                assert_eq!(open.tx.remove(&key).unwrap(), existed);
                if existed {
                    open.writes.insert(key, None);
                }
            }
            8 => {
                let range = self.range();
                let rows = open.tx.rows(range.clone()).unwrap();
                let rows: Vec<_> = rows
                    .iter()
                    .map(|(k, row)| (k.clone(), columns(row)))
                    .collect();
                assert_eq!(rows, open.range(&self.model, &range));
                open.ranges.push(range);
            }
            9 => self.visit_some_of(open),
            10 => open
                .savepoints
                .push((open.tx.savepoint(), open.writes.clone())),
            _ => {
                if let Some(index) = open.savepoints.len().checked_sub(1) {
                    let back = self.rng.random_range(0..=index);
                    open.savepoints.truncate(back + 1);
                    let (savepoint, writes) = open.savepoints[back].clone();
                    open.tx.rollback_to(savepoint);
                    open.writes = writes;
                }
            }
        }
    }

    /// Visits the first rows of a range; the rest was not read.
    fn visit_some_of(&mut self, open: &mut Open) {
        let mut range = self.range();
        let limit = self.rng.random_range(1..5);
        let mut found = Vec::new();
        open.tx
            .visit(range.clone(), |key, row| {
                found.push((key.to_vec(), columns(row)));
                found.len() < limit
            })
            .unwrap();
        let mut expected = open.range(&self.model, &range);
        expected.truncate(limit);
        assert_eq!(found, expected);
        if found.len() == limit {
            range.1 = Bound::Included(found.swap_remove(limit - 1).0);
        }
        open.ranges.push(range);
    }

    fn end_transaction(&mut self, open: Open) {
        match self.rng.random_range(0..8) {
            0 => return open.tx.abort(),
            1 => return,
            _ => {}
        }
        let (may, must) = open.conflicts(&self.model);
        match open.tx.commit() {
            Ok(_) => {
                assert!(!must, "committed over a conflict");
                self.model.write(open.writes);
            }
            Err(Error::Conflict { .. }) => assert!(may, "a conflict with nobody"),
            Err(error) => panic!("{error}"),
        }
    }
}

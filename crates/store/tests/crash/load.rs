//! The operations of a thread, one after the other, as a function of their number; on a store, and on a model.

use std::collections::BTreeMap;

use masstree_store::{Batch, Error, Isolation, Row, Store};
use masstree_testkit::stress::mix;

pub const THREADS: usize = 4;

/// Keys of each thread.
const KEYS: u64 = 300;

/// All threads add to it.
pub const COUNTER: &[u8] = b"\xFFcounter";

pub fn counted(row: Option<&Row>) -> u64 {
    let column = row.and_then(|row| row.column(0)).unwrap_or_default();
    column.try_into().map_or(0, u64::from_be_bytes)
}

/// What an operation does to the keys of its thread; no row stands for a removal.
enum Operation {
    Replace(Vec<u8>, Vec<u8>),
    Put(Vec<u8>, usize, Vec<u8>),
    Remove(Vec<u8>),
    CompareAndSet(Vec<u8>, Row),
    Batch(Vec<(Vec<u8>, Option<Row>)>),
    /// Adds to the counter as well.
    Transaction(Vec<(Vec<u8>, Option<Row>)>),
}

/// A thread's operations, and what they have come to.
pub struct Load {
    pub thread: usize,
    pub rows: BTreeMap<Vec<u8>, Row>,
    /// How many operations.
    pub done: u64,
    /// How often it has added to the counter.
    pub counted: u64,
}

impl Load {
    pub fn new(thread: usize) -> Self {
        Self {
            thread,
            rows: BTreeMap::new(),
            done: 0,
            counted: 0,
        }
    }

    fn key(&self, random: u64) -> Vec<u8> {
        let mut key = vec![self.thread as u8];
        key.extend_from_slice(format!("{:03}", random % KEYS).as_bytes());
        // Some go through several layers of the map.
        key.resize(key.len() + (random % 5 * 7) as usize, b'-');
        key
    }

    fn next(&self) -> Operation {
        let number = self.done + 1;
        let random = |index: u64| mix(number << 8 | self.thread as u64, index);
        let key = self.key(random(0));
        let value = |index: u64| {
            let mut value = number.to_be_bytes().to_vec();
            let length = match random(index + 10) % 20 {
                0 => 3_000,
                more => 8 + more as usize * 5,
            };
            value.resize(length, random(index) as u8);
            value
        };
        let several = || {
            let several = (1..=2 + random(20) % 4).map(|index| {
                let row = (random(index + 30) % 4 != 0).then(|| Row::single(&value(index)));
                (self.key(random(index)), row)
            });
            several.collect::<BTreeMap<_, _>>().into_iter().collect()
        };
        match random(1) % 10 {
            0..3 => Operation::Replace(key, value(2)),
            3 | 4 => Operation::Put(key, (random(3) % 3) as usize, value(2)),
            5 => Operation::Remove(key),
            6 => Operation::CompareAndSet(key, Row::single(&value(2))),
            7 => Operation::Batch(several()),
            _ => Operation::Transaction(several()),
        }
    }

    fn set(&mut self, key: Vec<u8>, row: Option<Row>) {
        match row {
            Some(row) => self.rows.insert(key, row),
            None => self.rows.remove(&key),
        };
    }

    /// Whether the next operation adds to the counter and changes nothing else.
    pub fn only_counts_next(&self) -> bool {
        matches!(self.next(), Operation::Transaction(writes)
            if writes.iter().all(|(key, row)| row.is_none() && !self.rows.contains_key(key)))
    }

    /// The next operation on the model.
    pub fn step(&mut self) {
        match self.next() {
            Operation::Replace(key, value) => self.set(key, Some(Row::single(&value))),
            Operation::Put(key, column, value) => {
                let old = self.rows.get(&key).cloned().unwrap_or_else(Row::empty);
                self.set(key, Some(old.with(&[(column, &value)])));
            }
            Operation::Remove(key) => self.set(key, None),
            Operation::CompareAndSet(key, row) => self.set(key, Some(row)),
            Operation::Batch(writes) => {
                writes.into_iter().for_each(|(key, row)| self.set(key, row))
            }
            Operation::Transaction(writes) => {
                writes.into_iter().for_each(|(key, row)| self.set(key, row));
                self.counted += 1;
            }
        }
        self.done += 1;
    }

    /// The next operation on the store, then on the model.
    pub fn step_on(&mut self, store: &Store) -> Result<(), Error> {
        match self.next() {
            Operation::Replace(key, value) => drop(store.replace(&key, &value)?),
            Operation::Put(key, column, value) => drop(store.put(&key, &[(column, &value)])?),
            Operation::Remove(key) => drop(store.remove(&key)?),
            Operation::CompareAndSet(key, row) => {
                let done = store.compare_and_set(&key, self.rows.get(&key), Some(&row))?;
                assert!(done, "another wrote the key");
            }
            Operation::Batch(writes) => {
                let mut batch = Batch::new();
                for (key, row) in writes {
                    match row {
                        Some(row) => batch.put_row(&key, row),
                        None => batch.remove(&key),
                    };
                }
                store.batch(&batch)?;
            }
            Operation::Transaction(writes) => store.transact(self.isolation(), |tx| {
                let count = counted(tx.get(COUNTER)?.as_ref());
                tx.replace(COUNTER, &(count + 1).to_be_bytes())?;
                for (key, row) in &writes {
                    match row {
                        Some(row) => tx.put_row(key, row.clone())?,
                        None => drop(tx.remove(key)?),
                    }
                }
                Ok::<_, Error>(())
            })?,
        }
        self.step();
        Ok(())
    }

    fn isolation(&self) -> Isolation {
        if self.done.is_multiple_of(2) {
            Isolation::Snapshot
        } else {
            Isolation::Serializable
        }
    }
}

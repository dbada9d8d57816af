//! A workload of one thread, and the states that a store goes through with it.

use std::collections::BTreeMap;

use masstree_store::{Batch, Error, Isolation, Row, Store};

/// Keys and rows.
pub type Contents = BTreeMap<Vec<u8>, Row>;

pub fn contents(store: &Store) -> Contents {
    store
        .snapshot()
        .range::<&[u8]>(..)
        .map(Result::unwrap)
        .collect()
}

/// The states, one after each operation that was begun.
pub struct Workload {
    pub states: Vec<Contents>,
    /// Indices of the last states that were acknowledged, and that were acknowledged as synced.
    pub acknowledged: usize,
    pub durable: usize,
}

impl Workload {
    pub fn new() -> Self {
        Self {
            states: vec![Contents::new()],
            acknowledged: 0,
            durable: 0,
        }
    }

    pub fn newest(&self) -> &Contents {
        &self.states[self.states.len() - 1]
    }

    pub fn is_checkpoint(number: usize) -> bool {
        number % 45 == 30
    }

    /// One operation: a write of some kind, a checkpoint or a sync.
    pub fn step(&mut self, store: &Store, number: usize) -> Result<(), Error> {
        if Self::is_checkpoint(number) {
            store.checkpoint()?;
            self.durable = self.acknowledged;
            return Ok(());
        }
        if number % 9 == 8 {
            store.sync()?;
            self.durable = self.acknowledged;
            return Ok(());
        }
        let key = |index: usize| format!("key {}", (number * 7 + index * 5) % 17).into_bytes();
        let value = format!("{number}{}", "-".repeat(number * 13 % 200)).into_bytes();
        let row = Row::single(&value);
        let mut next = self.newest().clone();
        match number % 7 {
            0 | 1 => drop(next.insert(key(0), row.clone())),
            2 => {
                let old = next.get(&key(0)).cloned().unwrap_or_else(Row::empty);
                next.insert(key(0), old.with(&[(number % 3, &value)]));
            }
            3 => drop(next.remove(&key(0))),
            4 | 5 => {
                next.insert(key(0), row.clone());
                next.remove(&key(1));
                next.insert(key(2), row.clone());
            }
            _ => {
                let moved = next.remove(&key(0)).unwrap_or_else(|| row.clone());
                next.insert(key(3), moved);
            }
        }
        let old = self.newest().get(&key(0)).cloned();
        self.states.push(next);
        match number % 7 {
            0 => drop(store.replace(&key(0), &value)?),
            1 => assert!(store.compare_and_set(&key(0), old.as_ref(), Some(&row))?),
            2 => drop(store.put(&key(0), &[(number % 3, &value)])?),
            3 => assert_eq!(store.remove(&key(0))?, old.is_some()),
            4 => {
                let mut batch = Batch::new();
                batch
                    .put_row(&key(0), row.clone())
                    .remove(&key(1))
                    .put_row(&key(2), row);
                store.batch(&batch)?;
            }
            5 => store.transact(Isolation::Snapshot, |tx| {
                tx.put_row(&key(0), row.clone())?;
                tx.remove(&key(1))?;
                tx.put_row(&key(2), row.clone())
            })?,
            _ => store.transact(Isolation::Serializable, |tx| {
                let found = tx.get(&key(0))?;
                tx.remove(&key(0))?;
                tx.put_row(&key(3), found.unwrap_or_else(|| row.clone()))
            })?,
        }
        self.acknowledged = self.states.len() - 1;
        Ok(())
    }
}

//! Single operations and batches.

use masstree_store::{Batch, Error, Isolation};
use rand::RngExt;

use crate::session::Session;
use crate::versions::{Columns, Writes, columns, row, same, with_columns};

impl Session {
    /// One operation outside of transactions.
    pub fn single(&mut self) {
        let key = self.key();
        let existed = self.model.newest(&key).is_some();
        match self.rng.random_range(0..16) {
            0..3 => same(
                self.store.get(&key).unwrap().as_ref(),
                self.model.newest(&key),
            ),
            3 => self.get_columns(&key),
            4 => {
                let seen = self.store.get_with(&key, |row| row.map(columns)).unwrap();
                assert_eq!(seen.as_ref(), self.model.newest(&key));
            }
            5 => self.get_many(),
            6..9 => {
                let column = self.column();
                assert_eq!(self.store.replace(&key, &column).unwrap(), existed);
                self.model.write([(key, Some(vec![column]))].into());
            }
            9 => {
                let new = self.row();
                assert_eq!(self.store.put_row(&key, row(&new)).unwrap(), existed);
                self.model.write([(key, Some(new))].into());
            }
            10 | 11 => {
                let changes = self.column_changes();
                let lent: Vec<_> = changes.iter().map(|(i, c)| (*i, c.as_slice())).collect();
                assert_eq!(self.store.put(&key, &lent).unwrap(), existed);
                let new = with_columns(self.model.newest(&key), &changes);
                self.model.write([(key, Some(new))].into());
            }
            12 => {
                assert_eq!(self.store.remove(&key).unwrap(), existed);
                self.model.write([(key, None)].into());
            }
            13 => self.compare_and_set(key),
            14 => self.batch(),
            _ => self.transact(&key),
        }
    }

    fn get_columns(&mut self, key: &[u8]) {
        let wanted: Vec<usize> = (0..self.rng.random_range(0..4))
            .map(|_| self.rng.random_range(0..7))
            .collect();
        let expected = self.model.newest(key).map(|columns| {
            let column = |&index: &usize| columns.get(index).cloned().unwrap_or_default();
            wanted.iter().map(column).collect::<Columns>()
        });
        assert_eq!(self.store.get_columns(key, &wanted).unwrap(), expected);
    }

    fn get_many(&mut self) {
        let count = self.rng.random_range(0..20);
        let keys: Vec<_> = (0..count).map(|_| self.key()).collect();
        let rows = self.store.get_many(&keys).unwrap();
        assert_eq!(rows.len(), keys.len());
        for (key, row) in keys.iter().zip(&rows) {
            same(row.as_ref(), self.model.newest(key));
        }
    }

    fn compare_and_set(&mut self, key: Vec<u8>) {
        let held = self.model.newest(&key).cloned();
        let expected = match self.rng.random_range(0..5) {
            0 => None,
            1 => Some(self.row()),
            _ => held.clone(),
        };
        let new = self.rng.random_ratio(3, 4).then(|| self.row());
        let (from, to) = (expected.as_ref().map(row), new.as_ref().map(row));
        let done = self.store.compare_and_set(&key, from.as_ref(), to.as_ref());
        assert_eq!(done.unwrap(), expected == held);
        if expected == held {
            self.model.write([(key, new)].into());
        }
    }

    fn batch(&mut self) {
        let mut writes = Writes::new();
        let mut batch = Batch::new();
        for _ in 0..self.rng.random_range(0..8) {
            let key = self.key();
            match self.rng.random_range(0..3) {
                0 => {
                    batch.remove(&key);
                    writes.insert(key, None);
                }
                1 => {
                    let new = self.row();
                    batch.put_row(&key, row(&new));
                    writes.insert(key, Some(new));
                }
                _ => {
                    let column = self.column();
                    batch.replace(&key, &column);
                    writes.insert(key, Some(vec![column]));
                }
            }
        }
        let does = writes
            .iter()
            .any(|(key, row)| row.is_some() || self.model.newest(key).is_some());
        let committed = self.store.batch(&batch).unwrap();
        // A removal of what is not there may still find that it was removed before.
        assert!(committed.is_some() || !does);
        self.model.write(writes);
    }

    /// Moves the row of one key to another.
    fn transact(&mut self, from: &[u8]) {
        let to = self.key();
        let isolation = self.isolation();
        let moved = self.store.transact(isolation, |tx| {
            let Some(row) = tx.get(from)? else {
                return Ok::<_, Error>(false);
            };
            tx.remove(from)?;
            tx.put_row(&to, row)?;
            Ok(true)
        });
        let row = self.model.newest(from).cloned();
        assert_eq!(moved.unwrap(), row.is_some());
        if let Some(row) = row {
            let mut writes = Writes::from([(from.to_vec(), None)]);
            writes.insert(to, Some(row));
            self.model.write(writes);
        }
    }

    pub fn isolation(&mut self) -> Isolation {
        if self.rng.random() {
            Isolation::Snapshot
        } else {
            Isolation::Serializable
        }
    }
}

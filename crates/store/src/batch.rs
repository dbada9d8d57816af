//! Batches: several writes that happen at once, whatever the keys hold.

use crate::attempt::{Attempt, Writes};
use crate::error::Result;
use crate::row::Row;
use crate::stamp::Timestamp;
use crate::store::Store;

/// Several writes that happen at once. See [`Store::batch`].
#[derive(Clone, Debug, Default)]
pub struct Batch(Writes);

impl Batch {
    /// No writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the row of `key` one of this one column.
    pub fn replace(&mut self, key: &[u8], column: &[u8]) -> &mut Self {
        self.put_row(key, Row::single(column))
    }

    /// Makes the row of `key` this one.
    pub fn put_row(&mut self, key: &[u8], row: Row) -> &mut Self {
        self.0.insert(key.into(), Some(row));
        self
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &[u8]) -> &mut Self {
        self.0.insert(key.into(), None);
        self
    }
}

impl Store {
    /// Does all writes of a batch at once. Returns when; nothing if there was nothing to do.
    ///
    /// # Errors
    /// A key or a row over its limit, the memory limit; then none is done.
    pub fn batch(&self, batch: &Batch) -> Result<Option<Timestamp>> {
        let table = self.table();
        for (key, row) in batch.0.iter() {
            table.check_key(key.as_slice())?;
            row.as_ref().map_or(Ok(()), |row| table.check_row(row))?;
        }
        let guard = table.map.guard();
        let done = Attempt::new(&self.0, &batch.0, None, true, &guard).run(|_| Ok(()), || {})?;
        drop(guard);
        self.0.acknowledged(done)
    }
}

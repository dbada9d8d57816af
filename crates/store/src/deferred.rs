//! Writes that do not wait for the disk one by one.
//!
//! A write has happened, and others see it, once its record is queued for the log. What takes long is the wait until the record is as safe as
//! the store promises. Whoever has many writes at hand does them all and then waits once, for the last: what lies before it in the log is safe by then too.

use crate::disk::{Durability, LogStats, Position};
use crate::error::Result;
use crate::row::Row;
use crate::stats::CheckpointStats;
use crate::store::{Store, change_columns, check_columns};
use crate::table::Wish;

/// How far the log has to get for some writes to be as safe as the store promises. Who waits for the greatest of several has waited for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Debt(Position);

/// What a compare-and-set found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The row was as expected and is changed.
    Done,
    /// The row that is there instead, if any; nothing has changed.
    Differs(Option<Row>),
}

/// Writes whose safety is waited for later, all at once. See [`Store::deferred`].
#[derive(Debug)]
pub struct Deferred<'a> {
    store: &'a Store,
    debt: Option<Debt>,
}

impl Store {
    /// Begins a series of writes that return as soon as others see them. None may be called done before [`settle`](Self::settle) has returned for the
    /// [`debt`](Deferred::debt) of the series.
    ///
    /// # Examples
    /// ```
    /// let store = masstree_store::Store::in_memory();
    /// let mut series = store.deferred();
    /// for key in ["a", "b", "c"] {
    ///     series.replace(key.as_bytes(), b"")?;
    /// }
    /// if let Some(debt) = series.debt() {
    ///     store.settle(debt)?;
    /// }
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn deferred(&self) -> Deferred<'_> {
        Deferred {
            store: self,
            debt: None,
        }
    }

    /// Waits until writes are as safe as the store promises.
    ///
    /// # Errors
    /// [`Error::Disk`](crate::Error::Disk): they are not on disk and never will be; the store is read-only from then on.
    pub fn settle(&self, debt: Debt) -> Result<()> {
        self.0.acknowledge(Some(debt.0))
    }

    /// What acknowledged writes survive; nothing for a store in memory.
    pub fn durability(&self) -> Durability {
        match &self.0.journal {
            Some(_) => self.table().options.durability,
            None => Durability::None,
        }
    }

    /// What the log has done since the store was opened, if there is one.
    pub fn log_stats(&self) -> Option<LogStats> {
        Some(self.0.journal.as_ref()?.log().stats())
    }

    /// What has become of checkpoints since the store was opened, if it has a directory.
    pub fn checkpoint_stats(&self) -> Option<CheckpointStats> {
        Some(self.0.journal.as_ref()?.checkpoint_stats())
    }
}

impl Deferred<'_> {
    /// What is to be [settled](Store::settle); nothing if nothing was written that would be safer for it.
    pub fn debt(&self) -> Option<Debt> {
        self.debt
    }

    /// [`Store::replace`], without the wait.
    ///
    /// # Errors
    /// As there.
    pub fn replace(&mut self, key: &[u8], column: &[u8]) -> Result<bool> {
        let row = Row::single(column);
        self.store.table().check_row(&row)?;
        self.write(key, |_| Ok(Wish::Put(row.clone())))
    }

    /// [`replace`](Self::replace) of each key in order, and calls `visitor` with its index and whether it was there before. The keys are looked up
    /// together at first, which brings what the writes will touch nearer: waiting for memory is most of what a write to a large store costs.
    ///
    /// # Panics
    /// If there are fewer columns than keys.
    pub fn replace_each<K: AsRef<[u8]>>(
        &mut self,
        keys: &[K],
        columns: &[&[u8]],
        mut visitor: impl FnMut(usize, Result<bool>),
    ) {
        // Held for all, so that none has to be taken for each. Guards are also when what was replaced is freed, so that is asked for at the end.
        let guard = self.store.table().map.guard();
        // A key over the limit is refused below.
        let _ = self.store.get_each(keys, |_, _| ());
        for (index, key) in keys.iter().enumerate() {
            visitor(index, self.replace(key.as_ref(), columns[index]));
        }
        guard.flush();
    }

    /// [`Store::put`], without the wait.
    ///
    /// # Errors
    /// As there.
    pub fn put(&mut self, key: &[u8], columns: &[(usize, &[u8])]) -> Result<bool> {
        let table = self.store.table();
        check_columns(table, columns)?;
        self.write(key, |old| {
            let row = change_columns(old, columns);
            table.check_row(&row)?;
            Ok(Wish::Put(row))
        })
    }

    /// [`Store::remove`], without the wait.
    ///
    /// # Errors
    /// As there.
    pub fn remove(&mut self, key: &[u8]) -> Result<bool> {
        self.write(key, |old| {
            Ok(match old {
                Some(_) => Wish::Remove,
                None => Wish::Nothing,
            })
        })
    }

    /// Makes the row of `key` one of the column `new` (takes it out, if `None`) if it is one of the column `expected` (if it is not there, when `None`). A
    /// row of several columns is never as expected.
    ///
    /// # Errors
    /// As [`Store::replace`].
    pub fn compare_and_set(
        &mut self,
        key: &[u8],
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<Swap> {
        let expected = expected.map(Row::single);
        let new = new.map(Row::single);
        if let Some(row) = &new {
            self.store.table().check_row(row)?;
        }
        let mut swap = Swap::Done;
        self.write(key, |old| {
            if old != expected.as_ref() {
                swap = Swap::Differs(old.cloned());
                return Ok(Wish::Nothing);
            }
            swap = Swap::Done;
            Ok(match (old, &new) {
                (_, Some(row)) => Wish::Put(row.clone()),
                (Some(_), None) => Wish::Remove,
                (None, None) => Wish::Nothing,
            })
        })?;
        Ok(swap)
    }

    fn write(
        &mut self,
        key: &[u8],
        wish: impl FnMut(Option<&Row>) -> Result<Wish>,
    ) -> Result<bool> {
        let (existed, position) = self.store.write_unsettled(key, wish)?;
        self.debt = self.debt.max(position.map(Debt));
        Ok(existed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debt_is_that_of_the_last_write() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(crate::Options {
            durability: Durability::Always,
            ..crate::Options::new(directory.path())
        })
        .unwrap();
        let mut series = store.deferred();
        assert_eq!(series.debt(), None);
        assert!(!series.replace(b"k", b"1").unwrap());
        let first = series.debt();
        assert!(series.put(b"k", &[(1, b"2")]).unwrap());
        assert!(first.is_some() && series.debt() > first);
        let second = series.debt();
        assert!(!series.remove(b"other").unwrap());
        assert_eq!(series.debt(), second);
        store.settle(second.unwrap()).unwrap();
        assert_eq!(store.log_stats().unwrap().not_durable, 0);
    }

    #[test]
    fn a_key_that_is_refused_does_not_stop_the_others() {
        let store = Store::in_memory();
        let long = [b'x'; 2000];
        let mut results = Vec::new();
        let keys = [&b"a"[..], &long, b"a"];
        store
            .deferred()
            .replace_each(&keys, &[b"1", b"2", b"3"], |index, result| {
                results.push((index, result.ok()));
            });
        assert_eq!(results, [(0, Some(false)), (1, None), (2, Some(true))]);
        assert_eq!(store.get(b"a").unwrap(), Some(Row::single(b"3")));
    }

    #[test]
    fn a_swap_tells_what_is_there() {
        let store = Store::in_memory();
        let mut series = store.deferred();
        let one = Row::single(b"1");
        assert_eq!(
            series.compare_and_set(b"k", None, Some(b"1")).unwrap(),
            Swap::Done
        );
        assert_eq!(
            series.compare_and_set(b"k", None, Some(b"2")).unwrap(),
            Swap::Differs(Some(one.clone()))
        );
        series.put(b"k", &[(1, b"x")]).unwrap();
        let two = store.get(b"k").unwrap();
        assert_eq!(
            series.compare_and_set(b"k", Some(b"1"), None).unwrap(),
            Swap::Differs(two)
        );
        series.replace(b"k", b"1").unwrap();
        assert_eq!(
            series.compare_and_set(b"k", Some(b"1"), None).unwrap(),
            Swap::Done
        );
        assert_eq!(
            series.compare_and_set(b"k", Some(b"1"), None).unwrap(),
            Swap::Differs(None)
        );
        assert_eq!(series.debt(), None);
    }
}

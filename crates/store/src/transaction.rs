//! Transactions: reads from a snapshot, writes kept aside until the commit.

use std::ops::RangeBounds;

use crate::attempt::{Attempt, Writes};
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::row::Row;
use crate::scan::{Range, borrowed, is_inverted, owned};
use crate::snapshot::Snapshot;
use crate::sorted::Sorted;
use crate::stamp::Timestamp;
use crate::store::{Store, change_columns, check_columns};
use crate::version::Commit;

/// What a transaction is protected from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// It reads from one snapshot, and of two that write one key the first to commit wins. Two may each read what the other writes (write skew).
    Snapshot,
    /// As if transactions of this level ran one after the other.
    Serializable,
}

/// A place in a transaction to go back to. See [`Transaction::savepoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint(usize);

/// A transaction that has not ended. Dropping it abandons it.
///
/// # Examples
/// ```
/// use masstree_store::{Isolation, Store};
/// let store = Store::in_memory();
/// let mut transaction = store.transaction(Isolation::Serializable);
/// transaction.replace(b"k", b"v")?;
/// assert!(store.get(b"k")?.is_none());
/// transaction.commit()?;
/// assert!(store.get(b"k")?.is_some());
/// # Ok::<(), masstree_store::Error>(())
/// ```
#[derive(Debug)]
pub struct Transaction {
    snapshot: Snapshot,
    isolation: Isolation,
    writes: Writes,
    /// What each write replaced in `writes` since the first savepoint was set.
    undo: Vec<(Bytes, Option<Option<Row>>)>,
    has_savepoint: bool,
    /// How many keys have been looked up.
    lookups: usize,
    reads: Sorted<Bytes, ()>,
    ranges: Vec<Range>,
}

impl Store {
    /// Begins a transaction.
    pub fn transaction(&self, isolation: Isolation) -> Transaction {
        Transaction {
            snapshot: self.snapshot(),
            isolation,
            writes: Writes::default(),
            undo: Vec::new(),
            has_savepoint: false,
            lookups: 0,
            reads: Sorted::default(),
            ranges: Vec::new(),
        }
    }

    /// Runs `body` in a transaction and commits it; runs it again, on a new snapshot, as long as others get in the way.
    ///
    /// # Errors
    /// What `body` returns (then nothing was written), or any error of [`Transaction::commit`] but a conflict.
    ///
    /// # Examples
    /// ```
    /// use masstree_store::{Error, Isolation, Row, Store};
    /// let store = Store::in_memory();
    /// let hits = store.transact(Isolation::Snapshot, |transaction| {
    ///     let hits = transaction.get(b"hits")?.map_or(0, |row| row.column(0).map_or(0, <[u8]>::len));
    ///     transaction.replace(b"hits", &vec![b'|'; hits + 1])?;
    ///     Ok::<_, Error>(hits + 1)
    /// })?;
    /// assert_eq!(hits, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn transact<T, E: From<Error>>(
        &self,
        isolation: Isolation,
        mut body: impl FnMut(&mut Transaction) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let backoff = optimistic::backoff::Backoff::new();
        loop {
            let mut transaction = self.transaction(isolation);
            let result = body(&mut transaction)?;
            match transaction.commit() {
                Ok(_) => return Ok(result),
                Err(Error::Conflict { .. }) => backoff.snooze(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Transaction {
    /// The point in time that it reads from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The row of `key`, as the snapshot has it or as this transaction has written it.
    ///
    /// # Errors
    /// As [`Snapshot::get`].
    pub fn get(&mut self, key: &[u8]) -> Result<Option<Row>> {
        if let Some(written) = self.writes.get(key) {
            return Ok(written.clone());
        }
        self.lookups += 1;
        if self.isolation == Isolation::Serializable && self.reads.get(key).is_none() {
            self.reads.insert(key.into(), ());
        }
        self.snapshot.get(key)
    }

    /// Makes the row of `key` one of this one column.
    ///
    /// # Errors
    /// A key or a row over its limit, the memory limit.
    pub fn replace(&mut self, key: &[u8], column: &[u8]) -> Result<()> {
        self.put_row(key, Row::single(column))
    }

    /// Makes the row of `key` this one.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub fn put_row(&mut self, key: &[u8], row: Row) -> Result<()> {
        let table = self.snapshot.store().table();
        table.check_key(key)?;
        table.check_row(&row)?;
        self.write(key, Some(row));
        Ok(())
    }

    /// Sets some columns of `key`; the others stay as this transaction sees them.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn put(&mut self, key: &[u8], columns: &[(usize, &[u8])]) -> Result<()> {
        check_columns(self.snapshot.store().table(), columns)?;
        let old = self.get(key)?;
        self.put_row(key, change_columns(old.as_ref(), columns))
    }

    /// Takes `key` out. Whether it was there.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`].
    pub fn remove(&mut self, key: &[u8]) -> Result<bool> {
        let existed = self.get(key)?.is_some();
        if existed {
            self.write(key, None);
        }
        Ok(existed)
    }

    fn write(&mut self, key: &[u8], row: Option<Row>) {
        let key = Bytes::from(key);
        if self.has_savepoint {
            let before = self.writes.insert(key.clone(), row);
            self.undo.push((key, before));
        } else {
            self.writes.insert(key, row);
        }
    }

    /// A place to go back to.
    pub fn savepoint(&mut self) -> Savepoint {
        self.has_savepoint = true;
        Savepoint(self.undo.len())
    }

    /// Takes back what was written since. Savepoints set in between are gone.
    pub fn rollback_to(&mut self, savepoint: Savepoint) {
        while self.undo.len() > savepoint.0 {
            let Some((key, before)) = self.undo.pop() else {
                break;
            };
            match before {
                Some(row) => {
                    self.writes.insert(key, row);
                }
                None => self.writes.remove(key.as_slice()),
            }
        }
    }

    /// Calls `visitor` with each row of a range, ascending, until it returns `false`, with what this transaction has written in its place.
    ///
    /// # Errors
    /// [`Error::SnapshotTooOld`].
    pub fn visit<K: AsRef<[u8]>>(
        &mut self,
        range: impl RangeBounds<K>,
        mut visitor: impl FnMut(&[u8], &Row) -> bool,
    ) -> Result<()> {
        let mut range = owned(&range);
        let mut stopped_at: Option<Vec<u8>> = None;
        {
            let mut visit = |key: &[u8], row: &Row| {
                let more = visitor(key, row);
                if !more {
                    stopped_at = Some(key.to_vec());
                }
                more
            };
            let inverted = is_inverted(&range);
            let mut written = (!inverted)
                .then(|| self.writes.range::<[u8]>(borrowed(&range)))
                .into_iter()
                .flatten()
                .map(|(own, put)| (own.as_slice(), put))
                .peekable();
            let mut more = true;
            let table = self.snapshot.store().table();
            let at = self.snapshot.timestamp();
            table.visit_at(borrowed(&range), true, at, |key, row| {
                while let Some((own, put)) = written.next_if(|(own, _)| *own < key) {
                    more = put.as_ref().is_none_or(|row| visit(own, row));
                    if !more {
                        return false;
                    }
                }
                more = match written.next_if(|(own, _)| *own == key) {
                    Some((own, put)) => put.as_ref().is_none_or(|row| visit(own, row)),
                    None => visit(key, row),
                };
                more
            });
            if more {
                // What the snapshot has no key behind.
                let _ = written.all(|(own, put)| put.as_ref().is_none_or(|row| visit(own, row)));
            }
        }
        if self.isolation == Isolation::Serializable {
            if let Some(key) = stopped_at {
                range.1 = std::ops::Bound::Included(key);
            }
            self.ranges.push(range);
        }
        self.snapshot.check()
    }

    /// The rows of a range, as [`visit`](Self::visit) sees them.
    ///
    /// # Errors
    /// As [`visit`](Self::visit).
    pub fn rows<K: AsRef<[u8]>>(
        &mut self,
        range: impl RangeBounds<K>,
    ) -> Result<Vec<(Vec<u8>, Row)>> {
        let mut rows = Vec::new();
        self.visit(range, |key, row| {
            rows.push((key.to_vec(), row.clone()));
            true
        })?;
        Ok(rows)
    }

    /// Ends it: all that it has written happens at once. Returns when; nothing if it has written nothing, which never fails.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::SnapshotTooOld`]; then nothing has happened.
    pub fn commit(mut self) -> Result<Option<Timestamp>> {
        self.snapshot.check()?;
        if self.writes.is_empty() {
            return Ok(None);
        }
        let at = self.snapshot.timestamp();
        let hold = self.snapshot.hold();
        let store = hold.store();
        let guard = store.table().map.guard();
        let validate = |commit: &Commit| {
            if self.isolation == Isolation::Snapshot {
                return Ok(());
            }
            let table = store.table();
            let reads = self.reads.iter().map(|(key, ())| key.as_slice());
            // Nobody has written a key since that this has got a version on top of.
            let mut reads = reads
                .filter(|&key| !matches!(self.writes.get(key), Some(Some(_))))
                .peekable();
            if reads.peek().is_some() {
                // Not the guard of the writes: what a walk under one guard keeps for the next costs more than it brings for a read or two.
                let guard = table.map.guard();
                reads.try_for_each(|key| table.validate_key(key, at, commit, &guard))?;
            }
            self.ranges
                .iter()
                .try_for_each(|range| table.validate_range(range, at, commit))
        };
        // What it replaces need not be kept for its own sake.
        let decided = || drop(hold);
        let afresh = self.lookups <= self.writes.len() / 2;
        let attempt = Attempt::new(&store.0, &self.writes, Some(at), afresh, &guard);
        let done = attempt.run(validate, decided)?;
        drop(guard);
        store.0.acknowledged(done)
    }

    /// Ends it: nothing that it has written happens.
    pub fn abort(self) {}
}

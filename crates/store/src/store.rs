//! The store: a handle that all threads share.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::checkpointer::Checkpointer;
use crate::disk::{Change, Position};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::options::Options;
use crate::row::Row;
use crate::snapshot::Snapshot;
use crate::stamp::{Decides, Timestamp};
use crate::stats::Stats;
use crate::sweeper::Sweeper;
use crate::table::{Count, Table, Wish};
use crate::version::{Author, decider};

/// An ordered store of rows. Cloning gives another handle on the same store.
///
/// # Examples
/// ```
/// use masstree_store::Store;
/// let store = Store::in_memory();
/// store.replace(b"k", b"v")?;
/// assert_eq!(store.get(b"k")?.unwrap().column(0), Some(&b"v"[..]));
/// # Ok::<(), masstree_store::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Store(pub(crate) Arc<Shared>);

/// What the handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    // Ends first: what it holds of the rest is not dropped by it.
    pub checkpointer: Checkpointer,
    pub journal: Option<Journal>,
    pub sweeper: Sweeper,
    pub table: Arc<Table>,
}

impl Store {
    /// An empty store that lives in memory alone.
    pub fn in_memory() -> Self {
        Self::with_options(Options::default())
    }

    /// An empty store in memory with these limits.
    pub fn with_options(options: Options) -> Self {
        let table = Arc::new(Table::new(options));
        Self(Arc::new(Shared {
            checkpointer: Checkpointer::default(),
            journal: None,
            sweeper: Sweeper::start(&table),
            table,
        }))
    }

    pub(crate) fn table(&self) -> &Table {
        &self.0.table
    }

    /// The row of `key`.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`].
    ///
    /// # Consistency
    /// Linearizable. Never waits for a writer.
    pub fn get(&self, key: &[u8]) -> Result<Option<Row>> {
        self.get_with(key, |row| row.cloned())
    }

    /// What `read` makes of the row of `key`, which is borrowed and not copied. While `read` runs nothing that is replaced meanwhile is freed.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_with<T>(&self, key: &[u8], read: impl FnOnce(Option<&Row>) -> T) -> Result<T> {
        let table = self.table();
        table.check_key(key)?;
        let guard = table.map.guard();
        Ok(read(table.read_newest(key, &guard)))
    }

    /// Some columns of `key`, in the order asked for. A column that the row does not have is empty.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_columns(&self, key: &[u8], columns: &[usize]) -> Result<Option<Vec<Vec<u8>>>> {
        self.get_with(key, |row| {
            row.map(|row| {
                let column = |&index: &usize| row.column(index).unwrap_or_default().to_vec();
                columns.iter().map(column).collect()
            })
        })
    }

    /// The rows of many keys, all as of one moment.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<Vec<Option<Row>>> {
        self.snapshot().get_many(keys)
    }

    /// Makes the row of `key` one of this one column. Whether the key was there before.
    ///
    /// # Errors
    /// A key or a row over its limit, the memory limit; then nothing has changed.
    pub fn replace(&self, key: &[u8], column: &[u8]) -> Result<bool> {
        self.put_row(key, Row::single(column))
    }

    /// Makes the row of `key` this one. Whether the key was there before.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub fn put_row(&self, key: &[u8], row: Row) -> Result<bool> {
        self.table().check_row(&row)?;
        self.write(key, |_| Ok(Wish::Put(row.clone())))
    }

    /// Sets some columns of `key` in one step; its other columns stay. Whether the key was there before.
    ///
    /// # Errors
    /// As [`replace`](Self::replace), and [`Error::TooManyColumns`].
    ///
    /// # Examples
    /// ```
    /// let store = masstree_store::Store::in_memory();
    /// store.put(b"k", &[(0, b"a"), (1, b"b")])?;
    /// store.put(b"k", &[(1, b"c")])?;
    /// assert_eq!(store.get_columns(b"k", &[0, 1])?.unwrap(), [b"a", b"c"]);
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn put(&self, key: &[u8], columns: &[(usize, &[u8])]) -> Result<bool> {
        let table = self.table();
        check_columns(table, columns)?;
        self.write(key, |old| {
            let row = change_columns(old, columns);
            table.check_row(&row)?;
            Ok(Wish::Put(row))
        })
    }

    /// Takes `key` out. Whether it was there.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`].
    pub fn remove(&self, key: &[u8]) -> Result<bool> {
        self.write(key, |old| {
            Ok(match old {
                Some(_) => Wish::Remove,
                None => Wish::Nothing,
            })
        })
    }

    /// Makes the row of `key` `new` (takes it out, if `None`) if it is `expected` (if it is not there, when `None`). Whether it did.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    ///
    /// # Examples
    /// ```
    /// use masstree_store::{Row, Store};
    /// let store = Store::in_memory();
    /// let (one, two) = (Row::single(b"1"), Row::single(b"2"));
    /// assert!(store.compare_and_set(b"k", None, Some(&one))?);
    /// assert!(!store.compare_and_set(b"k", Some(&two), None)?);
    /// assert!(store.compare_and_set(b"k", Some(&one), Some(&two))?);
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn compare_and_set(
        &self,
        key: &[u8],
        expected: Option<&Row>,
        new: Option<&Row>,
    ) -> Result<bool> {
        if let Some(row) = new {
            self.table().check_row(row)?;
        }
        let mut equal = false;
        self.write(key, |old| {
            equal = old == expected;
            Ok(match (equal, old, new) {
                (true, _, Some(row)) => Wish::Put(row.clone()),
                (true, Some(_), None) => Wish::Remove,
                _ => Wish::Nothing,
            })
        })?;
        Ok(equal)
    }

    /// One write to one key. Whether the key was there before.
    fn write(&self, key: &[u8], wish: impl FnMut(Option<&Row>) -> Result<Wish>) -> Result<bool> {
        let (existed, position) = self.write_unsettled(key, wish)?;
        self.0.acknowledge(position)?;
        Ok(existed)
    }

    /// One write to one key that does not wait for the disk. Whether the key was there before, and how far the log has to get.
    pub(crate) fn write_unsettled(
        &self,
        key: &[u8],
        mut wish: impl FnMut(Option<&Row>) -> Result<Wish>,
    ) -> Result<(bool, Option<Position>)> {
        let table = self.table();
        table.check_key(key)?;
        let guard = table.map.guard();
        let mut existed = false;
        let installed = table.install(key, Author::Single, &guard, |base| {
            let old = base.and_then(|(version, _)| version.as_ref());
            existed = old.is_some();
            wish(old)
        })?;
        let Some(installed) = installed else {
            return Ok((existed, None));
        };
        let version = installed.version;
        let decide = || decider(version, guard.as_ref()).commit_from(table.clock.commit_time());
        let changes = || [change(key, version.as_ref())];
        match self.0.commit(changes, decide) {
            Ok(Some((_, position))) => {
                table.committed(key, &installed, &guard);
                Ok((existed, position))
            }
            other => {
                decider(version, guard.as_ref()).abort();
                table.aborted(key, &installed, &guard);
                other.map(|_| (existed, None))
            }
        }
    }

    /// A point in time to read from, for as long as it is held.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.clone(), self.table().clock.take(false))
    }

    /// A snapshot that does not expire.
    pub(crate) fn firm_snapshot(&self) -> Snapshot {
        Snapshot::new(self.clone(), self.table().clock.take(true))
    }

    /// The state after the commits at `at` and before: see [`Options::history`].
    ///
    /// # Errors
    /// [`Error::NoHistory`].
    pub fn at(&self, at: Timestamp) -> Result<Snapshot> {
        if self.table().clock.take_at(at) {
            Ok(Snapshot::new(self.clone(), at))
        } else {
            Err(Error::NoHistory { at })
        }
    }

    /// The time of the latest commit, for [`at`](Self::at).
    pub fn now(&self) -> Timestamp {
        self.table().clock.tick()
    }

    /// Sizes and ages, for a metrics endpoint.
    pub fn stats(&self) -> Stats {
        let table = self.table();
        Stats {
            rows: table.count(Count::Rows),
            versions: table.count(Count::Versions),
            bytes: table.bytes(),
            longest_chain: self.0.sweeper.longest_chain.load(Relaxed),
            snapshots: table.clock.held(),
            oldest_snapshot: table.clock.oldest().map(|(_, age)| age),
            waiting: table.garbage.len(),
        }
    }
}

impl Shared {
    /// Commits by `decide`, and through the log if there is one.
    pub fn commit<'a, C: AsRef<[Change<'a>]>>(
        &self,
        changes: impl FnOnce() -> C,
        decide: impl FnOnce() -> Option<Timestamp>,
    ) -> Result<Option<(Timestamp, Option<Position>)>> {
        match &self.journal {
            Some(journal) => journal.commit(changes().as_ref(), decide),
            None => Ok(decide().map(|at| (at, None))),
        }
    }

    /// Waits until what was committed, if it was, is as safe as the store promises. Returns when it was.
    pub fn acknowledged(
        &self,
        committed: Option<(Timestamp, Option<Position>)>,
    ) -> Result<Option<Timestamp>> {
        let Some((at, position)) = committed else {
            return Ok(None);
        };
        self.acknowledge(position)?;
        Ok(Some(at))
    }

    /// Waits until a commit is as safe as the store promises.
    pub fn acknowledge(&self, position: Option<Position>) -> Result<()> {
        if let (Some(journal), Some(position)) = (&self.journal, position) {
            journal.log().acknowledge(position)?;
        }
        Ok(())
    }
}

/// The change of a key to `row`, as the log has it.
pub(crate) fn change<'a>(key: &'a [u8], row: Option<&'a Row>) -> Change<'a> {
    match row {
        Some(row) => Change::Replace {
            key,
            row: row.as_bytes(),
        },
        None => Change::Remove { key },
    }
}

/// Refuses columns over the limit.
pub(crate) fn check_columns(table: &Table, columns: &[(usize, &[u8])]) -> Result<()> {
    let limit = table.options.column_limit;
    match columns.iter().map(|&(column, _)| column).max() {
        Some(column) if column >= limit => Err(Error::TooManyColumns { column, limit }),
        _ => Ok(()),
    }
}

/// `old`, or an empty row, with some columns changed.
pub(crate) fn change_columns(old: Option<&Row>, columns: &[(usize, &[u8])]) -> Row {
    match old {
        Some(row) => row.with(columns),
        None => Row::empty().with(columns),
    }
}

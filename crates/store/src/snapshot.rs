//! A point in time to read from.

use std::ops::RangeBounds;

use crate::error::{Error, Result};
use crate::row::Row;
use crate::scan::{Rows, borrowed, owned, prefix_range};
use crate::stamp::Timestamp;
use crate::store::Store;
use crate::version::visible_at;

/// The state of a store at one point in time, for as long as it is held. Cloning holds the same point once more.
///
/// Versions that it sees are kept while it is held, so an old snapshot costs memory. With [`Options::snapshot_limit`](crate::Options) its reads fail with
/// [`Error::SnapshotTooOld`] after that time.
///
/// # Examples
/// ```
/// let store = masstree_store::Store::in_memory();
/// store.replace(b"k", b"before")?;
/// let snapshot = store.snapshot();
/// store.replace(b"k", b"after")?;
/// assert_eq!(snapshot.get(b"k")?.unwrap().column(0), Some(&b"before"[..]));
/// # Ok::<(), masstree_store::Error>(())
/// ```
#[derive(Debug)]
pub struct Snapshot {
    store: Store,
    at: Timestamp,
    /// Whether dropping it lets go of it: not if a [`Hold`] does.
    lets_go: bool,
}

/// What holds a snapshot's point in time, apart from the handle on the store.
pub(crate) struct Hold<'a> {
    store: &'a Store,
    at: Timestamp,
}

impl<'a> Hold<'a> {
    /// The store that it is a snapshot of.
    pub fn store(&self) -> &'a Store {
        self.store
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.store.table().clock.release(self.at);
    }
}

impl Snapshot {
    /// A snapshot that the clock holds already.
    pub(crate) fn new(store: Store, at: Timestamp) -> Self {
        Self {
            store,
            at,
            lets_go: true,
        }
    }

    /// Hands over the hold on the point in time, so that it can be let go of before the handle is.
    pub(crate) fn hold(&mut self) -> Hold<'_> {
        self.lets_go = false;
        Hold {
            store: &self.store,
            at: self.at,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// It sees what was committed at this timestamp or before.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }

    /// Whether what was read was still kept. To be asked after reading.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        let table = self.store.table();
        match table.options.snapshot_limit {
            Some(limit) if !table.clock.is_kept(self.at) => Err(Error::SnapshotTooOld { limit }),
            _ => Ok(()),
        }
    }

    /// The row of `key`.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`], [`Error::SnapshotTooOld`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Row>> {
        self.get_with(key, |row| row.cloned())
    }

    /// What `read` makes of the row of `key`, which is borrowed and not copied.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_with<T>(&self, key: &[u8], read: impl FnOnce(Option<&Row>) -> T) -> Result<T> {
        let table = self.store.table();
        table.check_key(key)?;
        let guard = table.map.guard();
        let row = table.read_at(key, self.at, &guard);
        self.check()?;
        Ok(read(row))
    }

    /// The rows of many keys; the map is walked for several of them at once.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<Vec<Option<Row>>> {
        let table = self.store.table();
        keys.iter()
            .try_for_each(|key| table.check_key(key.as_ref()))?;
        let guard = table.map.guard();
        let mut rows = Vec::with_capacity(keys.len());
        table.map.get_many_with(keys, &guard, |_, head| {
            let version = head.and_then(|head| visible_at(head, self.at, guard.as_ref()));
            rows.push(version.and_then(|version| (**version).clone()));
        });
        self.check()?;
        Ok(rows)
    }

    /// The rows of a range of keys, lazily and from both ends. An inverted range is empty.
    ///
    /// # Examples
    /// ```
    /// let store = masstree_store::Store::in_memory();
    /// for key in ["a", "b", "c"] {
    ///     store.replace(key.as_bytes(), b"")?;
    /// }
    /// let rows = store.snapshot().range("b"..).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(rows[1].0, b"c");
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn range<K: AsRef<[u8]>>(&self, range: impl RangeBounds<K>) -> Rows {
        Rows::new(self.clone(), owned(&range))
    }

    /// The rows whose keys begin with `prefix`, as [`range`](Self::range) gives them.
    pub fn prefix(&self, prefix: &[u8]) -> Rows {
        Rows::new(self.clone(), prefix_range(prefix))
    }

    /// Calls `visitor` with each row of a range, ascending, until it returns `false`; nothing is copied.
    ///
    /// # Errors
    /// [`Error::SnapshotTooOld`]; then what the visitor has seen is not of one point in time.
    pub fn visit<K: AsRef<[u8]>>(
        &self,
        range: impl RangeBounds<K>,
        visitor: impl FnMut(&[u8], &Row) -> bool,
    ) -> Result<()> {
        let table = self.store.table();
        table.visit_at(borrowed(&range), true, self.at, visitor);
        self.check()
    }

    /// [`visit`](Self::visit), descending.
    ///
    /// # Errors
    /// As [`visit`](Self::visit).
    pub fn visit_rev<K: AsRef<[u8]>>(
        &self,
        range: impl RangeBounds<K>,
        visitor: impl FnMut(&[u8], &Row) -> bool,
    ) -> Result<()> {
        let table = self.store.table();
        table.visit_at(borrowed(&range), false, self.at, visitor);
        self.check()
    }
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        self.store.table().clock.hold(self.at);
        Self::new(self.store.clone(), self.at)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if self.lets_go {
            self.store.table().clock.release(self.at);
        }
    }
}

//! Many lookups in one walk, without copies.

use std::iter::successors;

use crate::error::Result;
use crate::row::Row;
use crate::stamp::Timestamp;
use crate::store::Store;
use crate::version::{newest as newest_version, time};

impl Store {
    /// The committed versions of `key` that are kept, the newest first: when each was written, and its row, or nothing if the key was removed then.
    ///
    /// Which are kept is a matter of [`Options::history`](crate::Options::history) and of the snapshots that are held; without either only the newest is.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`](crate::Error::KeyTooLong).
    ///
    /// # Complexity
    /// O(versions of the key).
    ///
    /// # Examples
    /// ```
    /// use masstree_store::{Options, Store};
    /// use std::time::Duration;
    ///
    /// let hour = Some(Duration::from_secs(3600));
    /// let store = Store::with_options(Options { history: hour, ..Options::default() });
    /// store.replace(b"k", b"1")?;
    /// store.remove(b"k")?;
    /// store.replace(b"k", b"2")?;
    /// let versions = store.versions(b"k")?;
    /// let rows: Vec<_> = versions.iter().map(|(_, row)| row.as_ref()?.column(0)).collect();
    /// assert_eq!(rows, [Some(&b"2"[..]), None, Some(b"1")]);
    /// assert_eq!(store.at(versions[2].0)?.get(b"k")?, versions[2].1);
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn versions(&self, key: &[u8]) -> Result<Vec<(Timestamp, Option<Row>)>> {
        let table = self.table();
        table.check_key(key)?;
        let guard = table.map.guard();
        let head = table.map.get_ref(key, &guard);
        let newest = head.and_then(|head| newest_version(head, guard.as_ref()));
        let chain = successors(newest, |version| version.older(guard.as_ref()));
        let kept =
            chain.filter_map(|version| Some((time(version, guard.as_ref())?, (**version).clone())));
        Ok(kept.collect())
    }

    /// Calls `visitor` with the index and the row of each key, in order; the map is walked for several of them at once.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`](crate::Error::KeyTooLong), before any is visited.
    ///
    /// # Consistency
    /// Each lookup is linearizable by itself, as [`get`](Self::get); for all as of one moment there is [`get_many`](Self::get_many).
    ///
    /// # Examples
    /// ```
    /// let store = masstree_store::Store::in_memory();
    /// store.replace(b"a", b"1")?;
    /// let mut found = Vec::new();
    /// store.get_each(&["a", "b"], |_, row| found.push(row.is_some()))?;
    /// assert_eq!(found, [true, false]);
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn get_each<K: AsRef<[u8]>>(
        &self,
        keys: &[K],
        mut visitor: impl FnMut(usize, Option<&Row>),
    ) -> Result<()> {
        let table = self.table();
        keys.iter()
            .try_for_each(|key| table.check_key(key.as_ref()))?;
        let guard = table.map.guard();
        table.map.get_many_with(keys, &guard, |index, head| {
            let version = head.and_then(|head| newest_version(head, guard.as_ref()));
            visitor(index, version.and_then(|version| version.as_ref()));
        });
        Ok(())
    }
}

//! Many lookups in one walk, without copies.

use crate::error::Result;
use crate::row::Row;
use crate::store::Store;

impl Store {
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
            let version = head.and_then(|head| head.newest(guard.as_ref()));
            visitor(index, version.and_then(|version| version.row.as_ref()));
        });
        Ok(())
    }
}

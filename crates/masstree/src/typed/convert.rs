//! An [`OrderedMap`] from and into other collections, and compared with another one.

use std::sync::Arc;

use super::iter::{IntoIter, Iter};
use super::{Key, OrderedMap};
use crate::InsertError;

impl<K: Key, V: Send + Sync + 'static> OrderedMap<K, V> {
    /// Inserts all `entries`, up to the first that is refused.
    ///
    /// # Errors
    /// As [`insert`](Self::insert); what came before the refused entry is in the map.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::new();
    /// map.insert_all((0..3u32).map(|n| (n, n.to_string())))?;
    /// assert_eq!(map.len(), 3);
    /// # Ok::<(), masstree::InsertError>(())
    /// ```
    pub fn insert_all(&self, entries: impl IntoIterator<Item = (K, V)>) -> Result<(), InsertError> {
        for (key, value) in entries {
            self.insert(key, value)?;
        }
        Ok(())
    }

    fn extend_by(&self, entries: impl IntoIterator<Item = (K, V)>) {
        if let Err(refused) = self.insert_all(entries) {
            panic!("an entry was refused: {refused}");
        }
    }
}

/// # Panics
/// When an entry is refused; [`OrderedMap::insert_all`] returns an error instead.
impl<K: Key, V: Send + Sync + 'static> Extend<(K, V)> for OrderedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend_by(entries);
    }
}

/// Into a map that others share.
///
/// # Panics
/// When an entry is refused; [`OrderedMap::insert_all`] returns an error instead.
impl<K: Key, V: Send + Sync + 'static> Extend<(K, V)> for &OrderedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend_by(entries);
    }
}

/// # Panics
/// When an entry is refused; [`OrderedMap::insert_all`] returns an error instead.
impl<K: Key, V: Send + Sync + 'static> FromIterator<(K, V)> for OrderedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::new();
        map.extend_by(entries);
        map
    }
}

/// # Panics
/// When an entry is refused; [`OrderedMap::insert_all`] returns an error instead.
impl<K: Key, V: Send + Sync + 'static, const N: usize> From<[(K, V); N]> for OrderedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        Self::from_iter(entries)
    }
}

impl<K: Key, V: Send + Sync + 'static> IntoIterator for OrderedMap<K, V> {
    type Item = (K, Arc<V>);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.raw)
    }
}

impl<'a, K: Key, V: Send + Sync + 'static> IntoIterator for &'a OrderedMap<K, V> {
    type Item = (K, Arc<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

/// A copy with values of its own, of each entry as it was when it was read.
///
/// # Panics
/// When memory cannot be had.
impl<K: Key, V: Clone + Send + Sync + 'static> Clone for OrderedMap<K, V> {
    fn clone(&self) -> Self {
        self.iter()
            .map(|(key, value)| (key, V::clone(&value)))
            .collect()
    }
}

impl<K: Key + PartialEq, V: PartialEq + Send + Sync + 'static> PartialEq for OrderedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<K: Key + Eq, V: Eq + Send + Sync + 'static> Eq for OrderedMap<K, V> {}

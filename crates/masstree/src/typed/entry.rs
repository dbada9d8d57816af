//! [`Entry`]: the place of one key in an [`OrderedMap`].
//!
//! Whether the place is taken can change at any time, so there are no occupied and vacant entries as in std. What a chain of calls says
//! happens in one atomic step, at the call that ends the chain.

use std::fmt;
use std::sync::Arc;

use super::{Key, OrderedMap, upsert};
use crate::InsertError;

/// The place of one key, from [`OrderedMap::entry`].
///
/// # Examples
/// Counting, with no count lost between threads:
/// ```
/// let words = masstree::OrderedMap::<String, u64>::new();
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             for word in "to be or not to be".split(' ') {
///                 words.entry(word.to_string()).and_modify(|n| n + 1).or_insert(1).unwrap();
///             }
///         });
///     }
/// });
/// assert_eq!(words.get("to").as_deref(), Some(&8));
/// assert_eq!(words.get("not").as_deref(), Some(&4));
/// ```
#[must_use = "an entry does nothing by itself"]
pub struct Entry<'a, K: Key, V: Send + Sync + 'static> {
    map: &'a OrderedMap<K, V>,
    key: K,
}

impl<'a, K: Key, V: Send + Sync + 'static> Entry<'a, K, V> {
    pub(super) const fn new(map: &'a OrderedMap<K, V>, key: K) -> Self {
        Self { map, key }
    }

    /// The key.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// The key, given back.
    pub fn into_key(self) -> K {
        self.key
    }

    /// The value that is there now.
    #[must_use]
    pub fn get(&self) -> Option<Arc<V>> {
        self.map.get(&self.key)
    }

    /// The value that is there, or else `value`, inserted.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_insert(self, value: V) -> Result<Arc<V>, InsertError> {
        self.or_insert_with(|| value)
    }

    /// The value that is there, or else the one that `make` makes, inserted. `make` runs at most once.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Result<Arc<V>, InsertError> {
        let raw = &self.map.raw;
        self.key
            .with_encoded(|bytes| upsert::get_or_insert(raw, bytes, make, &raw.guard()))
    }

    /// [`or_insert_with`](Self::or_insert_with), where the value is made from the key.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_insert_with_key(self, make: impl FnOnce(&K) -> V) -> Result<Arc<V>, InsertError> {
        let raw = &self.map.raw;
        self.key.with_encoded(|bytes| {
            upsert::get_or_insert(raw, bytes, || make(&self.key), &raw.guard())
        })
    }

    /// The value that is there, or else the default, inserted.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_default(self) -> Result<Arc<V>, InsertError>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Sets the value and returns the one that was there.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn insert(self, value: V) -> Result<Option<Arc<V>>, InsertError> {
        self.map.insert(self.key, value)
    }

    /// Takes the value out.
    pub fn remove(self) -> Option<Arc<V>> {
        self.map.remove(&self.key)
    }

    /// Says how a value that is there is to be changed, by the call that ends the chain: [`ModifyEntry::or_insert`] and its kin, or
    /// [`ModifyEntry::apply`].
    ///
    /// `change` makes the new value from the old one, and may run more than once.
    pub fn and_modify<F: FnMut(&V) -> V>(self, change: F) -> ModifyEntry<'a, K, V, F> {
        ModifyEntry {
            entry: self,
            change,
        }
    }
}

impl<K: Key + fmt::Debug, V: Send + Sync + fmt::Debug + 'static> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("value", &self.get())
            .finish()
    }
}

/// A change to the value of one key, from [`Entry::and_modify`], which is made when the chain ends.
#[must_use = "the change is made by the call that ends the chain"]
pub struct ModifyEntry<'a, K: Key, V: Send + Sync + 'static, F> {
    entry: Entry<'a, K, V>,
    change: F,
}

impl<'a, K: Key, V: Send + Sync + 'static, F: FnMut(&V) -> V> ModifyEntry<'a, K, V, F> {
    /// Changes the value once more, after the first change and in the same step.
    pub fn and_modify<G: FnMut(&V) -> V>(
        self,
        mut change: G,
    ) -> ModifyEntry<'a, K, V, impl FnMut(&V) -> V> {
        let mut first = self.change;
        ModifyEntry {
            entry: self.entry,
            change: move |value: &V| change(&first(value)),
        }
    }

    /// Changes the value that is there, or else inserts `value`. Returns what is there then.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_insert(self, value: V) -> Result<Arc<V>, InsertError> {
        self.or_insert_with(|| value)
    }

    /// Changes the value that is there, or else inserts the one that `make` makes. Returns what is there then. `make` runs at most once.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Result<Arc<V>, InsertError> {
        let Self {
            entry: Entry { map, key },
            change,
        } = self;
        key.with_encoded(|bytes| {
            upsert::modify_or_insert(&map.raw, bytes, change, make, &map.raw.guard())
        })
    }

    /// Changes the value that is there, or else inserts the default. Returns what is there then.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn or_default(self) -> Result<Arc<V>, InsertError>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if there is one, and returns the old one.
    ///
    /// # Errors
    /// As [`OrderedMap::insert`].
    pub fn apply(self) -> Result<Option<Arc<V>>, InsertError> {
        self.entry.map.update(&self.entry.key, self.change)
    }
}

impl<K: Key + fmt::Debug, V: Send + Sync + fmt::Debug + 'static, F> fmt::Debug
    for ModifyEntry<'_, K, V, F>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModifyEntry").field(&self.entry).finish()
    }
}

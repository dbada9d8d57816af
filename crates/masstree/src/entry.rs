//! The entry interface: what to do with a key, said before it is known whether it is there.
//!
//! Nothing is locked between the calls: what a chain of calls says happens in one atomic step, at the call that ends it.

use crate::error::InsertError;
use crate::guard::Guard;
use crate::map::Map;
use crate::storage::Storage;

/// A key of a map, there or not. See [`Map::entry`].
#[must_use = "an entry does nothing by itself"]
pub struct MapEntry<'a, S: Storage, const W: usize, const I: usize> {
    map: &'a Map<S, W, I>,
    key: &'a [u8],
    guard: &'a Guard<'a>,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The entry of `key`.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u64>::new();
    /// let guard = map.guard();
    /// for _ in 0..2 {
    ///     map.entry(b"k", &guard).and_modify(|n| n + 1).or_insert(10).unwrap();
    /// }
    /// assert_eq!(map.get(b"k"), Some(11));
    /// ```
    pub fn entry<'a>(&'a self, key: &'a [u8], guard: &'a Guard<'_>) -> MapEntry<'a, S, W, I> {
        MapEntry {
            map: self,
            key,
            guard,
        }
    }
}

impl<'a, S: Storage, const W: usize, const I: usize> MapEntry<'a, S, W, I> {
    /// The key.
    pub fn key(&self) -> &[u8] {
        self.key
    }

    /// The value now, if the key is there.
    pub fn get(&self) -> Option<S::Owned> {
        self.map.get_with_guard(self.key, self.guard)
    }

    /// Says how the value is to be changed if the key is there, by the call that ends the chain: [`ModifyEntry::or_insert`] and its kin, or
    /// [`ModifyEntry::apply`]. `change` may run again when others write meanwhile; one result is stored.
    pub fn and_modify<F: FnMut(S::Ref<'_>) -> S::Value>(
        self,
        change: F,
    ) -> ModifyEntry<'a, S, W, I, F> {
        ModifyEntry {
            entry: self,
            change,
        }
    }

    /// The value; `value` is inserted first if the key is not there.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_insert(self, value: S::Value) -> Result<S::Owned, InsertError>
    where
        S::Value: Clone,
    {
        self.or_insert_with(|| value.clone())
    }

    /// The value; what `make` returns is inserted first if the key is not there. `make` may run in vain when others insert meanwhile.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_insert_with(self, make: impl FnMut() -> S::Value) -> Result<S::Owned, InsertError> {
        self.map.get_or_insert_with(self.key, make, self.guard)
    }

    /// The value; the default is inserted first if the key is not there.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_default(self) -> Result<S::Owned, InsertError>
    where
        S::Value: Default,
    {
        self.or_insert_with(S::Value::default)
    }

    /// Puts the key to `value`; returns what it was.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn insert(self, value: S::Value) -> Result<Option<S::Owned>, InsertError> {
        self.map.insert_with_guard(self.key, value, self.guard)
    }

    /// Takes the key out; returns its value.
    pub fn remove(self) -> Option<S::Owned> {
        self.map
            .remove_with_guard(self.key, self.guard)
            .ok()
            .flatten()
    }
}

impl<S: Storage, const W: usize, const I: usize> std::fmt::Debug for MapEntry<'_, S, W, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapEntry")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A change to the value of a key, from [`MapEntry::and_modify`], which is made when the chain ends.
#[must_use = "the change is made by the call that ends the chain"]
pub struct ModifyEntry<'a, S: Storage, const W: usize, const I: usize, F> {
    entry: MapEntry<'a, S, W, I>,
    change: F,
}

impl<S, const W: usize, const I: usize, F> ModifyEntry<'_, S, W, I, F>
where
    S: Storage,
    F: FnMut(S::Ref<'_>) -> S::Value,
{
    /// Changes the value if the key is there, or else inserts `value`. Returns what is there then.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_insert(self, value: S::Value) -> Result<S::Owned, InsertError>
    where
        S::Value: Clone,
    {
        self.or_insert_with(|| value.clone())
    }

    /// Changes the value if the key is there, or else inserts what `make` returns. Returns what is there then. `make` may run in vain when others
    /// insert meanwhile.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_insert_with(self, make: impl FnMut() -> S::Value) -> Result<S::Owned, InsertError> {
        let MapEntry { map, key, guard } = self.entry;
        map.modify_or_insert_with(key, self.change, make, guard)
    }

    /// Changes the value if the key is there, or else inserts the default. Returns what is there then.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn or_default(self) -> Result<S::Owned, InsertError>
    where
        S::Value: Default,
    {
        self.or_insert_with(S::Value::default)
    }

    /// Changes the value if the key is there. Returns what it was.
    ///
    /// # Errors
    /// [`InsertError`].
    pub fn apply(self) -> Result<Option<S::Owned>, InsertError> {
        let MapEntry { map, key, guard } = self.entry;
        map.update(key, self.change, guard)
    }
}

impl<S: Storage, const W: usize, const I: usize, F> std::fmt::Debug
    for ModifyEntry<'_, S, W, I, F>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ModifyEntry").field(&self.entry).finish()
    }
}

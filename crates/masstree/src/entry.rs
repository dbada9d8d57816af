//! The entry interface: what to do with a key, said before it is known whether it is there.
//!
//! Nothing is locked between the calls: each step is atomic by itself, and sees what others did before it.

use crate::error::InsertError;
use crate::guard::Guard;
use crate::map::Map;
use crate::storage::Storage;

/// A key of a map, there or not. See [`Map::entry`].
pub struct MapEntry<'a, S: Storage, const W: usize, const I: usize> {
    map: &'a Map<S, W, I>,
    key: &'a [u8],
    guard: &'a Guard<'a>,
    /// What a modification before this could not do.
    error: Option<InsertError>,
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
            error: None,
        }
    }
}

impl<S: Storage, const W: usize, const I: usize> MapEntry<'_, S, W, I> {
    /// The key.
    pub fn key(&self) -> &[u8] {
        self.key
    }

    /// The value now, if the key is there.
    pub fn get(&self) -> Option<S::Owned> {
        self.map.get_with_guard(self.key, self.guard)
    }

    /// Changes the value if the key is there, atomically. `change` may run again when others write meanwhile.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnMut(S::Ref<'_>) -> S::Value) -> Self {
        if self.error.is_none() {
            self.error = self.map.update(self.key, change, self.guard).err();
        }
        self
    }

    /// The value; `value` is inserted first if the key is not there.
    ///
    /// # Errors
    /// [`InsertError`], of this step or of one before it.
    pub fn or_insert(self, value: S::Value) -> Result<S::Owned, InsertError>
    where
        S::Value: Clone,
    {
        self.or_insert_with(|| value.clone())
    }

    /// The value; what `make` returns is inserted first if the key is not there. `make` may run in vain when others insert meanwhile.
    ///
    /// # Errors
    /// [`InsertError`], of this step or of one before it.
    pub fn or_insert_with(self, make: impl FnMut() -> S::Value) -> Result<S::Owned, InsertError> {
        match self.error {
            Some(error) => Err(error),
            None => self.map.get_or_insert_with(self.key, make, self.guard),
        }
    }

    /// The value; the default is inserted first if the key is not there.
    ///
    /// # Errors
    /// [`InsertError`], of this step or of one before it.
    pub fn or_default(self) -> Result<S::Owned, InsertError>
    where
        S::Value: Default,
    {
        self.or_insert_with(S::Value::default)
    }

    /// Puts the key to `value`; returns what it was.
    ///
    /// # Errors
    /// [`InsertError`], of this step or of one before it.
    pub fn insert(self, value: S::Value) -> Result<Option<S::Owned>, InsertError> {
        match self.error {
            Some(error) => Err(error),
            None => self.map.insert_with_guard(self.key, value, self.guard),
        }
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

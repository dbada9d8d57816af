//! Atomic read-modify-write on an [`OrderedMap`].

use std::borrow::Borrow;
use std::sync::Arc;

use super::{EncodeKey, Key, OrderedMap};
use crate::InsertError;

impl<K: Key, V: Send + Sync + 'static> OrderedMap<K, V> {
    /// The value of `key`; where there is none, the one that `make` makes, inserted.
    ///
    /// Of several threads that come at once, all get the same value.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::<String, u32>::new();
    /// assert_eq!(*map.get_or_insert_with("a", || 1)?, 1);
    /// assert_eq!(*map.get_or_insert_with("a", || 2)?, 1);
    /// # Ok::<(), masstree::InsertError>(())
    /// ```
    pub fn get_or_insert_with<Q>(
        &self,
        key: &Q,
        make: impl FnMut() -> V,
    ) -> Result<Arc<V>, InsertError>
    where
        K: Borrow<Q>,
        Q: EncodeKey + ToOwned<Owned = K> + ?Sized,
    {
        key.with_encoded(|bytes| self.raw.get_or_insert_with(bytes, make, &self.raw.guard()))
    }

    /// Replaces the value of `key`, if there is one, by what `change` makes of it, and returns the old one.
    ///
    /// No other write comes in between; for that, `change` may be called more than once.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::<u32, u64>::from([(7, 1)]);
    /// assert_eq!(map.update(&7, |n| n + 1)?.as_deref(), Some(&1));
    /// assert_eq!(map.update(&8, |n| n + 1)?, None);
    /// assert_eq!(map.get(&7).as_deref(), Some(&2));
    /// # Ok::<(), masstree::InsertError>(())
    /// ```
    pub fn update<Q>(
        &self,
        key: &Q,
        mut change: impl FnMut(&V) -> V,
    ) -> Result<Option<Arc<V>>, InsertError>
    where
        K: Borrow<Q>,
        Q: EncodeKey + ?Sized,
    {
        key.with_encoded(|bytes| {
            self.raw
                .update(bytes, |value| change(value), &self.raw.guard())
        })
    }

    /// Sets the value of `key` to what `change` makes of the present one, or of `None`, and returns the old one.
    ///
    /// Where `change` returns `None`, the map stays as it was. No other write comes in between; for that, `change` may be called more
    /// than once.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::<u32, u64>::new();
    /// for _ in 0..5 {
    ///     map.fetch_update(&7, |n| match n {
    ///         None => Some(1),
    ///         Some(n) if *n < 3 => Some(n + 1),
    ///         Some(_) => None,
    ///     })?;
    /// }
    /// assert_eq!(map.get(&7).as_deref(), Some(&3));
    /// # Ok::<(), masstree::InsertError>(())
    /// ```
    pub fn fetch_update<Q>(
        &self,
        key: &Q,
        mut change: impl FnMut(Option<&V>) -> Option<V>,
    ) -> Result<Option<Arc<V>>, InsertError>
    where
        K: Borrow<Q>,
        Q: EncodeKey + ToOwned<Owned = K> + ?Sized,
    {
        key.with_encoded(|bytes| self.raw.fetch_update(bytes, &mut change, &self.raw.guard()))
    }
}

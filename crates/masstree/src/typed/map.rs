//! [`OrderedMap`]: the byte map under typed keys.
//!
//! Each operation encodes its key, on the stack where it is short, and calls the byte map. Keys are not stored but encoded, so they
//! are given back as new values, decoded.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::entry::Entry;
use super::iter::{IntoKeys, IntoValues, Iter, Keys, Values};
use super::raw::{
    EncodedBound, Pairs, RawMap, Reading, as_range_bound, decoded, encoded, encoded_range,
};
use super::{EncodeKey, Key};
use crate::InsertError;

/// A concurrent map in the order of its keys, with the names and the behaviour of [`BTreeMap`](std::collections::BTreeMap) where sharing
/// allows.
///
/// All methods take `&self`: the map is shared by reference or in an [`Arc`]. Values are given out as `Arc<V>`, since another thread may
/// replace or remove them at any time; keys are given out decoded. See the [module's documentation](crate::typed) for what keys can be
/// and where this map differs from std's.
///
/// # Examples
/// ```
/// use masstree::OrderedMap;
///
/// let scores = OrderedMap::<(String, i32), &str>::new();
/// scores.insert(("b".into(), 7), "second")?;
/// scores.insert(("a".into(), 9), "first")?;
/// scores.insert(("b".into(), -7), "low")?;
///
/// assert_eq!(scores.get(&("b".into(), 7)).as_deref(), Some(&"second"));
/// let names: Vec<_> = scores.values().map(|name| *name).collect();
/// assert_eq!(names, ["first", "low", "second"]);
/// # Ok::<(), masstree::InsertError>(())
/// ```
pub struct OrderedMap<K: Key, V: Send + Sync + 'static> {
    pub(super) raw: RawMap<V>,
    keys: PhantomData<fn(K) -> K>,
}

impl<K: Key, V: Send + Sync + 'static> OrderedMap<K, V> {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::over(RawMap::new())
    }

    /// An empty map whose nodes and keys take at most `bytes` bytes; inserts beyond are refused with
    /// [`LimitReached`](InsertError::LimitReached).
    #[must_use]
    pub fn with_memory_limit(bytes: usize) -> Self {
        Self::over(RawMap::with_memory_limit(bytes))
    }

    fn over(raw: RawMap<V>) -> Self {
        Self {
            raw,
            keys: PhantomData,
        }
    }

    /// The byte map below, for what has no typed form: guards, cursors, batches, statistics.
    ///
    /// Its keys are the keys' [`encode_last`](EncodeKey::encode_last) form. It may be changed too; iterators of the typed map panic on a
    /// key that does not decode.
    #[must_use]
    pub const fn as_raw(&self) -> &RawMap<V> {
        &self.raw
    }

    /// Number of entries. Exact when nobody writes meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The value of `key`, which may be any borrowed form of `K`.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::<String, u32>::from([("abc".to_string(), 1)]);
    /// assert_eq!(map.get("abc").as_deref(), Some(&1));
    /// assert_eq!(map.get("ab"), None);
    /// ```
    #[inline]
    pub fn get<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| self.raw.get(bytes))
    }

    /// What `read` makes of the value of `key`, without a share in it: cheaper than [`get`](Self::get) where many threads read the
    /// same value, since no count is written.
    ///
    /// What is removed while `read` runs, here or in another map, is not freed before it returns.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::OrderedMap::<u32, String>::from([(7, "seven".to_string())]);
    /// assert_eq!(map.get_with(&7, String::len), Some(5));
    /// ```
    #[inline]
    pub fn get_with<Q: EncodeKey + ?Sized, T>(
        &self,
        key: &Q,
        read: impl FnOnce(&V) -> T,
    ) -> Option<T>
    where
        K: Borrow<Q>,
    {
        let guard = self.raw.guard();
        key.with_encoded(|bytes| self.raw.get_ref(bytes, &guard))
            .map(read)
    }

    /// The stored key and the value of `key`.
    pub fn get_key_value<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<(K, Arc<V>)>
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| self.raw.get(bytes).map(|value| (decoded(bytes), value)))
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains_key<Q: EncodeKey + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| self.raw.contains_key(bytes))
    }

    /// Sets the value of `key` and returns the one it had.
    ///
    /// # Errors
    /// When the encoded key is longer than [`MAX_KEY_LEN`](crate::MAX_KEY_LEN), memory cannot be had, or the map's limit is reached. The map
    /// is then unchanged.
    ///
    /// # Examples
    /// ```
    /// use masstree::{InsertError, OrderedMap};
    ///
    /// let map = OrderedMap::<String, u32>::new();
    /// assert_eq!(map.insert("a".into(), 1)?, None);
    /// assert_eq!(map.insert("a".into(), 2)?.as_deref(), Some(&1));
    /// assert_eq!(map.insert("x".repeat(70_000), 3), Err(InsertError::KeyTooLong { len: 70_000 }));
    /// # Ok::<(), InsertError>(())
    /// ```
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Result<Option<Arc<V>>, InsertError> {
        key.with_encoded(|bytes| self.raw.insert(bytes, value))
    }

    /// [`insert`](Self::insert) by a borrowed form of the key, which spares making a `String` of a `str`.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    #[inline]
    pub fn insert_ref<Q>(&self, key: &Q, value: V) -> Result<Option<Arc<V>>, InsertError>
    where
        K: Borrow<Q>,
        Q: EncodeKey + ToOwned<Owned = K> + ?Sized,
    {
        key.with_encoded(|bytes| self.raw.insert(bytes, value))
    }

    /// Takes `key` out and returns its value.
    #[inline]
    pub fn remove<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| match self.raw.remove(bytes) {
            Ok(value) => value,
            Err(refused) => match refused {},
        })
    }

    /// Takes `key` out and returns the stored key and its value.
    pub fn remove_entry<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<(K, Arc<V>)>
    where
        K: Borrow<Q>,
    {
        self.remove(key)
            .map(|value| (key.with_encoded(decoded), value))
    }

    /// Takes everything out. What other threads insert meanwhile may stay.
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// Keeps the entries for which `keep` holds.
    ///
    /// An entry is removed only with the very value that was judged: one that another thread replaces in between stays.
    ///
    /// # Examples
    /// ```
    /// let map: masstree::OrderedMap<u32, u32> = (0..8).map(|n| (n, n * 10)).collect();
    /// map.retain(|key, value| key % 2 == 0 && *value > 0);
    /// assert_eq!(map.keys().collect::<Vec<_>>(), [2, 4, 6]);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.raw.retain(
            |bytes, value| keep(&decoded(bytes), value),
            &self.raw.guard(),
        );
    }

    /// All entries in ascending order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.raw, (Bound::Unbounded, Bound::Unbounded))
    }

    /// All keys in ascending order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(&self.raw, (Bound::Unbounded, Bound::Unbounded))
    }

    /// All values in the order of their keys.
    pub fn values(&self) -> Values<'_, V> {
        Values::new(&self.raw, (Bound::Unbounded, Bound::Unbounded))
    }

    /// All keys in ascending order; the map is used up.
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys::new(self.raw)
    }

    /// All values in the order of their keys; the map is used up.
    pub fn into_values(self) -> IntoValues<V> {
        IntoValues::new(self.raw)
    }

    /// The entries within `range`, in ascending order from the front, descending from the back.
    ///
    /// Unlike std's, a range whose start lies behind its end is empty.
    ///
    /// # Examples
    /// ```
    /// use std::ops::Bound::{Excluded, Unbounded};
    ///
    /// let map: masstree::OrderedMap<String, u32> = ["a", "b", "c", "d"].map(String::from).into_iter().zip(0..).collect();
    /// let after_b = map.range::<str, _>((Excluded("b"), Unbounded));
    /// assert_eq!(after_b.rev().map(|(key, _)| key).collect::<String>(), "dc");
    /// assert_eq!(map.range("c".to_string().."b".to_string()).next(), None);
    /// ```
    pub fn range<Q: EncodeKey + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        Iter::new(&self.raw, encoded_range(&range))
    }

    /// The entry with the smallest key.
    pub fn first_key_value(&self) -> Option<(K, Arc<V>)> {
        self.first_of((Bound::Unbounded, Bound::Unbounded))
    }

    /// The entry with the largest key.
    pub fn last_key_value(&self) -> Option<(K, Arc<V>)> {
        self.last_of((Bound::Unbounded, Bound::Unbounded))
    }

    /// The first entry at or above `bound`.
    ///
    /// # Examples
    /// ```
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// let map = masstree::OrderedMap::<u8, ()>::from([(1, ()), (4, ()), (7, ())]);
    /// let key = |entry: Option<(u8, _)>| entry.map(|(key, _)| key);
    /// assert_eq!(key(map.lower_bound(Included(&4))), Some(4));
    /// assert_eq!(key(map.lower_bound(Excluded(&4))), Some(7));
    /// assert_eq!(key(map.upper_bound(Excluded(&4))), Some(1));
    /// ```
    pub fn lower_bound<Q: EncodeKey + ?Sized>(&self, bound: Bound<&Q>) -> Option<(K, Arc<V>)>
    where
        K: Borrow<Q>,
    {
        self.first_of((bound.map(encoded), Bound::Unbounded))
    }

    /// The last entry at or below `bound`.
    pub fn upper_bound<Q: EncodeKey + ?Sized>(&self, bound: Bound<&Q>) -> Option<(K, Arc<V>)>
    where
        K: Borrow<Q>,
    {
        self.last_of((Bound::Unbounded, bound.map(encoded)))
    }

    /// Takes the entry with the smallest key out. Each entry goes to one caller.
    pub fn pop_first(&self) -> Option<(K, Arc<V>)> {
        self.raw
            .pop_first(&self.raw.guard())
            .map(|(bytes, value)| (decoded(&bytes), value))
    }

    /// Takes the entry with the largest key out. Each entry goes to one caller.
    pub fn pop_last(&self) -> Option<(K, Arc<V>)> {
        self.raw
            .pop_last(&self.raw.guard())
            .map(|(bytes, value)| (decoded(&bytes), value))
    }

    /// The place of `key`, to be filled or changed in one step.
    pub fn entry(&self, key: K) -> Entry<'_, K, V> {
        Entry::new(self, key)
    }

    fn first_of(&self, (low, high): (EncodedBound, EncodedBound)) -> Option<(K, Arc<V>)> {
        let mut first = None;
        let bounds = (as_range_bound(&low), as_range_bound(&high));
        let visit = |_: &[u8], entry| {
            first = Some(entry);
            false
        };
        Pairs::ascending(&self.raw, bounds, visit, &self.raw.guard());
        first
    }

    fn last_of(&self, (low, high): (EncodedBound, EncodedBound)) -> Option<(K, Arc<V>)> {
        let mut last = None;
        let bounds = (as_range_bound(&low), as_range_bound(&high));
        let visit = |_: &[u8], entry| {
            last = Some(entry);
            false
        };
        Pairs::descending(&self.raw, bounds, visit, &self.raw.guard());
        last
    }
}

impl<K: Key, V: Send + Sync + 'static> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key + fmt::Debug, V: Send + Sync + fmt::Debug + 'static> fmt::Debug for OrderedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

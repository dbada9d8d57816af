//! [`OrderedSet`]: the byte map under typed keys, with values of no bytes.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use super::iter::SetIter;
use super::raw::{
    EncodedBound, KeysOnly, RawSet, Reading, as_range_bound, decoded, encoded, encoded_range,
};
use super::{EncodeKey, Key};
use crate::InsertError;

/// A concurrent set in the order of its keys, with the names and the behaviour of [`BTreeSet`](std::collections::BTreeSet) where sharing
/// allows.
///
/// All methods take `&self`: the set is shared by reference or in an [`Arc`](std::sync::Arc). Keys are given out decoded. See the
/// [module's documentation](crate::typed) for what keys can be.
///
/// # Examples
/// ```
/// use masstree::OrderedSet;
///
/// let seen = OrderedSet::<String>::new();
/// assert!(seen.insert("b".into())?);
/// assert!(seen.insert("a".into())?);
/// assert!(!seen.insert("b".into())?);
/// assert!(seen.contains("a"));
/// assert_eq!(seen.iter().collect::<Vec<_>>(), ["a", "b"]);
/// # Ok::<(), masstree::InsertError>(())
/// ```
pub struct OrderedSet<K: Key> {
    pub(super) raw: RawSet,
    keys: PhantomData<fn(K) -> K>,
}

impl<K: Key> OrderedSet<K> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::over(RawSet::new())
    }

    /// An empty set whose nodes and keys take at most `bytes` bytes; inserts beyond are refused with
    /// [`LimitReached`](InsertError::LimitReached).
    #[must_use]
    pub fn with_memory_limit(bytes: usize) -> Self {
        Self::over(RawSet::with_memory_limit(bytes))
    }

    fn over(raw: RawSet) -> Self {
        Self {
            raw,
            keys: PhantomData,
        }
    }

    /// The byte map below, for what has no typed form: guards, cursors, batches, statistics.
    ///
    /// Its keys are the keys' [`encode_last`](EncodeKey::encode_last) form. It may be changed too; iterators of the set panic on a key
    /// that does not decode.
    #[must_use]
    pub const fn as_raw(&self) -> &RawSet {
        &self.raw
    }

    /// Number of keys. Exact when nobody writes meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Whether `key`, which may be any borrowed form of `K`, is there.
    #[inline]
    pub fn contains<Q: EncodeKey + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| self.raw.contains_key(bytes))
    }

    /// The stored key that equals `key`.
    pub fn get<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<K>
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| self.raw.contains_key(bytes).then(|| decoded(bytes)))
    }

    /// Adds `key` and says whether it is new.
    ///
    /// # Errors
    /// When the encoded key is longer than [`MAX_KEY_LEN`](crate::MAX_KEY_LEN), memory cannot be had, or the set's limit is reached. The set
    /// is then unchanged.
    #[inline]
    pub fn insert(&self, key: K) -> Result<bool, InsertError> {
        key.with_encoded(|bytes| self.raw.insert(bytes, ()))
            .map(|old| old.is_none())
    }

    /// [`insert`](Self::insert) by a borrowed form of the key, which spares making a `String` of a `str`.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    #[inline]
    pub fn insert_ref<Q>(&self, key: &Q) -> Result<bool, InsertError>
    where
        K: Borrow<Q>,
        Q: EncodeKey + ToOwned<Owned = K> + ?Sized,
    {
        key.with_encoded(|bytes| self.raw.insert(bytes, ()))
            .map(|old| old.is_none())
    }

    /// Takes `key` out and says whether it was there.
    #[inline]
    pub fn remove<Q: EncodeKey + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        key.with_encoded(|bytes| match self.raw.remove(bytes) {
            Ok(old) => old.is_some(),
            Err(refused) => match refused {},
        })
    }

    /// Takes `key` out and returns the stored one.
    pub fn take<Q: EncodeKey + ?Sized>(&self, key: &Q) -> Option<K>
    where
        K: Borrow<Q>,
    {
        self.remove(key).then(|| key.with_encoded(decoded))
    }

    /// Takes everything out. What other threads insert meanwhile may stay.
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// Keeps the keys for which `keep` holds.
    pub fn retain(&self, mut keep: impl FnMut(&K) -> bool) {
        self.raw
            .retain(|bytes, ()| keep(&decoded(bytes)), &self.raw.guard());
    }

    /// All keys in ascending order.
    pub fn iter(&self) -> SetIter<'_, K> {
        SetIter::new(&self.raw, (Bound::Unbounded, Bound::Unbounded))
    }

    /// The keys within `range`, in ascending order from the front, descending from the back.
    ///
    /// Unlike std's, a range whose start lies behind its end is empty.
    ///
    /// # Examples
    /// ```
    /// let set = masstree::OrderedSet::from([1, 3, 5, 7]);
    /// assert_eq!(set.range(2..6).collect::<Vec<_>>(), [3, 5]);
    /// assert_eq!(set.range(..=5).rev().collect::<Vec<_>>(), [5, 3, 1]);
    /// ```
    pub fn range<Q: EncodeKey + ?Sized, R: RangeBounds<Q>>(&self, range: R) -> SetIter<'_, K>
    where
        K: Borrow<Q>,
    {
        SetIter::new(&self.raw, encoded_range(&range))
    }

    /// The smallest key.
    pub fn first(&self) -> Option<K> {
        self.first_of((Bound::Unbounded, Bound::Unbounded))
    }

    /// The largest key.
    pub fn last(&self) -> Option<K> {
        self.last_of((Bound::Unbounded, Bound::Unbounded))
    }

    /// The first key at or above `bound`.
    pub fn lower_bound<Q: EncodeKey + ?Sized>(&self, bound: Bound<&Q>) -> Option<K>
    where
        K: Borrow<Q>,
    {
        self.first_of((bound.map(encoded), Bound::Unbounded))
    }

    /// The last key at or below `bound`.
    pub fn upper_bound<Q: EncodeKey + ?Sized>(&self, bound: Bound<&Q>) -> Option<K>
    where
        K: Borrow<Q>,
    {
        self.last_of((Bound::Unbounded, bound.map(encoded)))
    }

    /// Takes the smallest key out. Each key goes to one caller.
    pub fn pop_first(&self) -> Option<K> {
        self.raw
            .pop_first(&self.raw.guard())
            .map(|(bytes, ())| decoded(&bytes))
    }

    /// Takes the largest key out. Each key goes to one caller.
    pub fn pop_last(&self) -> Option<K> {
        self.raw
            .pop_last(&self.raw.guard())
            .map(|(bytes, ())| decoded(&bytes))
    }

    fn first_of(&self, (low, high): (EncodedBound, EncodedBound)) -> Option<K> {
        let mut first = None;
        let bounds = (as_range_bound(&low), as_range_bound(&high));
        let visit = |_: &[u8], key| {
            first = Some(key);
            false
        };
        KeysOnly::ascending(&self.raw, bounds, visit, &self.raw.guard());
        first
    }

    fn last_of(&self, (low, high): (EncodedBound, EncodedBound)) -> Option<K> {
        let mut last = None;
        let bounds = (as_range_bound(&low), as_range_bound(&high));
        let visit = |_: &[u8], key| {
            last = Some(key);
            false
        };
        KeysOnly::descending(&self.raw, bounds, visit, &self.raw.guard());
        last
    }
}

impl<K: Key> Default for OrderedSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key + fmt::Debug> fmt::Debug for OrderedSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

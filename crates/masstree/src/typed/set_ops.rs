//! An [`OrderedSet`] beside another one, and from and into other collections.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::iter::{SetIntoIter, SetIter};
use super::{Key, OrderedSet};
use crate::InsertError;

impl<K: Key> OrderedSet<K> {
    /// Whether every key of this set is in `other`.
    ///
    /// # Examples
    /// ```
    /// use masstree::OrderedSet;
    ///
    /// let small = OrderedSet::from([1, 3]);
    /// let large = OrderedSet::from([1, 2, 3]);
    /// assert!(small.is_subset(&large) && large.is_superset(&small));
    /// assert!(small.is_disjoint(&OrderedSet::from([2])));
    /// ```
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|key| other.contains(&key))
    }

    /// Whether every key of `other` is in this set.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }

    /// Whether the sets have no key in common.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }

    /// The keys in both sets, ascending.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = K> + 'a {
        self.iter().filter(|key| other.contains(key))
    }

    /// The keys of this set that are not in `other`, ascending.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = K> + 'a {
        self.iter().filter(|key| !other.contains(key))
    }

    /// The keys in one of the sets or in both, ascending, each once.
    ///
    /// # Examples
    /// ```
    /// use masstree::OrderedSet;
    ///
    /// let (a, b) = (OrderedSet::from([1, 3, 5]), OrderedSet::from([2, 3]));
    /// assert_eq!(a.union(&b).collect::<Vec<_>>(), [1, 2, 3, 5]);
    /// assert_eq!(a.intersection(&b).collect::<Vec<_>>(), [3]);
    /// assert_eq!(a.difference(&b).collect::<Vec<_>>(), [1, 5]);
    /// assert_eq!(a.symmetric_difference(&b).collect::<Vec<_>>(), [1, 2, 5]);
    /// ```
    pub fn union<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = K> + 'a {
        Merge::of(self, other).map(|(key, _)| key)
    }

    /// The keys in exactly one of the sets, ascending.
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = K> + 'a {
        Merge::of(self, other)
            .filter(|(_, found)| *found != Ordering::Equal)
            .map(|(key, _)| key)
    }

    /// Inserts all `keys`, up to the first that is refused.
    ///
    /// # Errors
    /// As [`insert`](Self::insert); what came before the refused key is in the set.
    pub fn insert_all(&self, keys: impl IntoIterator<Item = K>) -> Result<(), InsertError> {
        for key in keys {
            self.insert(key)?;
        }
        Ok(())
    }

    fn extend_by(&self, keys: impl IntoIterator<Item = K>) {
        if let Err(refused) = self.insert_all(keys) {
            panic!("a key was refused: {refused}");
        }
    }
}

/// The keys of two sets in one ascending sequence: each key once, and with `Equal` where both have it.
struct Merge<'a, K: Key> {
    left: Peekable<SetIter<'a, K>>,
    right: Peekable<SetIter<'a, K>>,
}

impl<'a, K: Key> Merge<'a, K> {
    fn of(left: &'a OrderedSet<K>, right: &'a OrderedSet<K>) -> Self {
        Self {
            left: left.iter().peekable(),
            right: right.iter().peekable(),
        }
    }
}

impl<K: Key> Iterator for Merge<'_, K> {
    type Item = (K, Ordering);

    fn next(&mut self) -> Option<(K, Ordering)> {
        let order = match (self.left.peek(), self.right.peek()) {
            // The order of the encodings: `K` itself need not have one.
            (Some(left), Some(right)) => {
                left.with_encoded(|left| right.with_encoded(|right| left.cmp(right)))
            }
            (_, None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let from_left = if order.is_le() {
            self.left.next()
        } else {
            None
        };
        let from_right = if order.is_ge() {
            self.right.next()
        } else {
            None
        };
        from_left.or(from_right).map(|key| (key, order))
    }
}

/// # Panics
/// When a key is refused; [`OrderedSet::insert_all`] returns an error instead.
impl<K: Key> Extend<K> for OrderedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.extend_by(keys);
    }
}

/// Into a set that others share.
///
/// # Panics
/// When a key is refused; [`OrderedSet::insert_all`] returns an error instead.
impl<K: Key> Extend<K> for &OrderedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.extend_by(keys);
    }
}

/// # Panics
/// When a key is refused; [`OrderedSet::insert_all`] returns an error instead.
impl<K: Key> FromIterator<K> for OrderedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let set = Self::new();
        set.extend_by(keys);
        set
    }
}

/// # Panics
/// When a key is refused; [`OrderedSet::insert_all`] returns an error instead.
impl<K: Key, const N: usize> From<[K; N]> for OrderedSet<K> {
    fn from(keys: [K; N]) -> Self {
        Self::from_iter(keys)
    }
}

impl<K: Key> IntoIterator for OrderedSet<K> {
    type Item = K;
    type IntoIter = SetIntoIter<K>;

    fn into_iter(self) -> SetIntoIter<K> {
        SetIntoIter::new(self.raw)
    }
}

impl<'a, K: Key> IntoIterator for &'a OrderedSet<K> {
    type Item = K;
    type IntoIter = SetIter<'a, K>;

    fn into_iter(self) -> SetIter<'a, K> {
        self.iter()
    }
}

/// A copy, of each key that was there when it was reached.
///
/// # Panics
/// When memory cannot be had.
impl<K: Key> Clone for OrderedSet<K> {
    fn clone(&self) -> Self {
        self.iter().collect()
    }
}

impl<K: Key + PartialEq> PartialEq for OrderedSet<K> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<K: Key + Eq> Eq for OrderedSet<K> {}

//! Entries by key, in order, of which there are mostly one or two: what a transaction writes and reads, the snapshots held.
//!
//! So one lies in place, a few in a vector, and only many in a tree.

use std::borrow::Borrow;
use std::collections::{BTreeMap, btree_map};
use std::mem::{replace, take};
use std::ops::{Bound, RangeBounds};
use std::slice;

/// So many are kept in a vector.
const FEW: usize = 16;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) enum Sorted<K, V> {
    One(Option<(K, V)>),
    Few(Vec<(K, V)>),
    Many(BTreeMap<K, V>),
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self::One(None)
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// The entries, unless they are many.
    #[inline]
    fn as_slice(&self) -> &[(K, V)] {
        match self {
            Self::One(one) => one.as_slice(),
            Self::Few(few) => few,
            Self::Many(_) => &[],
        }
    }

    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Many(many) => many.len(),
            _ => self.as_slice().len(),
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match self {
            Self::One(one) => {
                let (_, value) = one.as_ref().filter(|(own, _)| own.borrow() == key)?;
                Some(value)
            }
            Self::Few(few) => Some(&few[find(few, key).ok()?].1),
            Self::Many(many) => many.get(key),
        }
    }

    #[inline]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        match self {
            Self::One(one) => {
                let (_, value) = one.as_mut().filter(|(own, _)| (*own).borrow() == key)?;
                Some(value)
            }
            Self::Few(few) => {
                let index = find(few, key).ok()?;
                Some(&mut few[index].1)
            }
            Self::Many(many) => many.get_mut(key),
        }
    }

    /// Puts `key` to `value`. Returns what was there.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self {
            Self::One(one @ None) => {
                *one = Some((key, value));
                None
            }
            _ => self.insert_beside(key, value),
        }
    }

    /// [`insert`](Self::insert) where others may be.
    fn insert_beside(&mut self, key: K, value: V) -> Option<V> {
        if let Self::One(one) = self {
            *self = Self::Few(one.take().into_iter().collect());
        }
        if let Self::Few(few) = self {
            match find(few, &key) {
                Ok(index) => return Some(replace(&mut few[index].1, value)),
                Err(index) if few.len() < FEW => {
                    few.insert(index, (key, value));
                    return None;
                }
                Err(_) => *self = Self::Many(take(few).into_iter().collect()),
            }
        }
        match self {
            Self::Many(many) => many.insert(key, value),
            _ => None,
        }
    }

    /// Takes `key` out.
    #[inline]
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        match self {
            Self::One(one) => {
                one.take_if(|(own, _)| (*own).borrow() == key);
            }
            Self::Few(few) => {
                if let Ok(index) = find(few, key) {
                    few.remove(index);
                }
            }
            Self::Many(many) => {
                many.remove(key);
            }
        }
    }

    /// Keeps what `keeps` says.
    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &mut V) -> bool) {
        match self {
            Self::One(one) => {
                one.take_if(|(key, value)| !keeps(key, value));
            }
            Self::Few(few) => few.retain_mut(|(key, value)| keeps(key, value)),
            Self::Many(many) => many.retain(keeps),
        }
    }

    #[inline]
    pub fn first(&self) -> Option<(&K, &V)> {
        match self {
            Self::Many(many) => many.first_key_value(),
            _ => self.as_slice().first().map(|(key, value)| (key, value)),
        }
    }

    #[inline]
    pub fn last(&self) -> Option<(&K, &V)> {
        match self {
            Self::Many(many) => many.last_key_value(),
            _ => self.as_slice().last().map(|(key, value)| (key, value)),
        }
    }

    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        match self {
            Self::Many(many) => Iter::Many(many.range(..)),
            _ => Iter::Few(self.as_slice().iter()),
        }
    }

    /// The entries of a range, which may not be inverted.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        if let Self::Many(many) = self {
            return Iter::Many(many.range(range));
        }
        let before = |(key, _): &(K, V)| match range.start_bound() {
            Bound::Included(start) => key.borrow() < start,
            Bound::Excluded(start) => key.borrow() <= start,
            Bound::Unbounded => false,
        };
        let within = |(key, _): &(K, V)| match range.end_bound() {
            Bound::Included(end) => key.borrow() <= end,
            Bound::Excluded(end) => key.borrow() < end,
            Bound::Unbounded => true,
        };
        let entries = self.as_slice();
        let entries = &entries[entries.partition_point(before)..];
        Iter::Few(entries[..entries.partition_point(within)].iter())
    }
}

/// Where `key` is, or belongs.
#[inline]
fn find<K: Borrow<Q>, Q: Ord + ?Sized, V>(entries: &[(K, V)], key: &Q) -> Result<usize, usize> {
    entries.binary_search_by(|(own, _)| own.borrow().cmp(key))
}

/// Entries in order.
#[derive(Debug)]
pub(crate) enum Iter<'a, K, V> {
    Few(slice::Iter<'a, (K, V)>),
    Many(btree_map::Range<'a, K, V>),
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next().map(|(key, value)| (key, value)),
            Self::Many(many) => many.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<'a>(
        sorted: impl Iterator<Item = (&'a Vec<u8>, &'a u32)>,
        model: impl Iterator<Item = (&'a Vec<u8>, &'a u32)>,
    ) {
        assert!(sorted.eq(model));
    }

    #[test]
    fn it_is_the_same_as_a_tree_however_many_there_are() {
        for count in [1_u32, 2, 15, 16, 17, 40, 300] {
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            let mut random = 88_172_645_463_325_252_u64;
            for step in 0..4 * count {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let key = (random as u32 % count).to_be_bytes().to_vec();
                if random >> 40 & 3 == 0 {
                    sorted.remove(&key[..]);
                    model.remove(&key);
                } else {
                    let old = sorted.insert(key.clone(), step);
                    assert_eq!(old, model.insert(key.clone(), step));
                }
                assert_eq!(sorted.get(&key[..]), model.get(&key));
                assert_eq!(sorted.get_mut(&key[..]), model.get_mut(&key));
                assert_eq!(sorted.first(), model.first_key_value());
                assert_eq!(sorted.last(), model.last_key_value());
                assert_eq!(
                    (sorted.len(), sorted.is_empty()),
                    (model.len(), model.is_empty())
                );
                check(sorted.iter(), model.iter());
                let middle = (count / 2).to_be_bytes();
                let (low, high) = ((&key[..]).min(&middle), (&key[..]).max(&middle));
                for ends in [
                    (Bound::Included(low), Bound::Included(high)),
                    (Bound::Included(low), Bound::Excluded(high)),
                    (Bound::Excluded(low), Bound::Included(high)),
                    (Bound::Unbounded, Bound::Excluded(high)),
                    (Bound::Excluded(low), Bound::Unbounded),
                ] {
                    check(sorted.range::<[u8]>(ends), model.range::<[u8], _>(ends));
                }
                if step % 64 == 63 {
                    sorted.retain(|_, value| *value % 2 == 0);
                    model.retain(|_, value| *value % 2 == 0);
                }
            }
        }
    }
}

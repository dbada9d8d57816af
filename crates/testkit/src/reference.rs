//! The map that every other map is compared with.
//!
//! [`ReferenceMap`] is std's `BTreeMap` under the names of this workspace's maps, without guards, and without the panics of std on
//! a range whose start lies above its end: such a range is empty here.

use std::collections::BTreeMap;
use std::ops::Bound;

/// An entry as the reference lends it.
pub type Entry<'a, V> = (&'a [u8], &'a V);

/// A sequential ordered map of byte keys with the operations of the concurrent ones.
///
/// # Examples
/// ```
/// use masstree_testkit::reference::ReferenceMap;
/// use std::ops::Bound::{Excluded, Unbounded};
/// let mut map = ReferenceMap::new();
/// map.insert(b"a", 1);
/// map.insert(b"b", 2);
/// assert_eq!(map.range(Excluded(b"a"), Unbounded).next(), Some((&b"b"[..], &2)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceMap<V> {
    entries: BTreeMap<Vec<u8>, V>,
}

impl<V> Default for ReferenceMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> ReferenceMap<V> {
    /// A map of nothing.
    pub fn new() -> Self {
        Self {
            entries: BTreeMap::new(),
        }
    }

    /// The value of `key`.
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.entries.get(key)
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.entries.contains_key(key)
    }

    /// Stores `value`, and gives what it replaced.
    pub fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        self.entries.insert(key.to_vec(), value)
    }

    /// Takes the value of `key` out.
    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        self.entries.remove(key)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value there after storing `make()` if nothing was.
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> V) -> &V {
        self.entries.entry(key.to_vec()).or_insert_with(make)
    }

    /// Makes `key` hold `new` if it holds `expected`, `None` standing for absence in both, and gives what it held.
    ///
    /// # Errors
    /// What the key holds, which is not what was expected; nothing changed.
    pub fn compare_exchange(
        &mut self,
        key: &[u8],
        expected: Option<&V>,
        new: Option<V>,
    ) -> Result<Option<V>, Option<&V>>
    where
        V: PartialEq,
    {
        if self.entries.get(key) != expected {
            return Err(self.entries.get(key));
        }
        Ok(match new {
            Some(value) => self.insert(key, value),
            None => self.remove(key),
        })
    }

    /// Stores what `change` makes of the present value or absence, and gives what was there; its `None` changes nothing.
    pub fn fetch_update(
        &mut self,
        key: &[u8],
        change: impl FnOnce(Option<&V>) -> Option<V>,
    ) -> Option<V>
    where
        V: Clone,
    {
        let previous = self.entries.get(key).cloned();
        if let Some(value) = change(previous.as_ref()) {
            self.insert(key, value);
        }
        previous
    }

    /// Stores what `change` makes of the present value, if there is one, and gives that one.
    pub fn update(&mut self, key: &[u8], change: impl FnOnce(&V) -> V) -> Option<V> {
        let slot = self.entries.get_mut(key)?;
        let value = change(slot);
        Some(std::mem::replace(slot, value))
    }

    /// The entries between two bounds, ascending, or descending with `.rev()`; empty if the bounds cross.
    pub fn range(
        &self,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = Entry<'_, V>> + use<'_, V> {
        (!is_crossed(start, end))
            .then(|| self.entries.range::<[u8], _>((start, end)))
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_slice(), value))
    }

    /// All entries, ascending, or descending with `.rev()`.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_, V>> + use<'_, V> {
        self.range(Bound::Unbounded, Bound::Unbounded)
    }

    /// The entries whose keys begin with `prefix`, ascending, or descending with `.rev()`.
    pub fn prefix(
        &self,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = Entry<'_, V>> + use<'_, V> {
        let after = prefix_successor(prefix);
        let end = match &after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Unbounded,
        };
        self.range(Bound::Included(prefix), end)
    }

    /// The entry with the lowest key.
    pub fn first(&self) -> Option<Entry<'_, V>> {
        self.iter().next()
    }

    /// The entry with the highest key.
    pub fn last(&self) -> Option<Entry<'_, V>> {
        self.iter().next_back()
    }

    /// The lowest entry not below `bound`: at or above an included key, above an excluded one.
    pub fn lower_bound(&self, bound: Bound<&[u8]>) -> Option<Entry<'_, V>> {
        self.range(bound, Bound::Unbounded).next()
    }

    /// The highest entry not above `bound`: at or below an included key, below an excluded one.
    pub fn upper_bound(&self, bound: Bound<&[u8]>) -> Option<Entry<'_, V>> {
        self.range(Bound::Unbounded, bound).next_back()
    }

    /// Takes out the entry with the lowest key.
    pub fn pop_first(&mut self) -> Option<(Vec<u8>, V)> {
        self.entries.pop_first()
    }

    /// Takes out the entry with the highest key.
    pub fn pop_last(&mut self) -> Option<(Vec<u8>, V)> {
        self.entries.pop_last()
    }

    /// Keeps the entries that `keep` says yes to, and counts those that went.
    pub fn retain(&mut self, mut keep: impl FnMut(&[u8], &V) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, value| keep(key, value));
        before - self.entries.len()
    }

    /// Takes out the entries between two bounds, and counts them.
    pub fn remove_range(&mut self, start: Bound<&[u8]>, end: Bound<&[u8]>) -> usize {
        let doomed: Vec<Vec<u8>> = self
            .range(start, end)
            .map(|(key, _)| key.to_vec())
            .collect();
        for key in &doomed {
            self.entries.remove(key);
        }
        doomed.len()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Whether std would refuse the range: its start above its end, or both the same key and both excluded.
fn is_crossed(start: Bound<&[u8]>, end: Bound<&[u8]>) -> bool {
    use Bound::{Excluded, Included};
    match (start, end) {
        (Excluded(start), Excluded(end)) => start >= end,
        (Included(start) | Excluded(start), Included(end) | Excluded(end)) => start > end,
        _ => false,
    }
}

/// The lowest key above every key that begins with `prefix`, if there is one.
pub fn prefix_successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != u8::MAX)?;
    let mut successor = prefix[..=last].to_vec();
    successor[last] += 1;
    Some(successor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Bound::{Excluded, Included, Unbounded};

    const KEYS: [&[u8]; 7] = [b"", b"\0", b"a", b"a\0", b"ab", b"\xff", b"\xff\xff"];

    fn map() -> ReferenceMap<usize> {
        let mut map = ReferenceMap::new();
        for (i, key) in KEYS.iter().enumerate() {
            assert_eq!(map.insert(key, i), None);
        }
        map
    }

    fn values<'a>(entries: impl Iterator<Item = Entry<'a, usize>>) -> Vec<usize> {
        entries.map(|(_, value)| *value).collect()
    }

    #[test]
    fn ranges_agree_with_a_filter_for_all_pairs_of_bounds() {
        let mut bounds = vec![Unbounded];
        for key in KEYS.into_iter().chain([&b"aa"[..], b"b", b"\xff\0"]) {
            bounds.extend([Included(key), Excluded(key)]);
        }
        for &start in &bounds {
            for &end in &bounds {
                let above = |key: &[u8]| match start {
                    Included(start) => key >= start,
                    Excluded(start) => key > start,
                    Unbounded => true,
                };
                let below = |key: &[u8]| match end {
                    Included(end) => key <= end,
                    Excluded(end) => key < end,
                    Unbounded => true,
                };
                let mut expected: Vec<usize> = (0..KEYS.len())
                    .filter(|&i| above(KEYS[i]) && below(KEYS[i]))
                    .collect();
                let mut map = map();
                assert_eq!(values(map.range(start, end)), expected);
                assert_eq!(map.remove_range(start, end), expected.len());
                assert_eq!(map.len(), KEYS.len() - expected.len());
                expected.reverse();
                assert_eq!(
                    values(super::tests::map().range(start, end).rev()),
                    expected
                );
            }
        }
    }

    #[test]
    fn bounds_find_the_nearest_entry() {
        let map = map();
        let key = |entry: Option<Entry<'_, usize>>| entry.map(|(_, value)| *value);
        assert_eq!(key(map.lower_bound(Included(b"a"))), Some(2));
        assert_eq!(key(map.lower_bound(Excluded(b"a"))), Some(3));
        assert_eq!(key(map.lower_bound(Unbounded)), Some(0));
        assert_eq!(key(map.lower_bound(Excluded(b"\xff\xff"))), None);
        assert_eq!(key(map.upper_bound(Included(b"a"))), Some(2));
        assert_eq!(key(map.upper_bound(Excluded(b"a"))), Some(1));
        assert_eq!(key(map.upper_bound(Unbounded)), Some(6));
        assert_eq!(key(map.upper_bound(Excluded(b""))), None);
        assert_eq!(key(map.first()), Some(0));
        assert_eq!(key(map.last()), Some(6));
    }

    #[test]
    fn prefixes_end_where_they_should() {
        let map = map();
        assert_eq!(values(map.prefix(b"a")), [2, 3, 4]);
        assert_eq!(values(map.prefix(b"a").rev()), [4, 3, 2]);
        assert_eq!(values(map.prefix(b"\xff")), [5, 6]);
        assert_eq!(values(map.prefix(b"")), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(values(map.prefix(b"b")), []);
        assert_eq!(prefix_successor(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(prefix_successor(b"\xff"), None);
    }

    #[test]
    fn read_modify_write_changes_what_it_should() {
        let mut map = map();
        assert_eq!(*map.get_or_insert_with(b"a", || 90), 2);
        assert_eq!(*map.get_or_insert_with(b"new", || 90), 90);
        assert_eq!(map.compare_exchange(b"a", Some(&3), None), Err(Some(&2)));
        assert_eq!(map.compare_exchange(b"a", Some(&2), None), Ok(Some(2)));
        assert_eq!(map.compare_exchange(b"a", None, Some(5)), Ok(None));
        assert_eq!(map.fetch_update(b"a", |v| v.map(|v| v + 1)), Some(5));
        assert_eq!(map.fetch_update(b"none", |_| None), None);
        assert_eq!(map.update(b"a", |v| v * 2), Some(6));
        assert_eq!(map.update(b"none", |v| *v), None);
        assert_eq!(map.get(b"a"), Some(&12));
        assert!(!map.contains_key(b"none"));
    }

    #[test]
    fn entries_leave_by_every_door() {
        let mut map = map();
        assert_eq!(map.pop_first(), Some((b"".to_vec(), 0)));
        assert_eq!(map.pop_last(), Some((b"\xff\xff".to_vec(), 6)));
        assert_eq!(map.remove(b"a"), Some(2));
        assert_eq!(map.remove(b"a"), None);
        assert_eq!(map.retain(|_, value| value % 2 == 1), 1);
        assert_eq!(values(map.iter()), [1, 3, 5]);
        map.clear();
        assert!(map.is_empty());
        assert_eq!(map.pop_first(), None);
    }
}

//! The first, the last, and the nearest entry; and taking one of them out.

use crate::bound::RangeBound;
use crate::guard::Guard;
use crate::map::Map;
use crate::range::Entry;
use crate::storage::Storage;
use crate::walk::{BACKWARD, FORWARD, Origin, Walk};
use crate::write::{Expect, Written};

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The entry with the smallest key.
    pub fn first<'g>(&'g self, guard: &'g Guard<'_>) -> Option<Entry<'g, S>> {
        self.iter(guard).next()
    }

    /// The entry with the largest key.
    pub fn last<'g>(&'g self, guard: &'g Guard<'_>) -> Option<Entry<'g, S>> {
        self.iter(guard).next_back()
    }

    /// The first entry at or above `bound` (above it, if excluded).
    ///
    /// # Examples
    /// ```
    /// use masstree::{MassTreeInline, RangeBound};
    /// let map = MassTreeInline::<u8>::new();
    /// map.insert(b"b", 1).unwrap();
    /// let guard = map.guard();
    /// assert_eq!(map.lower_bound(RangeBound::Included(b"a"), &guard).unwrap().key(), b"b");
    /// assert!(map.lower_bound(RangeBound::Excluded(b"b"), &guard).is_none());
    /// assert_eq!(map.upper_bound(RangeBound::Included(b"z"), &guard).unwrap().key(), b"b");
    /// ```
    pub fn lower_bound<'g>(
        &'g self,
        bound: RangeBound<'_>,
        guard: &'g Guard<'_>,
    ) -> Option<Entry<'g, S>> {
        self.range(bound, RangeBound::Unbounded, guard).next()
    }

    /// The last entry at or below `bound` (below it, if excluded).
    pub fn upper_bound<'g>(
        &'g self,
        bound: RangeBound<'_>,
        guard: &'g Guard<'_>,
    ) -> Option<Entry<'g, S>> {
        self.range(RangeBound::Unbounded, bound, guard).next_back()
    }

    /// Takes the entry with the smallest key out. It was there, with this value, at one moment; a smaller key may come in while it is taken.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"a", 1).unwrap();
    /// let guard = map.guard();
    /// assert_eq!(map.pop_first(&guard), Some((b"a".to_vec(), 1)));
    /// assert_eq!(map.pop_first(&guard), None);
    /// ```
    pub fn pop_first(&self, guard: &Guard<'_>) -> Option<(Vec<u8>, S::Owned)> {
        self.pop::<FORWARD>(guard)
    }

    /// Takes the entry with the largest key out, as [`pop_first`](Self::pop_first) does the smallest.
    pub fn pop_last(&self, guard: &Guard<'_>) -> Option<(Vec<u8>, S::Owned)> {
        self.pop::<BACKWARD>(guard)
    }

    fn pop<const WAY: bool>(&self, guard: &Guard<'_>) -> Option<(Vec<u8>, S::Owned)> {
        let mut walk = Walk::new(self, guard);
        // If somebody else takes the entry first, what is the end now is sought anew.
        while walk.seek::<WAY>(&[], Origin::Edge) {
            let key = walk.key().to_vec();
            if let Written::Stored(Some(word)) = self.take(&key, Expect::Anything, guard) {
                return Some((key, self.take_out(word, guard)));
            }
        }
        None
    }
}

//! Iterators: lazily, from both ends, over a range.

use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

use crate::bound::RangeBound;
use crate::guard::Guard;
use crate::map::Map;
use crate::scan::origin;
use crate::storage::Storage;
use crate::walk::{BACKWARD, FORWARD, Walk};

/// A key and a value that an iterator came by.
#[derive(Clone)]
pub struct Entry<'g, S: Storage> {
    key: Vec<u8>,
    value: S::Ref<'g>,
}

impl<'g, S: Storage> Entry<'g, S> {
    /// The key.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The value, as it was when the iterator came by.
    pub fn value(&self) -> S::Ref<'g> {
        self.value
    }

    /// The key, to keep.
    pub fn into_key(self) -> Vec<u8> {
        self.key
    }

    /// Key and value.
    pub fn into_pair(self) -> (Vec<u8>, S::Ref<'g>) {
        (self.key, self.value)
    }
}

impl<'g, S: Storage<Ref<'g>: std::fmt::Debug>> std::fmt::Debug for Entry<'g, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("value", &self.value)
            .finish()
    }
}

/// One end of an iteration: a walk, made when it is first asked.
struct End<'g, S: Storage, const W: usize, const I: usize> {
    walk: Option<Walk<'g, S, W, I>>,
    bound: Bound<Vec<u8>>,
}

/// An iterator over a range of entries, from both ends. See [`Map::range`].
pub struct Range<'g, S: Storage, const W: usize, const I: usize> {
    map: &'g Map<S, W, I>,
    guard: &'g Guard<'g>,
    start: End<'g, S, W, I>,
    end: End<'g, S, W, I>,
    done: bool,
}

fn borrowed(bound: &Bound<Vec<u8>>) -> RangeBound<'_> {
    bound.as_ref().map(Vec::as_slice).into()
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The entries from `start` to `end`, lazily and from both ends.
    ///
    /// # Consistency
    /// As [`scan`](Self::scan): strictly ascending (descending from the back), each key that is there all the time once.
    ///
    /// # Examples
    /// ```
    /// use masstree::{MassTree, RangeBound};
    /// let map = MassTree::<u64>::new();
    /// for i in 0..100_u64 {
    ///     map.insert(&i.to_be_bytes(), i).unwrap();
    /// }
    /// let guard = map.guard();
    /// let range = map.range(RangeBound::Included(&10_u64.to_be_bytes()), RangeBound::Unbounded, &guard);
    /// assert_eq!(range.rev().map(|entry| *entry.value()).take(2).collect::<Vec<_>>(), [99, 98]);
    /// ```
    pub fn range<'g>(
        &'g self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        guard: &'g Guard<'_>,
    ) -> Range<'g, S, W, I> {
        Range {
            map: self,
            guard,
            start: End {
                walk: None,
                bound: start.to_owned_bound(),
            },
            end: End {
                walk: None,
                bound: end.to_owned_bound(),
            },
            done: false,
        }
    }

    /// [`range`](Self::range) over std's ranges of anything that is bytes.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"a", 1).unwrap();
    /// map.insert(b"b", 2).unwrap();
    /// let guard = map.guard();
    /// assert_eq!(map.range_bounds("a".."b", &guard).count(), 1);
    /// assert_eq!(map.range_bounds(..=*b"b", &guard).count(), 2);
    /// ```
    pub fn range_bounds<'g, K: AsRef<[u8]>>(
        &'g self,
        range: impl RangeBounds<K>,
        guard: &'g Guard<'_>,
    ) -> Range<'g, S, W, I> {
        let start = range.start_bound().map(AsRef::as_ref);
        self.range(
            start.into(),
            range.end_bound().map(AsRef::as_ref).into(),
            guard,
        )
    }

    /// All entries.
    pub fn iter<'g>(&'g self, guard: &'g Guard<'_>) -> Range<'g, S, W, I> {
        self.range(RangeBound::Unbounded, RangeBound::Unbounded, guard)
    }

    /// All keys, ascending, and from both ends.
    pub fn keys<'g>(
        &'g self,
        guard: &'g Guard<'_>,
    ) -> impl DoubleEndedIterator<Item = Vec<u8>> + FusedIterator {
        self.iter(guard).map(Entry::into_key)
    }

    /// All values in the order of their keys, from both ends.
    pub fn values<'g>(
        &'g self,
        guard: &'g Guard<'_>,
    ) -> impl DoubleEndedIterator<Item = S::Ref<'g>> + FusedIterator {
        self.iter(guard).map(|entry| entry.value())
    }
}

impl<'g, S: Storage, const W: usize, const I: usize> Range<'g, S, W, I> {
    fn advance<const WAY: bool>(&mut self) -> Option<Entry<'g, S>> {
        if self.done {
            return None;
        }
        let (near, far) = if WAY {
            (&mut self.start, &mut self.end)
        } else {
            (&mut self.end, &mut self.start)
        };
        let found = match &mut near.walk {
            Some(walk) => walk.step::<WAY>(),
            empty => {
                let (key, origin) = origin(&borrowed(&near.bound));
                empty
                    .insert(Walk::new(self.map, self.guard))
                    .seek::<WAY>(key, origin)
            }
        };
        let walk = near.walk.as_mut()?;
        let inside = found && {
            let key = walk.key();
            let bound = borrowed(&far.bound);
            let bounded = if WAY {
                bound.admits_from_above(key)
            } else {
                bound.admits_from_below(key)
            };
            // What the other end has yielded is not yielded again.
            bounded
                && far.walk.as_mut().is_none_or(|far| {
                    let other = far.key();
                    if WAY { key < other } else { key > other }
                })
        };
        self.done = !inside;
        if !inside {
            return None;
        }
        Some(Entry {
            key: walk.key().to_vec(),
            value: walk.value()?,
        })
    }
}

impl<'g, S: Storage, const W: usize, const I: usize> Iterator for Range<'g, S, W, I> {
    type Item = Entry<'g, S>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance::<FORWARD>()
    }
}

impl<S: Storage, const W: usize, const I: usize> DoubleEndedIterator for Range<'_, S, W, I> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.advance::<BACKWARD>()
    }
}

impl<S: Storage, const W: usize, const I: usize> FusedIterator for Range<'_, S, W, I> {}

impl<S: Storage, const W: usize, const I: usize> std::fmt::Debug for Range<'_, S, W, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Range")
            .field("start", &self.start.bound)
            .field("end", &self.end.bound)
            .finish()
    }
}

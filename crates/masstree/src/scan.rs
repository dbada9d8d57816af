//! Scans: a visitor is called for each entry of a range, with nothing allocated an entry.

use crate::bound::RangeBound;
use crate::guard::Guard;
use crate::map::Map;
use crate::storage::Storage;
use crate::walk::{BACKWARD, FORWARD, Origin, Walk};

/// The place that a walk from `bound` starts at.
pub(crate) fn origin<'k>(bound: &RangeBound<'k>) -> (&'k [u8], Origin) {
    match *bound {
        RangeBound::Included(key) => (key, Origin::At),
        RangeBound::Excluded(key) => (key, Origin::Past),
        RangeBound::Unbounded => (&[], Origin::Edge),
    }
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Calls `visitor` with each key and value from `start` to `end`, ascending, until it returns `false`. Returns the number of calls.
    ///
    /// # Consistency
    /// Under concurrent writers: strictly ascending keys, each key that was there all the time once, never one that never was. The scan as a whole is
    /// not one moment in time. A range whose start lies above its end is empty. A visitor may use the map, and may panic.
    ///
    /// # Complexity
    /// One descent, then constant time an entry.
    ///
    /// # Examples
    /// ```
    /// use masstree::{MassTree, RangeBound};
    /// let map = MassTree::<u64>::new();
    /// for (i, key) in [b"a", b"b", b"c"].into_iter().enumerate() {
    ///     map.insert(key, i as u64).unwrap();
    /// }
    /// let mut seen = Vec::new();
    /// map.scan(RangeBound::Included(b"b"), RangeBound::Unbounded, |key, value| {
    ///     seen.push((key.to_vec(), *value));
    ///     true
    /// }, &map.guard());
    /// assert_eq!(seen, [(b"b".to_vec(), 1), (b"c".to_vec(), 2)]);
    /// ```
    pub fn scan<F>(
        &self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        mut visitor: F,
        guard: &Guard<'_>,
    ) -> usize
    where
        F: FnMut(&[u8], S::Owned) -> bool,
    {
        self.visit::<FORWARD>(&start, &end, guard, |walk| match walk.word() {
            // SAFETY: the word was in the map under the guard.
            Some(word) => visitor(walk.key(), unsafe { S::owned(word) }),
            None => false,
        })
    }

    /// [`scan`](Self::scan) without a handle an entry: the visitor borrows the value.
    pub fn scan_ref<F>(
        &self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        mut visitor: F,
        guard: &Guard<'_>,
    ) -> usize
    where
        F: FnMut(&[u8], S::Ref<'_>) -> bool,
    {
        self.visit::<FORWARD>(&start, &end, guard, |walk| match walk.value() {
            Some(value) => visitor(walk.key(), value),
            None => false,
        })
    }

    /// [`scan_ref`](Self::scan_ref) without keys: cheaper, because no key is put together.
    pub fn scan_values<F>(
        &self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        mut visitor: F,
        guard: &Guard<'_>,
    ) -> usize
    where
        F: FnMut(S::Ref<'_>) -> bool,
    {
        self.visit::<FORWARD>(&start, &end, guard, |walk| {
            walk.value().is_some_and(&mut visitor)
        })
    }

    /// [`scan_ref`](Self::scan_ref), descending: from `end` down to `start`.
    pub fn scan_rev<F>(
        &self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        mut visitor: F,
        guard: &Guard<'_>,
    ) -> usize
    where
        F: FnMut(&[u8], S::Ref<'_>) -> bool,
    {
        self.visit::<BACKWARD>(&start, &end, guard, |walk| match walk.value() {
            Some(value) => visitor(walk.key(), value),
            None => false,
        })
    }

    /// Calls `visitor` with each key that begins with `prefix` and its value, ascending, until it returns `false`. Returns the number of calls.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// for key in ["usr", "usr/bin", "usr/lib", "var"] {
    ///     map.insert(key.as_bytes(), 0).unwrap();
    /// }
    /// assert_eq!(map.scan_prefix(b"usr/", |_, _| true, &map.guard()), 2);
    /// ```
    pub fn scan_prefix<F>(&self, prefix: &[u8], mut visitor: F, guard: &Guard<'_>) -> usize
    where
        F: FnMut(&[u8], S::Ref<'_>) -> bool,
    {
        let mut walk = Walk::new(self, guard);
        let mut visited = 0;
        let mut more = walk.seek::<FORWARD>(prefix, Origin::At);
        while more && walk.key().starts_with(prefix) {
            visited += 1;
            let Some(value) = walk.value() else { break };
            if !visitor(walk.key(), value) {
                break;
            }
            more = walk.step::<FORWARD>();
        }
        visited
    }

    /// Walks the range on the way `WAY` until `visitor` says no.
    #[inline]
    fn visit<'g, const WAY: bool>(
        &'g self,
        start: &RangeBound<'_>,
        end: &RangeBound<'_>,
        guard: &'g Guard<'_>,
        mut visitor: impl FnMut(&mut Walk<'g, S, W, I>) -> bool,
    ) -> usize {
        let (near, far) = if WAY { (start, end) } else { (end, start) };
        let (key, origin) = origin(near);
        let bounded = *far != RangeBound::Unbounded;
        let mut walk = Walk::new(self, guard);
        let mut visited = 0;
        let mut more = walk.seek::<WAY>(key, origin);
        while more {
            if bounded {
                let key = walk.key();
                if !(if WAY {
                    far.admits_from_above(key)
                } else {
                    far.admits_from_below(key)
                }) {
                    break;
                }
            }
            visited += 1;
            if !visitor(&mut walk) {
                break;
            }
            more = walk.step::<WAY>();
        }
        visited
    }
}

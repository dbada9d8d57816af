//! Scans: a visitor is called for each entry of a range, with nothing allocated an entry.

use crate::bound::RangeBound;
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::storage::Storage;
use crate::walk::{BACKWARD, FORWARD, Here, Origin, Walk};

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
        self.visit::<FORWARD>(&start, &end, guard, |here| {
            // SAFETY: the word was in the map under the guard.
            let value = unsafe { S::owned(here.word()) };
            visitor(here.key(), value)
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
        self.visit::<FORWARD>(&start, &end, guard, |here| {
            // SAFETY: the word was in the map under the guard.
            let value = unsafe { S::reference(here.word()) };
            visitor(here.key(), value)
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
        self.visit::<FORWARD>(&start, &end, guard, |here| {
            // SAFETY: the word was in the map under the guard.
            visitor(unsafe { S::reference(here.word()) })
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
        self.visit::<BACKWARD>(&start, &end, guard, |here| {
            // SAFETY: the word was in the map under the guard.
            let value = unsafe { S::reference(here.word()) };
            visitor(here.key(), value)
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
        walk.seek::<FORWARD>(prefix, Origin::At);
        walk.run::<FORWARD>(|here| {
            // SAFETY: the word was in the map under the guard.
            let value = unsafe { S::reference(here.word()) };
            let key = here.key();
            let inside = key.starts_with(prefix);
            visited += usize::from(inside);
            inside && visitor(key, value)
        });
        visited
    }

    /// Walks the range on the way `WAY` until `visitor` says no.
    #[inline]
    fn visit<'g, const WAY: bool>(
        &'g self,
        start: &RangeBound<'_>,
        end: &RangeBound<'_>,
        guard: &'g Guard<'_>,
        mut visitor: impl FnMut(&mut Here<'_>) -> bool,
    ) -> usize {
        let (near, far) = if WAY { (start, end) } else { (end, start) };
        let (key, origin) = origin(near);
        let mut walk = Walk::new(self, guard);
        let mut visited = 0;
        walk.seek::<WAY>(key, origin);
        if *far == RangeBound::Unbounded {
            walk.run::<WAY>(|here| {
                visited += 1;
                visitor(here)
            });
            return visited;
        }
        let fence = Fence::<WAY>::new(far);
        walk.run::<WAY>(|here| {
            let inside = fence.admits(here);
            visited += usize::from(inside);
            inside && visitor(here)
        });
        visited
    }
}

/// Where a walk on the way `WAY` ends.
struct Fence<'k, const WAY: bool> {
    bound: &'k RangeBound<'k>,
    /// The first slice of its key.
    slice: u64,
}

impl<'k, const WAY: bool> Fence<'k, WAY> {
    fn new(bound: &'k RangeBound<'k>) -> Self {
        let (key, _) = origin(bound);
        let slice = Part::of(key).slice;
        Self { bound, slice }
    }

    /// Whether the entry lies before the end. Mostly its slice tells, and the key need not be put together.
    #[inline]
    fn admits(&self, here: &mut Here<'_>) -> bool {
        match here.first_slice() {
            Some(slice) if slice != self.slice => (slice < self.slice) == WAY,
            _ if WAY => self.bound.admits_from_above(here.key()),
            _ => self.bound.admits_from_below(here.key()),
        }
    }
}

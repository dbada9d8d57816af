//! Iterators over ranges, from both ends. Their items are clones, since an item may outlive the step that made it.

use std::borrow::Borrow;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds, RangeFull};

use crate::tree::GenericTree;
use crate::walk::{Around, BACKWARD, Entry, FORWARD, Walk};
use crate::{key, value};

/// The entries of a range, in order. See [`GenericTree::range`] and the [module](crate::iter).
pub struct Range<
    't,
    K: 'static,
    V: 'static,
    const IC: usize,
    const LC: usize,
    R = RangeFull,
    Q: ?Sized = K,
> {
    tree: &'t GenericTree<K, V, IC, LC>,
    bounds: R,
    /// Each end has a walk of its own once it is used; it stands at its bound, or next to the last key that it gave out.
    front: Option<Walk<'t, K, V, IC, LC>>,
    back: Option<Walk<'t, K, V, IC, LC>>,
    done: bool,
    query: PhantomData<fn(&Q)>,
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// The entries whose keys are in `bounds`, cloned, in order; empty if the bounds are the wrong way round.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..10).map(|i| (i, i * i)).collect();
    /// assert!(tree.range(2..=4).eq([(2, 4), (3, 9), (4, 16)]));
    /// assert_eq!(tree.range(..5).next_back(), Some((4, 16)));
    ///
    /// use std::ops::Bound::{Excluded, Unbounded};
    /// let names: ferntree::Tree<String, ()> = ["a", "b", "c"].map(|name| (name.to_string(), ())).into_iter().collect();
    /// assert_eq!(names.range::<str, _>((Excluded("a"), Unbounded)).count(), 2);
    /// ```
    pub fn range<Q, R>(&self, bounds: R) -> Range<'_, K, V, IC, LC, R, Q>
    where
        K: Borrow<Q> + Clone,
        Q: Ord + ?Sized + 'static,
        V: Clone,
        R: RangeBounds<Q>,
    {
        Range {
            tree: self,
            bounds,
            front: None,
            back: None,
            done: false,
            query: PhantomData,
        }
    }

    /// As [`range`](Self::range), from the last to the first.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, ()> = (0..10).map(|i| (i, ())).collect();
    /// assert!(tree.range_rev(2..5).map(|(key, ())| key).eq([4, 3, 2]));
    /// ```
    pub fn range_rev<Q, R>(&self, bounds: R) -> RangeRev<'_, K, V, IC, LC, R, Q>
    where
        K: Borrow<Q> + Clone,
        Q: Ord + ?Sized + 'static,
        V: Clone,
        R: RangeBounds<Q>,
    {
        self.range(bounds).rev()
    }

    /// All entries, cloned, in order.
    pub fn iter(&self) -> Range<'_, K, V, IC, LC>
    where
        K: Clone,
        V: Clone,
    {
        self.range(..)
    }

    /// All keys, cloned, in order.
    pub fn keys(&self) -> Keys<'_, K, V, IC, LC>
    where
        K: Clone,
    {
        Keys(Range::all(self))
    }

    /// All values, cloned, in the order of their keys.
    pub fn values(&self) -> Values<'_, K, V, IC, LC>
    where
        V: Clone,
    {
        Values(Range::all(self))
    }
}

impl<'t, K: 'static, V: 'static, const IC: usize, const LC: usize> Range<'t, K, V, IC, LC> {
    fn all(tree: &'t GenericTree<K, V, IC, LC>) -> Self {
        Self {
            tree,
            bounds: ..,
            front: None,
            back: None,
            done: false,
            query: PhantomData,
        }
    }
}

impl<'t, K, V, const IC: usize, const LC: usize, R, Q> Range<'t, K, V, IC, LC, R, Q>
where
    K: Borrow<Q> + Ord + Send + 'static,
    Q: Ord + ?Sized + 'static,
    V: Send + 'static,
    R: RangeBounds<Q>,
{
    /// The next entry on the way. It may be used until the walk of this end is.
    #[inline(always)]
    fn step<const WAY: bool>(&mut self) -> Option<Entry> {
        if self.done {
            return None;
        }
        let (mine, other) = if WAY {
            (&mut self.front, &self.back)
        } else {
            (&mut self.back, &self.front)
        };
        let walk = mine.get_or_insert_with(|| Walk::new(self.tree, Around::Bound));
        let bounds = &self.bounds;
        let entry = walk
            .step::<WAY>(|walk| seek_bound::<K, V, IC, LC, Q, WAY>(walk, bounds))
            .filter(|(bits, _)| {
                // SAFETY: validated under the walk's guard.
                let view = unsafe { key::view::<K>(*bits) };
                let key = view.get();
                is_inside::<Q, WAY>(key.borrow(), bounds)
                    && other
                        .as_ref()
                        .is_none_or(|other| is_before::<K, V, IC, LC, WAY>(key, other))
            });
        self.done = entry.is_none();
        entry
    }
}

/// Stands at the bound from which `WAY` goes through the range.
fn seek_bound<K, V, const IC: usize, const LC: usize, Q, const WAY: bool>(
    walk: &mut Walk<'_, K, V, IC, LC>,
    bounds: &impl RangeBounds<Q>,
) where
    K: Borrow<Q> + Ord + Send + 'static,
    Q: Ord + ?Sized + 'static,
    V: Send + 'static,
{
    let bound = if WAY {
        bounds.start_bound()
    } else {
        bounds.end_bound()
    };
    match bound {
        Bound::Unbounded => walk.seek_edge::<WAY>(),
        Bound::Included(key) => {
            walk.seek(key, !WAY);
        }
        Bound::Excluded(key) => {
            walk.seek(key, WAY);
        }
    }
}

/// Whether a walk on the way `WAY` has not passed the bound at which it ends.
#[inline(always)]
fn is_inside<Q: Ord + ?Sized, const WAY: bool>(key: &Q, bounds: &impl RangeBounds<Q>) -> bool {
    if WAY {
        match bounds.end_bound() {
            Bound::Unbounded => true,
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
        }
    } else {
        match bounds.start_bound() {
            Bound::Unbounded => true,
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
        }
    }
}

/// Whether a walk on the way `WAY` has not met the one from the other end.
fn is_before<K: Ord + 'static, V, const IC: usize, const LC: usize, const WAY: bool>(
    key: &K,
    other: &Walk<'_, K, V, IC, LC>,
) -> bool {
    match other.around {
        Around::Behind(bits) | Around::Before(bits) => {
            // SAFETY: the other walk came by this key under its guard.
            let met = unsafe { key::view::<K>(bits) };
            if WAY {
                key < met.get()
            } else {
                key > met.get()
            }
        }
        _ => true,
    }
}

/// # Safety
/// The entry was validated under a guard that is still held.
unsafe fn clone_key<K: Clone + 'static>(entry: Entry) -> K {
    // SAFETY: as the caller promises.
    unsafe { key::view::<K>(entry.0) }.get().clone()
}

/// # Safety
/// As [`clone_key`].
unsafe fn clone_value<V: Clone + 'static>(entry: Entry) -> V {
    // SAFETY: as the caller promises.
    unsafe { value::reference::<V>(&entry.1) }.clone()
}

/// # Safety
/// As [`clone_key`].
unsafe fn clone_entry<K: Clone + 'static, V: Clone + 'static>(entry: Entry) -> (K, V) {
    // SAFETY: as the caller promises.
    unsafe { (clone_key(entry), clone_value(entry)) }
}

impl<K, V, const IC: usize, const LC: usize, R, Q> Iterator for Range<'_, K, V, IC, LC, R, Q>
where
    K: Borrow<Q> + Ord + Clone + Send + 'static,
    Q: Ord + ?Sized + 'static,
    V: Clone + Send + 'static,
    R: RangeBounds<Q>,
{
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        let entry = self.step::<FORWARD>()?;
        // SAFETY: the walk of this end holds its guard.
        Some(unsafe { clone_entry(entry) })
    }
}

impl<K, V, const IC: usize, const LC: usize, R, Q> DoubleEndedIterator
    for Range<'_, K, V, IC, LC, R, Q>
where
    K: Borrow<Q> + Ord + Clone + Send + 'static,
    Q: Ord + ?Sized + 'static,
    V: Clone + Send + 'static,
    R: RangeBounds<Q>,
{
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        let entry = self.step::<BACKWARD>()?;
        // SAFETY: the walk of this end holds its guard.
        Some(unsafe { clone_entry(entry) })
    }
}

impl<K, V, const IC: usize, const LC: usize, R, Q> FusedIterator for Range<'_, K, V, IC, LC, R, Q>
where
    K: Borrow<Q> + Ord + Clone + Send + 'static,
    Q: Ord + ?Sized + 'static,
    V: Clone + Send + 'static,
    R: RangeBounds<Q>,
{
}

/// The entries of a range, from the last to the first. See [`GenericTree::range_rev`].
pub type RangeRev<'t, K, V, const IC: usize, const LC: usize, R = RangeFull, Q = K> =
    std::iter::Rev<Range<'t, K, V, IC, LC, R, Q>>;

/// All keys, in order. See [`GenericTree::keys`].
pub struct Keys<'t, K: 'static, V: 'static, const IC: usize, const LC: usize>(
    Range<'t, K, V, IC, LC>,
);

/// All values, in the order of their keys. See [`GenericTree::values`].
pub struct Values<'t, K: 'static, V: 'static, const IC: usize, const LC: usize>(
    Range<'t, K, V, IC, LC>,
);

macro_rules! part {
    ($name:ident, $item:ident, $clone:expr) => {
        impl<K, V, const IC: usize, const LC: usize> $name<'_, K, V, IC, LC>
        where
            K: Ord + Send + 'static,
            V: Send + 'static,
            $item: Clone,
        {
            #[inline(always)]
            fn step<const WAY: bool>(&mut self) -> Option<$item> {
                let entry = self.0.step::<WAY>()?;
                // SAFETY: the walk of this end holds its guard.
                Some(unsafe { $clone(entry) })
            }
        }

        impl<K, V, const IC: usize, const LC: usize> Iterator for $name<'_, K, V, IC, LC>
        where
            K: Ord + Send + 'static,
            V: Send + 'static,
            $item: Clone,
        {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.step::<FORWARD>()
            }
        }

        impl<K, V, const IC: usize, const LC: usize> DoubleEndedIterator for $name<'_, K, V, IC, LC>
        where
            K: Ord + Send + 'static,
            V: Send + 'static,
            $item: Clone,
        {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.step::<BACKWARD>()
            }
        }

        impl<K, V, const IC: usize, const LC: usize> fmt::Debug for $name<'_, K, V, IC, LC> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

part!(Keys, K, clone_key);
part!(Values, V, clone_value);

impl<K, V, const IC: usize, const LC: usize, R, Q: ?Sized> fmt::Debug
    for Range<'_, K, V, IC, LC, R, Q>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Range")
    }
}

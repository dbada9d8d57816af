//! A cursor that lends what it comes by.

use std::borrow::Borrow;
use std::fmt;

use crate::bits::Bits;
use crate::key::{self, View};
use crate::tree::GenericTree;
use crate::value;
use crate::walk::{Around, BACKWARD, Entry, FORWARD, Walk};

/// A cursor in the gap between two entries. See [`GenericTree::raw_iter`] and the [module](crate::iter).
pub struct RawSharedIter<'t, K: 'static, V: 'static, const IC: usize, const LC: usize> {
    pub(super) walk: Walk<'t, K, V, IC, LC>,
    /// The entry that was given out last.
    pub(super) entry: Entry,
    /// Its key, to look at.
    pub(super) view: View<K>,
    /// Whether that was by a step that ended in `Some`.
    pub(super) stepped: bool,
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// A cursor before the first entry.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, char> = [(1, 'a'), (3, 'c'), (5, 'e')].into_iter().collect();
    /// let mut iter = tree.raw_iter();
    /// iter.seek(&2);
    /// assert_eq!(iter.next(), Some((&3, &'c')));
    /// tree.remove(&5); // the cursor holds no lock
    /// assert_eq!(iter.next(), None);
    /// assert_eq!(iter.prev(), Some((&3, &'c')));
    /// ```
    pub fn raw_iter(&self) -> RawSharedIter<'_, K, V, IC, LC> {
        RawSharedIter {
            walk: Walk::new(self, Around::First),
            entry: (Bits::NULL, Bits::NULL),
            view: View::NOTHING,
            stepped: false,
        }
    }
}

impl<K, V, const IC: usize, const LC: usize> RawSharedIter<'_, K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Stands before `key`, or where it would be: `next` gives the first entry at or behind it, `prev` the last one before it.
    pub fn seek<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        self.seek_exact(key);
    }

    /// As [`seek`](Self::seek); whether `key` is there.
    pub fn seek_exact<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        self.stepped = false;
        self.walk.seek_between(key, false)
    }

    /// Stands behind `key`, or where it would be: `prev` gives the last entry at or before it, `next` the first one behind it.
    pub fn seek_for_prev<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        self.stepped = false;
        self.walk.seek_between(key, true);
    }

    /// Stands before all entries.
    pub fn seek_to_first(&mut self) {
        self.stepped = false;
        self.walk.place(Around::First);
    }

    /// Stands behind all entries.
    pub fn seek_to_last(&mut self) {
        self.stepped = false;
        self.walk.place(Around::Last);
    }

    /// Goes over the next entry and lends it; nothing at the end, where the cursor stays.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the items are lent")]
    pub fn next(&mut self) -> Option<(&K, &V)> {
        let entry = self.walk.step::<FORWARD>(|_| {});
        self.lend(entry, true)
    }

    /// Goes back over the previous entry and lends it; nothing at the start, where the cursor stays.
    #[inline]
    pub fn prev(&mut self) -> Option<(&K, &V)> {
        let entry = self.walk.step::<BACKWARD>(|_| {});
        self.lend(entry, true)
    }

    /// Lends the next entry without going over it.
    #[inline]
    pub fn peek(&mut self) -> Option<(&K, &V)> {
        let entry = self.walk.peek::<FORWARD>(|_| {});
        self.lend(entry, false)
    }

    /// Lends the previous entry without going over it.
    #[inline]
    pub fn peek_prev(&mut self) -> Option<(&K, &V)> {
        let entry = self.walk.peek::<BACKWARD>(|_| {});
        self.lend(entry, false)
    }

    #[inline(always)]
    fn lend(&mut self, entry: Option<Entry>, stepped: bool) -> Option<(&K, &V)> {
        self.stepped = stepped && entry.is_some();
        self.entry = entry?;
        // SAFETY: validated under the walk's guard, which is held while the references are lent.
        unsafe {
            self.view = key::view(self.entry.0);
            Some((self.view.get(), value::reference(&self.entry.1)))
        }
    }

    /// Calls `visit` with all entries from the next one to the end of its leaf, and stands behind them; whether there may be more.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..1000).map(|i| (i, 1)).collect();
    /// let mut iter = tree.raw_iter();
    /// let mut sum = 0;
    /// while iter.for_each_in_leaf(|_, value| sum += value) {}
    /// assert_eq!(sum, 1000);
    /// ```
    #[inline]
    pub fn for_each_in_leaf(&mut self, mut visit: impl FnMut(&K, &V)) -> bool {
        self.stepped = false;
        self.walk.visit_leaf(|key, value| {
            // SAFETY: validated under the walk's guard.
            let (key, value) = unsafe { (key::view(*key), value::reference(value)) };
            visit(key.get(), value);
        })
    }
}

impl<K, V, const IC: usize, const LC: usize> fmt::Debug for RawSharedIter<'_, K, V, IC, LC> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawSharedIter")
    }
}

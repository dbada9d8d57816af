//! A cursor that also writes.

use std::borrow::Borrow;
use std::fmt;
use std::ops::{Deref, DerefMut};

use super::RawSharedIter;
use crate::bits::Bits;
use crate::key::FreshKey;
use crate::tree::GenericTree;
use crate::value::FreshValue;
use crate::walk::Around;
use crate::write::{Expect, Written};

/// A cursor that inserts and removes at its place. See [`GenericTree::raw_iter_mut`]; it moves as a [`RawSharedIter`], to which it dereferences.
///
/// The name is that of other trees, where such an iterator excludes others. This one excludes nobody: each of its writes is the tree's own, atomic, and holds
/// nothing afterwards.
pub struct RawExclusiveIter<'t, K: 'static, V: 'static, const IC: usize, const LC: usize>(
    RawSharedIter<'t, K, V, IC, LC>,
);

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// A cursor that writes, before the first entry.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..10).map(|i| (i, i)).collect();
    /// let mut iter = tree.raw_iter_mut();
    /// while let Some((key, _)) = iter.next() {
    ///     if key % 2 == 1 {
    ///         iter.remove_here();
    ///     }
    /// }
    /// assert!(tree.keys().eq([0, 2, 4, 6, 8]));
    /// ```
    pub fn raw_iter_mut(&self) -> RawExclusiveIter<'_, K, V, IC, LC> {
        RawExclusiveIter(self.raw_iter())
    }
}

impl<K, V, const IC: usize, const LC: usize> RawExclusiveIter<'_, K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Puts `key` to `value`, wherever the cursor was, and stands before it. Returns a clone of the value that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V>
    where
        V: Clone,
    {
        let old = self.put(key, value)?;
        // SAFETY: taken out under the cursor's guard.
        Some(unsafe { crate::value::reference::<V>(&old) }.clone())
    }

    /// As [`insert`](Self::insert), for values that need not be `Clone`; whether the key is new. To be used where [`seek_exact`](RawSharedIter::seek_exact) did not
    /// find it.
    pub fn insert_here(&mut self, key: K, value: V) -> bool {
        self.put(key, value).is_none()
    }

    fn put(&mut self, key: K, value: V) -> Option<Bits> {
        let (mut key, mut value) = (FreshKey::new(key), FreshValue::new(value));
        let bits = key.bits();
        let walk = &mut self.0.walk;
        let written = walk
            .tree()
            .store(&mut key, &mut value, Expect::Anything, &walk.guard);
        self.0.stepped = false;
        if let Written::Done(Some(old)) = written {
            // The key that is in the tree is another one, which is equal.
            walk.seek_between(key.get(), false);
            return Some(old);
        }
        walk.place(Around::Before(bits));
        None
    }

    /// Takes `key` out, wherever the cursor was, and stands where it was. Returns clones of the key that was stored and its value.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q> + Clone,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        let taken = self
            .0
            .walk
            .tree()
            .take(key, Expect::Anything, &self.0.walk.guard);
        self.0.seek(key);
        // SAFETY: taken under the cursor's guard.
        taken.ok().map(|taken| unsafe { taken.clone_pair() })
    }

    /// Takes out the entry that [`next`](RawSharedIter::next) or [`prev`](RawSharedIter::prev) gave out last, and stands where it was. Returns clones of its key and of
    /// the value that it had by then; nothing if the last move was no such step, or somebody else has taken it out.
    pub fn remove_here(&mut self) -> Option<(K, V)>
    where
        K: Clone,
        V: Clone,
    {
        if !std::mem::take(&mut self.0.stepped) {
            return None;
        }
        let walk = &self.0.walk;
        let key = self.0.view.get();
        let taken = walk.tree().take(key, Expect::Anything, &walk.guard);
        // SAFETY: taken under the cursor's guard.
        taken.ok().map(|taken| unsafe { taken.clone_pair() })
    }

    /// Sets the value of the entry that `next` or `prev` gave out last to what `change` makes of it; whether it is still there.
    pub fn update_here(&mut self, change: impl FnMut(&V) -> V) -> bool
    where
        V: Clone,
    {
        if !self.0.stepped {
            return false;
        }
        let key = self.0.view.get();
        self.0.walk.tree().update(key, change).is_some()
    }
}

impl<'t, K, V, const IC: usize, const LC: usize> Deref for RawExclusiveIter<'t, K, V, IC, LC> {
    type Target = RawSharedIter<'t, K, V, IC, LC>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K, V, const IC: usize, const LC: usize> DerefMut for RawExclusiveIter<'_, K, V, IC, LC> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<K, V, const IC: usize, const LC: usize> fmt::Debug for RawExclusiveIter<'_, K, V, IC, LC> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawExclusiveIter")
    }
}

//! Taking entries out: by key, or the first or the last one.

use std::borrow::Borrow;

use optimistic::Stamp;
use optimistic::backoff::Backoff;
use optimistic::epoch::{self, Guard};

use crate::bits::Bits;
use crate::descend::{Restart, Stamped, Toward};
use crate::key::{self, Probe};
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;
use crate::value;
use crate::write::{Expect, Written};

/// The first or the last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    First,
    Last,
}

/// An entry that was taken out: retired, but still there while the guard is held.
pub(crate) struct Taken {
    key: Bits,
    pub value: Bits,
}

impl Taken {
    /// Clones of key and value.
    ///
    /// # Safety
    /// The guard under which the entry was taken is still held, and the types are the tree's.
    pub unsafe fn clone_pair<K: Clone + 'static, V: Clone + 'static>(&self) -> (K, V) {
        // SAFETY: as the caller promises (F4).
        unsafe {
            (
                key::view::<K>(self.key).get().clone(),
                value::reference::<V>(&self.value).clone(),
            )
        }
    }
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Takes `key` out and returns a clone of its value.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = [(1, 10)].into_iter().collect();
    /// assert_eq!((tree.remove(&1), tree.remove(&1)), (Some(10), None));
    /// ```
    #[inline]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        let guard = epoch::pin();
        let taken = self.take(key, Expect::Anything, &guard).ok()?;
        // SAFETY: taken under the guard, which is still held.
        Some(unsafe { value::reference::<V>(&taken.value) }.clone())
    }

    /// Takes `key` out; whether it was there. For values that need not be `Clone`.
    #[inline]
    pub fn remove_defer<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        self.take(key, Expect::Anything, &epoch::pin()).is_ok()
    }

    /// Takes `key` out and returns clones of the key that was stored and its value.
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q> + Clone,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        let guard = epoch::pin();
        let taken = self.take(key, Expect::Anything, &guard).ok()?;
        // SAFETY: taken under the guard, which is still held.
        Some(unsafe { taken.clone_pair() })
    }

    /// Takes out the first entry, as one step: it was the first when it was taken.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<_, _> = [(1, 'a'), (2, 'b')].into_iter().collect();
    /// assert_eq!(tree.pop_first(), Some((1, 'a')));
    /// assert_eq!(tree.pop_last(), Some((2, 'b')));
    /// assert_eq!(tree.pop_first(), None);
    /// ```
    pub fn pop_first(&self) -> Option<(K, V)>
    where
        K: Clone,
        V: Clone,
    {
        self.pop(Edge::First)
    }

    /// Takes out the last entry, as one step: it was the last when it was taken.
    pub fn pop_last(&self) -> Option<(K, V)>
    where
        K: Clone,
        V: Clone,
    {
        self.pop(Edge::Last)
    }

    fn pop(&self, edge: Edge) -> Option<(K, V)>
    where
        K: Clone,
        V: Clone,
    {
        let guard = epoch::pin();
        let taken = self.take_edge(edge, &guard)?;
        // SAFETY: taken under the guard, which is still held.
        Some(unsafe { taken.clone_pair() })
    }

    /// Takes the entry at an edge out, and retires it.
    fn take_edge(&self, edge: Edge, guard: &Guard) -> Option<Taken> {
        loop {
            let ((leaf, stamp), len) = self.edge_leaf(edge, guard)?;
            let index = match edge {
                Edge::First => 0,
                Edge::Last => len - 1,
            };
            if let Ok(Ok(taken)) = self.take_at((leaf, stamp), index, Expect::Anything, guard) {
                if len == 1 {
                    self.settle_edge(edge, guard);
                }
                return Some(taken);
            }
        }
    }

    /// The leaf at an edge, which is not empty, and its number of entries; nothing if the tree is empty. Helps to unlink empty ones.
    pub(crate) fn edge_leaf<'g>(
        &self,
        edge: Edge,
        guard: &'g Guard,
    ) -> Option<(Stamped<'g, K, V, LC>, usize)> {
        let toward = match edge {
            Edge::First => Toward::First,
            Edge::Last => Toward::Last,
        };
        let backoff = Backoff::new();
        loop {
            let (leaf, stamp) = self.descend::<K>(toward, guard);
            let len = leaf.len();
            let alone = leaf.next().is_null() && leaf.prev().is_null();
            if !leaf.version().validate(stamp) {
                continue;
            }
            if len > 0 {
                return Some(((leaf, stamp), len));
            }
            if alone && self.is_root(leaf, stamp) {
                return None;
            }
            if self.unlink_once::<K>(toward, guard).is_err() {
                backoff.snooze();
            }
        }
    }

    /// Whether a leaf was the root, and the same as at `stamp`.
    fn is_root(&self, leaf: Leaf<'_, K, V, LC>, stamp: Stamp) -> bool {
        self.root.load(optimistic::order::FOLLOW_NODE) == leaf.as_raw()
            && leaf.version().validate(stamp)
    }

    /// After a removal at an edge: unlinks the leaf there if it is empty.
    fn settle_edge(&self, edge: Edge, guard: &Guard) {
        let toward = match edge {
            Edge::First => Toward::First,
            Edge::Last => Toward::Last,
        };
        self.unlink_empty::<K>(toward, guard);
    }

    /// Takes `key` out if its value is what is expected, and retires both. What was found otherwise.
    pub(crate) fn take<Q>(
        &self,
        key: &Q,
        expect: Expect,
        guard: &Guard,
    ) -> Result<Taken, Option<Bits>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        let probe = Probe::<K, _>::new(key);
        let backoff = Backoff::new();
        loop {
            let located = self.locate(&probe, guard);
            let taken = match located.present() {
                Ok(Some(index)) => {
                    let found = (located.leaf, located.stamp);
                    self.take_at(found, index, expect, guard)
                }
                Ok(None) => return Err(None),
                Err(Restart) => Err(Restart),
            };
            match taken {
                Ok(Ok(taken)) => {
                    self.shrink(Toward::Key(&probe), located.len - 1, guard);
                    return Ok(taken);
                }
                Ok(Err(found)) => return Err(Some(found)),
                Err(Restart) => backoff.snooze(),
            }
        }
    }

    /// Takes the entry out that was at `index` at `stamp`, and retires it.
    pub(crate) fn take_at(
        &self,
        (leaf, stamp): Stamped<'_, K, V, LC>,
        index: usize,
        expect: Expect,
        guard: &Guard,
    ) -> Result<Result<Taken, Bits>, Restart> {
        let mut lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        let taken = Taken {
            key: leaf.keys().get(index),
            value: leaf.value(index),
        };
        if !expect.admits(Some(taken.value)) {
            return Ok(Err(taken.value));
        }
        lock.mark_change();
        leaf.remove(index);
        drop(lock);
        self.count(-1);
        // SAFETY: both are out of their slots, which only the holder of the lock could take them from.
        unsafe {
            key::retire::<K>(taken.key, guard);
            value::retire::<V>(taken.value, guard);
        }
        Ok(Ok(taken))
    }

    /// Takes `key` out if `condition` holds for its value. Returns a clone of the value taken out.
    ///
    /// `condition` may run again when others write meanwhile.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = [(1, 10)].into_iter().collect();
    /// assert_eq!(tree.remove_if(&1, |value| *value > 10), None);
    /// assert_eq!(tree.remove_if(&1, |value| *value == 10), Some(10));
    /// ```
    pub fn remove_if<Q>(&self, key: &Q, mut condition: impl FnMut(&V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        let guard = epoch::pin();
        let mut seen = self.find(&Probe::<K, _>::new(key), &guard);
        loop {
            let bits = seen?;
            // SAFETY: validated under the guard.
            let value = unsafe { value::reference::<V>(&bits) };
            if !condition(value) {
                return None;
            }
            match self.take(key, Expect::Value(bits), &guard) {
                Ok(_) => return Some(value.clone()),
                Err(found) => seen = found,
            }
        }
    }
}

impl Written {
    /// Whether it was done, and what was found.
    pub fn into_result(self) -> Result<Option<Bits>, Option<Bits>> {
        match self {
            Self::Done(old) => Ok(old),
            Self::Refused(found) => Err(found),
        }
    }
}

//! Leaves that shrink: merged with a sibling, or unlinked when they are empty.

use std::borrow::Borrow;
use std::ptr::NonNull;

use optimistic::Locked;
use optimistic::backoff::Backoff;
use optimistic::epoch::Guard;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};

use crate::bits::Bits;
use crate::descend::{Path, Restart, Step, Toward};
use crate::key;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// After a removal that left `len` entries in the leaf toward which a descent goes.
    #[inline(always)]
    pub(crate) fn shrink<Q>(&self, toward: Toward<'_, '_, K, Q>, len: usize, guard: &Guard)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if len == 0 {
            self.unlink_empty(toward, guard);
        } else if len <= LC / 4 {
            // Merging saves room and nothing else: not now is soon enough.
            let _ = self.merge_once(toward, guard);
        }
    }

    /// Unlinks the leaf until it is gone or somebody has filled it again.
    #[cold]
    pub(crate) fn unlink_empty<Q>(&self, toward: Toward<'_, '_, K, Q>, guard: &Guard)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let backoff = Backoff::new();
        while self.unlink_once(toward, guard).is_err() {
            backoff.snooze();
        }
    }

    /// Unlinks the leaf if it is empty and not the root.
    ///
    /// Locks the leaf, its left neighbour, and upward to the first inner node that keeps another child.
    pub(crate) fn unlink_once<Q>(
        &self,
        toward: Toward<'_, '_, K, Q>,
        guard: &Guard,
    ) -> Result<(), Restart>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (path, (leaf, stamp)) = self.descend_path(toward, guard)?;
        if leaf.len() > 0 || path.is_empty() {
            return if leaf.version().validate(stamp) {
                Ok(())
            } else {
                Err(Restart)
            };
        }
        let mut lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        let (mut locks, lonely) = lock_lonely(&path)?;
        let Some(kept) = path.len().checked_sub(lonely + 1) else {
            // No inner node has another child: the leaf takes the place of the root.
            return self.lift(path, leaf.as_raw(), &mut locks, guard);
        };
        let keeper = &path[kept];
        let left = leaf.prev();
        // SAFETY: a neighbour loaded under the guard (F3, F4).
        let left = unsafe { Leaf::<K, V, LC>::neighbour(left) };
        let left_lock = match left {
            Some(left) => {
                let left_lock = left.version().try_lock().ok_or(Restart)?;
                if left.next() != leaf.as_raw() || leaf.prev() != left.as_raw() {
                    return Err(Restart);
                }
                Some(left_lock)
            }
            None => None,
        };
        let next = leaf.next();

        lock.mark_deleted();
        let mut keeper_lock = locks.pop().ok_or(Restart)?;
        for lock in &mut locks {
            lock.mark_deleted();
        }
        keeper_lock.mark_change();
        if let (Some(left), Some(mut left_lock)) = (left, left_lock) {
            left_lock.mark_change();
            left.set_next(next);
        }
        // SAFETY: `leaf` is the left neighbour of `next` and locked, so `next` is not unlinked.
        if let Some(next) = unsafe { Leaf::<K, V, LC>::neighbour(next) } {
            next.set_prev(left.map_or(std::ptr::null_mut(), Leaf::as_raw));
        }
        let separator = keeper.inner.remove_child(keeper.index);
        let collapsed = self.collapse(keeper, &mut keeper_lock);
        drop((lock, locks, keeper_lock));
        // SAFETY: all of these are unlinked, marked, and this is the thread that did it.
        unsafe {
            key::retire::<K>(separator, guard);
            self.retire_leaf(leaf, guard);
            for step in &path[kept + 1..] {
                self.retire_inner(step.inner, guard);
            }
            if collapsed {
                self.retire_inner(keeper.inner, guard);
            }
        }
        Ok(())
    }

    /// Puts `only` in the place of the root: every inner node on the way to it has one child.
    fn lift(
        &self,
        path: Path<'_, K, IC>,
        only: *mut crate::node::Node,
        locks: &mut Vec<Locked<'_>>,
        guard: &Guard,
    ) -> Result<(), Restart> {
        if path.first().map(|step| step.inner.as_raw()) != Some(self.root.load(FOLLOW_NODE)) {
            return Err(Restart);
        }
        for lock in locks.iter_mut() {
            lock.mark_deleted();
        }
        self.root.store(only, PUBLISH_NODE);
        locks.clear();
        for step in path {
            // SAFETY: no longer reachable from the root, marked, and retired by the thread that did it.
            unsafe { self.retire_inner(step.inner, guard) };
        }
        Ok(())
    }

    /// If a locked node is the root and has one child left, that takes its place. Whether it did; then the caller retires the node.
    fn collapse(&self, step: &Step<'_, K, IC>, lock: &mut Locked<'_>) -> bool {
        let inner = step.inner;
        if inner.len() > 0 || self.root.load(FOLLOW_NODE) != inner.as_raw() {
            return false;
        }
        lock.mark_deleted();
        self.root.store(inner.child(0), PUBLISH_NODE);
        true
    }

    /// Merges the leaf with a sibling under the same parent, if both together fill at most half a leaf.
    #[cold]
    fn merge_once<Q>(&self, toward: Toward<'_, '_, K, Q>, guard: &Guard) -> Result<(), Restart>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (path, (leaf, stamp)) = self.descend_path(toward, guard)?;
        let Some(parent) = path.last() else {
            return Ok(());
        };
        let children = parent.inner.len() + 1;
        let (sibling, right_index) = match parent.index {
            index if index + 1 < children => (parent.inner.child(index + 1), index + 1),
            0 => return Ok(()),
            index => (parent.inner.child(index - 1), index),
        };
        let sibling = NonNull::new(sibling).ok_or(Restart)?;
        // SAFETY: a child of a node above the leaves, loaded under the guard (F3, F4).
        let sibling: Leaf<'_, K, V, LC> = unsafe { self.leaf(sibling) };
        if leaf.len() + sibling.len() > LC / 2 {
            return Ok(());
        }
        let lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        let mut parent_lock = parent
            .inner
            .version()
            .try_lock_if(parent.stamp)
            .ok_or(Restart)?;
        let sibling_lock = sibling.version().try_lock().ok_or(Restart)?;
        if leaf.len() + sibling.len() > LC / 2 {
            return Ok(());
        }
        let (left, mut left_lock, right, mut right_lock) = if right_index == parent.index {
            (sibling, sibling_lock, leaf, lock)
        } else {
            (leaf, lock, sibling, sibling_lock)
        };

        right_lock.mark_deleted();
        left_lock.mark_change();
        parent_lock.mark_change();
        left.append(right, 0);
        let next = right.next();
        left.set_next(next);
        // SAFETY: `right` is the left neighbour of `next` and locked, so `next` is not unlinked.
        if let Some(next) = unsafe { Leaf::<K, V, LC>::neighbour(next) } {
            next.set_prev(left.as_raw());
        }
        let separator: Bits = parent.inner.remove_child(right_index);
        let collapsed = self.collapse(parent, &mut parent_lock);
        drop((left_lock, right_lock, parent_lock));
        // SAFETY: the right leaf, and the parent if it collapsed, are unlinked and marked, and this is the thread that did it; so is the separator.
        unsafe {
            key::retire::<K>(separator, guard);
            self.retire_leaf(right, guard);
            if collapsed {
                self.retire_inner(parent.inner, guard);
            }
        }
        Ok(())
    }
}

/// Locks from the lowest inner node up to the first that has another child; how many of them have none.
fn lock_lonely<'g, K: 'static, const IC: usize>(
    path: &Path<'g, K, IC>,
) -> Result<(Vec<Locked<'g>>, usize), Restart> {
    let mut locks = Vec::with_capacity(2);
    for (lonely, step) in path.iter().rev().enumerate() {
        locks.push(
            step.inner
                .version()
                .try_lock_if(step.stamp)
                .ok_or(Restart)?,
        );
        if step.inner.len() > 0 {
            return Ok((locks, lonely));
        }
    }
    Ok((locks, path.len()))
}

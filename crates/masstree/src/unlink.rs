//! How an empty leaf leaves its layer, and an empty layer the leaf above.
//!
//! Locks go up from the empty leaf; only the first one waits. Every lock after it is tried once, and a failure starts the removal's
//! clean-up again.

use std::ptr::{self, NonNull};

use optimistic::Locked;
use optimistic::order::PUBLISH_NODE;
use optimistic::sync::Ordering::Relaxed;

use crate::descend::{Path, Restart, Stamped, Toward};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::inner::{InnerRef, free_inner};
use crate::node::layer::{Layer, free_layer};
use crate::node::leaf::{Leaf, free_leaf};
use crate::remove::Visited;
use crate::split::hangs_on;
use crate::storage::Storage;

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Unlinks the leaf if it is empty. Whether the clean-up is done; if not, something above may be empty now.
    pub(crate) fn unlink<'g>(
        &'g self,
        layers: &[Visited<'g, '_>],
        (leaf, _): Stamped<'g>,
        guard: &'g Guard<'_>,
    ) -> Result<bool, Restart> {
        let &(anchor, rest) = layers.last().ok_or(Restart)?;
        let (path, (found, stamp)) = self.descend_path(anchor, Part::of(rest))?;
        if found != leaf {
            return Err(Restart);
        }
        let lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        if leaf.len() > 0 {
            return Ok(true);
        }
        if !path.is_empty() {
            self.unlink_leaf(anchor, &path, leaf, lock, guard)?;
            return Ok(false);
        }
        match layers {
            [_] => Ok(true),
            [.., (above, above_rest), _] => {
                self.unlink_layer(above, above_rest, leaf, lock, guard)?;
                Ok(false)
            }
            [] => Err(Restart),
        }
    }

    /// Takes an empty leaf with an inner node above it out of its layer.
    fn unlink_leaf<'g>(
        &self,
        anchor: &'g crate::node::Anchor,
        path: &Path<'g, I>,
        leaf: Leaf<'g>,
        mut lock: Locked<'g>,
        guard: &Guard<'_>,
    ) -> Result<(), Restart> {
        let (mut locks, keeper) = lock_to_keeper(path)?;
        let top = path.first().ok_or(Restart)?.0;
        let dying = path
            .get(keeper.map_or(0, |level| level + 1)..)
            .unwrap_or_default();
        let Some(keeper) = keeper else {
            // All inner nodes have this one child: the leaf takes the root's place and stays, empty.
            if !hangs_on(anchor, top.as_node()) {
                return Err(Restart);
            }
            locks.iter_mut().for_each(Locked::mark_deleted);
            anchor.store(leaf.as_node(), PUBLISH_NODE);
            drop(locks);
            self.retire_inners(dying, guard);
            return Ok(());
        };
        let (inner, _) = path[keeper];
        let target = dying
            .first()
            .map_or(leaf.as_node(), |(child, _)| child.as_node());
        // The lock was taken at the version at which the path led from here to the target.
        let index = (0..=inner.len())
            .find(|&i| inner.child(i) == target)
            .ok_or(Restart)?;
        let collapses = keeper == 0 && inner.len() == 1;
        if collapses && !hangs_on(anchor, inner.as_node()) {
            return Err(Restart);
        }
        let previous = lock_previous(leaf)?;

        // Nothing can fail from here on.
        let (keeper_lock, dying_locks) = locks.split_last_mut().ok_or(Restart)?;
        lock.mark_deleted();
        dying_locks.iter_mut().for_each(Locked::mark_deleted);
        let next = leaf.next();
        // SAFETY: the right neighbour of a locked leaf is not unlinked before that leaf's lock is free.
        if let Some(next) = unsafe { Leaf::neighbour(next) } {
            next.set_prev(leaf.prev());
        }
        let previous_lock = previous.map(|(previous, mut previous_lock)| {
            previous_lock.mark_change();
            previous.set_next(next);
            previous_lock
        });
        if collapses {
            keeper_lock.mark_deleted();
            anchor.store(inner.child(1 - index), PUBLISH_NODE);
        } else {
            keeper_lock.mark_change();
            inner.remove_child(index);
        }
        drop((lock, previous_lock));
        drop(locks);
        leaf.discount(&self.account);
        // SAFETY: out of its parent, its neighbours' pointers and marked: no later pin reaches it, and only this unlink retires it.
        unsafe { guard.epoch.retire(leaf.as_raw(), free_leaf) };
        self.retire_inners(dying, guard);
        if collapses {
            self.retire_inners(&path[..1], guard);
        }
        event!("leaf unlinked", inner_nodes = dying.len());
        Ok(())
    }

    fn retire_inners(&self, nodes: &[(InnerRef<'_, I>, optimistic::Stamp)], guard: &Guard<'_>) {
        for (node, _) in nodes {
            node.discount(&self.account);
            // SAFETY: out of its parent or anchor, and marked; only the unlink that did so retires it.
            unsafe { guard.epoch.retire(node.as_raw(), free_inner::<I>) };
        }
    }

    /// Takes a layer whose only leaf is empty, and locked, out of the leaf above.
    fn unlink_layer<'g>(
        &self,
        above: &'g crate::node::Anchor,
        above_rest: &[u8],
        root: Leaf<'g>,
        mut lock: Locked<'g>,
        guard: &Guard<'_>,
    ) -> Result<(), Restart> {
        let part = Part::of(above_rest);
        let (leaf, stamp) = self.descend(above, Toward::Part(part))?;
        let mut above_lock = leaf.version().try_lock_if(stamp).ok_or(Restart)?;
        let slot = leaf.find_layer(part.slice).ok_or(Restart)?;
        // SAFETY: the leaf is locked, so kind and word belong together and the layer is in the map.
        let layer = unsafe { Layer::from_word(leaf.word(slot)) };
        if !hangs_on(layer.anchor(), root.as_node()) {
            return Err(Restart);
        }
        above_lock.mark_change();
        lock.mark_deleted();
        layer.anchor().store(ptr::null_mut(), Relaxed);
        leaf.remove(slot);
        drop((lock, above_lock));
        layer.discount(&self.account);
        root.discount(&self.account);
        // SAFETY: the slot was the only way to the layer, the anchor the only way to its leaf; only this unlink retires them.
        unsafe {
            guard.epoch.retire(layer.into_word().cast(), free_layer);
            guard.epoch.retire(root.as_raw(), free_leaf);
        }
        event!("layer unlinked");
        Ok(())
    }
}

/// Locks upward to the first inner node that keeps a child, and its level in the path; none if no node does.
fn lock_to_keeper<'g, const I: usize>(
    path: &Path<'g, I>,
) -> Result<(Vec<Locked<'g>>, Option<usize>), Restart> {
    let mut locks = Vec::with_capacity(2);
    for (level, (inner, stamp)) in path.iter().enumerate().rev() {
        locks.push(inner.get().version().try_lock_if(*stamp).ok_or(Restart)?);
        if inner.len() > 0 {
            return Ok((locks, Some(level)));
        }
    }
    Ok((locks, None))
}

/// Locks the left neighbour of a locked leaf, if it has one.
fn lock_previous(leaf: Leaf<'_>) -> Result<Option<(Leaf<'_>, Locked<'_>)>, Restart> {
    let Some(pointer) = NonNull::new(leaf.prev()) else {
        return Ok(None);
    };
    // SAFETY: loaded under a guard; a left neighbour is unlinked only after this leaf's `prev` has been changed (I3).
    let previous = unsafe { Leaf::from_raw(pointer.cast()) };
    let lock = previous.version().try_lock().ok_or(Restart)?;
    // Under its lock, `next` and the neighbour's `prev` stand still.
    if previous.next() != leaf.as_raw() {
        return Err(Restart);
    }
    Ok(Some((previous, lock)))
}

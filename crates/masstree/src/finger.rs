//! A finger: the leaf of the first layer where the last lookup under a guard ended, and the slices that it covers.
//!
//! Lookups that follow each other in order, or that come back to one key, find their leaf without a descent. A leaf's range shrinks only by a
//! split or by its end, and both show in its version (I6); so as long as they do not, it covers what it covered. The finger lives in the
//! guard, which keeps the leaf allocated, and counts only for the map that made the guard, because another map may be dropped before the guard.

use std::ptr::{self, NonNull};

use optimistic::Stamp;

use crate::descend::{Restart, Stamped};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::Node;
use crate::node::leaf::Leaf;
use crate::storage::Storage;

/// After so many lookups in a row that it has not helped, only one in as many moves the finger: the others seem to be of no order, and what a leaf covers takes
/// longer to find out than anything else in an inner node.
pub(crate) const PATIENCE: u32 = 8;

/// See the module. Of slices the first and the last.
#[derive(Clone, Copy)]
pub(crate) struct Finger {
    leaf: NonNull<Node>,
    stamp: Stamp,
    first: u64,
    last: u64,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The leaf of the first layer that covers the slice of `part`.
    #[inline]
    pub(crate) fn locate<'g>(
        &'g self,
        part: Part,
        guard: &'g Guard<'_>,
    ) -> Result<Stamped<'g>, Restart> {
        if let Some(finger) = guard.finger.get()
            && finger.first <= part.slice
            && part.slice <= finger.last
            && ptr::eq(guard.owner, ptr::from_ref(self).cast())
        {
            // SAFETY: put there under this guard, which has been held since, by this map, which the guard cannot outlive (I4).
            let leaf = unsafe { Leaf::from_raw(finger.leaf) };
            let stamp = leaf.version().stable();
            if finger.stamp.same_range(stamp) {
                guard.misses.set(0);
                return Ok((leaf, stamp));
            }
        }
        let misses = guard.misses.get();
        guard.misses.set(misses.wrapping_add(1));
        let moves = (misses < PATIENCE || misses.is_multiple_of(PATIENCE))
            && ptr::eq(guard.owner, ptr::from_ref(self).cast());
        let ((leaf, stamp), (first, last)) = self.descend_covering(&self.root, part, moves)?;
        if moves && let Some(node) = NonNull::new(leaf.as_node()) {
            guard.finger.set(Some(Finger {
                leaf: node,
                stamp,
                first: first.unwrap_or_else(|| first_of(leaf, part.slice)),
                last: last.unwrap_or_else(|| last_of((leaf, stamp), part.slice)),
            }));
        }
        Ok((leaf, stamp))
    }
}

/// The first slice that a leaf covers for sure, which covers `slice` and is the first child of its node.
///
/// Nothing is to the left of a leaf without a left neighbour, and nothing will be. When its last left neighbour goes, that one is marked before
/// `prev` changes, and nobody is let into it again.
#[cold]
fn first_of(leaf: Leaf<'_>, slice: u64) -> u64 {
    if leaf.prev().is_null() { 0 } else { slice }
}

/// The last slice that a leaf covers for sure, which covers `slice` and is the last child of its node.
#[cold]
fn last_of((leaf, stamp): Stamped<'_>, slice: u64) -> u64 {
    if leaf.next().is_null() && leaf.version().validate(stamp) {
        u64::MAX
    } else {
        slice
    }
}

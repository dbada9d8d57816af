//! What a walk asks the memory for before it gets there.
//!
//! The next leaf is known from a leaf's neighbour pointer, but only once that leaf has come: one wait a leaf. The inner node above knows
//! the leaves after that one too, so a walk keeps its place there. All of it is hints: nothing read here is validated or returned.

use std::ptr::NonNull;

use crate::node::inner::InnerRef;
use crate::node::leaf::Leaf;

/// How many leaves ahead are asked for.
const DISTANCE: usize = 4;

/// A place in the inner node above a walk's leaf.
pub(crate) struct Ahead<'g, const I: usize> {
    parent: InnerRef<'g, I>,
    index: usize,
}

impl<'g, const I: usize> Ahead<'g, I> {
    /// At the child `index` of `parent`, whose children are leaves; asks for those that follow.
    #[inline]
    pub fn start<const WAY: bool>(parent: InnerRef<'g, I>, index: usize) -> Self {
        let ahead = Self { parent, index };
        for distance in 1..=DISTANCE {
            if let Some(leaf) = ahead.leaf::<WAY>(distance) {
                Leaf::prefetch(leaf.as_node(), false);
            }
        }
        ahead
    }

    /// Goes on to the next leaf; whether it hangs on the same node.
    #[inline]
    pub fn advance<const WAY: bool>(&mut self) -> bool {
        let Some(index) = self.at::<WAY>(1) else {
            return false;
        };
        self.index = index;
        if let Some(far) = self.leaf::<WAY>(DISTANCE) {
            Leaf::prefetch(far.as_node(), false);
        }
        if let Some(near) = self.leaf::<WAY>(1) {
            near.prefetch_tails();
            near.prefetch_targets(&near.order());
        }
        true
    }

    #[inline]
    fn at<const WAY: bool>(&self, distance: usize) -> Option<usize> {
        if WAY {
            Some(self.index + distance).filter(|&index| index <= self.parent.len())
        } else {
            self.index.checked_sub(distance)
        }
    }

    #[inline]
    fn leaf<const WAY: bool>(&self, distance: usize) -> Option<Leaf<'g>> {
        let child = NonNull::new(self.parent.child(self.at::<WAY>(distance)?))?;
        // SAFETY: a non-null child pointer loaded under a guard is allocated (I3), and below this node are leaves.
        Some(unsafe { Leaf::from_raw(child) })
    }
}

//! Whether a tree is in order.

use std::ptr::NonNull;

use optimistic::epoch;
use optimistic::order::FOLLOW_NODE;

use crate::bits::Bits;
use crate::error::{Error, Result};
use crate::key;
use crate::node::Node;
use crate::node::keys::Keys;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

/// What a walk over all nodes has seen so far.
struct Tour<'g, K, V, const LC: usize> {
    last_leaf: Option<Leaf<'g, K, V, LC>>,
    entries: usize,
}

/// The keys between which all keys of a node have to be: the lower one included.
type Fences = (Option<Bits>, Option<Bits>);

fn demand(holds: bool, what: &'static str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::InvariantViolation(what))
    }
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Looks at every node: keys in order and between their separators, levels even, links whole, the counter right.
    ///
    /// Nobody may write meanwhile, or what it says is worth nothing.
    ///
    /// # Errors
    /// [`Error::InvariantViolation`] with the first thing that is wrong.
    pub fn check_invariants(&self) -> Result<()> {
        let _guard = epoch::pin();
        let root = self.root.load(FOLLOW_NODE);
        let height = self.height() as u32 - 1;
        let mut tour = Tour {
            last_leaf: None,
            entries: 0,
        };
        self.check_node(root, height, (None, None), &mut tour)?;
        let last = tour.last_leaf.map_or(std::ptr::null_mut(), Leaf::next);
        demand(last.is_null(), "the last leaf has a right neighbour")?;
        demand(
            tour.entries == self.len(),
            "the counter differs from the number of entries",
        )
    }

    /// As [`check_invariants`](Self::check_invariants).
    ///
    /// # Panics
    /// If something is wrong.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..1000).map(|i| (i, i)).collect();
    /// tree.assert_invariants();
    /// ```
    #[track_caller]
    pub fn assert_invariants(&self) {
        if let Err(error) = self.check_invariants() {
            panic!("{error}");
        }
    }

    fn check_node<'g>(
        &self,
        node: *mut Node,
        height: u32,
        fences: Fences,
        tour: &mut Tour<'g, K, V, LC>,
    ) -> Result<()> {
        let node = NonNull::new(node).ok_or(Error::InvariantViolation("a child is missing"))?;
        // SAFETY: loaded under the caller's guard (F3, F4).
        let header = unsafe { node.as_ref() };
        let stamp = header.version().stable();
        demand(header.height() == height, "levels are uneven")?;
        demand(
            stamp.is_leaf() == (height == 0),
            "a version is of another kind than its node",
        )?;
        demand(!stamp.is_deleted(), "a deleted node can be reached")?;
        if height == 0 {
            // SAFETY: a leaf, and alive as above.
            return self.check_leaf(unsafe { self.leaf(node) }, fences, tour);
        }
        // SAFETY: not a leaf, and alive as above.
        let inner = unsafe { self.inner(node) };
        let len = inner.len();
        check_keys(inner.keys(), len, IC, fences)?;
        for index in 0..=len {
            let low = index.checked_sub(1).map(|i| inner.keys().get(i));
            let high = (index < len).then(|| inner.keys().get(index));
            let child = (low.or(fences.0), high.or(fences.1));
            self.check_node(inner.child(index), height - 1, child, tour)?;
        }
        demand(
            (len + 1..=IC).all(|index| inner.child(index).is_null()),
            "an unused child is not null",
        )
    }

    fn check_leaf<'g>(
        &self,
        leaf: Leaf<'g, K, V, LC>,
        fences: Fences,
        tour: &mut Tour<'g, K, V, LC>,
    ) -> Result<()> {
        let len = leaf.len();
        check_keys(leaf.keys(), len, LC, fences)?;
        demand(
            (len..LC).all(|index| leaf.value(index) == Bits::NULL),
            "an unused value is not null",
        )?;
        let prev = tour.last_leaf.map_or(std::ptr::null_mut(), Leaf::as_raw);
        demand(leaf.prev() == prev, "a left neighbour is another one")?;
        let next = tour.last_leaf.map_or(leaf.as_raw(), Leaf::next);
        demand(next == leaf.as_raw(), "a right neighbour is another one")?;
        tour.last_leaf = Some(leaf);
        tour.entries += len;
        Ok(())
    }
}

fn check_keys<K: Ord + 'static, const N: usize>(
    keys: Keys<'_, K, N>,
    len: usize,
    capacity: usize,
    (low, high): Fences,
) -> Result<()> {
    let mut before = low;
    for index in 0..len {
        let bits = keys.get(index);
        demand(!key::is_null::<K>(&bits), "a key is missing")?;
        demand(keys.fits(&bits), "a key is not as its node needs it")?;
        // SAFETY: a slot in use, under the caller's guard, and nobody writes.
        let view = unsafe { key::view::<K>(bits) };
        if let Some(before) = before {
            // SAFETY: as above.
            let before = unsafe { key::view::<K>(before) };
            // A leaf's first key may be its lower separator, and so may no other.
            demand(
                before.get() < view.get() || (index == 0 && before.get() == view.get()),
                "keys are not in order",
            )?;
        }
        if let Some(high) = high {
            // SAFETY: as above.
            let high = unsafe { key::view::<K>(high) };
            demand(view.get() < high.get(), "a key is above its node's range")?;
        }
        before = Some(bits);
    }
    demand(
        (len..capacity).all(|index| keys.get(index) == Bits::NULL),
        "an unused key is not null",
    )
}

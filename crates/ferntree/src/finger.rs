//! Where a thread was last: a descent is left out if the one before it ended in the leaf that is sought.
//!
//! Each thread remembers one leaf, and tries it first once two descents in a row have ended there: keys in order and keys that are hot are found without a descent,
//! and keys at random pay for a comparison. A leaf is only looked at while it is certain to be there (F10).

use std::borrow::Borrow;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64 as Counter, Ordering::Relaxed};

use optimistic::Stamp;
use optimistic::epoch::Guard;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};
use optimistic::sync::{AtomicU64, thread_local};

use crate::bits::Bits;
use crate::descend::{Restart, Stamped, Toward};
use crate::key::Probe;
use crate::node::Node;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

/// The time between two retirements of leaves of a tree: a number that no other tree has, and that never comes again.
#[derive(Debug)]
pub(crate) struct Era(AtomicU64);

impl Era {
    pub fn new() -> Self {
        Self(AtomicU64::new(Self::fresh()))
    }

    fn fresh() -> u64 {
        static NEXT: Counter = Counter::new(1);
        NEXT.fetch_add(1, Relaxed)
    }

    /// Ends the era: leaves remembered in it are looked at no more.
    pub fn end(&self) {
        self.0.swap(Self::fresh(), PUBLISH_NODE);
    }
}

/// A remembered leaf.
struct Finger {
    /// The tree's era before the descent that ended in the leaf; 0, which no tree has, until two in a row have.
    era: Cell<u64>,
    leaf: Cell<NonNull<Node>>,
}

impl Finger {
    const fn new() -> Self {
        Self {
            era: Cell::new(0),
            leaf: Cell::new(NonNull::dangling()),
        }
    }
}

#[cfg(not(any(loom, shuttle)))]
thread_local!(static FINGER: Finger = const { Finger::new() });
#[cfg(any(loom, shuttle))]
thread_local!(static FINGER: Finger = Finger::new());

impl<K: 'static, V: 'static, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC> {
    /// The leaf that covers a key, and where the key is there; all to be validated.
    #[inline(always)]
    pub(crate) fn locate<'g, Q>(
        &self,
        probe: &Probe<'_, K, Q>,
        guard: &'g Guard,
    ) -> Located<'g, K, V, LC>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let era = self.era.0.load(FOLLOW_NODE);
        if let Some(near) = self.near(era, guard) {
            let located = Located::search(near, probe);
            if located.leaf.covers(located.place, located.len) {
                return located;
            }
        }
        Located::search(self.approach(probe, era, guard), probe)
    }

    /// The leaf in which this thread's last descents ended, if it is in the tree. It need not cover what is looked for.
    #[inline(always)]
    fn near<'g>(&self, era: u64, _guard: &'g Guard) -> Option<Stamped<'g, K, V, LC>> {
        let raw = FINGER.with(|finger| (finger.era.get() == era).then(|| finger.leaf.get()))?;
        // SAFETY: a leaf of this tree, and none was retired before the guard was taken since a descent ended in it (F10).
        let leaf: Leaf<'g, K, V, LC> = unsafe { self.leaf(raw) };
        let stamp = leaf.version().stable();
        (!stamp.is_deleted()).then_some((leaf, stamp))
    }

    /// Goes down to the leaf that covers a key, and remembers it, in an era that has been loaded before.
    #[inline(always)]
    fn approach<'g, Q>(
        &self,
        probe: &Probe<'_, K, Q>,
        era: u64,
        guard: &'g Guard,
    ) -> Stamped<'g, K, V, LC>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (leaf, stamp) = self.descend(Toward::Key(probe), guard);
        FINGER.with(|finger| {
            let again = finger.leaf.replace(leaf.as_node()) == leaf.as_node();
            finger.era.set(if again { era } else { 0 });
        });
        (leaf, stamp)
    }
}

/// A leaf at a version, how many entries it had, and where a key is among them; nothing if somebody changed it meanwhile.
pub(crate) struct Located<'g, K, V, const LC: usize> {
    pub leaf: Leaf<'g, K, V, LC>,
    pub stamp: Stamp,
    pub len: usize,
    pub place: Option<Result<usize, usize>>,
}

impl<'g, K: 'static, V: 'static, const LC: usize> Located<'g, K, V, LC> {
    /// Where a key is in a leaf.
    #[inline(always)]
    pub fn search<Q>((leaf, stamp): Stamped<'g, K, V, LC>, probe: &Probe<'_, K, Q>) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let len = leaf.len();
        let place = leaf.search(len, probe);
        Self {
            leaf,
            stamp,
            len,
            place,
        }
    }

    /// The key's value slot, or none if the key is absent; nothing if somebody changed the leaf meanwhile. To be validated.
    #[inline(always)]
    pub fn value(&self) -> Option<Option<Bits>> {
        self.place
            .map(|place| place.ok().map(|index| self.leaf.value(index)))
    }

    /// Where the key is, for whoever locks the leaf at its version; or that it is absent, which has been validated.
    #[inline(always)]
    pub fn present(&self) -> Result<Option<usize>, Restart> {
        match self.place {
            Some(Ok(index)) => Ok(Some(index)),
            Some(Err(_)) if self.leaf.version().validate(self.stamp) => Ok(None),
            _ => Err(Restart),
        }
    }
}

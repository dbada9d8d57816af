//! Where a thread was last: a descent is left out if the one before it ended in the leaf that is sought.
//!
//! Each thread remembers one leaf, and tries it first once two descents in a row have ended there: keys in order and keys that are hot are found without a descent,
//! and keys at random pay for a comparison. A leaf is only looked at while it is certain to be there (F10).

use std::borrow::Borrow;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64 as Counter, Ordering::Relaxed};

use optimistic::epoch::Guard;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};
use optimistic::sync::{AtomicU64, thread_local};

use crate::descend::{Stamped, Toward};
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
    /// The tree's era before the descent that ended in the leaf; 0 until two in a row have.
    era: Cell<u64>,
    leaf: Cell<*mut Node>,
}

impl Finger {
    const fn new() -> Self {
        Self {
            era: Cell::new(0),
            leaf: Cell::new(ptr::null_mut()),
        }
    }
}

#[cfg(not(any(loom, shuttle)))]
thread_local!(static FINGER: Finger = const { Finger::new() });
#[cfg(any(loom, shuttle))]
thread_local!(static FINGER: Finger = Finger::new());

impl<K: 'static, V: 'static, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC> {
    /// The leaf in which this thread's last descents ended, if there is one and it is in the tree. It need not cover what is looked for.
    #[inline(always)]
    pub(crate) fn near<'g>(&self, _guard: &'g Guard) -> Option<Stamped<'g, K, V, LC>> {
        let era = self.era.0.load(FOLLOW_NODE);
        let raw = FINGER.with(|finger| (finger.era.get() == era).then(|| finger.leaf.get()))?;
        // SAFETY: a leaf of this tree, and none was retired before the guard was taken since a descent ended in it (F10).
        let leaf: Leaf<'g, K, V, LC> = unsafe { self.leaf(NonNull::new(raw)?) };
        let stamp = leaf.version().stable();
        (!stamp.is_deleted()).then_some((leaf, stamp))
    }

    /// Goes down to the leaf that covers a key, and remembers it.
    #[inline(always)]
    pub(crate) fn approach<'g, Q>(
        &self,
        probe: &Probe<'_, K, Q>,
        guard: &'g Guard,
    ) -> Stamped<'g, K, V, LC>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let era = self.era.0.load(FOLLOW_NODE);
        let (leaf, stamp) = self.descend(Toward::Key(probe), guard);
        FINGER.with(|finger| {
            let again = finger.leaf.replace(leaf.as_raw()) == leaf.as_raw();
            finger.era.set(if again { era } else { 0 });
        });
        (leaf, stamp)
    }

    /// The leaf that covers a key, and where it is there; all to be validated.
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
        let mut near = self.near(guard);
        loop {
            let unsure = near.is_some();
            let (leaf, stamp) = match near.take() {
                Some(near) => near,
                None => self.approach(probe, guard),
            };
            let len = leaf.len();
            let place = leaf.search(probe, stamp);
            if !unsure || leaf.covers(place, len) {
                return Located {
                    leaf,
                    stamp,
                    len,
                    place,
                };
            }
        }
    }
}

/// A leaf at a version, how many entries it had, and where a key is among them; nothing if somebody changed it meanwhile.
pub(crate) struct Located<'g, K, V, const LC: usize> {
    pub leaf: Leaf<'g, K, V, LC>,
    pub stamp: optimistic::Stamp,
    pub len: usize,
    pub place: Option<Result<usize, usize>>,
}

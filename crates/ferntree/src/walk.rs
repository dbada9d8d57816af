//! A walk from entry to entry, either way, that holds no lock.
//!
//! A walk stands in a gap between two entries: a leaf, its version, and how many of its entries lie before the gap. Each step reads one entry and validates the leaf.
//! If that fails, the gap is sought anew, next to the key that the walk came by last.

use std::borrow::Borrow;
use std::ptr::NonNull;

use optimistic::Stamp;
use optimistic::epoch::{self, Guard};
use optimistic::sync::spin_loop;

use crate::bits::Bits;
use crate::descend::{Restart, Stamped, Toward};
use crate::key::{self, Probe};
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

pub(crate) const FORWARD: bool = true;
pub(crate) const BACKWARD: bool = false;

/// How many entries before its turn a key is asked for.
const AHEAD: usize = 8;

/// An entry that was validated: key and value.
pub(crate) type Entry = (Bits, Bits);

/// A gap in a leaf.
struct Spot<'t, K, V, const LC: usize> {
    leaf: Leaf<'t, K, V, LC>,
    stamp: Stamp,
    /// Entries of the leaf before the gap.
    gap: usize,
    len: usize,
}

impl<K, V, const LC: usize> Clone for Spot<'_, K, V, LC> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, const LC: usize> Copy for Spot<'_, K, V, LC> {}

/// What a gap is next to, to seek it anew.
#[derive(Clone, Copy)]
pub(crate) enum Around {
    /// Before all entries.
    First,
    /// Behind all entries.
    Last,
    /// Behind this key.
    Behind(Bits),
    /// Before this key.
    Before(Bits),
    /// Between these keys, as far as there are any: what somebody puts between them meanwhile is not seen.
    Between(Option<Bits>, Option<Bits>),
    /// Where the walk's owner says.
    Bound,
}

/// A walk, with the guard that keeps alive what it comes by.
pub(crate) struct Walk<'t, K: 'static, V: 'static, const IC: usize, const LC: usize> {
    tree: &'t GenericTree<K, V, IC, LC>,
    spot: Option<Spot<'t, K, V, LC>>,
    pub around: Around,
    pub guard: Guard,
}

impl<'t, K, V, const IC: usize, const LC: usize> Walk<'t, K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    #[inline]
    pub fn new(tree: &'t GenericTree<K, V, IC, LC>, around: Around) -> Self {
        Self {
            tree,
            spot: None,
            around,
            guard: epoch::pin(),
        }
    }

    #[inline]
    pub fn tree(&self) -> &'t GenericTree<K, V, IC, LC> {
        self.tree
    }

    /// Stands somewhere else; the place is sought when it is needed.
    pub fn place(&mut self, around: Around) {
        self.spot = None;
        self.around = around;
    }

    /// Goes to the next entry on the way; `seek` finds the start if the walk is at its owner's bound.
    #[inline(always)]
    pub fn step<const WAY: bool>(&mut self, seek: impl Fn(&mut Self)) -> Option<Entry> {
        let entry = self.peek::<WAY>(seek)?;
        if let Some(spot) = &mut self.spot {
            if WAY {
                spot.gap += 1;
                self.around = Around::Behind(entry.0);
            } else {
                spot.gap -= 1;
                self.around = Around::Before(entry.0);
            }
        }
        Some(entry)
    }

    /// The next entry on the way, without going there.
    #[inline(always)]
    pub fn peek<const WAY: bool>(&mut self, seek: impl Fn(&mut Self)) -> Option<Entry> {
        loop {
            if let Ok(found) = self.look::<WAY>() {
                return found;
            }
            self.seek_again::<WAY>(&seek);
        }
    }

    #[cold]
    fn seek_again<const WAY: bool>(&mut self, seek: &impl Fn(&mut Self)) {
        if self.spot.take().is_some() {
            spin_loop();
        }
        match (self.around, WAY) {
            (Around::First, _) | (Around::Between(None, _), BACKWARD) => {
                self.seek_edge::<FORWARD>()
            }
            (Around::Last, _) | (Around::Between(_, None), FORWARD) => self.seek_edge::<BACKWARD>(),
            (Around::Behind(bits), _) | (Around::Between(Some(bits), _), BACKWARD) => {
                // SAFETY: the walk came by this key under its guard.
                let key = unsafe { key::view::<K>(bits) };
                self.seek(key.get(), true);
            }
            (Around::Before(bits), _) | (Around::Between(_, Some(bits)), FORWARD) => {
                // SAFETY: as above.
                let key = unsafe { key::view::<K>(bits) };
                self.seek(key.get(), false);
            }
            (Around::Bound, _) => seek(self),
        }
    }

    /// Stands before all entries (`FORWARD`), or behind them.
    pub fn seek_edge<const WAY: bool>(&mut self) {
        loop {
            let toward = if WAY { Toward::First } else { Toward::Last };
            let (leaf, stamp) = self.tree.descend::<K>(toward, &self.guard);
            let len = leaf.len();
            if leaf.version().validate(stamp) {
                let gap = if WAY { 0 } else { len };
                self.stand((leaf.as_raw(), stamp), gap, len);
                return;
            }
        }
    }

    /// Stands before `key`, or behind it; whether it is there.
    pub fn seek<Q>(&mut self, key: &Q, behind: bool) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        let probe = Probe::<K, _>::new(key);
        loop {
            let (leaf, stamp) = self.tree.descend(Toward::Key(&probe), &self.guard);
            let len = leaf.len();
            let place = leaf.search(len, &probe);
            if let Some(place) = place
                && leaf.version().validate(stamp)
            {
                let gap = match place {
                    Ok(index) => index + usize::from(behind),
                    Err(index) => index,
                };
                self.stand((leaf.as_raw(), stamp), gap, len);
                return place.is_ok();
            }
        }
    }

    fn stand(&mut self, (leaf, stamp): (*mut crate::node::Node, Stamp), gap: usize, len: usize) {
        self.spot = NonNull::new(leaf).map(|leaf| Spot {
            // SAFETY: loaded under the walk's guard, which lives as long as the spot is used (F4).
            leaf: unsafe { self.tree.leaf(leaf) },
            stamp,
            gap,
            len,
        });
    }

    /// Stands before `key` (or behind it) and remembers the entries next to the gap; whether the key is there.
    ///
    /// The key itself cannot be remembered, since it is only borrowed.
    pub fn seek_between<Q>(&mut self, key: &Q, behind: bool) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        loop {
            let found = self.seek(key, behind);
            let spot = self.spot;
            let lower = self.look::<BACKWARD>();
            self.spot = spot;
            let upper = self.look::<FORWARD>();
            if let (Ok(lower), Ok(upper)) = (lower, upper) {
                let key = |entry: Entry| entry.0;
                self.around = Around::Between(lower.map(key), upper.map(key));
                return found;
            }
            spin_loop();
        }
    }

    /// The entry beside the gap on the way, if there is one. Goes over to the neighbour where the leaf ends.
    #[inline(always)]
    fn look<const WAY: bool>(&mut self) -> Result<Option<Entry>, Restart> {
        loop {
            let spot = self.spot.as_mut().ok_or(Restart)?;
            let leaf = spot.leaf;
            let inside = if WAY {
                spot.gap < spot.len
            } else {
                spot.gap > 0
            };
            if inside {
                let index = if WAY { spot.gap } else { spot.gap - 1 };
                let later = if WAY {
                    index + AHEAD
                } else {
                    index.wrapping_sub(AHEAD)
                };
                if later < spot.len {
                    leaf.keys().ask_for(later);
                }
                let entry = (leaf.keys().get(index), leaf.value(index));
                return if leaf.version().validate(spot.stamp) {
                    Ok(Some(entry))
                } else {
                    Err(Restart)
                };
            }
            if !self.cross::<WAY>()? {
                return Ok(None);
            }
        }
    }

    /// Goes over to the neighbour; whether there is one.
    #[inline(never)]
    fn cross<const WAY: bool>(&mut self) -> Result<bool, Restart> {
        let spot = self.spot.as_mut().ok_or(Restart)?;
        let leaf = spot.leaf;
        let neighbour = if WAY { leaf.next() } else { leaf.prev() };
        // SAFETY: a neighbour loaded under the walk's guard (F3, F4).
        let Some(neighbour) = (unsafe { Leaf::<K, V, LC>::neighbour(neighbour) }) else {
            return if leaf.version().validate(spot.stamp) {
                Ok(false)
            } else {
                Err(Restart)
            };
        };
        let stamp = neighbour.version().stable();
        if stamp.is_deleted() || (!WAY && neighbour.next() != leaf.as_raw()) {
            return Err(Restart);
        }
        let len = neighbour.len();
        if !leaf.version().validate(spot.stamp) {
            return Err(Restart);
        }
        *spot = Spot {
            leaf: neighbour,
            stamp,
            gap: if WAY { 0 } else { len },
            len,
        };
        for near in 0..AHEAD.min(len) {
            let index = if WAY { near } else { len - 1 - near };
            neighbour.keys().ask_for(index);
        }
        Leaf::<K, V, LC>::prefetch(if WAY {
            neighbour.next()
        } else {
            neighbour.prev()
        });
        Ok(true)
    }

    /// Calls `visit` with the entries from the next one to the end of its leaf; whether there may be more behind.
    pub fn visit_leaf(&mut self, mut visit: impl FnMut(&Bits, &Bits)) -> bool {
        if self.peek::<FORWARD>(|_| {}).is_none() {
            return false;
        }
        while let Some(spot) = &mut self.spot {
            if spot.gap == spot.len {
                return !spot.leaf.next().is_null();
            }
            let (key, value) = (spot.leaf.keys().get(spot.gap), spot.leaf.value(spot.gap));
            if spot.leaf.version().validate(spot.stamp) {
                spot.gap += 1;
                self.around = Around::Behind(key);
                visit(&key, &value);
            } else if self.peek::<FORWARD>(|_| {}).is_none() {
                return false;
            }
        }
        false
    }

    /// The leaf of the last step and the index of its entry, if the leaf was not left.
    pub fn position(&self) -> Option<(Stamped<'t, K, V, LC>, usize)> {
        let spot = self.spot?;
        Some(((spot.leaf, spot.stamp), spot.gap))
    }
}

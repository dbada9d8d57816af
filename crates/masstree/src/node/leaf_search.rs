//! Where things are in a leaf: by fingerprint for a get, by the permutation for whoever needs the order. All of it is to be validated, or done under the lock.

use std::cmp::Ordering;
use std::ops::Range;

use optimistic::sync::{AtomicU64, DATA_LOAD, prefetch};

use super::fingerprint;
use super::leaf::Leaf;
use super::order::Order;
use super::slot::{KIND_LAYER, KIND_RECORD, Kind, goes_on};
use crate::key::Part;

impl<'g> Leaf<'g> {
    /// The slots that hold `slice` and `kind` with this fingerprint. To be validated.
    #[inline]
    pub fn matching(
        self,
        slice: u64,
        kind: Kind,
        fingerprint: u8,
    ) -> impl Iterator<Item = usize> + 'g {
        let mut candidates = self.candidates(fingerprint);
        std::iter::from_fn(move || {
            while candidates != 0 {
                let slot = candidates.trailing_zeros() as usize;
                candidates &= candidates - 1;
                if self.slice(slot) == slice && self.kind(slot) == kind {
                    return Some(slot);
                }
            }
            None
        })
    }

    /// The slot of the layer at `slice`. To be validated.
    #[inline]
    pub fn find_layer(self, slice: u64) -> Option<usize> {
        self.matching(slice, KIND_LAYER, fingerprint::of(slice, KIND_LAYER))
            .next()
    }

    /// Asks for the slice and the word of the slot that a key is likely in, of which `rest` is left. That slot.
    #[inline]
    pub fn prefetch_entry(self, part: Part, rest: &[u8]) -> Option<usize> {
        let slot = self.likely(part, rest)?;
        prefetch(self.slice_at(slot));
        prefetch(self.word_at(slot));
        if let (KIND_RECORD, Some(tail)) = (part.class, self.tail_at(slot)) {
            prefetch(tail);
        }
        Some(slot)
    }

    /// Asks for what the word of that slot points to, if it points to a record or a layer.
    #[inline]
    pub fn prefetch_target(self, slot: usize) {
        if (KIND_RECORD..=KIND_LAYER).contains(&self.kind(slot)) {
            // Not validated, so perhaps no pointer: a hint does no harm.
            prefetch(self.word(slot));
        }
    }

    #[inline]
    fn likely(self, part: Part, rest: &[u8]) -> Option<usize> {
        let mut candidates = 0;
        if part.class == KIND_RECORD {
            candidates = self.candidates(fingerprint::of(part.slice, KIND_LAYER));
        }
        if candidates == 0 {
            candidates = self.candidates(part.fingerprint(rest));
        }
        (candidates != 0).then(|| candidates.trailing_zeros() as usize)
    }

    /// Asks for the first lines of the records and layers that the entries point to.
    #[inline]
    pub fn prefetch_targets(self, order: &Order) {
        if self.kinds().any_points() {
            for slot in order.slots() {
                self.prefetch_target(slot);
            }
        }
    }

    /// How many entries of `order` are below `part`. To be validated.
    ///
    /// Compares all slots, in whatever order they lie, because no comparison waits for another.
    pub fn rank(self, order: &Order, part: Part) -> usize {
        // A slot without an entry has the highest slice, and counts for none.
        let below = |slice: &AtomicU64| usize::from(slice.load(DATA_LOAD) < part.slice);
        let mut rank = self.slices().iter().map(below).sum();
        while rank < order.len() {
            let slot = order.slot(rank);
            if self.slice(slot) != part.slice || self.kind(slot).min(KIND_RECORD) >= part.class {
                break;
            }
            rank += 1;
        }
        rank
    }

    /// How many entries of `order` are below a key of which `rest` is left. The leaf is locked, or not yet published.
    #[inline]
    pub fn position(self, order: &Order, part: Part, rest: &[u8]) -> usize {
        // Keys that come in order go to an end.
        let slice = |position: usize| self.slice(order.slot(position));
        match order.len() {
            0 => 0,
            len if slice(len - 1) < part.slice => len,
            _ if part.slice < slice(0) => 0,
            _ if part.class < KIND_RECORD => self.rank(order, part),
            _ => self.position_behind(order, part, rest),
        }
    }

    /// The same for a key that goes on behind its slice, which is not beyond all others. Such keys come in order, too.
    fn position_behind(self, order: &Order, part: Part, rest: &[u8]) -> usize {
        let below = |slot: usize| {
            let entry = self.slot(slot);
            match (entry.slice, entry.kind.min(KIND_RECORD)).cmp(&(part.slice, part.class)) {
                Ordering::Equal if goes_on(entry.kind) => {
                    // SAFETY: the leaf does not change, so kind and word belong together and a record is alive.
                    *unsafe { entry.suffix(self.depth()) } < rest[8..]
                }
                side => side == Ordering::Less,
            }
        };
        let at = |position: usize| order.slot(position);
        match order.len() {
            len if self.slice(at(len - 1)) == part.slice && below(at(len - 1)) => len,
            _ if self.slice(at(0)) == part.slice && !below(at(0)) => 0,
            _ => order.partition(below),
        }
    }

    /// The positions of keys that go on and have to move to a layer of their own before another entry at `slice` can come into this full leaf: more
    /// than half of the entries, or those of a slice that all entries have. The leaf is locked.
    pub fn crowd(self, slice: u64) -> Option<Range<usize>> {
        let order = self.order();
        let at = |position: usize| self.slice(order.slot(position));
        let goes_on = |position: &usize| goes_on(self.kind(order.slot(*position)));
        let len = order.len();
        // A run of more than half of the entries has the entry in the middle.
        let middle = at(len / 2);
        let start = (0..len).find(|&i| at(i) == middle && goes_on(&i))?;
        let end = (start..len).find(|&i| at(i) != middle).unwrap_or(len);
        let alone = at(0) == slice && at(len - 1) == slice;
        (alone || end - start > len / 2).then_some(start..end)
    }
}

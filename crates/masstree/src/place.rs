//! A walk's place in a leaf: what was read there when it came, and the entry that it is on.
//!
//! Permutation and kinds are read once a leaf, words and slices an entry at a time; each entry is validated against the version that the leaf had when
//! the walk came, and so is one with all that was read since then (I1).

use optimistic::Stamp;

use crate::descend::{Restart, prefetch_root};
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::order::Order;
use crate::node::slot::{KIND_LAYER, Kind, Kinds, Slot};
use crate::spelled::Spelled;
use crate::storage::Word;

/// Ways to walk, as a constant so that each is compiled by itself.
pub(crate) const FORWARD: bool = true;
pub(crate) const BACKWARD: bool = false;

pub(crate) struct Place<'g> {
    pub leaf: Leaf<'g>,
    stamp: Stamp,
    pub order: Order,
    kinds: Kinds,
    /// Whether every key ends in its slice, so that every word is a value.
    plain: bool,
    /// Of the entry that was read last.
    pub position: usize,
}

impl<'g> Place<'g> {
    /// At the beginning of `leaf`, whose version was `stamp` before. To be validated.
    #[inline]
    pub fn new(leaf: Leaf<'g>, stamp: Stamp) -> Self {
        let kinds = leaf.kinds();
        Self {
            leaf,
            stamp,
            order: leaf.order(),
            kinds,
            plain: kinds.all_end(),
            position: 0,
        }
    }

    #[inline]
    pub fn validate(&self) -> Result<(), Restart> {
        if self.leaf.version().validate(self.stamp) {
            Ok(())
        } else {
            Err(Restart)
        }
    }

    /// The position from which `WAY` goes through the whole leaf.
    #[inline]
    pub fn begin<const WAY: bool>(&self) -> usize {
        if WAY {
            0
        } else {
            self.order.len().wrapping_sub(1)
        }
    }

    /// The position after the current one on the way `WAY`.
    #[inline]
    pub fn following<const WAY: bool>(&self) -> usize {
        following::<WAY>(self.position)
    }

    /// The entry at `position`, if the leaf has so many. To be validated.
    #[inline]
    pub fn entry(&self, position: usize) -> Option<Slot> {
        (position < self.order.len()).then(|| self.leaf.slot(self.order.slot(position)))
    }

    /// Asks for the root of the next layer in the leaf, whose own line has been asked for when the walk came.
    #[inline]
    pub fn prefetch_next_root<const WAY: bool>(&self) {
        let mut position = self.following::<WAY>();
        while position < self.order.len() {
            let slot = self.order.slot(position);
            if self.kinds.of(slot) == KIND_LAYER {
                let word = self.leaf.word(slot);
                if self.validate().is_ok() {
                    // SAFETY: validated under the guard that the walk holds.
                    prefetch_root(unsafe { Layer::from_word(word) }.anchor());
                }
                return;
            }
            position = following::<WAY>(position);
        }
    }

    /// The rest of the leaf, from the current entry on, which is `entry`.
    #[inline]
    pub fn run(&self, entry: &Slot) -> Run<'_> {
        Run {
            leaf: self.leaf,
            stamp: self.stamp,
            order: &self.order,
            len: self.order.len(),
            kinds: self.kinds,
            plain: self.plain,
            position: self.position,
            slot: self.order.slot(self.position),
            kind: entry.kind,
            slice: entry.slice,
            word: entry.word,
            tail: entry.tail,
        }
    }
}

/// The rest of a leaf, taken apart so that what a step needs is in registers, and the current entry.
pub(crate) struct Run<'p> {
    leaf: Leaf<'p>,
    stamp: Stamp,
    order: &'p Order,
    len: usize,
    kinds: Kinds,
    plain: bool,
    pub position: usize,
    slot: usize,
    /// Its kind, unless the leaf is plain.
    kind: Kind,
    pub slice: u64,
    word: Word,
    tail: u64,
}

impl Run<'_> {
    /// Goes to the next entry; whether the leaf has one, it is not a layer, and nothing has changed since the walk came here.
    #[inline]
    pub fn step<const WAY: bool>(&mut self) -> bool {
        let position = following::<WAY>(self.position);
        if position >= self.len {
            return false;
        }
        let slot = self.order.slot(position);
        let (slice, word) = (self.leaf.slice(slot), self.leaf.word(slot));
        let (mut kind, mut tail) = (0, 0);
        if !self.plain {
            kind = self.kinds.of(slot);
            if kind == KIND_LAYER {
                return false;
            }
            tail = self.leaf.tail(slot);
        }
        if !self.leaf.version().validate(self.stamp) {
            return false;
        }
        (self.position, self.slot, self.kind) = (position, slot, kind);
        (self.slice, self.word, self.tail) = (slice, word, tail);
        true
    }

    /// The value's word.
    ///
    /// # Safety
    /// The entry was validated, under a guard that is held.
    #[inline]
    pub unsafe fn value(&self) -> Word {
        if self.plain {
            return self.word;
        }
        // SAFETY: by contract.
        unsafe { self.entry().value() }
    }

    /// Writes its key behind the first `base` bytes of `key`.
    ///
    /// # Safety
    /// As for [`value`](Self::value).
    #[inline(always)]
    pub unsafe fn spell(&self, key: &mut Spelled, base: usize) {
        if self.plain {
            key.end(base, self.slice, self.kinds.of(self.slot));
        } else {
            // SAFETY: by contract.
            unsafe { key.finish(base, &self.entry()) };
        }
    }

    /// The current entry.
    #[inline]
    pub fn entry(&self) -> Slot {
        Slot {
            slice: self.slice,
            kind: if self.plain {
                self.kinds.of(self.slot)
            } else {
                self.kind
            },
            word: self.word,
            tail: self.tail,
        }
    }
}

/// The position after `position` on the way `WAY`; before the first one it wraps, and so lies outside of the leaf too.
#[inline]
fn following<const WAY: bool>(position: usize) -> usize {
    if WAY {
        position + 1
    } else {
        position.wrapping_sub(1)
    }
}

//! An entry of a leaf as a slot holds it, and the kinds of entries that there are.

use super::record::Record;
use super::tail::{Suffix, Tail};
use crate::key::Part;
use crate::storage::Word;

/// How the key of a slot goes on: 0 to 8 are the bytes of the slice that it ends after.
pub(crate) type Kind = u8;
/// The word points to a [`Record`].
pub(crate) const KIND_RECORD: Kind = 9;
/// The word points to a [`Layer`](super::layer::Layer).
pub(crate) const KIND_LAYER: Kind = 10;
/// The key goes on for the 8 bytes of its [`Tail`].
pub(crate) const KIND_TAIL8: Kind = 12;
/// The key goes on for the 1 to 7 bytes of its [`Tail`].
pub(crate) const KIND_TAIL: Kind = 14;

/// Whether a key of this kind goes on behind its slice and is not in a layer.
#[inline]
pub(crate) fn goes_on(kind: Kind) -> bool {
    kind >= KIND_RECORD && kind != KIND_LAYER
}

/// The kinds of all slots of a leaf, four bits each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds(pub [u64; 2]);

impl Kinds {
    /// The kind of a slot.
    #[inline]
    pub fn of(self, slot: usize) -> Kind {
        let kinds = if slot < 16 { self.0[0] } else { self.0[1] };
        (kinds >> (slot % 16 * 4)) as Kind & 15
    }

    /// Whether any is of a record or a layer; what unused slots held last counts too.
    #[inline]
    pub fn any_points(self) -> bool {
        // The highest bit without the next, and one of the others: 9 and 10.
        let points =
            |kinds: u64| kinds & !(kinds << 1) & (kinds << 2 | kinds << 3) & 0x8888_8888_8888_8888;
        points(self.0[0]) | points(self.0[1]) != 0
    }

    /// Whether all are of keys that end in their slice; what unused slots held last counts too.
    #[inline]
    pub fn all_end(self) -> bool {
        // The highest bit and one of the others: 9 and above.
        let on =
            |kinds: u64| kinds & (kinds << 1 | kinds << 2 | kinds << 3) & 0x8888_8888_8888_8888;
        on(self.0[0]) | on(self.0[1]) == 0
    }
}

/// One entry as a slot holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub slice: u64,
    pub kind: Kind,
    pub word: Word,
    /// The bits of its [`Tail`], if it is of such a kind.
    pub tail: u64,
}

impl Slot {
    /// What follows the slice of a key that goes on, in a layer at `depth`.
    ///
    /// # Safety
    /// The slot was read and validated under a guard held for `'g`, or its leaf is locked or owned.
    #[inline]
    pub unsafe fn suffix<'g>(&self, depth: usize) -> Suffix<'g> {
        if self.kind == KIND_RECORD {
            // SAFETY: by contract, and kind and word belong together.
            return Suffix::Record(unsafe { Record::from_word(self.word) }.suffix(depth));
        }
        Tail {
            kind: self.kind,
            bits: self.tail,
        }
        .suffix()
    }

    /// The value's word of a key that is not in a layer.
    ///
    /// # Safety
    /// As for [`suffix`](Self::suffix).
    #[inline]
    pub unsafe fn value(&self) -> Word {
        match self.kind {
            // SAFETY: by contract, and kind and word belong together.
            KIND_RECORD => unsafe { Record::from_word(self.word) }.value(),
            _ => self.word,
        }
    }

    /// Where the entry stands in its layer's order.
    #[inline]
    pub fn part(&self) -> Part {
        Part {
            slice: self.slice,
            class: self.kind.min(KIND_RECORD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart_in_every_slot() {
        for slot in 0..24 {
            for kind in 0..16 {
                let mut words = [0x8888_8888_8888_8888; 2];
                words[slot / 16] ^= u64::from(8 ^ kind) << (slot % 16 * 4);
                let kinds = Kinds(words);
                assert_eq!(kinds.of(slot), kind);
                assert_eq!(kinds.all_end(), kind <= 8, "{kind} in {slot}");
                let points = (KIND_RECORD..KIND_LAYER + 2).contains(&kind);
                assert_eq!(kinds.any_points(), points, "{kind} in {slot}");
            }
        }
    }
}

//! The permutation of a leaf: which slot holds the smallest entry, which the next.
//!
//! An insert writes one free slot and the permutation; no entry moves. The paper keeps it in one word for 15 slots; here it is a
//! byte a slot, because readers validate the leaf's version and need not see it change at once.

use std::ops::Range;

use super::fingerprint;

/// Words of a permutation: a byte for each of 24 slots.
pub(crate) const WORDS: usize = 3;

/// A permutation, taken out of a leaf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    slots: [u8; 8 * WORDS],
    len: u8,
}

impl Order {
    #[inline]
    pub fn from_words(words: [u64; WORDS], len: usize) -> Self {
        let mut slots = [0; 8 * WORDS];
        for (bytes, word) in slots.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self {
            slots,
            len: len as u8,
        }
    }

    #[inline]
    pub fn to_words(self) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(self.slots.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        words
    }

    /// Number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// The slot of the entry at `position`.
    #[inline]
    pub fn slot(&self, position: usize) -> usize {
        usize::from(self.slots[position])
    }

    /// All slots, smallest entry first.
    pub fn slots(&self) -> impl Iterator<Item = usize> + '_ {
        self.slots[..self.len()]
            .iter()
            .map(|&slot| usize::from(slot))
    }

    /// Makes `slot` the entry at `position`.
    #[inline]
    pub fn insert(&mut self, position: usize, slot: usize) {
        let len = self.len();
        self.slots.copy_within(position..len, position + 1);
        self.slots[position] = slot as u8;
        self.len += 1;
    }

    /// Where the entry in `slot` stands.
    #[inline]
    pub fn position(&self, slot: usize) -> Option<usize> {
        let wanted = fingerprint::matches(self.to_words(), slot as u8);
        let position = wanted.trailing_zeros() as usize;
        (position < self.len()).then_some(position)
    }

    /// How many entries come before the first that is not `below`.
    #[inline]
    pub fn partition(&self, mut below: impl FnMut(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            if below(self.slot(middle)) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }

    /// Takes out the entries at `positions`.
    #[inline]
    pub fn remove(&mut self, positions: Range<usize>) {
        let len = self.len();
        self.slots.copy_within(positions.end..len, positions.start);
        self.len -= positions.len() as u8;
    }
}

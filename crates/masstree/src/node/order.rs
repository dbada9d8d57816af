//! The permutation of a leaf: which slot holds the smallest entry, which the next.
//!
//! An insert writes one free slot and the permutation; no entry moves. The paper keeps it in one word for 15 slots; here it is a
//! byte a slot, because readers validate the leaf's version and need not see it change at once.

use std::ops::Range;

use super::fingerprint;

/// Words of a permutation: a byte for each of 24 slots.
pub(crate) const WORDS: usize = 3;

/// A permutation, taken out of a leaf. Byte *i* of the words is the slot of the *i*-th entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    words: [u64; WORDS],
    len: usize,
}

impl Order {
    #[inline]
    pub fn from_words(words: [u64; WORDS], len: usize) -> Self {
        Self { words, len }
    }

    #[inline]
    pub fn to_words(self) -> [u64; WORDS] {
        self.words
    }

    /// Number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The slot of the entry at `position`.
    #[inline]
    pub fn slot(&self, position: usize) -> usize {
        // Byte i of a word is at address i, or at the mirrored one.
        const MIRROR: usize = if cfg!(target_endian = "big") { 7 } else { 0 };
        bytemuck::bytes_of(&self.words)[position ^ MIRROR].into()
    }

    /// All slots, smallest entry first.
    pub fn slots(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len).map(|position| self.slot(position))
    }

    /// Makes `slot` the entry at `position`.
    #[inline]
    pub fn insert(&mut self, position: usize, slot: usize) {
        if position == self.len {
            return self.push(slot);
        }
        let mut before = 0;
        if position == 0 {
            for word in &mut self.words {
                (*word, before) = (*word << 8 | before >> 56, *word);
            }
            self.words[0] |= slot as u64;
            self.len += 1;
            return;
        }
        for (index, word) in self.words.iter_mut().enumerate() {
            // Bytes below the position stay; that at the position is new; those above come from one place lower, the lowest from the word before.
            let stay = position.saturating_sub(8 * index).min(8) as u32 * 8;
            let low = 1_u64.checked_shl(stay).unwrap_or(0).wrapping_sub(1);
            let moved = *word << 8 | before >> 56;
            before = *word;
            *word = *word & low | moved & !low;
        }
        self.set(position, slot);
        self.len += 1;
    }

    /// Makes `slot` the last entry.
    #[inline]
    pub fn push(&mut self, slot: usize) {
        self.set(self.len, slot);
        self.len += 1;
    }

    #[inline]
    fn set(&mut self, position: usize, slot: usize) {
        let (word, shift) = (&mut self.words[position / 8], position % 8 * 8);
        *word = *word & !(0xFF << shift) | (slot as u64) << shift;
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
        let mut bytes = [0; 8 * WORDS];
        for (bytes, word) in bytes.chunks_exact_mut(8).zip(self.words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        bytes.copy_within(positions.end..self.len, positions.start);
        for (word, bytes) in self.words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        self.len -= positions.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_and_removes_as_a_vec_does() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut order, mut vec) = (Order::from_words([0; WORDS], 0), Vec::new());
        for _ in 0..10_000 {
            if vec.len() < 8 * WORDS && random(3) > 0 {
                let position = random(vec.len() + 1);
                let slot = (0..8 * WORDS).find(|slot| !vec.contains(slot)).unwrap();
                order.insert(position, slot);
                vec.insert(position, slot);
            } else if !vec.is_empty() {
                let start = random(vec.len());
                let end = start + random(vec.len() - start + 1);
                order.remove(start..end);
                vec.drain(start..end);
            }
            assert_eq!(order.slots().collect::<Vec<_>>(), vec);
            for (position, &slot) in vec.iter().enumerate() {
                assert_eq!(order.position(slot), Some(position));
            }
        }
    }
}

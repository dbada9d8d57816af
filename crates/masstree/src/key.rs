//! A key as the trie sees it: 8 bytes at a time.

use crate::node::fingerprint;
use crate::node::slot::{KIND_RECORD, Kind};

/// What a layer compares: the next 8 bytes of a key, and how it ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    /// The next 8 bytes, big-endian, padded with zeros.
    pub slice: u64,
    /// How many of the 8 bytes belong to the key, or 9 if it goes on behind them.
    pub class: Kind,
}

impl Part {
    /// The part at the start of `rest`.
    #[inline]
    pub fn of(rest: &[u8]) -> Self {
        if rest.len() > 8 {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&rest[..8]);
            return Self {
                slice: u64::from_be_bytes(bytes),
                class: KIND_RECORD,
            };
        }
        Self {
            slice: short_slice(rest),
            class: rest.len() as Kind,
        }
    }

    /// The fingerprint of the entry of a key of which `rest`, that starts with this part, is left.
    #[inline]
    pub fn fingerprint(self, rest: &[u8]) -> u8 {
        let slice = match rest {
            [_, _, _, _, _, _, _, _, suffix @ ..] if self.class == KIND_RECORD => {
                self.slice ^ fingerprint::fold(suffix)
            }
            _ => self.slice,
        };
        fingerprint::of(slice, self.class)
    }
}

/// Up to 8 bytes as a slice, by at most two overlapping loads.
#[inline]
pub(crate) fn short_slice(bytes: &[u8]) -> u64 {
    match bytes.len() {
        8 => u64::from_be_bytes(bytes.try_into().unwrap_or_default()),
        4..8 => {
            let high = u32::from_be_bytes(bytes[..4].try_into().unwrap_or_default());
            let low = u32::from_be_bytes(bytes[bytes.len() - 4..].try_into().unwrap_or_default());
            (u64::from(high) << 32) | ((u64::from(low) << 32) >> (8 * (bytes.len() - 4)))
        }
        0 => 0,
        length => {
            let (first, middle, last) = (bytes[0], bytes[length / 2], bytes[length - 1]);
            (u64::from(first) << 56)
                | (u64::from(middle) << (56 - 8 * (length / 2)))
                | (u64::from(last) << (56 - 8 * (length - 1)))
        }
    }
}

/// Length of the longest common prefix.
#[inline]
pub(crate) fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(l, r)| l == r).count()
}

/// How many bytes, in whole slices, two different keys share so that something is left of both.
///
/// Something is always left: a key that ends with a slice stands in that slice's leaf, never as an empty key in a layer below.
#[inline]
pub(crate) fn shared_slices(left: &[u8], right: &[u8]) -> usize {
    let shorter = left.len().min(right.len());
    common_prefix(left, right).min(shorter.saturating_sub(1)) & !7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_big_endian_and_padded() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        for length in 0..=8 {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(
                Part::of(&bytes[..length]),
                Part {
                    slice: u64::from_be_bytes(padded),
                    class: length as Kind
                }
            );
        }
        assert_eq!(Part::of(&bytes).class, KIND_RECORD);
    }
}

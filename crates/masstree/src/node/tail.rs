//! A tail: the last bytes of a key that goes on behind its slice for no more than 8 bytes. They stand in the leaf, and the value in the slot's word.
//!
//! So a key of up to 16 bytes costs no allocation and no line of its own. Two kinds tell tails of 8 bytes from shorter ones, whose length is in the lowest byte.

use std::ops::Deref;

use super::slot::{KIND_TAIL, KIND_TAIL8, Kind};
use crate::key::short_slice;

/// What a slot keeps of a key behind its slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub kind: Kind,
    pub bits: u64,
}

impl Tail {
    /// The tail of a key of which `rest` is left, if it has one.
    #[inline]
    pub fn of(rest: &[u8]) -> Option<Self> {
        let suffix = rest.get(8..)?;
        match suffix.len() {
            8 => Some(Self {
                kind: KIND_TAIL8,
                bits: short_slice(suffix),
            }),
            length @ 1..8 => Some(Self {
                kind: KIND_TAIL,
                bits: short_slice(suffix) | length as u64,
            }),
            _ => None,
        }
    }

    /// The bytes.
    #[inline]
    pub fn suffix<'g>(self) -> Suffix<'g> {
        let length = match self.kind {
            KIND_TAIL8 => 8,
            _ => (self.bits & 7) as usize,
        };
        Suffix::Tail(self.bits.to_be_bytes(), length)
    }
}

/// What follows the slice of a key, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Suffix<'g> {
    Record(&'g [u8]),
    /// So many of these bytes.
    Tail([u8; 8], usize),
}

impl Deref for Suffix<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Record(suffix) => suffix,
            Self::Tail(bytes, length) => &bytes[..*length],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_keeps_its_bytes_and_no_two_are_the_same() {
        let key = [0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 7, 0, 255, 6, 0, 0, 9];
        let tails: Vec<_> = (9..=16)
            .map(|length| {
                let tail = Tail::of(&key[..length]).unwrap();
                assert_eq!(*tail.suffix(), key[8..length]);
                tail
            })
            .collect();
        for (i, tail) in tails.iter().enumerate() {
            assert!(!tails[..i].contains(tail));
        }
        assert_eq!((Tail::of(&key[..8]), Tail::of(&key)), (None, None));
    }
}

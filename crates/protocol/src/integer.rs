//! Integers as MessagePack has them: from -2^63 to 2^64 - 1.

use std::fmt;

/// An integer from -2^63 to 2^64 - 1: a sequence number, a column, a count.
///
/// Two are equal if their values are, in whatever width they arrived.
///
/// # Examples
/// ```
/// use masstree_protocol::Int;
/// assert_eq!(Int::from(7_u64), Int::from(7_i64));
/// assert_eq!(Int::from(-1_i64).as_u64(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Int {
    /// The value in two's complement.
    bits: u64,
    negative: bool,
}

impl Int {
    /// The value, unless it is negative.
    #[inline]
    pub const fn as_u64(self) -> Option<u64> {
        if self.negative { None } else { Some(self.bits) }
    }

    /// The value, unless it is 2^63 or more.
    #[inline]
    pub const fn as_i64(self) -> Option<i64> {
        let signed = self.bits as i64;
        if self.negative == (signed < 0) {
            Some(signed)
        } else {
            None
        }
    }

    /// The value; it always fits.
    #[inline]
    pub const fn as_i128(self) -> i128 {
        if self.negative {
            self.bits as i64 as i128
        } else {
            self.bits as i128
        }
    }
}

impl From<u64> for Int {
    #[inline]
    fn from(value: u64) -> Self {
        Self {
            bits: value,
            negative: false,
        }
    }
}

impl From<i64> for Int {
    #[inline]
    fn from(value: i64) -> Self {
        Self {
            bits: value as u64,
            negative: value < 0,
        }
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_i128().fmt(f)
    }
}

impl fmt::Debug for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_i128().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_the_range() {
        assert_eq!(Int::from(i64::MIN).as_i64(), Some(i64::MIN));
        assert_eq!(Int::from(i64::MIN).as_i128(), i128::from(i64::MIN));
        assert_eq!(Int::from(u64::MAX).as_i64(), None);
        assert_eq!(Int::from(u64::MAX).as_i128(), i128::from(u64::MAX));
        assert_eq!(Int::from(1_u64 << 63).as_i64(), None);
        assert_eq!(Int::from(i64::MAX).as_u64(), Some(i64::MAX as u64));
        assert_ne!(Int::from(-1_i64), Int::from(u64::MAX));
    }
}

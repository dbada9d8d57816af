//! Values that tell whose they are, and the check of what is read back.
//!
//! ```text
//! 24 bytes or more   stamp (8) | version (8) | run (4) | check (4) | filling
//! 8 to 23 bytes      check (4) | filling
//! fewer              the first bytes of the stamp
//! ```
//! The stamp is a hash of the key and the column; the version says which connection wrote it, and which of its writes that was; the check
//! binds all of it together. So a value of another key, and one that is put together from two, are found on every read; versions
//! are for the [`Ledger`], which knows what a connection has written and read.

mod ledger;
mod maker;

use crate::keys::shape::mix;

pub use ledger::{Floor, Ledger};
pub use maker::Maker;

/// Bytes before the filling of a value that has all of it.
const WHOLE: usize = 24;

/// Bytes of the check.
const CHECK: usize = 4;

/// From here up a value has a check of its own.
const CHECKED: usize = 8;

/// The bits of a version that count.
const COUNTER_BITS: u32 = 44;

/// Who wrote a value, and as which of their writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(u64);

impl Version {
    /// What the load wrote.
    pub const LOADED: Self = Self(0);

    /// The write of this number of a connection; connections are counted from 1.
    #[must_use]
    pub fn new(writer: u32, counter: u64) -> Self {
        Self(u64::from(writer) << COUNTER_BITS | (counter & ((1 << COUNTER_BITS) - 1)))
    }

    /// The connection, 0 for the load.
    #[must_use]
    pub fn writer(self) -> u32 {
        (self.0 >> COUNTER_BITS) as u32
    }

    /// The number of the write.
    #[must_use]
    pub fn counter(self) -> u64 {
        self.0 & ((1 << COUNTER_BITS) - 1)
    }
}

/// What a value is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it was written; of a large enough one the run and the version.
    Good(Option<(u32, Version)>),
    /// Whole, but of another key or column.
    OtherKey,
    /// Not as anyone wrote it.
    Torn,
}

/// A hash of a key, by which values know whose they are.
#[inline]
#[must_use]
pub fn stamp(key: &[u8], column: u32) -> u64 {
    let mut hash = 0x6d61_7373 ^ key.len() as u64;
    let mut words = key.chunks_exact(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    let rest = words.remainder();
    let mut bytes = [0; 8];
    bytes[..rest.len()].copy_from_slice(rest);
    of_column(mix(hash ^ u64::from_le_bytes(bytes)), column)
}

/// The stamp of another column of the same key; that of the key itself is of column 0.
#[inline]
#[must_use]
pub fn of_column(stamp: u64, column: u32) -> u64 {
    stamp.wrapping_add(u64::from(column).wrapping_mul(0x9e37_79b9))
}

#[inline]
fn check_of(stamp: u64, version: u64, run: u32, filling: &[u8]) -> u32 {
    let filled = crc_fast::crc32_iscsi(filling);
    mix(stamp ^ mix(version ^ mix(u64::from(run) << 32 | u64::from(filled)))) as u32
}

#[inline]
fn small_check(stamp: u64, filling: &[u8]) -> u32 {
    mix(stamp ^ u64::from(crc_fast::crc32_iscsi(filling))) as u32
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[inline]
fn half(bytes: &[u8], at: usize) -> u32 {
    let mut half = [0; 4];
    half.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(half)
}

/// Looks at a value that should be of this stamp.
#[inline]
#[must_use]
pub fn verify(stamp: u64, value: &[u8]) -> Verdict {
    let good = |good: bool| {
        if good {
            Verdict::Good(None)
        } else {
            Verdict::Torn
        }
    };
    if value.len() < CHECKED {
        return good(value == &stamp.to_le_bytes()[..value.len()]);
    }
    if value.len() < WHOLE {
        return good(half(value, 0) == small_check(stamp, &value[CHECK..]));
    }
    let (found, version, run) = (word(value, 0), word(value, 8), half(value, 16));
    if half(value, 20) != check_of(found, version, run, &value[WHOLE..]) {
        return Verdict::Torn;
    }
    if found != stamp {
        return Verdict::OtherKey;
    }
    Verdict::Good(Some((run, Version(version))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::draw::{Purpose, generator};
    use crate::load::file::Values;

    fn value(key: &[u8], counter: u64, size: usize) -> Vec<u8> {
        let mut maker = Maker::new(
            Values::Verifiable,
            9,
            generator(counter, 0, Purpose::Values),
        );
        let mut value = Vec::new();
        maker.write(stamp(key, 0), Version::new(3, counter), size, &mut value);
        value
    }

    #[test]
    fn values_of_every_size_come_back() {
        for size in [0, 1, 7, 8, 23, 24, 25, 100, 4096, 100_000] {
            let value = value(b"key:1", 5, size);
            assert_eq!(value.len(), size);
            let Verdict::Good(version) = verify(stamp(b"key:1", 0), &value) else {
                panic!("a value of {size} bytes");
            };
            let expected = (size >= WHOLE).then_some((9, Version::new(3, 5)));
            assert_eq!(version, expected);
        }
    }

    #[test]
    fn another_keys_value_is_found() {
        for size in [1, 7, 8, 23, 24, 100] {
            let value = value(b"key:1", 5, size);
            for (key, column) in [(&b"key:2"[..], 0), (b"key:1", 1), (b"key:1\0", 0)] {
                assert!(!matches!(
                    verify(stamp(key, column), &value),
                    Verdict::Good(_)
                ));
            }
        }
        assert_eq!(
            verify(stamp(b"key:2", 0), &value(b"key:1", 5, 100)),
            Verdict::OtherKey
        );
    }

    #[test]
    fn every_torn_byte_is_found() {
        for size in [4, 12, 24, 60] {
            let whole = value(b"key:1", 5, size);
            for at in 0..size {
                let mut torn = whole.clone();
                torn[at] ^= 1;
                assert_eq!(
                    verify(stamp(b"key:1", 0), &torn),
                    Verdict::Torn,
                    "byte {at} of {size}"
                );
            }
        }
        let (old, new) = (value(b"key:1", 5, 100), value(b"key:1", 6, 100));
        let mixed = [&new[..50], &old[50..]].concat();
        assert_eq!(verify(stamp(b"key:1", 0), &mixed), Verdict::Torn);
    }

    #[test]
    fn versions_keep_writer_and_counter() {
        let version = Version::new(1_000_000, 1 << 43);
        assert_eq!((version.writer(), version.counter()), (1_000_000, 1 << 43));
    }
}

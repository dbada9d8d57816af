//! The structures on disk: bytes in, values out, and back. No file is touched here.
//!
//! docs/formats.md has them byte by byte. What reads here trusts nothing: it returns a [`Fault`] or `None` for any bytes that
//! were not written by its counterpart, and allocates no more than the bytes it was given.

pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod manifest;
pub(crate) mod names;

use super::Error;

/// CRC-32C.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// What is wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes at this offset are not what they should be.
    Damaged { offset: u64, expected: &'static str },
    /// The structure is intact and of a later version.
    Newer { version: u32 },
}

impl Fault {
    /// The same as an error about `file`.
    pub(crate) fn of(self, file: &str) -> Error {
        match self {
            Self::Damaged { offset, expected } => Error::damaged(file, offset, expected),
            Self::Newer { version } => Error::NewerFormat {
                file: file.to_owned(),
                version,
                known: header::VERSION,
            },
        }
    }
}

/// Appends `value` as LEB128.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads from the front of a slice; `None` when it is too short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*front)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn varint(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            let bits = u32::from(byte & 0x7f);
            // The fifth byte has room for four bits.
            if shift == 28 && bits > 0xf {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A varint length and so many bytes.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.varint()?;
        self.take(length as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnoli() {
        assert_eq!(checksum(b"123456789"), 0xE306_9283);
    }

    #[test]
    fn varints_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, 1 << 28, u32::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            let mut input = Input(&out);
            assert_eq!(input.varint(), Some(value));
            assert!(input.0.is_empty());
            assert_eq!(Input(&out[..out.len() - 1]).varint(), None);
        }
    }

    #[test]
    fn varints_over_32_bits_are_refused() {
        assert_eq!(Input(&[0xff, 0xff, 0xff, 0xff, 0x1f]).varint(), None);
        assert_eq!(Input(&[0x80, 0x80, 0x80, 0x80, 0x80, 0]).varint(), None);
    }
}

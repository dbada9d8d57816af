//! A cursor over bytes that reads one value, or the header of one, at a time.
//!
//! It takes no memory and trusts no length: bytes are lent out only when they are there.

use super::tag;
use crate::Int;

/// A value without what it contains: an array or map is its number of elements or pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Nil,
    Bool(bool),
    Int(Int),
    Float(f64),
    /// A str or bin of any width.
    Bytes(&'a [u8]),
    Array(usize),
    Map(usize),
}

/// A position in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The bytes from `start` to here.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// The next value; nothing if the bytes end before it does, or if it is none.
    #[inline]
    pub(crate) fn token(&mut self) -> Option<Token<'a>> {
        let first = *self.bytes.get(self.at)?;
        let start = self.at;
        self.at += 1;
        let token = match first {
            0..=0x7F => Some(Token::Int(u64::from(first).into())),
            tag::FIXSTR..=0xBF => self.take((first & 0x1F).into()).map(Token::Bytes),
            tag::FIXARRAY..=0x9F => Some(Token::Array((first & 0x0F).into())),
            tag::FIXMAP..=0x8F => Some(Token::Map((first & 0x0F).into())),
            tag::NEGATIVE..=0xFF => Some(Token::Int(i64::from(first as i8).into())),
            _ => self.wide_token(first),
        };
        if token.is_none() {
            self.at = start;
        }
        token
    }

    /// A value whose tag alone does not tell its length.
    fn wide_token(&mut self, first: u8) -> Option<Token<'a>> {
        Some(match first {
            tag::NIL => Token::Nil,
            tag::FALSE => Token::Bool(false),
            tag::TRUE => Token::Bool(true),
            tag::U8 => Token::Int(self.unsigned::<1>()?.into()),
            tag::U16 => Token::Int(self.unsigned::<2>()?.into()),
            tag::U32 => Token::Int(self.unsigned::<4>()?.into()),
            tag::U64 => Token::Int(self.unsigned::<8>()?.into()),
            tag::I8 => Token::Int(self.signed::<1>()?.into()),
            tag::I16 => Token::Int(self.signed::<2>()?.into()),
            tag::I32 => Token::Int(self.signed::<4>()?.into()),
            tag::I64 => Token::Int(self.signed::<8>()?.into()),
            tag::F32 => Token::Float(f32::from_bits(self.unsigned::<4>()? as u32).into()),
            tag::F64 => Token::Float(f64::from_bits(self.unsigned::<8>()?)),
            tag::BIN8 | tag::STR8 => Token::Bytes(self.counted::<1>()?),
            tag::BIN16 | tag::STR16 => Token::Bytes(self.counted::<2>()?),
            tag::BIN32 | tag::STR32 => Token::Bytes(self.counted::<4>()?),
            tag::ARRAY16 => Token::Array(self.length::<2>()?),
            tag::ARRAY32 => Token::Array(self.length::<4>()?),
            tag::MAP16 => Token::Map(self.length::<2>()?),
            tag::MAP32 => Token::Map(self.length::<4>()?),
            _ => return None,
        })
    }

    /// The number of elements if an array is next.
    #[inline]
    pub(crate) fn array(&mut self) -> Option<usize> {
        match *self.bytes.get(self.at)? {
            first @ tag::FIXARRAY..=0x9F => {
                self.at += 1;
                Some(usize::from(first & 0x0F))
            }
            _ => self.wide_array(),
        }
    }

    #[inline(never)]
    fn wide_array(&mut self) -> Option<usize> {
        let start = self.at;
        match self.token() {
            Some(Token::Array(count)) => Some(count),
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// The next value if it is an integer.
    #[inline]
    pub(crate) fn int(&mut self) -> Option<Int> {
        match *self.bytes.get(self.at)? {
            first @ 0..=0x7F => {
                self.at += 1;
                Some(u64::from(first).into())
            }
            _ => self.wide_int(),
        }
    }

    #[inline(never)]
    fn wide_int(&mut self) -> Option<Int> {
        let start = self.at;
        match self.token() {
            Some(Token::Int(int)) => Some(int),
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// The next value if it is a str or bin.
    #[inline]
    pub(crate) fn str_or_bin(&mut self) -> Option<&'a [u8]> {
        match *self.bytes.get(self.at)? {
            first @ tag::FIXSTR..=0xBF => {
                let start = self.at + 1;
                let end = start + usize::from(first & 0x1F);
                let bytes = self.bytes.get(start..end)?;
                self.at = end;
                Some(bytes)
            }
            _ => self.wide_str_or_bin(),
        }
    }

    #[inline(never)]
    fn wide_str_or_bin(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        match self.token() {
            Some(Token::Bytes(bytes)) => Some(bytes),
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// Steps over nil if it is next.
    #[inline]
    pub(crate) fn nil(&mut self) -> Option<()> {
        if *self.bytes.get(self.at)? != tag::NIL {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Steps over one value with all that it contains; nothing if the bytes end before it does.
    pub(crate) fn skip(&mut self) -> Option<()> {
        let mut left = 1_usize;
        while left > 0 {
            left -= 1;
            left = match self.token()? {
                Token::Array(count) => left.checked_add(count)?,
                Token::Map(pairs) => left.checked_add(pairs.checked_mul(2)?)?,
                _ => left,
            };
        }
        Some(())
    }

    #[inline]
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn unsigned<const N: usize>(&mut self) -> Option<u64> {
        let mut wide = [0; 8];
        wide[8 - N..].copy_from_slice(self.take(N)?);
        Some(u64::from_be_bytes(wide))
    }

    fn signed<const N: usize>(&mut self) -> Option<i64> {
        let unused = 64 - 8 * N as u32;
        Some(((self.unsigned::<N>()? << unused) as i64) >> unused)
    }

    fn length<const N: usize>(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned::<N>()?).ok()
    }

    fn counted<const N: usize>(&mut self) -> Option<&'a [u8]> {
        let len = self.length::<N>()?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(bytes: &[u8]) -> Option<Token<'_>> {
        let mut reader = Reader::new(bytes);
        let token = reader.token();
        assert!(token.is_none() || reader.at() == bytes.len());
        token
    }

    #[test]
    fn every_integer_width_reads_the_same_value() {
        let seven = Some(Token::Int(7_u64.into()));
        for bytes in [
            &[7][..],
            &[0xCC, 7],
            &[0xCD, 0, 7],
            &[0xCE, 0, 0, 0, 7],
            &[0xCF, 0, 0, 0, 0, 0, 0, 0, 7],
            &[0xD0, 7],
            &[0xD1, 0, 7],
            &[0xD2, 0, 0, 0, 7],
            &[0xD3, 0, 0, 0, 0, 0, 0, 0, 7],
        ] {
            assert_eq!(only(bytes), seven);
        }
        for bytes in [&[0xFE][..], &[0xD0, 0xFE], &[0xD1, 0xFF, 0xFE]] {
            assert_eq!(only(bytes), Some(Token::Int((-2_i64).into())));
        }
    }

    #[test]
    fn bytes_end_before_the_value_does() {
        for bytes in [
            &[][..],
            &[0xCE, 0, 0],
            &[0xA2, b'x'],
            &[0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
        ] {
            let mut reader = Reader::new(bytes);
            assert_eq!(reader.token(), None);
            assert_eq!(reader.at(), 0);
        }
    }

    #[test]
    fn skips_what_is_nested() {
        let mut reader = Reader::new(&[0x92, 0x81, 0xA1, b'k', 0x91, 0xC0, 1, 5]);
        assert_eq!(reader.skip(), Some(()));
        assert_eq!(reader.int(), Some(5_u64.into()));
        assert_eq!(Reader::new(&[0xDF, 0xFF, 0xFF, 0xFF, 0xFF]).skip(), None);
    }
}

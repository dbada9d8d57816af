//! Values as bytes, each in the shortest form that MessagePack has for it.
//!
//! Headers are gathered in a few bytes on the stack and appended at once: a `Vec` checks its capacity once a message, not once a byte.

use super::tag;
use crate::Int;

/// Bytes of a message up to its first key or value: at most an array header, a sequence number, a command, and a header.
const ROOM: usize = 32;

/// A few bytes on the stack.
pub(crate) struct Head {
    bytes: [u8; ROOM],
    len: usize,
}

impl Head {
    /// The start of a message of `count` elements.
    #[inline]
    pub(crate) fn message(count: usize, seq: Int, code: u8) -> Self {
        let mut head = Self::new();
        head.array(count);
        head.int(seq);
        head.byte(code);
        head
    }

    #[inline]
    pub(crate) fn new() -> Self {
        let bytes = [0; ROOM];
        Self { bytes, len: 0 }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends what was gathered.
    #[inline]
    pub(crate) fn flush(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_slice());
    }

    /// Appends what was gathered, then `bytes` as a str or bin.
    #[inline]
    pub(crate) fn flush_with(mut self, out: &mut Vec<u8>, bytes: &[u8], bin: bool) {
        self.bytes_header(bytes.len(), bin);
        out.reserve(self.len + bytes.len());
        self.flush(out);
        out.extend_from_slice(bytes);
    }

    /// A byte as it is: a tag, or an integer up to 127.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    #[inline]
    fn tagged<const N: usize>(&mut self, tag: u8, bytes: [u8; N]) {
        self.byte(tag);
        self.bytes[self.len..self.len + N].copy_from_slice(&bytes);
        self.len += N;
    }

    #[inline]
    pub(crate) fn int(&mut self, int: Int) {
        match (int.as_u64(), int.as_i64()) {
            (Some(value), _) => self.unsigned(value),
            (None, Some(value)) => self.negative(value),
            (None, None) => unreachable!("an integer fits one of the two"),
        }
    }

    #[inline]
    pub(crate) fn unsigned(&mut self, value: u64) {
        match value {
            0..=0x7F => self.byte(value as u8),
            0x80..=0xFF => self.tagged(tag::U8, [value as u8]),
            0x100..=0xFFFF => self.tagged(tag::U16, (value as u16).to_be_bytes()),
            0x1_0000..=0xFFFF_FFFF => self.tagged(tag::U32, (value as u32).to_be_bytes()),
            _ => self.tagged(tag::U64, value.to_be_bytes()),
        }
    }

    fn negative(&mut self, value: i64) {
        match value {
            -32.. => self.byte(value as u8),
            -0x80..-32 => self.tagged(tag::I8, [value as u8]),
            -0x8000..-0x80 => self.tagged(tag::I16, (value as i16).to_be_bytes()),
            -0x8000_0000..-0x8000 => self.tagged(tag::I32, (value as i32).to_be_bytes()),
            _ => self.tagged(tag::I64, value.to_be_bytes()),
        }
    }

    #[inline]
    pub(crate) fn bytes_header(&mut self, len: usize, bin: bool) {
        match (len, bin) {
            (0..=31, false) => self.byte(tag::FIXSTR | len as u8),
            (0..=0xFF, _) => self.tagged(if bin { tag::BIN8 } else { tag::STR8 }, [len as u8]),
            (0x100..=0xFFFF, _) => {
                let tag = if bin { tag::BIN16 } else { tag::STR16 };
                self.tagged(tag, (len as u16).to_be_bytes());
            }
            _ => {
                let tag = if bin { tag::BIN32 } else { tag::STR32 };
                assert!(len <= u32::MAX as usize, "a str or bin of 4 GiB or more");
                self.tagged(tag, (len as u32).to_be_bytes());
            }
        }
    }

    #[inline]
    pub(crate) fn array(&mut self, count: usize) {
        match count {
            0..=15 => self.byte(tag::FIXARRAY | count as u8),
            16..=0xFFFF => self.tagged(tag::ARRAY16, (count as u16).to_be_bytes()),
            _ => self.tagged(tag::ARRAY32, (count as u32).to_be_bytes()),
        }
    }

    pub(crate) fn map(&mut self, pairs: usize) {
        match pairs {
            0..=15 => self.byte(tag::FIXMAP | pairs as u8),
            16..=0xFFFF => self.tagged(tag::MAP16, (pairs as u16).to_be_bytes()),
            _ => self.tagged(tag::MAP32, (pairs as u32).to_be_bytes()),
        }
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.byte(if value { tag::TRUE } else { tag::FALSE });
    }
}

/// Appends an integer.
#[inline]
pub(crate) fn put_unsigned(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        return out.push(value as u8);
    }
    let mut head = Head::new();
    head.unsigned(value);
    head.flush(out);
}

/// Appends an integer of any sign.
pub(crate) fn put_int(out: &mut Vec<u8>, value: Int) {
    let mut head = Head::new();
    head.int(value);
    head.flush(out);
}

/// Appends a str or bin.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8], bin: bool) {
    Head::new().flush_with(out, bytes, bin);
}

/// Appends nil.
pub(crate) fn put_nil(out: &mut Vec<u8>) {
    out.push(tag::NIL);
}

/// Appends the header of an array.
#[inline]
pub(crate) fn put_array(out: &mut Vec<u8>, count: usize) {
    let mut head = Head::new();
    head.array(count);
    head.flush(out);
}

/// Appends the header of a map.
pub(crate) fn put_map(out: &mut Vec<u8>, pairs: usize) {
    let mut head = Head::new();
    head.map(pairs);
    head.flush(out);
}

/// Appends a bool.
pub(crate) fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { tag::TRUE } else { tag::FALSE });
}

/// Appends a floating-point number.
pub(crate) fn put_float(out: &mut Vec<u8>, value: f64) {
    out.push(tag::F64);
    out.extend_from_slice(&value.to_bits().to_be_bytes());
}

/// Appends a str or bin, or nil.
pub(crate) fn put_optional(out: &mut Vec<u8>, bytes: Option<&[u8]>, bin: bool) {
    match bytes {
        Some(bytes) => put_bytes(out, bytes, bin),
        None => put_nil(out),
    }
}

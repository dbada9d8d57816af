//! The buffer that keys encode into: 64 bytes in place, the heap beyond.
//!
//! While everything fits, the bytes stand in `inline`. The push that does not fit moves them to `heap`, where they stay until
//! [`KeyBuf::clear`]. So the encoding of a short key touches no allocator, and a long one costs a single growing vector.

use std::fmt;
use std::ops::Deref;

/// How many bytes a [`KeyBuf`] holds before it asks the heap.
pub const INLINE_KEY_BYTES: usize = 64;

/// A growing byte buffer that needs no heap for up to [`INLINE_KEY_BYTES`] bytes.
///
/// # Examples
/// ```
/// use masstree::typed::KeyBuf;
///
/// let mut buf = KeyBuf::new();
/// buf.extend_from_slice(b"user/");
/// buf.push(7);
/// assert_eq!(buf.as_slice(), b"user/\x07");
/// assert!(!buf.is_spilled());
/// ```
#[derive(Clone)]
pub struct KeyBuf {
    inline: [u8; INLINE_KEY_BYTES],
    inline_len: usize,
    heap: Vec<u8>,
    spilled: bool,
}

impl KeyBuf {
    /// An empty buffer.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            inline: [0; INLINE_KEY_BYTES],
            inline_len: 0,
            heap: Vec::new(),
            spilled: false,
        }
    }

    /// An empty buffer that holds `bytes` bytes without growing again.
    #[inline]
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        let mut buf = Self::new();
        buf.reserve(bytes);
        buf
    }

    /// Makes room for `additional` more bytes.
    #[inline]
    pub fn reserve(&mut self, additional: usize) {
        if self.spilled {
            self.heap.reserve(additional);
        } else if self.inline_len + additional > INLINE_KEY_BYTES {
            self.spill(additional);
        }
    }

    /// Appends one byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }

    /// Appends `bytes`.
    #[inline]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        if !self.spilled {
            let end = self.inline_len + bytes.len();
            if let Some(room) = self.inline.get_mut(self.inline_len..end) {
                room.copy_from_slice(bytes);
                self.inline_len = end;
                return;
            }
            self.spill(bytes.len());
        }
        self.heap.extend_from_slice(bytes);
    }

    /// The bytes so far.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        if self.spilled {
            &self.heap
        } else {
            &self.inline[..self.inline_len]
        }
    }

    /// The bytes so far, to be changed in place.
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        if self.spilled {
            &mut self.heap
        } else {
            &mut self.inline[..self.inline_len]
        }
    }

    /// Forgets the bytes and keeps the memory.
    #[inline]
    pub fn clear(&mut self) {
        self.inline_len = 0;
        self.heap.clear();
        self.spilled = false;
    }

    /// Whether the bytes stand on the heap.
    #[inline]
    #[must_use]
    pub const fn is_spilled(&self) -> bool {
        self.spilled
    }

    #[cold]
    fn spill(&mut self, additional: usize) {
        self.heap.reserve(self.inline_len + additional);
        self.heap.extend_from_slice(&self.inline[..self.inline_len]);
        self.spilled = true;
    }
}

impl Default for KeyBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for KeyBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for KeyBuf {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for KeyBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for KeyBuf {}

impl fmt::Debug for KeyBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyBuf").field(&self.as_slice()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_place_up_to_its_size_and_moves_once_beyond() {
        let mut buf = KeyBuf::new();
        let mut expected = Vec::new();
        for i in 0..200u8 {
            assert_eq!(buf.is_spilled(), usize::from(i) > INLINE_KEY_BYTES);
            assert_eq!(buf.as_slice(), expected);
            buf.push(i);
            expected.push(i);
        }
        buf.clear();
        assert!(buf.is_empty() && !buf.is_spilled());
        buf.extend_from_slice(&[1; 65]);
        assert_eq!(buf.as_mut_slice(), [1; 65]);
    }

    #[test]
    fn reserve_beyond_the_place_moves_what_is_there() {
        let mut buf = KeyBuf::new();
        buf.extend_from_slice(b"abc");
        buf.reserve(61);
        assert!(!buf.is_spilled());
        buf.reserve(62);
        assert!(buf.is_spilled());
        assert_eq!(&*buf, b"abc");
        assert_eq!(KeyBuf::with_capacity(100), KeyBuf::default());
    }
}

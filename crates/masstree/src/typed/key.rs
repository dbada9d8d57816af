//! The two traits behind typed keys: [`EncodeKey`] writes bytes whose order is the order of the values, [`Key`] reads them back.
//!
//! A type has two forms. The self-delimiting form ([`EncodeKey::encode`]) is prefix-free: no value's bytes begin another value's,
//! so that anything may follow. The last form ([`EncodeKey::encode_last`]) is used where nothing follows, as a whole key or as the
//! last component of one; strings are their plain bytes there. Both keep the order. A map stores the last form.

use super::{DecodeError, KeyBuf};

/// A value that encodes to bytes in its own order: `a < b` exactly when the bytes of `a` sort before those of `b`.
///
/// This half is enough to look a key up; the borrowed `str` and `[u8]` have it, and so have references and tuples of references.
///
/// # What an implementation owes
/// - `encode` keeps the order, is injective, and no value's bytes are a proper prefix of another value's.
/// - `encode_last` keeps the order and is injective.
/// - Where `K: Borrow<Q>`, `K` and `Q` have the same `encode_last`.
///
/// One that breaks this gets a map with another order, or one that does not find its keys; never undefined behaviour.
///
/// # Examples
/// ```
/// use masstree::typed::EncodeKey;
///
/// let bytes = |n: i32| n.with_encoded(<[u8]>::to_vec);
/// assert!(bytes(-2) < bytes(-1) && bytes(-1) < bytes(0) && bytes(0) < bytes(300));
/// ```
pub trait EncodeKey {
    /// The length of every encoding of this type, where they all have the same.
    ///
    /// A type with a fixed length has one form: `encode` and `encode_last` write the same.
    const FIXED_LEN: Option<usize> = None;

    /// Appends the self-delimiting form.
    fn encode(&self, out: &mut KeyBuf);

    /// Appends the form for the end of a key, where nothing follows.
    #[inline]
    fn encode_last(&self, out: &mut KeyBuf) {
        self.encode(out);
    }

    /// The self-delimiting forms of `items`, one after another, if they stand in memory like that already. Only bytes do.
    #[inline]
    fn as_encoded(items: &[Self]) -> Option<&[u8]>
    where
        Self: Sized,
    {
        let _ = items;
        None
    }

    /// Calls `f` with the last form, which is the key as a map stores it.
    ///
    /// Strings, byte strings and byte arrays are passed on as they stand; another key of up to
    /// [`INLINE_KEY_BYTES`](super::INLINE_KEY_BYTES) bytes is built on the stack.
    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        with_built(self, f)
    }
}

/// A key of a typed map: an [`EncodeKey`] that can be read back.
///
/// # What an implementation owes
/// `decode` undoes `encode` whatever follows, and leaves `input` behind what it read; `decode_last` undoes `encode_last`.
/// Neither panics, whatever the bytes are.
///
/// # Examples
/// A struct encodes as the tuple of its fields, in the order in which they are to be compared:
/// ```
/// use masstree::typed::{DecodeError, EncodeKey, Key, KeyBuf};
///
/// #[derive(Debug, PartialEq)]
/// struct Post {
///     author: String,
///     number: u32,
/// }
///
/// impl EncodeKey for Post {
///     fn encode(&self, out: &mut KeyBuf) {
///         (&self.author, self.number).encode(out);
///     }
/// }
///
/// impl Key for Post {
///     fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
///         let (author, number) = Key::decode(input)?;
///         Ok(Post { author, number })
///     }
/// }
///
/// let post = Post { author: "ann".into(), number: 3 };
/// let copy = post.with_encoded(Post::decode_last)?;
/// assert_eq!(copy, post);
/// # Ok::<(), DecodeError>(())
/// ```
pub trait Key: EncodeKey + Sized {
    /// Reads the self-delimiting form from the front of `input` and moves `input` past it.
    ///
    /// # Errors
    /// When `input` does not begin with an encoding of this type; where `input` then stands is not specified.
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError>;

    /// Reads the form for the end of a key from the whole of `input`.
    ///
    /// # Errors
    /// When `input` is not such an encoding, or has bytes after it.
    #[inline]
    fn decode_last(mut input: &[u8]) -> Result<Self, DecodeError> {
        let key = Self::decode(&mut input)?;
        expect_end(input)?;
        Ok(key)
    }
}

/// Builds the last form of `key` in a buffer and calls `f` with it.
#[inline]
pub(super) fn with_built<Q: EncodeKey + ?Sized, R>(key: &Q, f: impl FnOnce(&[u8]) -> R) -> R {
    let mut buf = KeyBuf::with_capacity(Q::FIXED_LEN.unwrap_or(0));
    key.encode_last(&mut buf);
    f(buf.as_slice())
}

/// Takes `N` bytes off the front of `input`.
#[inline]
pub(super) fn take<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    let (head, rest) = input
        .split_first_chunk::<N>()
        .ok_or(DecodeError::UnexpectedEnd)?;
    *input = rest;
    Ok(*head)
}

/// Refuses bytes after the end of a key.
#[inline]
pub(super) const fn expect_end(input: &[u8]) -> Result<(), DecodeError> {
    match input.len() {
        0 => Ok(()),
        len => Err(DecodeError::TrailingBytes { len }),
    }
}

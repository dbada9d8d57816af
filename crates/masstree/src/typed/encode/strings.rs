//! Strings and byte strings.
//!
//! At the end of a key they are their own bytes, so that a map of `String` stores what a byte map would. Where something follows, a
//! zero byte is written as `00 FF` and the end as `00 00`: a string that is a prefix of another ends with `00 00` where the other
//! goes on with `00 FF` or a byte from 1 up, and so comes first.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

const ESCAPED_ZERO: [u8; 2] = [0x00, 0xFF];
const TERMINATOR: [u8; 2] = [0x00, 0x00];

impl EncodeKey for [u8] {
    fn encode(&self, out: &mut KeyBuf) {
        out.reserve(self.len() + TERMINATOR.len());
        let mut parts = self.split(|&byte| byte == 0);
        if let Some(first) = parts.next() {
            out.extend_from_slice(first);
        }
        for part in parts {
            out.extend_from_slice(&ESCAPED_ZERO);
            out.extend_from_slice(part);
        }
        out.extend_from_slice(&TERMINATOR);
    }

    #[inline]
    fn encode_last(&self, out: &mut KeyBuf) {
        out.extend_from_slice(self);
    }

    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(self)
    }
}

impl EncodeKey for str {
    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        self.as_bytes().encode(out);
    }

    #[inline]
    fn encode_last(&self, out: &mut KeyBuf) {
        self.as_bytes().encode_last(out);
    }

    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(self.as_bytes())
    }
}

macro_rules! owned {
    ($($owned:ty as $borrowed:ty;)*) => {$(
        impl EncodeKey for $owned {
            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                <$borrowed>::encode(self, out);
            }

            #[inline]
            fn encode_last(&self, out: &mut KeyBuf) {
                <$borrowed>::encode_last(self, out);
            }

            #[inline]
            fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
                <$borrowed>::with_encoded(self, f)
            }
        }
    )*};
}

owned! {
    String as str;
    Vec<u8> as [u8];
    Cow<'_, str> as str;
    Cow<'_, [u8]> as [u8];
}

impl Key for Vec<u8> {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut bytes = Self::new();
        loop {
            let zero = input
                .iter()
                .position(|&byte| byte == 0)
                .ok_or(DecodeError::UnexpectedEnd)?;
            let (part, rest) = input.split_at(zero);
            bytes.extend_from_slice(part);
            let (mark, rest) = rest
                .split_first_chunk::<2>()
                .ok_or(DecodeError::UnexpectedEnd)?;
            *input = rest;
            match *mark {
                TERMINATOR => return Ok(bytes),
                ESCAPED_ZERO => bytes.push(0),
                _ => {
                    return Err(DecodeError::InvalidValue {
                        expected: "escape in a byte string",
                    });
                }
            }
        }
    }

    #[inline]
    fn decode_last(input: &[u8]) -> Result<Self, DecodeError> {
        Ok(input.to_vec())
    }
}

impl Key for String {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        Self::from_utf8(Vec::decode(input)?).map_err(|_| NOT_UTF8)
    }

    #[inline]
    fn decode_last(input: &[u8]) -> Result<Self, DecodeError> {
        str::from_utf8(input).map(Self::from).map_err(|_| NOT_UTF8)
    }
}

const NOT_UTF8: DecodeError = DecodeError::InvalidValue {
    expected: "UTF-8 text",
};

macro_rules! decoded_through {
    ($($key:ty = $through:ty;)*) => {$(
        impl Key for $key {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                <$through>::decode(input).map(Into::into)
            }

            #[inline]
            fn decode_last(input: &[u8]) -> Result<Self, DecodeError> {
                <$through>::decode_last(input).map(Into::into)
            }
        }
    )*};
}

decoded_through! {
    Box<str> = String;
    Box<[u8]> = Vec<u8>;
    Rc<str> = String;
    Rc<[u8]> = Vec<u8>;
    Arc<str> = String;
    Arc<[u8]> = Vec<u8>;
    Cow<'_, str> = String;
    Cow<'_, [u8]> = Vec<u8>;
}

//! Integers, `bool`, `char`: fixed length, big endian.
//!
//! | type | bytes |
//! |---|---|
//! | `u8` to `u128` | big endian |
//! | `i8` to `i128` | big endian with the sign bit flipped, so that negative numbers come first |
//! | `usize`, `isize` | as `u64`, `i64`, the same on every machine |
//! | `NonZero` | as the number |
//! | `bool` | 0 or 1 |
//! | `char` | its scalar value as `u32` |

use std::num::NonZero;

use crate::typed::key::take;
use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

macro_rules! integer {
    ($($int:ty as $wire:ty, $flip:expr, $doc:literal;)*) => {$(
        impl EncodeKey for $int {
            const FIXED_LEN: Option<usize> = Some(size_of::<$wire>());

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                out.extend_from_slice(&((*self as $wire) ^ $flip).to_be_bytes());
            }

            #[inline]
            fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
                f(&((*self as $wire) ^ $flip).to_be_bytes())
            }
        }

        impl Key for $int {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                let wire = <$wire>::from_be_bytes(take(input)?) ^ $flip;
                <$int>::try_from(wire).map_err(|_| DecodeError::InvalidValue { expected: $doc })
            }
        }

        nonzero!($int, $doc);
    )*};
}

macro_rules! nonzero {
    ($int:ty, $doc:literal) => {
        impl EncodeKey for NonZero<$int> {
            const FIXED_LEN: Option<usize> = <$int as EncodeKey>::FIXED_LEN;

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                self.get().encode(out);
            }

            #[inline]
            fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
                self.get().with_encoded(f)
            }
        }

        impl Key for NonZero<$int> {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                Self::new(<$int>::decode(input)?).ok_or(DecodeError::InvalidValue {
                    expected: concat!("nonzero ", $doc),
                })
            }
        }
    };
}

integer! {
    u16 as u16, 0, "u16";
    u32 as u32, 0, "u32";
    u64 as u64, 0, "u64";
    u128 as u128, 0, "u128";
    usize as u64, 0, "usize";
    i8 as i8, i8::MIN, "i8";
    i16 as i16, i16::MIN, "i16";
    i32 as i32, i32::MIN, "i32";
    i64 as i64, i64::MIN, "i64";
    i128 as i128, i128::MIN, "i128";
    isize as i64, i64::MIN, "isize";
}

impl EncodeKey for u8 {
    const FIXED_LEN: Option<usize> = Some(1);

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        out.push(*self);
    }

    #[inline]
    fn as_encoded(items: &[Self]) -> Option<&[u8]> {
        Some(items)
    }

    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(&[*self])
    }
}

impl Key for u8 {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        take::<1>(input).map(|[byte]| byte)
    }
}

nonzero!(u8, "u8");

impl EncodeKey for bool {
    const FIXED_LEN: Option<usize> = Some(1);

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        out.push(u8::from(*self));
    }
}

impl Key for bool {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        match take(input)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(DecodeError::InvalidValue { expected: "bool" }),
        }
    }
}

impl EncodeKey for char {
    const FIXED_LEN: Option<usize> = Some(4);

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        u32::from(*self).encode(out);
    }
}

impl Key for char {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        Self::from_u32(u32::decode(input)?).ok_or(DecodeError::InvalidValue { expected: "char" })
    }
}

//! `Option`, `Reverse`, arrays.
//!
//! | type | bytes |
//! |---|---|
//! | `Option<T>` | `00` for `None`; `01` and the value for `Some` |
//! | `Reverse<T>` | the self-delimiting form with every bit inverted; being prefix-free it sorts the other way round |
//! | `[T; N]` | the elements, the last one in its last form |

use std::cmp::Reverse;

use crate::typed::key::{expect_end, take, with_built};
use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

const NONE: u8 = 0;
const SOME: u8 = 1;

impl<T: EncodeKey> EncodeKey for Option<T> {
    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        match self {
            None => out.push(NONE),
            Some(value) => {
                out.push(SOME);
                value.encode(out);
            }
        }
    }

    #[inline]
    fn encode_last(&self, out: &mut KeyBuf) {
        match self {
            None => out.push(NONE),
            Some(value) => {
                out.push(SOME);
                value.encode_last(out);
            }
        }
    }
}

impl<T: Key> Key for Option<T> {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        match take(input)? {
            [NONE] => Ok(None),
            [SOME] => T::decode(input).map(Some),
            _ => Err(BAD_TAG),
        }
    }

    #[inline]
    fn decode_last(mut input: &[u8]) -> Result<Self, DecodeError> {
        match take(&mut input)? {
            [NONE] if input.is_empty() => Ok(None),
            [NONE] => Err(DecodeError::TrailingBytes { len: input.len() }),
            [SOME] => T::decode_last(input).map(Some),
            _ => Err(BAD_TAG),
        }
    }
}

const BAD_TAG: DecodeError = DecodeError::InvalidValue {
    expected: "tag of an Option",
};

impl<T: EncodeKey> EncodeKey for Reverse<T> {
    const FIXED_LEN: Option<usize> = T::FIXED_LEN;

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        let start = out.len();
        self.0.encode(out);
        for byte in &mut out.as_mut_slice()[start..] {
            *byte = !*byte;
        }
    }
}

impl<T: Key> Key for Reverse<T> {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let source = match T::FIXED_LEN {
            Some(len) => input.get(..len).ok_or(DecodeError::UnexpectedEnd)?,
            None => input,
        };
        let mut inverted = KeyBuf::with_capacity(source.len());
        inverted.extend_from_slice(source);
        for byte in inverted.as_mut_slice() {
            *byte = !*byte;
        }
        let mut rest = inverted.as_slice();
        let value = T::decode(&mut rest)?;
        let used = source.len() - rest.len();
        *input = &input[used..];
        Ok(Self(value))
    }
}

impl<T: EncodeKey, const N: usize> EncodeKey for [T; N] {
    const FIXED_LEN: Option<usize> = match T::FIXED_LEN {
        Some(len) => Some(len * N),
        None if N == 0 => Some(0),
        None => None,
    };

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        encode_each(self, out);
    }

    #[inline]
    fn encode_last(&self, out: &mut KeyBuf) {
        if T::FIXED_LEN.is_some() {
            encode_each(self, out);
        } else if let [before @ .., last] = self.as_slice() {
            encode_each(before, out);
            last.encode_last(out);
        }
    }

    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match T::as_encoded(self) {
            Some(bytes) => f(bytes),
            None => with_built(self, f),
        }
    }
}

/// Appends the self-delimiting forms of `items`, one after another.
#[inline]
fn encode_each<T: EncodeKey>(items: &[T], out: &mut KeyBuf) {
    match T::as_encoded(items) {
        Some(bytes) => out.extend_from_slice(bytes),
        None => items.iter().for_each(|item| item.encode(out)),
    }
}

impl<T: Key, const N: usize> Key for [T; N] {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        collect(|_| T::decode(input))
    }

    #[inline]
    fn decode_last(mut input: &[u8]) -> Result<Self, DecodeError> {
        let array = collect(|i| {
            if i + 1 < N {
                T::decode(&mut input)
            } else {
                T::decode_last(std::mem::take(&mut input))
            }
        })?;
        expect_end(input)?;
        Ok(array)
    }
}

/// An array of what `element` gives for each index, or its first error.
#[inline]
fn collect<T, const N: usize>(
    mut element: impl FnMut(usize) -> Result<T, DecodeError>,
) -> Result<[T; N], DecodeError> {
    let mut failure = None;
    let elements = [(); N].map({
        let mut index = 0;
        let failure = &mut failure;
        move |()| {
            if failure.is_some() {
                return None;
            }
            index += 1;
            element(index - 1)
                .map_err(|error| *failure = Some(error))
                .ok()
        }
    });
    match failure {
        Some(error) => Err(error),
        None => {
            Ok(elements.map(|element| element.expect("every element was read, since none failed")))
        }
    }
}

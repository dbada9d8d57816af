//! Tuples of up to eight components, and `()`, which encodes to nothing.
//!
//! The components stand one after another, all but the last in their self-delimiting form, so that the first difference between two
//! tuples is found before anything that follows it.

use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

impl EncodeKey for () {
    const FIXED_LEN: Option<usize> = Some(0);

    #[inline]
    fn encode(&self, _out: &mut KeyBuf) {}
}

impl Key for () {
    #[inline]
    fn decode(_input: &mut &[u8]) -> Result<Self, DecodeError> {
        Ok(())
    }
}

/// The sum of the lengths, if each is fixed.
const fn total(mut lengths: &[Option<usize>]) -> Option<usize> {
    let mut sum = 0;
    while let [first, rest @ ..] = lengths {
        match *first {
            Some(len) => sum += len,
            None => return None,
        }
        lengths = rest;
    }
    Some(sum)
}

macro_rules! tuple {
    ($($name:ident $index:tt,)* ; $last:ident $last_index:tt) => {
        impl<$($name: EncodeKey,)* $last: EncodeKey> EncodeKey for ($($name,)* $last,) {
            const FIXED_LEN: Option<usize> = total(&[$($name::FIXED_LEN,)* $last::FIXED_LEN]);

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                $(self.$index.encode(out);)*
                self.$last_index.encode(out);
            }

            #[inline]
            fn encode_last(&self, out: &mut KeyBuf) {
                $(self.$index.encode(out);)*
                self.$last_index.encode_last(out);
            }
        }

        impl<$($name: Key,)* $last: Key> Key for ($($name,)* $last,) {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                Ok(($($name::decode(input)?,)* $last::decode(input)?,))
            }

            #[inline]
            #[allow(unused_mut, reason = "a tuple of one reads its input once")]
            fn decode_last(mut input: &[u8]) -> Result<Self, DecodeError> {
                Ok(($($name::decode(&mut input)?,)* $last::decode_last(input)?,))
            }
        }
    };
}

tuple!(; A 0);
tuple!(A 0, ; B 1);
tuple!(A 0, B 1, ; C 2);
tuple!(A 0, B 1, C 2, ; D 3);
tuple!(A 0, B 1, C 2, D 3, ; E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, ; F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, ; G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, ; H 7);

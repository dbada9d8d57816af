//! References and smart pointers encode as what they point to.

use std::rc::Rc;
use std::sync::Arc;

use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

macro_rules! pointer {
    ($($pointer:ty;)*) => {$(
        impl<T: EncodeKey + ?Sized> EncodeKey for $pointer {
            const FIXED_LEN: Option<usize> = T::FIXED_LEN;

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                T::encode(self, out);
            }

            #[inline]
            fn encode_last(&self, out: &mut KeyBuf) {
                T::encode_last(self, out);
            }

            #[inline]
            fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
                T::with_encoded(self, f)
            }
        }
    )*};
}

pointer! {
    &T;
    Box<T>;
    Rc<T>;
    Arc<T>;
}

macro_rules! decode_pointee {
    ($($pointer:ident)*) => {$(
        impl<T: Key> Key for $pointer<T> {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                T::decode(input).map(Self::new)
            }

            #[inline]
            fn decode_last(input: &[u8]) -> Result<Self, DecodeError> {
                T::decode_last(input).map(Self::new)
            }
        }
    )*};
}

decode_pointee!(Box Rc Arc);

//! Floats in the total order of IEEE 754: negative NaN, negative numbers, -0.0, 0.0, positive numbers, positive NaN.
//!
//! The bits are taken big endian; a positive number has its sign bit set, a negative one has all its bits inverted, since its
//! magnitude counts downwards. Every bit pattern is a key of its own: -0.0 is not 0.0, and a NaN is found by its own bits.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::typed::key::take;
use crate::typed::{DecodeError, EncodeKey, Key, KeyBuf};

/// A float with [`Ord`] and [`Eq`] by `total_cmp`, for code that asks its keys for them.
///
/// It encodes as the float itself does, and a map takes the bare `f64` too.
///
/// # Examples
/// ```
/// use masstree::typed::Total;
///
/// let mut temperatures = vec![Total(3.5), Total(f64::NAN), Total(-0.0), Total(0.0), Total(-7.0)];
/// temperatures.sort();
/// assert_eq!(temperatures[..3], [Total(-7.0), Total(-0.0), Total(0.0)]);
/// assert_ne!(Total(0.0), Total(-0.0));
/// ```
#[derive(Clone, Copy, Default)]
pub struct Total<F>(pub F);

macro_rules! float {
    ($float:ty, $bits:ty, $signed:ty) => {
        impl EncodeKey for $float {
            const FIXED_LEN: Option<usize> = Some(size_of::<$float>());

            #[inline]
            fn encode(&self, out: &mut KeyBuf) {
                self.with_encoded(|bytes| out.extend_from_slice(bytes));
            }

            #[inline]
            fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
                let bits = self.to_bits();
                // All ones for a negative number, the sign bit alone for a positive one.
                let mask = ((bits as $signed) >> (<$bits>::BITS - 1)) as $bits | SIGN;
                const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                f(&(bits ^ mask).to_be_bytes())
            }
        }

        impl Key for $float {
            #[inline]
            fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
                let coded = <$bits>::from_be_bytes(take(input)?);
                const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                let bits = if coded & SIGN == 0 {
                    !coded
                } else {
                    coded ^ SIGN
                };
                Ok(Self::from_bits(bits))
            }
        }

        impl PartialEq for Total<$float> {
            fn eq(&self, other: &Self) -> bool {
                self.0.to_bits() == other.0.to_bits()
            }
        }

        impl Eq for Total<$float> {}

        impl PartialOrd for Total<$float> {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for Total<$float> {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.total_cmp(&other.0)
            }
        }

        impl Hash for Total<$float> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.to_bits().hash(state);
            }
        }
    };
}

float!(f32, u32, i32);
float!(f64, u64, i64);

impl<F> From<F> for Total<F> {
    fn from(float: F) -> Self {
        Self(float)
    }
}

impl<F: fmt::Debug> fmt::Debug for Total<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<F: fmt::Display> fmt::Display for Total<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<F: EncodeKey> EncodeKey for Total<F> {
    const FIXED_LEN: Option<usize> = F::FIXED_LEN;

    #[inline]
    fn encode(&self, out: &mut KeyBuf) {
        self.0.encode(out);
    }

    #[inline]
    fn with_encoded<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        self.0.with_encoded(f)
    }
}

impl<F: Key> Key for Total<F> {
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        F::decode(input).map(Self)
    }
}

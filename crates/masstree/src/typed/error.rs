//! What can be wrong with bytes that are to be read as a key.

use thiserror::Error;

/// Bytes that are not the encoding of a key of this type.
///
/// The typed maps read only what they wrote themselves, so this comes up when [`Key::decode`](crate::typed::Key::decode) is
/// called on bytes from elsewhere.
///
/// # Examples
/// ```
/// use masstree::typed::{DecodeError, Key};
///
/// assert_eq!(u32::decode_last(&[0, 0]), Err(DecodeError::UnexpectedEnd));
/// assert_eq!(u32::decode_last(&[0; 5]), Err(DecodeError::TrailingBytes { len: 1 }));
/// assert_eq!(bool::decode_last(&[2]), Err(DecodeError::InvalidValue { expected: "bool" }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes stop inside the key.
    #[error("the encoded key ends too early")]
    UnexpectedEnd,
    /// Bytes follow the end of the key.
    #[error("{len} bytes follow the end of the encoded key")]
    TrailingBytes {
        /// How many.
        len: usize,
    },
    /// The bytes stand for no value of the type.
    #[error("the encoded key holds no valid {expected}")]
    InvalidValue {
        /// What was expected there.
        expected: &'static str,
    },
}

//! The token that clients must know.

use std::fmt;
use subtle::ConstantTimeEq;

/// A secret that is compared in constant time and never printed.
///
/// # Examples
/// ```
/// let token = masstree_server::Token::new("s3cret");
/// assert_eq!(format!("{token:?}"), "Token(hidden)");
/// ```
#[derive(Clone)]
pub struct Token(Box<[u8]>);

impl Token {
    /// The secret itself.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self(secret.as_ref().into())
    }

    /// Whether the client's token is this one. The time that it takes tells nothing but the length.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.0.ct_eq(given).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_are_equal() {
        let token = Token::new("abc");
        assert!(token.is(b"abc"));
        for other in [&b""[..], b"ab", b"abd", b"abcd"] {
            assert!(!token.is(other));
        }
    }
}

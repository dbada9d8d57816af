//! Any bytes as text, and back.
//!
//! Printable ASCII stands for itself, but a backslash is `\\`; every other byte is `\xNN`. So a key or value never holds a tab, a line's
//! end or a quote that is not its own, and what one command prints another takes. Text that comes in may hold any other character as
//! well, which stands for its bytes, and `\n`, `\r`, `\t`, `\0`.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use clap::builder::{OsStringValueParser, TypedValueParser};

/// Bytes that show themselves escaped.
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'\\';
        let mut rest = self.0;
        while !rest.is_empty() {
            let length = rest.iter().take_while(|byte| plain(byte)).count();
            let (front, behind) = rest.split_at(length);
            // Printable ASCII is UTF-8.
            f.write_str(std::str::from_utf8(front).unwrap_or_default())?;
            rest = behind;
            if let Some((byte, behind)) = rest.split_first() {
                match byte {
                    b'\\' => f.write_str("\\\\")?,
                    byte => write!(f, "\\x{byte:02x}")?,
                }
                rest = behind;
            }
        }
        Ok(())
    }
}

/// `bytes`, escaped.
pub fn escape(bytes: &[u8]) -> String {
    Escaped(bytes).to_string()
}

/// The bytes that `text` stands for.
///
/// # Errors
/// What is wrong with it, to show.
pub fn unescape(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let place = text.len() - rest.len();
        let wrong = || {
            format!(
                "a backslash at byte {place} begins no escape: write \\\\ for a backslash and \\xNN for the byte NN"
            )
        };
        let (&kind, behind) = rest.split_first().ok_or_else(wrong)?;
        rest = behind;
        bytes.push(match kind {
            b'\\' => b'\\',
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'0' => 0,
            b'x' => {
                let (digits, behind) = rest.split_at_checked(2).ok_or_else(wrong)?;
                rest = behind;
                let digit = |digit: u8| char::from(digit).to_digit(16);
                match (digit(digits[0]), digit(digits[1])) {
                    (Some(high), Some(low)) => (16 * high + low) as u8,
                    _ => return Err(wrong()),
                }
            }
            _ => return Err(wrong()),
        });
    }
    Ok(bytes)
}

/// Bytes given as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// Reads arguments that stand for bytes; they need not be UTF-8.
pub fn bytes() -> impl TypedValueParser<Value = Bytes> {
    OsStringValueParser::new().try_map(|text: OsString| unescape_os(&text).map(Bytes))
}

fn unescape_os(text: &OsStr) -> Result<Vec<u8>, String> {
    unescape(text.as_bytes())
}

/// A column and its value, given as `COL=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The column.
    pub column: usize,
    /// The value.
    pub value: Vec<u8>,
}

/// Reads arguments that stand for a column and its value.
pub fn assignment() -> impl TypedValueParser<Value = Assignment> {
    OsStringValueParser::new().try_map(|text: OsString| {
        let wrong = || "give COL=VALUE, as 0=hello".to_owned();
        let text = text.as_bytes();
        let equals = text
            .iter()
            .position(|byte| *byte == b'=')
            .ok_or_else(wrong)?;
        let column = std::str::from_utf8(&text[..equals]).ok();
        let column = column.and_then(|column| column.parse().ok());
        Ok::<_, String>(Assignment {
            column: column.ok_or_else(wrong)?,
            value: unescape(&text[equals + 1..])?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = escape(&all);
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert_eq!(unescape(text.as_bytes()), Ok(all));
        assert_eq!(escape(b"a\\b\tc\xff"), "a\\\\b\\x09c\\xff");
    }

    #[test]
    fn text_may_hold_more_than_is_printed() {
        assert_eq!(unescape(b"\\n\\r\\t\\0\\xFf"), Ok(b"\n\r\t\0\xff".to_vec()));
        assert_eq!(unescape("é".as_bytes()), Ok("é".as_bytes().to_vec()));
        for wrong in ["\\", "a\\x", "\\x1", "\\xg0", "\\q", "\\N"] {
            let error = unescape(wrong.as_bytes()).unwrap_err();
            assert!(error.contains("backslash"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>) {
            prop_assert_eq!(unescape(escape(&bytes).as_bytes()), Ok(bytes));
        }
    }
}

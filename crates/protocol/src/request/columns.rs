//! Lists in a request: columns, columns with values, keys.
//!
//! A list is checked once, when the request is read, and stays where it is. Walking over it reads it again, which costs less than a
//! `Vec` would. Columns may lie in nested arrays, as the C++ client library sends them: since MessagePack writes an array as a header
//! and then its elements, the nesting is undone by stepping over the headers.

use super::arguments::{Arguments, Fault};
use crate::Int;
use crate::error::RefusalKind;
use crate::msgpack::read::{Reader, Token};
use std::fmt;

/// Column numbers, in the order in which they were asked for.
#[derive(Clone, Copy, Default)]
pub struct Columns<'a> {
    bytes: &'a [u8],
    /// Values at the outermost level.
    outer: usize,
    len: usize,
}

impl<'a> Columns<'a> {
    /// Of `len` integers that were checked and lie in no array.
    #[inline]
    pub(super) fn flat(bytes: &'a [u8], len: usize) -> Self {
        let outer = len;
        Self { bytes, outer, len }
    }

    /// Takes all arguments that are left.
    pub(crate) fn take(arguments: &mut Arguments<'a, '_>) -> Result<Self, Fault> {
        if arguments.left == 0 {
            return Ok(Self::default());
        }
        let outer = std::mem::take(&mut arguments.left);
        Self::check(arguments, outer)
    }

    /// Checks `outer` values from where the reader is.
    pub(crate) fn check(arguments: &mut Arguments<'a, '_>, outer: usize) -> Result<Self, Fault> {
        let start = arguments.reader.at();
        let mut len = 0;
        arguments.left += outer;
        let rest = arguments.left - outer;
        while arguments.left > rest {
            let offset = arguments.reader.at();
            match arguments.token("column")? {
                Token::Int(column) => {
                    arguments.check_column(column, offset)?;
                    len += 1;
                }
                Token::Array(count) => arguments.left += count,
                _ => return Err(arguments.wrong_type("column", "an integer", offset)),
            }
        }
        let bytes = arguments.reader.since(start);
        Ok(Self { bytes, outer, len })
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none, which asks for the whole row.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The columns.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = usize> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            let column = past_headers(&mut reader, |reader| reader.int())?;
            column.as_u64().map(|column| column as usize)
        })
    }

    /// Values at the outermost level, where an array counts once.
    pub(crate) fn outer(&self) -> usize {
        self.outer
    }

    /// The values as they were sent: integers, and headers of arrays.
    pub(crate) fn raw(&self) -> impl Iterator<Item = Result<Int, usize>> + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || match reader.token()? {
            Token::Array(count) => Some(Err(count)),
            Token::Int(column) => Some(Ok(column)),
            _ => None,
        })
    }
}

impl fmt::Debug for Columns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Columns and what to set them to. Where a column repeats, the last counts.
#[derive(Clone, Copy)]
pub struct Assignments<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Assignments<'a> {
    /// Of `len` columns and values that were checked.
    #[inline]
    pub(super) fn flat(bytes: &'a [u8], len: usize) -> Self {
        Self { bytes, len }
    }

    /// Takes all arguments that are left: at least one column, and a value for each.
    pub(crate) fn take(arguments: &mut Arguments<'a, '_>) -> Result<Self, Fault> {
        let start = arguments.reader.at();
        let mut len = 0;
        loop {
            let offset = arguments.reader.at();
            match arguments.token("column")? {
                Token::Int(column) => {
                    arguments.check_column(column, offset)?;
                    Self::check_value(arguments)?;
                    len += 1;
                }
                Token::Array(count) => arguments.left += count,
                _ => return Err(arguments.wrong_type("column", "an integer", offset)),
            }
            if arguments.left == 0 && len > 0 {
                let bytes = arguments.reader.since(start);
                return Ok(Self { bytes, len });
            }
        }
    }

    /// The value that belongs to the column before it.
    #[inline]
    fn check_value(arguments: &mut Arguments<'a, '_>) -> Result<(), Fault> {
        loop {
            let offset = arguments.reader.at();
            return match arguments.token("value for a column")? {
                Token::Bytes(value) => arguments.check_value(value, offset).map(drop),
                Token::Array(count) => {
                    arguments.left += count;
                    continue;
                }
                _ => Err(arguments.wrong_type("value", "a str or bin", offset)),
            };
        }
    }

    /// How many there are, repeated columns counted each time; at least 1.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The columns with their values, in the order in which they were sent.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (usize, &'a [u8])> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            let column = past_headers(&mut reader, |reader| reader.int())?;
            let value = past_headers(&mut reader, |reader| reader.str_or_bin())?;
            Some((column.as_u64()? as usize, value))
        })
    }
}

impl fmt::Debug for Assignments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self
            .iter()
            .map(|(column, value)| (column, value.escape_ascii().to_string()));
        f.debug_map().entries(entries).finish()
    }
}

/// What `read` finds, behind the headers of arrays if there are any.
#[inline]
fn past_headers<'a, T>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Option<T>,
) -> Option<T> {
    loop {
        if let Some(found) = read(reader) {
            return Some(found);
        }
        let Token::Array(_) = reader.token()? else {
            return None;
        };
    }
}

/// Keys, in the order in which they were asked for.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Keys<'a> {
    /// Takes all arguments that are left.
    pub(crate) fn take(arguments: &mut Arguments<'a, '_>) -> Result<Self, Fault> {
        let (start, len) = (arguments.reader.at(), arguments.left);
        for _ in 0..len {
            arguments.key("key")?;
        }
        let bytes = arguments.reader.since(start);
        Ok(Self { bytes, len })
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The keys.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || reader.str_or_bin())
    }
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.iter().map(|key| key.escape_ascii().to_string());
        f.debug_list().entries(entries).finish()
    }
}

/// Refuses a `columns` option that is neither nil, a column nor an array of them.
pub(crate) fn bad_columns(arguments: &Arguments<'_, '_>, offset: usize) -> Fault {
    let command = arguments.command;
    let kind = RefusalKind::WrongType {
        command,
        what: "columns",
        wanted: "an array of integers",
    };
    arguments.refuse(kind, offset)
}

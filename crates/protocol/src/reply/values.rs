//! What a reply holds: columns, rows, lists of rows, named numbers. Each was checked when the reply was read and is walked over where
//! it lies.

use crate::Int;
use crate::msgpack::read::{Reader, Token};
use std::fmt;

/// The columns of a row, or those that were asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Cells<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Cells<'a> {
    /// Takes `len` values from the reader; nothing if one is no column, and then the reader stands before that one.
    #[inline]
    pub(super) fn take(reader: &mut Reader<'a>, len: usize) -> Option<Self> {
        let start = reader.at();
        for _ in 0..len {
            if reader.str_or_bin().is_none() {
                reader.nil()?;
            }
        }
        let bytes = reader.since(start);
        Some(Self { bytes, len })
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

    /// The first; nothing if the row does not have it.
    #[inline]
    pub fn first(&self) -> Option<&'a [u8]> {
        self.iter().next().flatten()
    }

    /// The columns; nothing for one that the row does not have.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Option<&'a [u8]>> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || match reader.str_or_bin() {
            Some(bytes) => Some(Some(bytes)),
            None => reader.nil().map(|()| None),
        })
    }
}

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self
            .iter()
            .map(|cell| cell.map(|cell| cell.escape_ascii().to_string()));
        f.debug_list().entries(cells).finish()
    }
}

/// A row among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// No such key, or not the one column that was asked for.
    Absent,
    /// One column.
    Plain(&'a [u8]),
    /// Several columns.
    Columns(Cells<'a>),
}

impl<'a> Row<'a> {
    /// Takes a value from the reader; nothing if it is no row.
    #[inline]
    pub(super) fn take(reader: &mut Reader<'a>) -> Option<Self> {
        if let Some(bytes) = reader.str_or_bin() {
            return Some(Self::Plain(bytes));
        }
        Some(match reader.token()? {
            Token::Nil => Self::Absent,
            Token::Array(count) => Self::Columns(Cells::take(reader, count)?),
            _ => return None,
        })
    }
}

/// Rows, with their keys or without, or keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct List<'a> {
    bytes: &'a [u8],
    len: usize,
    /// Whether each element at an even place is a key, and their number is even.
    paired: bool,
    /// Whether all are keys.
    keys: bool,
}

impl<'a> List<'a> {
    /// Takes `len` values from the reader; nothing if one is no row.
    pub(super) fn take(reader: &mut Reader<'a>, len: usize) -> Option<Self> {
        let start = reader.at();
        let (mut paired, mut keys) = (len.is_multiple_of(2), true);
        for place in 0..len {
            let is_key = matches!(Row::take(reader)?, Row::Plain(_));
            keys &= is_key;
            paired &= is_key || !place.is_multiple_of(2);
        }
        Some(Self {
            bytes: reader.since(start),
            len,
            paired,
            keys,
        })
    }

    /// How many elements there are: a key and a row are two.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the elements can be keys and rows by turns.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// Whether the elements can all be keys.
    pub fn is_keys(&self) -> bool {
        self.keys
    }

    /// Each element as a row.
    #[inline]
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || Row::take(&mut reader))
    }

    /// Keys and rows by turns; none if the elements are not [paired](Self::is_paired).
    #[inline]
    pub fn pairs(&self) -> impl Iterator<Item = (&'a [u8], Row<'a>)> + Clone + 'a {
        let mut reader = Reader::new(if self.paired { self.bytes } else { &[] });
        std::iter::from_fn(move || Some((reader.str_or_bin()?, Row::take(&mut reader)?)))
    }

    /// Each element as a key; none if some are [no keys](Self::is_keys).
    #[inline]
    pub fn keys(&self) -> impl Iterator<Item = &'a [u8]> + Clone + 'a {
        let mut reader = Reader::new(if self.keys { self.bytes } else { &[] });
        std::iter::from_fn(move || reader.str_or_bin())
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

/// A value that holds no others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// Nothing.
    Nil,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(Int),
    /// A floating-point number.
    Float(f64),
    /// A str or bin.
    Bytes(&'a [u8]),
}

/// Names and what they stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Fields<'a> {
    /// Takes `len` pairs from the reader; nothing if a name is none.
    pub(super) fn take(reader: &mut Reader<'a>, len: usize) -> Option<Self> {
        let start = reader.at();
        for _ in 0..len {
            reader.str_or_bin()?;
            reader.skip()?;
        }
        let bytes = reader.since(start);
        Some(Self { bytes, len })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The names with their values; those whose values nest are left out.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], Scalar<'a>)> + Clone + 'a {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            loop {
                let name = reader.str_or_bin()?;
                let token = reader.clone().token()?;
                reader.skip()?;
                let value = match token {
                    Token::Nil => Scalar::Nil,
                    Token::Bool(value) => Scalar::Bool(value),
                    Token::Int(value) => Scalar::Int(value),
                    Token::Float(value) => Scalar::Float(value),
                    Token::Bytes(value) => Scalar::Bytes(value),
                    Token::Array(_) | Token::Map(_) => continue,
                };
                return Some((name, value));
            }
        })
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self
            .iter()
            .map(|(name, value)| (name.escape_ascii().to_string(), value));
        f.debug_map().entries(fields).finish()
    }
}

//! A row: a list of columns, each bytes.
//!
//! ```text
//! count (varint) | length of each column but the last (varint) | the columns
//! ```
//! One encoding serves memory, log and checkpoint.

use std::fmt;

use crate::bytes::{Bytes, SHORT};

/// The columns of a key.
///
/// # Examples
/// ```
/// use masstree_store::Row;
/// let row = Row::from_columns([&b"ada"[..], b"1815"]);
/// assert_eq!(row.column(1), Some(&b"1815"[..]));
/// assert_eq!(row.columns().count(), 2);
/// ```
#[derive(Clone)]
pub struct Row(Bytes);

const _: () = assert!(size_of::<Option<Row>>() == 24);

impl Row {
    /// A row of one column.
    pub fn single(column: &[u8]) -> Self {
        if column.len() < SHORT {
            let mut bytes = [0; SHORT];
            bytes[0] = 1;
            bytes[1..=column.len()].copy_from_slice(column);
            let len = column.len() as u8 + 1;
            return Self(Bytes::Short { len, bytes });
        }
        Self::from_columns([column])
    }

    /// A row of these columns.
    pub fn from_columns<'a>(columns: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) -> Self {
        let columns = columns.into_iter();
        let count = columns.clone().count();
        let mut encoded = Vec::with_capacity(columns.clone().map(|column| column.len() + 5).sum());
        put_varint(&mut encoded, count);
        for column in columns.clone().take(count.saturating_sub(1)) {
            put_varint(&mut encoded, column.len());
        }
        columns.for_each(|column| encoded.extend_from_slice(column));
        Self::from_bytes(&encoded)
    }

    /// A copy in which some columns are replaced; columns that were missing before them become empty.
    #[must_use]
    pub fn with(&self, changes: &[(usize, &[u8])]) -> Self {
        let count = changes
            .iter()
            .map(|&(index, _)| index + 1)
            .fold(self.len(), usize::max);
        let mut columns: Vec<&[u8]> = self.columns().collect();
        columns.resize(count, &[]);
        for &(index, column) in changes {
            columns[index] = column;
        }
        Self::from_columns(columns)
    }

    /// A row without columns.
    pub fn empty() -> Self {
        Self::from_bytes(&[0])
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.header().0
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns in order.
    pub fn columns(&self) -> impl Iterator<Item = &[u8]> {
        let (count, mut lengths) = self.header();
        // The lengths end where the columns begin.
        let mut data = lengths;
        for _ in 1..count {
            data = get_varint(data).map_or(&[][..], |(_, rest)| rest);
        }
        (0..count).map(move |index| {
            let length = if index + 1 == count {
                data.len()
            } else {
                get_varint(lengths).map_or(0, |(length, rest)| {
                    lengths = rest;
                    length
                })
            };
            let (column, rest) = data.split_at(length.min(data.len()));
            data = rest;
            column
        })
    }

    /// The column at `index`.
    pub fn column(&self, index: usize) -> Option<&[u8]> {
        self.columns().nth(index)
    }

    /// The encoded row, for log and checkpoint.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The row that was encoded as `bytes`; nothing if they are not a row.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (count, mut lengths) = get_varint(bytes)?;
        if count == 0 {
            return lengths.is_empty().then(Self::empty);
        }
        let mut total = 0_usize;
        for _ in 1..count {
            let (length, rest) = get_varint(lengths)?;
            total = total.checked_add(length)?;
            lengths = rest;
        }
        (total <= lengths.len()).then(|| Self::from_bytes(bytes))
    }

    /// Bytes allocated for the row beside where it lies.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    fn from_bytes(encoded: &[u8]) -> Self {
        Self(Bytes::from(encoded))
    }

    /// Number of columns, and what follows it.
    fn header(&self) -> (usize, &[u8]) {
        get_varint(self.as_bytes()).unwrap_or((0, &[]))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Row {}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self
            .columns()
            .map(|column| column.escape_ascii().to_string());
        f.debug_list().entries(columns).finish()
    }
}

/// LEB128: seven bits a byte, lowest first.
fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn get_varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back() {
        let long = vec![7; 300];
        for columns in [
            vec![],
            vec![&b""[..]],
            vec![b"", b""],
            vec![b"a", b"", b"bc"],
            vec![&long, b"x", &long],
            vec![&long[..21]],
            vec![&long[..22]],
        ] {
            let row = Row::from_columns(columns.clone());
            assert_eq!(row.columns().collect::<Vec<_>>(), columns);
            assert_eq!(row.len(), columns.len());
            assert_eq!(Row::decode(row.as_bytes()), Some(row.clone()));
            if let [only] = columns[..] {
                assert_eq!(Row::single(only), row);
            }
        }
    }

    #[test]
    fn replaced_columns_leave_the_others() {
        let row = Row::single(b"a").with(&[(2, b"c")]);
        assert_eq!(row.columns().collect::<Vec<_>>(), [&b"a"[..], b"", b"c"]);
        assert_eq!(row.with(&[(0, b"z")]).column(2), Some(&b"c"[..]));
        assert_eq!(Row::empty().with(&[(0, b"z")]), Row::single(b"z"));
    }

    #[test]
    fn damaged_bytes_are_no_row() {
        for bytes in [&[][..], &[0x80], &[2], &[2, 5, 1], &[0, 1], &[0xFF; 12]] {
            assert_eq!(Row::decode(bytes), None, "{bytes:?}");
        }
    }
}

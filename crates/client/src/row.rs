//! Rows that a reply held, as values of their own.
//!
//! A row of one column, by far the most common, takes one allocation; the columns of others lie one behind the other, with their ends
//! beside them.

use masstree_protocol::{Cells, Row as Cell};
use std::fmt;

/// Where a column ends; this stands for a column that is absent.
const ABSENT: usize = usize::MAX;

/// The columns of a key, or those of them that were asked for.
///
/// # Examples
/// ```
/// use masstree_client::Row;
/// let row = Row::from_columns([Some(&b"ada"[..]), None, Some(b"1815")]);
/// assert_eq!(row.column(0), Some(&b"ada"[..]));
/// assert_eq!(row.column(1), None);
/// assert_eq!(row.len(), 3);
/// assert_eq!(Row::from_value(b"v".to_vec()).value(), b"v");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Row {
    bytes: Vec<u8>,
    /// The columns' ends in `bytes`; empty for one column that is all of them.
    ends: Vec<usize>,
}

impl Row {
    /// A row of one column.
    pub fn from_value(value: Vec<u8>) -> Self {
        Self {
            bytes: value,
            ends: Vec::new(),
        }
    }

    /// A row of these columns; nothing stands for an absent one. Of no columns at all it makes one that is empty.
    pub fn from_columns<'a>(columns: impl IntoIterator<Item = Option<&'a [u8]>>) -> Self {
        let mut row = Self::default();
        for column in columns {
            row.push(column);
        }
        // One present column has one form only, so that equal rows are equal.
        if row.ends.len() == 1 && row.ends[0] != ABSENT {
            row.ends.clear();
        }
        row
    }

    fn push(&mut self, column: Option<&[u8]>) {
        match column {
            Some(column) => {
                self.bytes.extend_from_slice(column);
                self.ends.push(self.bytes.len());
            }
            None => self.ends.push(ABSENT),
        }
    }

    pub(crate) fn from_cells(cells: &Cells<'_>) -> Self {
        match (cells.len(), cells.first()) {
            (1, Some(only)) => Self::from_value(only.to_vec()),
            _ => Self::from_columns(cells.iter()),
        }
    }

    /// A row among others, in which an absent one stands for a column that is.
    pub(crate) fn from_cell(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Absent => Self::from_columns([None]),
            Cell::Plain(value) => Self::from_value(value.to_vec()),
            Cell::Columns(cells) => Self::from_columns(cells.iter()),
        }
    }

    /// How many columns there are, absent ones counted.
    pub fn len(&self) -> usize {
        self.ends.len().max(1)
    }

    /// Never: a row has a column at least.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The column at `index`, unless it is absent.
    pub fn column(&self, index: usize) -> Option<&[u8]> {
        self.columns().nth(index).flatten()
    }

    /// The columns in order; nothing for an absent one.
    pub fn columns(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let single = self.ends.is_empty().then_some(Some(&self.bytes[..]));
        let mut start = 0;
        let several = self.ends.iter().map(move |&end| {
            if end == ABSENT {
                return None;
            }
            let column = &self.bytes[start..end];
            start = end;
            Some(column)
        });
        single.into_iter().chain(several)
    }

    /// The first column; empty if it is absent.
    pub fn value(&self) -> &[u8] {
        self.column(0).unwrap_or_default()
    }

    /// The first column, without a copy if it is the only one; empty if it is absent.
    pub fn into_value(mut self) -> Vec<u8> {
        match self.ends.first() {
            None => {}
            Some(&ABSENT) => self.bytes.clear(),
            Some(&end) => self.bytes.truncate(end),
        }
        self.bytes
    }
}

impl From<Vec<u8>> for Row {
    fn from(value: Vec<u8>) -> Self {
        Self::from_value(value)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self
            .columns()
            .map(|column| column.map(|column| column.escape_ascii().to_string()));
        f.debug_list().entries(columns).finish()
    }
}

/// A key and its row.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The key.
    pub key: Vec<u8>,
    /// The row; of a scan for keys alone, one absent column.
    pub row: Row,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {:?}", self.key.escape_ascii(), self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back() {
        let columns = [
            vec![Some(&b""[..])],
            vec![None],
            vec![Some(b"a"), None, Some(b""), Some(b"bc")],
            vec![None, Some(b"a")],
            vec![Some(b""), Some(b"")],
        ];
        for columns in columns {
            let row = Row::from_columns(columns.clone());
            assert_eq!(row.columns().collect::<Vec<_>>(), columns);
            assert_eq!(row.len(), columns.len());
            assert_eq!(row.value(), columns[0].unwrap_or_default());
            assert_eq!(row.into_value(), columns[0].unwrap_or_default());
        }
    }

    #[test]
    fn one_present_column_is_the_same_however_it_was_made() {
        assert_eq!(
            Row::from_columns([Some(&b"v"[..])]),
            Row::from_value(b"v".to_vec())
        );
    }
}

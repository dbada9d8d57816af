//! Columns of rows in replies.

use masstree_protocol::{Columns, Command, Int, ReplyList, ReplyWriter};
use masstree_store::Row;

use super::failure::Failure;

/// Up to so many columns are looked for one by one.
const FEW: usize = 4;

/// A reply of one value is at most so much longer than the value: an array's header, a sequence number, a code, the value's header.
const LONGEST_HEAD: usize = 1 + 9 + 1 + 5;

/// A row's columns by number.
enum Cells<'r> {
    /// Each is looked for from the row's beginning.
    Sought(&'r Row),
    /// All were found.
    Listed(Vec<&'r [u8]>),
}

impl<'r> Cells<'r> {
    fn new(row: &'r Row, asked: usize) -> Self {
        if asked <= FEW {
            Self::Sought(row)
        } else {
            Self::Listed(row.columns().collect())
        }
    }

    fn get(&self, column: usize) -> Option<&'r [u8]> {
        match self {
            Self::Sought(row) => row.column(column),
            Self::Listed(cells) => cells.get(column).copied(),
        }
    }
}

/// At least so many bytes are needed in a reply for these columns of a row, or for all. A reply can be a thousand times the size of its row, so this is
/// asked before it is written.
fn least(row: &Row, cells: &Cells<'_>, columns: &Columns<'_>) -> usize {
    if columns.is_empty() {
        // The columns, without the lengths that are kept with them.
        return row.as_bytes().len().saturating_sub(5 * (row.len() + 1));
    }
    let len = |column| cells.get(column).map_or(0, <[u8]>::len) + 1;
    columns.iter().map(len).fold(0, usize::saturating_add)
}

/// Answers a GET from the row that was found.
#[inline]
pub(super) fn get_reply(
    reply: &mut ReplyWriter<'_>,
    seq: Int,
    row: &Row,
    columns: &Columns<'_>,
    limit: usize,
) -> Result<(), Failure> {
    let too_long = || Failure::ReplyTooLong { limit };
    if columns.is_empty() && row.len() == 1 {
        let value = row.column(0).unwrap_or_default();
        if value.len() + LONGEST_HEAD <= limit {
            reply.value(seq, value);
            return Ok(());
        }
    }
    let cells = Cells::new(row, columns.len());
    if least(row, &cells, columns) > limit {
        return Err(too_long());
    }
    let expected = if columns.is_empty() {
        row.len()
    } else {
        columns.len()
    };
    let mut list = reply.list(seq, Command::Get, expected);
    if columns.is_empty() {
        row.columns().for_each(|column| list.value(column));
    } else {
        columns
            .iter()
            .for_each(|column| list.cell(cells.get(column)));
    }
    if list.len() > limit {
        list.cancel();
        return Err(too_long());
    }
    list.finish();
    Ok(())
}

/// Adds a row to a reply of many.
#[inline]
pub(super) fn add_row(
    list: &mut ReplyList<'_>,
    row: &Row,
    columns: &Columns<'_>,
    limit: usize,
) -> Result<(), Failure> {
    let cells = Cells::new(row, columns.len());
    let needed = least(row, &cells, columns);
    if list.len().saturating_add(needed) > limit {
        return Err(Failure::ReplyTooLong { limit });
    }
    match (columns.len(), row.len()) {
        (0, 1) => list.value(row.column(0).unwrap_or_default()),
        (0, count) => list.row(count, row.columns()),
        (count, _) => list.cells(count, columns.iter().map(|column| cells.get(column))),
    }
    if list.len() > limit {
        return Err(Failure::ReplyTooLong { limit });
    }
    Ok(())
}

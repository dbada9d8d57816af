//! A reply of many results, written as they come.
//!
//! An array's header says how many elements follow, and a scan knows only at its end. So room for the header of the expected number is
//! kept, and the header is written last. If the true number needs a header of another width, what follows is moved, once.

use super::write::{put_cells, put_row};
use crate::msgpack::write::{Head, put_bytes, put_optional};
use crate::{Command, Int};

/// A reply that is being written. Dropped without [`finish`](Self::finish), it leaves the output as it was.
///
/// # Examples
/// ```
/// use masstree_protocol::{Command, ReplyWriter};
/// let mut out = Vec::new();
/// let mut reply = ReplyWriter::new(&mut out);
/// let mut list = reply.list(3_u64.into(), Command::Scan, 4);
/// list.key(b"s2");
/// list.row(1, [&b"vs2"[..]]);
/// list.key(b"s3");
/// list.row(2, [&b"vs3"[..], b"col1"]);
/// list.finish();
/// assert_eq!(out, b"\x96\x03\x05\xa2s2\xa3vs2\xa2s3\x92\xa3vs3\xa4col1");
/// ```
#[derive(Debug)]
#[must_use = "finish it, or the reply is taken back"]
pub struct ReplyList<'b> {
    out: &'b mut Vec<u8>,
    bin: bool,
    /// Where the message begins.
    start: usize,
    /// Bytes kept for the array's header.
    room: usize,
    /// Elements of the message so far.
    elements: usize,
    finished: bool,
}

impl<'b> ReplyList<'b> {
    #[inline]
    pub(super) fn start(
        out: &'b mut Vec<u8>,
        bin: bool,
        seq: Int,
        command: Command,
        expected: usize,
    ) -> Self {
        let start = out.len();
        let room = header(expected.saturating_add(2)).as_slice().len();
        Head::message(expected.saturating_add(2), seq, command.reply_code()).flush(out);
        Self {
            out,
            bin,
            start,
            room,
            elements: 2,
            finished: false,
        }
    }

    /// A key of SCAN or RANGE.
    #[inline]
    pub fn key(&mut self, key: &[u8]) {
        self.elements += 1;
        put_bytes(self.out, key, self.bin);
    }

    /// A row of one column, for SCAN, MGET or RANGE; or a column of GET.
    #[inline]
    pub fn value(&mut self, value: &[u8]) {
        self.key(value);
    }

    /// A whole row of `count` columns, for SCAN, MGET or RANGE.
    #[inline]
    pub fn row<'v>(&mut self, count: usize, columns: impl IntoIterator<Item = &'v [u8]>) {
        self.elements += 1;
        put_row(self.out, self.bin, count, columns);
    }

    /// The `count` columns that were asked for, for SCAN or RANGE; nothing for those that the row does not have.
    #[inline]
    pub fn cells<'v>(&mut self, count: usize, cells: impl IntoIterator<Item = Option<&'v [u8]>>) {
        self.elements += 1;
        put_cells(self.out, self.bin, count, cells);
    }

    /// A column of GET, or a row of MGET, that may be missing.
    #[inline]
    pub fn cell(&mut self, value: Option<&[u8]>) {
        self.elements += 1;
        put_optional(self.out, value, self.bin);
    }

    /// Length of the reply so far, in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.out.len() - self.start
    }

    /// Whether there are no results yet.
    pub fn is_empty(&self) -> bool {
        self.elements == 2
    }

    /// Ends the reply and returns its length in bytes.
    #[inline]
    pub fn finish(mut self) -> usize {
        self.finished = true;
        let header = header(self.elements);
        let header = header.as_slice();
        let kept = self.start..self.start + self.room;
        if header.len() == self.room {
            self.out[kept].copy_from_slice(header);
        } else {
            self.out.splice(kept, header.iter().copied());
        }
        self.len()
    }

    /// Takes the reply back: the output is as it was before it.
    pub fn cancel(self) {}
}

impl Drop for ReplyList<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

/// The header of an array of that many elements.
#[inline]
fn header(elements: usize) -> Head {
    let mut head = Head::new();
    head.array(elements);
    head
}

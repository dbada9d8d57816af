//! Replies as bytes, for servers. Each is appended to the output without a value in between.

use super::{ReplyList, Scalar, Written};
use crate::error::{Malformed, Refusal};
use crate::msgpack::write::{
    Head, put_array, put_bool, put_bytes, put_float, put_int, put_map, put_nil,
};
use crate::request::Columns;
use crate::{Abilities, Command, Greeting, Int, ResultCode};

/// The reply code of an error, -1.
const ERROR: u8 = ResultCode::Retry.code() as u8;

/// How the server answers a GET of a key that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Miss {
    /// `[seq, 3, -2]`.
    #[default]
    Code,
    /// `[seq, 3]`.
    Empty,
    /// `[seq, 3, key, column, …]`, the request's own arguments, as the C++ server does.
    Echo,
}

/// Appends replies to a buffer.
///
/// # Panics
/// All methods, on a key or value of 4 GiB or more.
///
/// # Examples
/// ```
/// use masstree_protocol::{ReplyWriter, Written, Command};
/// let mut out = Vec::new();
/// let mut reply = ReplyWriter::new(&mut out);
/// reply.written(4_u64.into(), Command::Replace, Written::Inserted);
/// reply.value(6_u64.into(), b"world!");
/// assert_eq!(out, b"\x93\x04\x09\x01\x93\x06\x03\xa6world!");
/// ```
#[derive(Debug)]
pub struct ReplyWriter<'b> {
    out: &'b mut Vec<u8>,
    bin: bool,
}

impl<'b> ReplyWriter<'b> {
    /// Appends to `out`; keys and values are sent as str.
    #[inline]
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out, bin: false }
    }

    /// Sends keys and values as bin if `bin`, for a client that asked for it.
    #[inline]
    #[must_use]
    pub fn with_bin(mut self, bin: bool) -> Self {
        self.bin = bin;
        self
    }

    /// GET: the row's only column, or the only column that was asked for.
    #[inline]
    pub fn value(&mut self, seq: Int, value: &[u8]) {
        Head::message(3, seq, Command::Get.reply_code()).flush_with(self.out, value, self.bin);
    }

    /// GET: several columns; nothing for those that the row does not have.
    #[inline]
    pub fn columns<'v>(
        &mut self,
        seq: Int,
        columns: impl IntoIterator<Item = Option<&'v [u8]>>,
        expected: usize,
    ) {
        let mut list = self.list(seq, Command::Get, expected);
        columns.into_iter().for_each(|column| list.cell(column));
        list.finish();
    }

    /// GET: no such key. `key` and `columns` are those of the request.
    pub fn missing(&mut self, seq: Int, miss: Miss, key: &[u8], columns: &Columns<'_>) {
        let code = Command::Get.reply_code();
        match miss {
            Miss::Code => {
                let mut head = Head::message(3, seq, code);
                head.int(i64::from(ResultCode::NotFound.code()).into());
                head.flush(self.out);
            }
            Miss::Empty => Head::message(2, seq, code).flush(self.out),
            Miss::Echo => {
                let head = Head::message(3 + columns.outer(), seq, code);
                head.flush_with(self.out, key, self.bin);
                for element in columns.raw() {
                    match element {
                        Ok(column) => put_int(self.out, column),
                        Err(count) => put_array(self.out, count),
                    }
                }
            }
        }
    }

    /// PUT or REPLACE.
    #[inline]
    pub fn written(&mut self, seq: Int, command: Command, written: Written) {
        let mut head = Head::message(3, seq, command.reply_code());
        head.byte(match written {
            Written::Inserted => ResultCode::Inserted.code() as u8,
            Written::Updated => ResultCode::Updated.code() as u8,
        });
        head.flush(self.out);
    }

    /// REMOVE: whether the key was there.
    #[inline]
    pub fn removed(&mut self, seq: Int, was_there: bool) {
        let mut head = Head::message(3, seq, Command::Remove.reply_code());
        head.bool(was_there);
        head.flush(self.out);
    }

    /// A reply without results: CHECKPOINT, ABORT, PING, SYNC.
    #[inline]
    pub fn done(&mut self, seq: Int, command: Command) {
        Head::message(2, seq, command.reply_code()).flush(self.out);
    }

    /// HANDSHAKE: accepted. `abilities` only for a client that asked for extensions.
    pub fn welcome(&mut self, seq: Int, greeting: Greeting, abilities: Option<&Abilities>) {
        let (number, version) = greeting.words();
        let count = 5 + usize::from(abilities.is_some());
        let mut head = Head::message(count, seq, Command::Handshake.reply_code());
        head.bool(true);
        head.unsigned(number);
        head.flush_with(self.out, version.as_bytes(), false);
        if let Some(abilities) = abilities {
            abilities.put(self.out);
        }
    }

    /// BEGIN: the snapshot that the transaction reads.
    pub fn began(&mut self, seq: Int, snapshot: u64) {
        let mut head = Head::message(3, seq, Command::Begin.reply_code());
        head.unsigned(snapshot);
        head.flush(self.out);
    }

    /// COMMIT: when the changes became visible.
    pub fn committed(&mut self, seq: Int, commit: u64) {
        let mut head = Head::message(4, seq, Command::Commit.reply_code());
        head.bool(true);
        head.unsigned(commit);
        head.flush(self.out);
    }

    /// COMMIT: nothing was changed, because another transaction changed this key.
    pub fn conflict(&mut self, seq: Int, key: &[u8]) {
        let mut head = Head::message(4, seq, Command::Commit.reply_code());
        head.int(i64::from(ResultCode::Retry.code()).into());
        head.flush_with(self.out, key, self.bin);
    }

    /// CAS: done.
    pub fn swapped(&mut self, seq: Int) {
        let mut head = Head::message(3, seq, Command::Cas.reply_code());
        head.bool(true);
        head.flush(self.out);
    }

    /// CAS: not done, as there is no such key.
    pub fn differs_missing(&mut self, seq: Int) {
        let mut head = Head::message(4, seq, Command::Cas.reply_code());
        head.bool(false);
        head.flush(self.out);
        put_nil(self.out);
    }

    /// CAS: not done; the `count` columns of the row that is there.
    pub fn differs<'v>(
        &mut self,
        seq: Int,
        count: usize,
        columns: impl IntoIterator<Item = &'v [u8]>,
    ) {
        let mut head = Head::message(4, seq, Command::Cas.reply_code());
        head.bool(false);
        head.flush(self.out);
        put_row(self.out, self.bin, count, columns);
    }

    /// STATS: `count` names and numbers or texts.
    pub fn stats<'v>(
        &mut self,
        seq: Int,
        count: usize,
        fields: impl IntoIterator<Item = (&'v str, Scalar<'v>)>,
    ) {
        Head::message(3, seq, Command::Stats.reply_code()).flush(self.out);
        put_map(self.out, count);
        for (name, value) in fields.into_iter().take(count) {
            put_bytes(self.out, name.as_bytes(), false);
            match value {
                Scalar::Nil => put_nil(self.out),
                Scalar::Bool(value) => put_bool(self.out, value),
                Scalar::Int(value) => put_int(self.out, value),
                Scalar::Float(value) => put_float(self.out, value),
                Scalar::Bytes(value) => put_bytes(self.out, value, false),
            }
        }
    }

    /// Starts a reply of many results: GET, SCAN, MGET or RANGE. `expected` results are best, any other number is right.
    #[inline]
    pub fn list(&mut self, seq: Int, command: Command, expected: usize) -> ReplyList<'_> {
        ReplyList::start(self.out, self.bin, seq, command, expected)
    }

    /// Any request: not carried out; why.
    pub fn error(&mut self, seq: Int, why: &str) {
        Head::message(3, seq, ERROR).flush_with(self.out, why.as_bytes(), false);
    }

    /// A message that was refused, in the form that it wants. See [`Refusal::closes`] for what follows.
    pub fn refuse(&mut self, seq: Int, refusal: &Refusal) {
        let why = refusal.to_string();
        if refusal.refuses_handshake() {
            let mut head = Head::message(4, seq, Command::Handshake.reply_code());
            head.bool(false);
            head.flush_with(self.out, why.as_bytes(), false);
        } else {
            self.error(seq, &why);
        }
    }

    /// Bytes that are no message: the last reply of a connection.
    pub fn malformed(&mut self, malformed: &Malformed) {
        put_array(self.out, 3);
        put_nil(self.out);
        self.out.push(ERROR);
        put_bytes(self.out, malformed.to_string().as_bytes(), false);
    }

    /// Bytes in the output so far, other replies included.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether the output is empty.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }
}

/// Appends a row: its only column as it is, several as an array.
#[inline]
pub(crate) fn put_row<'v>(
    out: &mut Vec<u8>,
    bin: bool,
    count: usize,
    columns: impl IntoIterator<Item = &'v [u8]>,
) {
    if count != 1 {
        put_array(out, count);
    }
    let mut columns = columns.into_iter();
    for _ in 0..count {
        put_bytes(out, columns.next().unwrap_or_default(), bin);
    }
}

/// Appends some columns of a row: the only one as it is, several as an array, nil for those that the row does not have.
#[inline]
pub(crate) fn put_cells<'v>(
    out: &mut Vec<u8>,
    bin: bool,
    count: usize,
    cells: impl IntoIterator<Item = Option<&'v [u8]>>,
) {
    if count != 1 {
        put_array(out, count);
    }
    let mut cells = cells.into_iter();
    for _ in 0..count {
        match cells.next().flatten() {
            Some(cell) => put_bytes(out, cell, bin),
            None => put_nil(out),
        }
    }
}

//! Requests as bytes, for clients.

use super::{Range, Transaction};
use crate::msgpack::write::{
    Head, put_array, put_bool, put_bytes, put_map, put_optional, put_unsigned,
};
use crate::{Command, Hello, Int};

/// Appends requests to a buffer.
///
/// What it writes is what every server of the protocol takes: integers in their shortest form, keys and values as str. It checks no
/// limits, since those are the server's.
///
/// # Panics
/// All methods, on a key or value of 4 GiB or more.
///
/// # Examples
/// ```
/// use masstree_protocol::RequestWriter;
/// let mut out = Vec::new();
/// RequestWriter::new(&mut out).get(6_u64.into(), b"k1", &[]);
/// assert_eq!(out, b"\x93\x06\x02\xa2k1");
/// ```
#[derive(Debug)]
pub struct RequestWriter<'b> {
    out: &'b mut Vec<u8>,
}

impl<'b> RequestWriter<'b> {
    /// Appends to `out`.
    #[inline]
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out }
    }

    /// The first request of a connection.
    pub fn handshake(&mut self, seq: Int, hello: &Hello<'_>) {
        self.start(3, seq, Command::Handshake);
        crate::handshake::put_hello(self.out, hello);
    }

    /// Reads the columns of a row, or the whole row if none are named.
    #[inline]
    pub fn get(&mut self, seq: Int, key: &[u8], columns: &[usize]) {
        Head::message(3 + columns.len(), seq, Command::Get.code()).flush_with(self.out, key, false);
        self.columns(columns);
    }

    /// Reads up to `count` rows from `first` on.
    pub fn scan(&mut self, seq: Int, first: &[u8], count: u64, columns: &[usize]) {
        Head::message(4 + columns.len(), seq, Command::Scan.code())
            .flush_with(self.out, first, false);
        put_unsigned(self.out, count);
        self.columns(columns);
    }

    /// Sets columns.
    #[inline]
    pub fn put(&mut self, seq: Int, key: &[u8], changes: &[(usize, &[u8])]) {
        Head::message(3 + 2 * changes.len(), seq, Command::Put.code())
            .flush_with(self.out, key, false);
        for &(column, value) in changes {
            let mut head = Head::new();
            head.unsigned(column as u64);
            head.flush_with(self.out, value, false);
        }
    }

    /// Makes a row one column.
    #[inline]
    pub fn replace(&mut self, seq: Int, key: &[u8], value: &[u8]) {
        Head::message(4, seq, Command::Replace.code()).flush_with(self.out, key, false);
        put_bytes(self.out, value, false);
    }

    /// Removes a row.
    #[inline]
    pub fn remove(&mut self, seq: Int, key: &[u8]) {
        Head::message(3, seq, Command::Remove.code()).flush_with(self.out, key, false);
    }

    /// A request without arguments: CHECKPOINT, COMMIT, ABORT, STATS, PING, SYNC.
    pub fn plain(&mut self, seq: Int, command: Command) {
        self.start(2, seq, command);
    }

    /// Starts a transaction.
    pub fn begin(&mut self, seq: Int, transaction: Transaction) {
        self.start(3, seq, Command::Begin);
        put_map(self.out, 2);
        put_bytes(self.out, b"isolation", false);
        put_bytes(self.out, transaction.isolation.name().as_bytes(), false);
        put_bytes(self.out, b"read_only", false);
        put_bool(self.out, transaction.read_only);
    }

    /// Reads the rows of several keys.
    pub fn mget<K: AsRef<[u8]>>(&mut self, seq: Int, keys: &[K]) {
        self.start(2 + keys.len(), seq, Command::Mget);
        for key in keys {
            put_bytes(self.out, key.as_ref(), false);
        }
    }

    /// Reads the rows of a range.
    pub fn range(&mut self, seq: Int, range: &Range<'_, &[usize]>) {
        self.start(3, seq, Command::Range);
        let bounds = [
            (&b"from"[..], range.from),
            (b"to", range.to),
            (b"prefix", range.prefix),
        ];
        let flags = [
            (&b"reverse"[..], range.reverse),
            (b"keys_only", range.keys_only),
        ];
        let named = bounds.iter().filter(|(_, bound)| bound.is_some()).count()
            + flags.iter().filter(|&&(_, set)| set).count();
        let others = usize::from(range.count.is_some()) + usize::from(!range.columns.is_empty());
        put_map(self.out, named + others);
        for (name, bound) in bounds {
            if let Some(bound) = bound {
                put_bytes(self.out, name, false);
                put_bytes(self.out, bound, false);
            }
        }
        for (name, _) in flags.into_iter().filter(|&(_, set)| set) {
            put_bytes(self.out, name, false);
            put_bool(self.out, true);
        }
        if let Some(count) = range.count {
            put_bytes(self.out, b"count", false);
            put_unsigned(self.out, count);
        }
        if !range.columns.is_empty() {
            put_bytes(self.out, b"columns", false);
            put_array(self.out, range.columns.len());
            self.columns(range.columns);
        }
    }

    /// Sets a row of one column to `new` if it is `expected`; nothing stands for no such key.
    pub fn cas(&mut self, seq: Int, key: &[u8], expected: Option<&[u8]>, new: Option<&[u8]>) {
        Head::message(5, seq, Command::Cas.code()).flush_with(self.out, key, false);
        put_optional(self.out, expected, false);
        put_optional(self.out, new, false);
    }

    fn start(&mut self, count: usize, seq: Int, command: Command) {
        Head::message(count, seq, command.code()).flush(self.out);
    }

    #[inline]
    fn columns(&mut self, columns: &[usize]) {
        for &column in columns {
            put_unsigned(self.out, column as u64);
        }
    }
}

//! Replies: what a server writes, and what a client reads.

mod decode;
mod decoder;
mod list;
mod values;
mod write;

pub use decoder::ReplyDecoder;
pub use list::ReplyList;
pub use values::{Cells, Fields, List, Row, Scalar};
pub use write::{Miss, ReplyWriter};

use crate::{Abilities, Int};

/// A reply as it lies in the buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reply<'a> {
    /// The request's sequence number; nothing if the server could not read one.
    pub seq: Option<Int>,
    /// The results.
    pub body: Body<'a>,
}

/// What a PUT or REPLACE found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// The key is new.
    Inserted,
    /// The key was there.
    Updated,
}

/// The results of a request.
///
/// Texts are bytes, because nothing keeps a server from sending others than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Body<'a> {
    /// The request was not carried out; why.
    Error(&'a [u8]),
    /// GET: the columns.
    Row(Cells<'a>),
    /// GET: no such key.
    Missing,
    /// SCAN: keys and rows.
    Scan(List<'a>),
    /// PUT or REPLACE.
    Written(Written),
    /// REMOVE: whether the key was there.
    Removed(bool),
    /// CHECKPOINT: it runs.
    CheckpointStarted,
    /// HANDSHAKE: accepted.
    Welcome {
        /// The highest sequence number.
        max_seq: Int,
        /// What the server calls itself.
        version: &'a [u8],
        /// What it can do, if the client asked for extensions.
        abilities: Option<Abilities>,
    },
    /// HANDSHAKE: refused; why.
    Unwelcome(&'a [u8]),
    /// BEGIN: the snapshot that the transaction reads.
    Began(u64),
    /// COMMIT: when the changes became visible.
    Committed(u64),
    /// COMMIT: nothing was changed, because of this key.
    Conflict(&'a [u8]),
    /// ABORT.
    Aborted,
    /// MGET: a row for each key.
    Rows(List<'a>),
    /// RANGE: keys and rows, or keys.
    Range(List<'a>),
    /// CAS: done.
    Swapped,
    /// CAS: not done; what is there instead.
    Differs(Row<'a>),
    /// STATS.
    Stats(Fields<'a>),
    /// PING.
    Pong,
    /// SYNC.
    Synced,
}

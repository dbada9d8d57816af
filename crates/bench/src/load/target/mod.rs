//! What requests are sent to. A [`Target`] opens [`Connection`]s; each takes requests, and hands over replies as they come.
//!
//! A connection answers in the order of its requests, as all protocols here promise. So a reply that is not the one that is due says
//! that those before it were dropped, at once and without a timeout.

mod masstree;
mod memcached;
mod memcached_text;
mod memory;
mod redis;
mod resp;
mod socket;

use std::os::fd::BorrowedFd;
use std::time::Duration;

pub use masstree::Masstree;
pub use memcached::Memcached;
pub use memory::Memory;
pub use redis::Redis;

/// A request. What it borrows is copied by [`Connection::send`].
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Read a row, or these columns of it.
    Get {
        /// The key.
        key: &'a [u8],
        /// The columns; all if empty.
        columns: &'a [usize],
    },
    /// Make a row one column.
    Set {
        /// The key.
        key: &'a [u8],
        /// The column.
        value: &'a [u8],
    },
    /// Set columns of a row.
    Put {
        /// The key.
        key: &'a [u8],
        /// The columns and their values.
        changes: &'a [(usize, &'a [u8])],
    },
    /// Remove a row.
    Remove {
        /// The key.
        key: &'a [u8],
    },
    /// Read rows in order.
    Scan {
        /// The first key, inclusive.
        first: &'a [u8],
        /// Most rows.
        count: u64,
        /// The columns; all if empty.
        columns: &'a [usize],
    },
    /// Read several rows of one snapshot.
    Mget {
        /// The keys.
        keys: &'a [Vec<u8>],
    },
    /// Set a row of one column if it is as expected.
    Cas {
        /// The key.
        key: &'a [u8],
        /// What it must be; nothing for no such key.
        expected: Option<&'a [u8]>,
        /// What it becomes.
        new: &'a [u8],
    },
    /// Start a checkpoint.
    Checkpoint,
    /// Start a transaction.
    Begin,
    /// End it.
    Commit,
    /// Forget it.
    Abort,
}

/// The columns of a row; nothing for one that the row does not have.
pub trait Columns {
    /// Visits each of them.
    fn each(&self, visit: &mut dyn FnMut(Option<&[u8]>));
}

/// What visits rows: the key, where the reply has it, and the row, where there is one.
pub type RowVisitor<'v> = dyn FnMut(&[u8], Option<&dyn Columns>) + 'v;

/// Rows of a scan or of several keys.
pub trait Rows {
    /// Visits each of them.
    fn each(&self, visit: &mut RowVisitor<'_>);
}

/// A reply.
pub enum Reply<'a> {
    /// A row.
    Row(&'a dyn Columns),
    /// No such key.
    Missing,
    /// A write is done: the key is new, or was there; nothing if the server does not say.
    Written(Option<bool>),
    /// Whether the key was there.
    Removed(bool),
    /// Rows with their keys.
    Scanned(&'a dyn Rows),
    /// Rows without their keys.
    Rows(&'a dyn Rows),
    /// Whether the row was as expected.
    Swapped(bool),
    /// Whether the transaction's changes are visible.
    Committed(bool),
    /// Done, with nothing to tell.
    Done,
    /// Not done; why.
    Error(&'a [u8]),
    /// There was no reply: later ones came.
    Dropped,
}

/// Why a connection is of no more use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server is not there.
    Refused(String),
    /// The server closed the connection, or the network did.
    Closed(String),
    /// What the server sent is no reply, or not to what was asked.
    Garbage(String),
    /// The server does not answer.
    Silent(String),
}

impl Failure {
    /// What happened.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Refused(text) | Self::Closed(text) | Self::Garbage(text) | Self::Silent(text) => {
                text
            }
        }
    }
}

/// What takes replies: their request's tag, and the reply.
pub type Sink<'s> = dyn FnMut(u64, Reply<'_>) + 's;

/// One connection. It never blocks.
pub trait Connection: Send {
    /// Queues a request; a target without a network hands over the reply at once. Tags count up by one.
    ///
    /// # Errors
    /// If the connection is of no more use.
    fn send(&mut self, tag: u64, request: &Request<'_>, sink: &mut Sink<'_>)
    -> Result<(), Failure>;

    /// Writes what is queued, as far as the network takes it.
    ///
    /// # Errors
    /// If the connection is of no more use.
    fn flush(&mut self) -> Result<(), Failure>;

    /// Hands over the replies that have come. What came before a failure is handed over before it is told.
    ///
    /// # Errors
    /// If the connection is of no more use.
    fn receive(&mut self, sink: &mut Sink<'_>) -> Result<(), Failure>;

    /// What to wait on, and whether there is something left to write; nothing without a network.
    fn socket(&self) -> Option<(BorrowedFd<'_>, bool)>;
}

/// What connections are opened to.
pub trait Target: Send + Sync {
    /// Opens a connection, and waits until it can be used.
    ///
    /// # Errors
    /// If the server is not there, or does not speak the protocol.
    fn connect(&self, timeout: Duration) -> Result<Box<dyn Connection>, Failure>;

    /// What it is, for the report.
    fn describe(&self) -> String;
}

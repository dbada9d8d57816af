//! Requests: what a server reads, and what a client writes.

pub(crate) mod arguments;
mod columns;
mod decode;
mod flat;
mod options;
mod write;

pub use columns::{Assignments, Columns, Keys};
pub(crate) use decode::decode;
pub(crate) use flat::decode_flat;
pub use options::{Isolation, Range, Transaction};
pub use write::RequestWriter;

use crate::{Command, Hello};

/// A request as it lies in the buffer: keys and values are borrowed, lists of them are read while they are walked over.
///
/// Everything in it was checked against the limits.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// Read a row, or some of its columns.
    Get {
        /// Whose row.
        key: &'a [u8],
        /// Which columns; none for the whole row.
        columns: Columns<'a>,
    },
    /// Read rows in ascending order.
    Scan {
        /// Where to start, inclusive.
        first: &'a [u8],
        /// Most rows.
        count: u64,
        /// Which columns; none for whole rows.
        columns: Columns<'a>,
    },
    /// Set columns.
    Put {
        /// Whose row.
        key: &'a [u8],
        /// What to set.
        changes: Assignments<'a>,
    },
    /// Make a row one column.
    Replace {
        /// Whose row.
        key: &'a [u8],
        /// The column.
        value: &'a [u8],
    },
    /// Remove a row.
    Remove {
        /// Whose row.
        key: &'a [u8],
    },
    /// Start a checkpoint.
    Checkpoint,
    /// Start a connection.
    Handshake(Hello<'a>),
    /// Start a transaction.
    Begin(Transaction),
    /// Make the transaction's changes visible.
    Commit,
    /// Forget the transaction's changes.
    Abort,
    /// Read the rows of several keys.
    Mget(Keys<'a>),
    /// Read rows between two keys.
    Range(Range<'a>),
    /// Set a row of one column if it is as expected.
    Cas {
        /// Whose row.
        key: &'a [u8],
        /// What column 0 must be; nothing for no such key.
        expected: Option<&'a [u8]>,
        /// What it becomes; nothing to remove the row.
        new: Option<&'a [u8]>,
    },
    /// Read what the server counts.
    Stats,
    /// Do nothing.
    Ping,
    /// Wait for the disk.
    Sync,
}

impl Request<'_> {
    /// The command.
    #[inline]
    pub fn command(&self) -> Command {
        match self {
            Self::Get { .. } => Command::Get,
            Self::Scan { .. } => Command::Scan,
            Self::Put { .. } => Command::Put,
            Self::Replace { .. } => Command::Replace,
            Self::Remove { .. } => Command::Remove,
            Self::Checkpoint => Command::Checkpoint,
            Self::Handshake(_) => Command::Handshake,
            Self::Begin(_) => Command::Begin,
            Self::Commit => Command::Commit,
            Self::Abort => Command::Abort,
            Self::Mget(_) => Command::Mget,
            Self::Range(_) => Command::Range,
            Self::Cas { .. } => Command::Cas,
            Self::Stats => Command::Stats,
            Self::Ping => Command::Ping,
            Self::Sync => Command::Sync,
        }
    }
}

//! Requests on their way, and what an operation of several requests does next.

use crate::load::value::Floor;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A key that is loaded; nothing of it is measured.
    Load,
    Get,
    Set,
    /// Whether column 0 is set, and then whether to a value with a version.
    Put {
        first: bool,
        versioned: bool,
    },
    Remove,
    Scan,
    Checkpoint,
    Mget,
    RmwRead,
    RmwWrite,
    CasRead,
    CasWrite,
    Begin,
    /// The balance of the first account of a transfer, or of the second.
    Balance {
        second: bool,
    },
    Move,
    Commit,
    /// The end of a transfer that went wrong.
    Abort,
    /// The sum of all accounts.
    Audit,
}

impl Step {
    /// Whether it is the last request of its operation, at whose reply the operation is measured.
    pub(super) fn is_last(self) -> bool {
        !matches!(
            self,
            Self::Load
                | Self::RmwRead
                | Self::CasRead
                | Self::Begin
                | Self::Balance { .. }
                | Self::Move
                | Self::Audit
        )
    }

    /// Whether it writes to the ledger's key.
    pub(super) fn writes(self) -> bool {
        matches!(
            self,
            Self::Set | Self::Put { .. } | Self::Remove | Self::RmwWrite | Self::CasWrite
        )
    }
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) step: Step,
    /// The number of the command.
    pub(super) command: usize,
    /// When the operation was due, and when it was sent.
    pub(super) due: u64,
    pub(super) sent: u64,
    /// The key's number in its table.
    pub(super) number: u64,
    /// The key's stamp.
    pub(super) stamp: u64,
    /// The number of the write; of a scan, the rows that were asked for.
    pub(super) write: u64,
    /// What a read must not see.
    pub(super) floor: Floor,
    /// The stamps of the keys of an mget.
    pub(super) stamps: Vec<u64>,
}

/// What an operation does next.
#[derive(Clone, Debug)]
pub(super) struct Follow {
    pub(super) pending: Pending,
    pub(super) what: Next,
}

/// The next requests of an operation.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// Write what was read.
    Write,
    /// Write it if it is still this.
    Swap(Option<Vec<u8>>),
    /// Move an amount from the first account to the second, whose balances are these.
    Move(i64, i64),
    /// Give up the transaction.
    Abort,
}

/// A transfer between its two halves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Transfer {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) amount: i64,
    /// What the first account holds, once that is known.
    pub(super) balance: Option<i64>,
    /// Whether there is no transaction after all.
    pub(super) failed: bool,
}

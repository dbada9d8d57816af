//! A version of a row, and the chain of older ones behind it.
//!
//! The map holds the newest version of each key; in the common case it is the only one. Only the newest may be undecided: whoever wants to
//! write on top of it waits, or aborts the transaction that it belongs to. Readers never wait.

use std::sync::Arc;

use optimistic::{Chained, Guard};

use crate::row::Row;
use crate::stamp::{Stamp, State, Timestamp};

/// What all versions written by one transaction have in common.
#[derive(Debug)]
pub(crate) struct Commit {
    pub stamp: Stamp,
    /// Whether nobody else may abort it: a batch, which has nothing to conflict with and so must not fail.
    pub firm: bool,
}

impl Commit {
    /// Aborts the transaction of somebody who is in the way, if that may be. Whether it is aborted now.
    pub fn push_aside(&self) -> bool {
        !self.firm && self.stamp.abort()
    }
}

/// A version with a link to the one before it: what the map holds.
pub(crate) type Linked = Chained<Version>;

/// A version of a row.
#[derive(Debug)]
pub(crate) struct Version {
    stamp: Stamp,
    /// Decides instead of `stamp` until that is settled.
    commit: Option<Arc<Commit>>,
    /// Nothing if the key was removed.
    pub row: Option<Row>,
}

impl Version {
    /// A version that is not decided yet.
    pub fn new(row: Option<Row>, commit: Option<Arc<Commit>>) -> Self {
        Self {
            stamp: Stamp::pending(),
            commit,
            row,
        }
    }

    /// A version that was committed at `at`, the only one of its key.
    pub fn committed(row: Row, at: Timestamp) -> Linked {
        let version = Self {
            stamp: Stamp::committed(at),
            commit: None,
            row: Some(row),
        };
        Linked::new(version, None)
    }

    /// The stamp that decides.
    #[inline]
    pub fn stamp(&self) -> &Stamp {
        match &self.commit {
            Some(commit) if self.stamp.state() == State::Pending => &commit.stamp,
            _ => &self.stamp,
        }
    }

    #[inline]
    pub fn state(&self) -> State {
        self.stamp().state()
    }

    /// Writes down in the version itself that its transaction committed.
    pub fn settle(&self, at: Timestamp) {
        self.stamp.settle(at);
    }

    /// Whether it leaves the counts now: several threads may find at once that it is not needed.
    pub fn count_out(&self) -> bool {
        self.stamp.count_out()
    }

    /// The transaction that it belongs to.
    pub fn commit(&self) -> Option<&Arc<Commit>> {
        self.commit.as_ref()
    }

    #[inline]
    fn is_committed(&self) -> bool {
        matches!(self.state(), State::Committed(_))
    }

    /// When it was committed; only what is decided has a time.
    pub fn time(&self) -> Option<Timestamp> {
        match self.state() {
            State::Committed(at) => Some(at),
            _ => None,
        }
    }

    /// Bytes that this version takes with its link, beside the map's.
    pub fn bytes(&self) -> usize {
        size_of::<Linked>() + 2 * size_of::<usize>() + self.row.as_ref().map_or(0, Row::heap_bytes)
    }
}

/// The version that a snapshot at `at` sees of the chain that begins at `head`.
#[inline]
pub(crate) fn visible_at<'g>(
    head: &'g Linked,
    at: Timestamp,
    guard: &'g Guard,
) -> Option<&'g Linked> {
    let mut version = head;
    while !version.stamp().is_visible_at(at) {
        version = version.older().get(guard)?;
    }
    Some(version)
}

/// The newest committed version of the chain that begins at `head`.
#[inline]
pub(crate) fn newest<'g>(head: &'g Linked, guard: &'g Guard) -> Option<&'g Linked> {
    let mut version = head;
    while !version.is_committed() {
        let below = version.older().get(guard);
        // Once it is committed its writer may cut off what is below: then it is this one after all.
        if version.is_committed() {
            break;
        }
        version = below?;
    }
    Some(version)
}

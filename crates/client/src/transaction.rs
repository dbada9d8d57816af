//! A transaction on a connection of its own.

use crate::client::Lease;
use crate::commands::Commands;
use crate::error::Error;
use crate::request::Request;
use crate::response::Response;
use masstree_protocol::{Abilities, Command};

/// A transaction; from [`Client::begin`](crate::Client::begin). Dropping it aborts it.
///
/// What is read through it is one snapshot with its own writes on top. An error does not end it, but the loss of its connection does. The requests of a
/// future that was dropped half way may still be carried out within it.
#[derive(Debug)]
pub struct Transaction {
    lease: Lease,
    snapshot: u64,
    open: bool,
}

impl Transaction {
    pub(crate) fn new(lease: Lease, snapshot: u64) -> Self {
        Self {
            lease,
            snapshot,
            open: true,
        }
    }

    /// The point in time that is read.
    pub fn snapshot(&self) -> u64 {
        self.snapshot
    }

    /// Makes the changes visible, all at once, and returns when.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another transaction came first; nothing is changed then. After [`Error::Lost`] that
    /// [may have been carried out](Error::maybe_done) it is not known whether the transaction was committed.
    pub async fn commit(mut self) -> Result<u64, Error> {
        let committed = self.lease.connection.execute(Request::Commit).await;
        // A refused commit may leave the transaction open; dropping it aborts it.
        self.open = matches!(committed, Err(Error::Refused { .. }));
        committed?.into_time()
    }

    /// Forgets the changes.
    ///
    /// # Errors
    /// [`Error::Lost`]; the changes are forgotten all the same.
    pub async fn abort(mut self) -> Result<(), Error> {
        let aborted = self.lease.connection.execute(Request::Abort).await;
        self.open = false;
        aborted.map(drop)
    }
}

impl Commands for Transaction {
    /// Carries out a request within the transaction; BEGIN, COMMIT and ABORT are refused.
    async fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        refuse_ends(&request)?;
        self.lease.connection.execute(request).await
    }

    fn abilities(&self) -> Option<Abilities> {
        self.lease.connection.abilities()
    }
}

/// The value that stands for the transaction must know when it ends.
pub(crate) fn refuse_ends(request: &Request<'_>) -> Result<(), Error> {
    match request.command() {
        command @ (Command::Begin | Command::Commit | Command::Abort) => Err(Error::Refused {
            command,
            why: "within a transaction, its own methods end it".to_owned(),
        }),
        _ => Ok(()),
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.open {
            // If the connection is lost, so is the transaction.
            let _ = self.lease.connection.abort();
        }
    }
}

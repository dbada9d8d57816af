//! A transaction on a blocking connection of its own.

use super::client::Pool;
use super::commands::Commands;
use super::connection::Connection;
use crate::error::{Error, Failure};
use crate::request::Request;
use crate::response::Response;
use crate::transaction::refuse_ends;
use masstree_protocol::Abilities;
use std::sync::Arc;

/// A transaction; from [`Client::begin`](super::Client::begin). Dropping it aborts it, and waits for that.
///
/// What is read through it is one snapshot with its own writes on top. An error does not end it, but the loss of its connection does.
#[derive(Debug)]
pub struct Transaction {
    pool: Arc<Pool>,
    /// Nothing once the transaction has ended.
    connection: Option<Connection>,
    snapshot: u64,
}

impl Transaction {
    pub(super) fn new(pool: Arc<Pool>, connection: Connection, snapshot: u64) -> Self {
        Self {
            pool,
            connection: Some(connection),
            snapshot,
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
    pub fn commit(mut self) -> Result<u64, Error> {
        let committed = self.in_place(Request::Commit);
        if !matches!(committed, Err(Error::Refused { .. })) {
            self.end();
        }
        // A refused commit may leave the transaction open; dropping it aborts it.
        committed?.into_time()
    }

    /// Forgets the changes.
    ///
    /// # Errors
    /// [`Error::Lost`]; the changes are forgotten all the same.
    pub fn abort(mut self) -> Result<(), Error> {
        let aborted = self.in_place(Request::Abort);
        self.end();
        aborted.map(drop)
    }

    fn in_place(&self, request: Request<'_>) -> Result<Response, Error> {
        match &self.connection {
            Some(connection) => connection.execute(request),
            None => Err(Error::not_sent(&Arc::new(Failure::Closed))),
        }
    }

    /// Gives the connection back.
    fn end(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.put_back(connection);
        }
    }
}

impl Commands for Transaction {
    /// Carries out a request within the transaction; BEGIN, COMMIT and ABORT are refused.
    fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        refuse_ends(&request)?;
        self.in_place(request)
    }

    fn abilities(&self) -> Option<Abilities> {
        self.connection.as_ref()?.abilities()
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.connection.is_some() {
            // If the connection is lost, so is the transaction; any other failure leaves it open, so that it must not be used again.
            if self.in_place(Request::Abort).is_ok() {
                self.end();
            }
        }
    }
}

//! A connection with its desk.

use super::desk::{Books, Desk};
use super::findings::Trouble;
use super::pending::Pending;
use super::recorder::Ending;
use crate::load::target::{Connection, Failure, Request};
use crate::load::value::Ledger;

/// A connection with its desk.
pub(super) struct Lane {
    pub(super) connection: Box<dyn Connection>,
    pub(super) desk: Desk,
    /// The number that its writes carry.
    pub(super) writer: u32,
    pub(super) alive: bool,
    /// Whether something was queued since the last flush.
    queued: bool,
}

impl Lane {
    pub(super) fn new(connection: Box<dyn Connection>, writer: u32, ledger: Ledger) -> Self {
        Self {
            connection,
            desk: Desk::new(ledger),
            writer,
            alive: true,
            queued: false,
        }
    }

    /// Queues a request.
    #[inline]
    pub(super) fn send(&mut self, pending: Pending, request: &Request<'_>, books: &mut Books) {
        if !self.alive {
            return;
        }
        let Self {
            connection, desk, ..
        } = self;
        let tag = desk.note(pending);
        let sent = connection.send(tag, request, &mut |_, reply| desk.reply(&reply, books));
        self.queued = true;
        if let Err(failure) = sent {
            self.fail(&failure, books);
        }
    }

    /// Writes out what is queued.
    #[inline]
    pub(super) fn flush(&mut self, books: &mut Books) {
        if !self.alive || !self.queued {
            return;
        }
        match self.connection.flush() {
            Ok(()) => self.queued = self.connection.socket().is_some_and(|(_, writing)| writing),
            // What the server said before it closed may still be there to be read.
            Err(failure) => {
                self.receive(books);
                self.fail(&failure, books);
            }
        }
    }

    /// Takes in the replies that have come.
    pub(super) fn receive(&mut self, books: &mut Books) {
        if !self.alive {
            return;
        }
        let Self {
            connection, desk, ..
        } = self;
        let received = connection.receive(&mut |_, reply| desk.reply(&reply, books));
        if let Err(failure) = received {
            self.fail(&failure, books);
        }
    }

    /// Whether there is room for another operation.
    #[inline]
    pub(super) fn has_room(&self, pipeline: usize) -> bool {
        self.alive && !self.desk.exclusive && self.desk.in_flight() < pipeline
    }

    /// Gives the connection up if a request has waited for too long.
    pub(super) fn check_timeout(&mut self, now: u64, timeout: u64, books: &mut Books) {
        let Some(oldest) = self.desk.pending.front() else {
            return;
        };
        if self.alive && now.saturating_sub(oldest.sent) > timeout {
            let waiting = self.desk.pending.len();
            let limit = std::time::Duration::from_nanos(timeout);
            let what = format!("{waiting} requests without an answer within {limit:?}");
            self.fail(&Failure::Silent(what), books);
        }
    }

    /// Gives the connection up: all that is on its way is lost.
    pub(super) fn fail(&mut self, failure: &Failure, books: &mut Books) {
        if !self.alive {
            return;
        }
        self.alive = false;
        let waiting = self.desk.pending.len();
        let trouble = Trouble::from(failure);
        books.findings.trouble(trouble, || match waiting {
            0 => failure.text().to_owned(),
            _ if trouble == Trouble::Silent => failure.text().to_owned(),
            waiting => format!("{}, with {waiting} requests on their way", failure.text()),
        });
        let now = books.clock.now();
        let ending = match trouble {
            Trouble::Silent => Ending::Timeout,
            _ => Ending::Error,
        };
        while let Some(pending) = self.desk.pending.pop_front() {
            self.desk.lose(pending, now, ending, books);
        }
        self.desk.follows.clear();
    }
}

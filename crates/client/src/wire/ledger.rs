//! Which requests are on their way, in the order in which their replies come.
//!
//! A reply must carry the number of the oldest request, since a server answers in order; anything else ends the connection. What was
//! handed to the operating system is counted in bytes, so that at the end of a connection each request knows whether any byte of
//! it may have reached the server.

use crate::error::{Error, Failure};
use crate::request::{Expectation, Request};
use crate::response::{Response, text};
use masstree_protocol::{Body, Int, MAX_SEQ, Reply};
use std::collections::VecDeque;

/// The requests of a connection that have no reply yet. `W` is what waits for it.
#[derive(Debug)]
pub(crate) struct Ledger<W> {
    waiting: VecDeque<Entry<W>>,
    last_seq: u64,
    /// Bytes written since the connection began, and how many of them were handed on.
    written: u64,
    handed: u64,
    settled: u64,
}

#[derive(Debug)]
struct Entry<W> {
    seq: Int,
    expected: Expectation,
    /// How many bytes were written before this request.
    start: u64,
    waiter: W,
}

impl<W> Ledger<W> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            last_seq: 0,
            written: 0,
            handed: 0,
            settled: 0,
        }
    }

    /// Appends the request to `out`, and `waiter` to those who wait.
    pub(crate) fn enter(&mut self, request: &Request<'_>, out: &mut Vec<u8>, waiter: W) {
        self.last_seq = self.last_seq % MAX_SEQ + 1;
        let seq = Int::from(self.last_seq);
        let before = out.len();
        request.write(seq, out);
        let start = self.written;
        self.written += (out.len() - before) as u64;
        self.waiting.push_back(Entry {
            seq,
            expected: request.expectation(),
            start,
            waiter,
        });
    }

    /// Says that everything written may be on its way to the server from now on.
    pub(crate) fn hand_on(&mut self) {
        self.handed = self.written;
    }

    /// Finds who waits for `reply`, and with what.
    pub(crate) fn settle(
        &mut self,
        reply: &Reply<'_>,
    ) -> Result<(W, Result<Response, Error>), Failure> {
        let expected = self.turn(reply)?;
        let response = Response::take(expected, &reply.body)?;
        match self.pop() {
            Some(waiter) => Ok((waiter, response)),
            None => Err(out_of_turn(reply)),
        }
    }

    /// What the oldest request expects, if `reply` is to it.
    pub(crate) fn turn(&self, reply: &Reply<'_>) -> Result<Expectation, Failure> {
        if let (None, Body::Error(why)) = (reply.seq, &reply.body) {
            return Err(Failure::Told(text(why)));
        }
        match self.waiting.front() {
            Some(oldest) if reply.seq == Some(oldest.seq) => Ok(oldest.expected),
            _ => Err(out_of_turn(reply)),
        }
    }

    /// The oldest request has got its reply.
    pub(crate) fn pop(&mut self) -> Option<W> {
        self.settled += 1;
        self.waiting.pop_front().map(|oldest| oldest.waiter)
    }

    /// How many requests wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many requests have got their replies.
    pub(crate) fn settled(&self) -> u64 {
        self.settled
    }

    /// Gives up: all who wait, each with whether its request may have reached the server.
    pub(crate) fn abandon(&mut self) -> impl Iterator<Item = (W, bool)> + use<W> {
        let handed = self.handed;
        std::mem::take(&mut self.waiting)
            .into_iter()
            .map(move |entry| (entry.waiter, entry.start < handed))
    }
}

fn out_of_turn(reply: &Reply<'_>) -> Failure {
    let got = reply
        .seq
        .map_or_else(|| "without a number".to_owned(), |seq| seq.to_string());
    Failure::OutOfTurn { got }
}

#[cfg(test)]
mod tests {
    use super::*;
    use masstree_protocol::Cells;

    fn missing(seq: u64) -> Reply<'static> {
        Reply {
            seq: Some(seq.into()),
            body: Body::Missing,
        }
    }

    #[test]
    fn replies_find_their_requests_in_order() {
        let mut ledger = Ledger::new();
        let mut out = Vec::new();
        ledger.enter(&Request::get(b"a"), &mut out, "first");
        ledger.enter(&Request::Ping, &mut out, "second");
        assert!(matches!(
            ledger.settle(&missing(2)),
            Err(Failure::OutOfTurn { .. })
        ));
        let (waiter, response) = ledger.settle(&missing(1)).unwrap();
        assert_eq!((waiter, response.unwrap()), ("first", Response::Row(None)));
        assert!(matches!(
            ledger.settle(&missing(2)),
            Err(Failure::WrongReply { .. })
        ));
        let told = Reply {
            seq: None,
            body: Body::Error(b"why"),
        };
        assert!(matches!(ledger.settle(&told), Err(Failure::Told(why)) if why == "why"));
        assert_eq!((ledger.len(), ledger.settled()), (1, 1));
    }

    #[test]
    fn numbers_go_round() {
        let mut ledger = Ledger::new();
        for seq in (1..=MAX_SEQ).chain(1..=3) {
            ledger.enter(&Request::get(b""), &mut Vec::new(), ());
            ledger.settle(&missing(seq)).unwrap().1.unwrap();
        }
        assert!(ledger.is_empty());
    }

    #[test]
    fn what_was_not_handed_on_cannot_have_been_done() {
        let mut ledger = Ledger::new();
        let mut out = Vec::new();
        ledger.enter(&Request::Ping, &mut out, 1);
        ledger.hand_on();
        ledger.enter(&Request::Ping, &mut out, 2);
        assert_eq!(
            ledger.abandon().collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
        assert!(ledger.is_empty());
    }

    #[test]
    fn a_row_of_other_columns_than_asked_for_is_no_reply() {
        let mut ledger = Ledger::new();
        let request = Request::Get {
            key: b"k",
            columns: &[1, 2],
        };
        ledger.enter(&request, &mut Vec::new(), ());
        let reply = Reply {
            seq: Some(1_u64.into()),
            body: Body::Row(Cells::default()),
        };
        assert!(matches!(
            ledger.settle(&reply),
            Err(Failure::WrongReply { .. })
        ));
    }
}

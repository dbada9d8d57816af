//! Requests out and replies in over one blocking stream: what [`Connection`](super::Connection) and [`Pipeline`](super::Pipeline) both stand on.

use super::stream::Stream;
use crate::error::{Error, Failure};
use crate::options::Options;
use crate::request::Request;
use crate::response::Response;
use crate::tls::Trust;
use crate::wire::{Input, KEPT_OUTPUT, Ledger, ServerInfo, greeted, hello};
use masstree_protocol::{Body, Reply};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many bytes of requests are sent without being asked.
const SEND_AT: usize = 32 << 10;

/// The least that a request counts for in the window.
const LEAST: usize = 1024;

/// A connection's state. After a failure it only hands out errors.
#[derive(Debug)]
pub(crate) struct Exchange {
    stream: Stream,
    input: Input,
    output: Vec<u8>,
    /// What waits is how many bytes of the window the request takes.
    ledger: Ledger<usize>,
    in_flight: usize,
    window: usize,
    patience: Duration,
    pub(crate) info: ServerInfo,
    ended: Option<Arc<Failure>>,
    /// The requests that were in flight when the connection ended, each with whether it may have been carried out.
    lost: VecDeque<bool>,
}

impl Exchange {
    pub(crate) fn connect(
        address: &str,
        options: &Options,
        trust: Option<&Trust>,
    ) -> Result<Self, Error> {
        let lost = |failure: Failure| match failure {
            Failure::TimedOut => Error::connect(address, std::io::ErrorKind::TimedOut.into()),
            other => Error::not_sent(&Arc::new(other)),
        };
        let mut stream = Stream::connect(address, options, trust)?;
        let mut input = Input::new(options.max_reply);
        stream.send(&mut hello(options), &mut input).map_err(lost)?;
        let info = loop {
            if let Some(reply) = input.next().map_err(lost)? {
                break greeted(&reply)?;
            }
            stream.receive(&mut input).map_err(lost)?;
        };
        stream
            .be_patient(options.request_timeout)
            .map_err(|error| lost(error.into()))?;
        Ok(Self {
            stream,
            input,
            output: Vec::new(),
            ledger: Ledger::new(),
            in_flight: 0,
            window: options.window,
            patience: options.request_timeout,
            info,
            ended: None,
            lost: VecDeque::new(),
        })
    }

    /// Writes a request into the buffer, and sends that if it is full.
    pub(crate) fn enter(&mut self, request: &Request<'_>) -> Result<(), Error> {
        if let Some(because) = &self.ended {
            return Err(Error::not_sent(because));
        }
        request.check(self.info.abilities.as_ref())?;
        let size = request.size().max(LEAST);
        if self.in_flight > 0 && self.in_flight + size > self.window {
            return Err(Error::PipelineFull);
        }
        self.in_flight += size;
        self.ledger.enter(request, &mut self.output, size);
        if self.output.len() >= SEND_AT {
            // A failure is told with the reply of each request, this one among them.
            let _ = self.flush();
        }
        Ok(())
    }

    /// Sends what was written.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if let Err(failure) = self.send() {
            self.end(failure);
        }
        match &self.ended {
            None => Ok(()),
            Some(because) => Err(Error::Lost {
                maybe_done: true,
                because: Arc::clone(because),
            }),
        }
    }

    fn send(&mut self) -> Result<(), Failure> {
        if self.output.is_empty() {
            return Ok(());
        }
        self.ledger.hand_on();
        self.stream.send(&mut self.output, &mut self.input)?;
        self.output.shrink_to(KEPT_OUTPUT);
        Ok(())
    }

    /// How many requests wait for their responses.
    pub(crate) fn waiting(&self) -> usize {
        self.ledger.len() + self.lost.len()
    }

    /// The response to the oldest request without one; nothing if there is none.
    pub(crate) fn next(&mut self) -> Option<Result<Response, Error>> {
        let response = self.await_reply(Ledger::settle)?;
        Some(response.and_then(|response| response))
    }

    /// The same, but `take` sees the reply where it lies.
    pub(crate) fn next_with<T>(
        &mut self,
        take: impl FnOnce(&Body<'_>) -> T,
    ) -> Option<Result<T, Error>> {
        self.await_reply(|ledger, reply| {
            ledger.turn(reply)?;
            let size = ledger.pop().unwrap_or(0);
            Ok((size, take(&reply.body)))
        })
    }

    fn await_reply<T>(
        &mut self,
        settle: impl FnOnce(&mut Ledger<usize>, &Reply<'_>) -> Result<(usize, T), Failure>,
    ) -> Option<Result<T, Error>> {
        if self.waiting() == 0 {
            return None;
        }
        if self.ended.is_none() {
            match self.take_reply(settle) {
                Ok(taken) => return Some(Ok(taken)),
                Err(failure) => self.end(failure),
            }
        }
        let because = Arc::clone(self.ended.as_ref()?);
        let maybe_done = self.lost.pop_front()?;
        Some(Err(Error::Lost {
            maybe_done,
            because,
        }))
    }

    fn take_reply<T>(
        &mut self,
        settle: impl FnOnce(&mut Ledger<usize>, &Reply<'_>) -> Result<(usize, T), Failure>,
    ) -> Result<T, Failure> {
        let mut deadline = None;
        loop {
            if let Some(reply) = self.input.next()? {
                let (size, taken) = settle(&mut self.ledger, &reply)?;
                self.in_flight -= size;
                return Ok(taken);
            }
            self.send()?;
            let now = Instant::now();
            if now > *deadline.get_or_insert(now + self.patience) {
                return Err(Failure::TimedOut);
            }
            self.stream.receive(&mut self.input)?;
        }
    }

    /// Ends the connection: what is in flight is lost.
    fn end(&mut self, failure: Failure) {
        self.stream.close();
        self.ended = Some(Arc::new(failure));
        let lost = self.ledger.abandon();
        self.lost = lost.map(|(_, maybe_done)| maybe_done).collect();
        self.output = Vec::new();
    }

    /// Whether the connection has ended.
    pub(crate) fn is_lost(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether a reply lies here whole or in part.
    pub(crate) fn has_input(&self) -> bool {
        self.input.len() > 0
    }
}

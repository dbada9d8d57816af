//! The loop over the requests that are at hand, bounded so that other connections have their turn.

use std::net::SocketAddr;

use masstree_protocol::{Command, Int, Refusal, ReplyWriter, Request, RequestDecoder, Step};
use masstree_store::{Debt, Deferred};

use super::failure::Failure;
use super::reads::GetRun;
use super::replies::WriteReply;
use super::transaction::Open;
use super::writes::WriteRun;
use crate::local::Local;
use crate::metrics::Counts;

/// A slice ends after so many requests,
const REQUESTS: usize = 1024;

/// after so many bytes of them,
const INPUT: usize = 256 << 10;

/// or after so many bytes of replies.
const OUTPUT: usize = 256 << 10;

/// What a connection has come to.
pub(crate) struct Session {
    pub decoder: RequestDecoder,
    peer: SocketAddr,
    /// Whether the client wants bin.
    pub bin: bool,
    pub transaction: Option<Open>,
}

/// Why a slice has ended.
pub(crate) enum Pause<'a> {
    /// No whole request is left.
    Starved,
    /// It was long enough.
    Yield,
    /// This request is for [`slow`](super::slow).
    Slow { seq: Int, request: Request<'a> },
    /// The connection is to be closed once the output has left.
    Close,
}

/// What was done.
pub(crate) struct Slice<'a> {
    /// Bytes of the input that are used up.
    pub used: usize,
    pub pause: Pause<'a>,
    /// What is to be settled before the output may leave.
    pub debt: Option<Debt>,
    pub counts: Counts,
}

/// Carries out requests of one connection, for the length of a slice.
pub(super) struct Executor<'e> {
    pub local: &'e Local,
    pub session: &'e mut Session,
    pub writes: Deferred<'e>,
    pub out: &'e mut Vec<u8>,
    /// Where the replies to writes are, if they can turn out not to be safe.
    pub replies: &'e mut Vec<WriteReply>,
    pub counts: Counts,
}

/// What follows a request.
pub(super) enum Next<'a> {
    GoOn,
    Close,
    Slow(Request<'a>),
}

impl Session {
    pub fn new(local: &Local, peer: SocketAddr) -> Self {
        Self {
            peer,
            decoder: RequestDecoder::new(local.shared.limits),
            bin: false,
            transaction: None,
        }
    }
}

/// Carries out what is whole in `input`.
pub(crate) fn slice<'a>(
    local: &Local,
    session: &mut Session,
    input: &'a [u8],
    out: &mut Vec<u8>,
    replies: &mut Vec<WriteReply>,
) -> Slice<'a> {
    let mut executor = Executor {
        writes: local.shared.store.deferred(),
        local,
        session,
        out,
        replies,
        counts: Counts::default(),
    };
    let (used, pause) = executor.run(input);
    Slice {
        used,
        pause,
        debt: executor.writes.debt(),
        counts: executor.counts,
    }
}

impl<'e> Executor<'e> {
    fn run<'a>(&mut self, input: &'a [u8]) -> (usize, Pause<'a>) {
        let full = self.out.len() + OUTPUT;
        let mut gets = GetRun::new();
        let mut writes = WriteRun::new();
        let mut used = 0;
        let mut requests = 0;
        loop {
            if requests == REQUESTS || used >= INPUT || self.out.len() >= full {
                return self.end(&mut gets, &mut writes, full, (used, Pause::Yield));
            }
            if used == input.len() && !self.session.decoder.is_within_message() {
                return self.end(&mut gets, &mut writes, full, (used, Pause::Starved));
            }
            requests += 1;
            let step = self.session.decoder.decode(&input[used..]);
            if self.session.transaction.is_none()
                && let Ok(Step::Request {
                    used: length,
                    seq,
                    request,
                }) = &step
            {
                // Requests of one kind that follow one another wait for each other.
                match *request {
                    Request::Get { key, columns } if columns.len() <= 1 => {
                        self.write_run(&mut writes);
                        gets.push(*seq, key, columns, used);
                        used += length;
                        if gets.is_full()
                            && let Some(rest) = self.answer_run(&mut gets, full)
                        {
                            return (rest, Pause::Yield);
                        }
                        continue;
                    }
                    Request::Replace { key, value } => {
                        if let Some(rest) = self.answer_run(&mut gets, full) {
                            return (rest, Pause::Yield);
                        }
                        writes.push(*seq, key, value);
                        used += length;
                        if writes.is_full() {
                            self.write_run(&mut writes);
                        }
                        continue;
                    }
                    _ => {}
                }
            }
            // What follows must not come before those that wait.
            if let Some(rest) = self.answer_run(&mut gets, full) {
                self.session.decoder.rewind();
                return (rest, Pause::Yield);
            }
            self.write_run(&mut writes);
            match step {
                Ok(Step::Request {
                    used: length,
                    seq,
                    request,
                }) => {
                    used += length;
                    self.counts.add(request.command(), 1);
                    match self.execute(seq, request) {
                        Next::GoOn => {}
                        Next::Close => return (used, Pause::Close),
                        Next::Slow(request) => return (used, Pause::Slow { seq, request }),
                    }
                }
                Ok(Step::Refused {
                    used: length,
                    seq,
                    refusal,
                }) => {
                    used += length;
                    if self.refuse(seq, &refusal) {
                        return (used, Pause::Close);
                    }
                }
                Ok(Step::Partial { discard, .. }) => return (used + discard, Pause::Starved),
                Err(malformed) => {
                    tracing::debug!("{}: malformed: {malformed}", self.session.peer);
                    crate::metrics::raise(&self.local.tally().malformed, 1);
                    self.reply().malformed(&malformed);
                    return (used, Pause::Close);
                }
            }
        }
    }

    /// Ends the slice as `end` says, or before what there is no room to answer.
    fn end<'a>(
        &mut self,
        gets: &mut GetRun<'a>,
        writes: &mut WriteRun<'a>,
        full: usize,
        end: (usize, Pause<'a>),
    ) -> (usize, Pause<'a>) {
        self.write_run(writes);
        match self.answer_run(gets, full) {
            Some(rest) => (rest, Pause::Yield),
            None => end,
        }
    }

    fn execute<'a>(&mut self, seq: Int, request: Request<'a>) -> Next<'a> {
        let done = match request {
            Request::Handshake(hello) => return self.handshake(seq, &hello),
            Request::Get { key, columns } => self.get(seq, key, &columns),
            Request::Put { key, changes } => self.put(seq, key, &changes),
            Request::Replace { key, value } => self.replace(seq, key, value),
            Request::Remove { key } => self.remove(seq, key),
            Request::Cas { key, expected, new } => self.compare_and_set(seq, key, expected, new),
            Request::Begin(options) => self.begin(seq, options),
            Request::Abort => self.abort(seq),
            Request::Stats => self.stats(seq),
            Request::Checkpoint => self.checkpoint(seq),
            Request::Ping => {
                self.reply().done(seq, Command::Ping);
                Ok(())
            }
            Request::Mget(ref keys) if super::reads::is_short(keys) => self.mget(seq, keys),
            Request::Scan { .. } | Request::Range(_) => match self.short_walk(seq, &request) {
                Some(done) => done,
                None => return Next::Slow(request),
            },
            Request::Commit if !self.commit_is_slow() => self.commit(seq),
            Request::Sync if !self.local.shared.is_durable() => {
                self.reply().done(seq, Command::Sync);
                Ok(())
            }
            slow @ (Request::Mget(_) | Request::Commit | Request::Sync) => return Next::Slow(slow),
        };
        if let Err(failure) = done {
            self.fail(seq, &failure);
        }
        Next::GoOn
    }

    /// Where the next reply is written.
    #[inline]
    pub fn reply(&mut self) -> ReplyWriter<'_> {
        ReplyWriter::new(self.out).with_bin(self.session.bin)
    }

    pub fn fail(&mut self, seq: Int, failure: &Failure) {
        self.counts.errors += 1;
        self.reply().error(seq, &failure.to_string());
    }

    /// Answers a message that was refused. Whether the connection is to be closed.
    pub fn refuse(&mut self, seq: Int, refusal: &Refusal) -> bool {
        self.counts.errors += 1;
        if refusal.refuses_handshake() {
            tracing::warn!("{}: handshake refused: {refusal}", self.session.peer);
            crate::metrics::raise(&self.local.tally().refused, 1);
        }
        self.reply().refuse(seq, refusal);
        refusal.closes()
    }
}

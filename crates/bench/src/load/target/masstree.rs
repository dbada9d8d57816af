//! The protocol of `masstree serve`, over TCP.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use masstree_protocol::{
    Body, Cells, Command, Hello, Int, List, MAX_SEQ, Reply as WireReply, ReplyDecoder,
    RequestWriter, Row, Transaction, Written,
};

use super::socket::Socket;
use super::{Columns, Connection, Failure, Reply, Request, RowVisitor, Rows, Sink, Target};

/// A server of our protocol.
#[derive(Clone, Debug)]
pub struct Masstree {
    address: String,
    longest_key: usize,
    extensions: bool,
}

impl Masstree {
    /// The server at `host:port`, which will be sent keys of up to so many bytes, and extensions or none.
    #[must_use]
    pub fn new(address: String, longest_key: usize, extensions: bool) -> Self {
        Self {
            address,
            longest_key,
            extensions,
        }
    }
}

impl Target for Masstree {
    fn connect(&self, timeout: Duration) -> Result<Box<dyn Connection>, Failure> {
        let mut socket = Socket::connect(&self.address, timeout)?;
        let hello = Hello {
            core: Some(Int::from(-1_i64)),
            max_key_len: Some(self.longest_key.max(255) as u64),
            proto: if self.extensions { 2 } else { 0 },
            ..Hello::default()
        };
        RequestWriter::new(&mut socket.output).handshake(Int::from(0_u64), &hello);
        let mut decoder = ReplyDecoder::default();
        socket.greet(timeout, |input| {
            greeted(&mut decoder, input, self.extensions)
        })?;
        Ok(Box::new(Wire {
            socket,
            decoder,
            due: VecDeque::new(),
        }))
    }

    fn describe(&self) -> String {
        format!("masstree://{}", self.address)
    }
}

struct Wire {
    socket: Socket,
    decoder: ReplyDecoder,
    /// The tags of the requests without a reply, in their order.
    due: VecDeque<u64>,
}

/// The sequence number of a tag: from 1 on, and again.
#[inline]
fn seq_of(tag: u64) -> u64 {
    1 + tag % MAX_SEQ
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// The bytes that the reply to the handshake takes, once it is there.
fn greeted(
    decoder: &mut ReplyDecoder,
    input: &[u8],
    extensions: bool,
) -> Result<Option<usize>, Failure> {
    let garbage = |what: String| Failure::Garbage(format!("the handshake failed: {what}"));
    let decoded = decoder.decode(input);
    let Some((used, reply)) = decoded.map_err(|error| garbage(error.to_string()))? else {
        return Ok(None);
    };
    match reply.body {
        Body::Welcome { abilities, .. } => {
            if extensions && abilities.is_none_or(|abilities| abilities.proto < 2) {
                return Err(garbage(
                    "the server has no mget, cas and txn, which the workload asks for".to_owned(),
                ));
            }
        }
        Body::Unwelcome(why) | Body::Error(why) => return Err(garbage(text(why))),
        _ => return Err(garbage("this is no reply to it".to_owned())),
    }
    Ok(Some(used))
}

/// Hands over a reply, and before it those that did not come.
#[inline]
fn deliver(
    due: &mut VecDeque<u64>,
    reply: &WireReply<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let Some(seq) = reply.seq.and_then(Int::as_u64) else {
        let what = match reply.body {
            Body::Error(why) => format!("the server gave up on the connection: {}", text(why)),
            _ => "a reply without a sequence number".to_owned(),
        };
        return Err(Failure::Garbage(what));
    };
    match due.front() {
        Some(&tag) if seq_of(tag) == seq => {}
        _ => {
            let Some(ahead) = due.iter().position(|tag| seq_of(*tag) == seq) else {
                let what = format!("a reply to request {seq}, which was not sent or is answered");
                return Err(Failure::Garbage(what));
            };
            for tag in due.drain(..ahead) {
                sink(tag, Reply::Dropped);
            }
        }
    }
    let Some(tag) = due.pop_front() else {
        return Ok(());
    };
    match &reply.body {
        Body::Row(cells) => sink(tag, Reply::Row(cells)),
        Body::Missing => sink(tag, Reply::Missing),
        Body::Written(written) => {
            sink(tag, Reply::Written(Some(*written == Written::Inserted)));
        }
        Body::Removed(was_there) => sink(tag, Reply::Removed(*was_there)),
        Body::Scan(list) if list.is_paired() => sink(tag, Reply::Scanned(&Pairs(*list))),
        Body::Rows(list) => sink(tag, Reply::Rows(&Bare(*list))),
        Body::Swapped => sink(tag, Reply::Swapped(true)),
        Body::Differs(_) => sink(tag, Reply::Swapped(false)),
        Body::Committed(_) => sink(tag, Reply::Committed(true)),
        Body::Conflict(_) => sink(tag, Reply::Committed(false)),
        Body::CheckpointStarted | Body::Began(_) | Body::Aborted => sink(tag, Reply::Done),
        Body::Error(why) => sink(tag, Reply::Error(why)),
        _ => return Err(Failure::Garbage("a reply to something else".to_owned())),
    }
    Ok(())
}

impl Connection for Wire {
    fn send(&mut self, tag: u64, request: &Request<'_>, _: &mut Sink<'_>) -> Result<(), Failure> {
        self.due.push_back(tag);
        let seq = Int::from(seq_of(tag));
        let mut writer = RequestWriter::new(&mut self.socket.output);
        match *request {
            Request::Get { key, columns } => writer.get(seq, key, columns),
            Request::Set { key, value } => writer.replace(seq, key, value),
            Request::Put { key, changes } => writer.put(seq, key, changes),
            Request::Remove { key } => writer.remove(seq, key),
            Request::Scan {
                first,
                count,
                columns,
            } => writer.scan(seq, first, count, columns),
            Request::Mget { keys } => writer.mget(seq, keys),
            Request::Cas { key, expected, new } => writer.cas(seq, key, expected, Some(new)),
            Request::Checkpoint => writer.plain(seq, Command::Checkpoint),
            Request::Begin => writer.begin(seq, Transaction::default()),
            Request::Commit => writer.plain(seq, Command::Commit),
            Request::Abort => writer.plain(seq, Command::Abort),
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.socket.flush()
    }

    fn receive(&mut self, sink: &mut Sink<'_>) -> Result<(), Failure> {
        self.socket.receive(|input| {
            if input.is_empty() {
                return Ok(None);
            }
            let decoded = self.decoder.decode(input);
            let decoded = decoded.map_err(|error| Failure::Garbage(error.to_string()))?;
            let Some((used, reply)) = decoded else {
                return Ok(None);
            };
            deliver(&mut self.due, &reply, sink)?;
            Ok(Some(used))
        })
    }

    fn socket(&self) -> Option<(BorrowedFd<'_>, bool)> {
        Some((self.socket.fd(), self.socket.is_writing()))
    }
}

impl Columns for Cells<'_> {
    fn each(&self, visit: &mut dyn FnMut(Option<&[u8]>)) {
        self.iter().for_each(visit);
    }
}

/// A row that is one column.
pub(super) struct Single<'a>(pub(super) &'a [u8]);

impl Columns for Single<'_> {
    fn each(&self, visit: &mut dyn FnMut(Option<&[u8]>)) {
        visit(Some(self.0));
    }
}

fn visit_row(key: &[u8], row: Row<'_>, visit: &mut RowVisitor<'_>) {
    match row {
        Row::Absent => visit(key, None),
        Row::Plain(bytes) => visit(key, Some(&Single(bytes))),
        Row::Columns(cells) => visit(key, Some(&cells)),
    }
}

struct Pairs<'a>(List<'a>);

impl Rows for Pairs<'_> {
    fn each(&self, visit: &mut RowVisitor<'_>) {
        self.0
            .pairs()
            .for_each(|(key, row)| visit_row(key, row, visit));
    }
}

struct Bare<'a>(List<'a>);

impl Rows for Bare<'_> {
    fn each(&self, visit: &mut RowVisitor<'_>) {
        self.0.rows().for_each(|row| visit_row(b"", row, visit));
    }
}

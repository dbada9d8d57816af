//! RESP, as redis speaks it: GET, SET, DEL and MGET. Replies come in the order of the requests and carry no number.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::masstree::Single;
use super::resp::{Value, bulk, command, garbage, header, parse};
use super::socket::Socket;
use super::{Connection, Failure, Reply, Request, RowVisitor, Rows, Sink, Target};

/// A redis server, or one that speaks like it.
#[derive(Clone, Debug)]
pub struct Redis {
    address: String,
}

impl Redis {
    /// The server at `host:port`.
    #[must_use]
    pub fn new(address: String) -> Self {
        Self { address }
    }
}

impl Target for Redis {
    fn connect(&self, timeout: Duration) -> Result<Box<dyn Connection>, Failure> {
        let mut socket = Socket::connect(&self.address, timeout)?;
        command(&[b"PING"], &mut socket.output);
        socket.greet(timeout, |input| match parse(input)? {
            Some((_, Value::Error(why))) => {
                let why = why.escape_ascii();
                Err(Failure::Garbage(format!(
                    "the server refused a PING: {why}"
                )))
            }
            Some((used, _)) => Ok(Some(used)),
            None => Ok(None),
        })?;
        Ok(Box::new(Wire {
            socket,
            due: VecDeque::new(),
        }))
    }

    fn describe(&self) -> String {
        format!("redis://{}", self.address)
    }
}

/// What was asked, which says what the reply may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Get,
    Set,
    Remove,
    Mget,
}

struct Wire {
    socket: Socket,
    due: VecDeque<(u64, Asked)>,
}

struct Elements<'a>(&'a [u8], usize);

impl Rows for Elements<'_> {
    fn each(&self, visit: &mut RowVisitor<'_>) {
        let mut at = 0;
        for _ in 0..self.1 {
            // They were read when the array was found whole.
            let Ok(Some((used, value))) = parse(&self.0[at..]) else {
                return;
            };
            at += used;
            match value {
                Value::Bulk(Some(bytes)) => visit(b"", Some(&Single(bytes))),
                _ => visit(b"", None),
            }
        }
    }
}

/// Hands over a reply.
fn deliver(
    due: &mut VecDeque<(u64, Asked)>,
    value: &Value<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let Some((tag, asked)) = due.pop_front() else {
        return Err(garbage("it comes without a request"));
    };
    match (asked, value) {
        (_, Value::Error(why)) => sink(tag, Reply::Error(why)),
        (Asked::Get, Value::Bulk(Some(bytes))) => sink(tag, Reply::Row(&Single(bytes))),
        (Asked::Get, Value::Bulk(None)) => sink(tag, Reply::Missing),
        (Asked::Set, Value::Simple(_)) => sink(tag, Reply::Written(None)),
        (Asked::Remove, Value::Integer(count)) => sink(tag, Reply::Removed(*count > 0)),
        (Asked::Mget, Value::Array(bytes, count)) => {
            sink(tag, Reply::Rows(&Elements(bytes, *count)));
        }
        _ => return Err(garbage("a reply to something else")),
    }
    Ok(())
}

impl Connection for Wire {
    fn send(
        &mut self,
        tag: u64,
        request: &Request<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Failure> {
        let out = &mut self.socket.output;
        let asked = match *request {
            Request::Get { key, .. } => {
                command(&[b"GET", key], out);
                Asked::Get
            }
            Request::Set { key, value } => {
                command(&[b"SET", key, value], out);
                Asked::Set
            }
            Request::Remove { key } => {
                command(&[b"DEL", key], out);
                Asked::Remove
            }
            Request::Mget { keys } => {
                header(b'*', keys.len() + 1, out);
                bulk(b"MGET", out);
                keys.iter().for_each(|key| bulk(key, out));
                Asked::Mget
            }
            _ => {
                sink(tag, Reply::Error(b"redis is not asked for this"));
                return Ok(());
            }
        };
        self.due.push_back((tag, asked));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.socket.flush()
    }

    fn receive(&mut self, sink: &mut Sink<'_>) -> Result<(), Failure> {
        self.socket.receive(|input| {
            let Some((used, value)) = parse(input)? else {
                return Ok(None);
            };
            deliver(&mut self.due, &value, sink)?;
            Ok(Some(used))
        })
    }

    fn socket(&self) -> Option<(BorrowedFd<'_>, bool)> {
        Some((self.socket.fd(), self.socket.is_writing()))
    }
}

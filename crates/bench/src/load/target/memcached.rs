//! The text protocol of memcached: get, of one key and of several, set and delete. Replies come in the order of the requests and carry no number.
//!
//! A value comes with its key, whose [stamp] is kept until then: so the value of a later request says that the replies before it were
//! dropped, and keys that are left out of a reply to several are those that are not there.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::masstree::Single;
use super::memcached_text::{Answer, Item, delete, garbage, get, item, parse, set};
use super::socket::Socket;
use super::{Connection, Failure, Reply, Request, RowVisitor, Rows, Sink, Target};
use crate::load::value::stamp;

/// A memcached server, or one that speaks like it.
#[derive(Clone, Debug)]
pub struct Memcached {
    address: String,
}

impl Memcached {
    /// The longest key that it takes, in bytes.
    pub const LONGEST_KEY: usize = 250;

    /// The server at `host:port`.
    #[must_use]
    pub fn new(address: String) -> Self {
        Self { address }
    }

    /// Whether a key may have this byte.
    #[must_use]
    pub fn takes(byte: u8) -> bool {
        byte > b' ' && byte != 0x7f
    }
}

impl Target for Memcached {
    fn connect(&self, timeout: Duration) -> Result<Box<dyn Connection>, Failure> {
        let mut socket = Socket::connect(&self.address, timeout)?;
        socket.output.extend_from_slice(b"version\r\n");
        socket.greet(timeout, |input| match parse(input)? {
            Some((used, Answer::Version)) => Ok(Some(used)),
            Some(_) => Err(garbage("it does not tell its version")),
            None => Ok(None),
        })?;
        Ok(Box::new(Wire {
            socket,
            due: VecDeque::new(),
        }))
    }

    fn describe(&self) -> String {
        format!("memcached://{}", self.address)
    }
}

/// What was asked, which says what the reply may be; keys by their stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Get(u64),
    Set,
    Remove,
    Mget(Box<[u64]>),
}

struct Wire {
    socket: Socket,
    due: VecDeque<(u64, Asked)>,
}

/// The values at the front of a reply, and the keys that were asked for.
struct Found<'a>(&'a [u8], &'a [u64]);

impl<'a> Found<'a> {
    /// Visits what was found for each key, in order. Returns how many there are.
    fn walk(&self, mut visit: impl FnMut(Option<&'a [u8]>)) -> usize {
        let (mut at, mut found) = (0, 0);
        // They were read when the reply was found whole.
        let next = |at: usize| item(&self.0[at..]).ok().flatten();
        for asked in self.1 {
            match next(at) {
                Some((used, Item { key, value })) if stamp(key, 0) == *asked => {
                    at += used;
                    found += 1;
                    visit(Some(value));
                }
                _ => visit(None),
            }
        }
        found
    }
}

impl Rows for Found<'_> {
    fn each(&self, visit: &mut RowVisitor<'_>) {
        self.walk(|value| match value {
            Some(bytes) => visit(b"", Some(&Single(bytes))),
            None => visit(b"", None),
        });
    }
}

/// Hands over a reply, and before it those that did not come.
fn deliver(
    due: &mut VecDeque<(u64, Asked)>,
    answer: &Answer<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), Failure> {
    let first = match answer {
        Answer::Values { first, .. } => *first,
        _ => None,
    };
    let of = first.map(|item| stamp(item.key, 0));
    if let (Some(of), Some((_, Asked::Get(asked)))) = (of, due.front())
        && *asked != of
    {
        let Some(ahead) = due.iter().position(|(_, asked)| *asked == Asked::Get(of)) else {
            return Err(garbage("a value of a key that was not asked for"));
        };
        for (tag, _) in due.drain(..ahead) {
            sink(tag, Reply::Dropped);
        }
    }
    let Some((tag, asked)) = due.pop_front() else {
        return Err(garbage("it comes without a request"));
    };
    match (&asked, answer) {
        (_, Answer::Error(why)) => sink(tag, Reply::Error(why)),
        (Asked::Get(_), Answer::Values { count: 0, .. }) => sink(tag, Reply::Missing),
        (Asked::Get(_), Answer::Values { count: 1, .. }) => match first {
            Some(item) => sink(tag, Reply::Row(&Single(item.value))),
            None => sink(tag, Reply::Missing),
        },
        (Asked::Set, Answer::Stored) => sink(tag, Reply::Written(None)),
        (Asked::Remove, Answer::Deleted) => sink(tag, Reply::Removed(true)),
        (Asked::Remove, Answer::NotFound) => sink(tag, Reply::Removed(false)),
        (Asked::Mget(keys), Answer::Values { items, count, .. }) => {
            let found = Found(items, keys);
            if found.walk(|_| ()) != *count {
                return Err(garbage("values of keys that were not asked for"));
            }
            sink(tag, Reply::Rows(&found));
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
                get([key], out);
                Asked::Get(stamp(key, 0))
            }
            Request::Set { key, value } => {
                set(key, value, out);
                Asked::Set
            }
            Request::Remove { key } => {
                delete(key, out);
                Asked::Remove
            }
            Request::Mget { keys } => {
                get(keys.iter().map(Vec::as_slice), out);
                Asked::Mget(keys.iter().map(|key| stamp(key, 0)).collect())
            }
            _ => {
                sink(tag, Reply::Error(b"memcached is not asked for this"));
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
            let Some((used, answer)) = parse(input)? else {
                return Ok(None);
            };
            deliver(&mut self.due, &answer, sink)?;
            Ok(Some(used))
        })
    }

    fn socket(&self) -> Option<(BorrowedFd<'_>, bool)> {
        Some((self.socket.fd(), self.socket.is_writing()))
    }
}

//! A small server for the tests: it keeps rows, writes down what it was asked, and misbehaves in one way if it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use masstree_protocol::{
    Abilities, Command, Greeting, Int, Limits, Miss, ReplyWriter, Request, RequestDecoder, Step,
    Written,
};
use masstree_store::{Isolation, Row, Store, Transaction};

/// How it misbehaves. Numbers count the GETs of all connections from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Not at all.
    None,
    /// It does not answer this GET, but goes on with the next.
    Drop(u64),
    /// It sends bytes that are no message in place of this GET's reply.
    Garbage(u64),
    /// It answers this GET with the value of another key.
    OtherKey(u64),
    /// It answers this GET with half of the value changed.
    Torn(u64),
    /// It answers this GET as if the key were not there.
    Missing(u64),
    /// It closes the connection in place of this GET's reply.
    Close(u64),
    /// From this GET on it reads and says nothing.
    Silent(u64),
    /// It answers this GET with an error.
    Error(u64),
    /// It answers this GET with the reply of a PUT.
    OtherReply(u64),
    /// It forgets writes after the load: reads see what was loaded.
    Stale,
    /// It sends the rows of scans in the wrong order.
    Unordered,
    /// It begins scans one row too early.
    Early,
    /// Transfers lose what they move.
    Lossy,
    /// It takes so long for each request.
    Slow(Duration),
    /// It takes so long for each request, and stops for a while after another.
    Stall(Duration, Duration, Duration),
}

/// A request that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub command: Command,
    pub key: Vec<u8>,
    /// Columns that were named, or set.
    pub columns: Vec<usize>,
    /// The value of a REPLACE, the first of a PUT.
    pub value: Vec<u8>,
    /// The count of a SCAN, the keys of an MGET.
    pub count: u64,
    pub connection: usize,
}

/// A server.
pub struct Stub {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    fault: Fault,
    gets: AtomicU64,
    seen: Mutex<Vec<Seen>>,
    start: Instant,
    /// Whether the stall was.
    stalled: AtomicU64,
    /// When the last request was answered.
    free: Mutex<Instant>,
}

impl Stub {
    /// Starts one.
    pub fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            store: Store::in_memory(),
            fault,
            gets: AtomicU64::new(0),
            seen: Mutex::default(),
            start: Instant::now(),
            stalled: AtomicU64::new(0),
            free: Mutex::new(Instant::now()),
        });
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else {
                    return;
                };
                thread::spawn(move || shared.serve(stream, number));
            }
        });
        Self { address, inner }
    }

    /// What it was asked.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// The override that points a workload at it.
    pub fn target(&self) -> String {
        format!("target.address=\"{}\"", self.address)
    }
}

/// What becomes of the connection.
#[derive(PartialEq)]
enum Then {
    GoOn,
    Close,
}

impl Inner {
    fn serve(&self, mut stream: TcpStream, number: usize) {
        let _ = stream.set_nodelay(true);
        let mut decoder = RequestDecoder::new(Limits {
            max_key: 1 << 16,
            ..Limits::default()
        });
        let (mut input, mut output) = (Vec::new(), Vec::new());
        let mut chunk = vec![0; 1 << 16];
        let mut transaction = None;
        loop {
            let Ok(count @ 1..) = stream.read(&mut chunk) else {
                return;
            };
            input.extend_from_slice(&chunk[..count]);
            let mut done = 0;
            let mut then = Then::GoOn;
            while let Ok(Step::Request { used, seq, request }) = decoder.decode(&input[done..]) {
                if let Request::Handshake(hello) = &request {
                    decoder.accept(hello);
                    let abilities = Abilities::new(hello, decoder.limits(), false);
                    let abilities = hello.wants_extensions().then_some(&abilities);
                    ReplyWriter::new(&mut output).welcome(seq, Greeting::Ours, abilities);
                } else {
                    self.note(&request, number);
                    then = self.answer(seq, &request, &mut transaction, &mut output, &mut stream);
                }
                done += used;
                if then == Then::Close {
                    break;
                }
            }
            input.drain(..done);
            if stream.write_all(&output).is_err() || then == Then::Close {
                return;
            }
            output.clear();
        }
    }

    fn note(&self, request: &Request<'_>, connection: usize) {
        let mut seen = Seen {
            command: request.command(),
            key: Vec::new(),
            columns: Vec::new(),
            value: Vec::new(),
            count: 0,
            connection,
        };
        match request {
            Request::Get { key, columns } => {
                seen.key = key.to_vec();
                seen.columns = columns.iter().collect();
            }
            Request::Scan {
                first,
                count,
                columns,
            } => {
                seen.key = first.to_vec();
                seen.count = *count;
                seen.columns = columns.iter().collect();
            }
            Request::Put { key, changes } => {
                seen.key = key.to_vec();
                seen.columns = changes.iter().map(|(column, _)| column).collect();
                seen.value = changes
                    .iter()
                    .next()
                    .map(|(_, value)| value.to_vec())
                    .unwrap();
            }
            Request::Replace { key, value } => {
                seen.key = key.to_vec();
                seen.value = value.to_vec();
            }
            Request::Remove { key } | Request::Cas { key, .. } => seen.key = key.to_vec(),
            Request::Mget(keys) => seen.count = keys.len() as u64,
            _ => {}
        }
        self.seen.lock().unwrap().push(seen);
    }

    /// Sleeps as the fault says, with what was answered so far sent before.
    fn dawdle(&self, output: &mut Vec<u8>, stream: &mut TcpStream) {
        let (each, after, pause) = match self.fault {
            Fault::Slow(each) => (each, Duration::MAX, Duration::ZERO),
            Fault::Stall(each, after, pause) => (each, after, pause),
            _ => return,
        };
        let _ = stream.write_all(output);
        output.clear();
        if self.start.elapsed() > after && self.stalled.swap(1, Relaxed) == 0 {
            thread::sleep(pause);
        }
        // A request that has waited is answered so long after the one before it, whatever receiving and sending take.
        let mut free = self.free.lock().unwrap();
        let now = Instant::now();
        let waited = now.duration_since(*free) < each;
        let until = if waited { *free + each } else { now + each };
        // Busy, since a sleep is not exact enough.
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        *free = until;
    }

    fn answer(
        &self,
        seq: Int,
        request: &Request<'_>,
        transaction: &mut Option<Transaction>,
        output: &mut Vec<u8>,
        stream: &mut TcpStream,
    ) -> Then {
        self.dawdle(output, stream);
        let gets = match request {
            Request::Get { .. } => self.gets.fetch_add(1, Relaxed) + 1,
            _ => 0,
        };
        let mut reply = ReplyWriter::new(output);
        match self.fault {
            Fault::Drop(at) if at == gets => return Then::GoOn,
            Fault::Silent(at) if gets >= at || self.gets.load(Relaxed) >= at => return Then::GoOn,
            Fault::Close(at) if at == gets => return Then::Close,
            Fault::Garbage(at) if at == gets => {
                output.extend_from_slice(b"\xc1\xc1HTTP/1.1 400 Bad Request\r\n");
                return Then::GoOn;
            }
            Fault::Missing(at) if at == gets => {
                let Request::Get { key, columns } = request else {
                    return Then::GoOn;
                };
                reply.missing(seq, Miss::Code, key, columns);
                return Then::GoOn;
            }
            Fault::Error(at) if at == gets => {
                reply.error(seq, "out of order today");
                return Then::GoOn;
            }
            Fault::OtherReply(at) if at == gets => {
                reply.written(seq, Command::Replace, Written::Updated);
                return Then::GoOn;
            }
            Fault::OtherKey(at) if at == gets => {
                let row = self
                    .store
                    .snapshot()
                    .range::<&[u8]>(..)
                    .next()
                    .unwrap()
                    .unwrap()
                    .1;
                reply.value(seq, row.column(0).unwrap());
                return Then::GoOn;
            }
            Fault::Torn(at) if at == gets => {
                let Request::Get { key, .. } = request else {
                    return Then::GoOn;
                };
                let mut value = self
                    .store
                    .get(key)
                    .unwrap()
                    .unwrap()
                    .column(0)
                    .unwrap()
                    .to_vec();
                value.iter_mut().skip(50).for_each(|byte| *byte = !*byte);
                reply.value(seq, &value);
                return Then::GoOn;
            }
            _ => {}
        }
        self.act(seq, request, transaction, &mut reply);
        Then::GoOn
    }

    fn act(
        &self,
        seq: Int,
        request: &Request<'_>,
        transaction: &mut Option<Transaction>,
        reply: &mut ReplyWriter<'_>,
    ) {
        let written = |existed| match existed {
            true => Written::Updated,
            false => Written::Inserted,
        };
        match request {
            Request::Get { key, columns } => {
                let row = match transaction {
                    Some(transaction) => transaction.get(key).unwrap(),
                    None => self.store.get(key).unwrap(),
                };
                match row {
                    None => reply.missing(seq, Miss::Code, key, columns),
                    Some(row) if columns.is_empty() => {
                        reply.columns(seq, row.columns().map(Some), row.len());
                    }
                    Some(row) => {
                        let cells = columns.iter().map(|column| row.column(column));
                        reply.columns(seq, cells, columns.len());
                    }
                }
            }
            Request::Replace { key, value } => match transaction {
                Some(open) => {
                    let first = self.fault == Fault::Lossy && !key.ends_with(b"0");
                    let value = if first { &b"0"[..] } else { value };
                    open.replace(key, value).unwrap();
                    reply.written(seq, Command::Replace, Written::Updated);
                }
                None if self.fault == Fault::Stale && self.gets.load(Relaxed) > 0 => {
                    reply.written(seq, Command::Replace, Written::Updated);
                }
                None => {
                    let existed = self.store.replace(key, value).unwrap();
                    reply.written(seq, Command::Replace, written(existed));
                }
            },
            Request::Put { key, changes } => {
                let changes: Vec<(usize, &[u8])> = changes.iter().collect();
                let existed = self.store.put(key, &changes).unwrap();
                reply.written(seq, Command::Put, written(existed));
            }
            Request::Remove { key } => reply.removed(seq, self.store.remove(key).unwrap()),
            Request::Scan {
                first,
                count,
                columns,
            } => {
                let early = self.fault == Fault::Early;
                let from: &[u8] = if early { b"" } else { first };
                let rows = self.store.snapshot().range(from..);
                let mut rows: Vec<(Vec<u8>, Row)> =
                    rows.take(*count as usize).map(Result::unwrap).collect();
                if self.fault == Fault::Unordered {
                    rows.reverse();
                }
                let mut list = reply.list(seq, Command::Scan, 2 * rows.len());
                for (key, row) in &rows {
                    list.key(key);
                    if columns.is_empty() {
                        list.row(row.len(), row.columns());
                    } else {
                        list.cells(
                            columns.len(),
                            columns.iter().map(|column| row.column(column)),
                        );
                    }
                }
                list.finish();
            }
            Request::Mget(keys) => {
                let keys: Vec<&[u8]> = keys.iter().collect();
                let rows = self.store.get_many(&keys).unwrap();
                let mut list = reply.list(seq, Command::Mget, rows.len());
                for row in &rows {
                    match row {
                        Some(row) => list.row(row.len(), row.columns()),
                        None => list.cell(None),
                    }
                }
                list.finish();
            }
            Request::Cas { key, expected, new } => {
                let expected = expected.map(Row::single);
                let new = new.map(Row::single);
                if self
                    .store
                    .compare_and_set(key, expected.as_ref(), new.as_ref())
                    .unwrap()
                {
                    reply.swapped(seq);
                } else {
                    reply.differs_missing(seq);
                }
            }
            Request::Begin(_) => {
                *transaction = Some(self.store.transaction(Isolation::Snapshot));
                reply.began(seq, 1);
            }
            Request::Commit => match transaction.take().map(Transaction::commit) {
                Some(Ok(at)) => reply.committed(seq, at.unwrap_or(0)),
                Some(Err(_)) => reply.conflict(seq, b"an account"),
                None => reply.error(seq, "no transaction"),
            },
            Request::Abort => {
                *transaction = None;
                reply.done(seq, Command::Abort);
            }
            other => reply.done(seq, other.command()),
        }
    }
}

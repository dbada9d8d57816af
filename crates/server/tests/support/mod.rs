//! What the tests share: a server on a free port, and a client that sends bytes and reads messages.
#![allow(dead_code, reason = "each test binary uses its part")]

#[path = "../../../store/tests/disk_support/simulated.rs"]
pub mod disk;
pub mod process;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZero;
use std::time::Duration;

use masstree_protocol::{Hello, Int, RequestWriter};
use masstree_server::{Config, Server};
use masstree_store::Store;
use rmpv::Value;

/// Long enough for anything that happens at all.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A handshake that asks for nothing.
pub const HELLO: &[u8] = b"\x92\x00\x0e";

/// What is answered.
pub const WELCOME: &[u8] = b"\x95\x00\x0f\xc3\xcd\xff\xff\xacMasstree-0.1";

/// A server and its store.
pub struct Site {
    pub server: Server,
    pub store: Store,
    pub address: SocketAddr,
}

/// A configuration for tests: two workers.
pub fn config() -> Config {
    Config {
        threads: NonZero::new(2),
        ..Config::default()
    }
}

/// A server of a store in memory.
pub fn site(config: Config) -> Site {
    site_of(Store::in_memory(), config)
}

pub fn site_of(store: Store, config: Config) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(store.clone(), vec![listener], config).unwrap();
    let address = server.addresses()[0];
    Site {
        server,
        store,
        address,
    }
}

impl Site {
    /// A connection, of which nothing was said yet.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// A connection behind a handshake that asked for nothing.
    pub fn greeted(&self) -> Client {
        let mut client = self.connect();
        client.exchange(HELLO, WELCOME);
        client
    }

    /// A connection that may use the extensions.
    pub fn extended(&self) -> Client {
        let mut client = self.connect();
        client.hello(&Hello {
            proto: 2,
            ..Hello::default()
        });
        client
    }

    /// Whether the server still answers a new connection.
    pub fn assert_alive(&self) {
        self.greeted()
            .exchange(b"\x94\x01\x08\xa5alive\xa3yes", b"\x93\x01\x09");
    }
}

/// A connection of a client.
pub struct Client<S = TcpStream> {
    pub stream: S,
    /// What was received and not read yet.
    received: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    /// Says that nothing follows.
    pub fn finish(&mut self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Client<S> {
    pub fn over(stream: S) -> Self {
        Self {
            stream,
            received: Vec::new(),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends a request.
    pub fn request(&mut self, write: impl FnOnce(&mut RequestWriter<'_>)) {
        let mut bytes = Vec::new();
        write(&mut RequestWriter::new(&mut bytes));
        self.send(&bytes);
    }

    /// Sends a request and reads its reply.
    pub fn ask(&mut self, write: impl FnOnce(&mut RequestWriter<'_>)) -> Vec<Value> {
        self.request(write);
        self.message()
    }

    /// Shakes hands.
    pub fn hello(&mut self, hello: &Hello<'_>) -> Vec<Value> {
        let reply = self.ask(|to| to.handshake(int(0), hello));
        assert_eq!(reply[1..3], [15.into(), true.into()], "{reply:?}");
        reply
    }

    /// Sends `bytes` and reads exactly `expected`.
    #[track_caller]
    pub fn exchange(&mut self, bytes: &[u8], expected: &[u8]) {
        self.send(bytes);
        self.expect(expected);
    }

    /// Reads exactly `expected`.
    #[track_caller]
    pub fn expect(&mut self, expected: &[u8]) {
        while self.received.len() < expected.len() {
            assert!(self.fill(), "closed after {}", hex(&self.received));
        }
        let rest = self.received.split_off(expected.len());
        let found = std::mem::replace(&mut self.received, rest);
        assert_eq!(hex(&found), hex(expected));
    }

    /// Reads a message.
    #[track_caller]
    pub fn message(&mut self) -> Vec<Value> {
        self.next().expect("the connection is open")
    }

    /// Reads a message; nothing if the connection was closed before.
    #[track_caller]
    pub fn next(&mut self) -> Option<Vec<Value>> {
        loop {
            let mut rest = &self.received[..];
            if let Ok(value) = rmpv::decode::read_value(&mut rest) {
                let used = self.received.len() - rest.len();
                self.received.drain(..used);
                let Value::Array(elements) = value else {
                    panic!("no array: {value:?}");
                };
                return Some(elements);
            }
            if !self.fill() {
                assert!(self.received.is_empty(), "cut: {}", hex(&self.received));
                return None;
            }
        }
    }

    /// Reads an error with this sequence number, and returns its text.
    #[track_caller]
    pub fn error(&mut self, seq: impl Into<Value>) -> String {
        let reply = self.message();
        assert_eq!(reply[..2], [seq.into(), (-1).into()], "{reply:?}");
        reply[2].as_str().expect("a text").to_owned()
    }

    /// Reads until the connection is closed.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.fill() {}
        std::mem::take(&mut self.received)
    }

    /// Checks that the connection is closed and nothing came before.
    #[track_caller]
    pub fn assert_closed(&mut self) {
        assert_eq!(hex(&self.rest()), "");
    }

    fn fill(&mut self) -> bool {
        let mut bytes = [0; 16 << 10];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.received.extend_from_slice(&bytes[..count]);
                count > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
            Err(error) => panic!("{error}"),
        }
    }
}

pub fn int(value: i64) -> Int {
    value.into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x} "))
        .collect::<String>()
}

/// The same bytes as a value that was read as str.
pub fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => Value::Binary(bytes.to_vec()),
    }
}

/// The bytes of a str or bin.
pub fn bytes(value: &Value) -> &[u8] {
    value
        .as_slice()
        .or_else(|| value.as_str().map(str::as_bytes))
        .unwrap_or_else(|| panic!("{value:?} has no bytes"))
}

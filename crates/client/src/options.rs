//! How a client connects and what it puts up with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to connect. Start from [`Options::default`]; every method sets one choice.
///
/// # Examples
/// ```
/// use masstree_client::Options;
/// use std::time::Duration;
/// let options = Options::default()
///     .token("the server's token")
///     .request_timeout(Duration::from_secs(5))
///     .connections(4);
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) extensions: bool,
    pub(crate) bin: bool,
    pub(crate) max_key_len: Option<u64>,
    pub(crate) token: Option<Vec<u8>>,
    pub(crate) tls: Option<Tls>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) max_reply: usize,
    pub(crate) window: usize,
    pub(crate) connections: usize,
    pub(crate) transactions: usize,
    pub(crate) retries: u32,
    pub(crate) retry_writes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extensions: true,
            bin: false,
            max_key_len: None,
            token: None,
            tls: None,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            max_reply: 64 << 20,
            window: 16 << 20,
            connections: 1,
            transactions: 64,
            retries: 3,
            retry_writes: false,
        }
    }
}

impl Options {
    /// Whether to ask for the protocol's extensions: transactions, MGET, RANGE, CAS, STATS, PING, SYNC. Default yes; a server without
    /// them is spoken to all the same.
    #[must_use]
    pub fn extensions(mut self, ask: bool) -> Self {
        self.extensions = ask;
        self
    }

    /// Whether the server shall send keys and values as MessagePack's bin. Default no; this client takes either.
    #[must_use]
    pub fn bin(mut self, bin: bool) -> Self {
        self.bin = bin;
        self
    }

    /// The longest key that will be sent, in bytes; a server that takes only shorter ones refuses the connection. Default nothing said.
    #[must_use]
    pub fn max_key_len(mut self, bytes: u64) -> Self {
        self.max_key_len = Some(bytes);
        self
    }

    /// The token, for a server that wants one.
    #[must_use]
    pub fn token(mut self, token: impl Into<Vec<u8>>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Speak TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How long connecting may take, the handshake included. Default 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long a connection may go without a reply while requests wait. It is closed then, and all of them end with an error: replies come in
    /// order, so nothing behind the late one could be answered either. Default 30 s.
    #[must_use]
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.request_timeout = time;
        self
    }

    /// The longest reply that is taken, in bytes. Default 64 MiB, the longest that a server sends.
    #[must_use]
    pub fn max_reply(mut self, bytes: usize) -> Self {
        self.max_reply = bytes;
        self
    }

    /// The most that may be in flight on a connection: bytes of requests without a reply, each counted as 1 KiB at least. Default 16 MiB,
    /// which is 16,384 small requests.
    #[must_use]
    pub fn window(mut self, bytes: usize) -> Self {
        self.window = bytes;
        self
    }

    /// How many connections a [`Client`](crate::Client) shares among its callers, or a [`blocking::Client`](crate::blocking::Client) keeps open
    /// when they are idle. Default 1.
    #[must_use]
    pub fn connections(mut self, count: usize) -> Self {
        self.connections = count;
        self
    }

    /// How many transactions a [`Client`](crate::Client) has at a time, each on a connection of its own; more wait. Default 64.
    #[must_use]
    pub fn transactions(mut self, count: usize) -> Self {
        self.transactions = count;
        self
    }

    /// How often a [`Client`](crate::Client) tries again after a lost connection, with growing pauses. A request is sent again only if it
    /// cannot have been carried out, or reads. Default 3.
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.retries = count;
        self
    }

    /// Whether PUT, REPLACE and REMOVE are sent again as well when they may have been carried out. They then leave the same row, but overwrite
    /// what others wrote in between, and may say `Updated` of a key that they themselves inserted. Default no.
    #[must_use]
    pub fn retry_writes(mut self, retry: bool) -> Self {
        self.retry_writes = retry;
        self
    }

    /// The pause before try `attempt`, counted from 1.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        Duration::from_millis(10 << attempt.min(7))
    }
}

/// Without the token, so that it never gets into a log.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("extensions", &self.extensions)
            .field("token", &self.token.as_ref().map(|_| "hidden"))
            .field("tls", &self.tls)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// How to know the server that TLS is spoken with.
#[derive(Clone, Debug)]
pub struct Tls {
    pub(crate) ca: PathBuf,
    pub(crate) server_name: Option<String>,
}

impl Tls {
    /// Trusts servers whose certificate is in this PEM file, or signed by one that is.
    pub fn with_ca(file: impl AsRef<Path>) -> Self {
        Self {
            ca: file.as_ref().to_owned(),
            server_name: None,
        }
    }

    /// The name in the server's certificate, if it is not the host that is connected to.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }
}

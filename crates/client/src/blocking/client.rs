//! A pool of blocking connections that mends itself.
//!
//! Each call takes an idle connection, or makes one, and puts it back if it is still good. When one turns out to be lost, the idle ones are as well,
//! most likely, and are let go.

use super::commands::Commands;
use super::connection::Connection;
use super::transaction::Transaction;
use crate::error::Error;
use crate::options::Options;
use crate::request::Request;
use crate::response::Response;
use crate::tls::Trust;
use crate::wire::ServerInfo;
use masstree_protocol::{Abilities, Transaction as Begin};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::thread::sleep;

/// A client of one server, for any number of threads. Its clones share the connections.
///
/// # Examples
/// ```
/// # use masstree_server::{Config, Server};
/// # use masstree_store::Store;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
/// # let address = server.addresses()[0].to_string();
/// use masstree_client::blocking::{Client, Commands as _};
/// use masstree_client::Options;
/// let client = Client::connect(&address, Options::default())?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| client.replace(b"k1", b"hello"));
///     scope.spawn(|| client.replace(b"k2", b"world"));
/// });
/// assert_eq!(client.get_many(&[b"k1", b"k2"])?.len(), 2);
/// # server.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
}

#[derive(Debug)]
pub(super) struct Pool {
    address: String,
    options: Options,
    trust: Option<Trust>,
    idle: Mutex<Vec<Connection>>,
    info: RwLock<ServerInfo>,
}

impl Client {
    /// Connects to `HOST:PORT`.
    ///
    /// # Errors
    /// As [`Connection::connect`].
    pub fn connect(address: &str, options: Options) -> Result<Self, Error> {
        let trust = options.tls.as_ref().map(|tls| Trust::read(tls, address));
        let trust = trust.transpose()?;
        let first = Connection::connect_with(address, &options, trust.as_ref())?;
        let info = RwLock::new(first.server().clone());
        Ok(Self {
            pool: Arc::new(Pool {
                address: address.to_owned(),
                options,
                trust,
                idle: Mutex::new(vec![first]),
                info,
            }),
        })
    }

    /// What the server said of itself when it was last connected to.
    pub fn server(&self) -> ServerInfo {
        self.pool.info.read().clone()
    }

    /// Begins a transaction, on a connection that is its own until it ends.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no extensions; else as [`Connection::connect`] and [`Commands`].
    pub fn begin(&self, begin: Begin) -> Result<Transaction, Error> {
        loop {
            let (connection, is_idle) = self.pool.take()?;
            match connection.execute(Request::Begin(begin)) {
                // It may have been closed while it lay there; nothing has been done.
                Err(error) if error.is_lost() && is_idle && !error.is_timeout() => {
                    self.pool.idle.lock().clear();
                }
                Err(error) => {
                    self.pool.put_back(connection);
                    return Err(error);
                }
                Ok(response) => {
                    let snapshot = response.into_time()?;
                    let pool = Arc::clone(&self.pool);
                    return Ok(Transaction::new(pool, connection, snapshot));
                }
            }
        }
    }

    /// Runs `work` in a transaction and commits it, again and again while it is in conflict with others.
    ///
    /// `work` may run several times. What it writes counts once.
    ///
    /// # Errors
    /// The first error of `work`, which aborts the transaction, and all but [`Error::Conflict`] of [`begin`](Self::begin) and
    /// [`commit`](Transaction::commit).
    pub fn transact<T, E: From<Error>>(
        &self,
        begin: Begin,
        mut work: impl FnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let transaction = self.begin(begin)?;
            let result = work(&transaction)?;
            match transaction.commit() {
                Ok(_) => return Ok(result),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Commands for Client {
    fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        let options = &self.pool.options;
        let mut attempt = 0;
        loop {
            let error = match self.pool.take() {
                Ok((connection, _)) => {
                    let response = connection.execute(request);
                    match response {
                        Err(error) if request.may_repeat(&error, options.retry_writes) => {
                            self.pool.idle.lock().clear();
                            error
                        }
                        other => {
                            self.pool.put_back(connection);
                            return other;
                        }
                    }
                }
                Err(error @ Error::Connect { .. }) if !error.is_timeout() => error,
                Err(error) => return Err(error),
            };
            if attempt >= options.retries {
                return Err(error);
            }
            attempt += 1;
            sleep(options.pause(attempt));
        }
    }

    fn abilities(&self) -> Option<Abilities> {
        self.pool.info.read().abilities
    }
}

impl Pool {
    /// An idle connection, or a new one; and whether it was idle.
    fn take(&self) -> Result<(Connection, bool), Error> {
        let idle = self.idle.lock().pop();
        if let Some(connection) = idle {
            return Ok((connection, true));
        }
        let trust = self.trust.as_ref();
        let connection = Connection::connect_with(&self.address, &self.options, trust)?;
        *self.info.write() = connection.server().clone();
        Ok((connection, false))
    }

    /// Keeps the connection for the next caller, unless it is lost or there are enough.
    pub(super) fn put_back(&self, connection: Connection) {
        if connection.is_lost() {
            return;
        }
        let mut idle = self.idle.lock();
        if idle.len() < self.options.connections.max(1) {
            idle.push(connection);
        }
    }
}

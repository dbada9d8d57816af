//! A pool of connections that mends itself.
//!
//! Requests share a few connections in turn; a transaction has one to itself, since BEGIN concerns all that follows on its connection. Connections
//! that were lost are replaced when they are needed next. A request is sent again only if that can do no harm.

use crate::commands::Commands;
use crate::connection::Connection;
use crate::error::Error;
use crate::options::Options;
use crate::request::Request;
use crate::response::Response;
use crate::tls::Trust;
use crate::transaction::Transaction;
use crate::wire::ServerInfo;
use masstree_protocol::{Abilities, Transaction as Begin};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// A client of one server: connections, shared, and made again when they are lost. Its clones share them.
///
/// # Examples
/// ```
/// # use masstree_server::{Config, Server};
/// # use masstree_store::Store;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
/// # let address = server.addresses()[0].to_string();
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use masstree_client::{Client, Commands as _, Options};
/// let client = Client::connect(&address, Options::default()).await?;
/// client.replace(b"k1", b"hello").await?;
/// assert_eq!(client.get(b"k1").await?.unwrap().value(), b"hello");
/// # Ok::<_, masstree_client::Error>(())
/// # })?;
/// # server.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pool: Arc<Pool>,
}

#[derive(Debug)]
pub(crate) struct Pool {
    address: String,
    options: Options,
    trust: Option<Trust>,
    slots: Vec<Slot>,
    next: AtomicUsize,
    info: RwLock<ServerInfo>,
    /// Connections of transactions that have ended.
    spare: Mutex<Vec<Connection>>,
    /// How many more transactions there may be.
    transactions: Arc<Semaphore>,
}

/// The place of a shared connection.
#[derive(Debug)]
struct Slot {
    live: RwLock<Connection>,
    /// Held while a connection is made, so that many callers make one.
    making: AsyncMutex<()>,
}

impl Client {
    /// Connects to `HOST:PORT`, with as many connections as the options say.
    ///
    /// # Errors
    /// As [`Connection::connect`].
    pub async fn connect(address: &str, options: Options) -> Result<Self, Error> {
        let trust = options.tls.as_ref().map(|tls| Trust::read(tls, address));
        let trust = trust.transpose()?;
        let mut slots = Vec::new();
        for _ in 0..options.connections.max(1) {
            let connection = Connection::connect_with(address, &options, trust.as_ref()).await?;
            slots.push(Slot {
                live: RwLock::new(connection),
                making: AsyncMutex::new(()),
            });
        }
        let info = slots[0].live.read().server().clone();
        Ok(Self {
            pool: Arc::new(Pool {
                address: address.to_owned(),
                trust,
                slots,
                next: AtomicUsize::new(0),
                info: RwLock::new(info),
                spare: Mutex::new(Vec::new()),
                transactions: Arc::new(Semaphore::new(options.transactions.max(1))),
                options,
            }),
        })
    }

    /// What the server said of itself when it was last connected to.
    pub fn server(&self) -> ServerInfo {
        self.pool.info.read().clone()
    }

    /// One of the shared connections, for what it can do that a client cannot: [`submit`](Connection::submit) and [`batch`](Connection::batch). It
    /// is not replaced when it is lost.
    ///
    /// # Errors
    /// As [`Connection::connect`].
    pub async fn connection(&self) -> Result<Connection, Error> {
        let pool = &self.pool;
        let slot = &pool.slots[pool.next.fetch_add(1, Relaxed) % pool.slots.len()];
        let live = slot.live.read().clone();
        if !live.is_lost() {
            return Ok(live);
        }
        let _making = slot.making.lock().await;
        // Another caller may have made one meanwhile.
        let live = slot.live.read().clone();
        if !live.is_lost() {
            return Ok(live);
        }
        let new = pool.connect().await?;
        *slot.live.write() = new.clone();
        Ok(new)
    }

    /// Begins a transaction, on a connection that is its own until it ends.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no extensions; else as [`Connection::connect`] and [`Commands`].
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(client: masstree_client::Client) -> Result<(), masstree_client::Error> {
    /// use masstree_client::{Begin, Commands as _};
    /// let transaction = client.begin(Begin::default()).await?;
    /// if transaction.get(b"seat").await?.is_none() {
    ///     transaction.replace(b"seat", b"mine").await?;
    /// }
    /// transaction.commit().await?; // without this it is aborted
    /// # Ok(())
    /// # }
    /// ```
    pub async fn begin(&self, begin: Begin) -> Result<Transaction, Error> {
        let pool = &self.pool;
        let permits = Arc::clone(&pool.transactions);
        // The semaphore is never closed.
        let permit = permits.acquire_owned().await.ok();
        loop {
            let (connection, is_spare) = match pool.take_spare() {
                Some(spare) => (spare, true),
                None => (pool.connect().await?, false),
            };
            match connection.execute(Request::Begin(begin)).await {
                // It may have been closed while it lay there; nothing has been done.
                Err(error) if error.is_lost() && is_spare && !error.is_timeout() => {}
                Err(error) => return Err(error),
                Ok(response) => {
                    let snapshot = response.into_time()?;
                    let lease = Lease {
                        pool: Arc::clone(pool),
                        connection,
                        _permit: permit,
                    };
                    return Ok(Transaction::new(lease, snapshot));
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
    pub async fn transact<T, E: From<Error>>(
        &self,
        begin: Begin,
        mut work: impl AsyncFnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let transaction = self.begin(begin).await?;
            let result = work(&transaction).await?;
            match transaction.commit().await {
                Ok(_) => return Ok(result),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Commands for Client {
    async fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        let options = &self.pool.options;
        let mut attempt = 0;
        loop {
            let error = match self.connection().await {
                Ok(connection) => match connection.execute(request).await {
                    Err(error) if request.may_repeat(&error, options.retry_writes) => error,
                    other => return other,
                },
                Err(error @ Error::Connect { .. }) if !error.is_timeout() => error,
                Err(error) => return Err(error),
            };
            if attempt >= options.retries {
                return Err(error);
            }
            attempt += 1;
            sleep(options.pause(attempt)).await;
        }
    }

    fn abilities(&self) -> Option<Abilities> {
        self.pool.info.read().abilities
    }
}

impl Pool {
    async fn connect(&self) -> Result<Connection, Error> {
        let trust = self.trust.as_ref();
        let connection = Connection::connect_with(&self.address, &self.options, trust).await?;
        *self.info.write() = connection.server().clone();
        Ok(connection)
    }

    fn take_spare(&self) -> Option<Connection> {
        let mut spare = self.spare.lock();
        while let Some(connection) = spare.pop() {
            if !connection.is_lost() {
                return Some(connection);
            }
        }
        None
    }
}

/// A transaction's hold on its connection.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    pub(crate) connection: Connection,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.connection.is_lost() {
            self.pool.spare.lock().push(self.connection.clone());
        }
    }
}

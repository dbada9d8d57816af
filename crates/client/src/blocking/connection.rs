//! One connection, used by one thread at a time.

use super::commands::Commands;
use super::exchange::Exchange;
use super::pipeline::Pipeline;
use crate::error::Error;
use crate::options::Options;
use crate::request::Request;
use crate::response::Response;
use crate::tls::Trust;
use crate::wire::ServerInfo;
use masstree_protocol::Abilities;
use parking_lot::Mutex;

/// A connection to a server. Threads that share it take turns, one request at a time.
///
/// A connection that was lost stays so; a [`Client`](super::Client) makes new ones.
///
/// # Examples
/// ```
/// # use masstree_server::{Config, Server};
/// # use masstree_store::Store;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
/// # let address = server.addresses()[0].to_string();
/// use masstree_client::blocking::{Commands as _, Connection};
/// use masstree_client::Options;
/// let connection = Connection::connect(&address, &Options::default())?;
/// connection.replace(b"k1", b"hello")?;
/// assert_eq!(connection.get(b"k1")?.unwrap().value(), b"hello");
/// # server.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    exchange: Mutex<Exchange>,
    info: ServerInfo,
}

impl Connection {
    /// Connects to `HOST:PORT` and shakes hands.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`], [`Error::Unwelcome`], or [`Error::Lost`] if it ended during the handshake.
    pub fn connect(address: &str, options: &Options) -> Result<Self, Error> {
        let trust = options.tls.as_ref().map(|tls| Trust::read(tls, address));
        Self::connect_with(address, options, trust.transpose()?.as_ref())
    }

    pub(crate) fn connect_with(
        address: &str,
        options: &Options,
        trust: Option<&Trust>,
    ) -> Result<Self, Error> {
        let exchange = Exchange::connect(address, options, trust)?;
        let info = exchange.info.clone();
        Ok(Self {
            exchange: Mutex::new(exchange),
            info,
        })
    }

    /// A way to have many requests in flight.
    pub fn pipeline(&mut self) -> Pipeline<'_> {
        Pipeline::new(self.exchange.get_mut())
    }

    /// Whether it has ended, as far as is known: it is found out with the next request.
    pub fn is_lost(&self) -> bool {
        self.exchange.lock().is_lost()
    }

    /// What the server said of itself.
    pub fn server(&self) -> &ServerInfo {
        &self.info
    }
}

impl Commands for Connection {
    fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        let mut exchange = self.exchange.lock();
        // What a pipeline has left in flight is of no interest any more.
        while exchange.next_with(|_| ()).is_some() {}
        exchange.enter(&request)?;
        exchange.next().unwrap_or(Err(Error::PipelineFull))
    }

    fn abilities(&self) -> Option<Abilities> {
        self.info.abilities
    }
}

//! Many requests in flight on one blocking connection.

use super::exchange::Exchange;
use crate::error::Error;
use crate::request::Request;
use crate::response::Response;
use masstree_protocol::Body;

/// Sends requests without waiting for replies; from [`Connection::pipeline`](super::Connection::pipeline).
///
/// Responses come in the order of the requests. Requests are sent when some 32 KiB of them have been gathered, when a response is waited for, and by
/// [`flush`](Self::flush). After a failure every request in flight gets an error of its own, which says whether it may have been carried out.
/// What is still in flight when the pipeline is dropped is sent with the connection's next request, and its responses are dropped.
///
/// # Examples
/// ```
/// # use masstree_server::{Config, Server};
/// # use masstree_store::Store;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let server = Server::start(Store::in_memory(), vec![listener], Config::default())?;
/// # let address = server.addresses()[0].to_string();
/// use masstree_client::blocking::Connection;
/// use masstree_client::{Options, Request};
/// let mut connection = Connection::connect(&address, &Options::default())?;
/// let mut pipeline = connection.pipeline();
/// for key in [b"k1", b"k2", b"k3"] {
///     pipeline.send(Request::Replace { key, value: b"v" })?;
/// }
/// while let Some(response) = pipeline.receive() {
///     println!("{:?}", response?);
/// }
/// # server.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pipeline<'c> {
    exchange: &'c mut Exchange,
}

impl<'c> Pipeline<'c> {
    pub(super) fn new(exchange: &'c mut Exchange) -> Self {
        Self { exchange }
    }

    /// Adds a request.
    ///
    /// # Errors
    /// [`Error::PipelineFull`] if [`Options::window`](crate::Options::window) is full, [`Error::Lost`], [`Error::Unsupported`],
    /// [`Error::TooLarge`]; then the request was not added.
    #[inline]
    pub fn send(&mut self, request: Request<'_>) -> Result<(), Error> {
        self.exchange.enter(&request)
    }

    /// Sends what was gathered.
    ///
    /// # Errors
    /// [`Error::Lost`]; each request in flight says so again.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.exchange.flush()
    }

    /// Waits for the response to the oldest request that has none; nothing if all have theirs.
    #[inline]
    pub fn receive(&mut self) -> Option<Result<Response, Error>> {
        self.exchange.next()
    }

    /// The same, but `take` sees the reply where it lies in the buffer, and nothing is copied.
    ///
    /// That the reply is to the right request is checked, that it is of the right kind is not: [`Body::Error`] and a reply to another command are
    /// for `take` to tell.
    #[inline]
    pub fn receive_with<T>(
        &mut self,
        take: impl FnOnce(&Body<'_>) -> T,
    ) -> Option<Result<T, Error>> {
        self.exchange.next_with(take)
    }

    /// How many requests have no response yet.
    pub fn in_flight(&self) -> usize {
        self.exchange.waiting()
    }

    /// Whether bytes of the next reply are here already, so that taking it is unlikely to wait.
    pub fn has_input(&self) -> bool {
        self.exchange.has_input()
    }

    /// Sends all of `requests` and gives every response to `take`, with the request's place. However many there are, `depth` are in flight at most.
    ///
    /// # Errors
    /// [`Error::Lost`], and what [`send`](Self::send) refuses; what the server refuses goes to `take`.
    pub fn run<'r>(
        &mut self,
        requests: impl IntoIterator<Item = Request<'r>>,
        depth: usize,
        mut take: impl FnMut(usize, Result<Response, Error>),
    ) -> Result<(), Error> {
        let mut place = 0;
        let mut receive = |pipeline: &mut Self| match pipeline.receive() {
            Some(Err(error)) if error.is_lost() => Err(error),
            Some(response) => {
                take(place, response);
                place += 1;
                Ok(())
            }
            None => Ok(()),
        };
        for request in requests {
            while self.in_flight() >= depth.max(1) {
                receive(self)?;
            }
            loop {
                match self.send(request) {
                    Err(Error::PipelineFull) => receive(self)?,
                    other => break other?,
                }
            }
        }
        while self.in_flight() > 0 {
            receive(self)?;
        }
        Ok(())
    }
}

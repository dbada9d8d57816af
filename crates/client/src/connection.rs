//! One connection, shared by any number of tasks; their requests go out together and are told apart by sequence numbers.
//!
//! A caller writes its request into the connection's buffer under a short lock and waits for the reply. One task, in `driver.rs`, sends
//! the buffer and reads replies. A window counts what is in flight in units of 1 KiB; a request that finds it full waits, so that
//! neither buffer grows without bound.

use crate::commands::Commands;
use crate::driver;
use crate::error::{Error, Failure};
use crate::options::Options;
use crate::request::Request;
use crate::response::Response;
use crate::tls::Trust;
use crate::wire::{Input, Ledger, ServerInfo, greeted, hello};
use masstree_protocol::Abilities;
use parking_lot::Mutex;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// What one permit of the window stands for, in bytes.
const UNIT: usize = 1024;

/// A connection to a server. Its clones share it; when the last is gone, it sends what is left, waits for the replies that are still
/// awaited, and closes.
///
/// A connection that was lost stays so; a [`Client`](crate::Client) makes new ones.
#[derive(Clone, Debug)]
pub struct Connection {
    handle: Arc<Handle>,
}

/// Closes the connection when dropped.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state.lock().closing = true;
        self.0.work.notify_one();
    }
}

/// What the callers and the driver share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    /// There is something to send, or the connection is to be closed.
    pub(crate) work: Notify,
    /// Permits are units of what may be in flight.
    pub(crate) window: Semaphore,
    units: u32,
    info: ServerInfo,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger<Waiter>,
    pub(crate) output: Vec<u8>,
    /// No handle is left.
    pub(crate) closing: bool,
    ended: Option<Arc<Failure>>,
}

/// Who waits for a reply, and what its request takes of the window.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) sender: oneshot::Sender<Result<Response, Error>>,
    pub(crate) units: u32,
}

impl Shared {
    /// Ends the connection: everyone who waits, and everyone who comes, gets an error.
    pub(crate) fn end(&self, failure: Failure) {
        let because = Arc::new(failure);
        let mut state = self.state.lock();
        state.ended = Some(Arc::clone(&because));
        state.output = Vec::new();
        let waiters: Vec<_> = state.ledger.abandon().collect();
        drop(state);
        self.window.close();
        for (waiter, maybe_done) in waiters {
            let because = Arc::clone(&because);
            // Whoever has stopped waiting needs no answer.
            let _ = waiter.sender.send(Err(Error::Lost {
                maybe_done,
                because,
            }));
        }
    }

    fn ended(&self) -> Option<Error> {
        self.state.lock().ended.as_ref().map(Error::not_sent)
    }

    /// Writes the request, for which `units` of the window were taken.
    fn enter(&self, request: &Request<'_>, units: u32) -> Result<PendingReply, Error> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state.lock();
            if let Some(because) = &state.ended {
                return Err(Error::not_sent(because));
            }
            let State { ledger, output, .. } = &mut *state;
            ledger.enter(request, output, Waiter { sender, units });
        }
        self.work.notify_one();
        Ok(PendingReply(receiver))
    }
}

impl Connection {
    /// Connects to `HOST:PORT` and shakes hands.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`], [`Error::Unwelcome`], or [`Error::Lost`] if it ended during the handshake.
    pub async fn connect(address: &str, options: &Options) -> Result<Self, Error> {
        let trust = options.tls.as_ref().map(|tls| Trust::read(tls, address));
        Self::connect_with(address, options, trust.transpose()?.as_ref()).await
    }

    pub(crate) async fn connect_with(
        address: &str,
        options: &Options,
        trust: Option<&Trust>,
    ) -> Result<Self, Error> {
        let late = || Error::connect(address, io::ErrorKind::TimedOut.into());
        timeout(
            options.connect_timeout,
            Self::connect_at_leisure(address, options, trust),
        )
        .await
        .unwrap_or_else(|_| Err(late()))
    }

    async fn connect_at_leisure(
        address: &str,
        options: &Options,
        trust: Option<&Trust>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::connect(address, source);
        let tcp = TcpStream::connect(address).await.map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        match trust {
            None => Self::greet(tcp, options, TcpStream::into_split).await,
            Some(trust) => {
                let connector = TlsConnector::from(Arc::clone(&trust.config));
                let tls = connector.connect(trust.name.clone(), tcp).await;
                let tls = tls.map_err(|why| Error::Tls(format!("{address}: {why}")))?;
                Self::greet(tls, options, tokio::io::split).await
            }
        }
    }

    /// Shakes hands, and leaves the stream to a driver.
    async fn greet<S, R, W>(
        mut stream: S,
        options: &Options,
        split: impl FnOnce(S) -> (R, W),
    ) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let lost = |failure: Failure| Error::not_sent(&Arc::new(failure));
        let sent = async {
            stream.write_all(&hello(options)).await?;
            stream.flush().await
        };
        sent.await.map_err(|error| lost(error.into()))?;
        let mut input = Input::new(options.max_reply);
        let info = loop {
            if let Some(reply) = input.next().map_err(lost)? {
                break greeted(&reply)?;
            }
            match stream.read(input.room()).await {
                Ok(0) => return Err(lost(Failure::Ended)),
                Ok(count) => input.filled(count),
                Err(error) => return Err(lost(error.into())),
            }
        };
        let units = options.window.div_ceil(UNIT).clamp(1, 1 << 28);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                ledger: Ledger::new(),
                output: Vec::new(),
                closing: false,
                ended: None,
            }),
            work: Notify::new(),
            window: Semaphore::new(units),
            units: units as u32,
            info,
        });
        let (reader, writer) = split(stream);
        let driver = driver::Driver {
            shared: Arc::clone(&shared),
            request_timeout: options.request_timeout,
        };
        tokio::spawn(driver.run(reader, writer, input));
        Ok(Self {
            handle: Arc::new(Handle(shared)),
        })
    }

    /// Sends a request, once the window has room for it, without waiting for its reply; that is for the future that is returned.
    ///
    /// Requests of one task are carried out in the order in which they were submitted.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Unsupported`], [`Error::TooLarge`]; then the request was not sent.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(connection: masstree_client::Connection) -> Result<(), masstree_client::Error> {
    /// use masstree_client::Request;
    /// let (one, two) = (Request::get(b"1"), Request::get(b"2"));
    /// let replies = [connection.submit(one).await?, connection.submit(two).await?];
    /// for reply in replies {
    ///     println!("{:?}", reply.await?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn submit(&self, request: Request<'_>) -> Result<PendingReply, Error> {
        let shared = &self.handle.0;
        request.check(shared.info.abilities.as_ref())?;
        let units = (request.size().div_ceil(UNIT) as u32).min(shared.units);
        match shared.window.acquire_many(units).await {
            // The driver gives the units back with the reply.
            Ok(permit) => permit.forget(),
            Err(_) => return Err(self.lost()),
        }
        shared.enter(&request, units)
    }

    /// Sends any number of requests and waits for all their responses, in the same order.
    ///
    /// # Errors
    /// The first that is not of one request alone: with it the connection is lost, or nothing was sent. What the server refuses is among
    /// the responses.
    pub async fn batch(
        &self,
        requests: &[Request<'_>],
    ) -> Result<Vec<Result<Response, Error>>, Error> {
        let mut replies = Vec::with_capacity(requests.len());
        for request in requests {
            replies.push(self.submit(*request).await?);
        }
        let mut responses = Vec::with_capacity(replies.len());
        for reply in replies {
            match reply.await {
                Err(error) if error.is_lost() => return Err(error),
                response => responses.push(response),
            }
        }
        Ok(responses)
    }

    /// Sends an ABORT without waiting for anything; what follows on the connection comes after it.
    pub(crate) fn abort(&self) -> Result<(), Error> {
        self.handle.0.enter(&Request::Abort, 0).map(drop)
    }

    /// Whether it has ended.
    pub fn is_lost(&self) -> bool {
        self.handle.0.ended().is_some()
    }

    /// What the server said of itself.
    pub fn server(&self) -> &ServerInfo {
        &self.handle.0.info
    }

    /// How many requests wait for their replies.
    pub fn in_flight(&self) -> usize {
        self.handle.0.state.lock().ledger.len()
    }

    fn lost(&self) -> Error {
        let shared = &self.handle.0;
        shared
            .ended()
            .unwrap_or_else(|| Error::not_sent(&Arc::new(Failure::Closed)))
    }
}

impl Commands for Connection {
    async fn execute(&self, request: Request<'_>) -> Result<Response, Error> {
        self.submit(request).await?.await
    }

    fn abilities(&self) -> Option<Abilities> {
        self.handle.0.info.abilities
    }
}

/// A reply on its way; from [`Connection::submit`]. Dropping it drops the reply, not the request.
#[derive(Debug)]
pub struct PendingReply(oneshot::Receiver<Result<Response, Error>>);

impl Future for PendingReply {
    type Output = Result<Response, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.0).poll(context));
        // The driver answers all before it ends, unless its runtime ends first.
        Poll::Ready(response.unwrap_or_else(|_| {
            let because = Arc::new(Failure::Closed);
            Err(Error::Lost {
                maybe_done: true,
                because,
            })
        }))
    }
}

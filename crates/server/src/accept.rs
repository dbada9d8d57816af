//! Accepting, and handing connections to the workers in turn.
//!
//! The accepting thread ends when the server is to end. With it go the ways to the workers, which is how they learn of it.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::metrics;
use crate::shared::{Incoming, Shared, Slot};
use crate::stop::Stop;
use crate::worker;

/// How long to wait when accepting fails, as it does when there are no more descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// How often that is said at most.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// `[nil, -1, "too many connections"]`.
const TOO_MANY: &[u8] = b"\x93\xc0\xff\xb4too many connections";

/// Hands connections on, in turn.
struct Handing {
    shared: Arc<Shared>,
    workers: Vec<UnboundedSender<Incoming>>,
    next: Cell<usize>,
    said: Cell<Option<Instant>>,
}

/// Starts the thread.
pub(crate) fn start(
    shared: &Arc<Shared>,
    listeners: Vec<TcpListener>,
    metrics: Option<TcpListener>,
    workers: Vec<UnboundedSender<Incoming>>,
    mut stop: Stop,
) -> io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    worker::spawn("masstree accept".to_owned(), move |runtime| {
        runtime.block_on(async {
            let handing = Rc::new(Handing {
                shared: Arc::clone(&shared),
                workers,
                next: Cell::new(0),
                said: Cell::new(None),
            });
            let mut tasks = JoinSet::new();
            for listener in listeners {
                let handing = Rc::clone(&handing);
                tasks.spawn_local(async move { handing.accept(listener).await });
            }
            if let Some(listener) = metrics {
                tasks.spawn_local(async move {
                    if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                        metrics::serve(listener, shared).await;
                    }
                });
            }
            stop.requested().await;
            tasks.shutdown().await;
        });
    })
}

impl Handing {
    /// Accepts for ever.
    async fn accept(&self, listener: TcpListener) {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!("cannot accept connections: {error}");
                return;
            }
        };
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.hand_over(stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    self.say(&error);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn hand_over(&self, stream: TcpStream, peer: SocketAddr) {
        self.shared.accepted.fetch_add(1, Relaxed);
        let Some(slot) = Slot::take(&self.shared) else {
            self.shared.turned_away.fetch_add(1, Relaxed);
            // It fits into the socket's buffer, or the client does not hear why.
            let _ = stream.try_write(TOO_MANY);
            return;
        };
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => return self.say(&error),
        };
        let next = self.next.get();
        self.next.set((next + 1) % self.workers.len());
        // A worker ends only after this thread.
        let _ = self.workers[next].send(Incoming { stream, peer, slot });
    }

    /// Reports a failure, now and then.
    fn say(&self, error: &io::Error) {
        self.shared.accept_errors.fetch_add(1, Relaxed);
        let now = Instant::now();
        if self.said.get().is_none_or(|said| now - said >= SAY_EVERY) {
            self.said.set(Some(now));
            tracing::error!("a connection could not be accepted: {error}");
        }
    }
}

/// Whether it is only that a client went away before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

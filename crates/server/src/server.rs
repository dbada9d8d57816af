//! A running server.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use masstree_store::Store;
use socket2::SockRef;
use tokio::sync::mpsc::unbounded_channel;

use crate::accept;
use crate::config::Config;
use crate::error::{StartError, StopError};
use crate::settle::Settler;
use crate::shared::Shared;
use crate::stop::ShutdownHandle;
use crate::tls;
use crate::worker;

/// Connections that may wait to be accepted, where the system allows so many.
const BACKLOG: i32 = 4096;

/// A server that runs until it is told to end. Dropping it tells it so, and waits.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    metrics_address: Option<SocketAddr>,
    handle: ShutdownHandle,
    running: Option<Running>,
}

/// The parts that are waited for.
struct Running {
    shared: Arc<Shared>,
    /// In the order in which they end.
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.threads).finish()
    }
}

impl Server {
    /// Starts a server of `store` on listeners that are bound. When this returns it accepts connections.
    ///
    /// # Errors
    /// A configuration that cannot be, files for TLS that cannot be used, a listener that cannot be waited for, no threads.
    pub fn start(
        store: Store,
        listeners: Vec<TcpListener>,
        mut config: Config,
    ) -> Result<Self, StartError> {
        config.check()?;
        if listeners.is_empty() {
            return Err(StartError::NoListener);
        }
        let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
        let addresses = listeners
            .iter()
            .map(prepare)
            .collect::<io::Result<Vec<_>>>()
            .map_err(StartError::Listen)?;
        let metrics = config.metrics.take();
        let metrics_address = metrics.as_ref().map(prepare).transpose();
        let metrics_address = metrics_address.map_err(StartError::Listen)?;

        let workers = config
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZero::get);
        let shared = Arc::new(Shared::new(store, &mut config, workers));
        let (settler, settling) = Settler::start(&shared).map_err(StartError::Thread)?;
        let (handle, stop) = ShutdownHandle::new();
        // If a thread cannot be started, the inboxes of those before it are dropped, and they end.
        let mut inboxes = Vec::new();
        let mut threads = Vec::new();
        for index in 0..workers {
            let (sender, inbox) = unbounded_channel();
            let (settler, tls) = (settler.clone(), tls.clone());
            let thread = worker::start(index, &shared, settler, tls, inbox);
            threads.push(thread.map_err(StartError::Thread)?);
            inboxes.push(sender);
        }
        let accepting = accept::start(&shared, listeners, metrics, inboxes, stop);
        threads.insert(0, accepting.map_err(StartError::Thread)?);
        threads.extend(settling);
        Ok(Self {
            addresses,
            metrics_address,
            handle,
            running: Some(Running { shared, threads }),
        })
    }

    /// Where it listens, with the true ports.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// Where it serves metrics, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What ends it, from any thread.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        self.handle.clone()
    }

    /// Accepts no more, answers what has arrived, syncs the store, and ends. Connections that do not take their replies within
    /// [`Config::shutdown_timeout`] are cut off.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn shutdown(self) -> Result<(), StopError> {
        self.handle.shutdown();
        self.wait()
    }

    /// Returns once the server has ended.
    ///
    /// # Errors
    /// The last sync of the store failed, or a thread has panicked.
    pub fn wait(mut self) -> Result<(), StopError> {
        self.running.take().map_or(Ok(()), Running::wait)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.handle.shutdown();
            // Whoever wants to know how it went calls `shutdown`.
            let _ = running.wait();
        }
    }
}

impl Running {
    fn wait(self) -> Result<(), StopError> {
        let mut ended = Ok(());
        for thread in self.threads {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                ended = ended.and(Err(StopError::Panicked { thread: name }));
            }
        }
        let Shared {
            store,
            checkpoints,
            shutdown_timeout,
            ..
        } = &*self.shared;
        if !checkpoints.finish(*shutdown_timeout) {
            tracing::warn!("a checkpoint was not waited for; the one before it counts");
        }
        // The disk matters more than a thread.
        store.sync()?;
        ended
    }
}

/// Makes a listener ready to be waited for, and tells its address.
fn prepare(listener: &TcpListener) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    // Listening once more only sets how many connections may wait to be accepted.
    SockRef::from(listener).listen(BACKLOG)?;
    listener.local_addr()
}

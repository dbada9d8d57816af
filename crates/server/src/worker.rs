//! A worker: a thread that serves the connections it is handed.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::connection;
use crate::local::Local;
use crate::settle::Settler;
use crate::shared::{Incoming, Shared};

/// Threads of a worker for what would keep it waiting: large commits, and syncs.
const BLOCKING_THREADS: usize = 8;

/// A runtime that lives on one thread.
pub(crate) fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(BLOCKING_THREADS)
        .build_local(LocalOptions::default())
}

/// Starts a worker. It ends when no more connections can come and those that it has are through.
pub(crate) fn start(
    index: usize,
    shared: &Arc<Shared>,
    settler: Settler,
    tls: Option<TlsAcceptor>,
    inbox: UnboundedReceiver<Incoming>,
) -> io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    spawn(format!("masstree worker {index}"), move |runtime| {
        let local = Local::new(index, shared, settler, tls);
        runtime.block_on(run(&Rc::new(local), inbox));
        // What a commit that nobody waits for still does is the store's business.
        runtime.shutdown_background();
    })
}

/// Starts a thread with a runtime, and returns once it has one.
pub(crate) fn spawn(
    name: String,
    body: impl FnOnce(LocalRuntime) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let (made, is_made) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name(name).spawn(move || {
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                // The starter waits for it.
                let _ = made.send(Err(error));
                return;
            }
        };
        let _ = made.send(Ok(()));
        drop(made);
        body(runtime);
    })?;
    match is_made.recv() {
        Ok(Ok(())) => Ok(thread),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::Error::other("the thread ended as it began")),
    }
}

async fn run(local: &Rc<Local>, mut inbox: UnboundedReceiver<Incoming>) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            incoming = inbox.recv() => match incoming {
                Some(incoming) => {
                    tasks.spawn_local(connection::serve(Rc::clone(local), incoming));
                }
                None => break,
            },
            Some(ended) = tasks.join_next() => report(ended),
        }
    }
    // A task that has not begun yet sees it when it does.
    local.stop();
    let rest = async {
        while let Some(ended) = tasks.join_next().await {
            report(ended);
        }
    };
    if timeout(local.shared.shutdown_timeout, rest).await.is_err() {
        tracing::warn!("{} connections were cut off", tasks.len());
        tasks.shutdown().await;
    }
}

/// A task that panicked takes its connection with it and nothing else.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a connection has failed inside the server: {error}");
    }
}

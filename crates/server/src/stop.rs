//! The signal that a server is to end.

use std::sync::Arc;
use tokio::sync::watch;

/// Ends a server from anywhere. Clones end the same one.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(Arc<watch::Sender<bool>>);

/// Waits for the signal.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl ShutdownHandle {
    pub(crate) fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(Arc::new(sender)), Stop(receiver))
    }

    /// Tells the server to accept no more, to answer what has arrived, to sync the store, and to end. Returns at once; see
    /// [`Server::wait`](crate::Server::wait).
    pub fn shutdown(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns once the server is to end.
    pub async fn requested(&mut self) {
        // Without a handle nobody could ever say so; the server itself holds one.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

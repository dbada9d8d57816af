//! What the connections of one worker share. All of it stays on the worker's thread.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::execute::WriteReply;
use crate::metrics::Tally;
use crate::pool::Pool;
use crate::settle::Settler;
use crate::shared::Shared;
use crate::wakers::Wakers;

/// See the module.
pub(crate) struct Local {
    pub index: usize,
    pub shared: Arc<Shared>,
    pub settler: Settler,
    pub tls: Option<TlsAcceptor>,
    pub pool: Pool,
    pub wakers: Wakers,
    /// Lent to one slice at a time.
    pub write_replies: RefCell<Vec<WriteReply>>,
    stopping: Cell<bool>,
}

impl Local {
    pub fn new(
        index: usize,
        shared: Arc<Shared>,
        settler: Settler,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        Self {
            index,
            shared,
            settler,
            tls,
            pool: Pool::default(),
            wakers: Wakers::default(),
            write_replies: RefCell::default(),
            stopping: Cell::new(false),
        }
    }

    /// Whether connections are to end when they have answered what has arrived.
    pub fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Tells all connections so.
    pub fn stop(&self) {
        self.stopping.set(true);
        self.wakers.wake_all();
    }

    /// What this worker counts.
    pub fn tally(&self) -> &Tally {
        &self.shared.tallies[self.index]
    }
}

//! What all threads of a server share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use masstree_protocol::{Limits, Miss};
use masstree_store::{Durability, Store};

use crate::checkpoints::Checkpoints;
use crate::config::Config;
use crate::metrics::Tally;
use crate::token::Token;

/// See the module.
pub(crate) struct Shared {
    pub store: Store,
    /// What acknowledged writes survive.
    pub durability: Durability,
    pub limits: Limits,
    pub miss: Miss,
    pub compat_mtd: bool,
    pub max_output: usize,
    pub max_reply: usize,
    pub max_transaction: usize,
    pub max_connections: usize,
    pub handshake_timeout: Duration,
    pub idle_timeout: Duration,
    pub shutdown_timeout: Duration,
    pub auth_token: Option<Token>,
    pub checkpoints: Checkpoints,
    /// One for each worker.
    pub tallies: Box<[Tally]>,
    /// Connections that are open.
    pub connections: AtomicUsize,
    /// Connections that were accepted.
    pub accepted: AtomicU64,
    /// Connections that were closed at once because there were too many.
    pub turned_away: AtomicU64,
    /// Times that accepting failed.
    pub accept_errors: AtomicU64,
    pub started: Instant,
}

impl Shared {
    pub fn new(store: Store, config: &mut Config, workers: usize) -> Self {
        Self {
            durability: store.durability(),
            store,
            limits: config.limits(),
            miss: config.miss(),
            compat_mtd: config.compat_mtd,
            max_output: config.max_output,
            max_reply: config.max_reply,
            max_transaction: config.max_transaction,
            max_connections: config.max_connections,
            handshake_timeout: config.handshake_timeout,
            idle_timeout: config.idle_timeout,
            shutdown_timeout: config.shutdown_timeout,
            auth_token: config.auth_token.take(),
            checkpoints: Checkpoints::default(),
            tallies: (0..workers).map(|_| Tally::default()).collect(),
            connections: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            accept_errors: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    /// Whether writes go to a disk at all.
    pub fn is_durable(&self) -> bool {
        self.durability != Durability::None
    }
}

/// A connection on its way to a worker, and its place among the connections.
pub(crate) struct Incoming {
    pub stream: std::net::TcpStream,
    pub peer: SocketAddr,
    pub slot: Slot,
}

/// A connection counts as long as this is held.
pub(crate) struct Slot(Arc<Shared>);

impl Slot {
    /// A place, unless all are taken.
    pub fn take(shared: &Arc<Shared>) -> Option<Self> {
        let taken = shared.connections.fetch_add(1, Relaxed);
        let slot = Self(Arc::clone(shared));
        (taken < shared.max_connections).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

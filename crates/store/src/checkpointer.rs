//! The thread that takes checkpoints by size of the log and by time.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::disk::LogStats;
use crate::store::{Shared, Store};

/// How often it looks.
const TICK: Duration = Duration::from_millis(200);

/// The thread, once it is started. It ends soon after the last handle on the store is gone.
#[derive(Debug, Default)]
pub(crate) struct Checkpointer(Mutex<Option<JoinHandle<()>>>);

impl Checkpointer {
    /// Starts the thread if the options ask for checkpoints.
    pub fn start(&self, store: &Store) {
        let options = &store.table().options;
        if options.checkpoint_bytes.is_none() && options.checkpoint_interval.is_none() {
            return;
        }
        let weak = Arc::downgrade(&store.0);
        let thread = thread::Builder::new()
            .name("masstree-checkpoint".into())
            .spawn(move || run(&weak));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = thread.ok();
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        let thread = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take()
            && thread.thread().id() != thread::current().id()
        {
            thread.thread().unpark();
            // It takes no part in anything but checkpoints, which a panic leaves unfinished.
            let _ = thread.join();
        }
    }
}

fn run(store: &Weak<Shared>) {
    let mut last = (Instant::now(), LogStats::default());
    loop {
        thread::park_timeout(TICK);
        let Some(store) = store.upgrade().map(Store) else {
            return;
        };
        let options = &store.table().options;
        let log = store.log_stats().unwrap_or_default();
        // A checkpoint itself appends to the log, so that bytes alone do not say that there is anything new.
        let due = log.transactions > last.1.transactions
            && (options
                .checkpoint_bytes
                .is_some_and(|limit| log.bytes - last.1.bytes >= limit)
                || options
                    .checkpoint_interval
                    .is_some_and(|limit| last.0.elapsed() >= limit));
        if due {
            // A failure stops further checkpoints or the whole log, and both say so to whoever asks.
            let _ = store.checkpoint();
            last = (Instant::now(), log);
        }
    }
}

//! The thread that frees old versions once the snapshots that needed them are gone.
//!
//! Writers cut what is below their own version. What a snapshot needed then is noted, and after snapshots have been let go the notes are gone
//! through once: a key that still keeps something goes back to the end of the queue.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::bytes::Bytes;
use crate::history::History;
use crate::table::Table;

/// Keys swept without a pause.
const BATCH: usize = 1024;

/// The thread, and what it has seen. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Sweeper {
    thread: Option<JoinHandle<()>>,
    ends: Arc<AtomicBool>,
    pub longest_chain: Arc<AtomicUsize>,
}

impl Sweeper {
    pub fn start(table: &Arc<Table>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let longest_chain = Arc::new(AtomicUsize::new(1));
        let round = Round {
            table: Arc::clone(table),
            ends: Arc::clone(&ends),
            longest_chain: Arc::clone(&longest_chain),
            history: History::new(table.options.history),
            seen: 0,
            due: VecDeque::new(),
            longest: 1,
        };
        let thread = thread::Builder::new()
            .name("masstree-sweep".into())
            .spawn(move || round.run())
            // Without the thread writers still cut their own chains.
            .ok();
        Self {
            thread,
            ends,
            longest_chain,
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.ends.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It panics only if a value's drop does, and then there is nothing left to do.
            let _ = thread.join();
        }
    }
}

struct Round {
    table: Arc<Table>,
    ends: Arc<AtomicBool>,
    longest_chain: Arc<AtomicUsize>,
    history: History,
    /// Releases of snapshots at the last look.
    seen: usize,
    /// Notes that are still to be gone through.
    due: VecDeque<Bytes>,
    longest: usize,
}

impl Round {
    fn run(mut self) {
        while !self.ends.load(Relaxed) {
            self.turn();
            if self.due.is_empty() {
                thread::park_timeout(self.table.options.sweep_interval);
            }
        }
    }

    fn turn(&mut self) {
        let table = &self.table;
        if let Some(limit) = table.options.snapshot_limit {
            table.clock.expire(limit);
        }
        self.history.advance(&table.clock, Instant::now());
        let releases = table.clock.releases();
        if self.due.is_empty()
            && (releases != self.seen
                || table.options.history.is_some()
                || table.garbage.is_asked())
        {
            self.seen = releases;
            self.due = table.garbage.take();
            self.longest_chain.store(self.longest, Relaxed);
            self.longest = 1;
        }
        for key in self.due.drain(..self.due.len().min(BATCH)) {
            let left = table.sweep(key.as_slice(), &table.map.guard());
            self.longest = self.longest.max(left.unwrap_or(0));
            if left != Some(1) && left != Some(0) {
                table.garbage.put_back(key);
            }
            table.garbage.done();
            if left.is_none() {
                // Not a matter of snapshots: look again soon.
                self.seen = usize::MAX;
            }
        }
    }
}

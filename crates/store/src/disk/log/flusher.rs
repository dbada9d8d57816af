//! The thread behind a log: syncs at intervals, and vouches for what is on disk once nothing more comes.

use super::super::error::Error;
use super::shared::Shared;
use super::{Durability, LogOptions};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Runs until it is dropped.
pub(super) struct Flusher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread if the options ask for one.
    pub(super) fn start(shared: &Arc<Shared>, options: &LogOptions) -> Result<Option<Self>, Error> {
        let (pause, syncs) = match (options.durability, options.idle_mark) {
            (Durability::Interval(pause), _) => (pause, true),
            (Durability::Always, Some(pause)) => (pause, false),
            (Durability::Always, None) | (Durability::None, _) => return Ok(None),
        };
        let marks = options.idle_mark.is_some();
        let shared = Arc::clone(shared);
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new()
            .name("log flusher".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(pause.max(Duration::from_millis(1)))
                    == Err(RecvTimeoutError::Timeout)
                {
                    // The log remembers its failure and tells it to everyone who appends or waits.
                    if shared.tick(syncs, marks).is_err() {
                        return;
                    }
                }
            })
            .map_err(|source| Error::io(".", "start a thread", source))?;
        Ok(Some(Self {
            stop: Some(stop),
            thread: Some(thread),
        }))
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own thread; the log closes all the same.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// What the flusher does each time.
    fn tick(&self, syncs: bool, marks: bool) -> Result<(), Error> {
        let appended = self.appended();
        let durable = self.durable.load(Ordering::Acquire);
        if syncs && durable < appended {
            return self.durable(appended);
        }
        let last_data = self.last_data.load(Ordering::Relaxed);
        let idle = durable >= last_data && self.written.load(Ordering::Acquire) == appended;
        if marks && idle && self.vouched.load(Ordering::Relaxed) < last_data {
            let end = self.mark()?;
            return self.written(end);
        }
        Ok(())
    }
}

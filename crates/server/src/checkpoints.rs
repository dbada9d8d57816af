//! Checkpoints that clients ask for: in the background, one at a time.

use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::shared::Shared;

/// The one that runs, if one does. What became of all is told by the store, which takes some by itself.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    running: AtomicBool,
    thread: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    thread: JoinHandle<()>,
    /// Closed when the thread is through.
    ends: mpsc::Receiver<()>,
}

impl Checkpoints {
    /// Starts one, unless one runs.
    pub fn start(shared: &Arc<Shared>) {
        let this = &shared.checkpoints;
        if !shared.is_durable() || this.running.swap(true, AcqRel) {
            return;
        }
        let (alive, ends) = mpsc::channel::<()>();
        let work = Arc::clone(shared);
        let thread = thread::Builder::new()
            .name("masstree checkpoint".into())
            .spawn(move || {
                let _alive = alive;
                run(&work);
            });
        match thread {
            Ok(thread) => *this.thread.lock() = Some(Running { thread, ends }),
            Err(error) => {
                this.running.store(false, Relaxed);
                tracing::error!("no thread for a checkpoint: {error}");
            }
        }
    }

    /// Waits for the one that runs. Whether none runs any more.
    pub fn finish(&self, patience: Duration) -> bool {
        let Some(running) = self.thread.lock().take() else {
            return true;
        };
        if running.ends.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
            return false;
        }
        // A panic there has been reported by its thread, and the old checkpoint counts.
        let _ = running.thread.join();
        true
    }
}

/// Says that none runs any more, also after a panic.
struct Done<'a>(&'a Checkpoints);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Relaxed);
    }
}

fn run(shared: &Shared) {
    let _done = Done(&shared.checkpoints);
    let begin = Instant::now();
    match shared.store.checkpoint() {
        Ok(_) => tracing::info!("checkpoint written in {:?}", begin.elapsed()),
        Err(error) => tracing::warn!("no checkpoint: {error}"),
    }
}

//! Waiting until writes are as safe as the store promises, before their replies leave.
//!
//! Without a sync that wait is a short system call, and the worker makes it. With one (durability `always`) it would keep all connections of the worker
//! waiting. So one thread waits on behalf of all: it takes all debts that are queued, settles the greatest, which settles them all, and
//! wakes the tasks. Those that queue meanwhile share the next sync.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use masstree_store::{Debt, Durability, Store};
use tokio::sync::oneshot;

use crate::shared::Shared;

/// How it ended: the error as it is told to clients.
type Outcome = Result<(), Arc<str>>;

struct Job {
    debt: Debt,
    done: oneshot::Sender<Outcome>,
}

/// Where a worker settles. Clones share the thread, which ends with the last of them.
#[derive(Clone)]
pub(crate) struct Settler {
    jobs: Option<Sender<Job>>,
}

impl Settler {
    /// Starts the thread, if the store syncs for each write.
    pub fn start(shared: &Shared) -> io::Result<(Self, Option<JoinHandle<()>>)> {
        if shared.durability != Durability::Always {
            return Ok((Self { jobs: None }, None));
        }
        let (jobs, queue) = channel();
        let store = shared.store.clone();
        let thread = thread::Builder::new()
            .name("masstree settle".into())
            .spawn(move || run(&store, &queue))?;
        Ok((Self { jobs: Some(jobs) }, Some(thread)))
    }

    /// Returns once all up to `debt` is as safe as the store promises, or will never be.
    pub async fn settle(&self, store: &Store, debt: Debt) -> Outcome {
        let Some(jobs) = &self.jobs else {
            return outcome(store.settle(debt));
        };
        let (done, waits) = oneshot::channel();
        if jobs.send(Job { debt, done }).is_ok()
            && let Ok(outcome) = waits.await
        {
            return outcome;
        }
        // The thread is there for as long as there are workers; without it the wait is longer, not wrong.
        outcome(store.settle(debt))
    }
}

fn outcome(settled: masstree_store::Result<()>) -> Outcome {
    settled.map_err(|error| error.to_string().into())
}

fn run(store: &Store, queue: &Receiver<Job>) {
    let mut jobs = Vec::new();
    while let Ok(first) = queue.recv() {
        jobs.push(first);
        jobs.extend(queue.try_iter());
        let Some(debt) = jobs.iter().map(|job| job.debt).max() else {
            continue;
        };
        let outcome = outcome(store.settle(debt));
        if let Err(why) = &outcome {
            tracing::error!("writes are not safe: {why}");
        }
        for job in jobs.drain(..) {
            // A connection that has gone meanwhile needs no answer.
            let _ = job.done.send(outcome.clone());
        }
    }
}

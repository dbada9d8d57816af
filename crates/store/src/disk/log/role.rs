//! Work that one thread does at a time, for all who wait for it.
//!
//! A thread that wants something done looks whether it is; if not, it does the work itself, or waits until whoever does it now
//! has finished, and looks again. So the work that is done next covers all who came while the last one went on.
//! Writing takes a microsecond or two and being woken takes fifty, so a thread looks a few times before it sleeps.

use super::super::error::Error;
use optimistic::backoff::Backoff;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A role that one thread holds at a time.
#[derive(Default)]
pub(super) struct Role {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    held: bool,
    waiting: usize,
}

/// Gives the role back, also when the work panics.
struct Holder<'a>(&'a Role);

impl Role {
    /// Returns once `done` says how it ended, and calls `work` as long as it does not and nobody else works.
    pub(super) fn until(
        &self,
        done: impl Fn() -> Option<Result<(), Error>>,
        mut work: impl FnMut(),
    ) -> Result<(), Error> {
        let patience = Backoff::new();
        loop {
            if let Some(outcome) = done() {
                return outcome;
            }
            let mut state = self.lock();
            if state.held {
                if !patience.is_completed() {
                    drop(state);
                    patience.snooze();
                    continue;
                }
                state.waiting += 1;
                // Looked at again under the lock: the holder may have finished before this thread was counted.
                if done().is_none() {
                    state = self
                        .freed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                state.waiting -= 1;
                continue;
            }
            state.held = true;
            drop(state);
            let _holder = Holder(self);
            if done().is_none() {
                work();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.held = false;
        let wake = state.waiting > 0;
        drop(state);
        if wake {
            self.0.freed.notify_all();
        }
    }
}

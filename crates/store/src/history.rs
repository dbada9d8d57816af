//! How far back replaced versions are kept.
//!
//! With history every commit has a timestamp of its own. Now and then the clock's time is written down beside the wall's; what was replaced
//! before the oldest mark within the time to keep is let go.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::stamp::Timestamp;

#[derive(Debug)]
pub(crate) struct History {
    keep: Option<Duration>,
    marks: VecDeque<(Instant, Timestamp)>,
}

impl History {
    pub fn new(keep: Option<Duration>) -> Self {
        Self {
            keep,
            marks: VecDeque::new(),
        }
    }

    /// Sets a mark, and moves the edge of history.
    pub fn advance(&mut self, clock: &Clock, now: Instant) {
        let Some(keep) = self.keep else { return };
        self.marks.push_back((now, clock.now()));
        while let Some(&(when, _)) = self.marks.get(1)
            && now.duration_since(when) >= keep
        {
            self.marks.pop_front();
        }
        if let Some(&(when, at)) = self.marks.front()
            && now.duration_since(when) >= keep
        {
            clock.retain_from(at);
        }
    }
}

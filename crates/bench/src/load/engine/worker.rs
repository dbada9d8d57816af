//! One thread: it loads its share of the keys, then sends and receives until the time is up, then waits for what is on its way.

use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::desk::Books;
use super::generator::Generator;
use super::lane::Lane;
use super::wait::wait;
use super::{Live, Window};
use crate::load::draw::arrivals::Arrivals;
use crate::load::target::Failure;

/// Requests on their way on a connection while keys are loaded.
const LOAD_DEPTH: usize = 256;

/// How long to wait at the most before looking around.
const GLANCE: Duration = Duration::from_millis(20);

/// Arrivals nearer than this are waited for without sleep, which is no more exact than that.
const NEAR: u64 = 60_000;

/// After an interruption nothing is waited for longer than this, in nanoseconds.
const HURRY: u64 = 1_000_000_000;

/// How often timeouts and the live line are looked after, in nanoseconds.
const ROUNDS: u64 = 50_000_000;

/// One thread.
pub(super) struct Worker<'a> {
    pub(super) lanes: Vec<Lane>,
    pub(super) generator: Generator,
    pub(super) books: Books,
    pub(super) live: &'a Live,
    /// The connection to begin with, so that none is preferred.
    turn: usize,
    /// When timeouts are looked for next.
    round: u64,
    /// What the live line was told.
    told: (u64, u64),
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        lanes: Vec<Lane>,
        generator: Generator,
        books: Books,
        live: &'a Live,
    ) -> Self {
        Self {
            lanes,
            generator,
            books,
            live,
            turn: 0,
            round: 0,
            told: (0, 0),
        }
    }

    /// Loads these keys, and all accounts if it is the first thread.
    pub(super) fn load(&mut self, keys: std::ops::Range<u64>, accounts: u64) {
        let first = self.books.group.tables[0].first();
        let (mut next, mut account) = (keys.start, 0);
        while !self.stopped() && self.lanes.iter().any(|lane| lane.alive) {
            let now = self.books.clock.now();
            let before = next;
            for lane in &mut self.lanes {
                // A target without a network has answered when `send` returns: the batch is what ends the turn.
                let mut batch = LOAD_DEPTH;
                while batch > 0 && lane.has_room(LOAD_DEPTH) {
                    batch -= 1;
                    if account < accounts {
                        self.generator
                            .open_account(lane, account, now, &mut self.books);
                        account += 1;
                    } else if next < keys.end {
                        self.generator
                            .load(lane, first + next, now, &mut self.books);
                        next += 1;
                    } else {
                        break;
                    }
                }
            }
            self.live.loaded.fetch_add(next - before, Relaxed);
            self.flush();
            let waiting = self.in_flight();
            if next >= keys.end && account >= accounts && waiting == 0 {
                return;
            }
            if waiting > 0 {
                self.receive(Some(GLANCE));
                self.look_around(self.books.clock.now());
            }
        }
    }

    /// Sends and receives for as long as the window says.
    pub(super) fn run(&mut self, window: &Window, mut arrivals: Option<Arrivals>) {
        let pipeline = self.books.group.pipeline;
        let network = self
            .lanes
            .iter()
            .any(|lane| lane.connection.socket().is_some());
        let mut left = window.operations;
        loop {
            let now = self.books.clock.now();
            if now >= window.until || left == 0 || self.stopped() {
                break;
            }
            if !self.lanes.iter().any(|lane| lane.alive) {
                break;
            }
            let wake = match &mut arrivals {
                Some(arrivals) => self.send_due(arrivals, window, now, pipeline, &mut left),
                None => {
                    self.fill(window, pipeline, network, &mut left);
                    None
                }
            };
            self.flush();
            if network {
                let timeout = match wake {
                    Some(wake) => Duration::from_nanos(wake.saturating_sub(self.books.clock.now())),
                    None => GLANCE,
                };
                self.receive_soon(timeout.min(GLANCE), wake.is_some());
            } else if let Some(wake) = wake {
                let nanoseconds = wake.saturating_sub(self.books.clock.now());
                pause(nanoseconds);
            }
            self.go_on();
            self.look_around(now);
        }
        if let Some(arrivals) = &mut arrivals {
            let end = self.books.clock.now().min(window.until);
            self.live
                .unsent
                .fetch_add(overdue(arrivals, window, end), Relaxed);
        }
        self.drain();
    }

    /// Closed loop: every connection gets as many requests as it may have.
    fn fill(&mut self, window: &Window, pipeline: usize, network: bool, left: &mut u64) {
        let mut now = self.books.clock.now();
        for lane in &mut self.lanes {
            let mut batch = pipeline;
            while batch > 0 && *left > 0 && lane.has_room(pipeline) {
                batch -= 1;
                if !network {
                    now = self.books.clock.now();
                }
                *left -= u64::from(now >= window.from);
                self.generator.begin(lane, now, now, &mut self.books);
            }
        }
    }

    /// Open loop: what is due is sent, as far as there is room for it. Returns when the next request is due, if there is room.
    fn send_due(
        &mut self,
        arrivals: &mut Arrivals,
        window: &Window,
        now: u64,
        pipeline: usize,
        left: &mut u64,
    ) -> Option<u64> {
        let lanes = self.lanes.len();
        let mut now = now;
        loop {
            let due = window.start.saturating_add(arrivals.due());
            let found = (0..lanes)
                .map(|ahead| (self.turn + ahead) % lanes)
                .find(|index| self.lanes[*index].has_room(pipeline))?;
            if due >= window.until || *left == 0 {
                return Some(window.until);
            }
            if due > now {
                return Some(due);
            }
            self.turn = found + 1;
            arrivals.advance();
            *left -= u64::from(due >= window.from);
            let lane = &mut self.lanes[found];
            if lane.connection.socket().is_none() {
                now = self.books.clock.now();
            }
            self.generator.begin(lane, due, now, &mut self.books);
        }
    }

    fn flush(&mut self) {
        for lane in &mut self.lanes {
            lane.flush(&mut self.books);
        }
    }

    /// Goes on with operations of several requests.
    fn go_on(&mut self) {
        for lane in &mut self.lanes {
            while let Some(follow) = lane.desk.follows.pop() {
                self.generator.go_on(lane, follow, &mut self.books);
            }
        }
    }

    fn in_flight(&self) -> usize {
        let alive = self.lanes.iter().filter(|lane| lane.alive);
        alive.map(|lane| lane.desk.in_flight()).sum()
    }

    /// Waits for replies, and when something is due very soon without sleep.
    fn receive_soon(&mut self, timeout: Duration, due: bool) {
        if due && timeout < Duration::from_nanos(NEAR) {
            self.receive(Some(Duration::ZERO));
            std::thread::yield_now();
        } else if due {
            self.receive(Some(timeout - Duration::from_nanos(NEAR)));
        } else {
            self.receive(Some(timeout));
        }
    }

    /// Waits for replies, and takes them in.
    fn receive(&mut self, timeout: Option<Duration>) {
        let mut waited: Vec<usize> = Vec::with_capacity(self.lanes.len());
        let mut sockets: Vec<(BorrowedFd<'_>, bool)> = Vec::with_capacity(self.lanes.len());
        for (index, lane) in self.lanes.iter().enumerate() {
            if lane.alive
                && let Some(socket) = lane.connection.socket()
            {
                waited.push(index);
                sockets.push(socket);
            }
        }
        let ready = wait(&sockets, timeout);
        drop(sockets);
        self.books.arrived = match waited.is_empty() {
            true => None,
            false => Some(self.books.clock.now()),
        };
        for (index, ready) in waited.into_iter().zip(ready) {
            if ready {
                self.lanes[index].receive(&mut self.books);
            }
        }
        self.books.arrived = None;
        self.go_on();
    }

    /// Looks for requests without an answer, and tells the live line how far things are.
    fn look_around(&mut self, now: u64) {
        if now < self.round {
            return;
        }
        self.round = now + ROUNDS;
        let timeout = self.books.group.timeout.as_nanos() as u64;
        for lane in &mut self.lanes {
            lane.check_timeout(now, timeout, &mut self.books);
        }
        self.tell();
    }

    /// Tells the live line how far things are.
    pub(super) fn tell(&mut self) {
        let points = &self.books.recorder.points;
        let done = points.iter().map(|point| point.done).sum();
        let errors = points.iter().map(|point| point.errors).sum();
        self.live.done.fetch_add(done - self.told.0, Relaxed);
        self.live.errors.fetch_add(errors - self.told.1, Relaxed);
        self.told = (done, errors);
        if let Some(point) = points.last() {
            let p99 = point.latency.value_at_quantile(0.99);
            self.live.p99.store(p99, Relaxed);
        }
    }

    /// Waits for what is on its way, for no longer than the timeout, after an interruption for a second.
    fn drain(&mut self) {
        let timeout = match self.stopped() {
            true => HURRY,
            false => self.books.group.timeout.as_nanos() as u64,
        };
        let end = self.books.clock.now().saturating_add(timeout);
        loop {
            self.go_on();
            self.flush();
            let now = self.books.clock.now();
            if self.in_flight() == 0 {
                break;
            }
            if now >= end {
                for lane in &mut self.lanes {
                    let waiting = lane.desk.pending.len();
                    if waiting > 0 {
                        let what =
                            format!("{waiting} requests without an answer when the run ended");
                        lane.fail(&Failure::Silent(what), &mut self.books);
                    }
                }
                break;
            }
            self.receive(Some(GLANCE));
            self.look_around(now);
        }
        self.tell();
    }

    /// Looks at all accounts once more, on the first connection that is left.
    pub(super) fn last_audit(&mut self) {
        if self.books.group.accounts == 0 {
            return;
        }
        let now = self.books.clock.now();
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.alive) {
            self.generator.audit(lane, now, &mut self.books);
        }
        self.drain();
    }

    fn stopped(&self) -> bool {
        self.live.stop.load(Relaxed)
    }
}

/// How many requests were due in the window and were not sent.
fn overdue(arrivals: &mut Arrivals, window: &Window, end: u64) -> u64 {
    let mut count = 0;
    loop {
        let due = window.start.saturating_add(arrivals.due());
        if due >= end {
            return count;
        }
        count += u64::from(due >= window.from);
        arrivals.advance();
    }
}

/// Sleeps for about so long, or yields if that is too short.
fn pause(nanoseconds: u64) {
    if nanoseconds > NEAR {
        std::thread::sleep(Duration::from_nanos(
            (nanoseconds - NEAR).min(GLANCE.as_nanos() as u64),
        ));
    } else {
        std::thread::yield_now();
    }
}

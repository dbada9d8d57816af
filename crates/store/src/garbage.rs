//! What waits to be cut: keys that kept an older version because a snapshot needed it.
//!
//! Threads note keys in queues of their own. Most snapshots are those of short transactions on other threads and are gone soon after, so who notes
//! a key takes up one that it noted a little earlier, while what it has to touch is still near. What cannot be cut then stays for the sweeper, each
//! key once.

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

use parking_lot::Mutex;

use crate::bytes::Bytes;

const QUEUES: usize = 16;

/// So many of a thread's last notes are not taken up yet: the snapshots that they were made for were held a moment ago.
const LEFT_ALONE: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Garbage {
    queues: [Queue; QUEUES],
    /// Notes that the sweeper has taken and is not done with.
    taken: AtomicUsize,
    /// Whether a note was made, or put back, not for a snapshot but because somebody else was at the key.
    again: AtomicBool,
}

/// Has cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Queue(Mutex<Waiting>);

/// Notes that wait.
#[derive(Debug, Default)]
struct Waiting {
    /// The last ones, the oldest first. No more than [`LEFT_ALONE`].
    recent: VecDeque<Bytes>,
    /// What was put back.
    left: HashSet<Bytes>,
}

impl Waiting {
    fn len(&self) -> usize {
        self.recent.len() + self.left.len()
    }
}

/// The queue of the calling thread.
fn mine() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static MINE: Cell<Option<usize>> = const { Cell::new(None) });
    MINE.with(|mine| {
        mine.get().unwrap_or_else(|| {
            let number = NEXT.fetch_add(1, Relaxed) % QUEUES;
            mine.set(Some(number));
            number
        })
    })
}

impl Garbage {
    /// Notes that `key` kept an older version. Returns a key that was noted earlier and may be cut by now; if it cannot be it is to be
    /// [put back](Self::put_back).
    pub fn note(&self, key: &[u8]) -> Option<Bytes> {
        let key = Bytes::from(key);
        let recent = &mut self.queues[mine()].0.lock().recent;
        if recent.contains(&key) {
            return None;
        }
        recent.push_back(key);
        (recent.len() > LEFT_ALONE).then(|| recent.pop_front())?
    }

    /// Notes again what still keeps an older version.
    pub fn put_back(&self, key: Bytes) {
        self.queues[mine()].0.lock().left.insert(key);
    }

    /// Asks the sweeper to go through the notes soon, although no snapshot has been let go.
    pub fn look_again(&self) {
        self.again.store(true, Release);
    }

    /// Whether somebody has [asked](Self::look_again) since the last time.
    pub fn is_asked(&self) -> bool {
        self.again.load(Relaxed) && self.again.swap(false, Acquire)
    }

    /// Takes out all notes, for the sweeper, who says of each when it is [done](Self::done).
    pub fn take(&self) -> VecDeque<Bytes> {
        let mut taken = VecDeque::new();
        for queue in &self.queues {
            let waiting = &mut *queue.0.lock();
            self.taken.fetch_add(waiting.len(), Relaxed);
            taken.extend(waiting.recent.drain(..).chain(waiting.left.drain()));
        }
        taken
    }

    /// One of those that were taken is cut, or put back.
    pub fn done(&self) {
        self.taken.fetch_sub(1, Relaxed);
    }

    /// Notes that wait.
    pub fn len(&self) -> usize {
        let queues = self.queues.iter();
        let waiting: usize = queues.map(|queue| queue.0.lock().len()).sum();
        waiting + self.taken.load(Relaxed)
    }
}

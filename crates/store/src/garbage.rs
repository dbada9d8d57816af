//! What waits to be cut: keys that kept an older version because a snapshot needed it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;

/// A queue in which each key stands once.
#[derive(Debug, Default)]
pub(crate) struct Garbage(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<Arc<[u8]>>,
    keys: HashSet<Arc<[u8]>>,
}

impl Garbage {
    /// Notes that `key` kept an older version.
    pub fn note(&self, key: &[u8]) {
        let waiting = &mut *self.0.lock();
        if !waiting.keys.contains(key) {
            let key: Arc<[u8]> = key.into();
            waiting.keys.insert(Arc::clone(&key));
            waiting.queue.push_back(key);
        }
    }

    /// Takes out up to `limit` keys, those first that were noted first.
    pub fn take(&self, limit: usize) -> Vec<Arc<[u8]>> {
        let waiting = &mut *self.0.lock();
        let count = limit.min(waiting.queue.len());
        let taken: Vec<_> = waiting.queue.drain(..count).collect();
        for key in &taken {
            waiting.keys.remove(key);
        }
        taken
    }

    /// Keys that wait.
    pub fn len(&self) -> usize {
        self.0.lock().queue.len()
    }
}

//! What waits to be cut: keys that kept an older version because a snapshot needed it.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// A queue of keys.
#[derive(Debug, Default)]
pub(crate) struct Garbage(Mutex<VecDeque<Box<[u8]>>>);

impl Garbage {
    /// Notes that `key` kept an older version.
    pub fn note(&self, key: &[u8]) {
        self.0.lock().push_back(key.into());
    }

    /// Takes out up to `limit` keys, those first that were noted first.
    pub fn take(&self, limit: usize) -> Vec<Box<[u8]>> {
        let mut queue = self.0.lock();
        let count = limit.min(queue.len());
        queue.drain(..count).collect()
    }

    /// Keys that wait.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }
}

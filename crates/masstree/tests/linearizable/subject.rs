//! What the histories are recorded of: the map, and two that have a fault put in on purpose.

use std::collections::HashMap;
use std::sync::Mutex;

use masstree::{CompareError, Inline, Map};
use masstree_testkit::map_model::{MapOp, MapResult};

/// The narrowest map there is: ten entries a leaf, three separators an inner node.
pub type Narrow = Map<Inline<u64>, 10, 3>;

/// What the threads use: the map, or one that is faulty.
pub trait Subject: Sync {
    fn get(&self, key: &[u8]) -> Option<u64>;
    fn insert(&self, key: &[u8], value: u64) -> Option<u64>;
    fn remove(&self, key: &[u8]) -> Option<u64>;
    /// How many leaves and layers there are.
    fn census(&self) -> (usize, usize);
    fn apply(&self, key: &[u8], op: MapOp) -> MapResult {
        match op {
            MapOp::Insert(value) => MapResult::Previous(self.insert(key, value)),
            MapOp::Remove => MapResult::Previous(self.remove(key)),
            _ => MapResult::Previous(self.get(key)),
        }
    }
}

impl Subject for Narrow {
    fn get(&self, key: &[u8]) -> Option<u64> {
        Self::get(self, key)
    }

    fn insert(&self, key: &[u8], value: u64) -> Option<u64> {
        Self::insert(self, key, value).unwrap()
    }

    fn remove(&self, key: &[u8]) -> Option<u64> {
        Self::remove(self, key).unwrap()
    }

    fn census(&self) -> (usize, usize) {
        let stats = self.stats();
        (stats.leaves, stats.layers)
    }

    fn apply(&self, key: &[u8], op: MapOp) -> MapResult {
        let guard = self.guard();
        MapResult::Previous(match op {
            MapOp::Get => Self::get(self, key),
            MapOp::Insert(value) => Self::insert(self, key, value).unwrap(),
            MapOp::Remove => Self::remove(self, key).unwrap(),
            MapOp::InsertIfAbsent(value) => {
                return MapResult::Holds(self.get_or_insert_with(key, || value, &guard).unwrap());
            }
            MapOp::FetchAdd(by) => self
                .fetch_update(
                    key,
                    |value| Some(value.unwrap_or(0).wrapping_add(by)),
                    &guard,
                )
                .unwrap(),
            MapOp::CompareExchange { expected, new } => {
                return match self.compare_exchange(key, expected.as_ref(), new, &guard) {
                    Ok(_) => MapResult::Exchanged,
                    Err(CompareError::Differs(found)) => MapResult::Refused(found),
                    Err(CompareError::Insert(error)) => panic!("{error}"),
                };
            }
        })
    }
}

/// A map that answers some gets from what it remembers of earlier ones.
pub struct Stale {
    pub map: Narrow,
    pub remembered: Mutex<HashMap<Vec<u8>, Option<u64>>>,
}

impl Subject for Stale {
    fn get(&self, key: &[u8]) -> Option<u64> {
        let now = Map::get(&self.map, key);
        *self
            .remembered
            .lock()
            .unwrap()
            .entry(key.to_vec())
            .or_insert(now)
    }

    fn insert(&self, key: &[u8], value: u64) -> Option<u64> {
        Subject::insert(&self.map, key, value)
    }

    fn remove(&self, key: &[u8]) -> Option<u64> {
        Subject::remove(&self.map, key)
    }

    fn census(&self) -> (usize, usize) {
        self.map.census()
    }
}

/// A map whose inserts look and write in two steps, so that one may lose another.
pub struct Losing(pub Narrow);

impl Subject for Losing {
    fn get(&self, key: &[u8]) -> Option<u64> {
        Map::get(&self.0, key)
    }

    fn insert(&self, key: &[u8], value: u64) -> Option<u64> {
        let old = Map::get(&self.0, key);
        std::thread::yield_now();
        Subject::insert(&self.0, key, value);
        old
    }

    fn remove(&self, key: &[u8]) -> Option<u64> {
        Subject::remove(&self.0, key)
    }

    fn census(&self) -> (usize, usize) {
        self.0.census()
    }
}

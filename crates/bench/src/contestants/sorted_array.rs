//! Not a map but a measure: what the machine allows for lookups and scans in a sorted array that never changes.
//!
//! Single lookups go through a copy in Eytzinger order (the children of slot `i` are `2i` and `2i + 1`), whose first levels
//! stay in the cache. A batch walks all its keys down level by level, so that their cache misses overlap. Keys have 8 bytes.

use crate::contestant::{Contestant, Session, as_integer};

/// How many lookups walk side by side.
const LANES: usize = 32;

/// The array, twice: in order and in Eytzinger order.
pub struct SortedArray {
    pairs: Vec<(u64, u64)>,
    heap: Vec<u64>,
    ranks: Vec<u32>,
}

impl SortedArray {
    /// Puts the keys in Eytzinger order below `slot`, the next one to place being `next`.
    fn lay(&mut self, slot: usize, next: &mut usize) {
        if slot < self.heap.len() {
            self.lay(2 * slot, next);
            self.heap[slot] = self.pairs[*next].0;
            self.ranks[slot] = *next as u32;
            *next += 1;
            self.lay(2 * slot + 1, next);
        }
    }

    /// The value at the end of a walk: the last turn to the left on the way was at the smallest key not below `key`.
    #[inline]
    fn arrive(&self, end: usize, key: u64) -> Option<u64> {
        let slot = end >> (end.trailing_ones() + 1);
        (slot != 0 && self.heap[slot] == key).then(|| self.pairs[self.ranks[slot] as usize].1)
    }

    /// The rank of the first key not below `key`.
    #[inline]
    fn rank(&self, key: u64) -> usize {
        let mut slot = 1;
        while slot < self.heap.len() {
            slot = 2 * slot + usize::from(self.heap[slot] < key);
        }
        match slot >> (slot.trailing_ones() + 1) {
            0 => self.pairs.len(),
            slot => self.ranks[slot] as usize,
        }
    }
}

impl Contestant for SortedArray {
    const MAX_KEY_LEN: usize = 8;
    const GET_MANY: bool = true;
    const READ_ONLY: bool = true;

    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self {
            pairs: Vec::new(),
            heap: vec![0],
            ranks: vec![0],
        }
    }

    fn from_sorted<'k>(pairs: impl Iterator<Item = (&'k [u8], u64)>) -> Self {
        let pairs: Vec<_> = pairs.map(|(key, value)| (as_integer(key), value)).collect();
        let slots = pairs.len() + 1;
        let mut array = Self {
            pairs,
            heap: vec![0; slots],
            ranks: vec![0; slots],
        };
        array.lay(1, &mut 0);
        array
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl Session for &SortedArray {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        let key = as_integer(key);
        let mut slot = 1;
        while slot < self.heap.len() {
            slot = 2 * slot + usize::from(self.heap[slot] < key);
        }
        self.arrive(slot, key)
    }

    #[inline]
    fn get_many(&self, keys: &[&[u8]], mut visit: impl FnMut(usize, Option<u64>)) {
        let levels = self.heap.len().ilog2();
        for (block, keys) in keys.chunks(LANES).enumerate() {
            let mut wanted = [0; LANES];
            let mut slots = [1; LANES];
            for (lane, key) in keys.iter().enumerate() {
                wanted[lane] = as_integer(key);
            }
            for _ in 0..levels {
                for lane in 0..keys.len() {
                    slots[lane] =
                        2 * slots[lane] + usize::from(self.heap[slots[lane]] < wanted[lane]);
                }
            }
            for lane in 0..keys.len() {
                let slot = slots[lane];
                let end = match self.heap.get(slot) {
                    Some(found) => 2 * slot + usize::from(*found < wanted[lane]),
                    None => slot,
                };
                visit(block * LANES + lane, self.arrive(end, wanted[lane]));
            }
        }
    }

    fn insert(&self, _: &[u8], _: u64) {}

    fn remove(&self, _: &[u8]) -> bool {
        false
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let start = from.map_or(0, |from| self.rank(as_integer(from)));
        let _ = self.pairs[start..]
            .iter()
            .take(limit)
            .all(|(key, value)| visit(&key.to_be_bytes(), *value));
    }

    #[inline]
    fn scan_values(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(u64)) {
        let start = from.map_or(0, |from| self.rank(as_integer(from)));
        self.pairs[start..]
            .iter()
            .take(limit)
            .for_each(|(_, value)| visit(*value));
    }

    #[inline]
    fn scan_rev(
        &self,
        from: Option<&[u8]>,
        limit: usize,
        mut visit: impl FnMut(&[u8], u64) -> bool,
    ) {
        let end = from.map_or(self.pairs.len(), |from| {
            let key = as_integer(from);
            let rank = self.rank(key);
            rank + usize::from(self.pairs.get(rank).is_some_and(|pair| pair.0 == key))
        });
        let _ = self.pairs[..end]
            .iter()
            .rev()
            .take(limit)
            .all(|(key, value)| visit(&key.to_be_bytes(), *value));
    }
}

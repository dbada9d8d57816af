//! congee: an adaptive radix tree of 8-byte keys.
//!
//! It scans by filling a buffer for a range whose end is left out, so a walk is a chain of calls, and the key of all ones
//! is never seen by a scan. It does not walk in descending order.

use congee::U64Congee;
use congee::epoch::{Guard, pin};

use crate::contestant::{Contestant, Session, as_integer};

/// How many entries one call fills at most.
const BUFFER: usize = 128;

/// The tree.
pub struct Congee04(U64Congee<usize>);

/// The tree and a guard.
pub struct CongeeSession<'m> {
    tree: &'m U64Congee<usize>,
    guard: Guard,
}

impl Contestant for Congee04 {
    const MAX_KEY_LEN: usize = 8;
    const REVERSE: bool = false;

    type Session<'m> = CongeeSession<'m>;

    fn new() -> Self {
        Self(U64Congee::new())
    }

    #[inline]
    fn session(&self) -> CongeeSession<'_> {
        CongeeSession {
            tree: &self.0,
            guard: pin(),
        }
    }
}

impl Session for CongeeSession<'_> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        self.tree
            .get(as_integer(key), &self.guard)
            .map(|value| value as u64)
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        // Its only error is a failed allocation, which shows later as a wrong answer.
        let _ = self
            .tree
            .insert(as_integer(key), value as usize, &self.guard);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        self.tree.remove(as_integer(key), &self.guard).is_some()
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut start = from.map_or(0, as_integer);
        let mut left = limit;
        let mut buffer = [([0; 8], 0); BUFFER];
        while left > 0 {
            let room = left.min(BUFFER);
            let found = self
                .tree
                .range(start, u64::MAX, &mut buffer[..room], &self.guard);
            for (key, value) in &buffer[..found] {
                if !visit(key, *value as u64) {
                    return;
                }
            }
            if found < room {
                return;
            }
            left -= found;
            start = u64::from_be_bytes(buffer[found - 1].0).saturating_add(1);
        }
    }

    #[inline]
    fn scan_rev(&self, _: Option<&[u8]>, _: usize, _: impl FnMut(&[u8], u64) -> bool) {}
}

//! masstree 0.9.5 of the registry, with values beside the keys (its fastest map).
//!
//! It takes keys of at most 256 bytes. Inserts go through `insert_value_with_guard`, which writes an update in place.

use masstree_095::{MassTree15Inline, RangeBound};
use seize::LocalGuard;

use crate::contestant::{Contestant, Session};

/// The map.
pub struct Masstree095(MassTree15Inline<u64>);

/// The map and its guard.
pub struct Masstree095Session<'m> {
    map: &'m MassTree15Inline<u64>,
    guard: LocalGuard<'m>,
}

impl Contestant for Masstree095 {
    const MAX_KEY_LEN: usize = 256;

    type Session<'m> = Masstree095Session<'m>;

    fn new() -> Self {
        Self(MassTree15Inline::new())
    }

    #[inline]
    fn session(&self) -> Masstree095Session<'_> {
        Masstree095Session {
            map: &self.0,
            guard: self.0.guard(),
        }
    }
}

/// A bound that includes `key`, or none.
#[inline]
fn bound(key: Option<&[u8]>) -> RangeBound<'_> {
    key.map_or(RangeBound::Unbounded, RangeBound::Included)
}

impl Session for Masstree095Session<'_> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        self.map.get_with_guard(key, &self.guard)
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.map.insert_value_with_guard(key, value, &self.guard);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        matches!(self.map.remove_with_guard(key, &self.guard), Ok(Some(_)))
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut left = limit;
        self.map.scan(
            bound(from),
            RangeBound::Unbounded,
            |key, value| {
                left -= 1;
                visit(key, value) && left > 0
            },
            &self.guard,
        );
    }

    #[inline]
    fn scan_values(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(u64)) {
        let mut left = limit;
        self.map.scan_values(
            bound(from),
            RangeBound::Unbounded,
            |value| {
                left -= 1;
                visit(value);
                left > 0
            },
            &self.guard,
        );
    }

    #[inline]
    fn scan_rev(
        &self,
        from: Option<&[u8]>,
        limit: usize,
        mut visit: impl FnMut(&[u8], u64) -> bool,
    ) {
        let mut left = limit;
        self.map.scan_rev_batch(
            RangeBound::Unbounded,
            bound(from),
            |key, value| {
                left -= 1;
                visit(key, value) && left > 0
            },
            &self.guard,
        );
    }

    #[inline]
    fn scan_prefix(&self, prefix: &[u8], mut visit: impl FnMut(&[u8], u64)) {
        let each = |key: &[u8], value| {
            visit(key, value);
            true
        };
        self.map.scan_prefix(prefix, each, &self.guard);
    }
}

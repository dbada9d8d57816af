//! indexset's concurrent `BTreeMap`: nodes under locks, found through a skip list.
//!
//! Its lookups want a key of the map's own type, so that a lookup by bytes pays for a copy of the key.

use std::fmt::Debug;
use std::ops::Bound;

use indexset::concurrent::map::BTreeMap;

use crate::contestant::{Contestant, PeerKey, Session};

/// The map.
pub struct IndexsetMap<K: PeerKey + Debug>(BTreeMap<K, u64>);

impl<K: PeerKey + Debug> Contestant for IndexsetMap<K> {
    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self(BTreeMap::new())
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl<K: PeerKey + Debug> Session for &IndexsetMap<K> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        self.0.get(&K::owned(key)).map(|entry| entry.get().value)
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.0.insert(K::owned(key), value);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        self.0.remove(&K::owned(key)).is_some()
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => self.0.iter().take(limit).all(&mut each),
            Some(from) => {
                let start = K::owned(from);
                let bounds = (Bound::Included(&start), Bound::Unbounded);
                self.0.range::<K, _>(bounds).take(limit).all(&mut each)
            }
        };
    }

    #[inline]
    fn scan_rev(
        &self,
        from: Option<&[u8]>,
        limit: usize,
        mut visit: impl FnMut(&[u8], u64) -> bool,
    ) {
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => self.0.iter().rev().take(limit).all(&mut each),
            Some(from) => {
                let end = K::owned(from);
                let bounds = (Bound::Unbounded, Bound::Included(&end));
                self.0
                    .range::<K, _>(bounds)
                    .rev()
                    .take(limit)
                    .all(&mut each)
            }
        };
    }
}

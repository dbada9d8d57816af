//! crossbeam-skiplist's `SkipMap`: a lock-free skip list.

use std::borrow::Borrow;
use std::ops::Bound;

use crossbeam_skiplist::SkipMap;
use crossbeam_skiplist::map::Entry;

use crate::contestant::{Contestant, PeerKey, Session};

/// The skip list.
pub struct CrossbeamSkipMap<K>(SkipMap<K, u64>);

impl<K: PeerKey + Borrow<K::Query>> Contestant for CrossbeamSkipMap<K> {
    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self(SkipMap::new())
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl<K: PeerKey + Borrow<K::Query>> Session for &CrossbeamSkipMap<K> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        K::query(key, |query| self.0.get(query).map(|entry| *entry.value()))
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.0.insert(K::owned(key), value);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        K::query(key, |query| self.0.remove(query).is_some())
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut each =
            |entry: Entry<'_, K, u64>| entry.key().bytes(|bytes| visit(bytes, *entry.value()));
        match from {
            None => self.0.iter().take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let bounds = (Bound::Included(query), Bound::Unbounded);
                self.0
                    .range::<K::Query, _>(bounds)
                    .take(limit)
                    .all(&mut each)
            }),
        };
    }

    #[inline]
    fn scan_rev(
        &self,
        from: Option<&[u8]>,
        limit: usize,
        mut visit: impl FnMut(&[u8], u64) -> bool,
    ) {
        let mut each =
            |entry: Entry<'_, K, u64>| entry.key().bytes(|bytes| visit(bytes, *entry.value()));
        match from {
            None => self.0.iter().rev().take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let bounds = (Bound::Unbounded, Bound::Included(query));
                self.0
                    .range::<K::Query, _>(bounds)
                    .rev()
                    .take(limit)
                    .all(&mut each)
            }),
        };
    }
}

//! scc's `TreeIndex`: a B+ tree whose leaves are read without locks.

use std::borrow::Borrow;
use std::ops::Bound;

use scc::{Guard, TreeIndex};

use crate::contestant::{Contestant, PeerKey, Session};

/// The tree.
pub struct SccTreeIndex<K>(TreeIndex<K, u64>);

/// The tree and a guard.
pub struct SccSession<'m, K> {
    tree: &'m TreeIndex<K, u64>,
    guard: Guard,
}

impl<K: PeerKey + Borrow<K::Query>> Contestant for SccTreeIndex<K> {
    type Session<'m> = SccSession<'m, K>;

    fn new() -> Self {
        Self(TreeIndex::new())
    }

    #[inline]
    fn session(&self) -> SccSession<'_, K> {
        SccSession {
            tree: &self.0,
            guard: Guard::new(),
        }
    }
}

impl<K: PeerKey + Borrow<K::Query>> Session for SccSession<'_, K> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        K::query(key, |query| self.tree.peek(query, &self.guard).copied())
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.tree.upsert_sync(K::owned(key), value);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        K::query(key, |query| self.tree.remove_sync(query))
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => self.tree.iter(&self.guard).take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let bounds = (Bound::Included(query), Bound::Unbounded);
                self.tree
                    .range::<K::Query, _>(bounds, &self.guard)
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
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => self.tree.iter(&self.guard).rev().take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let bounds = (Bound::Unbounded, Bound::Included(query));
                self.tree
                    .range::<K::Query, _>(bounds, &self.guard)
                    .rev()
                    .take(limit)
                    .all(&mut each)
            }),
        };
    }
}

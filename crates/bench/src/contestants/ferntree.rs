//! The ferntree of this workspace: a B+tree for any keys.

use std::borrow::Borrow;

use ferntree::Tree;

use crate::contestant::{Contestant, PeerKey, Session};

/// The tree.
pub struct Ferntree<K: 'static>(Tree<K, u64>);

/// The keys that the tree can be asked for by what the workloads have.
pub trait FernKey: PeerKey + Borrow<<Self as PeerKey>::Query> {}

impl FernKey for u64 {}

impl FernKey for Vec<u8> {}

impl<K: FernKey> Contestant for Ferntree<K>
where
    K::Query: 'static,
{
    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self(Tree::new())
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl<K: FernKey> Session for &Ferntree<K>
where
    K::Query: 'static,
{
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        K::query(key, |query| self.0.get(query))
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.0.insert_defer(K::owned(key), value);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        K::query(key, |query| self.0.remove_defer(query))
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let mut iter = self.0.raw_iter();
        if let Some(from) = from {
            K::query(from, |query| iter.seek(query));
        }
        for _ in 0..limit {
            match iter.next() {
                Some((key, value)) if key.bytes(|bytes| visit(bytes, *value)) => {}
                _ => break,
            }
        }
    }

    #[inline]
    fn scan_values(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(u64)) {
        let mut iter = self.0.raw_iter();
        if let Some(from) = from {
            K::query(from, |query| iter.seek(query));
        }
        if limit == usize::MAX {
            while iter.for_each_in_leaf(|_, value| visit(*value)) {}
            return;
        }
        for _ in 0..limit {
            match iter.next() {
                Some((_, value)) => visit(*value),
                None => break,
            }
        }
    }

    #[inline]
    fn scan_rev(
        &self,
        from: Option<&[u8]>,
        limit: usize,
        mut visit: impl FnMut(&[u8], u64) -> bool,
    ) {
        let mut iter = self.0.raw_iter();
        match from {
            None => iter.seek_to_last(),
            Some(from) => K::query(from, |query| iter.seek_for_prev(query)),
        }
        for _ in 0..limit {
            match iter.prev() {
                Some((key, value)) if key.bytes(|bytes| visit(bytes, *value)) => {}
                _ => break,
            }
        }
    }
}

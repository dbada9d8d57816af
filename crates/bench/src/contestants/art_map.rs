//! artmap 0.8: an adaptive radix tree. 8-byte keys are held as arrays, others as `Vec<u8>`.

use std::borrow::Borrow;
use std::ops::Bound;

use artmap::{ArtMap, AsBytes, Guard};

use crate::contestant::{Contestant, Session};

/// The tree.
pub struct ArtMap08<K: ArtKey>(ArtMap<K, u64>);

/// The tree and a guard.
pub struct ArtSession<'m, K: ArtKey> {
    map: &'m ArtMap<K, u64>,
    guard: Guard<'m>,
}

/// The keys that the tree can hold.
pub trait ArtKey: AsBytes + Borrow<[u8]> + Clone + Send + Sync + 'static {
    /// A key to hold.
    fn owned(key: &[u8]) -> Self;
}

impl ArtKey for [u8; 8] {
    #[inline]
    fn owned(key: &[u8]) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(key);
        bytes
    }
}

impl ArtKey for Vec<u8> {
    #[inline]
    fn owned(key: &[u8]) -> Self {
        key.to_vec()
    }
}

impl<K: ArtKey> Contestant for ArtMap08<K> {
    type Session<'m> = ArtSession<'m, K>;

    fn new() -> Self {
        Self(ArtMap::new())
    }

    #[inline]
    fn session(&self) -> ArtSession<'_, K> {
        ArtSession {
            map: &self.0,
            guard: self.0.pin(),
        }
    }
}

impl<K: ArtKey> Session for ArtSession<'_, K> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        self.map
            .get_with_guard(key, &self.guard)
            .map(|entry| *entry.value())
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        self.map
            .insert_with_guard(K::owned(key), value, &self.guard);
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        self.map.remove_by_slice(key).is_some()
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let start = from.map_or(Bound::Unbounded, Bound::Included);
        let range = self
            .map
            .range_with_guard::<_, [u8]>((start, Bound::Unbounded), &self.guard);
        for entry in range.take(limit) {
            if !visit(entry.key().as_bytes(), *entry.value()) {
                break;
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
        let end = from.map_or(Bound::Unbounded, Bound::Included);
        let range = self
            .map
            .range_with_guard::<_, [u8]>((Bound::Unbounded, end), &self.guard);
        for entry in range.rev().take(limit) {
            if !visit(entry.key().as_bytes(), *entry.value()) {
                break;
            }
        }
    }
}

//! The standard library's `BTreeMap` under one lock: a reader-writer lock or a mutex, both from parking_lot.
//!
//! A session takes the lock anew for each operation, as a program that shares the map does. The two locks differ in how a
//! reader gets in, which is what [`Lock`] abstracts.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::{Bound, Deref};

use parking_lot::{Mutex, RwLock};

use crate::contestant::{Contestant, PeerKey, Session};

/// A lock around a value, with a read side.
pub trait Lock<T>: Send + Sync + 'static {
    /// Wraps the value.
    fn wrap(value: T) -> Self;
    /// Locks for reading.
    fn read(&self) -> impl Deref<Target = T>;
    /// Locks for writing and calls `change`.
    fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R;
}

impl<T: Send + Sync + 'static> Lock<T> for RwLock<T> {
    fn wrap(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> {
        RwLock::read(self)
    }

    #[inline]
    fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut RwLock::write(self))
    }
}

impl<T: Send + Sync + 'static> Lock<T> for Mutex<T> {
    fn wrap(value: T) -> Self {
        Self::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> {
        self.lock()
    }

    #[inline]
    fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.lock())
    }
}

/// A `BTreeMap` of `K` under the lock `L`.
pub struct LockedBTree<K, L> {
    map: L,
    keys: std::marker::PhantomData<fn() -> K>,
}

/// A `BTreeMap` under a reader-writer lock.
pub type RwLockBTree<K> = LockedBTree<K, RwLock<BTreeMap<K, u64>>>;

/// A `BTreeMap` under a mutex.
pub type MutexBTree<K> = LockedBTree<K, Mutex<BTreeMap<K, u64>>>;

impl<K, L> Contestant for LockedBTree<K, L>
where
    K: PeerKey + Borrow<K::Query>,
    L: Lock<BTreeMap<K, u64>>,
{
    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self {
            map: L::wrap(BTreeMap::new()),
            keys: std::marker::PhantomData,
        }
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl<K, L> Session for &LockedBTree<K, L>
where
    K: PeerKey + Borrow<K::Query>,
    L: Lock<BTreeMap<K, u64>>,
{
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        K::query(key, |query| self.map.read().get(query).copied())
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        let key = K::owned(key);
        self.map.write(|map| map.insert(key, value));
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        K::query(key, |query| {
            self.map.write(|map| map.remove(query)).is_some()
        })
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let map = self.map.read();
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => map.iter().take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let range = map.range::<K::Query, _>((Bound::Included(query), Bound::Unbounded));
                range.take(limit).all(&mut each)
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
        let map = self.map.read();
        let mut each = |(key, value): (&K, &u64)| key.bytes(|bytes| visit(bytes, *value));
        match from {
            None => map.iter().rev().take(limit).all(&mut each),
            Some(from) => K::query(from, |query| {
                let range = map.range::<K::Query, _>((Bound::Unbounded, Bound::Included(query)));
                range.rev().take(limit).all(&mut each)
            }),
        };
    }
}

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

/// Which lock.
pub trait Kind: 'static {
    /// The lock around a `T`.
    type Around<T: Send + Sync + 'static>: Lock<T>;
}

/// A reader-writer lock.
pub struct ReadWrite;

/// A mutex.
pub struct Exclusive;

impl Kind for ReadWrite {
    type Around<T: Send + Sync + 'static> = RwLock<T>;
}

impl Kind for Exclusive {
    type Around<T: Send + Sync + 'static> = Mutex<T>;
}

/// A `BTreeMap` of `K` under a lock.
pub struct LockedBTree<K: PeerKey, L: Kind>(L::Around<BTreeMap<K, u64>>);

/// A `BTreeMap` under a reader-writer lock.
pub type RwLockBTree<K> = LockedBTree<K, ReadWrite>;

/// A `BTreeMap` under a mutex.
pub type MutexBTree<K> = LockedBTree<K, Exclusive>;

impl<K: PeerKey + Borrow<K::Query>, L: Kind> Contestant for LockedBTree<K, L> {
    type Session<'m> = &'m Self;

    fn new() -> Self {
        Self(L::Around::wrap(BTreeMap::new()))
    }

    #[inline]
    fn session(&self) -> &Self {
        self
    }
}

impl<K: PeerKey + Borrow<K::Query>, L: Kind> Session for &LockedBTree<K, L> {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<u64> {
        K::query(key, |query| self.0.read().get(query).copied())
    }

    #[inline]
    fn insert(&self, key: &[u8], value: u64) {
        let key = K::owned(key);
        self.0.write(|map| map.insert(key, value));
    }

    #[inline]
    fn remove(&self, key: &[u8]) -> bool {
        K::query(key, |query| self.0.write(|map| map.remove(query)).is_some())
    }

    #[inline]
    fn scan(&self, from: Option<&[u8]>, limit: usize, mut visit: impl FnMut(&[u8], u64) -> bool) {
        let map = self.0.read();
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
        let map = self.0.read();
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

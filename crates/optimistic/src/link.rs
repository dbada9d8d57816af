//! A link from one shared object to another: a pointer that readers follow under a guard, and that may be changed meanwhile.
//!
//! The link owns one count of an `Arc`. Whoever changes the link retires that count, so what a reader has come to through the
//! link stays alive while its guard is held, whatever becomes of the link or of the object that the link is a part of.

use std::ptr;
use std::sync::Arc;

use crate::epoch::{self, Guard};
use crate::order;
use crate::sync::{AtomicPtr, Ordering::Relaxed};

/// A changeable link to a `T`, or to nothing.
///
/// # Examples
/// ```
/// use optimistic::{Link, epoch};
/// use std::sync::Arc;
///
/// let link = Link::new(Some(Arc::new(1)));
/// let guard = epoch::pin();
/// let seen = link.get(&guard);
/// link.set(None, &guard);
/// assert_eq!((seen, link.get(&guard)), (Some(&1), None));
/// ```
#[derive(Debug)]
pub struct Link<T: Send + Sync + 'static>(AtomicPtr<T>);

fn into_raw<T>(target: Option<Arc<T>>) -> *mut T {
    target.map_or(ptr::null_mut(), |arc| Arc::into_raw(arc).cast_mut())
}

unsafe fn release<T>(pointer: *mut T) {
    // SAFETY: the pointer came from `Arc::into_raw`, and its count is given back once.
    drop(unsafe { Arc::from_raw(pointer) });
}

impl<T: Send + Sync + 'static> Link<T> {
    /// A link to `target`.
    pub fn new(target: Option<Arc<T>>) -> Self {
        Self(AtomicPtr::new(into_raw(target)))
    }

    /// What it links to, for as long as the guard is held.
    #[inline]
    pub fn get<'g>(&self, _guard: &'g Guard) -> Option<&'g T> {
        // SAFETY: the count that the link had when it was loaded is given back only after the guard has been dropped.
        unsafe { self.0.load(order::FOLLOW_NODE).as_ref() }
    }

    /// What it links to, to keep.
    pub fn share(&self, _guard: &Guard) -> Option<Arc<T>> {
        let pointer = self.0.load(order::FOLLOW_NODE);
        if pointer.is_null() {
            return None;
        }
        // SAFETY: as for `get`; a count of the caller's own is added while the link's is still there.
        unsafe {
            Arc::increment_strong_count(pointer);
            Some(Arc::from_raw(pointer))
        }
    }

    /// Whether it links to nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.load(Relaxed).is_null()
    }

    /// Links to `target` without a count of it.
    ///
    /// # Safety
    /// Nobody else can reach the link before the caller has a count of `target` to give away to it, and calls [`disown`](Self::disown) if
    /// that does not come to be.
    pub unsafe fn borrow(&self, target: &T) {
        self.0.store(ptr::from_ref(target).cast_mut(), Relaxed);
    }

    /// Links to nothing, and gives no count back.
    ///
    /// # Safety
    /// The link has none, since [`borrow`](Self::borrow), and nobody else can reach it.
    pub unsafe fn disown(&self) {
        self.0.store(ptr::null_mut(), Relaxed);
    }

    /// Links to `target` from now on, if it links to `expected`. Whether it did.
    pub fn replace(&self, expected: &T, target: Option<Arc<T>>, guard: &Guard) -> bool {
        let (expected, new) = (ptr::from_ref(expected).cast_mut(), into_raw(target));
        let exchanged = self.0.compare_exchange(expected, new, order::LINK, Relaxed);
        let unused = exchanged.unwrap_or(new);
        if !unused.is_null() {
            // SAFETY: either the link's count of the old target, taken by the exchange once, or the new target's, which the link did not take.
            unsafe { guard.retire(unused, release) };
        }
        exchanged.is_ok()
    }

    /// Links to `target` from now on.
    pub fn set(&self, target: Option<Arc<T>>, guard: &Guard) {
        let old = self.0.swap(into_raw(target), order::LINK);
        if !old.is_null() {
            // SAFETY: the swap took the link's count, once; later loads find another pointer.
            unsafe { guard.retire(old, release) };
        }
    }
}

impl<T: Send + Sync + 'static> Drop for Link<T> {
    /// Retires the count: a reader may have come through here and still hold its guard. A chain is freed link by link, not by recursion.
    fn drop(&mut self) {
        let target = self.0.load(Relaxed);
        if !target.is_null() {
            // SAFETY: nobody else can reach the link any more, and its count is given back once.
            unsafe { epoch::pin().retire(target, release) };
        }
    }
}

/// A value with a link to an older one: what a map's word points to when each key has a chain of values, the newest first.
///
/// # Examples
/// ```
/// use optimistic::{epoch, link::Chained};
/// use std::sync::Arc;
///
/// let old = Arc::new(Chained::new("old", None));
/// let new = Chained::new("new", Some(old));
/// let below = new.older().get(&epoch::pin()).map(|old| **old);
/// assert_eq!((*new, below), ("new", Some("old")));
/// ```
#[derive(Debug)]
pub struct Chained<T: Send + Sync + 'static> {
    value: T,
    older: Link<Chained<T>>,
}

impl<T: Send + Sync + 'static> Chained<T> {
    /// `value`, on top of `older`.
    pub fn new(value: T, older: Option<Arc<Self>>) -> Self {
        let older = Link::new(older);
        Self { value, older }
    }

    /// The link to the older one.
    pub fn older(&self) -> &Link<Self> {
        &self.older
    }
}

impl<T: Send + Sync + 'static> std::ops::Deref for Chained<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

//! The guard of a map.

use std::marker::PhantomData;
use std::ptr;

use optimistic::epoch;

use crate::finger::{Deep, Shallow};

/// Keeps what a reader has seen allocated: take one for a batch of operations.
///
/// References from [`get_ref`](crate::Map::get_ref), scans and iterators borrow from a guard and cannot outlive it. While a guard is
/// held nothing that was removed meanwhile, in any map of the process, is freed: drop it, or [`refresh`](Guard::refresh) it, between batches.
///
/// A guard belongs to its thread, so the compiler refuses one that is held across an `.await` in a task that may move:
///
/// ```compile_fail
/// fn spawn<F: Future + Send>(_: F) {}
/// let map = std::sync::Arc::new(masstree::MassTree::<u64>::new());
/// spawn(async move {
///     let guard = map.guard();
///     std::future::ready(()).await;
///     map.get_ref(b"k", &guard);
/// });
/// ```
///
/// Nor can a reference outlive its guard:
///
/// ```compile_fail
/// let map = masstree::MassTree::<u64>::new();
/// let guard = map.guard();
/// let value = map.get_ref(b"k", &guard);
/// drop(guard);
/// println!("{value:?}");
/// ```
///
/// Or a guard its map:
///
/// ```compile_fail
/// let map = masstree::MassTree::<u64>::new();
/// let guard = map.guard();
/// drop(map);
/// drop(guard);
/// ```
///
/// What has been removed waits in batches of 64 objects a thread until it is handed to the collector; [`flush`](Guard::flush) does so at once.
/// A guard of another map is harmless: all maps of a process share one collector.
pub struct Guard<'m> {
    pub(crate) epoch: epoch::Guard,
    /// The map that made it, which it cannot outlive.
    pub(crate) owner: *const (),
    /// Where the last lookups under this guard ended.
    pub(crate) shallow: Shallow,
    pub(crate) deep: Deep,
    map: PhantomData<&'m ()>,
}

impl Guard<'_> {
    /// A guard of `map` for the calling thread.
    #[inline(always)]
    pub(crate) fn new<M>(map: &M) -> Self {
        Self {
            epoch: epoch::pin(),
            owner: ptr::from_ref(map).cast(),
            shallow: Shallow::new(),
            deep: Deep::new(),
            map: PhantomData,
        }
    }

    /// Lets go of everything seen so far, so that it can be freed, and goes on.
    #[inline]
    pub fn refresh(&mut self) {
        self.shallow.clear();
        self.deep.clear();
        self.epoch.repin();
    }

    /// Hands what this thread has removed to the collector now, not when the next batch is full.
    pub fn flush(&self) {
        self.epoch.flush();
    }
}

impl std::fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl AsRef<epoch::Guard> for Guard<'_> {
    /// The collector's guard, for what else is kept alive by it.
    fn as_ref(&self) -> &epoch::Guard {
        &self.epoch
    }
}

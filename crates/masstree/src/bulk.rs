//! Loading many pairs: sorted pairs with several threads, and std's collection traits.

use std::fmt;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crate::bound::RangeBound;
use crate::error::InsertError;
use crate::map::Map;
use crate::storage::{Inline, Shared, Storage};

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Inserts sorted pairs with `threads` threads (all cores, if `None`), each an ascending run of its own; leaves fill up one after the other.
    /// Pairs that are not sorted are inserted all the same, more slowly. Returns how many keys were new.
    ///
    /// # Errors
    /// The first [`InsertError`] that a thread met; pairs before it, and those of other threads, are inserted.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u64>::new();
    /// let pairs: Vec<([u8; 8], u64)> = (0..1000_u64).map(|i| (i.to_be_bytes(), i)).collect();
    /// assert_eq!(map.bulk_load(pairs, None), Ok(1000));
    /// ```
    pub fn bulk_load<K>(
        &self,
        pairs: Vec<(K, S::Value)>,
        threads: Option<NonZero<usize>>,
    ) -> Result<usize, InsertError>
    where
        K: AsRef<[u8]> + Send,
    {
        const SMALLEST_SHARE: usize = 4096;
        let threads = threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZero::get);
        let share = pairs.len().div_ceil(threads).max(SMALLEST_SHARE);
        let fresh = AtomicUsize::new(0);
        let load = |pairs: Vec<(K, S::Value)>| -> Result<(), InsertError> {
            let mut guard = self.guard();
            for (count, (key, value)) in pairs.into_iter().enumerate() {
                if count % SMALLEST_SHARE == 0 {
                    guard.refresh();
                }
                if self
                    .insert_with_guard(key.as_ref(), value, &guard)?
                    .is_none()
                {
                    fresh.fetch_add(1, Relaxed);
                }
            }
            Ok(())
        };
        let mut shares = Vec::new();
        let mut rest = pairs.into_iter();
        loop {
            let pairs: Vec<_> = rest.by_ref().take(share).collect();
            if pairs.is_empty() {
                break;
            }
            shares.push(pairs);
        }
        if shares.len() == 1 {
            shares.into_iter().try_for_each(load)?;
        } else {
            thread::scope(|scope| {
                let running: Vec<_> = shares
                    .into_iter()
                    .map(|pairs| scope.spawn(|| load(pairs)))
                    .collect();
                // A thread panics only if a key's `as_ref` or a value's drop does: so does this call, then.
                running
                    .into_iter()
                    .map(|thread| thread.join())
                    .try_for_each(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
            })?;
        }
        Ok(fresh.into_inner())
    }
}

impl<S: Storage, const W: usize, const I: usize, K: AsRef<[u8]>> Extend<(K, S::Value)>
    for Map<S, W, I>
{
    /// # Panics
    /// If an insert is refused; use [`Map::insert_many`] for an error instead.
    fn extend<T: IntoIterator<Item = (K, S::Value)>>(&mut self, pairs: T) {
        let inserted = self.insert_many(pairs, &self.guard());
        assert!(inserted.is_ok(), "extend: {inserted:?}");
    }
}

impl<S: Storage, const W: usize, const I: usize, K: AsRef<[u8]>> FromIterator<(K, S::Value)>
    for Map<S, W, I>
{
    /// # Panics
    /// As [`extend`](Extend::extend).
    fn from_iter<T: IntoIterator<Item = (K, S::Value)>>(pairs: T) -> Self {
        let mut map = Self::new();
        map.extend(pairs);
        map
    }
}

/// Owned pairs in ascending order, taken out of the map as they are asked for. From [`Map::into_iter`].
pub struct IntoIter<S: Storage, const W: usize, const I: usize>(Map<S, W, I>);

impl<S: Storage, const W: usize, const I: usize> fmt::Debug for IntoIter<S, W, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter")
            .field("len", &self.0.len())
            .finish()
    }
}

impl<S: Storage, const W: usize, const I: usize> Iterator for IntoIter<S, W, I> {
    type Item = (Vec<u8>, S::Owned);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.pop_first(&self.0.guard())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<S: Storage, const W: usize, const I: usize> DoubleEndedIterator for IntoIter<S, W, I> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.pop_last(&self.0.guard())
    }
}

impl<S: Storage, const W: usize, const I: usize> std::iter::FusedIterator for IntoIter<S, W, I> {}

impl<S: Storage, const W: usize, const I: usize> IntoIterator for Map<S, W, I> {
    type Item = (Vec<u8>, S::Owned);
    type IntoIter = IntoIter<S, W, I>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter(self)
    }
}

/// Copies every entry with what `value` makes of it.
///
/// # Panics
/// If there is no memory for a node.
fn copy<S: Storage, const W: usize, const I: usize>(
    map: &Map<S, W, I>,
    mut value: impl FnMut(S::Ref<'_>) -> S::Value,
) -> Map<S, W, I> {
    let copy = Map::new();
    let guard = copy.guard();
    let mut error = None;
    map.scan_ref(
        RangeBound::Unbounded,
        RangeBound::Unbounded,
        |key, old| {
            error = copy.insert_with_guard(key, value(old), &guard).err();
            error.is_none()
        },
        &guard,
    );
    assert!(error.is_none(), "clone: {error:?}");
    drop(guard);
    copy
}

impl<V: Clone + Send + Sync + 'static, const W: usize, const I: usize> Clone
    for Map<Shared<V>, W, I>
{
    /// A map of its own with a clone of each value. Entries that change meanwhile are in it as before or after.
    fn clone(&self) -> Self {
        copy(self, V::clone)
    }
}

impl<V: bytemuck::NoUninit + Send + Sync, const W: usize, const I: usize> Clone
    for Map<Inline<V>, W, I>
{
    /// A map of its own. Entries that change meanwhile are in it as before or after.
    fn clone(&self) -> Self {
        copy(self, |value| value)
    }
}

impl<S: Storage, const W: usize, const I: usize> fmt::Debug for Map<S, W, I>
where
    S::Owned: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        self.scan(
            RangeBound::Unbounded,
            RangeBound::Unbounded,
            |key, value| {
                map.entry(&key.escape_ascii().to_string(), &value);
                true
            },
            &self.guard(),
        );
        map.finish()
    }
}

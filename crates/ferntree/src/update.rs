//! Reading, deciding and writing as one step.
//!
//! Closures and comparisons of values run outside of all locks, on the value that was found. Their outcome is stored if that value is still there, and
//! otherwise they run again on the one that is.

use std::borrow::Borrow;

use optimistic::epoch::{self, Guard};

use crate::bits::Bits;
use crate::error::Differs;
use crate::key::{FreshKey, Probe};
use crate::tree::GenericTree;
use crate::value::{self, FreshValue};
use crate::write::{Expect, Written};

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// A clone of the value of `key`; `default` is inserted first if the key is not there.
    pub fn get_or_insert(&self, key: K, default: V) -> V
    where
        V: Clone,
    {
        let guard = epoch::pin();
        let mut fresh = FreshValue::new(default);
        let bits = fresh.bits();
        let stored = self.store(&mut FreshKey::new(key), &mut fresh, Expect::Absent, &guard);
        let bits = match stored {
            Written::Done(_) => bits,
            Written::Refused(found) => found.unwrap_or(bits),
        };
        // SAFETY: in the tree under the guard.
        unsafe { value::reference::<V>(&bits) }.clone()
    }

    /// A clone of the value of `key`; what `make` returns is inserted first if the key is not there.
    ///
    /// All callers get the one value that was stored. `make` may run in vain when somebody else inserts meanwhile; then its result is dropped.
    ///
    /// # Examples
    /// ```
    /// let tree = ferntree::Tree::<u32, String>::new();
    /// assert_eq!(tree.get_or_insert_with(1, || "made".to_string()), "made");
    /// assert_eq!(tree.get_or_insert_with(1, || unreachable!()), "made");
    /// ```
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> V
    where
        V: Clone,
    {
        if let Some(value) = self.find_clone(&key) {
            return value;
        }
        self.get_or_insert(key, make())
    }

    fn find_clone(&self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        let guard = epoch::pin();
        let bits = self.find(&Probe::<K, _>::new(key), &guard)?;
        // SAFETY: validated under the guard.
        Some(unsafe { value::reference::<V>(&bits) }.clone())
    }

    /// Sets the value of `key` to what `change` makes of it, if the key is there. Returns a clone of the value before.
    ///
    /// `change` may run again when others write meanwhile; one result is stored.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = [(1, 10)].into_iter().collect();
    /// assert_eq!(tree.update(&1, |n| n + 1), Some(10));
    /// assert_eq!(tree.get(&1), Some(11));
    /// ```
    pub fn update<Q>(&self, key: &Q, mut change: impl FnMut(&V) -> V) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        let guard = epoch::pin();
        let probe = Probe::<K, _>::new(key);
        let mut seen = self.find(&probe, &guard);
        loop {
            let bits = seen?;
            // SAFETY: validated under the guard.
            let value = unsafe { value::reference::<V>(&bits) };
            let mut fresh = FreshValue::new(change(value));
            match self.store_present(&probe, &mut fresh, Expect::Value(bits), &guard) {
                Written::Done(_) => return Some(value.clone()),
                Written::Refused(found) => seen = found,
            }
        }
    }

    /// Sets `key` to what `change` makes of its value, or of its absence; `None` leaves it as it is. Returns a clone of the value before.
    ///
    /// `change` may run again when others write meanwhile; one result is stored.
    ///
    /// # Examples
    /// ```
    /// let hits = ferntree::Tree::<u32, u32>::new();
    /// for _ in 0..3 {
    ///     hits.fetch_update(7, |n| Some(n.unwrap_or(&0) + 1));
    /// }
    /// assert_eq!(hits.get(&7), Some(3));
    /// ```
    pub fn fetch_update(&self, key: K, change: impl FnMut(Option<&V>) -> Option<V>) -> Option<V>
    where
        V: Clone,
    {
        let guard = epoch::pin();
        let (before, _) = self.upsert(key, change, &guard);
        // SAFETY: validated under the guard.
        before.map(|bits| unsafe { value::reference::<V>(&bits) }.clone())
    }

    /// What [`fetch_update`](Self::fetch_update) does: the value before and the one after.
    pub(crate) fn upsert(
        &self,
        key: K,
        mut change: impl FnMut(Option<&V>) -> Option<V>,
        guard: &Guard,
    ) -> (Option<Bits>, Option<Bits>) {
        let mut key = FreshKey::new(key);
        let mut seen = self.find(&Probe::<K, _>::new(key.get()), guard);
        loop {
            // SAFETY: validated under the guard.
            let value = seen
                .as_ref()
                .map(|bits| unsafe { value::reference::<V>(bits) });
            let Some(new) = change(value) else {
                return (seen, seen);
            };
            let mut fresh = FreshValue::new(new);
            let bits = fresh.bits();
            let expect = seen.map_or(Expect::Absent, Expect::Value);
            match self.store(&mut key, &mut fresh, expect, guard) {
                Written::Done(before) => return (before, Some(bits)),
                Written::Refused(found) => seen = found,
            }
        }
    }

    /// Sets `key` to `new` (`None`: absent) if its value is `expected` (`None`: absent). Returns the value before.
    ///
    /// # Errors
    /// [`Differs`] with a clone of what was there instead; then nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use ferntree::error::Differs;
    /// let tree = ferntree::Tree::<u32, u32>::new();
    /// assert_eq!(tree.compare_exchange(1, None, Some(10)), Ok(None));
    /// assert_eq!(tree.compare_exchange(1, Some(&11), Some(12)), Err(Differs(Some(10))));
    /// assert_eq!(tree.compare_exchange(1, Some(&10), None), Ok(Some(10)));
    /// ```
    pub fn compare_exchange(
        &self,
        key: K,
        expected: Option<&V>,
        new: Option<V>,
    ) -> Result<Option<V>, Differs<V>>
    where
        V: PartialEq + Clone,
    {
        let guard = epoch::pin();
        let mut key = FreshKey::new(key);
        let mut new = new.map(FreshValue::new);
        let mut seen = self.find(&Probe::<K, _>::new(key.get()), &guard);
        loop {
            // SAFETY: validated under the guard.
            let value = seen
                .as_ref()
                .map(|bits| unsafe { value::reference::<V>(bits) });
            if value != expected {
                return Err(Differs(value.cloned()));
            }
            let expect = seen.map_or(Expect::Absent, Expect::Value);
            let outcome = match (&mut new, seen) {
                (Some(new), _) => self.store(&mut key, new, expect, &guard).into_result(),
                (None, Some(_)) => self
                    .take(key.get(), expect, &guard)
                    .map(|taken| Some(taken.value)),
                (None, None) => Ok(None),
            };
            match outcome {
                Ok(_) => return Ok(value.cloned()),
                Err(found) => seen = found,
            }
        }
    }
}

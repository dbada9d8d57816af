//! Atomic read-modify-write.
//!
//! A closure runs outside of all locks on what was read; its result is stored under the leaf's lock if what was read still stands there, and dropped
//! otherwise, and the closure runs again. So each result is stored once or never, and a closure that panics leaves the map as it was.

use crate::error::InsertError;
use crate::guard::Guard;
use crate::map::Map;
use crate::storage::{Storage, Word};
use crate::write::{Expect, Fresh, Written};

/// Why a [`compare_exchange`](Map::compare_exchange) did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareError<O> {
    /// The key had this value instead.
    Differs(Option<O>),
    /// The new value could not be inserted.
    Insert(InsertError),
}

impl<O> std::fmt::Display for CompareError<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Differs(Some(_)) => f.write_str("the key has another value"),
            Self::Differs(None) => f.write_str("the key is not there"),
            Self::Insert(error) => error.fmt(f),
        }
    }
}

impl<O: std::fmt::Debug> std::error::Error for CompareError<O> {}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Puts `key` to `new` (takes it out, if `new` is `None`) if its value is `expected` (if it is not there, when `None`). Returns what it was.
    ///
    /// Values behind `Arc`s are the same if they are the same `Arc`, inline values if they have the same bytes.
    ///
    /// # Errors
    /// [`CompareError::Differs`] with the value found, or [`CompareError::Insert`]; then nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use masstree::{CompareError, MassTreeInline};
    /// let map = MassTreeInline::<u8>::new();
    /// let guard = map.guard();
    /// assert_eq!(map.compare_exchange(b"k", None, Some(1), &guard), Ok(None));
    /// assert_eq!(map.compare_exchange(b"k", Some(&2), Some(3), &guard), Err(CompareError::Differs(Some(1))));
    /// assert_eq!(map.compare_exchange(b"k", Some(&1), None, &guard), Ok(Some(1)));
    /// ```
    pub fn compare_exchange(
        &self,
        key: &[u8],
        expected: Option<&S::Owned>,
        new: Option<S::Value>,
        guard: &Guard<'_>,
    ) -> Result<Option<S::Owned>, CompareError<S::Owned>> {
        let expect = expected.map_or(Expect::Absent, |owned| Expect::Word(S::identity(owned)));
        let written = match new {
            Some(value) => self
                .write(key, expect, Fresh::new(value), guard)
                .map_err(CompareError::Insert)?,
            None if expected.is_none() => match self.find(key, guard) {
                None => Written::Stored(None),
                found => Written::Refused(found),
            },
            None => self.take(key, expect, guard),
        };
        match written {
            Written::Stored(old) => Ok(old.map(|word| self.take_out(word, guard))),
            // SAFETY: the word was in the map under the guard.
            Written::Refused(found) => Err(CompareError::Differs(
                found.map(|word| unsafe { S::owned(word) }),
            )),
        }
    }

    /// The value of `key`; if it is not there, the value that `make` returns is inserted first. `make` may run and its result be dropped when
    /// somebody else inserts meanwhile.
    ///
    /// # Errors
    /// [`InsertError`].
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTree::<String>::new();
    /// let guard = map.guard();
    /// let value = map.get_or_insert_with(b"k", || "made".to_string(), &guard).unwrap();
    /// assert_eq!(*value, "made");
    /// ```
    pub fn get_or_insert_with(
        &self,
        key: &[u8],
        mut make: impl FnMut() -> S::Value,
        guard: &Guard<'_>,
    ) -> Result<S::Owned, InsertError> {
        loop {
            if let Some(word) = self.find(key, guard) {
                // SAFETY: found under the guard.
                return Ok(unsafe { S::owned(word) });
            }
            let fresh = Fresh::<S>::new(make());
            let word = fresh.word();
            // SAFETY: `fresh` owns the word; a handle taken before it is shared cannot miss it.
            let owned = unsafe { S::owned(word) };
            match self.write(key, Expect::Absent, fresh, guard)? {
                Written::Stored(_) => return Ok(owned),
                // SAFETY: the word was in the map under the guard.
                Written::Refused(Some(found)) => return Ok(unsafe { S::owned(found) }),
                Written::Refused(None) => {}
            }
        }
    }

    /// Puts `key` to what `change` makes of its value if it is there, or else to what `make` returns. Returns what is there then.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed.
    ///
    /// # Consistency
    /// As [`fetch_update`](Self::fetch_update): one result of one of the closures is stored.
    pub fn modify_or_insert_with(
        &self,
        key: &[u8],
        mut change: impl FnMut(S::Ref<'_>) -> S::Value,
        mut make: impl FnMut() -> S::Value,
        guard: &Guard<'_>,
    ) -> Result<S::Owned, InsertError> {
        let mut seen = self.find(key, guard);
        loop {
            let fresh = Fresh::<S>::new(match seen {
                // SAFETY: the word was in the map under the guard.
                Some(word) => change(unsafe { S::reference(word) }),
                None => make(),
            });
            // SAFETY: `fresh` owns the word; a handle taken before it is shared cannot miss it.
            let owned = unsafe { S::owned(fresh.word()) };
            let expect = seen.map_or(Expect::Absent, Expect::Word);
            match self.write(key, expect, fresh, guard)? {
                Written::Stored(old) => {
                    drop(old.map(|word| self.take_out(word, guard)));
                    return Ok(owned);
                }
                Written::Refused(found) => seen = found,
            }
        }
    }

    /// Puts `key` to what `change` makes of its value, absent or not; `None` leaves the map as it is. Returns what it was before.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed.
    ///
    /// # Consistency
    /// Atomic: no other write comes between what `change` saw and what is stored. `change` may run several times; one result is stored.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u64>::new();
    /// let guard = map.guard();
    /// for _ in 0..3 {
    ///     map.fetch_update(b"hits", |hits| Some(hits.unwrap_or(0) + 1), &guard).unwrap();
    /// }
    /// assert_eq!(map.get(b"hits"), Some(3));
    /// ```
    pub fn fetch_update(
        &self,
        key: &[u8],
        mut change: impl FnMut(Option<S::Ref<'_>>) -> Option<S::Value>,
        guard: &Guard<'_>,
    ) -> Result<Option<S::Owned>, InsertError> {
        let mut seen = self.find(key, guard);
        loop {
            // SAFETY: the word was in the map under the guard.
            let Some(value) = change(seen.map(|word| unsafe { S::reference(word) })) else {
                // SAFETY: as above.
                return Ok(seen.map(|word| unsafe { S::owned(word) }));
            };
            let expect = seen.map_or(Expect::Absent, Expect::Word);
            match self.write(key, expect, Fresh::new(value), guard)? {
                Written::Stored(old) => return Ok(old.map(|word| self.take_out(word, guard))),
                Written::Refused(found) => seen = found,
            }
        }
    }

    /// Puts `key` to what `change` makes of its value, if it is there. Returns what it was before.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed.
    pub fn update(
        &self,
        key: &[u8],
        mut change: impl FnMut(S::Ref<'_>) -> S::Value,
        guard: &Guard<'_>,
    ) -> Result<Option<S::Owned>, InsertError> {
        self.fetch_update(key, |value| value.map(&mut change), guard)
    }

    /// Takes `key` out if `condition` holds for its value. Returns the value taken out.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u64>::new();
    /// let guard = map.guard();
    /// map.insert(b"k", 1).unwrap();
    /// assert_eq!(map.remove_if(b"k", |value| value > 1, &guard), None);
    /// assert_eq!(map.remove_if(b"k", |value| value == 1, &guard), Some(1));
    /// ```
    pub fn remove_if(
        &self,
        key: &[u8],
        mut condition: impl FnMut(S::Ref<'_>) -> bool,
        guard: &Guard<'_>,
    ) -> Option<S::Owned> {
        let mut seen: Option<Word> = self.find(key, guard);
        loop {
            let word = seen?;
            // SAFETY: the word was in the map under the guard.
            if !condition(unsafe { S::reference(word) }) {
                return None;
            }
            match self.take(key, Expect::Word(word), guard) {
                Written::Stored(old) => return old.map(|word| self.take_out(word, guard)),
                Written::Refused(found) => seen = found,
            }
        }
    }
}

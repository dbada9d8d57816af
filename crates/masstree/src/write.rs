//! Every write that leaves a value behind: one walk, one decision under the leaf's lock.
//!
//! Insert, update, compare-exchange and the entry interface differ only in what they expect to find ([`Expect`]). User code never runs here:
//! a closure's result is computed before, and the walk checks under the lock that what it was computed from still stands.

use std::marker::PhantomData;
use std::mem;

use optimistic::Locked;
use optimistic::backoff::Backoff;

use crate::build::new_slot;
use crate::deepen::Newcomer;
use crate::descend::{Restart, Stamped};
use crate::error::{InsertError, MAX_KEY_LEN};
use crate::get::{Found, again, look, look_for_end};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::{Map, retire_value};
use crate::node::Anchor;
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::memory::Count;
use crate::node::record::Record;
use crate::node::slot::KIND_RECORD;
use crate::storage::{Storage, Word};

/// What a write expects of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Anything,
    Absent,
    /// The value with this word.
    Word(Word),
}

impl Expect {
    #[inline]
    pub fn admits(self, found: Option<Word>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => found.is_none(),
            Self::Word(word) => found == Some(word),
        }
    }
}

/// A value on its way into the map; released if it does not get there.
pub(crate) struct Fresh<S: Storage>(Word, PhantomData<S>);

impl<S: Storage> Fresh<S> {
    #[inline]
    pub fn new(value: S::Value) -> Self {
        Self(S::into_word(value), PhantomData)
    }

    #[inline]
    pub fn word(&self) -> Word {
        self.0
    }

    /// The map owns the word now.
    #[inline]
    pub fn stored(self) {
        mem::forget(self);
    }
}

impl<S: Storage> Drop for Fresh<S> {
    fn drop(&mut self) {
        // SAFETY: the word never got into the map, and this is its only owner.
        unsafe { S::release(self.0) };
    }
}

/// Why a walk did not end in a decision.
#[derive(Debug)]
pub(crate) enum Stop {
    Restart,
    Failed(InsertError),
}

impl From<Restart> for Stop {
    fn from(_: Restart) -> Self {
        Self::Restart
    }
}

impl From<InsertError> for Stop {
    fn from(error: InsertError) -> Self {
        Self::Failed(error)
    }
}

/// How a write ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Written {
    /// The value is in the map; the word that it replaced, which the caller has to retire.
    Stored(Option<Word>),
    /// What was found is not what was expected; nothing has changed.
    Refused(Option<Word>),
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Puts `key` to `value` and returns the value that it had.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed and `value` is dropped.
    ///
    /// # Consistency
    /// Linearizable.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u32>::new();
    /// assert_eq!(map.insert(b"k", 1), Ok(None));
    /// assert_eq!(map.insert(b"k", 2), Ok(Some(1)));
    /// assert!(map.insert(&[0; 65_537], 3).is_err());
    /// ```
    #[inline]
    pub fn insert(&self, key: &[u8], value: S::Value) -> Result<Option<S::Owned>, InsertError> {
        self.insert_with_guard(key, value, &self.guard())
    }

    /// [`insert`](Self::insert) under a guard of the caller's.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    #[inline]
    pub fn insert_with_guard(
        &self,
        key: &[u8],
        value: S::Value,
        guard: &Guard<'_>,
    ) -> Result<Option<S::Owned>, InsertError> {
        match self.write(key, Expect::Anything, Fresh::new(value), guard)? {
            Written::Stored(old) => Ok(old.map(|word| self.take_out(word, guard))),
            Written::Refused(_) => Ok(None),
        }
    }

    /// A handle on a word that has left the map, which retires it.
    #[inline]
    pub(crate) fn take_out(&self, word: Word, guard: &Guard<'_>) -> S::Owned {
        // SAFETY: the caller took the word out of the map, once; it lives on until it is retired.
        unsafe {
            let owned = S::owned(word);
            retire_value::<S>(word, guard);
            owned
        }
    }

    /// Writes `value` if what is there is what is expected.
    #[inline]
    pub(crate) fn write(
        &self,
        key: &[u8],
        expect: Expect,
        value: Fresh<S>,
        guard: &Guard<'_>,
    ) -> Result<Written, InsertError> {
        let written = self.write_word(key, expect, value.word(), guard)?;
        if matches!(written, Written::Stored(_)) {
            value.stored();
        }
        Ok(written)
    }

    /// Writes a value's word if what is there is what is expected; if it is stored the map owns it then.
    #[inline]
    pub(crate) fn write_word(
        &self,
        key: &[u8],
        expect: Expect,
        value: Word,
        guard: &Guard<'_>,
    ) -> Result<Written, InsertError> {
        if key.len() > MAX_KEY_LEN {
            return Err(InsertError::KeyTooLong { len: key.len() });
        }
        let backoff = Backoff::new();
        let part = Part::of(key);
        loop {
            // The way of a longer key would lead there too, in more instructions.
            let written = if part.class < KIND_RECORD {
                let (anchor, rest) = (&self.root, key);
                self.write_end(Place { anchor, part, rest }, expect, value, guard)
            } else {
                self.write_behind(key, expect, value, guard)
            };
            match written {
                Ok(written) => return Ok(written),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Restart) => {
                    // Its anchor may have been given up, which a leaf that stays does not show.
                    guard.deep.clear();
                    backoff.snooze();
                }
            }
        }
    }

    /// Writes a key that goes on behind its first slice.
    #[inline]
    fn write_behind<'g>(
        &'g self,
        key: &[u8],
        expect: Expect,
        value: Word,
        guard: &'g Guard<'_>,
    ) -> Result<Written, Stop> {
        let mut way = self.set_out(key, guard)?;
        loop {
            let (anchor, part, rest) = (way.anchor, way.part, way.rest);
            let place = Place { anchor, part, rest };
            match self.write_in_leaf(place, way.leaf, expect, value, guard)? {
                Step::Done(written) => return Ok(written),
                Step::Deeper(layer, rest) => self.enter(&mut way, layer.anchor(), rest, guard)?,
            }
        }
    }

    /// Writes a key that ends within its first slice.
    #[inline]
    fn write_end<'g>(
        &'g self,
        place: Place<'g, '_>,
        expect: Expect,
        value: Word,
        guard: &'g Guard<'_>,
    ) -> Result<Written, Stop> {
        let (leaf, mut stamp) = self.locate(place.part, guard)?;
        loop {
            let (found, seen) = look_for_end((leaf, stamp), place.part)?;
            stamp = seen;
            if found.is_none() && !expect.admits(None) {
                return Ok(Written::Refused(None));
            }
            let Some(lock) = leaf.version().lock_if(stamp) else {
                stamp = again(leaf, stamp)?;
                continue;
            };
            // The version still is the one that was validated: what was found still holds, and nobody else changes it.
            if let Some((slot, _)) = found {
                return Ok(replace(leaf, slot, None, expect, value));
            }
            match self.add(place, (leaf, stamp), lock, value, guard)? {
                Added::Entry => return Ok(Written::Stored(None)),
                Added::Room => stamp = again(leaf, stamp)?,
            }
        }
    }

    #[inline]
    fn write_in_leaf<'g, 'k>(
        &self,
        place: Place<'g, 'k>,
        (leaf, mut stamp): Stamped<'g>,
        expect: Expect,
        value: Word,
        guard: &'g Guard<'_>,
    ) -> Result<Step<'g, 'k>, Stop> {
        let Place { part, rest, .. } = place;
        loop {
            let (found, seen) = look((leaf, stamp), part, rest)?;
            stamp = seen;
            match found {
                Found::Layer(layer, deeper) => return Ok(Step::Deeper(layer, deeper)),
                Found::Nothing | Found::Beside(..) if !expect.admits(None) => {
                    return Ok(Step::Done(Written::Refused(None)));
                }
                _ => {}
            }
            let Some(lock) = leaf.version().lock_if(stamp) else {
                stamp = again(leaf, stamp)?;
                continue;
            };
            // The version still is the one that was validated, as in `write_end`.
            match found {
                Found::Ended(slot, _) => {
                    return Ok(Step::Done(replace(leaf, slot, None, expect, value)));
                }
                Found::Record(slot, record) => {
                    return Ok(Step::Done(replace(leaf, slot, Some(record), expect, value)));
                }
                Found::Beside(slot, layer) => {
                    self.cut_prefix(leaf, lock, layer, &Newcomer { slot, rest, value }, guard)?;
                    self.account.add(Count::Entries, 1);
                }
                _ => {
                    let added = self.add(place, (leaf, stamp), lock, value, guard)?;
                    if let Added::Room = added {
                        stamp = again(leaf, stamp)?;
                        continue;
                    }
                }
            }
            return Ok(Step::Done(Written::Stored(None)));
        }
    }

    /// Adds an entry to a leaf that is locked at a version where the key is not there, or else makes room for it.
    #[inline(always)]
    fn add<'g>(
        &self,
        place: Place<'g, '_>,
        (leaf, stamp): Stamped<'g>,
        lock: Locked<'g>,
        value: Word,
        guard: &'g Guard<'_>,
    ) -> Result<Added, Stop> {
        if !leaf.is_full() {
            self.insert_into(leaf, lock, place.part, place.rest, value)?;
        } else if let Some(run) = leaf.crowd(place.part.slice) {
            self.deepen(leaf, lock, run, guard)?;
            return Ok(Added::Room);
        } else {
            drop(lock);
            self.insert_into_full(place, (leaf, stamp), value)?;
        }
        self.account.add(Count::Entries, 1);
        Ok(Added::Entry)
    }

    /// Puts a new entry into a locked leaf that has room.
    #[inline(always)]
    fn insert_into(
        &self,
        leaf: Leaf<'_>,
        mut lock: Locked<'_>,
        part: Part,
        rest: &[u8],
        value: Word,
    ) -> Result<(), InsertError> {
        let (slot, _) = new_slot(leaf, part, rest, value, &self.account)?;
        let position = leaf.position(&leaf.order(), part, rest);
        let fingerprint = part.fingerprint(rest);
        lock.mark_change();
        leaf.insert(position, slot, fingerprint);
        Ok(())
    }
}

/// Where in the trie a key is being looked for.
#[derive(Clone, Copy)]
pub(crate) struct Place<'g, 'k> {
    pub anchor: &'g Anchor,
    pub part: Part,
    pub rest: &'k [u8],
}

/// What became of a full leaf or one with room.
enum Added {
    Entry,
    /// Others have moved to a layer of their own; the leaf is to be looked at again.
    Room,
}

enum Step<'g, 'k> {
    Done(Written),
    Deeper(Layer<'g>, &'k [u8]),
}

/// Exchanges the value of a present key under its leaf's lock.
#[inline]
pub(crate) fn replace(
    leaf: Leaf<'_>,
    index: usize,
    record: Option<Record<'_>>,
    expect: Expect,
    value: Word,
) -> Written {
    let current = record.map_or_else(|| leaf.word(index), Record::value);
    if !expect.admits(Some(current)) {
        return Written::Refused(Some(current));
    }
    match record {
        Some(record) => record.replace(value),
        None => leaf.replace(index, value),
    };
    Written::Stored(Some(current))
}

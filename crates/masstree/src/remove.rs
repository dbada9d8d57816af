//! Removal of a key, and of the leaves and layers that it leaves empty.

use optimistic::Locked;
use optimistic::backoff::Backoff;

use crate::descend::{Restart, Toward};
use crate::error::{MAX_KEY_LEN, RemoveError};
use crate::get::{Found, again, look};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::Anchor;
use crate::node::leaf::Leaf;
use crate::node::memory::Count;
use crate::node::record::{Record, free_record};
use crate::storage::Storage;
use crate::write::{Expect, Written};

/// One layer on the way to a key: the anchor, and what of the key is left there.
pub(crate) type Visited<'g, 'k> = (&'g Anchor, &'k [u8]);

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Takes `key` out and returns its value. A leaf or a layer that becomes empty is given back before this returns.
    ///
    /// # Errors
    /// None today: see [`RemoveError`]. A key that is too long is not there.
    ///
    /// # Consistency
    /// Linearizable.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u32>::new();
    /// map.insert(b"k", 1).unwrap();
    /// assert_eq!(map.remove(b"k"), Ok(Some(1)));
    /// assert_eq!(map.remove(b"k"), Ok(None));
    /// ```
    #[inline]
    pub fn remove(&self, key: &[u8]) -> Result<Option<S::Owned>, RemoveError> {
        self.remove_with_guard(key, &self.guard())
    }

    /// [`remove`](Self::remove) under a guard of the caller's.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    #[inline]
    pub fn remove_with_guard(
        &self,
        key: &[u8],
        guard: &Guard<'_>,
    ) -> Result<Option<S::Owned>, RemoveError> {
        Ok(match self.take(key, Expect::Anything, guard) {
            Written::Stored(old) => old.map(|word| self.take_out(word, guard)),
            Written::Refused(_) => None,
        })
    }

    /// Takes `key` out if its value is what is expected. `Stored` holds the word taken out, which the caller retires.
    pub(crate) fn take(&self, key: &[u8], expect: Expect, guard: &Guard<'_>) -> Written {
        if key.len() > MAX_KEY_LEN {
            return Written::Refused(None);
        }
        let backoff = Backoff::new();
        loop {
            match self.try_take(key, expect, guard) {
                Ok(Taken { written, emptied }) => {
                    if emptied {
                        self.give_back(key, guard);
                    }
                    return written;
                }
                Err(Restart) => backoff.snooze(),
            }
        }
    }

    fn try_take<'g>(
        &'g self,
        key: &[u8],
        expect: Expect,
        guard: &'g Guard<'_>,
    ) -> Result<Taken, Restart> {
        let mut way = self.set_out(key, guard)?;
        loop {
            let (found, seen) = look(way.leaf, way.part, way.rest)?;
            let leaf = way.leaf.0;
            let (slot, record) = match found {
                Found::Nothing | Found::Beside(..) => {
                    return Ok(Taken {
                        written: Written::Refused(None),
                        emptied: false,
                    });
                }
                Found::Layer(layer, rest) => {
                    self.enter(&mut way, layer.anchor(), rest, guard)?;
                    continue;
                }
                Found::Ended(slot, _) => (slot, None),
                Found::Record(slot, record) => (slot, Some(record)),
            };
            let Some(lock) = leaf.version().lock_if(seen) else {
                way.leaf.1 = again(leaf, seen)?;
                continue;
            };
            // The version still is the one at which the entry was found there.
            return Ok(self.take_from_leaf(leaf, lock, (slot, record), expect, guard));
        }
    }

    /// Takes an entry out of a locked leaf.
    fn take_from_leaf(
        &self,
        leaf: Leaf<'_>,
        mut lock: Locked<'_>,
        (slot, record): (usize, Option<Record<'_>>),
        expect: Expect,
        guard: &Guard<'_>,
    ) -> Taken {
        let word = record.map_or_else(|| leaf.word(slot), Record::value);
        if !expect.admits(Some(word)) {
            return Taken {
                written: Written::Refused(Some(word)),
                emptied: false,
            };
        }
        lock.mark_change();
        leaf.remove(slot);
        let emptied = leaf.len() == 0;
        drop(lock);
        self.account.add(Count::Entries, -1);
        if let Some(record) = record {
            record.discount(&self.account);
            // SAFETY: the slot was the only way to the record, and whoever takes it out of its slot, here, retires it.
            unsafe { guard.epoch.retire(record.into_word().cast(), free_record) };
        }
        Taken {
            written: Written::Stored(Some(word)),
            emptied,
        }
    }

    /// Gives back the empty leaf that covers `key`, its layer if that has become empty, and so on up. Returns when what covers `key` is not empty.
    #[cold]
    fn give_back(&self, key: &[u8], guard: &Guard<'_>) {
        let backoff = Backoff::new();
        let mut layers: Vec<Visited<'_, '_>> = Vec::new();
        loop {
            match self.try_give_back(key, &mut layers, guard) {
                Ok(true) => return,
                Ok(false) => {}
                Err(Restart) => backoff.snooze(),
            }
        }
    }

    /// One step of [`give_back`](Self::give_back); whether it was the last.
    fn try_give_back<'g, 'k>(
        &'g self,
        key: &'k [u8],
        layers: &mut Vec<Visited<'g, 'k>>,
        guard: &'g Guard<'_>,
    ) -> Result<bool, Restart> {
        layers.clear();
        layers.push((&self.root, key));
        loop {
            let &(anchor, rest) = layers.last().ok_or(Restart)?;
            let part = Part::of(rest);
            let (leaf, stamp) = self.descend(anchor, Toward::Part(part))?;
            match look((leaf, stamp), part, rest)? {
                (Found::Layer(layer, deeper), _) => layers.push((layer.anchor(), deeper)),
                (_, seen) if leaf.len() > 0 && leaf.version().validate(seen) => return Ok(true),
                (_, seen) => return self.unlink(layers, (leaf, seen), guard),
            }
        }
    }
}

/// What a removal did.
struct Taken {
    written: Written,
    emptied: bool,
}

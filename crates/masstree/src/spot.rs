//! Where a key was found, so that a write need not look for it again.
//!
//! A spot is the leaf's version, the slot and the value, as one lookup validated them. If the leaf can be locked at that version the slot still is the
//! key's, and the write checks under the lock that its value is still the one that was found. If not, the write looks for the key as any other does.

use std::ptr;

use optimistic::Stamp;

use crate::error::{InsertError, MAX_KEY_LEN};
use crate::guard::Guard;
use crate::map::Map;
use crate::node::leaf::Leaf;
use crate::node::record::Record;
use crate::storage::{Storage, Word};
use crate::write::{Expect, Written, replace};

/// A key's value, and where in the map it was found. See [`Map::find_spot`].
pub struct Spot<'g, S: Storage> {
    value: S::Ref<'g>,
    word: Word,
    owner: *const (),
    leaf: Leaf<'g>,
    stamp: Stamp,
    slot: usize,
    record: Option<Record<'g>>,
}

impl<'g, S: Storage> Spot<'g, S> {
    /// The value.
    #[inline]
    pub fn value(&self) -> S::Ref<'g> {
        self.value
    }

    /// Its word.
    pub(crate) fn word(&self) -> Word {
        self.word
    }
}

impl<S: Storage> std::fmt::Debug for Spot<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spot")
    }
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The value of `key`, and where it was found, for a write that depends on it.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTree::<u64>::new();
    /// let guard = map.guard();
    /// assert!(map.find_spot(b"k", &guard).is_none());
    /// map.insert(b"k", 1).unwrap();
    /// assert_eq!(map.find_spot(b"k", &guard).unwrap().value(), &1);
    /// ```
    #[inline]
    pub fn find_spot<'g>(&'g self, key: &[u8], guard: &'g Guard<'_>) -> Option<Spot<'g, S>> {
        if key.len() > MAX_KEY_LEN {
            return None;
        }
        loop {
            if let Ok(((leaf, stamp), found)) = self.try_find(key, guard) {
                let (slot, word, record) = found.value()?;
                return Some(Spot {
                    // SAFETY: found under the guard, which is borrowed for 'g (I4).
                    value: unsafe { S::reference(word) },
                    word,
                    owner: ptr::from_ref(self).cast(),
                    leaf,
                    stamp,
                    slot,
                    record,
                });
            }
            optimistic::sync::spin_loop();
        }
    }

    /// Writes `value` to `key` in place of what was found at `spot`, if that is still there.
    #[inline]
    pub(crate) fn write_at(
        &self,
        key: &[u8],
        spot: &Spot<'_, S>,
        value: Word,
        guard: &Guard<'_>,
    ) -> Result<Written, InsertError> {
        let expect = Expect::Word(spot.word);
        if ptr::eq(spot.owner, ptr::from_ref(self).cast())
            && let Some(_lock) = spot.leaf.version().lock_if(spot.stamp)
        {
            return Ok(replace(spot.leaf, spot.slot, spot.record, expect, value));
        }
        self.write_word(key, expect, value, guard)
    }
}

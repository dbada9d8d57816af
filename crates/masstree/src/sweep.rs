//! Removal by the range: what a condition refuses, a range, everything.

use crate::bound::RangeBound;
use crate::guard::Guard;
use crate::map::{Map, retire_value};
use crate::scan::origin;
use crate::storage::Storage;
use crate::walk::{FORWARD, Walk};
use crate::write::{Expect, Written};

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Takes out every entry for which `keep` says no. Returns how many.
    ///
    /// # Consistency
    /// An entry is taken out only with the value that `keep` saw; if it changes meanwhile, `keep` is asked again.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"a", 1).unwrap();
    /// map.insert(b"b", 2).unwrap();
    /// assert_eq!(map.retain(|_, value| value > 1, &map.guard()), 1);
    /// ```
    pub fn retain(
        &self,
        mut keep: impl FnMut(&[u8], S::Ref<'_>) -> bool,
        guard: &Guard<'_>,
    ) -> usize {
        self.take_range(
            &RangeBound::Unbounded,
            &RangeBound::Unbounded,
            |key, value| !keep(key, value),
            guard,
        )
    }

    /// Takes out every entry from `start` to `end`. Returns how many.
    pub fn remove_range(
        &self,
        start: RangeBound<'_>,
        end: RangeBound<'_>,
        guard: &Guard<'_>,
    ) -> usize {
        self.take_range(&start, &end, |_, _| true, guard)
    }

    /// Takes out every entry that was there when it came by. Entries that others insert meanwhile may stay.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"a", 1).unwrap();
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self) {
        self.remove_range(RangeBound::Unbounded, RangeBound::Unbounded, &self.guard());
    }

    fn take_range(
        &self,
        start: &RangeBound<'_>,
        end: &RangeBound<'_>,
        mut refused: impl FnMut(&[u8], S::Ref<'_>) -> bool,
        guard: &Guard<'_>,
    ) -> usize {
        let (key, origin) = origin(start);
        let mut walk = Walk::new(self, guard);
        let mut taken = 0;
        let mut more = walk.seek::<FORWARD>(key, origin);
        while more && end.admits_from_above(walk.key()) {
            let mut seen = walk.word();
            while let Some(word) = seen {
                // SAFETY: the word was in the map under the guard.
                if !refused(walk.key(), unsafe { S::reference(word) }) {
                    break;
                }
                seen = match self.take(walk.key(), Expect::Word(word), guard) {
                    Written::Stored(old) => {
                        taken += 1;
                        if let Some(word) = old {
                            // SAFETY: just taken out of the map, by this call.
                            unsafe { retire_value::<S>(word, guard) };
                        }
                        None
                    }
                    Written::Refused(found) => found,
                };
            }
            more = walk.step::<FORWARD>();
        }
        taken
    }
}

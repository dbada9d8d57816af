//! Every write that leaves a value behind: one decision under the leaf's lock.
//!
//! The place is found without a lock; the lock is taken if the leaf's version is still the one at which it was found. So no comparison runs under a lock, and no
//! closure either: what a closure makes of a value is computed before, and stored if the value is still the one that it saw.

use std::borrow::Borrow;

use optimistic::backoff::Backoff;
use optimistic::epoch::{self, Guard};

use crate::bits::Bits;
use crate::descend::{Restart, Stamped};
use crate::finger::Located;
use crate::key::{FreshKey, Probe};
use crate::tree::GenericTree;
use crate::value::{self, FreshValue};

/// What a write expects to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expect {
    Anything,
    Absent,
    /// The value with these bits.
    Value(Bits),
}

impl Expect {
    #[inline(always)]
    pub fn admits(self, found: Option<Bits>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => found.is_none(),
            Self::Value(bits) => found == Some(bits),
        }
    }
}

/// How a write ended.
pub(crate) enum Written {
    /// Done; the bits that were replaced or taken out, which the caller has to retire.
    Done(Option<Bits>),
    /// What was found is not what was expected; nothing has changed.
    Refused(Option<Bits>),
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Puts `key` to `value` and returns a clone of the value that it had. A key that is there already stays the one that it is.
    ///
    /// # Consistency
    /// Linearizable: of two inserts of one new key at the same time, exactly one returns `None`.
    ///
    /// # Examples
    /// ```
    /// let tree = ferntree::Tree::new();
    /// assert_eq!(tree.insert(1, "one"), None);
    /// assert_eq!(tree.insert(1, "uno"), Some("one"));
    /// ```
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<V>
    where
        V: Clone,
    {
        let guard = epoch::pin();
        let old = self.replace(key, value, &guard)?;
        // SAFETY: taken out under the guard, which is still held.
        Some(unsafe { value::reference::<V>(&old) }.clone())
    }

    /// As [`insert`](Self::insert), for values that need not be `Clone`; returns whether the key was there.
    #[inline]
    pub fn insert_defer(&self, key: K, value: V) -> bool {
        let guard = epoch::pin();
        self.replace(key, value, &guard).is_some()
    }

    /// Puts `key` to `value`. Returns the value that it had, which is retired already.
    #[inline(always)]
    fn replace(&self, key: K, value: V, guard: &Guard) -> Option<Bits> {
        let (mut key, mut value) = (FreshKey::new(key), FreshValue::new(value));
        match self.store(&mut key, &mut value, Expect::Anything, guard) {
            Written::Done(old) => old,
            Written::Refused(_) => None,
        }
    }

    /// Puts `key` to `value` if what is there is what is expected. Retires the old value; takes the key if it is stored.
    #[inline(always)]
    pub(crate) fn store(
        &self,
        key: &mut FreshKey<K>,
        value: &mut FreshValue<V>,
        expect: Expect,
        guard: &Guard,
    ) -> Written {
        let backoff = Backoff::new();
        loop {
            match self.try_store(key, value.bits(), expect, guard) {
                Ok(Written::Done(old)) => {
                    value.stored();
                    return Written::Done(self.retire_replaced(old, guard));
                }
                Ok(refused) => return refused,
                Err(Restart) => backoff.snooze(),
            }
        }
    }

    #[inline(always)]
    pub(crate) fn retire_replaced(&self, old: Option<Bits>, guard: &Guard) -> Option<Bits> {
        if let Some(bits) = old {
            // SAFETY: the slot holds another value now, and only who replaced a value retires it.
            unsafe { value::retire::<V>(bits, guard) };
        }
        old
    }

    #[inline(always)]
    fn try_store(
        &self,
        key: &mut FreshKey<K>,
        value: Bits,
        expect: Expect,
        guard: &Guard,
    ) -> Result<Written, Restart> {
        let probe = Probe::<K, _>::new(key.get());
        let Located {
            leaf,
            stamp,
            len,
            place,
        } = self.locate(&probe, guard);
        let index = match place.ok_or(Restart)? {
            Ok(index) => return self.exchange((leaf, stamp), index, value, expect),
            Err(index) => index,
        };
        if !expect.admits(None) || len == LC {
            return self.store_slowly(key, value, expect, (leaf, stamp), guard);
        }
        let bits = key.bits();
        let mut lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        lock.mark_change();
        leaf.insert(index, bits, value);
        drop(lock);
        key.stored();
        self.count(1);
        Ok(Written::Done(None))
    }

    /// Replaces the value at `index`, where its key was at `stamp`.
    #[inline(always)]
    pub(crate) fn exchange(
        &self,
        (leaf, stamp): Stamped<'_, K, V, LC>,
        index: usize,
        new: Bits,
        expect: Expect,
    ) -> Result<Written, Restart> {
        let mut lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        let old = leaf.value(index);
        if !expect.admits(Some(old)) {
            return Ok(Written::Refused(Some(old)));
        }
        if value::words::<V>() > 1 {
            lock.mark_change();
        }
        leaf.set_value(index, new);
        Ok(Written::Done(Some(old)))
    }

    /// The key is absent, and either that is not what was expected, or its leaf is full.
    #[cold]
    fn store_slowly(
        &self,
        key: &mut FreshKey<K>,
        value: Bits,
        expect: Expect,
        found: Stamped<'_, K, V, LC>,
        guard: &Guard,
    ) -> Result<Written, Restart> {
        if !expect.admits(None) {
            let (leaf, stamp) = found;
            return if leaf.version().validate(stamp) {
                Ok(Written::Refused(None))
            } else {
                Err(Restart)
            };
        }
        let bits = key.bits();
        self.insert_into_full(&Probe::<K, _>::new(key.get()), bits, value, guard)?;
        key.stored();
        self.count(1);
        Ok(Written::Done(None))
    }

    /// Replaces the value of a key that is there, if it is what is expected.
    pub(crate) fn store_present<Q>(
        &self,
        probe: &Probe<'_, K, Q>,
        value: &mut FreshValue<V>,
        expect: Expect,
        guard: &Guard,
    ) -> Written
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let backoff = Backoff::new();
        loop {
            let located = self.locate(probe, guard);
            let written = located.present().and_then(|present| match present {
                Some(index) => {
                    let found = (located.leaf, located.stamp);
                    self.exchange(found, index, value.bits(), expect)
                }
                None => Ok(Written::Refused(None)),
            });
            match written {
                Ok(Written::Done(old)) => {
                    value.stored();
                    return Written::Done(self.retire_replaced(old, guard));
                }
                Ok(refused) => return refused,
                Err(Restart) => backoff.snooze(),
            }
        }
    }
}

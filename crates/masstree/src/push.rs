//! Values in chains: a new one on top of the one that is there, and the way back.
//!
//! What a chain is, and who owns what in it, is told in [`optimistic::chain`]. The map owns the newest value of each chain; here ownership of a value
//! moves between the map and the value on top of it, so that nothing is counted and nothing is retired before it is taken out for good.

use std::ptr;

use optimistic::Chained;

use crate::error::InsertError;
use crate::guard::Guard;
use crate::map::{Map, retire_value};
use crate::spot::Spot;
use crate::storage::{Boxed, Storage, Word};
use crate::write::{Expect, Fresh, Written};

/// A value that is on its way into the map on top of one that it does not own yet; forgets that one if it does not get there.
struct Top<A: Send + Sync + 'static, T: Send + Sync + 'static>(Box<Chained<A, T>>);

impl<A: Send + Sync + 'static, T: Send + Sync + 'static> Drop for Top<A, T> {
    fn drop(&mut self) {
        self.0.disown();
    }
}

fn word_of<V>(value: &V) -> Word {
    ptr::from_ref(value).cast_mut().cast()
}

impl<A, T, const W: usize, const I: usize> Map<Boxed<Chained<A, T>>, W, I>
where
    A: Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    /// Puts `key` to `value`, decided by `fate`, on top of the value that was found at `spot`, if it still is what the key has: that very object. Returns
    /// what is there then; nothing if something else was there, and then nothing has changed.
    ///
    /// # Errors
    /// [`InsertError`]; then nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use masstree::{Boxed, Map};
    /// use optimistic::Chained;
    /// let map = Map::<Boxed<Chained<(), u64>>, 24>::new();
    /// let guard = map.guard();
    /// map.push_first(b"k", Chained::new(1, 0), &guard).unwrap();
    /// let one = map.find_spot(b"k", &guard).unwrap();
    /// let two = map.push(b"k", &one, 2, (), &guard).unwrap().unwrap();
    /// assert_eq!(two.older(guard.as_ref()).map(|one| **one), Some(1));
    /// assert!(map.push(b"k", &one, 3, (), &guard).unwrap().is_none());
    /// ```
    pub fn push<'g>(
        &self,
        key: &[u8],
        spot: &Spot<'g, Boxed<Chained<A, T>>>,
        value: T,
        fate: A,
        guard: &'g Guard<'_>,
    ) -> Result<Option<&'g Chained<A, T>>, InsertError> {
        let older = spot.word().cast();
        // SAFETY: the map owns the old value as long as it holds its word, which is when the new value gets there; `Top` disowns it otherwise.
        let top = unsafe { Chained::on_top(value, fate, older) };
        // The map's ownership of the old word has become that of the new value.
        self.put_on(key, spot, top, guard)
    }

    /// As [`push`](Self::push), but in place of what was found, on top of what that stands on. Returns nothing, too, if somebody else is about to change
    /// the chain there.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_instead<'g>(
        &self,
        key: &[u8],
        spot: &Spot<'g, Boxed<Chained<A, T>>>,
        value: T,
        fate: A,
        guard: &'g Guard<'_>,
    ) -> Result<Option<&'g Chained<A, T>>, InsertError> {
        let Some(claimed) = spot.value().claim_older(guard.as_ref()) else {
            return Ok(None);
        };
        // SAFETY: the older one is owned by the old value until that has left the map, and after that, through the claim, by nobody else.
        let top = unsafe { Chained::on_top(value, fate, claimed.older()) };
        let Some(top) = self.put_on(key, spot, top, guard)? else {
            return Ok(None);
        };
        claimed.give_away();
        // SAFETY: the write took the word out of the map, once.
        unsafe { retire_value::<Boxed<Chained<A, T>>>(spot.word(), guard) };
        Ok(Some(top))
    }

    /// Puts `key` to `first`, if it is not there. Returns what is there then; nothing if something was there, and then nothing has changed.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_first<'g>(
        &self,
        key: &[u8],
        first: Chained<A, T>,
        guard: &'g Guard<'_>,
    ) -> Result<Option<&'g Chained<A, T>>, InsertError> {
        let fresh = Fresh::<Boxed<_>>::new(first);
        let word = fresh.word();
        Ok(match self.write(key, Expect::Absent, fresh, guard)? {
            // SAFETY: the word has got into the map under this guard, so it is not released as long as the guard is held.
            Written::Stored(_) => Some(unsafe { Boxed::reference(word) }),
            Written::Refused(_) => None,
        })
    }

    /// Takes `expected` off `key`, if it is there: what it stands on takes its place, or, if that is nothing, the key goes. Whether that is done;
    /// nothing if somebody else is about to change the chain there.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn take_off(
        &self,
        key: &[u8],
        expected: &Chained<A, T>,
        guard: &Guard<'_>,
    ) -> Result<Option<bool>, InsertError> {
        let Some(claimed) = expected.claim_older(guard.as_ref()) else {
            return Ok(None);
        };
        let expect = Expect::Word(word_of(expected));
        let written = if claimed.older().is_null() {
            self.take(key, expect, guard)
        } else {
            self.write_word(key, expect, claimed.older().cast(), guard)?
        };
        let Written::Stored(Some(old)) = written else {
            return Ok(Some(false));
        };
        claimed.give_away();
        // SAFETY: the word was taken out of the map, once.
        unsafe { retire_value::<Boxed<Chained<A, T>>>(old, guard) };
        Ok(Some(true))
    }

    /// Takes `key` out with all of its chain, if its newest value is `expected`. Whether it did.
    pub fn remove_chain(&self, key: &[u8], expected: &Chained<A, T>, guard: &Guard<'_>) -> bool {
        match self.take(key, Expect::Word(word_of(expected)), guard) {
            Written::Stored(Some(word)) => {
                // SAFETY: the removal took the word out of the map, once.
                unsafe { retire_value::<Boxed<Chained<A, T>>>(word, guard) };
                true
            }
            _ => false,
        }
    }

    /// Puts `key` to `top` if its value is the one at `spot`. Returns what is there then.
    #[inline]
    fn put_on<'g>(
        &self,
        key: &[u8],
        spot: &Spot<'g, Boxed<Chained<A, T>>>,
        top: Chained<A, T>,
        guard: &'g Guard<'_>,
    ) -> Result<Option<&'g Chained<A, T>>, InsertError> {
        let mut top = Top(Box::new(top));
        let word = ptr::from_mut(&mut *top.0).cast();
        let Written::Stored(_) = self.write_at(key, spot, word, guard)? else {
            return Ok(None);
        };
        std::mem::forget(top);
        // SAFETY: the word has got into the map under this guard, so it is not released as long as the guard is held.
        Ok(Some(unsafe { Boxed::reference(word) }))
    }
}

//! The sorted keys of a node, and the search in them.
//!
//! A search runs on words that a writer may be moving: what it finds is to be validated. It follows pointers before that, which is safe (F3), and gives up at
//! a slot that is null. Plain keys are searched without branches, since these would be guessed wrong half of the time.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hint::select_unpredictable;
use std::marker::PhantomData;
use std::ptr::NonNull;

use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};
use optimistic::sync::{DATA_LOAD, DATA_STORE, Ordering as Memory};

use super::{Holds, Node, Word, words_of};
use crate::bits::Bits;
use crate::key::{self, KeyForm, Probe, key_form};

/// The words of one kind of slot: `N` first words, then `N` second words if there are two each.
#[inline(always)]
unsafe fn word<'g, const N: usize>(base: NonNull<Word>, nth: usize, index: usize) -> &'g Word {
    debug_assert!(index < N);
    // SAFETY: the caller stays inside the node's words, which are alive for 'g.
    unsafe { base.add(nth * N + index).as_ref() }
}

/// Loads a slot of `words` words.
///
/// # Safety
/// `base` is the first word of `N` such slots of a node that is alive, and `index < N`.
#[inline(always)]
pub(super) unsafe fn load<const N: usize>(
    base: NonNull<Word>,
    words: usize,
    index: usize,
    order: Memory,
) -> Bits {
    let mut bits = Bits::NULL;
    if words > 0 {
        // SAFETY: as the caller promises.
        bits.0[0] = unsafe { word::<N>(base, 0, index) }.load(order);
    }
    if words > 1 {
        // SAFETY: as the caller promises.
        bits.0[1] = unsafe { word::<N>(base, 1, index) }.load(order);
    }
    bits
}

/// Stores a slot of `words` words.
///
/// # Safety
/// As [`load`].
#[inline(always)]
pub(super) unsafe fn store<const N: usize>(
    base: NonNull<Word>,
    words: usize,
    index: usize,
    bits: Bits,
    order: Memory,
) {
    if words > 0 {
        // SAFETY: as the caller promises.
        unsafe { word::<N>(base, 0, index) }.store(bits.0[0], order);
    }
    if words > 1 {
        // SAFETY: as the caller promises.
        unsafe { word::<N>(base, 1, index) }.store(bits.0[1], order);
    }
}

/// The keys of a node with room for `N`.
pub(crate) struct Keys<'g, K, const N: usize>(NonNull<Word>, Holds<'g, K>);

impl<K, const N: usize> Clone for Keys<'_, K, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, const N: usize> Copy for Keys<'_, K, N> {}

impl<'g, K: 'static, const N: usize> Keys<'g, K, N> {
    /// The keys of `node`.
    ///
    /// # Safety
    /// The node is alive for `'g`, and its words begin with `N` key slots for `K`.
    #[inline(always)]
    pub unsafe fn of(node: NonNull<Node>) -> Self {
        Self(words_of(node), PhantomData)
    }

    /// The order in which a key's words are loaded, and stored: those with a pointer publish what it leads to.
    const LOAD: [Memory; 2] = [DATA_LOAD, FOLLOW_NODE];
    const STORE: [Memory; 2] = [DATA_STORE, PUBLISH_NODE];

    #[inline(always)]
    fn has_pointer() -> usize {
        usize::from(key_form::<K>() != KeyForm::Plain)
    }

    #[inline(always)]
    pub fn get(self, index: usize) -> Bits {
        // SAFETY: `of` promises the node; callers stay below `N`.
        unsafe {
            load::<N>(
                self.0,
                key::words::<K>(),
                index,
                Self::LOAD[Self::has_pointer()],
            )
        }
    }

    /// Stores a key; the node is locked and marked, or not yet published.
    #[inline(always)]
    pub fn set(self, index: usize, bits: Bits) {
        // SAFETY: as in `get`.
        unsafe {
            store::<N>(
                self.0,
                key::words::<K>(),
                index,
                bits,
                Self::STORE[Self::has_pointer()],
            );
        }
    }

    /// How the key at `index` compares to the one looked for; nothing if the slot was given up meanwhile.
    #[inline(always)]
    fn compare<Q>(self, index: usize, probe: &Probe<'_, Q>) -> Option<Ordering>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let bits = self.get(index);
        // SAFETY: loaded from a key slot of a node that is alive for 'g, which no guard of the caller outlives.
        let key = unsafe { key::try_reference::<K>(&bits) }?;
        Some(key.borrow().cmp(probe.key))
    }

    /// The first of `len` slots of which `below` does not hold, without branches.
    #[inline(always)]
    fn bisect(len: usize, mut below: impl FnMut(usize) -> bool) -> usize {
        if len == 0 {
            return 0;
        }
        let (mut base, mut size) = (0, len);
        while size > 1 {
            let half = size / 2;
            base = select_unpredictable(below(base + half), base + half, base);
            size -= half;
        }
        base + usize::from(below(base))
    }

    #[inline(always)]
    fn prefix(self, index: usize) -> u64 {
        // SAFETY: as in `get`; a prefix is the first word.
        unsafe { word::<N>(self.0, 0, index) }
            .load(DATA_LOAD)
            .addr() as u64
    }

    /// Where the key is, or where it would be; nothing if a slot was given up meanwhile. To be validated.
    #[inline(always)]
    pub fn search<Q>(self, len: usize, probe: &Probe<'_, Q>) -> Option<Result<usize, usize>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let len = len.min(N);
        if key_form::<K>() == KeyForm::Plain {
            let rank = Self::bisect(len, |index| {
                self.compare(index, probe) == Some(Ordering::Less)
            });
            let found = rank < len && self.compare(rank, probe) == Some(Ordering::Equal);
            return Some(if found { Ok(rank) } else { Err(rank) });
        }
        let (mut low, mut high) = (0, len);
        if let Some(prefix) = probe.prefix {
            low = Self::bisect(len, |index| self.prefix(index) < prefix);
            // Few keys have the same prefix as a rule: look at the next ones before the rest is bisected.
            high = low;
            while high < len && high < low + 4 && self.prefix(high) == prefix {
                high += 1;
            }
            if high == low + 4 {
                high = low + Self::bisect(len - low, |index| self.prefix(low + index) <= prefix);
            }
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.compare(middle, probe)? {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(Ok(middle)),
                Ordering::Greater => high = middle,
            }
        }
        Some(Err(low))
    }

    /// How many keys are not above the one looked for; nothing if a slot was given up meanwhile. To be validated.
    #[inline(always)]
    pub fn route<Q>(self, len: usize, probe: &Probe<'_, Q>) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if key_form::<K>() == KeyForm::Plain {
            return Some(Self::bisect(len.min(N), |index| {
                self.compare(index, probe) != Some(Ordering::Greater)
            }));
        }
        Some(match self.search(len, probe)? {
            Ok(index) => index + 1,
            Err(index) => index,
        })
    }
}

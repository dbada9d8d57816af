//! The sorted keys of a node, and the search in them.
//!
//! A search runs on words that a writer may be moving: what it finds is to be validated. It follows pointers before that, which is safe (F3),
//! and gives up at a slot that is null. Plain keys are searched without branches, since these would be guessed wrong half of the time.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hint::select_unpredictable;
use std::marker::PhantomData;
use std::ptr::NonNull;

use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};
use optimistic::sync::{DATA_LOAD, DATA_STORE, Ordering as Memory, prefetch};

use super::slots::{load, lower, raise, store, word};
use super::{Holds, Node, words_of};
use crate::bits::Bits;
use crate::bytes_key::{self, common, compare_behind, eight_bytes};
use crate::key::{self, KeyForm, Probe, key_form};

/// The keys of a node with room for `N`.
pub(crate) struct Keys<'g, K, const N: usize>(NonNull<Node>, Holds<'g, K>);

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
        Self(node, PhantomData)
    }

    /// The orders in which a key's words are loaded and stored: those with a pointer publish what it leads to.
    #[inline(always)]
    fn orders() -> (Memory, Memory) {
        match key_form::<K>() {
            KeyForm::Plain => (DATA_LOAD, DATA_STORE),
            KeyForm::Bytes | KeyForm::Boxed => (FOLLOW_NODE, PUBLISH_NODE),
        }
    }

    #[inline(always)]
    fn node(self) -> &'g Node {
        // SAFETY: `of` promises the node.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub fn get(self, index: usize) -> Bits {
        let (order, _) = Self::orders();
        // SAFETY: `of` promises the node; callers stay below `N`.
        unsafe { load::<N>(words_of(self.0), key::words::<K>(), index, order) }
    }

    /// Stores a key; the node is locked and marked, or not yet published.
    #[inline(always)]
    pub fn set(self, index: usize, bits: Bits) {
        let (_, order) = Self::orders();
        // SAFETY: as in `get`.
        unsafe { store::<N>(words_of(self.0), key::words::<K>(), index, bits, order) }
    }

    /// Makes room for a key at `index`, of `len` there are; locked and marked, and not full.
    #[inline(always)]
    pub fn make_room(self, index: usize, len: usize) {
        let (words, orders) = (key::words::<K>(), Self::orders());
        // SAFETY: `of` promises the node, and the caller another slot.
        unsafe { raise::<N>(words_of(self.0), words, (index, len), orders) }
    }

    /// Moves the keys behind `index`, of `len`, over it; locked and marked.
    #[inline(always)]
    pub fn close(self, index: usize, len: usize) {
        let (words, orders) = (key::words::<K>(), Self::orders());
        // SAFETY: `of` promises the node.
        unsafe { lower::<N>(words_of(self.0), words, (index + 1, len), orders) }
    }

    /// A new key as it has to stand in this node, which has `len` keys; locked and marked, or not yet published.
    #[inline(always)]
    pub fn admit(self, len: usize, bits: Bits) -> Bits {
        if key_form::<K>() != KeyForm::Bytes {
            return bits;
        }
        self.admit_bytes(len, bits)
    }

    fn admit_bytes(self, len: usize, bits: Bits) -> Bits {
        // SAFETY: the keys of a locked node are there, and so is the new one.
        let new: &[u8] = unsafe { key::bytes(&bits) };
        let mut skip = self.node().skip();
        if skip > 0 {
            let shared = if len > 0 {
                // SAFETY: as above.
                common(new, unsafe { key::bytes(&self.get(0)) })
            } else {
                0
            };
            if shared < skip {
                skip = shared;
                self.node().set_skip(skip);
                self.refit(len, skip);
            }
        }
        key::with_start(bits, eight_bytes(new, skip))
    }

    /// Finds out what all keys begin with, after many came or went; locked and marked, or not yet published.
    pub fn retune(self, len: usize) {
        if key_form::<K>() != KeyForm::Bytes || len == 0 {
            return;
        }
        // SAFETY: the keys of a locked node are there.
        let (first, last) = unsafe { (key::bytes(&self.get(0)), key::bytes(&self.get(len - 1))) };
        let skip = common(first, last);
        self.node().set_skip(skip);
        self.refit(len, skip);
    }

    /// Whether the key of a slot stands as it has to in this node. Nobody may write meanwhile.
    pub fn fits(self, bits: &Bits) -> bool {
        if key_form::<K>() != KeyForm::Bytes {
            return true;
        }
        let skip = self.node().skip();
        // SAFETY: nobody writes, so the keys of the node are there.
        let (bytes, first) = unsafe { (key::bytes(bits), key::bytes(&self.get(0))) };
        common(bytes, first) >= skip && key::with_start(*bits, eight_bytes(bytes, skip)) == *bits
    }

    fn refit(self, len: usize, skip: usize) {
        for index in 0..len {
            let bits = self.get(index);
            // SAFETY: the keys of a locked node are there.
            let start = eight_bytes(unsafe { key::bytes(&bits) }, skip);
            self.set(index, key::with_start(bits, start));
        }
    }

    /// The first of `len` slots of which `below` does not hold, without branches that depend on the keys.
    ///
    /// The first step leaves a power of two of places, so that those behind it halve by constants: one comparison each, and nothing else to compute.
    #[inline(always)]
    fn bisect(len: usize, mut below: impl FnMut(usize) -> bool) -> usize {
        let half = const { N.div_ceil(2).next_power_of_two() };
        if len < half {
            return Self::bisect_few(len, below);
        }
        let (mut base, mut size) = (0, len);
        if size == 2 * half {
            if !below(0) {
                return 0;
            }
            (base, size) = (1, size - 1);
        }
        base = select_unpredictable(below(base + half - 1), base + size + 1 - half, base);
        let mut step = half / 2;
        while step > 0 {
            base = select_unpredictable(below(base + step - 1), base + step, base);
            step /= 2;
        }
        base
    }

    /// As [`bisect`](Self::bisect), for fewer slots than half of what a node has.
    #[inline(always)]
    fn bisect_few(len: usize, mut below: impl FnMut(usize) -> bool) -> usize {
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

    /// How a plain key compares to the one looked for.
    #[inline(always)]
    fn compare_plain<Q>(self, index: usize, probe: &Probe<'_, K, Q>) -> Ordering
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        // SAFETY: one word is a key that was stored, and of two every bit pattern is a key.
        let view = unsafe { key::view::<K>(self.get(index)) };
        view.get().borrow().cmp(probe.key)
    }

    /// How any other key compares; nothing if the slot was given up meanwhile. Of byte strings, `known` bytes are the same.
    #[inline(always)]
    fn compare<Q>(self, index: usize, probe: &Probe<'_, K, Q>, known: usize) -> Option<Ordering>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let bits = self.get(index);
        if key::is_null::<K>(&bits) {
            return None;
        }
        if let Some(sought) = probe.bytes {
            // SAFETY: alive for 'g, which no guard of the caller outlives.
            return Some(compare_behind(unsafe { key::bytes(&bits) }, sought, known));
        }
        // SAFETY: as above.
        let view = unsafe { key::view::<K>(bits) };
        Some(view.get().borrow().cmp(probe.key))
    }

    /// The eight bytes of a byte string that its slot holds.
    #[inline(always)]
    fn start(self, index: usize) -> u64 {
        // SAFETY: as in `get`; they are the first word.
        let first = unsafe { word::<N>(words_of(self.0), 0, index) }.load(DATA_LOAD);
        first.addr() as u64
    }

    /// Where the key is, or where it would be; nothing if somebody changes the node meanwhile. To be validated.
    #[inline(always)]
    pub fn search<Q>(self, len: usize, probe: &Probe<'_, K, Q>) -> Option<Result<usize, usize>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let len = len.min(N);
        if key_form::<K>() == KeyForm::Plain {
            let rank = Self::bisect(len, |index| {
                self.compare_plain(index, probe) == Ordering::Less
            });
            let found = rank < len && self.compare_plain(rank, probe) == Ordering::Equal;
            return Some(if found { Ok(rank) } else { Err(rank) });
        }
        let (mut low, mut high, mut known) = (0, len, 0);
        if let Some(sought) = probe.bytes {
            let skip = self.node().skip();
            match self.narrow(len, sought, skip)? {
                Ok(range) => (low, high) = range,
                Err(place) => return Some(Err(place)),
            }
            known = skip + size_of::<u64>();
        }
        self.ask_ahead(low, high, known);
        while low < high {
            let middle = (low + high) / 2;
            match self.compare(middle, probe, known)? {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(Ok(middle)),
                Ordering::Greater => high = middle,
            }
        }
        Some(Err(low))
    }

    /// Asks for a key that is not in the node itself: where it begins, and where it ends.
    #[inline(always)]
    pub fn ask_for(self, index: usize) {
        match key_form::<K>() {
            KeyForm::Plain => {}
            KeyForm::Bytes => {
                let (start, len) = bytes_key::extent(self.get(index).0[1]);
                prefetch(start);
                prefetch(start.wrapping_byte_add(len.saturating_sub(1)));
            }
            KeyForm::Boxed => prefetch(self.get(index).0[0]),
        }
    }

    /// Asks for what the first steps of a bisection will look at, the bytes from `known` on, so that they do not wait one after the other.
    #[inline(always)]
    fn ask_ahead(self, low: usize, high: usize, known: usize) {
        let nth = usize::from(key_form::<K>() == KeyForm::Bytes);
        if high - low > 2 {
            for part in 1..8 {
                let index = low + (high - low) * part / 8;
                // SAFETY: as in `get`; the pointer is in this word, and is not followed.
                let pointer = unsafe { word::<N>(words_of(self.0), nth, index) }.load(DATA_LOAD);
                let start = match key_form::<K>() {
                    KeyForm::Bytes => bytes_key::extent(pointer).0,
                    _ => pointer,
                };
                prefetch(start.wrapping_byte_add(known));
            }
        }
    }

    /// The byte strings whose slots hold the same eight bytes as `sought` has behind `skip`, or the place of `sought` if it does not begin as all keys of the node do.
    #[inline(always)]
    fn narrow(
        self,
        len: usize,
        sought: &[u8],
        skip: usize,
    ) -> Option<Result<(usize, usize), usize>> {
        if len == 0 {
            return Some(Err(0));
        }
        let start = eight_bytes(sought, skip);
        let low = Self::bisect(len, |index| self.start(index) < start);
        if skip > 0 {
            // The eight bytes say nothing unless what is before them is the same.
            let bits = self.get(low.min(len - 1));
            if key::is_null::<K>(&bits) {
                return None;
            }
            // SAFETY: alive for 'g.
            let near: &[u8] = unsafe { key::bytes(&bits) };
            let (near, start) = (
                &near[..skip.min(near.len())],
                &sought[..skip.min(sought.len())],
            );
            match start.cmp(near) {
                Ordering::Less => return Some(Err(0)),
                Ordering::Greater => return Some(Err(len)),
                Ordering::Equal => {}
            }
        }
        // Few keys have the same eight bytes as a rule: look at the next ones before the rest is bisected.
        let mut high = low;
        while high < len && high < low + 4 && self.start(high) == start {
            high += 1;
        }
        if high == low + 4 {
            high = low + Self::bisect(len - low, |index| self.start(low + index) <= start);
        }
        Some(Ok((low, high)))
    }

    /// How many keys are not above the one looked for; nothing if somebody changes the node meanwhile. To be validated.
    #[inline(always)]
    pub fn route<Q>(self, len: usize, probe: &Probe<'_, K, Q>) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if key_form::<K>() == KeyForm::Plain {
            return Some(Self::bisect(len.min(N), |index| {
                self.compare_plain(index, probe) != Ordering::Greater
            }));
        }
        Some(match self.search(len, probe)? {
            Ok(index) => index + 1,
            Err(index) => index,
        })
    }
}

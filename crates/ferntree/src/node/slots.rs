//! Slots of one or two words, side by side: loaded, stored, and moved by one.

use std::ptr::NonNull;

use optimistic::sync::Ordering as Memory;

use super::Word;
use crate::bits::Bits;

/// How many words are moved at once.
const RUN: usize = 4;

/// The words of one kind of slot: `N` first words, then `N` second words if there are two each.
///
/// # Safety
/// `base` is the first of them in a node that is alive for `'g`, `index < N`, and a slot has more than `nth` words.
#[inline(always)]
pub(super) unsafe fn word<'g, const N: usize>(
    base: NonNull<Word>,
    nth: usize,
    index: usize,
) -> &'g Word {
    debug_assert!(index < N);
    // SAFETY: as the caller promises.
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

/// Moves `COUNT` neighbouring words from `from` to `to`: all are loaded before the first is stored.
///
/// # Safety
/// As [`word`], for each of them at either place; nobody else writes.
#[inline(always)]
unsafe fn shift<const N: usize, const COUNT: usize>(
    base: NonNull<Word>,
    nth: usize,
    (from, to): (usize, usize),
    (load, store): (Memory, Memory),
) {
    // SAFETY: as the caller promises.
    let slot = |index| unsafe { word::<N>(base, nth, index) };
    let run: [_; COUNT] = std::array::from_fn(|i| slot(from + i).load(load));
    for (i, moved) in run.into_iter().enumerate() {
        slot(to + i).store(moved, store);
    }
}

/// Moves the slots of `words` words from `from` on and before `to` up by one.
///
/// # Safety
/// As [`load`], for every slot up to `to` itself; nobody else writes.
#[inline(always)]
pub(super) unsafe fn raise<const N: usize>(
    base: NonNull<Word>,
    words: usize,
    (from, to): (usize, usize),
    orders: (Memory, Memory),
) {
    for nth in 0..words {
        let mut end = to;
        while end >= from + RUN {
            end -= RUN;
            // SAFETY: as the caller promises.
            unsafe { shift::<N, RUN>(base, nth, (end, end + 1), orders) };
        }
        for index in (from..end).rev() {
            // SAFETY: as the caller promises.
            unsafe { shift::<N, 1>(base, nth, (index, index + 1), orders) };
        }
    }
}

/// Moves the slots of `words` words from `from` on and before `to` down by one.
///
/// # Safety
/// As [`load`], for every slot from the one before `from` on; nobody else writes.
#[inline(always)]
pub(super) unsafe fn lower<const N: usize>(
    base: NonNull<Word>,
    words: usize,
    (from, to): (usize, usize),
    orders: (Memory, Memory),
) {
    for nth in 0..words {
        let mut start = from;
        while start + RUN <= to {
            // SAFETY: as the caller promises.
            unsafe { shift::<N, RUN>(base, nth, (start, start - 1), orders) };
            start += RUN;
        }
        for index in start..to {
            // SAFETY: as the caller promises.
            unsafe { shift::<N, 1>(base, nth, (index, index - 1), orders) };
        }
    }
}

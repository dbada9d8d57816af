//! A leaf (the paper's border node): its layout, and the access to its fields.
//!
//! ```text
//! line 0   version | 24 fingerprints | 24 kinds of 4 bits | next | used, capacity, depth
//! line 1   prev | permutation | slices...
//! ...      slices, a u64 a slot | words, a pointer a slot | tails, a u64 a slot, if the leaf has them
//! ```
//! A get touches line 0, one line of slices, one of words and, if the key has a tail, one of tails. All fields are atomics: readers look at any time and validate the
//! version afterwards (I1); writers hold the lock and have marked the leaf (I2).
//!
//! At a slice there may be up to nine keys that end there, one for each length, and either several that go on, as tails and records in the order
//! of their suffixes, or one layer.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{self, NonNull};

use optimistic::VersionLock;
use optimistic::order::{PUBLISH_NODE, PUBLISH_VALUE};
use optimistic::sync::{AtomicPtr, AtomicU32, AtomicU64, DATA_LOAD, DATA_STORE, prefetch};

use super::memory::{Account, Count, free};
use super::order::Order;
use super::slot::{KIND_TAIL8, Kind, Kinds, Slot};
use super::{Node, fingerprint, order};
use crate::error::InsertError;
use crate::storage::Word;

/// Most slots that a leaf can have.
pub(crate) const WIDEST: usize = 24;

#[repr(C)]
pub(crate) struct Header {
    version: VersionLock,
    fingerprints: [AtomicU64; fingerprint::WORDS],
    pub(super) kinds: [AtomicU64; 2],
    next: AtomicPtr<Header>,
    /// A bit for each slot that holds an entry, and their number above these bits.
    used: AtomicU32,
    capacity: u8,
    /// Whether there is room for tails.
    tailed: bool,
    /// How many bytes of its keys lie above its layer.
    depth: u16,
    prev: AtomicPtr<Header>,
    order: [AtomicU64; order::WORDS],
}

/// The slice of a slot that holds no entry, so that no slice comes after it.
const UNUSED: u64 = u64::MAX;

/// The bits of the slots in `used`.
const SLOTS: u32 = (1 << WIDEST) - 1;

const LINE: usize = 64;
const SLICES_AT: usize = size_of::<Header>();
/// The first line of the tails of the widest leaf, and the one behind them.
const TAILS_AT: usize = 8;
const TAILS_END: usize = 11;
#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(std::mem::offset_of!(Header, prev) == LINE && SLICES_AT == 96);

/// A leaf that is alive for `'g`.
#[derive(Clone, Copy)]
pub(crate) struct Leaf<'g>(NonNull<Header>, PhantomData<&'g Header>);

impl std::fmt::Debug for Leaf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Leaf({:p})", self.0)
    }
}

impl PartialEq for Leaf<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn layout(capacity: usize, tailed: bool) -> Layout {
    let tail = if tailed { size_of::<AtomicU64>() } else { 0 };
    let size = SLICES_AT + capacity * (size_of::<AtomicU64>() + size_of::<AtomicPtr<()>>() + tail);
    // At most a few KiB, and the alignment is a power of two.
    Layout::from_size_align(size, LINE).unwrap_or(Layout::new::<Header>())
}

impl<'g> Leaf<'g> {
    /// A fresh empty leaf of a layer at `depth`, with or without room for tails, that nobody else sees yet.
    pub fn new(
        capacity: usize,
        tailed: bool,
        depth: usize,
        account: &Account,
    ) -> Result<Self, InsertError> {
        let layout = layout(capacity, tailed);
        let header = account.allocate(layout)?.cast::<Header>();
        // SAFETY: freshly allocated with room for the header and `capacity` slices, words and, if asked for, tails; no one else has the pointer.
        unsafe {
            header.write(Header {
                version: VersionLock::leaf(),
                fingerprints: std::array::from_fn(|_| AtomicU64::new(0)),
                kinds: std::array::from_fn(|_| AtomicU64::new(0)),
                next: AtomicPtr::default(),
                used: AtomicU32::new(0),
                capacity: capacity as u8,
                tailed,
                depth: depth as u16,
                prev: AtomicPtr::default(),
                order: std::array::from_fn(|_| AtomicU64::new(0)),
            });
            let slices = header.cast::<u8>().add(SLICES_AT).cast::<AtomicU64>();
            let words = slices.add(capacity).cast::<AtomicPtr<()>>();
            for slot in 0..capacity {
                slices.add(slot).write(AtomicU64::new(UNUSED));
                words.add(slot).write(AtomicPtr::default());
            }
            if tailed {
                let tails = words.add(capacity).cast::<AtomicU64>();
                for slot in 0..capacity {
                    tails.add(slot).write(AtomicU64::new(0));
                }
            }
        }
        account.add(Count::Leaves, 1);
        account.add(Count::Slots, capacity as isize);
        account.add(Count::LeafBytes, layout.size() as isize);
        Ok(Self(header, PhantomData))
    }

    /// Takes the leaf out of the account; it is retired or freed next.
    pub fn discount(self, account: &Account) {
        account.add(Count::Leaves, -1);
        account.add(Count::Slots, -(self.capacity() as isize));
        account.add(
            Count::LeafBytes,
            -(layout(self.capacity(), self.is_tailed()).size() as isize),
        );
    }

    /// The leaf behind a pointer that was not null.
    ///
    /// # Safety
    /// The pointer is to a leaf that stays allocated for `'g` (I3, I4).
    #[inline]
    pub unsafe fn from_raw(pointer: NonNull<Node>) -> Self {
        Self(pointer.cast(), PhantomData)
    }

    #[inline]
    pub fn as_node(self) -> *mut Node {
        self.0.as_ptr().cast()
    }

    #[inline]
    pub fn as_raw(self) -> *mut Header {
        self.0.as_ptr()
    }

    #[inline]
    pub(super) fn header(self) -> &'g Header {
        // SAFETY: alive for 'g by construction.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub fn version(self) -> &'g VersionLock {
        &self.header().version
    }

    #[inline]
    pub fn capacity(self) -> usize {
        self.header().capacity.into()
    }

    /// The slices of all slots, used or not.
    #[inline]
    pub(super) fn slices(self) -> &'g [AtomicU64] {
        // SAFETY: alive for 'g, and as many slices as the capacity says stand behind the header since `new`.
        unsafe {
            let first = self.0.cast::<u8>().add(SLICES_AT).cast::<AtomicU64>();
            std::slice::from_raw_parts(first.as_ptr(), self.capacity())
        }
    }

    #[inline]
    pub(super) fn slice_at(self, slot: usize) -> &'g AtomicU64 {
        debug_assert!(slot < self.capacity());
        // SAFETY: `slot` is below the capacity: it comes from `used` or the permutation, which hold nothing else.
        unsafe {
            self.0
                .cast::<u8>()
                .add(SLICES_AT)
                .cast::<AtomicU64>()
                .add(slot)
                .as_ref()
        }
    }

    #[inline]
    pub(super) fn word_at(self, slot: usize) -> &'g AtomicPtr<()> {
        debug_assert!(slot < self.capacity());
        let slices = self.capacity() * size_of::<AtomicU64>();
        // SAFETY: as for `slice_at`; the words follow the slices.
        unsafe {
            self.0
                .cast::<u8>()
                .add(SLICES_AT + slices)
                .cast::<AtomicPtr<()>>()
                .add(slot)
                .as_ref()
        }
    }

    /// How many bytes of its keys lie above its layer. That never changes.
    #[inline]
    pub fn depth(self) -> usize {
        self.header().depth.into()
    }

    /// Whether it has room for tails. That never changes.
    #[inline]
    pub fn is_tailed(self) -> bool {
        self.header().tailed
    }

    #[inline]
    pub(super) fn tail_at(self, slot: usize) -> Option<&'g AtomicU64> {
        debug_assert!(slot < self.capacity());
        let before = self.capacity() * (size_of::<AtomicU64>() + size_of::<AtomicPtr<()>>());
        // SAFETY: as for `slice_at`; the tails of a tailed leaf follow the words.
        self.is_tailed().then(|| unsafe {
            self.0
                .cast::<u8>()
                .add(SLICES_AT + before)
                .cast::<AtomicU64>()
                .add(slot)
                .as_ref()
        })
    }

    /// The bits of the tail in `slot`; no tail has none.
    #[inline]
    pub fn tail(self, slot: usize) -> u64 {
        self.tail_at(slot).map_or(0, |tail| tail.load(DATA_LOAD))
    }

    #[inline]
    pub fn slice(self, slot: usize) -> u64 {
        self.slice_at(slot).load(DATA_LOAD)
    }

    #[inline]
    pub fn word(self, slot: usize) -> Word {
        self.word_at(slot).load(DATA_LOAD)
    }

    #[inline]
    pub fn kind(self, slot: usize) -> Kind {
        (self.header().kinds[slot / 16].load(DATA_LOAD) >> (slot % 16 * 4)) as u8 & 15
    }

    #[inline]
    pub fn kinds(self) -> Kinds {
        Kinds(std::array::from_fn(|i| {
            self.header().kinds[i].load(DATA_LOAD)
        }))
    }

    #[inline]
    pub fn slot(self, slot: usize) -> Slot {
        Slot {
            slice: self.slice(slot),
            kind: self.kind(slot),
            word: self.word(slot),
            tail: self.tail(slot),
        }
    }

    /// Number of entries.
    #[inline]
    pub fn len(self) -> usize {
        (self.header().used.load(DATA_LOAD) >> WIDEST) as usize
    }

    /// A bit for each slot that holds an entry.
    #[inline]
    fn used(self) -> u32 {
        self.header().used.load(DATA_LOAD) & SLOTS
    }

    /// Whether an entry has a tail.
    pub fn holds_tails(self) -> bool {
        self.is_tailed()
            && self
                .order()
                .slots()
                .any(|slot| self.kind(slot) >= KIND_TAIL8)
    }

    #[inline]
    pub fn is_full(self) -> bool {
        self.len() == self.capacity()
    }

    #[inline]
    pub fn order(self) -> Order {
        let words = std::array::from_fn(|i| self.header().order[i].load(DATA_LOAD));
        Order::from_words(words, self.len())
    }

    #[inline]
    pub fn next(self) -> *mut Header {
        self.header().next.load(optimistic::order::FOLLOW_NODE)
    }

    #[inline]
    pub fn prev(self) -> *mut Header {
        self.header().prev.load(optimistic::order::FOLLOW_NODE)
    }

    /// Sets the right neighbour; locked and marked.
    pub fn set_next(self, next: *mut Header) {
        self.header().next.store(next, PUBLISH_NODE);
    }

    /// Sets the left neighbour; the lock of the old or the new left neighbour is held, or there is none and the new one is not yet published.
    pub fn set_prev(self, prev: *mut Header) {
        self.header().prev.store(prev, PUBLISH_NODE);
    }

    /// The neighbour behind `pointer`, if there is one.
    ///
    /// # Safety
    /// The pointer was loaded from a leaf under a guard held for `'g`.
    #[inline]
    pub unsafe fn neighbour(pointer: *mut Header) -> Option<Leaf<'g>> {
        NonNull::new(pointer).map(|header| Leaf(header, PhantomData))
    }

    /// Asks for the lines that a search in this leaf will touch, those of the tails too if the key is so long.
    #[inline]
    pub fn prefetch(pointer: *const Node, tails: bool) {
        let lines = pointer.cast::<[u8; LINE]>();
        for line in 0..TAILS_AT {
            prefetch(lines.wrapping_add(line));
        }
        if tails {
            prefetch_tails(lines);
        }
    }

    /// Asks for the tails, if there are any.
    #[inline]
    pub fn prefetch_tails(self) {
        if self.is_tailed() {
            prefetch_tails(self.0.cast::<[u8; LINE]>().as_ptr());
        }
    }

    /// A bit for each used slot with this fingerprint.
    #[inline]
    pub(super) fn candidates(self, fingerprint: u8) -> u32 {
        let header = self.header();
        let words = std::array::from_fn(|i| header.fingerprints[i].load(DATA_LOAD));
        fingerprint::matches(words, fingerprint) & self.used()
    }

    /// Puts an entry at `position`; locked and marked (or not yet published), and not full.
    #[inline(always)]
    pub fn insert(self, position: usize, entry: Slot, fingerprint: u8) {
        let mut order = self.order();
        let used = self.used();
        let slot = used.trailing_ones() as usize;
        self.fill(slot, entry, fingerprint);
        order.insert(position, slot);
        self.set_order(order, used | 1 << slot);
    }

    /// Writes an entry into a free slot.
    #[inline]
    fn fill(self, slot: usize, entry: Slot, fingerprint: u8) {
        self.slice_at(slot).store(entry.slice, DATA_STORE);
        if let Some(tail) = self.tail_at(slot) {
            tail.store(entry.tail, DATA_STORE);
        }
        self.put(slot, entry.kind, entry.word, fingerprint);
    }

    /// Takes the entry in `slot` out; locked and marked.
    pub fn remove(self, slot: usize) {
        let mut order = self.order();
        if let Some(position) = order.position(slot) {
            order.remove(position..position + 1);
        }
        self.slice_at(slot).store(UNUSED, DATA_STORE);
        self.set_order(order, self.used() & !(1 << slot));
    }

    /// Takes the entries at `positions` out; locked and marked.
    pub fn remove_run(self, positions: Range<usize>) {
        let mut order = self.order();
        let gone = order
            .slots()
            .skip(positions.start)
            .take(positions.len())
            .fold(0_u32, |mask, slot| {
                self.slice_at(slot).store(UNUSED, DATA_STORE);
                mask | 1 << slot
            });
        order.remove(positions);
        self.set_order(order, self.used() & !gone);
    }

    #[inline]
    fn set_order(self, order: Order, used: u32) {
        let header = self.header();
        for (cell, word) in header.order.iter().zip(order.to_words()) {
            cell.store(word, DATA_STORE);
        }
        let count = (order.len() as u32) << WIDEST;
        header.used.store(used | count, DATA_STORE);
    }

    /// Makes a slot a record, a layer or an ended key; locked and marked.
    #[inline]
    pub fn put(self, slot: usize, kind: Kind, word: Word, fingerprint: u8) {
        let header = self.header();
        let set = |cell: &AtomicU64, mask: u64, bits: u64, shift: usize| {
            cell.store(
                cell.load(DATA_LOAD) & !(mask << shift) | bits << shift,
                DATA_STORE,
            );
        };
        set(&header.kinds[slot / 16], 15, kind.into(), slot % 16 * 4);
        set(
            &header.fingerprints[slot / 8],
            0xFF,
            fingerprint.into(),
            slot % 8 * 8,
        );
        self.word_at(slot).store(word, PUBLISH_VALUE);
    }

    #[inline]
    fn fingerprint(self, slot: usize) -> u8 {
        (self.header().fingerprints[slot / 8].load(DATA_LOAD) >> (slot % 8 * 8)) as u8
    }

    /// Exchanges the value of a key that ends in this slot; locked, marked or not. Returns the old one.
    #[inline]
    pub fn replace(self, slot: usize, value: Word) -> Word {
        let old = self.word(slot);
        self.word_at(slot).store(value, PUBLISH_VALUE);
        old
    }

    /// Copies the entries from `from` to `to`, in order, behind those that `self` has. `self` is not yet published, and has room for tails if they have some.
    pub fn append_from(self, source: Leaf<'_>, from: usize, to: usize) {
        let theirs = source.order();
        let mut order = self.order();
        let mut used = self.used();
        for position in from..to {
            let (slot, free) = (theirs.slot(position), used.trailing_ones() as usize);
            self.fill(free, source.slot(slot), source.fingerprint(slot));
            order.push(free);
            used |= 1 << free;
        }
        self.set_order(order, used);
    }
}

/// Asks for the tails of the widest leaf.
#[inline]
fn prefetch_tails(lines: *const [u8; LINE]) {
    for line in TAILS_AT..TAILS_END {
        prefetch(lines.wrapping_add(line));
    }
}

/// Frees a leaf, not what its slots point to.
///
/// # Safety
/// Nobody reaches it any more.
pub(crate) unsafe fn free_leaf(header: *mut Header) {
    // SAFETY: written by `new`; the layout is that of its capacity. The slots are atomics, which need no drop.
    unsafe {
        let layout = layout((*header).capacity.into(), (*header).tailed);
        ptr::drop_in_place(header);
        free(header.cast(), layout);
    }
}

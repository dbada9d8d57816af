//! An inner node (the paper's interior node): sorted separators and the children between them.
//!
//! ```text
//! version | count, height | pivots 0 to 5      line 0
//! children 0 to 3   | keys 0 to 2   | -        line 1: group 0
//! children 4 to 7   | keys 4 to 6   | -        line 2: group 1, and so on
//! ```
//! Every fourth key is a pivot, which divides the groups; the others lie in their group's line beside the children that they divide. So a
//! search touches two lines: the first, and that of one group. Keys and children are kept sorted in place; they move by relaxed atomic stores
//! under the lock and the mark, and unused children are null, so that whatever a reader picks up in between is a live node or null (I3).

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::{self, NonNull};

use optimistic::VersionLock;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};
use optimistic::sync::{AtomicPtr, AtomicU32, AtomicU64, DATA_LOAD, DATA_STORE, prefetch};

use super::Node;
use super::memory::{Account, Count, free};
use crate::error::InsertError;

/// Children of a group.
const LANES: usize = 4;

/// Groups of a node: a line of them and of the pivots. A model has fewer, because every atomic costs it time.
const GROUPS: usize = if cfg!(any(loom, shuttle)) { 2 } else { 7 };

/// The most keys that a node has room for.
pub(crate) const WIDEST: usize = GROUPS * LANES - 1;

/// What an unused key holds.
const UNUSED: u64 = u64::MAX;

#[repr(C, align(64))]
pub(crate) struct Inner<const I: usize> {
    version: VersionLock,
    count: AtomicU32,
    /// 1 above the leaves.
    height: u32,
    /// The keys between the groups.
    pivots: [AtomicU64; GROUPS - 1],
    groups: [Group; GROUPS],
}

#[repr(C, align(64))]
#[derive(Debug)]
struct Group {
    children: [AtomicPtr<Node>; LANES],
    keys: [AtomicU64; LANES - 1],
}

impl Default for Group {
    fn default() -> Self {
        Self {
            children: Default::default(),
            keys: std::array::from_fn(|_| AtomicU64::new(UNUSED)),
        }
    }
}

/// An inner node that is alive for `'g`. Keeps the pointer that it was allocated with, for freeing.
pub(crate) struct InnerRef<'g, const I: usize>(NonNull<Inner<I>>, PhantomData<&'g Inner<I>>);

impl<const I: usize> Clone for InnerRef<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const I: usize> Copy for InnerRef<'_, I> {}

impl<'g, const I: usize> InnerRef<'g, I> {
    /// A fresh node without keys that nobody else sees yet.
    pub fn new(height: u32, first: *mut Node, account: &Account) -> Result<Self, InsertError> {
        let node = account
            .allocate(Layout::new::<Inner<I>>())?
            .cast::<Inner<I>>();
        // SAFETY: freshly allocated with this layout; no one else has the pointer.
        unsafe {
            node.write(Inner {
                version: VersionLock::inner(),
                count: AtomicU32::new(0),
                height,
                pivots: std::array::from_fn(|_| AtomicU64::new(UNUSED)),
                groups: std::array::from_fn(|_| Group::default()),
            });
        }
        account.add(Count::Inners, 1);
        let inner = Self(node, PhantomData);
        inner.set_first(first);
        Ok(inner)
    }

    /// The inner node behind a pointer that was not null.
    ///
    /// # Safety
    /// The pointer is to an inner node of this width that stays allocated for `'g` (I3, I4).
    #[inline]
    pub unsafe fn from_raw(pointer: NonNull<Node>) -> Self {
        Self(pointer.cast(), PhantomData)
    }

    #[inline]
    pub fn as_node(self) -> *mut Node {
        self.0.as_ptr().cast()
    }

    #[inline]
    pub fn as_raw(self) -> *mut Inner<I> {
        self.0.as_ptr()
    }

    /// The node for as long as it is alive, not only as long as this handle.
    #[inline]
    pub fn get(self) -> &'g Inner<I> {
        // SAFETY: alive for 'g by construction; all fields are atomics or never change.
        unsafe { self.0.as_ref() }
    }
}

impl<const I: usize> Deref for InnerRef<'_, I> {
    type Target = Inner<I>;

    #[inline]
    fn deref(&self) -> &Inner<I> {
        self.get()
    }
}

impl<const I: usize> Inner<I> {
    #[inline]
    pub fn version(&self) -> &VersionLock {
        &self.version
    }

    #[inline]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Number of keys.
    #[inline]
    pub fn len(&self) -> usize {
        // A bound for the optimizer; the count never exceeds the width.
        (self.count.load(DATA_LOAD) as usize).min(I)
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.len() == I
    }

    #[inline]
    pub fn key(&self, index: usize) -> u64 {
        self.key_cell(index).load(DATA_LOAD)
    }

    #[inline]
    fn key_cell(&self, index: usize) -> &AtomicU64 {
        match (index / LANES, index % LANES) {
            (group, lane) if lane == LANES - 1 => &self.pivots[group],
            (group, lane) => &self.groups[group].keys[lane],
        }
    }

    #[inline]
    fn child_cell(&self, index: usize) -> &AtomicPtr<Node> {
        &self.groups[index / LANES].children[index % LANES]
    }

    #[inline]
    pub fn child(&self, index: usize) -> *mut Node {
        self.child_cell(index).load(FOLLOW_NODE)
    }

    /// Sets the leftmost child; locked and marked, or not yet published.
    pub fn set_first(&self, child: *mut Node) {
        self.child_cell(0).store(child, PUBLISH_NODE);
    }

    /// Index of the child that covers `slice`. To be validated.
    #[inline]
    pub fn route(&self, slice: u64) -> usize {
        self.rank(slice).min(self.len())
    }

    /// The child that covers `slice`, and its index. To be validated.
    #[inline(always)]
    pub fn seek(&self, slice: u64) -> (usize, *mut Node) {
        let index = self.rank(slice);
        let child = self.child(index);
        if child.is_null() {
            return self.seek_last();
        }
        (index, child)
    }

    /// The last child, and its index. To be validated.
    #[cold]
    fn seek_last(&self) -> (usize, *mut Node) {
        let index = self.len();
        (index, self.child(index))
    }

    /// How many keys are at most `slice`; for the highest slice, unused ones count too, and lead to a child that is null.
    ///
    /// Two rounds of comparisons that do not wait for each other: all pivots, then the keys of one group. A binary search takes fewer,
    /// but each waits for the one before, and its keys lie in more lines.
    #[inline(always)]
    fn rank(&self, slice: u64) -> usize {
        let at_most = |keys: &[AtomicU64]| -> usize {
            keys.iter()
                .map(|key| usize::from(key.load(DATA_LOAD) <= slice))
                .sum()
        };
        let group = at_most(&self.pivots);
        group * LANES + at_most(&self.groups[group].keys)
    }

    /// The first and the last slice of the child at `index`, where a key of this node tells. To be validated.
    #[inline]
    pub fn range_of(&self, index: usize) -> (Option<u64>, Option<u64>) {
        let first = index
            .checked_sub(1)
            .map(|before| self.key(before.min(I - 1)));
        let last = (index < self.len()).then(|| self.key(index).wrapping_sub(1));
        (first, last)
    }

    /// Asks for the lines that a search in this node will touch.
    #[inline]
    pub fn prefetch(pointer: *const Node) {
        let lines = pointer.cast::<[u8; 64]>();
        for line in 0..size_of::<Self>() / 64 {
            prefetch(lines.wrapping_add(line));
        }
    }

    /// Puts `key` at `index` and `child` behind it; locked and marked (or not yet published), and not full.
    pub fn insert(&self, index: usize, key: u64, child: *mut Node) {
        let count = self.len();
        for i in (index..count).rev() {
            self.put(i + 1, self.key(i), self.child_cell(i + 1).load(DATA_LOAD));
        }
        self.put(index, key, child);
        self.count.store(count as u32 + 1, DATA_STORE);
    }

    /// Takes the child at `index` out; locked and marked, and there is another child.
    pub fn remove_child(&self, index: usize) {
        let count = self.len();
        if index == 0 {
            self.set_first(self.child_cell(1).load(DATA_LOAD));
        }
        for i in index.saturating_sub(1)..count - 1 {
            self.put(i, self.key(i + 1), self.child_cell(i + 2).load(DATA_LOAD));
        }
        self.truncate(count - 1);
    }

    /// Sets the key at `index` and the child behind it.
    fn put(&self, index: usize, key: u64, child: *mut Node) {
        self.child_cell(index + 1).store(child, PUBLISH_NODE);
        self.key_cell(index).store(key, DATA_STORE);
    }

    /// Keeps the first `count` keys; locked and marked.
    pub fn truncate(&self, count: usize) {
        for i in count..self.len() {
            self.key_cell(i).store(UNUSED, DATA_STORE);
            self.child_cell(i + 1).store(ptr::null_mut(), DATA_STORE);
        }
        self.count.store(count as u32, DATA_STORE);
    }

    /// Takes the node out of the account; it is retired or freed next.
    pub fn discount(&self, account: &Account) {
        account.add(Count::Inners, -1);
    }
}

/// Frees an inner node, not its children.
///
/// # Safety
/// Nobody reaches it any more.
pub(crate) unsafe fn free_inner<const I: usize>(node: *mut Inner<I>) {
    // SAFETY: written by `new` with this layout.
    unsafe {
        ptr::drop_in_place(node);
        free(node.cast(), Layout::new::<Inner<I>>());
    }
}

//! A leaf: keys and values side by side, and links to its neighbours.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr::NonNull;

use optimistic::VersionLock;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE, PUBLISH_VALUE, READ_VALUE};
use optimistic::sync::{DATA_LOAD, DATA_STORE, Ordering};

use super::keys::Keys;
use super::slots::{load, lower, raise, store};
use super::{Holds, Node, Word, free, prefetch_words, words_of};
use crate::bits::Bits;
use crate::key::Probe;
use crate::{key, value};

/// A leaf with room for `N` entries that is alive for `'g`.
pub(crate) struct Leaf<'g, K, V, const N: usize>(NonNull<Node>, Holds<'g, (K, V)>);

impl<K, V, const N: usize> Clone for Leaf<'_, K, V, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, const N: usize> Copy for Leaf<'_, K, V, N> {}

impl<K, V, const N: usize> PartialEq for Leaf<'_, K, V, N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn words<K: 'static, V: 'static, const N: usize>() -> usize {
    N * (key::words::<K>() + value::words::<V>())
}

impl<'g, K: 'static, V: 'static, const N: usize> Leaf<'g, K, V, N> {
    /// A fresh leaf that nobody else sees yet.
    pub fn new() -> Self {
        Self(
            Node::allocate(VersionLock::leaf(), 0, words::<K, V, N>()),
            PhantomData,
        )
    }

    /// The leaf behind a pointer.
    ///
    /// # Safety
    /// It is a leaf of these types and this width that stays allocated for `'g` (F3, F4).
    #[inline(always)]
    pub unsafe fn from_raw(node: NonNull<Node>) -> Self {
        Self(node, PhantomData)
    }

    /// The leaf behind a neighbour's link, if there is one.
    ///
    /// # Safety
    /// As [`from_raw`](Self::from_raw).
    #[inline(always)]
    pub unsafe fn neighbour(node: *mut Node) -> Option<Self> {
        NonNull::new(node).map(|node| Self(node, PhantomData))
    }

    #[inline(always)]
    pub fn as_node(self) -> NonNull<Node> {
        self.0
    }

    #[inline(always)]
    pub fn as_raw(self) -> *mut Node {
        self.0.as_ptr()
    }

    #[inline(always)]
    fn node(self) -> &'g Node {
        // SAFETY: alive for 'g by construction; all fields are atomics or never change.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub fn version(self) -> &'g VersionLock {
        self.node().version()
    }

    /// Number of entries; never above the width.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.node().len().min(N)
    }

    #[inline(always)]
    pub fn keys(self) -> Keys<'g, K, N> {
        // SAFETY: a leaf's words begin with its keys.
        unsafe { Keys::of(self.0) }
    }

    /// Where the key is in the leaf, which has `len` entries, or where it would be. To be validated.
    #[inline(always)]
    pub fn search<Q>(self, len: usize, probe: &Probe<'_, K, Q>) -> Option<Result<usize, usize>>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.keys().search(len, probe)
    }

    /// Whether the leaf, of `len` entries, is the one for a key whose place in it is this. To be validated.
    ///
    /// So it is if the key is between two of its entries, or beyond them at an end of the tree: the first leaf stays the first until it is deleted.
    #[inline(always)]
    pub fn covers(self, place: Option<Result<usize, usize>>, len: usize) -> bool {
        match place {
            Some(Ok(_)) => true,
            Some(Err(index)) => {
                (index > 0 || self.prev().is_null()) && (index < len || self.next().is_null())
            }
            None => false,
        }
    }

    #[inline(always)]
    fn values(self) -> NonNull<Word> {
        // SAFETY: the values lie behind the keys in the same node.
        unsafe { words_of(self.0).add(N * key::words::<K>()) }
    }

    /// The orders in which a value's words are loaded and stored: those of a pointer publish what it leads to.
    #[inline(always)]
    fn orders() -> (Ordering, Ordering) {
        if value::is_boxed::<V>() {
            (READ_VALUE, PUBLISH_VALUE)
        } else {
            (DATA_LOAD, DATA_STORE)
        }
    }

    #[inline(always)]
    pub fn value(self, index: usize) -> Bits {
        let (order, _) = Self::orders();
        // SAFETY: the node is alive, and callers stay below the width.
        unsafe { load::<N>(self.values(), value::words::<V>(), index, order) }
    }

    /// Stores a value; locked (and marked, if values take two words), or not yet published.
    #[inline(always)]
    pub fn set_value(self, index: usize, bits: Bits) {
        let (_, order) = Self::orders();
        // SAFETY: as in `value`.
        unsafe { store::<N>(self.values(), value::words::<V>(), index, bits, order) }
    }

    #[inline(always)]
    pub fn set(self, index: usize, key: Bits, value: Bits) {
        self.keys().set(index, key);
        self.set_value(index, value);
    }

    #[inline(always)]
    pub fn next(self) -> *mut Node {
        self.node().next.load(FOLLOW_NODE)
    }

    #[inline(always)]
    pub fn prev(self) -> *mut Node {
        self.node().prev.load(FOLLOW_NODE)
    }

    /// Sets the right neighbour; locked and marked.
    pub fn set_next(self, next: *mut Node) {
        self.node().next.store(next, PUBLISH_NODE);
    }

    /// Sets the left neighbour; that one is locked.
    pub fn set_prev(self, prev: *mut Node) {
        self.node().prev.store(prev, PUBLISH_NODE);
    }

    /// Puts an entry at `index`; locked and marked, and not full.
    pub fn insert(self, index: usize, key: Bits, value: Bits) {
        let len = self.len();
        let keys = self.keys();
        let key = keys.admit(len, key);
        keys.make_room(index, len);
        let (values, words) = (self.values(), value::words::<V>());
        // SAFETY: the node is alive, and has room for another value.
        unsafe { raise::<N>(values, words, (index, len), Self::orders()) };
        self.set(index, key, value);
        self.node().set_len(len + 1);
    }

    /// Takes the entry at `index` out; locked and marked.
    pub fn remove(self, index: usize) {
        let len = self.len();
        let keys = self.keys();
        keys.close(index, len);
        let (values, words) = (self.values(), value::words::<V>());
        // SAFETY: the node is alive.
        unsafe { lower::<N>(values, words, (index + 1, len), Self::orders()) };
        self.set(len - 1, Bits::NULL, Bits::NULL);
        self.node().set_len(len - 1);
    }

    /// Keeps the first `len` entries; locked and marked. The others are the caller's.
    pub fn truncate(self, len: usize) {
        for i in len..self.len() {
            self.set(i, Bits::NULL, Bits::NULL);
        }
        self.node().set_len(len);
    }

    /// Appends the entries from `from` on of another leaf, which keeps them too; this one is locked and marked, or not yet published, and has room.
    pub fn append(self, other: Self, from: usize) {
        let len = self.len();
        let count = other.len() - from;
        for i in 0..count {
            self.set(len + i, other.keys().get(from + i), other.value(from + i));
        }
        self.node().set_len(len + count);
        self.keys().retune(len + count);
    }

    /// Asks for the whole leaf: its keys, to search them, and its values, of which one is wanted as soon as its key is found.
    #[inline(always)]
    pub fn prefetch(node: *const Node) {
        prefetch_words(node, words::<K, V, N>());
    }
}

/// Frees a leaf, not its entries.
///
/// # Safety
/// It is a leaf of these types and this width, and nobody reaches it any more.
pub(crate) unsafe fn free_leaf<K: 'static, V: 'static, const N: usize>(node: *mut Node) {
    // SAFETY: allocated by `Leaf::new` with so many words.
    unsafe { free(NonNull::new_unchecked(node), words::<K, V, N>()) };
}

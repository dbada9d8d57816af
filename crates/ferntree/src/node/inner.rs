//! An inner node: sorted separators and the children between them.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use optimistic::VersionLock;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};

use super::keys::Keys;
use super::{Holds, Node, Word, free, prefetch_words, words_of};
use crate::bits::Bits;
use crate::key::{self, Probe};

/// An inner node with room for `N` keys that is alive for `'g`.
pub(crate) struct Inner<'g, K, const N: usize>(NonNull<Node>, Holds<'g, K>);

impl<K, const N: usize> Clone for Inner<'_, K, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, const N: usize> Copy for Inner<'_, K, N> {}

fn words<K: 'static, const N: usize>() -> usize {
    N * key::words::<K>() + N + 1
}

impl<'g, K: 'static, const N: usize> Inner<'g, K, N> {
    /// A fresh node without keys that nobody else sees yet.
    pub fn new(height: u32, first: *mut Node) -> Self {
        let node = Node::allocate(VersionLock::inner(), height, words::<K, N>());
        let inner = Self(node, PhantomData);
        inner.set_child(0, first);
        inner
    }

    /// The inner node behind a pointer.
    ///
    /// # Safety
    /// It is an inner node of this type and width that stays allocated for `'g` (F3, F4).
    #[inline(always)]
    pub unsafe fn from_raw(node: NonNull<Node>) -> Self {
        Self(node, PhantomData)
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

    #[inline(always)]
    pub fn height(self) -> u32 {
        self.node().height()
    }

    /// Number of keys; never above the width.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.node().len().min(N)
    }

    #[inline(always)]
    pub fn keys(self) -> Keys<'g, K, N> {
        // SAFETY: an inner node's words begin with its keys.
        unsafe { Keys::of(self.0) }
    }

    /// Which child covers the key. To be validated.
    #[inline(always)]
    pub fn route<Q>(self, probe: &Probe<'_, K, Q>) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.keys().route(self.len(), probe)
    }

    #[inline(always)]
    fn cell(self, index: usize) -> &'g Word {
        debug_assert!(index <= N);
        // SAFETY: the children lie behind the keys in the same node, one more than there are keys.
        unsafe { words_of(self.0).add(N * key::words::<K>() + index).as_ref() }
    }

    #[inline(always)]
    pub fn child(self, index: usize) -> *mut Node {
        self.cell(index).load(FOLLOW_NODE).cast()
    }

    #[inline(always)]
    fn set_child(self, index: usize, child: *mut Node) {
        self.cell(index).store(child.cast(), PUBLISH_NODE);
    }

    /// Sets the leftmost child of a node that is not yet published.
    pub fn set_first(self, child: *mut Node) {
        self.set_child(0, child);
    }

    /// Puts `key` at `index` and `child` behind it; locked and marked, or not yet published, and not full.
    pub fn insert(self, index: usize, key: Bits, child: *mut Node) {
        let len = self.len();
        let keys = self.keys();
        let key = keys.admit(len, key);
        keys.make_room(index, len);
        for i in (index..len).rev() {
            self.set_child(i + 2, self.child(i + 1));
        }
        self.set_child(index + 1, child);
        keys.set(index, key);
        self.node().set_len(len + 1);
    }

    /// Takes the child at `index` out, and the separator that goes with it, which is returned; locked and marked, and there is another child.
    pub fn remove_child(self, index: usize) -> Bits {
        let len = self.len();
        let keys = self.keys();
        let at = index.saturating_sub(1);
        let separator = keys.get(at);
        for i in index..len {
            self.set_child(i, self.child(i + 1));
        }
        keys.close(at, len);
        keys.set(len - 1, Bits::NULL);
        self.set_child(len, ptr::null_mut());
        self.node().set_len(len - 1);
        separator
    }

    /// Keeps the first `len` keys and the children around them; locked and marked. The others are the caller's.
    pub fn truncate(self, len: usize) {
        for i in len..self.len() {
            self.keys().set(i, Bits::NULL);
            self.set_child(i + 1, ptr::null_mut());
        }
        self.node().set_len(len);
    }

    /// Asks for the lines that a search in this node will touch.
    #[inline(always)]
    pub fn prefetch(node: *const Node) {
        prefetch_words(node, N * key::words::<K>());
    }
}

/// Frees an inner node, neither its keys nor its children.
///
/// # Safety
/// It is an inner node of this type and width, and nobody reaches it any more.
pub(crate) unsafe fn free_inner<K: 'static, const N: usize>(node: *mut Node) {
    // SAFETY: allocated by `Inner::new` with so many words.
    unsafe { free(NonNull::new_unchecked(node), words::<K, N>()) };
}

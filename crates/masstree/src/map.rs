//! The map itself: its fields, and how it is made and dropped.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::thread;

use optimistic::sync::Ordering::Relaxed;

use crate::guard::Guard;
use crate::node::inner::{self, Inner, InnerRef, free_inner};
use crate::node::layer::{Layer, free_layer};
use crate::node::leaf::{Leaf, WIDEST, free_leaf};
use crate::node::memory::{Account, Count};
use crate::node::record::{Record, free_record};
use crate::node::slot::{KIND_LAYER, KIND_RECORD, Slot};
use crate::node::{Anchor, Node};
use crate::storage::{Storage, Word};

/// Default number of separators in an inner node, and the highest: 512 bytes.
pub const INNER_WIDTH: usize = inner::WIDEST;

/// A concurrent ordered map of byte keys: see the [crate's documentation](crate).
///
/// `S` says how values are kept, `W` how many entries a leaf has (10 to 24), `I` how many separators an inner node has (3 to 27).
/// Use the names [`MassTree`](crate::MassTree), [`MassTree15`](crate::MassTree15), [`MassTreeInline`](crate::MassTreeInline) and
/// [`MassTree15Inline`](crate::MassTree15Inline).
pub struct Map<S: Storage, const W: usize, const I: usize = INNER_WIDTH> {
    pub(crate) root: Anchor,
    pub(crate) account: Account,
    storage: PhantomData<S>,
}

// SAFETY: a map hands out shared and owned values to all threads, which `Storage` requires to be `Send + Sync`; nodes are shared by protocol.
unsafe impl<S: Storage, const W: usize, const I: usize> Send for Map<S, W, I> {}
// SAFETY: as for `Send`.
unsafe impl<S: Storage, const W: usize, const I: usize> Sync for Map<S, W, I> {}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    const WIDTHS: () = assert!(
        W >= 10 && W <= WIDEST && I >= 3 && I <= INNER_WIDTH,
        "leaf width 10 to 24, inner width 3 to 27"
    );

    /// An empty map.
    ///
    /// # Panics
    /// If there is no memory for the first leaf (under 500 bytes); use [`with_memory_limit`](Self::with_memory_limit) with care for the same reason.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTree::<u64>::new();
    /// assert!(map.is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_memory_limit(usize::MAX)
    }

    /// An empty map whose nodes and keys take at most `bytes` bytes; inserts beyond are refused with
    /// [`LimitReached`](crate::InsertError::LimitReached). Values behind `Arc`s are not counted.
    ///
    /// # Panics
    /// If there is no memory for the first leaf.
    pub fn with_memory_limit(bytes: usize) -> Self {
        const { Self::WIDTHS };
        let account = Account::new(usize::MAX, size_of::<Inner<I>>());
        let root = Leaf::new(W, true, 0, &account).map_or_else(
            |error| panic!("no memory for an empty map: {error}"),
            Leaf::as_node,
        );
        Self {
            root: Anchor::new(root),
            account: account.limited(bytes),
            storage: PhantomData,
        }
    }

    /// A guard: see [`Guard`]. Takes a few nanoseconds; one serves any number of operations.
    #[inline]
    pub fn guard(&self) -> Guard<'_> {
        Guard::new(self)
    }

    /// Number of entries. Exact when nobody writes meanwhile.
    ///
    /// # Complexity
    /// Reads 16 counters.
    pub fn len(&self) -> usize {
        self.account.sum(Count::Entries)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<S: Storage, const W: usize, const I: usize> Default for Map<S, W, I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Storage, const W: usize, const I: usize> Drop for Map<S, W, I> {
    /// Frees all nodes and releases all values now: nobody can hold a guard's borrow of the map any more. If a value's drop panics, so does this,
    /// after the rest has been freed.
    fn drop(&mut self) {
        let mut panicked = None;
        let mut nodes: Vec<*mut Node> = vec![self.root.load(Relaxed)];
        while let Some(pointer) = nodes.pop() {
            let Some(node) = NonNull::new(pointer) else {
                continue;
            };
            // SAFETY: exclusive access; every node in the tree was allocated by its own `new`, is in it once, and is freed once here.
            unsafe {
                if node.as_ref().is_leaf_unsynchronized() {
                    let leaf = Leaf::from_raw(node);
                    for slot in leaf.order().slots() {
                        let slot = leaf.slot(slot);
                        let dropped =
                            catch_unwind(AssertUnwindSafe(|| drop_slot::<S>(slot, &mut nodes)));
                        panicked = panicked.or(dropped.err());
                    }
                    free_leaf(leaf.as_raw());
                } else {
                    let inner = InnerRef::<I>::from_raw(node);
                    nodes.extend((0..=inner.len()).map(|i| inner.child(i)));
                    free_inner(inner.as_raw());
                }
            }
        }
        if let Some(panic) = panicked.filter(|_| !thread::panicking()) {
            resume_unwind(panic);
        }
    }
}

/// Releases what a slot owns; the root of a layer is left to the caller.
///
/// # Safety
/// The slot's leaf is owned and about to be freed.
unsafe fn drop_slot<S: Storage>(slot: Slot, nodes: &mut Vec<*mut Node>) {
    // SAFETY: kind and word belong together; whatever they own is owned once.
    unsafe {
        match slot.kind {
            KIND_LAYER => {
                nodes.push(Layer::from_word(slot.word).anchor().load(Relaxed));
                free_layer(slot.word.cast());
            }
            KIND_RECORD => {
                let value = Record::from_word(slot.word).value();
                free_record(slot.word.cast());
                S::release(value);
            }
            _ => S::release(slot.word),
        }
    }
}

/// Retires a value's word.
///
/// # Safety
/// The word has left the map, and is retired once.
#[inline]
pub(crate) unsafe fn retire_value<S: Storage>(word: Word, guard: &Guard<'_>) {
    unsafe fn release<S: Storage>(word: *mut ()) {
        // SAFETY: retired once, so released once.
        unsafe { S::release(word) };
    }
    if S::OWNS {
        // SAFETY: later pins cannot reach the word; values are `Send + Sync + 'static`, so any thread may drop them later.
        unsafe { guard.epoch.retire(word, release::<S>) };
    }
}

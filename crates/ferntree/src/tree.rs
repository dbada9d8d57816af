//! The tree itself: a root, a counter, and how both end.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use optimistic::Striped;
use optimistic::epoch::Guard;
use optimistic::order::FOLLOW_NODE;
use optimistic::sync::AtomicPtr;

use crate::bits::Bits;
use crate::finger::Era;
use crate::node::Node;
use crate::node::inner::{Inner, free_inner};
use crate::node::leaf::{Leaf, free_leaf};
use crate::{key, value};

/// A concurrent B+tree with `IC` keys an inner node and `LC` entries a leaf, each at least 3.
///
/// See the [crate](crate) for how to use it, and [`Tree`](crate::Tree) for the usual capacities.
///
/// # Examples
/// ```
/// let tree = ferntree::GenericTree::<u32, String, 8, 8>::new();
/// tree.insert(1, "one".to_string());
/// assert_eq!(tree.lookup(&1, |value| value.len()), Some(3));
/// ```
pub struct GenericTree<K: 'static, V: 'static, const IC: usize, const LC: usize> {
    pub(crate) root: AtomicPtr<Node>,
    pub(crate) era: Era,
    entries: Striped<1>,
    owns: PhantomData<(K, V)>,
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC> {
    const CAPACITIES: () = assert!(
        IC >= 3 && LC >= 3 && IC <= u16::MAX as usize && LC <= u16::MAX as usize,
        "a node has 3 to 65,535 keys"
    );

    /// An empty tree.
    ///
    /// A capacity below 3 does not compile:
    /// ```compile_fail
    /// ferntree::GenericTree::<u32, u32, 2, 2>::new();
    /// ```
    pub fn new() -> Self {
        let () = Self::CAPACITIES;
        Self::with_root(Leaf::<K, V, LC>::new().as_raw())
    }

    /// A tree of nodes that nobody else has.
    pub(crate) fn with_root(root: *mut Node) -> Self {
        Self {
            root: AtomicPtr::new(root),
            era: Era::new(),
            entries: Striped::new(),
            owns: PhantomData,
        }
    }

    /// Number of entries, from a counter. While others write, a number between those before and after.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..10).map(|i| (i, i)).collect();
    /// assert_eq!(tree.len(), 10);
    /// ```
    pub fn len(&self) -> usize {
        usize::try_from(self.entries.sum(0)).unwrap_or(0)
    }

    /// Whether the counter of entries is at zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Levels of the tree; 1 if all entries are in one leaf.
    ///
    /// # Examples
    /// ```
    /// let tree = ferntree::GenericTree::<u32, u32, 4, 4>::new();
    /// assert_eq!(tree.height(), 1);
    /// tree.extend((0..5).map(|i| (i, i)));
    /// assert_eq!(tree.height(), 2);
    /// ```
    pub fn height(&self) -> usize {
        let _guard = optimistic::epoch::pin();
        // SAFETY: the root is alive under the guard (F3, F4), and its height never changes.
        unsafe { &*self.root.load(FOLLOW_NODE) }.height() as usize + 1
    }

    #[inline(always)]
    pub(crate) fn count(&self, by: isize) {
        self.entries.add(0, by);
    }

    /// # Safety
    /// The pointer was loaded under the guard that `'g` stands for, or from a locked node, and is to an inner node.
    #[inline(always)]
    pub(crate) unsafe fn inner<'g>(&self, node: NonNull<Node>) -> Inner<'g, K, IC> {
        // SAFETY: as the caller promises; all nodes of a tree have its types and widths.
        unsafe { Inner::from_raw(node) }
    }

    /// # Safety
    /// As [`inner`](Self::inner), for a leaf.
    #[inline(always)]
    pub(crate) unsafe fn leaf<'g>(&self, node: NonNull<Node>) -> Leaf<'g, K, V, LC> {
        // SAFETY: as the caller promises; all nodes of a tree have its types and widths.
        unsafe { Leaf::from_raw(node) }
    }

    /// # Safety
    /// The leaf was unlinked, is marked as deleted, and is retired once (F3).
    pub(crate) unsafe fn retire_leaf(&self, leaf: Leaf<'_, K, V, LC>, guard: &Guard) {
        self.era.end();
        // SAFETY: as the caller promises; no thread that pins from now on takes it for near (F10).
        unsafe { guard.retire(leaf.as_raw(), free_leaf::<K, V, LC>) };
    }

    /// # Safety
    /// As [`retire_leaf`](Self::retire_leaf).
    pub(crate) unsafe fn retire_inner(&self, inner: Inner<'_, K, IC>, guard: &Guard) {
        // SAFETY: as the caller promises.
        unsafe { guard.retire(inner.as_raw(), free_inner::<K, IC>) };
    }
}

impl<K, V, const IC: usize, const LC: usize> Default for GenericTree<K, V, IC, LC> {
    fn default() -> Self {
        Self::new()
    }
}

/// Frees what is left of a tree, node by node. If a key's or value's drop panics, the rest is freed while the panic goes on.
struct Dismantling<K: 'static, V: 'static, const IC: usize, const LC: usize> {
    nodes: Vec<NonNull<Node>>,
    keys: Vec<Bits>,
    values: Vec<Bits>,
    owns: PhantomData<(K, V)>,
}

impl<K, V, const IC: usize, const LC: usize> Dismantling<K, V, IC, LC> {
    fn run(&mut self) {
        loop {
            while let Some(bits) = self.keys.pop() {
                // SAFETY: the slot is gone, and nobody else has the tree.
                unsafe { key::release::<K>(bits) };
            }
            while let Some(bits) = self.values.pop() {
                // SAFETY: as above.
                unsafe { value::release::<V>(bits) };
            }
            let Some(node) = self.nodes.pop() else { return };
            self.take_apart(node);
        }
    }

    /// Moves what a node refers to into the lists, and frees the node.
    fn take_apart(&mut self, node: NonNull<Node>) {
        // SAFETY: a node of the tree, which nobody else has; its height tells which kind it is, and it is freed once.
        unsafe {
            if node.as_ref().height() == 0 {
                let leaf = Leaf::<K, V, LC>::from_raw(node);
                for index in 0..leaf.len() {
                    self.keys.push(leaf.keys().get(index));
                    self.values.push(leaf.value(index));
                }
                free_leaf::<K, V, LC>(node.as_ptr());
            } else {
                let inner = Inner::<K, IC>::from_raw(node);
                let len = inner.len();
                self.keys.extend((0..len).map(|i| inner.keys().get(i)));
                let children = (0..=len).filter_map(|i| NonNull::new(inner.child(i)));
                self.nodes.extend(children);
                free_inner::<K, IC>(node.as_ptr());
            }
        }
    }
}

impl<K, V, const IC: usize, const LC: usize> Drop for Dismantling<K, V, IC, LC> {
    fn drop(&mut self) {
        self.run();
    }
}

impl<K, V, const IC: usize, const LC: usize> Drop for GenericTree<K, V, IC, LC> {
    fn drop(&mut self) {
        let root = NonNull::new(self.root.load(FOLLOW_NODE));
        let mut dismantling = Dismantling::<K, V, IC, LC> {
            nodes: root.into_iter().collect(),
            keys: Vec::new(),
            values: Vec::new(),
            owns: PhantomData,
        };
        dismantling.run();
    }
}

impl<K, V, const IC: usize, const LC: usize> fmt::Debug for GenericTree<K, V, IC, LC> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericTree")
            .field("len", &self.len())
            .field("height", &self.height())
            .finish_non_exhaustive()
    }
}

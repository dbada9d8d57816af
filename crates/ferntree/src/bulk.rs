//! A tree from sorted pairs, built from the leaves up: no search, full nodes.

use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};

use crate::bits::Bits;
use crate::error::{Error, Result};
use crate::key::{self, FreshKey};
use crate::node::Node;
use crate::node::inner::Inner;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;
use crate::value::FreshValue;

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// A tree of `pairs`, which are in strictly ascending order of their keys.
    ///
    /// # Errors
    /// [`Error::NotAscending`] with the index of the first pair that is not above the one before; all pairs so far are dropped.
    ///
    /// # Complexity
    /// Linear. All leaves but the last are full.
    ///
    /// # Examples
    /// ```
    /// use ferntree::{Tree, error::Error};
    /// let tree = Tree::bulk_load((0..1000).map(|i| (i, i)))?;
    /// assert_eq!((tree.len(), tree.get(&500)), (1000, Some(500)));
    /// assert_eq!(Tree::bulk_load([(1, ()), (1, ())]).err(), Some(Error::NotAscending(1)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn bulk_load(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self> {
        let mut builder = Builder::<K, V, IC, LC>::new();
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let (mut key, mut value) = (FreshKey::new(key), FreshValue::new(value));
            if !builder.is_below(key.get()) {
                return Err(Error::NotAscending(index));
            }
            builder.push(key.bits(), value.bits());
            key.stored();
            value.stored();
        }
        Ok(builder.tree)
    }
}

/// A tree that grows at its right edge, and that nobody else has. It is in order after each push.
struct Builder<K: 'static, V: 'static, const IC: usize, const LC: usize> {
    tree: GenericTree<K, V, IC, LC>,
    last: Leaf<'static, K, V, LC>,
    /// The inner nodes at the right edge, the lowest first.
    edge: Vec<Inner<'static, K, IC>>,
}

impl<K, V, const IC: usize, const LC: usize> Builder<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    fn new() -> Self {
        let last = Leaf::new();
        Self {
            tree: GenericTree::with_root(last.as_raw()),
            last,
            edge: Vec::new(),
        }
    }

    /// Whether all keys so far are below `key`.
    fn is_below(&self, key: &K) -> bool {
        let Some(index) = self.last.len().checked_sub(1) else {
            return true;
        };
        let last = self.last.keys().get(index);
        // SAFETY: the slot is in use, and the tree lives as long as the builder.
        unsafe { key::view::<K>(last) }.get() < key
    }

    /// Appends an entry, and takes it over.
    fn push(&mut self, key: Bits, value: Bits) {
        if self.last.len() == LC {
            let below = self.last.keys().get(LC - 1);
            self.last.keys().retune(LC);
            let right = Leaf::new();
            right.set_prev(self.last.as_raw());
            self.last.set_next(right.as_raw());
            self.last = right;
            // SAFETY: both keys are the builder's or the caller's, and in order.
            let separator = unsafe { key::separator::<K>(&below, &key) };
            self.raise(separator, right.as_raw());
        }
        self.last.insert(self.last.len(), key, value);
        self.tree.count(1);
    }

    /// Puts `separator` and the node behind it above the right edge.
    fn raise(&mut self, separator: Bits, mut right: *mut Node) {
        for inner in &mut self.edge {
            if inner.len() < IC {
                inner.insert(inner.len(), separator, right);
                return;
            }
            *inner = Inner::new(inner.height(), right);
            right = inner.as_raw();
        }
        let height = self.edge.last().map_or(1, |inner| inner.height() + 1);
        let root = Inner::new(height, self.tree.root.load(FOLLOW_NODE));
        root.insert(0, separator, right);
        self.tree.root.store(root.as_raw(), PUBLISH_NODE);
        self.edge.push(root);
    }
}

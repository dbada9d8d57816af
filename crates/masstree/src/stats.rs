//! What the map is made of, for a metrics endpoint and for the curious.

use crate::guard::Guard;
use crate::map::Map;
use crate::node::inner::{Inner, InnerRef};
use crate::node::layer::Layer;
use crate::node::memory::Count;
use crate::node::slot::KIND_LAYER;
use crate::node::{Anchor, Node};
use crate::storage::Storage;

/// Sizes of a map at one moment, from counters: each is exact when nobody writes meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// Entries.
    pub entries: usize,
    /// Leaves.
    pub leaves: usize,
    /// Inner nodes.
    pub inner_nodes: usize,
    /// Layers below the first.
    pub layers: usize,
    /// Keys that go on alone behind their slice, in a record of their own.
    pub records: usize,
    /// Bytes of leaves.
    pub leaf_bytes: usize,
    /// Bytes of inner nodes.
    pub inner_bytes: usize,
    /// Bytes of layers' prefixes and of records.
    pub key_bytes: usize,
    /// Slots of all leaves.
    pub slots: usize,
    /// Objects of the whole process that are removed and not freed yet because guards may see them.
    pub pending: usize,
}

impl Stats {
    /// Bytes of nodes, layers and records. Values behind `Arc`s are not among them.
    pub fn bytes(&self) -> usize {
        self.leaf_bytes + self.inner_bytes + self.key_bytes
    }

    /// Share of the leaves' slots that hold an entry or a layer.
    pub fn fill(&self) -> f64 {
        if self.slots == 0 {
            0.0
        } else {
            (self.entries + self.layers) as f64 / self.slots as f64
        }
    }
}

/// Shape of the B+trees at one depth of the trie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LayerShape {
    /// How many trees there are at this depth.
    pub trees: usize,
    /// Leaves of all of them.
    pub leaves: usize,
    /// Inner nodes of all of them.
    pub inner_nodes: usize,
    /// Levels of the tallest, its leaves included.
    pub tallest: usize,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Sizes by kind.
    ///
    /// # Complexity
    /// Reads a few dozen counters, whatever the size of the map.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"k", 1).unwrap();
    /// let stats = map.stats();
    /// assert_eq!((stats.entries, stats.leaves), (1, 1));
    /// assert!(stats.bytes() < 4096);
    /// ```
    pub fn stats(&self) -> Stats {
        let sum = |count| self.account.sum(count);
        Stats {
            entries: sum(Count::Entries),
            leaves: sum(Count::Leaves),
            inner_nodes: sum(Count::Inners),
            layers: sum(Count::Layers),
            records: sum(Count::Records),
            leaf_bytes: sum(Count::LeafBytes),
            inner_bytes: sum(Count::Inners) * size_of::<Inner<I>>(),
            key_bytes: sum(Count::KeyBytes),
            slots: sum(Count::Slots),
            pending: optimistic::epoch::pending(),
        }
    }

    /// The shape of the trie, a row a depth.
    ///
    /// # Complexity
    /// Visits every node.
    ///
    /// # Consistency
    /// Counts what it meets; nodes that change meanwhile are counted as they were before or after.
    pub fn shape<'g>(&'g self, _guard: &'g Guard<'_>) -> Vec<LayerShape> {
        let mut rows: Vec<LayerShape> = Vec::new();
        let mut anchors: Vec<(&'g Anchor, usize)> = vec![(&self.root, 0)];
        while let Some((anchor, depth)) = anchors.pop() {
            if rows.len() <= depth {
                rows.resize(depth + 1, LayerShape::default());
            }
            let row = &mut rows[depth];
            row.trees += 1;
            let mut nodes: Vec<(*mut Node, usize)> =
                vec![(anchor.load(optimistic::order::FOLLOW_NODE), 1)];
            while let Some((pointer, level)) = nodes.pop() {
                let Some(node) = std::ptr::NonNull::new(pointer) else {
                    continue;
                };
                row.tallest = row.tallest.max(level);
                // SAFETY: loaded under the guard, so allocated (I3).
                let stamp = unsafe { node.as_ref() }.stable();
                if stamp.is_leaf() {
                    row.leaves += 1;
                    // SAFETY: as above, and a leaf.
                    let leaf = unsafe { crate::node::leaf::Leaf::from_raw(node) };
                    let slots: Vec<_> = leaf.order().slots().map(|slot| leaf.slot(slot)).collect();
                    if leaf.version().validate(stamp) {
                        let layers = slots.into_iter().filter(|slot| slot.kind == KIND_LAYER);
                        anchors.extend(layers.map(|slot| {
                            // SAFETY: validated under the guard.
                            let layer = unsafe { Layer::from_word(slot.word) };
                            (layer.anchor(), depth + 1)
                        }));
                    }
                } else {
                    row.inner_nodes += 1;
                    // SAFETY: as above, and an inner node.
                    let inner = unsafe { InnerRef::<I>::from_raw(node) };
                    nodes.extend((0..=inner.len()).map(|i| (inner.child(i), level + 1)));
                }
            }
        }
        rows
    }
}

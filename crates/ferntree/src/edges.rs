//! The first and the last entry, looked at.

use optimistic::epoch;

use crate::remove::Edge;
use crate::tree::GenericTree;
use crate::{key, value};

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// What `look` makes of the first entry, if there is one. `look` runs once, outside of all locks.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<_, _> = [(2, 'b'), (1, 'a')].into_iter().collect();
    /// assert_eq!(tree.first(|key, value| (*key, *value)), Some((1, 'a')));
    /// assert_eq!(tree.last(|key, value| (*key, *value)), Some((2, 'b')));
    /// ```
    pub fn first<R>(&self, look: impl FnOnce(&K, &V) -> R) -> Option<R> {
        self.edge(Edge::First, look)
    }

    /// What `look` makes of the last entry, if there is one. `look` runs once, outside of all locks.
    pub fn last<R>(&self, look: impl FnOnce(&K, &V) -> R) -> Option<R> {
        self.edge(Edge::Last, look)
    }

    fn edge<R>(&self, edge: Edge, look: impl FnOnce(&K, &V) -> R) -> Option<R> {
        let guard = epoch::pin();
        loop {
            let ((leaf, stamp), len) = self.edge_leaf(edge, &guard)?;
            let index = match edge {
                Edge::First => 0,
                Edge::Last => len - 1,
            };
            let (key, value) = (leaf.keys().get(index), leaf.value(index));
            if leaf.version().validate(stamp) {
                // SAFETY: validated under the guard.
                let (key, value) = unsafe { (key::view(key), value::reference(&value)) };
                return Some(look(key.get(), value));
            }
        }
    }
}

//! Trees from iterators and to iterators.

use crate::iter::Range;
use crate::tree::GenericTree;

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Inserts all pairs, one after the other, through a shared reference. Of pairs with one key the last one counts.
    pub fn extend(&self, pairs: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in pairs {
            self.insert_defer(key, value);
        }
    }
}

impl<K, V, const IC: usize, const LC: usize> Extend<(K, V)> for GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, pairs: T) {
        GenericTree::extend(self, pairs);
    }
}

impl<K, V, const IC: usize, const LC: usize> FromIterator<(K, V)> for GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let tree = Self::new();
        GenericTree::extend(&tree, pairs);
        tree
    }
}

impl<'t, K, V, const IC: usize, const LC: usize> IntoIterator for &'t GenericTree<K, V, IC, LC>
where
    K: Ord + Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    type Item = (K, V);
    type IntoIter = Range<'t, K, V, IC, LC>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V, const IC: usize, const LC: usize> Clone for GenericTree<K, V, IC, LC>
where
    K: Ord + Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    /// A tree of clones; of a tree that others write to, what an iteration sees.
    fn clone(&self) -> Self {
        self.iter().collect()
    }
}

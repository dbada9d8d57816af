//! The entry interface: what to do with a key, said before it is known whether it is there, and done as one step.

use std::fmt;

use optimistic::epoch;

use crate::tree::GenericTree;
use crate::value;

/// A key, there or not. See [`GenericTree::entry`].
#[must_use = "an entry does nothing by itself"]
pub struct Entry<'t, K: 'static, V: 'static, const IC: usize, const LC: usize> {
    tree: &'t GenericTree<K, V, IC, LC>,
    key: K,
}

/// A key and what to do with its value if it is there. See [`Entry::and_modify`].
#[must_use = "nothing is modified before it is said what to do if the key is not there"]
pub struct Modify<'t, K: 'static, V: 'static, F, const IC: usize, const LC: usize> {
    entry: Entry<'t, K, V, IC, LC>,
    change: F,
}

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// The entry of `key`.
    ///
    /// Nothing is locked while it is held. The last call decides, as one step: to modify or to insert.
    ///
    /// # Examples
    /// ```
    /// let hits = ferntree::Tree::<&str, u32>::new();
    /// std::thread::scope(|scope| {
    ///     for _ in 0..2 {
    ///         scope.spawn(|| (0..100).for_each(|_| { hits.entry("/").and_modify(|n| *n += 1).or_insert(1); }));
    ///     }
    /// });
    /// assert_eq!(hits.get(&"/"), Some(200));
    /// ```
    pub fn entry(&self, key: K) -> Entry<'_, K, V, IC, LC> {
        Entry { tree: self, key }
    }
}

impl<'t, K, V, const IC: usize, const LC: usize> Entry<'t, K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Clone + Send + 'static,
{
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// A clone of the value now, if the key is there.
    pub fn get(&self) -> Option<V> {
        self.tree.get(&self.key)
    }

    /// What to do with the value if the key is there: `change` changes a clone, which is stored if the value is still the same, or else it runs again.
    pub fn and_modify<F: FnMut(&mut V)>(self, change: F) -> Modify<'t, K, V, F, IC, LC> {
        Modify {
            entry: self,
            change,
        }
    }

    /// A clone of the value; `value` is inserted first if the key is not there.
    pub fn or_insert(self, value: V) -> V {
        self.tree.get_or_insert(self.key, value)
    }

    /// A clone of the value; what `make` returns is inserted first if the key is not there.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> V {
        self.tree.get_or_insert_with(self.key, make)
    }

    /// A clone of the value; the default is inserted first if the key is not there.
    pub fn or_default(self) -> V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Puts the key to `value` and returns a clone of the value that it had.
    pub fn insert(self, value: V) -> Option<V> {
        self.tree.insert(self.key, value)
    }

    /// Takes the key out and returns a clone of its value.
    pub fn remove(self) -> Option<V> {
        self.tree.remove(&self.key)
    }
}

impl<K, V, F, const IC: usize, const LC: usize> Modify<'_, K, V, F, IC, LC>
where
    K: Ord + Send + 'static,
    V: Clone + Send + 'static,
    F: FnMut(&mut V),
{
    /// A clone of the modified value, or of `value`, which is inserted if the key is not there.
    pub fn or_insert(self, value: V) -> V {
        self.or_insert_with(|| value.clone())
    }

    /// A clone of the modified value, or of what `make` returns, which is inserted if the key is not there. `make` may run again when others write meanwhile.
    pub fn or_insert_with(mut self, mut make: impl FnMut() -> V) -> V {
        let guard = epoch::pin();
        let (before, after) = self.entry.tree.upsert(
            self.entry.key,
            |value| match value {
                Some(value) => {
                    let mut changed = value.clone();
                    (self.change)(&mut changed);
                    Some(changed)
                }
                None => Some(make()),
            },
            &guard,
        );
        let Some(bits) = after.or(before) else {
            unreachable!("a value was stored")
        };
        // SAFETY: in the tree under the guard.
        unsafe { value::reference::<V>(&bits) }.clone()
    }

    /// A clone of the modified value, or the default, which is inserted if the key is not there.
    pub fn or_default(self) -> V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// A clone of the modified value; nothing is inserted if the key is not there.
    pub fn or_leave(mut self) -> Option<V> {
        let guard = epoch::pin();
        let (_, after) = self.entry.tree.upsert(
            self.entry.key,
            |value| {
                let mut changed = value?.clone();
                (self.change)(&mut changed);
                Some(changed)
            },
            &guard,
        );
        // SAFETY: in the tree under the guard.
        after.map(|bits| unsafe { value::reference::<V>(&bits) }.clone())
    }
}

impl<K: fmt::Debug, V, const IC: usize, const LC: usize> fmt::Debug for Entry<'_, K, V, IC, LC> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V, F, const IC: usize, const LC: usize> fmt::Debug
    for Modify<'_, K, V, F, IC, LC>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modify")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

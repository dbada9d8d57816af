//! Emptying a tree that others may be using, and emptying parts of it.

use crate::descend::Toward;
use crate::key::{self, Probe};
use crate::tree::GenericTree;
use crate::value;
use crate::walk::{Around, FORWARD, Walk};

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Takes out every entry that is there when it begins, leaf after leaf, and unlinks the leaves.
    ///
    /// # Consistency
    /// Not one moment: a reader may find some keys gone and others not. A key that is inserted meanwhile may stay.
    ///
    /// # Examples
    /// ```
    /// let tree: ferntree::Tree<u32, u32> = (0..1000).map(|i| (i, i)).collect();
    /// tree.clear();
    /// assert_eq!((tree.len(), tree.height()), (0, 1));
    /// ```
    pub fn clear(&self) {
        let mut walk = Walk::new(self, Around::First);
        while walk.step::<FORWARD>(|_| {}).is_some() {
            let Some(((leaf, stamp), gap)) = walk.position() else {
                continue;
            };
            let from = gap - 1;
            let mut entries = Vec::with_capacity(LC);
            let Some(mut lock) = leaf.version().lock_if(stamp) else {
                // Somebody changed the leaf: take the step again.
                let Around::Behind(key) = walk.around else {
                    return;
                };
                walk.place(Around::Before(key));
                continue;
            };
            entries.extend((from..leaf.len()).map(|i| (leaf.keys().get(i), leaf.value(i))));
            lock.mark_change();
            leaf.truncate(from);
            drop(lock);
            self.count(-(entries.len() as isize));
            for (key, value) in &entries {
                // SAFETY: out of their slots, which only the holder of the lock could take them from.
                unsafe {
                    key::retire::<K>(*key, &walk.guard);
                    value::retire::<V>(*value, &walk.guard);
                }
            }
            if let Some((last, _)) = entries.last() {
                walk.place(Around::Behind(*last));
                // SAFETY: retired under the walk's guard, which is still held.
                let last = unsafe { key::view::<K>(*last) };
                let probe = Probe::<K, _>::new(last.get());
                self.shrink(Toward::Key(&probe), from, &walk.guard);
            }
        }
    }
}

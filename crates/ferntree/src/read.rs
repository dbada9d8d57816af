//! Lookups: find a slot, validate, look.

use std::borrow::Borrow;

use optimistic::epoch::{self, Guard};

use crate::bits::Bits;
use crate::descend::Toward;
use crate::finger::Located;
use crate::key::Probe;
use crate::tree::GenericTree;
use crate::value;

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// What `look` makes of the value of `key`, if the key is there.
    ///
    /// The value is borrowed in place, or copied out if it is plain; `look` runs once, outside of all locks, and may use the tree.
    ///
    /// # Examples
    /// ```
    /// let tree = ferntree::Tree::<String, Vec<u8>>::new();
    /// tree.insert("k".to_string(), vec![1, 2, 3]);
    /// assert_eq!(tree.lookup("k", |value| value.len()), Some(3));
    /// ```
    #[inline]
    pub fn lookup<Q, R>(&self, key: &Q, look: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        let guard = epoch::pin();
        let bits = self.find(&Probe::<K, _>::new(key), &guard)?;
        // SAFETY: validated under the guard.
        Some(look(unsafe { value::reference(&bits) }))
    }

    /// A clone of the value of `key`.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
        V: Clone,
    {
        self.lookup(key, V::clone)
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'static,
    {
        let guard = epoch::pin();
        self.find(&Probe::<K, _>::new(key), &guard).is_some()
    }

    /// The validated value slot of a key.
    #[inline(always)]
    pub(crate) fn find<Q>(&self, probe: &Probe<'_, K, Q>, guard: &Guard) -> Option<Bits>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let located = self.locate(probe, guard);
        let bits = located.value();
        if located.leaf.version().validate(located.stamp)
            && let Some(bits) = bits
        {
            return bits;
        }
        self.find_anew(probe, guard)
    }

    /// As [`find`](Self::find), after somebody changed the leaf.
    #[cold]
    fn find_anew<Q>(&self, probe: &Probe<'_, K, Q>, guard: &Guard) -> Option<Bits>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        loop {
            let (leaf, mut stamp) = self.descend(Toward::Key(probe), guard);
            loop {
                let bits = Located::search((leaf, stamp), probe).value();
                if leaf.version().validate(stamp)
                    && let Some(bits) = bits
                {
                    return bits;
                }
                // The leaf still covers the key if its range is the same (F6).
                let now = leaf.version().stable();
                if !stamp.same_range(now) {
                    break;
                }
                stamp = now;
            }
        }
    }
}

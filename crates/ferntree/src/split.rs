//! Room for one more entry: a full leaf splits, and so do full nodes above it.

use optimistic::Locked;
use optimistic::epoch::Guard;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};

use crate::bits::Bits;
use crate::descend::{Path, Restart, Toward};
use crate::key::{self, Probe};
use crate::node::Node;
use crate::node::inner::Inner;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

impl<K, V, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC>
where
    K: Ord + Send + 'static,
    V: Send + 'static,
{
    /// Inserts an entry of a new key into a leaf that is full, and takes it over.
    pub(crate) fn insert_into_full(
        &self,
        probe: &Probe<'_, K, K>,
        key: Bits,
        value: Bits,
        guard: &Guard,
    ) -> Result<(), Restart> {
        let (path, (leaf, stamp)) = self.descend_path(Toward::Key(probe), guard)?;
        let Some(Err(index)) = leaf.search(leaf.len(), probe) else {
            return Err(Restart);
        };
        let mut lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        if leaf.len() < LC {
            return Err(Restart);
        }
        let (mut locks, full) = self.lock_upward(&path)?;
        let new_root = full == path.len();
        let top = path
            .first()
            .map_or(leaf.as_raw(), |step| step.inner.as_raw());
        if new_root && self.root.load(FOLLOW_NODE) != top {
            return Err(Restart);
        }
        // Allocated before anything is marked.
        let right_leaf = Leaf::<K, V, LC>::new();
        let halves: Vec<_> = path[path.len() - full..]
            .iter()
            .map(|step| Inner::<K, IC>::new(step.inner.height(), std::ptr::null_mut()))
            .collect();
        let root = new_root.then(|| {
            let height = path.first().map_or(1, |step| step.inner.height() + 1);
            Inner::<K, IC>::new(height, top)
        });

        let stay = parting(leaf, index);
        let separator = separator(leaf, index, stay, key);

        // Nothing can fail from here on.
        lock.mark_split();
        for (level, lock) in locks.iter_mut().enumerate() {
            if level < full {
                lock.mark_split()
            } else {
                lock.mark_change()
            }
        }
        split_leaf(leaf, right_leaf, index, stay, (key, value));
        let mut separator = separator;
        let mut right = right_leaf.as_raw();
        let mut steps = path.iter().rev();
        for (step, half) in steps.by_ref().take(full).zip(halves.into_iter().rev()) {
            separator = split_inner(step.inner, half, step.index, separator, right);
            right = half.as_raw();
        }
        if let Some(root) = root {
            root.insert(0, separator, right);
            self.root.store(root.as_raw(), PUBLISH_NODE);
        } else if let Some(step) = steps.next() {
            step.inner.insert(step.index, separator, right);
        }
        drop(lock);
        drop(locks);
        Ok(())
    }

    /// Locks from the lowest inner node up to the first that has room; how many of them are full.
    fn lock_upward<'g>(&self, path: &Path<'g, K, IC>) -> Result<(Vec<Locked<'g>>, usize), Restart> {
        let mut locks = Vec::with_capacity(2);
        for (full, step) in path.iter().rev().enumerate() {
            locks.push(
                step.inner
                    .version()
                    .try_lock_if(step.stamp)
                    .ok_or(Restart)?,
            );
            if step.inner.len() < IC {
                return Ok((locks, full));
            }
        }
        Ok((locks, path.len()))
    }
}

/// How many of a full leaf's entries and a new one at `index` stay left.
///
/// An append at the right edge of the tree moves nothing and a prepend at the left edge moves everything.
fn parting<K: 'static, V: 'static, const LC: usize>(
    leaf: Leaf<'_, K, V, LC>,
    index: usize,
) -> usize {
    if index == LC && leaf.next().is_null() {
        LC
    } else if index == 0 && leaf.prev().is_null() {
        1
    } else {
        LC / 2 + 1
    }
}

/// The separator of a full leaf and its right half, if `stay` entries stay left when a key was added at `index`.
fn separator<K: 'static, V: 'static, const LC: usize>(
    leaf: Leaf<'_, K, V, LC>,
    index: usize,
    stay: usize,
    key: Bits,
) -> Bits {
    let at = |place: usize| match place.cmp(&index) {
        std::cmp::Ordering::Less => leaf.keys().get(place),
        std::cmp::Ordering::Equal => key,
        std::cmp::Ordering::Greater => leaf.keys().get(place - 1),
    };
    // SAFETY: the leaf is locked, the new key is the caller's, and they are in order.
    unsafe { key::separator::<K>(&at(stay - 1), &at(stay)) }
}

/// Moves the upper entries right, adds the new one, and links the new leaf in.
fn split_leaf<K: 'static, V: 'static, const LC: usize>(
    left: Leaf<'_, K, V, LC>,
    right: Leaf<'_, K, V, LC>,
    index: usize,
    stay: usize,
    (key, value): (Bits, Bits),
) {
    if index < stay {
        right.append(left, stay - 1);
        left.truncate(stay - 1);
        left.insert(index, key, value);
    } else {
        right.append(left, stay);
        right.insert(index - stay, key, value);
        left.truncate(stay);
    }
    left.keys().retune(left.len());
    let next = left.next();
    right.set_next(next);
    right.set_prev(left.as_raw());
    // SAFETY: a neighbour of a locked leaf is not retired before it is unlinked, which needs this leaf's lock.
    if let Some(next) = unsafe { Leaf::<K, V, LC>::neighbour(next) } {
        next.set_prev(right.as_raw());
    }
    left.set_next(right.as_raw());
}

/// Moves the upper keys of a full node right, with `key` at `index` and `child` behind it added where they belong. Returns the separator between the two.
fn split_inner<K: 'static, const IC: usize>(
    left: Inner<'_, K, IC>,
    right: Inner<'_, K, IC>,
    index: usize,
    key: Bits,
    child: *mut Node,
) -> Bits {
    // The key with this index among all moves up. At the edges the full side stays full.
    let up = match index {
        0 => 1,
        index if index == IC => IC - 1,
        _ => IC.div_ceil(2),
    };
    let (separator, first, from, stay) = match index.cmp(&up) {
        std::cmp::Ordering::Less => (left.keys().get(up - 1), left.child(up), up, up - 1),
        std::cmp::Ordering::Equal => (key, child, up, up),
        std::cmp::Ordering::Greater => (left.keys().get(up), left.child(up + 1), up + 1, up),
    };
    right.set_first(first);
    for (at, i) in (from..IC).enumerate() {
        right.insert(at, left.keys().get(i), left.child(i + 1));
    }
    left.truncate(stay);
    match index.cmp(&up) {
        std::cmp::Ordering::Less => left.insert(index, key, child),
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => right.insert(index - up - 1, key, child),
    }
    left.keys().retune(left.len());
    right.keys().retune(right.len());
    separator
}

//! From the root to a leaf, without a lock.

use std::borrow::Borrow;
use std::ptr::NonNull;

use optimistic::epoch::Guard;
use optimistic::order::FOLLOW_NODE;
use optimistic::{Stamp, sync::spin_loop};

use crate::key::Probe;
use crate::node::Node;
use crate::node::inner::Inner;
use crate::node::leaf::Leaf;
use crate::tree::GenericTree;

/// Somebody changed what was looked at: start again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restart;

/// Where a descent goes.
pub(crate) enum Toward<'p, 'q, K, Q: ?Sized> {
    First,
    Last,
    Key(&'p Probe<'q, K, Q>),
}

impl<K, Q: ?Sized> Clone for Toward<'_, '_, K, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, Q: ?Sized> Copy for Toward<'_, '_, K, Q> {}

impl<K: Borrow<Q> + 'static, Q: Ord + ?Sized> Toward<'_, '_, K, Q> {
    /// Which child to go to. To be validated.
    #[inline(always)]
    fn route<const IC: usize>(&self, inner: Inner<'_, K, IC>) -> Option<usize> {
        match self {
            Self::First => Some(0),
            Self::Last => Some(inner.len()),
            Self::Key(probe) => inner.route(probe),
        }
    }
}

/// A leaf and its version.
pub(crate) type Stamped<'g, K, V, const LC: usize> = (Leaf<'g, K, V, LC>, Stamp);

/// An inner node on the way down: its version, and the child that was taken.
pub(crate) struct Step<'g, K, const IC: usize> {
    pub inner: Inner<'g, K, IC>,
    pub stamp: Stamp,
    pub index: usize,
}

/// The inner nodes on the way down, the root first.
pub(crate) type Path<'g, K, const IC: usize> = Vec<Step<'g, K, IC>>;

impl<K: 'static, V: 'static, const IC: usize, const LC: usize> GenericTree<K, V, IC, LC> {
    /// The leaf that covers what is looked for (F6). Tries until it gets there.
    #[inline(always)]
    pub(crate) fn descend<'g, Q>(
        &self,
        toward: Toward<'_, '_, K, Q>,
        guard: &'g Guard,
    ) -> Stamped<'g, K, V, LC>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        loop {
            if let Ok(found) = self.try_descend(toward, guard, |_| {}) {
                return found;
            }
            spin_loop();
        }
    }

    /// As [`descend`](Self::descend), and the way there. Tries once.
    pub(crate) fn descend_path<'g, Q>(
        &self,
        toward: Toward<'_, '_, K, Q>,
        guard: &'g Guard,
    ) -> Result<(Path<'g, K, IC>, Stamped<'g, K, V, LC>), Restart>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut path = Path::new();
        let found = self.try_descend(toward, guard, |step| path.push(step))?;
        Ok((path, found))
    }

    #[inline(always)]
    fn try_descend<'g, Q>(
        &self,
        toward: Toward<'_, '_, K, Q>,
        _guard: &'g Guard,
        mut visit: impl FnMut(Step<'g, K, IC>),
    ) -> Result<Stamped<'g, K, V, LC>, Restart>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let raw = self.root.load(FOLLOW_NODE);
        let mut node = NonNull::new(raw).ok_or(Restart)?;
        // SAFETY: the root is alive under the guard (F3, F4, F5).
        let mut stamp = unsafe { node.as_ref() }.version().stable();
        if self.root.load(FOLLOW_NODE) != raw || stamp.is_deleted() {
            return Err(Restart);
        }
        while !stamp.is_leaf() {
            // SAFETY: not a leaf, and alive under the guard.
            let inner = unsafe { self.inner(node) };
            let (child, child_stamp) = loop {
                if let Some(index) = toward.route(inner)
                    && let Some(child) = NonNull::new(inner.child(index))
                {
                    self.prefetch_child(inner, child);
                    // SAFETY: loaded from a node under the guard (F3, F4, F5).
                    let child_stamp = unsafe { child.as_ref() }.version().stable();
                    if inner.version().validate(stamp) {
                        visit(Step {
                            inner,
                            stamp,
                            index,
                        });
                        break (child, child_stamp);
                    }
                }
                // Somebody changed the node; if its range is still the same, there is no need to start at the root.
                let now = inner.version().stable();
                if now == stamp || !stamp.same_range(now) {
                    return Err(Restart);
                }
                stamp = now;
            };
            if child_stamp.is_deleted() {
                return Err(Restart);
            }
            (node, stamp) = (child, child_stamp);
        }
        // SAFETY: a leaf, and alive under the guard.
        Ok((unsafe { self.leaf(node) }, stamp))
    }

    #[inline(always)]
    fn prefetch_child(&self, parent: Inner<'_, K, IC>, child: NonNull<Node>) {
        if parent.height() == 1 {
            Leaf::<K, V, LC>::prefetch(child.as_ptr());
        } else {
            Inner::<K, IC>::prefetch(child.as_ptr());
        }
    }
}

//! The descent from an anchor to the leaf that covers a slice.
//!
//! Hand over hand (I6): the child's version is taken before the parent is validated, so at that moment the child, at that version, covers
//! the slice. No lock, no fence keys, no right-walk: a split holds both halves dirty until the parent knows of them.

use std::ptr::NonNull;

use optimistic::Stamp;
use optimistic::order::FOLLOW_NODE;
use optimistic::sync::prefetch;

use crate::key::Part;
use crate::map::Map;
use crate::node::inner::InnerRef;
use crate::node::leaf::Leaf;
use crate::node::slot::KIND_RECORD;
use crate::node::{Anchor, Node};
use crate::storage::Storage;

/// What was being read is gone or has changed its range: start again at layer 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restart;

/// A leaf and the version at which it covers what was asked for.
pub(crate) type Stamped<'g> = (Leaf<'g>, Stamp);

/// The inner nodes from the root down, each with its version.
pub(crate) type Path<'g, const I: usize> = Vec<(InnerRef<'g, I>, Stamp)>;

/// The first and the last slice of a leaf, where they are known.
pub(crate) type Known = (Option<u64>, Option<u64>);

/// Which way to turn in an inner node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Toward {
    /// The leaf that covers the slice.
    Part(Part),
    First,
    Last,
}

/// The stable version of the root at `anchor`.
#[inline(always)]
pub(crate) fn root_of(anchor: &Anchor) -> Result<(NonNull<Node>, Stamp), Restart> {
    let pointer = anchor.load(FOLLOW_NODE);
    let root = NonNull::new(pointer).ok_or(Restart)?;
    // SAFETY: a non-null root pointer loaded under a guard is allocated (I3).
    let stamp = unsafe { root.as_ref() }.stable();
    if stamp.is_deleted() || anchor.load(FOLLOW_NODE) != pointer {
        return Err(Restart);
    }
    Ok((root, stamp))
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The leaf under `anchor` that lies `toward`. The caller holds a guard for `'g`.
    #[inline]
    pub(crate) fn descend<'g>(
        &self,
        anchor: &'g Anchor,
        toward: Toward,
    ) -> Result<Stamped<'g>, Restart> {
        self.descend_with(anchor, toward, |_, _, _| {})
    }

    /// The same, and the leaf's place in the inner node above it.
    #[inline]
    pub(crate) fn descend_placed<'g>(
        &self,
        anchor: &'g Anchor,
        toward: Toward,
    ) -> Result<(Stamped<'g>, Option<(InnerRef<'g, I>, usize)>), Restart> {
        let mut place = None;
        let leaf = self.descend_with(anchor, toward, |inner, _, index| {
            place = Some((inner, index));
        })?;
        Ok((leaf, place))
    }

    /// The same, and the path to it.
    pub(crate) fn descend_path<'g>(
        &self,
        anchor: &'g Anchor,
        part: Part,
    ) -> Result<(Path<'g, I>, Stamped<'g>), Restart> {
        let mut path = Vec::new();
        let leaf = self.descend_with(anchor, Toward::Part(part), |inner, stamp, _| {
            path.push((inner, stamp))
        })?;
        Ok((path, leaf))
    }

    /// The leaf under `anchor` that covers the slice of `part`, and the first and last slice that it covers as far as the node above tells.
    pub(crate) fn descend_covering<'g>(
        &self,
        anchor: &'g Anchor,
        part: Part,
    ) -> Result<(Stamped<'g>, Known), Restart> {
        let mut range = (None, None);
        let leaf = self.descend_with(anchor, Toward::Part(part), |inner, _, index| {
            if inner.height() == 1 {
                range = inner.range_of(index);
            }
        })?;
        Ok((leaf, range))
    }

    /// The leaf under `anchor` that lies `toward`; shows `visit` each inner node on the way, with its version and which child it goes on to. What
    /// that reads there is validated next.
    #[inline(always)]
    fn descend_with<'g>(
        &self,
        anchor: &'g Anchor,
        toward: Toward,
        mut visit: impl FnMut(InnerRef<'g, I>, Stamp, usize),
    ) -> Result<Stamped<'g>, Restart> {
        let (mut node, mut stamp) = root_of(anchor)?;
        while !stamp.is_leaf() {
            // SAFETY: not a leaf, so an inner node; allocated, for it was loaded under the guard (I3).
            let inner = unsafe { InnerRef::<I>::from_raw(node) };
            let at = |index: usize| (index, inner.child(index));
            let (index, child) = match toward {
                Toward::Part(part) => inner.seek(part.slice),
                Toward::First => at(0),
                Toward::Last => at(inner.len()),
            };
            visit(inner, stamp, index);
            let long = matches!(toward, Toward::Part(part) if part.class == KIND_RECORD);
            (node, stamp) = follow(inner, stamp, child, long)?;
        }
        // SAFETY: as above, and a leaf.
        Ok((unsafe { Leaf::from_raw(node) }, stamp))
    }
}

/// From an inner node to a `child` found in it, for a key that is `long` (goes on behind its slice) or not; validates all that was read in the node.
#[inline(always)]
fn follow<const I: usize>(
    inner: InnerRef<'_, I>,
    stamp: Stamp,
    child: *mut Node,
    long: bool,
) -> Result<(NonNull<Node>, Stamp), Restart> {
    let child = NonNull::new(child).ok_or(Restart)?;
    prefetch_child(inner, child, long);
    // SAFETY: a non-null child pointer loaded under a guard is allocated (I3).
    let child_stamp = unsafe { child.as_ref() }.stable();
    if !inner.version().validate(stamp) || child_stamp.is_deleted() {
        return Err(Restart);
    }
    Ok((child, child_stamp))
}

/// Asks for the lines of a layer's root, a leaf or an inner node, while its version is on the way.
#[inline]
pub(crate) fn prefetch_root(anchor: &Anchor) {
    let lines = anchor.load(FOLLOW_NODE).cast::<[u8; 64]>();
    for line in 0..8 {
        prefetch(lines.wrapping_add(line));
    }
}

/// Asks for a child's lines while its version is on the way.
#[inline]
pub(crate) fn prefetch_child<const I: usize>(
    inner: InnerRef<'_, I>,
    child: NonNull<Node>,
    long: bool,
) {
    match inner.height() {
        1 => Leaf::prefetch(child.as_ptr(), long),
        2 => crate::node::inner::Inner::<I>::prefetch(child.as_ptr()),
        _ => {}
    }
}

//! Room for one more entry: a full leaf splits, and so do full nodes above it.

use optimistic::Locked;
use optimistic::order::{FOLLOW_NODE, PUBLISH_NODE};

use crate::build::Builder;
use crate::descend::{Path, Restart, Stamped};
use crate::map::Map;
use crate::node::inner::{Inner, InnerRef};
use crate::node::leaf::Leaf;
use crate::node::order::Order;
use crate::node::slot::Slot;
use crate::node::tail::Tail;
use crate::node::{Anchor, Node};
use crate::storage::{Storage, Word};
use crate::write::{Place, Stop};

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// Inserts a new entry into a leaf that was full at `stamp`.
    #[cold]
    pub(crate) fn insert_into_full<'g>(
        &self,
        place: Place<'g, '_>,
        (leaf, stamp): Stamped<'g>,
        value: Word,
    ) -> Result<(), Stop> {
        let (path, found) = self.descend_path(place.anchor, place.part)?;
        if found != (leaf, stamp) {
            return Err(Stop::Restart);
        }
        let lock = leaf.version().lock_if(stamp).ok_or(Restart)?;
        self.split(place, &path, leaf, lock, value)
    }

    /// Splits a full leaf, and every full inner node above it.
    fn split<'g>(
        &self,
        place: Place<'g, '_>,
        path: &Path<'g, I>,
        leaf: Leaf<'g>,
        mut lock: Locked<'g>,
        value: Word,
    ) -> Result<(), Stop> {
        let (mut locks, to_split) = lock_upward(path)?;
        let top = path
            .first()
            .map_or(leaf.as_node(), |(inner, _)| inner.as_node());
        let new_root = to_split == path.len();
        if new_root && !hangs_on(place.anchor, top) {
            return Err(Stop::Restart);
        }
        let mut builder = Builder::<I>::new(&self.account);
        let slot = builder.slot(leaf, place.rest, value)?;
        let tailed = leaf.holds_tails() || Tail::of(place.rest).is_some();
        let new_leaf = builder.leaf(W, tailed, leaf.depth())?;
        let full = path.iter().rev().take(to_split);
        let halves = full
            .map(|(inner, _)| Ok((*inner, builder.inner(inner.height())?)))
            .collect::<Result<Vec<_>, Stop>>()?;
        let root = if new_root {
            Some(builder.inner(path.first().map_or(1, |(inner, _)| inner.height() + 1))?)
        } else {
            None
        };

        // Nothing can fail from here on.
        builder.publish();
        lock.mark_split();
        for (level, inner) in locks.iter_mut().enumerate() {
            if level < to_split {
                inner.mark_split()
            } else {
                inner.mark_change()
            }
        }
        let prepends = leaf.prev().is_null() && slot.slice < leaf.slice(leaf.order().slot(0));
        let (mut separator, mut right, top) = if prepends {
            // The leftmost leaf of the layer keeps its entries, and the new leaf goes in before it.
            let parent = path.last().map(|(inner, _)| inner);
            let top = if path.is_empty() {
                new_leaf.as_node()
            } else {
                top
            };
            (
                prepend_leaf(leaf, new_leaf, slot, place, parent),
                leaf.as_node(),
                top,
            )
        } else {
            (
                split_leaf(leaf, new_leaf, slot, place),
                new_leaf.as_node(),
                top,
            )
        };
        for (inner, other) in halves {
            separator = split_inner(inner.get(), other, separator, right);
            right = other.as_node();
        }
        if let Some(root) = root {
            root.set_first(top);
            root.insert(0, separator, right);
            place.anchor.store(root.as_node(), PUBLISH_NODE);
        } else if let Some((inner, _)) = path
            .len()
            .checked_sub(to_split + 1)
            .and_then(|level| path.get(level))
        {
            inner.insert(inner.route(separator), separator, right);
        }
        drop(lock);
        drop(locks);
        event!("leaf split", levels = to_split);
        Ok(())
    }
}

/// Locks from the lowest inner node up to the first that has room; how many of them are full.
fn lock_upward<'g, const I: usize>(
    path: &Path<'g, I>,
) -> Result<(Vec<Locked<'g>>, usize), Restart> {
    let mut locks = Vec::with_capacity(2);
    for (full, (inner, stamp)) in path.iter().rev().enumerate() {
        let inner: &'g Inner<I> = inner.get();
        locks.push(inner.version().try_lock_if(*stamp).ok_or(Restart)?);
        if !inner.is_full() {
            return Ok((locks, full));
        }
    }
    Ok((locks, path.len()))
}

/// As many entries that came in order at one place show that more will come there. Of random ones as many do so in one leaf of 720.
const RUN: usize = 6;

/// How a leaf's entries and a new one are parted.
struct Parting {
    /// How many of them all stay left.
    stay: usize,
    /// Whether what lies between the two sides will belong to the right one.
    gap_right: bool,
}

/// How a leaf's entries and a new one at `position` are parted.
///
/// An append at the right edge moves nothing, so that an ascending load leaves full leaves behind. Where a run of entries comes in order elsewhere, the
/// leaf is parted at its end, so that what comes next comes to the end of a leaf, and moves nothing in turn. Otherwise half and half. Entries of
/// one slice stay together.
fn parting(leaf: Leaf<'_>, order: &Order, position: usize, new: &Slot) -> Parting {
    let len = order.len();
    let slice = |index: usize| match index.cmp(&position) {
        std::cmp::Ordering::Less => leaf.slice(order.slot(index)),
        std::cmp::Ordering::Equal => new.slice,
        std::cmp::Ordering::Greater => leaf.slice(order.slot(index - 1)),
    };
    let parts = |left: usize| slice(left - 1) != slice(left);
    // An insert takes the lowest free slot, so of entries that came one after the other each has a higher slot than the one before.
    let slot = |index: usize| order.slot(index);
    let after_newer = position == len || (position > 0 && slot(position - 1) > slot(position));
    let upward = after_newer && position >= RUN && (position - RUN..position).map(slot).is_sorted();
    let downward = !after_newer
        && position + RUN <= len
        && (position..position + RUN).rev().map(slot).is_sorted();
    let end = match position {
        _ if position == len => (upward || leaf.next().is_null()).then_some(len),
        _ if upward => Some(position + 1),
        _ if downward => Some(position.max(1)),
        _ => None,
    };
    if let Some(stay) = end.filter(|&stay| parts(stay)) {
        return Parting {
            stay,
            gap_right: downward && position > 0,
        };
    }
    let middle = len.div_ceil(2);
    // `Leaf::crowd` found no crowd, so not all have one slice: some place parts two.
    let stay = (0..=len)
        .flat_map(|distance| [middle.checked_sub(distance), Some(middle + distance)])
        .flatten()
        .find(|&left| (1..=len).contains(&left) && parts(left))
        .unwrap_or(middle);
    Parting {
        stay,
        gap_right: false,
    }
}

/// Puts the new entry into a leaf of its own before the leftmost one, whose place in `parent` it takes. Returns the separator between the two.
fn prepend_leaf<const I: usize>(
    leaf: Leaf<'_>,
    before: Leaf<'_>,
    new: Slot,
    place: Place<'_, '_>,
    parent: Option<&InnerRef<'_, I>>,
) -> u64 {
    before.insert(0, new, place.part.fingerprint(place.rest));
    before.set_next(leaf.as_raw());
    leaf.set_prev(before.as_raw());
    if let Some(parent) = parent {
        parent.set_first(before.as_node());
    }
    leaf.slice(leaf.order().slot(0))
}

/// Moves the upper entries right and links the new leaf in. Returns the separator.
fn split_leaf(left: Leaf<'_>, right: Leaf<'_>, new: Slot, place: Place<'_, '_>) -> u64 {
    let order = left.order();
    let len = order.len();
    let position = left.position(&order, place.part, place.rest);
    let fingerprint = place.part.fingerprint(place.rest);
    let Parting { stay, gap_right } = parting(left, &order, position, &new);
    if position < stay {
        right.append_from(left, stay - 1, len);
        left.remove_run(stay - 1..len);
        left.insert(position, new, fingerprint);
    } else {
        right.append_from(left, stay, len);
        right.insert(position - stay, new, fingerprint);
        left.remove_run(stay..len);
    }
    let next = left.next();
    right.set_next(next);
    right.set_prev(left.as_raw());
    // SAFETY: a neighbour of a locked leaf is not freed before it is unlinked, which needs this leaf's lock.
    if let Some(next) = unsafe { Leaf::neighbour(next) } {
        next.set_prev(right.as_raw());
    }
    left.set_next(right.as_raw());
    if gap_right {
        // The highest slice of the left is not the highest of all, for those on the right are higher.
        let order = left.order();
        return left.slice(order.slot(order.len() - 1)) + 1;
    }
    right.slice(right.order().slot(0))
}

/// Moves the upper keys right, with `key` and `child` added on the side where they belong. Returns the separator between the two.
fn split_inner<const I: usize>(
    left: &Inner<I>,
    right: InnerRef<'_, I>,
    key: u64,
    child: *mut Node,
) -> u64 {
    let len = left.len();
    let index = left.route(key);
    // The key with this index among all moves up. At the edges the full side stays full.
    let up = match index {
        0 => 1,
        index if index == len => len - 1,
        _ => len.div_ceil(2),
    };
    let (separator, first, from, stay) = match index.cmp(&up) {
        std::cmp::Ordering::Less => (left.key(up - 1), left.child(up), up, up - 1),
        std::cmp::Ordering::Equal => (key, child, up, up),
        std::cmp::Ordering::Greater => (left.key(up), left.child(up + 1), up + 1, up),
    };
    right.set_first(first);
    for (at, i) in (from..len).enumerate() {
        right.insert(at, left.key(i), left.child(i + 1));
    }
    left.truncate(stay);
    match index.cmp(&up) {
        std::cmp::Ordering::Less => left.insert(index, key, child),
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => right.insert(index - up - 1, key, child),
    }
    separator
}

/// Whether `anchor` hangs on `root`: to be asked under the root's lock (I7).
pub(crate) fn hangs_on(anchor: &Anchor, root: *mut Node) -> bool {
    anchor.load(FOLLOW_NODE) == root
}

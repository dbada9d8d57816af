//! Fingers: the leaves where the last lookups under a guard ended, and the slices that they cover.
//!
//! Lookups that follow each other in order, or that come back to one key, find their leaf without a descent. A leaf's range shrinks only by a
//! split or by its end, and both show in its version (I6); so as long as they do not, it covers what it covered. A guard has one finger in the
//! first layer and one in a layer below, with the bytes that all keys of that layer begin with. They live in the guard, which keeps
//! leaves and anchors allocated, and count only for the map that made the guard, because another map may be dropped before the guard.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use optimistic::Stamp;

use crate::descend::{Known, Restart, Stamped, Toward, prefetch_root};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::leaf::Leaf;
use crate::node::{Anchor, Node};
use crate::storage::Storage;

/// After so many lookups in a row that it has not helped, only one in [`RARELY`] moves a finger: the others seem to be of no order, and what a leaf covers takes
/// longer to find out than anything else in an inner node.
const PATIENCE: u32 = 4;

/// See [`PATIENCE`].
const RARELY: u32 = 16;

/// How many slices of a key can lie above the leaf of a deep finger.
const SPELLED: usize = 32;

/// A leaf, its version, and the slices that it covered then: the first, and how many come behind it.
#[derive(Clone, Copy)]
struct Finger {
    leaf: NonNull<Node>,
    stamp: Stamp,
    first: u64,
    behind: u64,
}

impl Finger {
    /// On a leaf that covers `slice`, with what the node above knows of its range.
    #[inline]
    fn new((leaf, stamp): Stamped<'_>, (first, last): Known, slice: u64) -> Option<Self> {
        let first = first.unwrap_or_else(|| first_of(leaf, slice));
        let last = last.unwrap_or_else(|| last_of((leaf, stamp), slice));
        Some(Self {
            leaf: NonNull::new(leaf.as_node())?,
            stamp,
            first,
            behind: last.wrapping_sub(first),
        })
    }

    /// The leaf, if it covers `slice` still.
    ///
    /// # Safety
    /// The leaf has been kept allocated since the finger was put on it, and is for `'g` (I4).
    #[inline]
    unsafe fn covering<'g>(self, slice: u64) -> Option<Stamped<'g>> {
        // One comparison: which side of the leaf a slice lies on is a coin toss that no processor predicts.
        if slice.wrapping_sub(self.first) > self.behind {
            return None;
        }
        // SAFETY: by contract.
        let leaf = unsafe { Leaf::from_raw(self.leaf) };
        let stamp = leaf.version().stable();
        self.stamp.same_range(stamp).then_some((leaf, stamp))
    }
}

/// A finger of the first layer, and how many lookups in a row it has not helped.
pub(crate) struct Shallow {
    finger: Cell<Option<Finger>>,
    misses: Cell<u32>,
}

/// A finger of a layer below the first, and how many lookups of long keys in a row it has not helped.
pub(crate) struct Deep {
    /// The leaf, and where its layer hangs.
    finger: Cell<Option<(Finger, NonNull<Anchor>)>>,
    /// How many bytes of a key come before the layer's slices, and the last 8 of them.
    above: Cell<(usize, [u8; 8])>,
    /// What all keys of the layer begin with: so many bytes have been written, in whole words.
    spelled: [Cell<MaybeUninit<u64>>; SPELLED],
    misses: Cell<u32>,
}

/// A key on its way down the trie.
pub(crate) struct Way<'g, 'k> {
    key: &'k [u8],
    /// Where the layer hangs that the way has come to.
    pub anchor: &'g Anchor,
    /// What of the key is left there.
    pub rest: &'k [u8],
    /// The start of that.
    pub part: Part,
    /// The leaf of the layer that covers it.
    pub leaf: Stamped<'g>,
    /// Whether the deep finger comes along.
    moves: bool,
}

/// Counts a lookup that a finger has not helped; whether it is to move. For the first under a guard, often the only one, it is not worth it.
#[inline]
fn moves(misses: &Cell<u32>) -> bool {
    let before = misses.get();
    misses.set(before.wrapping_add(1));
    before != 0 && (before < PATIENCE || before.is_multiple_of(RARELY))
}

impl Shallow {
    /// On no leaf.
    #[inline(always)]
    pub const fn new() -> Self {
        Self {
            finger: Cell::new(None),
            misses: Cell::new(0),
        }
    }

    /// Forgets the leaf.
    pub fn clear(&self) {
        self.finger.set(None);
    }
}

impl Deep {
    /// On no leaf. Made in its place: what has not been spelled is not written either.
    #[inline(always)]
    pub const fn new() -> Self {
        Self {
            finger: Cell::new(None),
            above: Cell::new((0, [0; 8])),
            spelled: [const { Cell::new(MaybeUninit::uninit()) }; SPELLED],
            misses: Cell::new(0),
        }
    }

    /// Forgets the leaf.
    #[inline]
    pub fn clear(&self) {
        self.finger.set(None);
    }

    /// Points at a leaf in the layer at `anchor`, whose keys begin with `spelled`; not if that is too long.
    fn point(&self, spelled: &[u8], anchor: &Anchor, finger: Option<Finger>) {
        if let (Some(finger), Some(last)) = (finger, spelled.last_chunk())
            && spelled.len() <= size_of_val(&self.spelled)
        {
            for (cell, word) in self.spelled.iter().zip(words(spelled)) {
                cell.set(MaybeUninit::new(word));
            }
            self.above.set((spelled.len(), *last));
            self.finger.set(Some((finger, NonNull::from_ref(anchor))));
        }
    }

    /// Whether a key has the last slice of those above the leaf, which differs most often.
    #[inline]
    fn may_help(&self, key: &[u8]) -> bool {
        let (depth, last) = self.above.get();
        depth < key.len() && key[..depth].last_chunk() == Some(&last)
    }

    /// Whether the layer's keys begin with `bytes`, which are as many as lie above it.
    #[inline]
    fn spells(&self, bytes: &[u8]) -> bool {
        debug_assert_eq!(bytes.len(), self.above.get().0);
        words(bytes).zip(&self.spelled).all(|(word, cell)| {
            // SAFETY: the words of as many bytes have been written when the number of bytes was.
            word == unsafe { cell.get().assume_init() }
        })
    }
}

/// Whole slices of a key, as the machine has words.
#[inline]
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .chunks_exact(8)
        .map(|slice| u64::from_ne_bytes(slice.try_into().unwrap_or_default()))
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The leaf of the first layer that covers the slice of `part`.
    #[inline(always)]
    pub(crate) fn locate<'g>(
        &'g self,
        part: Part,
        guard: &'g Guard<'_>,
    ) -> Result<Stamped<'g>, Restart> {
        let shallow = &guard.shallow;
        if let Some(finger) = shallow.finger.get()
            && self.made(guard)
            // SAFETY: put there under this guard, which has been held since, by this map, which the guard cannot outlive (I4).
            && let Some(leaf) = unsafe { finger.covering(part.slice) }
        {
            shallow.misses.set(1);
            return Ok(leaf);
        }
        if moves(&shallow.misses) && self.made(guard) {
            return self.locate_pointing(part, guard);
        }
        self.descend(&self.root, Toward::Part(part))
    }

    /// The leaf of the first layer that covers the slice of `part`; the shallow finger comes along.
    #[inline(never)]
    fn locate_pointing<'g>(
        &'g self,
        part: Part,
        guard: &'g Guard<'_>,
    ) -> Result<Stamped<'g>, Restart> {
        let (leaf, known) = self.descend_covering(&self.root, part)?;
        guard
            .shallow
            .finger
            .set(Finger::new(leaf, known, part.slice));
        Ok(leaf)
    }

    /// The way of a key as far as a finger, or else the first layer, takes it.
    #[inline(always)]
    pub(crate) fn set_out<'g, 'k>(
        &'g self,
        key: &'k [u8],
        guard: &'g Guard<'_>,
    ) -> Result<Way<'g, 'k>, Restart> {
        if guard.deep.may_help(key)
            && let Some(way) = self.set_out_deep(key, guard)
        {
            guard.deep.misses.set(1);
            return Ok(way);
        }
        let part = Part::of(key);
        Ok(Way {
            key,
            anchor: &self.root,
            rest: key,
            part,
            leaf: self.locate(part, guard)?,
            moves: key.len() > 8 && moves(&guard.deep.misses) && self.made(guard),
        })
    }

    /// The way of a key from the deep finger on, if that covers it.
    #[inline(never)]
    fn set_out_deep<'g, 'k>(&'g self, key: &'k [u8], guard: &'g Guard<'_>) -> Option<Way<'g, 'k>> {
        let (finger, anchor) = guard.deep.finger.get()?;
        let (spelled, rest) = key.split_at_checked(guard.deep.above.get().0)?;
        if rest.is_empty() || !guard.deep.spells(spelled) || !self.made(guard) {
            return None;
        }
        let part = Part::of(rest);
        // SAFETY: put there under this guard, which has been held since, by this map, which the guard cannot outlive (I4).
        let leaf = unsafe { finger.covering(part.slice) }?;
        Some(Way {
            key,
            // SAFETY: as above; whoever gives an anchor up leaves it null.
            anchor: unsafe { anchor.as_ref() },
            rest,
            part,
            leaf,
            moves: true,
        })
    }

    /// Goes on into a layer, in which `rest` of the key is left.
    #[inline(always)]
    pub(crate) fn enter<'g, 'k>(
        &'g self,
        way: &mut Way<'g, 'k>,
        anchor: &'g Anchor,
        rest: &'k [u8],
        guard: &'g Guard<'_>,
    ) -> Result<(), Restart> {
        let part = Part::of(rest);
        (way.anchor, way.rest, way.part) = (anchor, rest, part);
        way.leaf = if way.moves {
            let spelled = &way.key[..way.key.len() - rest.len()];
            self.descend_pointing(anchor, part, spelled, guard)?
        } else {
            prefetch_root(anchor);
            self.descend(anchor, Toward::Part(part))?
        };
        Ok(())
    }

    /// The leaf under `anchor` that covers the slice of `part`, in the layer of keys that begin with `spelled`; the deep finger comes along.
    #[inline(never)]
    fn descend_pointing<'g>(
        &'g self,
        anchor: &'g Anchor,
        part: Part,
        spelled: &[u8],
        guard: &'g Guard<'_>,
    ) -> Result<Stamped<'g>, Restart> {
        let (leaf, known) = self.descend_covering(anchor, part)?;
        let finger = Finger::new(leaf, known, part.slice);
        guard.deep.point(spelled, anchor, finger);
        Ok(leaf)
    }

    /// Whether the guard is one of this map's.
    #[inline]
    fn made(&self, guard: &Guard<'_>) -> bool {
        ptr::eq(guard.owner, ptr::from_ref(self).cast())
    }
}

/// The first slice that a leaf covers for sure, which covers `slice` and is the first child of its node.
///
/// Nothing is to the left of a leaf without a left neighbour, and nothing will be. When its last left neighbour goes, that one is marked before
/// `prev` changes, and nobody is let into it again.
#[cold]
fn first_of(leaf: Leaf<'_>, slice: u64) -> u64 {
    if leaf.prev().is_null() { 0 } else { slice }
}

/// The last slice that a leaf covers for sure, which covers `slice` and is the last child of its node.
#[cold]
fn last_of((leaf, stamp): Stamped<'_>, slice: u64) -> u64 {
    if leaf.next().is_null() && leaf.version().validate(stamp) {
        u64::MAX
    } else {
        slice
    }
}

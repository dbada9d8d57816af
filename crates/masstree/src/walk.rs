//! Walking the entries in order, either way: what scans, iterators and cursors are made of.
//!
//! A walk holds a frame for each layer that it is in: a leaf, its version, its permutation, a position. An entry is read and validated
//! against the frame's version; if that fails, the walk seeks anew past the last entry that it gave out, so it yields strictly ascending (or
//! descending) keys, each that is there all the time once, and none that was not there at the moment at which it was read.
//! Nothing recurses: depth costs a frame on the heap.

use std::cmp;
use std::mem;
use std::ptr::NonNull;

use optimistic::Stamp;
use optimistic::sync::spin_loop;

use crate::ahead::Ahead;
use crate::descend::{Restart, Stamped, Toward};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::Anchor;
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::order::Order;
use crate::node::slot::{KIND_LAYER, Slot, goes_on};
use crate::storage::{Storage, Word};

/// Where a walk starts, or goes on, seen from the key that it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// At the end of the map from which it comes.
    Edge,
    /// At the key, if it is there.
    At,
    /// Past the key.
    Past,
}

/// Ways to walk, as a constant so that each is compiled by itself.
pub(crate) const FORWARD: bool = true;
pub(crate) const BACKWARD: bool = false;

struct Frame<'g, const I: usize> {
    anchor: &'g Anchor,
    leaf: Leaf<'g>,
    stamp: Stamp,
    order: Order,
    /// Of the entry that was read last in this leaf.
    position: usize,
    /// How much of the key lies above this layer.
    base: usize,
    ahead: Option<Ahead<'g, I>>,
}

impl<'g, const I: usize> Frame<'g, I> {
    /// A frame for the leaf under `anchor` that lies `toward`.
    #[inline]
    fn descend<S: Storage, const W: usize, const WAY: bool>(
        map: &Map<S, W, I>,
        anchor: &'g Anchor,
        toward: Toward,
        base: usize,
    ) -> Result<Self, Restart> {
        let ((leaf, stamp), place) = map.descend_placed(anchor, toward)?;
        let order = leaf.order();
        let ahead = place.map(|(parent, index)| Ahead::start::<WAY>(parent, index));
        leaf.prefetch_tails();
        leaf.prefetch_records(&order);
        Ok(Self {
            anchor,
            leaf,
            stamp,
            order,
            position: 0,
            base,
            ahead,
        })
    }

    /// Goes to the neighbour `leaf`, which was the next one at `stamp`.
    #[inline]
    fn move_to<S: Storage, const W: usize, const WAY: bool>(
        &mut self,
        map: &Map<S, W, I>,
        (leaf, stamp): Stamped<'g>,
    ) {
        (self.leaf, self.stamp, self.order) = (leaf, stamp, leaf.order());
        if !self.ahead.as_mut().is_some_and(Ahead::advance::<WAY>) && self.order.len() > 0 {
            let part = leaf.slot(self.order.slot(0)).part();
            self.ahead = map
                .descend_placed(self.anchor, Toward::Part(part))
                .ok()
                .and_then(|(_, place)| place)
                .map(|(parent, index)| Ahead::start::<WAY>(parent, index));
            leaf.prefetch_records(&self.order);
        }
    }

    fn validate(&self) -> Result<(), Restart> {
        if self.leaf.version().validate(self.stamp) {
            Ok(())
        } else {
            Err(Restart)
        }
    }

    /// How many entries lie before a key of which `rest`, that begins with `part`, is left here, and what is next. The entries of a layer
    /// at its slice count as one.
    fn search(&self, part: Part, rest: &[u8]) -> Result<(usize, At<'g>), Restart> {
        let rank = self.leaf.rank(&self.order, part);
        let next = |position: usize| {
            (position < self.order.len())
                .then(|| self.leaf.slot(self.order.slot(position)))
                .filter(|slot| slot.part() == part)
        };
        let first = next(rank);
        let at = match first {
            None => At::Behind,
            Some(Slot {
                kind: KIND_LAYER,
                word,
                ..
            }) => {
                self.validate()?;
                // SAFETY: validated under the guard.
                At::Layer(unsafe { Layer::from_word(word) })
            }
            Some(Slot { kind, .. }) if goes_on(kind) => {
                for position in rank.. {
                    let Some(slot) = next(position) else {
                        self.validate()?;
                        return Ok((position, At::Behind));
                    };
                    self.validate()?;
                    // SAFETY: validated under the guard; of the entries at one part, one goes on if all do.
                    let suffix = unsafe { slot.suffix() };
                    match (*suffix).cmp(&rest[8..]) {
                        cmp::Ordering::Less => {}
                        cmp::Ordering::Equal => return Ok((position, At::On)),
                        cmp::Ordering::Greater => return Ok((position, At::Behind)),
                    }
                }
                At::Behind
            }
            Some(_) => At::On,
        };
        self.validate()?;
        Ok((rank, at))
    }

    /// The position from which `WAY` goes through the whole leaf.
    fn begin<const WAY: bool>(&self) -> usize {
        if WAY {
            0
        } else {
            self.order.len().wrapping_sub(1)
        }
    }
}

/// What is next to the place in a leaf at which a key was sought.
enum At<'g> {
    /// An entry behind the key, or none.
    Behind,
    /// The key's entry.
    On,
    /// The layer that the key would be in if it had its prefix.
    Layer(Layer<'g>),
}

/// A walk under a guard.
pub(crate) struct Walk<'g, S: Storage, const W: usize, const I: usize> {
    map: &'g Map<S, W, I>,
    frames: Vec<Frame<'g, I>>,
    /// The current key's bytes above the innermost frame, and the whole key once it is asked for.
    key: Vec<u8>,
    entry: Option<Slot>,
    built: bool,
    /// Where to seek if a validation fails while there is no entry.
    target: Vec<u8>,
    origin: Origin,
}

impl<'g, S: Storage, const W: usize, const I: usize> Walk<'g, S, W, I> {
    pub fn new(map: &'g Map<S, W, I>, _guard: &'g Guard<'_>) -> Self {
        Self {
            map,
            frames: Vec::new(),
            key: Vec::new(),
            entry: None,
            built: false,
            target: Vec::new(),
            origin: Origin::Edge,
        }
    }

    /// Goes to the first entry on the way `WAY` from `origin`; whether there is one.
    pub fn seek<const WAY: bool>(&mut self, key: &[u8], origin: Origin) -> bool {
        self.entry = None;
        self.target.clear();
        self.target.extend_from_slice(key);
        self.origin = origin;
        self.finish::<WAY>(Err(Restart))
    }

    /// Goes to the next entry on the way `WAY`; whether there is one. Without a current entry it goes where it was going.
    #[inline]
    pub fn step<const WAY: bool>(&mut self) -> bool {
        let result = match (&self.entry, self.frames.last()) {
            (Some(_), Some(frame)) => {
                let position = frame.position;
                self.settle::<WAY>(if WAY {
                    position + 1
                } else {
                    position.wrapping_sub(1)
                })
            }
            _ => Err(Restart),
        };
        match result {
            Ok(found) => found,
            Err(Restart) => self.finish::<WAY>(Err(Restart)),
        }
    }

    /// Whether there is a current entry.
    #[inline]
    pub fn is_on_entry(&self) -> bool {
        self.entry.is_some()
    }

    /// The current key. Empty without a current entry.
    #[inline]
    pub fn key(&mut self) -> &[u8] {
        self.build();
        &self.key
    }

    /// The value's word of the current entry.
    #[inline]
    pub fn word(&self) -> Option<Word> {
        // SAFETY: the entry was validated, and the guard is held for 'g.
        self.entry.map(|entry| unsafe { entry.value() })
    }

    /// The current value.
    #[inline]
    pub fn value(&self) -> Option<S::Ref<'g>> {
        // SAFETY: the word was in the map under the guard, which is held for 'g.
        self.word().map(|word| unsafe { S::reference(word) })
    }

    /// Writes the rest of the current key behind the bytes of the layers above.
    #[inline]
    fn build(&mut self) {
        let (false, Some(entry), Some(frame)) = (self.built, self.entry, self.frames.last()) else {
            return;
        };
        let bytes = entry.slice.to_be_bytes();
        if entry.kind == 8 && self.key.len() == frame.base + 8 {
            self.key[frame.base..].copy_from_slice(&bytes);
        } else {
            self.key.truncate(frame.base);
            self.key
                .extend_from_slice(&bytes[..usize::from(entry.kind.min(8))]);
            if goes_on(entry.kind) {
                // SAFETY: the entry was validated, and the guard is held for 'g.
                self.key.extend_from_slice(&unsafe { entry.suffix() });
            }
        }
        self.built = true;
    }

    /// Remembers the current entry as the place to seek from, because its key is about to be overwritten.
    fn leave_entry(&mut self) {
        if self.entry.is_some() {
            self.build();
            self.target.clone_from(&self.key);
            self.origin = Origin::Past;
            self.entry = None;
        }
    }

    #[cold]
    fn finish<const WAY: bool>(&mut self, mut result: Result<bool, Restart>) -> bool {
        loop {
            match result {
                Ok(found) => return found,
                Err(Restart) => {
                    self.leave_entry();
                    let target = mem::take(&mut self.target);
                    result = self.seek_once::<WAY>(&target);
                    self.target = target;
                    if result.is_err() {
                        spin_loop();
                    }
                }
            }
        }
    }

    /// One try to go from the root to the target.
    fn seek_once<const WAY: bool>(&mut self, target: &[u8]) -> Result<bool, Restart> {
        self.frames.clear();
        self.key.clear();
        self.built = false;
        let mut anchor: &'g Anchor = &self.map.root;
        let mut rest = target;
        if self.origin == Origin::Edge {
            self.enter::<WAY>(anchor)?;
            return self.settle_in_place::<WAY>();
        }
        loop {
            let part = Part::of(rest);
            let toward = Toward::Part(part);
            let mut frame = Frame::descend::<S, W, WAY>(self.map, anchor, toward, self.key.len())?;
            let (rank, at) = frame.search(part, rest)?;
            frame.position = rank;
            self.frames.push(frame);
            // Whether the entry at `rank` lies before the target, on it, or behind it.
            let side = match at {
                At::Behind => cmp::Ordering::Greater,
                At::On => cmp::Ordering::Equal,
                At::Layer(layer) => {
                    if let Some(deeper) = layer.strip(&rest[8..]) {
                        self.key.extend_from_slice(&rest[..8]);
                        self.key.extend_from_slice(layer.prefix());
                        (anchor, rest) = (layer.anchor(), deeper);
                        continue;
                    }
                    // All keys of the layer are longer than its prefix.
                    layer.prefix().cmp(&rest[8..]).then(cmp::Ordering::Greater)
                }
            };
            let takes_equal = self.origin == Origin::At;
            let candidate = match (WAY, side) {
                (FORWARD, cmp::Ordering::Less) => rank + 1,
                (FORWARD, cmp::Ordering::Equal) => rank + usize::from(!takes_equal),
                (FORWARD, cmp::Ordering::Greater) | (BACKWARD, cmp::Ordering::Less) => rank,
                (BACKWARD, cmp::Ordering::Equal) if takes_equal => rank,
                (BACKWARD, _) => rank.wrapping_sub(1),
            };
            return self.settle::<WAY>(candidate);
        }
    }

    /// Pushes a frame for the first leaf on the way `WAY` of a layer.
    fn enter<const WAY: bool>(&mut self, anchor: &'g Anchor) -> Result<(), Restart> {
        let toward = if WAY { Toward::First } else { Toward::Last };
        let frame = Frame::descend::<S, W, WAY>(self.map, anchor, toward, self.key.len())?;
        self.frames.push(frame);
        Ok(())
    }

    fn settle_in_place<const WAY: bool>(&mut self) -> Result<bool, Restart> {
        let begin = self.frames.last().map_or(0, Frame::begin::<WAY>);
        self.settle::<WAY>(begin)
    }

    /// Makes the entry at `candidate` of the innermost frame current, or the next one on the way; whether there is one.
    #[inline]
    fn settle<const WAY: bool>(&mut self, mut candidate: usize) -> Result<bool, Restart> {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                self.leave_entry();
                return Ok(false);
            };
            if candidate < frame.order.len() {
                let entry = frame.leaf.slot(frame.order.slot(candidate));
                frame.validate()?;
                if entry.kind != KIND_LAYER {
                    frame.position = candidate;
                    self.entry = Some(entry);
                    self.built = false;
                    return Ok(true);
                }
                candidate = self.enter_layer::<WAY>(candidate, entry)?;
            } else {
                candidate = self.leave_leaf::<WAY>()?;
            }
        }
    }

    /// Goes into the layer at `position`; the position there.
    fn enter_layer<const WAY: bool>(
        &mut self,
        position: usize,
        entry: Slot,
    ) -> Result<usize, Restart> {
        self.leave_entry();
        let Some(frame) = self.frames.last_mut() else {
            return Err(Restart);
        };
        frame.position = position;
        // SAFETY: validated under the guard.
        let layer = unsafe { Layer::from_word(entry.word) };
        self.key.truncate(frame.base);
        self.key.extend_from_slice(&entry.slice.to_be_bytes());
        self.key.extend_from_slice(layer.prefix());
        self.enter::<WAY>(layer.anchor())?;
        Ok(self.frames.last().map_or(0, Frame::begin::<WAY>))
    }

    /// Goes to the neighbour of the innermost leaf, or out of its layer; the position there.
    fn leave_leaf<const WAY: bool>(&mut self) -> Result<usize, Restart> {
        // The key of the current entry is built from the frame that is about to change.
        self.leave_entry();
        let Some(frame) = self.frames.last_mut() else {
            return Err(Restart);
        };
        let pointer = if WAY {
            frame.leaf.next()
        } else {
            frame.leaf.prev()
        };
        let Some(header) = NonNull::new(pointer) else {
            frame.validate()?;
            self.frames.pop();
            // Wraps below the first entry, which ends the leaf above in turn.
            let outside = |position: usize| {
                if WAY {
                    position + 1
                } else {
                    position.wrapping_sub(1)
                }
            };
            return Ok(self
                .frames
                .last()
                .map_or(0, |above| outside(above.position)));
        };
        // SAFETY: a neighbour loaded from a leaf under the guard is allocated (I3).
        let neighbour = unsafe { Leaf::from_raw(header.cast()) };
        let stamp = neighbour.version().stable();
        if stamp.is_deleted() || (!WAY && neighbour.next() != frame.leaf.as_raw()) {
            return Err(Restart);
        }
        frame.validate()?;
        frame.move_to::<S, W, WAY>(self.map, (neighbour, stamp));
        Ok(frame.begin::<WAY>())
    }
}

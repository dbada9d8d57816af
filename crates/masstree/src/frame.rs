//! A walk's place in one layer: a leaf, its version and permutation, and which of its entries was read last.

use std::cmp;
use std::ptr::NonNull;

use optimistic::Stamp;

use crate::ahead::Ahead;
use crate::descend::{Restart, Stamped, Toward};
use crate::key::Part;
use crate::map::Map;
use crate::node::Anchor;
use crate::node::layer::Layer;
use crate::node::leaf::Leaf;
use crate::node::order::Order;
use crate::node::slot::{KIND_LAYER, Slot, goes_on};
use crate::storage::Storage;

/// Ways to walk, as a constant so that each is compiled by itself.
pub(crate) const FORWARD: bool = true;
pub(crate) const BACKWARD: bool = false;

pub(crate) struct Frame<'g, const I: usize> {
    anchor: &'g Anchor,
    leaf: Leaf<'g>,
    stamp: Stamp,
    order: Order,
    /// Of the entry that was read last in this leaf.
    pub position: usize,
    /// How much of the key lies above this layer.
    pub base: usize,
    ahead: Option<Ahead<'g, I>>,
}

/// What is next to the place in a leaf at which a key was sought.
pub(crate) enum At<'g> {
    /// An entry behind the key, or none.
    Behind,
    /// The key's entry.
    On,
    /// The layer that the key would be in if it had its prefix.
    Layer(Layer<'g>),
}

impl<'g, const I: usize> Frame<'g, I> {
    /// A frame for the leaf under `anchor` that lies `toward`.
    #[inline]
    pub fn descend<S: Storage, const W: usize, const WAY: bool>(
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

    /// Goes to the neighbour on the way `WAY`; whether there is one.
    pub fn leave<S: Storage, const W: usize, const WAY: bool>(
        &mut self,
        map: &Map<S, W, I>,
    ) -> Result<bool, Restart> {
        let pointer = if WAY {
            self.leaf.next()
        } else {
            self.leaf.prev()
        };
        let Some(header) = NonNull::new(pointer) else {
            self.validate()?;
            return Ok(false);
        };
        // SAFETY: a neighbour loaded from a leaf under the guard is allocated (I3).
        let neighbour = unsafe { Leaf::from_raw(header.cast()) };
        let stamp = neighbour.version().stable();
        if stamp.is_deleted() || (!WAY && neighbour.next() != self.leaf.as_raw()) {
            return Err(Restart);
        }
        self.validate()?;
        self.move_to::<S, W, WAY>(map, (neighbour, stamp));
        Ok(true)
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

    #[inline]
    pub fn validate(&self) -> Result<(), Restart> {
        if self.leaf.version().validate(self.stamp) {
            Ok(())
        } else {
            Err(Restart)
        }
    }

    /// The position from which `WAY` goes through the whole leaf.
    #[inline]
    pub fn begin<const WAY: bool>(&self) -> usize {
        if WAY {
            0
        } else {
            self.order.len().wrapping_sub(1)
        }
    }

    /// The position after the current one on the way `WAY`; before the first one it wraps, and so lies outside of the leaf too.
    #[inline]
    pub fn following<const WAY: bool>(&self) -> usize {
        if WAY {
            self.position + 1
        } else {
            self.position.wrapping_sub(1)
        }
    }

    /// The entry at `position`, if the leaf has so many. To be validated.
    #[inline]
    pub fn entry(&self, position: usize) -> Option<Slot> {
        (position < self.order.len()).then(|| self.leaf.slot(self.order.slot(position)))
    }

    /// Goes to the next entry of this leaf, if there is one, it is not a layer, and nothing has changed since the walk came here.
    #[inline]
    pub fn step<const WAY: bool>(&mut self) -> Option<Slot> {
        let position = self.following::<WAY>();
        let entry = self.entry(position)?;
        if entry.kind == KIND_LAYER || self.validate().is_err() {
            return None;
        }
        self.position = position;
        Some(entry)
    }

    /// How many entries lie before a key of which `rest`, that begins with `part`, is left here, and what is next. The entries of a layer
    /// at its slice count as one.
    pub fn search(&self, part: Part, rest: &[u8]) -> Result<(usize, At<'g>), Restart> {
        let rank = self.leaf.rank(part);
        let next = |position: usize| self.entry(position).filter(|slot| slot.part() == part);
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
}

//! Batches: many keys at once, so that their waits for memory overlap.
//!
//! One lookup waits for one cache line after the other. Here up to [`GROUP`] lookups go down the tree in turns: each asks for the
//! lines of its next node and lets the others work while they come ("interleaved execution", as in Kocberber et al., VLDB 2015).

use std::ptr::{self, NonNull};

use optimistic::order::FOLLOW_NODE;
use optimistic::sync::prefetch;
use optimistic::{Stamp, VersionLock};

use crate::descend::{Restart, Stamped};
use crate::error::{InsertError, RemoveError};
use crate::get::{Found, call_look, look_into};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::inner::{Inner, InnerRef};
use crate::node::leaf::Leaf;
use crate::node::{Anchor, Node};
use crate::storage::{Storage, Word};

/// How many walks are under way at once.
const GROUP: usize = 32;

/// Where a walk is.
#[derive(Clone, Copy)]
enum At<'g> {
    /// On its way from here to a root.
    Anchor(&'g Anchor),
    /// On its way from an inner node with this version at that stamp.
    Inner(&'g VersionLock, Stamp),
    /// In a leaf at this stamp, whose first line has been asked for.
    Leaf(Stamp),
    /// Something changed underneath: to be looked up by itself.
    Lost,
}

/// One walk down one layer.
#[derive(Clone, Copy)]
struct Walk<'g> {
    /// Which key of the group it looks for.
    key: usize,
    /// How much of the key lies above the layer.
    depth: usize,
    /// What the layer compares.
    part: Part,
    at: At<'g>,
    /// The node that it is in, or on its way to; its lines have been asked for.
    node: *mut Node,
    /// Which slot of the leaf the key is likely in.
    slot: Option<usize>,
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// The values of many keys, each as [`get_ref`](Self::get_ref) would find it.
    ///
    /// # Consistency
    /// Each lookup is linearizable by itself.
    ///
    /// # Examples
    /// ```
    /// let map = masstree::MassTreeInline::<u8>::new();
    /// map.insert(b"a", 1).unwrap();
    /// let guard = map.guard();
    /// assert_eq!(map.get_many(&[b"a", b"b"], &guard), [Some(1), None]);
    /// ```
    pub fn get_many<'g, K: AsRef<[u8]>>(
        &'g self,
        keys: &[K],
        guard: &'g Guard<'_>,
    ) -> Vec<Option<S::Ref<'g>>> {
        let mut found = Vec::with_capacity(keys.len());
        self.get_many_with(keys, guard, |_, value| found.push(value));
        found
    }

    /// [`get_many`](Self::get_many) that calls `visitor` with the index and the value of each key, in order, and allocates nothing.
    pub fn get_many_with<'g, K: AsRef<[u8]>>(
        &'g self,
        keys: &[K],
        guard: &'g Guard<'_>,
        mut visitor: impl FnMut(usize, Option<S::Ref<'g>>),
    ) {
        for (group, keys) in keys.chunks(GROUP).enumerate() {
            let words = self.find_group(keys, guard);
            for (index, word) in words.into_iter().take(keys.len()).enumerate() {
                // SAFETY: found under the guard, which is borrowed for 'g.
                visitor(
                    group * GROUP + index,
                    word.map(|word| unsafe { S::reference(word) }),
                );
            }
        }
    }

    /// Inserts many pairs, in order; the tree is walked for a group of them at once before. Returns how many keys were new.
    ///
    /// # Errors
    /// The first [`InsertError`], with what came before it inserted and the rest not.
    pub fn insert_many<K: AsRef<[u8]>>(
        &self,
        pairs: impl IntoIterator<Item = (K, S::Value)>,
        guard: &Guard<'_>,
    ) -> Result<usize, InsertError> {
        let mut pairs = pairs.into_iter();
        let mut fresh = 0;
        loop {
            let group: Vec<(K, S::Value)> = pairs.by_ref().take(GROUP).collect();
            if group.is_empty() {
                return Ok(fresh);
            }
            let keys: Vec<&[u8]> = group.iter().map(|(key, _)| key.as_ref()).collect();
            let _ = self.find_group(&keys, guard);
            for (key, value) in group {
                fresh += usize::from(
                    self.insert_with_guard(key.as_ref(), value, guard)?
                        .is_none(),
                );
            }
        }
    }

    /// Takes many keys out, in order; the tree is walked for a group of them at once before. Returns how many were there.
    ///
    /// # Errors
    /// None today: see [`RemoveError`].
    pub fn remove_many<K: AsRef<[u8]>>(
        &self,
        keys: &[K],
        guard: &Guard<'_>,
    ) -> Result<usize, RemoveError> {
        let mut removed = 0;
        for group in keys.chunks(GROUP) {
            let _ = self.find_group(group, guard);
            for key in group {
                removed += usize::from(self.remove_with_guard(key.as_ref(), guard)?.is_some());
            }
        }
        Ok(removed)
    }

    /// The words of up to [`GROUP`] keys.
    fn find_group<'g, K: AsRef<[u8]>>(
        &'g self,
        keys: &[K],
        guard: &'g Guard<'_>,
    ) -> [Option<Word>; GROUP] {
        let key = |index: usize| -> &[u8] { keys.get(index).map_or(&[], AsRef::as_ref) };
        let mut words = [None; GROUP];
        let mut walks = [Walk::NONE; GROUP];
        let mut under_way = keys.len().min(GROUP);
        for (index, walk) in walks[..under_way].iter_mut().enumerate() {
            *walk = Walk::start(&self.root, index, key(index), 0);
        }
        while under_way > 0 {
            let layer = &mut walks[..under_way];
            while layer
                .iter_mut()
                .fold(false, |moving, walk| walk.advance::<I>() | moving)
            {}
            for walk in layer.iter_mut() {
                walk.prefetch_entry(key(walk.key));
            }
            for walk in layer.iter() {
                walk.prefetch_target();
            }
            // Those whose keys go on in a layer below are kept.
            under_way = 0;
            for index in 0..layer.len() {
                let walk = &walks[index];
                let (at, key) = (walk.key, key(walk.key));
                match walk.end(key) {
                    Ok(Found::Layer(layer, rest)) => {
                        let depth = key.len() - rest.len();
                        walks[under_way] = Walk::start(layer.anchor(), at, key, depth);
                        Inner::<I>::prefetch(walks[under_way].node);
                        under_way += 1;
                    }
                    Ok(found) => words[at] = found.value().map(|(_, word, _)| word),
                    Err(Restart) => words[at] = self.find(key, guard),
                }
            }
        }
        words
    }
}

impl<'g> Walk<'g> {
    /// Room for a walk.
    const NONE: Self = Self {
        key: 0,
        depth: 0,
        part: Part { slice: 0, class: 0 },
        at: At::Lost,
        node: ptr::null_mut(),
        slot: None,
    };

    /// A walk to the root at `anchor`, for what is left of `bytes`, the key at `key`, from `depth` on.
    #[inline]
    fn start(anchor: &'g Anchor, key: usize, bytes: &[u8], depth: usize) -> Self {
        Self {
            key,
            depth,
            part: Part::of(&bytes[depth..]),
            at: At::Anchor(anchor),
            node: anchor.load(FOLLOW_NODE),
            slot: None,
        }
    }

    /// One turn: one node further down. Whether it is still on its way.
    #[inline]
    fn advance<const I: usize>(&mut self) -> bool {
        if matches!(self.at, At::Leaf(_) | At::Lost) {
            return false;
        }
        self.go_on::<I>().unwrap_or_else(|Restart| {
            self.at = At::Lost;
            false
        })
    }

    #[inline]
    fn go_on<const I: usize>(&mut self) -> Result<bool, Restart> {
        let node = NonNull::new(self.node).ok_or(Restart)?;
        // SAFETY: loaded under the guard, so allocated (I3).
        let stamp = unsafe { node.as_ref() }.stable();
        // What it came from is checked once the node's version has been taken (I6, I7).
        let stands = match self.at {
            At::Anchor(anchor) => anchor.load(FOLLOW_NODE) == self.node,
            At::Inner(version, stamp) => version.validate(stamp),
            At::Leaf(_) | At::Lost => false,
        };
        if !stands || stamp.is_deleted() {
            return Err(Restart);
        }
        if stamp.is_leaf() {
            self.at = At::Leaf(stamp);
            return Ok(false);
        }
        // SAFETY: as above, and an inner node.
        let inner = unsafe { InnerRef::<'g, I>::from_raw(node) };
        self.at = At::Inner(inner.get().version(), stamp);
        (_, self.node) = inner.seek(self.part.slice);
        if inner.height() == 1 {
            prefetch(self.node);
        } else {
            Inner::<I>::prefetch(self.node);
        }
        Ok(true)
    }

    /// The leaf in which it ended.
    #[inline]
    fn leaf(&self) -> Option<Stamped<'g>> {
        let (At::Leaf(stamp), Some(node)) = (self.at, NonNull::new(self.node)) else {
            return None;
        };
        // SAFETY: a leaf, and allocated, for it was loaded under the guard (I3).
        Some((unsafe { Leaf::from_raw(node) }, stamp))
    }

    /// Asks for what the leaf has of the key.
    #[inline(always)]
    fn prefetch_entry(&mut self, key: &[u8]) {
        if let Some((leaf, _)) = self.leaf() {
            self.slot = leaf.prefetch_entry(self.part, &key[self.depth..]);
        }
    }

    /// Asks for what the key's slot points to.
    #[inline]
    fn prefetch_target(&self) {
        if let (Some((leaf, _)), Some(slot)) = (self.leaf(), self.slot) {
            leaf.prefetch_target(slot);
        }
    }

    /// What that leaf says of the key.
    #[inline]
    fn end<'k>(&self, key: &'k [u8]) -> Result<Found<'g, 'k>, Restart> {
        let leaf = self.leaf().ok_or(Restart)?;
        let rest = &key[self.depth..];
        if let Some(found) = self
            .slot
            .and_then(|slot| look_into(leaf, slot, self.part, rest))
        {
            return Ok(found);
        }
        Ok(call_look(leaf, self.part, rest)?.0)
    }
}

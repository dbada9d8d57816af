//! Batches: many keys at once, so that their waits for memory overlap.
//!
//! One lookup waits for one cache line after the other. Here up to [`GROUP`] lookups go down the tree in turns: each asks for the
//! lines of its next node and lets the others work while they come ("interleaved execution", as in Kocberber et al., VLDB 2015).

use std::array;
use std::ptr::NonNull;

use optimistic::Stamp;
use optimistic::order::FOLLOW_NODE;
use optimistic::sync::prefetch;

use crate::descend::Restart;
use crate::error::{InsertError, MAX_KEY_LEN, RemoveError};
use crate::get::{Found, look};
use crate::guard::Guard;
use crate::key::Part;
use crate::map::Map;
use crate::node::inner::{Inner, InnerRef};
use crate::node::leaf::Leaf;
use crate::node::slot::KIND_RECORD;
use crate::node::{Anchor, Node};
use crate::storage::{Storage, Word};

/// How many walks are under way at once.
const GROUP: usize = 16;

/// What a walk came from on its way to a node; checked once the node's version has been taken (I6, I7).
#[derive(Clone, Copy)]
enum Parent<'g, const I: usize> {
    Anchor(&'g Anchor),
    Inner(InnerRef<'g, I>, Stamp),
}

/// One walk.
#[derive(Clone, Copy)]
enum Progress<'g, const I: usize> {
    /// On the way to a node whose first lines have been asked for.
    Toward(Parent<'g, I>, NonNull<Node>),
    /// In a leaf whose lines for this key have been asked for, but not what the key's slot points to.
    Target(Leaf<'g>, Stamp),
    /// In a leaf of which all that this key needs has been asked for.
    Leaf(Leaf<'g>, Stamp),
    Done(Option<Word>),
    /// Something changed underneath: look it up by itself.
    Alone,
}

/// A walk, the part of the key that its layer compares, and how much of the key lies above.
#[derive(Clone, Copy)]
struct Lookup<'g, const I: usize> {
    progress: Progress<'g, I>,
    part: Part,
    depth: usize,
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
        let mut lookups: [Lookup<'g, I>; GROUP] =
            array::from_fn(|i| match keys.get(i).map(AsRef::as_ref) {
                Some(key) if key.len() <= MAX_KEY_LEN => begin(&self.root, key, 0),
                _ => Lookup {
                    progress: Progress::Done(None),
                    part: Part::of(&[]),
                    depth: 0,
                },
            });
        let mut running = true;
        while running {
            running = false;
            for (lookup, key) in lookups.iter_mut().zip(keys) {
                if !matches!(lookup.progress, Progress::Done(_) | Progress::Alone) {
                    *lookup = advance(*lookup, key.as_ref()).unwrap_or(Lookup {
                        progress: Progress::Alone,
                        ..*lookup
                    });
                    running = true;
                }
            }
        }
        let mut words = [None; GROUP];
        for ((word, lookup), key) in words.iter_mut().zip(lookups).zip(keys) {
            *word = match lookup.progress {
                Progress::Done(found) => found,
                _ => self.find(key.as_ref(), guard),
            };
        }
        words
    }
}

/// A walk to the root at `anchor`, for what is left of `key` from `depth` on.
#[inline]
fn begin<'g, const I: usize>(anchor: &'g Anchor, key: &[u8], depth: usize) -> Lookup<'g, I> {
    let progress = match NonNull::new(anchor.load(FOLLOW_NODE)) {
        Some(root) => {
            Inner::<I>::prefetch(root.as_ptr());
            Progress::Toward(Parent::Anchor(anchor), root)
        }
        None => Progress::Alone,
    };
    Lookup {
        progress,
        part: Part::of(&key[depth..]),
        depth,
    }
}

/// One turn of one walk.
#[inline]
fn advance<'g, const I: usize>(
    lookup: Lookup<'g, I>,
    key: &[u8],
) -> Result<Lookup<'g, I>, Restart> {
    let Lookup {
        progress,
        part,
        depth,
    } = lookup;
    let progress = match progress {
        Progress::Toward(parent, node) => {
            // SAFETY: loaded under the guard, so allocated (I3).
            let stamp = unsafe { node.as_ref() }.stable();
            let stands = match parent {
                Parent::Anchor(anchor) => anchor.load(FOLLOW_NODE) == node.as_ptr(),
                Parent::Inner(inner, stamp) => inner.version().validate(stamp),
            };
            if !stands || stamp.is_deleted() {
                return Err(Restart);
            }
            if stamp.is_leaf() {
                // SAFETY: as above, and a leaf.
                let leaf = unsafe { Leaf::from_raw(node) };
                leaf.prefetch_entry(part, &key[depth..]);
                if part.class == KIND_RECORD {
                    Progress::Target(leaf, stamp)
                } else {
                    Progress::Leaf(leaf, stamp)
                }
            } else {
                // SAFETY: as above, and an inner node.
                let inner = unsafe { InnerRef::<I>::from_raw(node) };
                let child = NonNull::new(inner.child(inner.route(part.slice))).ok_or(Restart)?;
                if inner.height() == 1 {
                    prefetch(child.as_ptr());
                } else {
                    Inner::<I>::prefetch(child.as_ptr());
                }
                Progress::Toward(Parent::Inner(inner, stamp), child)
            }
        }
        Progress::Target(leaf, stamp) => {
            leaf.prefetch_target(part, &key[depth..]);
            Progress::Leaf(leaf, stamp)
        }
        Progress::Leaf(leaf, stamp) => match look((leaf, stamp), part, &key[depth..])?.0 {
            Found::Nothing | Found::Beside(..) => Progress::Done(None),
            Found::Ended(_, word) => Progress::Done(Some(word)),
            Found::Record(_, record) => Progress::Done(Some(record.value())),
            Found::Layer(layer, deeper) => {
                return Ok(begin(layer.anchor(), key, key.len() - deeper.len()));
            }
        },
        ended => ended,
    };
    Ok(Lookup {
        progress,
        part,
        depth,
    })
}

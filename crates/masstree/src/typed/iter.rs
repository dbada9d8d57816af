//! Iterators over typed maps and sets.
//!
//! An iterator reads a chunk of entries at a time, under a guard that it drops before it yields the first of them, and goes on later
//! from the key where the chunk ended. So it holds no epoch while its user thinks, may be kept, sent to another thread and held
//! across an `.await`, and the map stays free to change. The first chunk is small, since many iterations end early; the next are larger.
//!
//! ```text
//!   yielded | front, ascending | low ..not read yet.. high | back, descending | yielded
//! ```
//! `next` takes from `front`, refills it at `low`, and when nothing is left unread takes what `back` still holds; `next_back` the other
//! way round.
//!
//! # Consistency
//! Beside writers an iteration yields strictly ascending (descending) keys: each key that is there all the time once, never one that
//! never was. What is written between the reading of a chunk and the yielding of its entries is not seen.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Bound;
use std::sync::Arc;

use super::raw::{EncodedBound, KeysOnly, Pairs, Raw, Reading, ValuesOnly, as_range_bound};
use super::{Key, KeyBuf};
use crate::{Inline, Shared, Storage};

const FIRST_CHUNK: usize = 8;
const LARGEST_CHUNK: usize = 64;

/// The engine of every iterator: `M` is the map or a reference to it, `R` what is read of an entry.
struct Chunks<M, S: Storage, R: Reading<S>> {
    map: M,
    low: EncodedBound,
    high: EncodedBound,
    front: VecDeque<R::Item>,
    back: VecDeque<R::Item>,
    chunk: usize,
    /// Nothing is left between `low` and `high`.
    all_read: bool,
}

impl<M: Borrow<Raw<S>>, S: Storage, R: Reading<S>> Chunks<M, S, R> {
    fn new(map: M, (low, high): (EncodedBound, EncodedBound)) -> Self {
        Self {
            map,
            low,
            high,
            front: VecDeque::new(),
            back: VecDeque::new(),
            chunk: FIRST_CHUNK,
            all_read: false,
        }
    }

    fn next(&mut self) -> Option<R::Item> {
        if self.front.is_empty() && !self.all_read {
            self.refill_front();
        }
        self.front.pop_front().or_else(|| self.back.pop_back())
    }

    fn next_back(&mut self) -> Option<R::Item> {
        if self.back.is_empty() && !self.all_read {
            self.refill_back();
        }
        self.back.pop_front().or_else(|| self.front.pop_back())
    }

    fn refill_front(&mut self) {
        let mut reached = KeyBuf::new();
        let map = self.map.borrow();
        let bounds = (as_range_bound(&self.low), as_range_bound(&self.high));
        let visit =
            |key: &[u8], item| take_into(&mut self.front, self.chunk, &mut reached, key, item);
        R::ascending(map, bounds, visit, &map.guard());
        self.all_read = self.front.len() < self.chunk;
        self.low = Bound::Excluded(reached);
        self.grow_chunk();
    }

    fn refill_back(&mut self) {
        let mut reached = KeyBuf::new();
        let map = self.map.borrow();
        let bounds = (as_range_bound(&self.low), as_range_bound(&self.high));
        let visit =
            |key: &[u8], item| take_into(&mut self.back, self.chunk, &mut reached, key, item);
        R::descending(map, bounds, visit, &map.guard());
        self.all_read = self.back.len() < self.chunk;
        self.high = Bound::Excluded(reached);
        self.grow_chunk();
    }

    fn grow_chunk(&mut self) {
        self.chunk = (self.chunk * 2).min(LARGEST_CHUNK);
    }

    fn buffered(&self) -> usize {
        self.front.len() + self.back.len()
    }
}

/// Adds an entry to a chunk, keeps the key where a full one ends, and says whether to go on.
#[inline]
fn take_into<T>(
    chunk: &mut VecDeque<T>,
    size: usize,
    reached: &mut KeyBuf,
    key: &[u8],
    item: T,
) -> bool {
    chunk.push_back(item);
    let full = chunk.len() == size;
    if full {
        reached.extend_from_slice(key);
    }
    !full
}

/// Declares an iterator that borrows its map.
macro_rules! borrowing {
    ($(#[$doc:meta])* $name:ident<$($param:ident: [$($bound:tt)+]),*>, $storage:ty, $reading:ty, $item:ty) => {
        $(#[$doc])*
        #[must_use = "iterators are lazy"]
        pub struct $name<'a, $($param: $($bound)+),*>(Chunks<&'a Raw<$storage>, $storage, $reading>);

        impl<'a, $($param: $($bound)+),*> $name<'a, $($param),*> {
            #[inline]
            pub(super) fn new(map: &'a Raw<$storage>, bounds: (EncodedBound, EncodedBound)) -> Self {
                Self(Chunks::new(map, bounds))
            }
        }

        impl<$($param: $($bound)+),*> Iterator for $name<'_, $($param),*> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.0.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let buffered = self.0.buffered();
                (buffered, self.0.all_read.then_some(buffered))
            }

            fn last(mut self) -> Option<$item> {
                self.next_back()
            }
        }

        impl<$($param: $($bound)+),*> DoubleEndedIterator for $name<'_, $($param),*> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.0.next_back()
            }
        }

        impl<$($param: $($bound)+),*> FusedIterator for $name<'_, $($param),*> {}

        impl<$($param: $($bound)+),*> fmt::Debug for $name<'_, $($param),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// Declares an iterator that owns its map, which nobody else can change any more, so that its length is known.
macro_rules! owning {
    ($(#[$doc:meta])* $name:ident<$($param:ident: [$($bound:tt)+]),*>, $storage:ty, $reading:ty, $item:ty) => {
        $(#[$doc])*
        #[must_use = "iterators are lazy"]
        pub struct $name<$($param: $($bound)+),*> {
            entries: Chunks<Raw<$storage>, $storage, $reading>,
            left: usize,
        }

        impl<$($param: $($bound)+),*> $name<$($param),*> {
            pub(super) fn new(map: Raw<$storage>) -> Self {
                let left = map.len();
                Self { entries: Chunks::new(map, (Bound::Unbounded, Bound::Unbounded)), left }
            }
        }

        impl<$($param: $($bound)+),*> Iterator for $name<$($param),*> {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                let item = self.entries.next()?;
                self.left -= 1;
                Some(item)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.left, Some(self.left))
            }
        }

        impl<$($param: $($bound)+),*> DoubleEndedIterator for $name<$($param),*> {
            fn next_back(&mut self) -> Option<$item> {
                let item = self.entries.next_back()?;
                self.left -= 1;
                Some(item)
            }
        }

        impl<$($param: $($bound)+),*> ExactSizeIterator for $name<$($param),*> {}

        impl<$($param: $($bound)+),*> FusedIterator for $name<$($param),*> {}

        impl<$($param: $($bound)+),*> fmt::Debug for $name<$($param),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.left).finish_non_exhaustive()
            }
        }
    };
}

borrowing! {
    /// The entries of an [`OrderedMap`](super::OrderedMap) or of a range of it, as `(K, Arc<V>)`, from both ends.
    Iter<K: [Key], V: [Send + Sync + 'static]>, Shared<V>, Pairs<K>, (K, Arc<V>)
}

borrowing! {
    /// The keys of an [`OrderedMap`](super::OrderedMap), from both ends.
    Keys<K: [Key], V: [Send + Sync + 'static]>, Shared<V>, KeysOnly<K>, K
}

borrowing! {
    /// The values of an [`OrderedMap`](super::OrderedMap) in the order of their keys, from both ends.
    Values<V: [Send + Sync + 'static]>, Shared<V>, ValuesOnly, Arc<V>
}

borrowing! {
    /// The keys of an [`OrderedSet`](super::OrderedSet) or of a range of it, from both ends.
    SetIter<K: [Key]>, Inline<()>, KeysOnly<K>, K
}

owning! {
    /// The entries of an [`OrderedMap`](super::OrderedMap) that was given away, as `(K, Arc<V>)`, from both ends.
    IntoIter<K: [Key], V: [Send + Sync + 'static]>, Shared<V>, Pairs<K>, (K, Arc<V>)
}

owning! {
    /// The keys of an [`OrderedMap`](super::OrderedMap) that was given away, from both ends.
    IntoKeys<K: [Key], V: [Send + Sync + 'static]>, Shared<V>, KeysOnly<K>, K
}

owning! {
    /// The values of an [`OrderedMap`](super::OrderedMap) that was given away, from both ends.
    IntoValues<V: [Send + Sync + 'static]>, Shared<V>, ValuesOnly, Arc<V>
}

owning! {
    /// The keys of an [`OrderedSet`](super::OrderedSet) that was given away, from both ends.
    SetIntoIter<K: [Key]>, Inline<()>, KeysOnly<K>, K
}

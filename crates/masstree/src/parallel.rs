//! Parallel iteration, with the feature `rayon`: the key space is split at separators of the tree, and each part is walked by itself.

use std::ops::Bound;

use rayon::iter::plumbing::{Folder, UnindexedConsumer, UnindexedProducer, bridge_unindexed};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::bound::RangeBound;
use crate::map::Map;
use crate::storage::Storage;

/// A parallel iterator over all entries, in no order between parts. From `(&map).into_par_iter()` or `map.par_iter()`.
#[derive(Debug)]
pub struct ParIter<'m, S: Storage, const W: usize, const I: usize>(Part<'m, S, W, I>);

struct Part<'m, S: Storage, const W: usize, const I: usize> {
    map: &'m Map<S, W, I>,
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
}

impl<S: Storage, const W: usize, const I: usize> std::fmt::Debug for Part<'_, S, W, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("start", &self.start)
            .field("end", &self.end)
            .finish()
    }
}

fn borrowed(bound: &Bound<Vec<u8>>) -> RangeBound<'_> {
    bound.as_ref().map(Vec::as_slice).into()
}

impl<S: Storage, const W: usize, const I: usize> Map<S, W, I> {
    /// All entries, by all threads of the current rayon pool.
    ///
    /// # Examples
    /// ```
    /// use masstree::MassTreeInline;
    /// use rayon::iter::ParallelIterator;
    /// let map: MassTreeInline<u64> = (0..1000_u64).map(|i| (i.to_be_bytes(), i)).collect();
    /// assert_eq!(map.par_iter().map(|(_, value)| value).sum::<u64>(), 499_500);
    /// ```
    pub fn par_iter(&self) -> ParIter<'_, S, W, I> {
        ParIter(Part {
            map: self,
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        })
    }
}

impl<'m, S: Storage, const W: usize, const I: usize> IntoParallelIterator for &'m Map<S, W, I> {
    type Item = (Vec<u8>, S::Owned);
    type Iter = ParIter<'m, S, W, I>;

    fn into_par_iter(self) -> Self::Iter {
        self.par_iter()
    }
}

impl<S: Storage, const W: usize, const I: usize> ParallelIterator for ParIter<'_, S, W, I> {
    type Item = (Vec<u8>, S::Owned);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge_unindexed(self.0, consumer)
    }
}

impl<S: Storage, const W: usize, const I: usize> UnindexedProducer for Part<'_, S, W, I> {
    type Item = (Vec<u8>, S::Owned);

    fn split(self) -> (Self, Option<Self>) {
        match self.middle() {
            Some(middle) => {
                let right = Part {
                    map: self.map,
                    start: Bound::Included(middle.clone()),
                    end: self.end,
                };
                (
                    Part {
                        map: self.map,
                        start: self.start,
                        end: Bound::Excluded(middle),
                    },
                    Some(right),
                )
            }
            None => (self, None),
        }
    }

    fn fold_with<F: Folder<Self::Item>>(self, folder: F) -> F {
        let guard = self.map.guard();
        let mut folder = Some(folder);
        self.map.scan(
            borrowed(&self.start),
            borrowed(&self.end),
            |key, value| {
                folder = folder
                    .take()
                    .map(|folder| folder.consume((key.to_vec(), value)));
                folder.as_ref().is_some_and(|folder| !folder.full())
            },
            &guard,
        );
        // The visitor puts the folder back each time.
        folder.unwrap_or_else(|| unreachable!("the folder is put back by every call"))
    }
}

impl<S: Storage, const W: usize, const I: usize> Part<'_, S, W, I> {
    /// A key between the ends: that of an entry near the middle of the bytes that first and last do not share.
    fn middle(&self) -> Option<Vec<u8>> {
        let guard = self.map.guard();
        let mut range = self
            .map
            .range(borrowed(&self.start), borrowed(&self.end), &guard);
        let first = range.next()?.into_key();
        let last = range.next_back()?.into_key();
        let shared = crate::key::common_prefix(&first, &last);
        let number = |key: &[u8]| {
            let mut bytes = [0; 8];
            let rest = &key[shared..key.len().min(shared + 8)];
            bytes[..rest.len()].copy_from_slice(rest);
            u64::from_be_bytes(bytes)
        };
        let (low, high) = (number(&first), number(&last));
        let mut middle = first[..shared].to_vec();
        middle.extend_from_slice(&(low + (high - low).div_ceil(2)).to_be_bytes());
        (middle > first && middle <= last).then_some(middle)
    }
}

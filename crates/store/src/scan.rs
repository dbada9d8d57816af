//! Rows in the order of their keys, as one snapshot sees them.
//!
//! An iterator takes rows from the store in chunks, larger ones as it goes on, and holds no guard in between.

use std::collections::VecDeque;
use std::ops::{Bound, RangeBounds};

use crate::error::Result;
use crate::heads::Ends;
use crate::row::Row;
use crate::snapshot::Snapshot;

/// Rows that an iterator takes at first, and at most, at once.
const FIRST_CHUNK: usize = 16;
const LARGEST_CHUNK: usize = 512;

/// A range of keys, owned.
pub(crate) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

pub(crate) fn owned<K: AsRef<[u8]>>(range: &impl RangeBounds<K>) -> Range {
    let bytes = |key: &K| key.as_ref().to_vec();
    (range.start_bound().map(bytes), range.end_bound().map(bytes))
}

/// The same range, borrowed.
pub(crate) fn borrowed<'a, K: AsRef<[u8]> + 'a>(range: &'a impl RangeBounds<K>) -> Ends<'a> {
    (
        range.start_bound().map(AsRef::as_ref),
        range.end_bound().map(AsRef::as_ref),
    )
}

/// The range of all keys that begin with `prefix`.
pub(crate) fn prefix_range(prefix: &[u8]) -> Range {
    let mut end = prefix.to_vec();
    while end.pop_if(|byte| *byte == u8::MAX).is_some() {}
    let end = match end.last_mut() {
        Some(last) => {
            *last += 1;
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    };
    (Bound::Included(prefix.to_vec()), end)
}

/// Whether it ends before it begins.
pub(crate) fn is_inverted((start, end): &Range) -> bool {
    match (start, end) {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(high) | Bound::Excluded(high),
        ) => low >= high,
        _ => false,
    }
}

/// Rows of a range, from both ends, as one snapshot sees them. Holds no lock and no guard; the snapshot is held until it is dropped.
#[derive(Debug)]
pub struct Rows {
    snapshot: Snapshot,
    /// What has not been taken from the map yet; nothing once the ends have met.
    rest: Option<Range>,
    front: VecDeque<(Vec<u8>, Row)>,
    back: VecDeque<(Vec<u8>, Row)>,
    chunk: usize,
}

impl Rows {
    pub(crate) fn new(snapshot: Snapshot, range: Range) -> Self {
        Self {
            snapshot,
            rest: Some(range),
            front: VecDeque::new(),
            back: VecDeque::new(),
            chunk: FIRST_CHUNK,
        }
    }

    fn fill(&mut self, forward: bool) -> Result<()> {
        let Some((start, end)) = &mut self.rest else {
            return Ok(());
        };
        let chunk = self.chunk;
        self.chunk = (2 * chunk).min(LARGEST_CHUNK);
        let mut taken = VecDeque::with_capacity(chunk);
        let range = (
            start.as_ref().map(Vec::as_slice),
            end.as_ref().map(Vec::as_slice),
        );
        let at = self.snapshot.timestamp();
        let table = self.snapshot.store().table();
        table.visit_at(range, forward, at, |key, row| {
            taken.push_back((key.to_vec(), row.clone()));
            taken.len() < chunk
        });
        self.snapshot.check()?;
        match taken.back() {
            Some((last, _)) if taken.len() == chunk => {
                let near = if forward { start } else { end };
                *near = Bound::Excluded(last.clone());
            }
            _ => self.rest = None,
        }
        *(if forward {
            &mut self.front
        } else {
            &mut self.back
        }) = taken;
        Ok(())
    }

    fn advance(&mut self, forward: bool) -> Option<Result<(Vec<u8>, Row)>> {
        let near = if forward { &self.front } else { &self.back };
        if near.is_empty()
            && let Err(error) = self.fill(forward)
        {
            self.rest = None;
            return Some(Err(error));
        }
        let (near, far) = if forward {
            (&mut self.front, &mut self.back)
        } else {
            (&mut self.back, &mut self.front)
        };
        // Each queue begins with what is nearest to its own end.
        near.pop_front().or_else(|| far.pop_back()).map(Ok)
    }
}

impl Iterator for Rows {
    type Item = Result<(Vec<u8>, Row)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(true)
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.advance(false)
    }
}

impl std::iter::FusedIterator for Rows {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_prefix_ends_before_the_next() {
        let end = |prefix: &[u8]| prefix_range(prefix).1;
        assert_eq!(end(b"ab"), Bound::Excluded(b"ac".to_vec()));
        assert_eq!(end(b"a\xFF"), Bound::Excluded(b"b".to_vec()));
        assert_eq!(end(b"\xFF"), Bound::Unbounded);
        assert_eq!(end(b""), Bound::Unbounded);
    }
}

//! The newest versions of a range of keys, in order.
//!
//! A walk through the map holds a guard, which keeps all that is freed meanwhile; so long walks go in steps, each from the key where the one before
//! ended. A version lies by itself in memory, and waiting for one after the other is most of what a scan costs: the walk goes a few keys ahead of
//! the visitor, keeps their keys, and asks for their versions all at once.

use std::ops::Bound;

use masstree::{Boxed, Cursor};
use optimistic::sync::prefetch;

use crate::row::Row;
use crate::stamp::Timestamp;
use crate::table::Table;
use crate::version::{Linked, visible_at};

/// Entries of the map that are visited under one guard, about.
const STEP: usize = 4096;

/// How far the walk goes ahead at first, and at most: who wants few rows does not pay for many.
const FIRST_BATCH: usize = 8;
const LARGEST_BATCH: usize = 16;

/// A range of keys, borrowed.
pub(crate) type Ends<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// Keys that the walk has come by, one behind the other, and their versions.
struct Batch<'g> {
    keys: Vec<u8>,
    /// Where each key ends, and its version.
    heads: [Option<(usize, &'g Linked)>; LARGEST_BATCH],
}

impl<'g> Batch<'g> {
    fn new() -> Self {
        Self {
            keys: Vec::new(),
            heads: [None; LARGEST_BATCH],
        }
    }

    /// Takes up to `limit` entries from the cursor on, as long as they lie before `far`. How many there were.
    fn fill<const W: usize, const I: usize>(
        &mut self,
        cursor: &mut Cursor<'g, Boxed<Linked>, W, I>,
        far: &Bound<&[u8]>,
        forward: bool,
        limit: usize,
    ) -> usize {
        self.keys.clear();
        self.heads = [None; LARGEST_BATCH];
        for (count, head) in self.heads.iter_mut().take(limit).enumerate() {
            let Some(version) = cursor.value() else {
                return count;
            };
            prefetch(version);
            match cursor.key() {
                Some(key) if is_before(key, far, forward) => self.keys.extend_from_slice(key),
                _ => return count,
            }
            *head = Some((self.keys.len(), version));
            if forward {
                cursor.next();
            } else {
                cursor.prev();
            }
        }
        limit
    }

    /// The keys and their versions.
    fn entries(&self) -> impl Iterator<Item = (&[u8], &'g Linked)> {
        let mut start = 0;
        self.heads.iter().map_while(move |head| {
            let (end, version) = (*head)?;
            let key = &self.keys[start..end];
            start = end;
            Some((key, version))
        })
    }
}

fn is_before(key: &[u8], far: &Bound<&[u8]>, forward: bool) -> bool {
    match *far {
        Bound::Unbounded => true,
        Bound::Included(end) if forward => key <= end,
        Bound::Excluded(end) if forward => key < end,
        Bound::Included(start) => key >= start,
        Bound::Excluded(start) => key > start,
    }
}

/// Goes to the first entry of a range that begins at `near`.
fn begin<const W: usize, const I: usize>(
    cursor: &mut Cursor<'_, Boxed<Linked>, W, I>,
    near: &Bound<&[u8]>,
    forward: bool,
) {
    let (key, skips) = match *near {
        Bound::Included(key) => (key, false),
        Bound::Excluded(key) => (key, true),
        Bound::Unbounded => {
            if forward {
                cursor.seek_first();
            } else {
                cursor.seek_last();
            }
            return;
        }
    };
    let is_there = if forward {
        cursor.seek(key)
    } else {
        cursor.seek_for_prev(key)
    };
    if is_there && skips {
        if forward {
            cursor.next();
        } else {
            cursor.prev();
        }
    }
}

impl Table {
    /// Calls `visitor` with each key of the range and its newest version, decided or not, until it says no.
    pub fn visit_heads(
        &self,
        (start, end): Ends<'_>,
        forward: bool,
        mut visitor: impl FnMut(&[u8], &Linked, &optimistic::Guard) -> bool,
    ) {
        let (near, far) = if forward { (start, end) } else { (end, start) };
        let mut limit = FIRST_BATCH;
        let mut last: Option<Vec<u8>> = None;
        loop {
            let guard = self.map.guard();
            let mut cursor = self.map.cursor(&guard);
            match &last {
                Some(last) => begin(&mut cursor, &Bound::Excluded(last), forward),
                None => begin(&mut cursor, &near, forward),
            }
            let mut batch = Batch::new();
            let mut left = STEP;
            while left > 0 {
                let count = batch.fill(&mut cursor, &far, forward, limit);
                for (key, head) in batch.entries() {
                    if !visitor(key, head, guard.as_ref()) {
                        return;
                    }
                }
                if count < limit {
                    return;
                }
                left = left.saturating_sub(count);
                limit = LARGEST_BATCH;
            }
            last = batch.entries().last().map(|(key, _)| key.to_vec());
        }
    }

    /// The last of the next `count` keys from `start` on; nothing if there are fewer.
    pub fn key_after(&self, start: &Bound<&[u8]>, count: usize) -> Option<Vec<u8>> {
        let guard = self.map.guard();
        let mut cursor = self.map.cursor(&guard);
        begin(&mut cursor, start, true);
        // Keys are put together only when they are asked for.
        let all = cursor.value().is_some() && (1..count).all(|_| cursor.next());
        all.then(|| cursor.key().map(<[u8]>::to_vec))?
    }

    /// Calls `visitor` with each key of the range that has a row at `at`, until it says no.
    pub fn visit_at(
        &self,
        range: Ends<'_>,
        forward: bool,
        at: Timestamp,
        mut visitor: impl FnMut(&[u8], &Row) -> bool,
    ) {
        self.visit_heads(range, forward, |key, head, guard| {
            let row = visible_at(head, at, guard).and_then(|version| version.as_ref());
            row.is_none_or(|row| visitor(key, row))
        });
    }
}

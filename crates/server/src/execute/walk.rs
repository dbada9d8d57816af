//! SCAN and RANGE, in steps.
//!
//! A step visits a bounded number of rows and notes where it stopped; the next goes on behind that key. All read one snapshot, or the connection's
//! transaction. A short walk is one step within a slice, a long one is for [`slow`](super::slow), which yields between the steps.

use std::ops::Bound;

use masstree_protocol::{Columns, Command, Int, Range, ReplyList, ReplyWriter, Request};
use masstree_store::{Row, Snapshot, Transaction};

use super::cells::add_row;
use super::failure::Failure;
use super::slice::Executor;
use super::transaction::View;

/// Rows and columns that a step visits.
pub(super) const STEP: usize = 2048;

/// A step ends when its replies have so many bytes.
pub(super) const STEP_BYTES: usize = 256 << 10;

/// A walk of up to so many rows, with up to so many columns of each, is one of a slice.
const SHORT_ROWS: u64 = 256;
const SHORT_COLUMNS: usize = 8;

/// What is left of a walk.
pub(super) struct Walk<'a> {
    pub low: Bound<Vec<u8>>,
    pub high: Bound<Vec<u8>>,
    pub reverse: bool,
    pub left: u64,
    pub columns: Columns<'a>,
    pub keys_only: bool,
}

/// What a walk reads.
pub(super) enum Source<'s> {
    Snapshot(&'s Snapshot),
    Transaction(&'s mut Transaction),
}

impl<'a> Walk<'a> {
    /// The walk that a request asks for, if it is one.
    pub fn of(request: &Request<'a>) -> Option<Self> {
        match request {
            Request::Scan {
                first,
                count,
                columns,
            } => Some(Self {
                low: Bound::Included(first.to_vec()),
                high: Bound::Unbounded,
                reverse: false,
                left: *count,
                columns: *columns,
                keys_only: false,
            }),
            Request::Range(range) => Some(Self::range(range)),
            _ => None,
        }
    }

    fn range(range: &Range<'a>) -> Self {
        let prefix = range.prefix.unwrap_or_default();
        let low = range.from.unwrap_or_default().max(prefix);
        let high = [range.to.map(<[u8]>::to_vec), behind(prefix)]
            .into_iter()
            .flatten()
            .min();
        Self {
            low: Bound::Included(low.to_vec()),
            high: high.map_or(Bound::Unbounded, Bound::Excluded),
            reverse: range.reverse,
            left: range.count.unwrap_or(u64::MAX),
            columns: range.columns,
            keys_only: range.keys_only,
        }
    }

    fn is_short(&self) -> bool {
        self.left <= SHORT_ROWS && self.columns.len() <= SHORT_COLUMNS
    }

    pub fn is_reverse(&self) -> bool {
        self.reverse
    }

    /// Results to expect in the reply.
    pub fn expected(&self) -> usize {
        let each = if self.keys_only { 1 } else { 2 };
        self.left.saturating_mul(each).min(60_000) as usize
    }

    /// Adds the next rows to the reply. Whether that was all.
    pub fn step(
        &mut self,
        source: &mut Source<'_>,
        list: &mut ReplyList<'_>,
        limit: usize,
    ) -> Result<bool, Failure> {
        if self.left == 0 || self.is_empty() {
            return Ok(true);
        }
        let full = list.len() + STEP_BYTES;
        let mut work = 0;
        let mut stopped_at = None;
        let mut added = Ok(());
        let (left, columns, keys_only) = (&mut self.left, &self.columns, self.keys_only);
        let visitor = |key: &[u8], row: &Row| {
            added = add_pair(list, key, row, columns, keys_only, limit);
            *left -= 1;
            work += 1 + columns.len();
            if added.is_err() || *left == 0 {
                return false;
            }
            let goes_on = work < STEP && list.len() < full;
            if !goes_on {
                stopped_at = Some(key.to_vec());
            }
            goes_on
        };
        let range = (self.low.clone(), self.high.clone());
        match (source, self.reverse) {
            (Source::Snapshot(snapshot), false) => snapshot.visit(range, visitor)?,
            (Source::Snapshot(snapshot), true) => snapshot.visit_rev(range, visitor)?,
            (Source::Transaction(transaction), _) => transaction.visit(range, visitor)?,
        }
        added?;
        match stopped_at {
            Some(key) if self.reverse => self.high = Bound::Excluded(key),
            Some(key) => self.low = Bound::Excluded(key),
            None => return Ok(true),
        }
        Ok(false)
    }

    /// Whether no key can be in the range.
    pub(super) fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Bound::Included(low) | Bound::Excluded(low), Bound::Excluded(high)) => low >= high,
            _ => false,
        }
    }
}

/// The first key behind all that begin with `prefix`.
fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Adds a key, and its row unless keys alone were asked for.
pub(super) fn add_pair(
    list: &mut ReplyList<'_>,
    key: &[u8],
    row: &Row,
    columns: &Columns<'_>,
    keys_only: bool,
    limit: usize,
) -> Result<(), Failure> {
    list.key(key);
    if keys_only {
        if list.len() > limit {
            return Err(Failure::ReplyTooLong { limit });
        }
        return Ok(());
    }
    add_row(list, row, columns, limit)
}

impl Executor<'_> {
    /// Answers a SCAN or RANGE if it is short; otherwise it is for [`slow`](super::slow).
    pub fn short_walk(&mut self, seq: Int, request: &Request<'_>) -> Option<Result<(), Failure>> {
        let mut walk = Walk::of(request).filter(Walk::is_short)?;
        let shared = &*self.local.shared;
        let own = match &self.session.transaction {
            None => Some(shared.store.snapshot()),
            Some(_) => None,
        };
        let mut source = match (&own, &mut self.session.transaction) {
            (Some(snapshot), _) => Source::Snapshot(snapshot),
            (None, Some(open)) => match open.view(walk.reverse, shared.max_transaction) {
                Ok(View::Snapshot(snapshot)) => Source::Snapshot(snapshot),
                Ok(View::Transaction(_)) if walk.reverse => return None,
                Ok(View::Transaction(transaction)) => Source::Transaction(transaction),
                Err(failure) => return Some(Err(failure)),
            },
            (None, None) => return None,
        };
        let command = request.command();
        let limit = shared.max_reply;
        Some(answer(
            ReplyWriter::new(self.out).with_bin(self.session.bin),
            seq,
            command,
            &mut walk,
            &mut source,
            limit,
        ))
    }
}

/// A whole walk at once.
fn answer(
    mut reply: ReplyWriter<'_>,
    seq: Int,
    command: Command,
    walk: &mut Walk<'_>,
    source: &mut Source<'_>,
    limit: usize,
) -> Result<(), Failure> {
    let mut list = reply.list(seq, command, walk.expected());
    while !walk.step(source, &mut list, limit)? {}
    list.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_prefix_ends_before_the_next() {
        assert_eq!(behind(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(behind(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(behind(b"\xff"), None);
        assert_eq!(behind(b""), None);
    }
}

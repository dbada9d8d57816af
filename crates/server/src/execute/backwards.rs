//! A RANGE backwards through a transaction that has written, or whose reads count.
//!
//! Such a transaction is walked forwards only. So the rows are gathered, of which as many of the last are kept as were asked for, and then told backwards.

use std::collections::VecDeque;
use std::ops::Bound;

use masstree_protocol::ReplyList;
use masstree_store::{Row, Transaction};

use super::failure::Failure;
use super::walk::{STEP, STEP_BYTES, Walk, add_pair};

/// Rows at the end of a range, found by walking towards it.
pub(super) struct Tail {
    rows: VecDeque<(Vec<u8>, Row)>,
    /// Bytes that they need in a reply, at least.
    bytes: usize,
}

impl Tail {
    pub fn new() -> Self {
        Self {
            rows: VecDeque::new(),
            bytes: 0,
        }
    }

    fn push(&mut self, key: &[u8], row: &Row, most: u64, keys_only: bool) {
        let size = |key: &[u8]| key.len() + if keys_only { 1 } else { 2 };
        if self.rows.len() as u64 == most
            && let Some((first, _)) = self.rows.pop_front()
        {
            self.bytes -= size(&first);
        }
        self.bytes += size(key);
        self.rows.push_back((key.to_vec(), row.clone()));
    }
}

impl Walk<'_> {
    /// Takes the next rows of a transaction's range into `tail`, which keeps as many of the last as were asked for. Whether that was all.
    pub fn step_tail(
        &mut self,
        transaction: &mut Transaction,
        tail: &mut Tail,
        limit: usize,
    ) -> Result<bool, Failure> {
        if self.left == 0 || self.is_empty() {
            return Ok(true);
        }
        let mut work = 0;
        let mut stopped_at = None;
        let mut too_long = false;
        let (left, keys_only) = (self.left, self.keys_only);
        transaction.visit((self.low.clone(), self.high.clone()), |key, row| {
            tail.push(key, row, left, keys_only);
            work += 1;
            too_long = tail.bytes > limit;
            if too_long {
                return false;
            }
            if work == STEP {
                stopped_at = Some(key.to_vec());
            }
            work < STEP
        })?;
        if too_long {
            return Err(Failure::ReplyTooLong { limit });
        }
        match stopped_at {
            Some(key) => self.low = Bound::Excluded(key),
            None => return Ok(true),
        }
        Ok(false)
    }

    /// Adds the last rows of `tail` to the reply, backwards. Whether that was all.
    pub fn drain_tail(
        &self,
        tail: &mut Tail,
        list: &mut ReplyList<'_>,
        limit: usize,
    ) -> Result<bool, Failure> {
        let full = list.len() + STEP_BYTES;
        let mut work = 0;
        while work < STEP && list.len() < full {
            let Some((key, row)) = tail.rows.pop_back() else {
                return Ok(true);
            };
            add_pair(list, &key, &row, &self.columns, self.keys_only, limit)?;
            work += 1 + self.columns.len();
        }
        Ok(false)
    }
}

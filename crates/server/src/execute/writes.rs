//! PUT, REPLACE, REMOVE and CAS, by themselves or in the connection's transaction.
//!
//! REPLACEs that follow one another, outside of a transaction, are gathered and given to the store together: it then waits for the memory of several at once.

use masstree_protocol::{Assignments, Command, Int, ReplyWriter, Written};
use masstree_store::Swap;

use super::failure::Failure;
use super::replies::WriteReply;
use super::slice::Executor;

/// A PUT of up to so many columns needs no allocation for them.
const FEW: usize = 8;

/// REPLACEs that are gathered.
const RUN: usize = 32;

/// REPLACEs that wait for each other.
pub(super) struct WriteRun<'a> {
    seqs: [Int; RUN],
    keys: [&'a [u8]; RUN],
    values: [&'a [u8]; RUN],
    len: usize,
}

impl<'a> WriteRun<'a> {
    pub fn new() -> Self {
        Self {
            seqs: [0_u64.into(); RUN],
            keys: [&[]; RUN],
            values: [&[]; RUN],
            len: 0,
        }
    }

    #[inline]
    pub fn push(&mut self, seq: Int, key: &'a [u8], value: &'a [u8]) {
        let at = self.len;
        self.seqs[at] = seq;
        self.keys[at] = key;
        self.values[at] = value;
        self.len += 1;
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.len == RUN
    }
}

/// What a write did.
pub(super) fn written(existed: bool) -> Written {
    if existed {
        Written::Updated
    } else {
        Written::Inserted
    }
}

impl Executor<'_> {
    /// Carries out the REPLACEs of a run and empties it.
    #[inline]
    pub fn write_run(&mut self, run: &mut WriteRun<'_>) {
        let len = std::mem::take(&mut run.len);
        if len == 0 {
            return;
        }
        self.counts.add(Command::Replace, len);
        let shared = &self.local.shared;
        let (bin, durable) = (self.session.bin, shared.is_durable());
        let (out, replies, errors) = (&mut *self.out, &mut *self.replies, &mut self.counts.errors);
        let (keys, values) = (&run.keys[..len], &run.values[..len]);
        self.writes.replace_each(keys, values, |index, result| {
            let (seq, start) = (run.seqs[index], out.len());
            let mut reply = ReplyWriter::new(out).with_bin(bin);
            match result {
                Ok(existed) => {
                    reply.written(seq, Command::Replace, written(existed));
                    if durable {
                        let end = out.len();
                        replies.push(WriteReply { start, end, seq });
                    }
                }
                Err(error) => {
                    *errors += 1;
                    reply.error(seq, &error.to_string());
                }
            }
        });
    }

    #[inline]
    pub fn replace(&mut self, seq: Int, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let existed = match &mut self.session.transaction {
            Some(open) => open.replace(key, value, self.local.shared.max_transaction)?,
            None => self.writes.replace(key, value)?,
        };
        self.noting(seq, |executor| {
            executor
                .reply()
                .written(seq, Command::Replace, written(existed));
        });
        Ok(())
    }

    pub fn put(&mut self, seq: Int, key: &[u8], changes: &Assignments<'_>) -> Result<(), Failure> {
        let existed = if changes.len() <= FEW {
            let mut few = [(0, &[][..]); FEW];
            for (place, change) in few.iter_mut().zip(changes.iter()) {
                *place = change;
            }
            self.put_columns(key, &few[..changes.len()])
        } else {
            let many: Vec<_> = changes.iter().collect();
            self.put_columns(key, &many)
        }?;
        self.noting(seq, |executor| {
            executor
                .reply()
                .written(seq, Command::Put, written(existed));
        });
        Ok(())
    }

    fn put_columns(&mut self, key: &[u8], columns: &[(usize, &[u8])]) -> Result<bool, Failure> {
        match &mut self.session.transaction {
            Some(open) => open.put(key, columns, self.local.shared.max_transaction),
            None => Ok(self.writes.put(key, columns)?),
        }
    }

    pub fn remove(&mut self, seq: Int, key: &[u8]) -> Result<(), Failure> {
        let existed = match &mut self.session.transaction {
            Some(open) => open.remove(key, self.local.shared.max_transaction)?,
            None => self.writes.remove(key)?,
        };
        self.noting(seq, |executor| executor.reply().removed(seq, existed));
        Ok(())
    }

    pub fn compare_and_set(
        &mut self,
        seq: Int,
        key: &[u8],
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let limit = self.local.shared.max_transaction;
        let swap = match &mut self.session.transaction {
            Some(open) => open.compare_and_set(key, expected, new, limit)?,
            None => self.writes.compare_and_set(key, expected, new)?,
        };
        let limit = self.local.shared.max_reply;
        match swap {
            Swap::Done => self.noting(seq, |executor| executor.reply().swapped(seq)),
            Swap::Differs(None) => self.reply().differs_missing(seq),
            Swap::Differs(Some(row)) if row.as_bytes().len() > limit => {
                return Err(Failure::ReplyTooLong { limit });
            }
            Swap::Differs(Some(row)) => self.reply().differs(seq, row.len(), row.columns()),
        }
        Ok(())
    }

    /// Writes a reply that holds only if the disk does.
    #[inline]
    fn noting(&mut self, seq: Int, reply: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        reply(self);
        if self.local.shared.is_durable() && self.session.transaction.is_none() {
            let end = self.out.len();
            self.replies.push(WriteReply { start, end, seq });
        }
    }
}

//! GET, alone and in runs, and MGET.
//!
//! GETs that follow one another, outside of a transaction, are gathered and looked up together: the map then waits for the memory of several keys at once.

use masstree_protocol::{Columns, Command, Int, Keys, ReplyWriter};
use masstree_store::Row;

use super::cells::{add_row, get_reply};
use super::failure::Failure;
use super::slice::{Executor, Session};
use crate::local::Local;
use crate::shared::Shared;

/// GETs that are looked up together.
const RUN: usize = 32;

/// An MGET of up to so many keys is answered in one go.
const SHORT: usize = 256;

/// GETs that wait for each other.
pub(super) struct GetRun<'a> {
    seqs: [Int; RUN],
    keys: [&'a [u8]; RUN],
    columns: [Columns<'a>; RUN],
    /// Where in the input they begin.
    begins: [usize; RUN],
    len: usize,
}

impl<'a> GetRun<'a> {
    pub fn new() -> Self {
        Self {
            seqs: [0_u64.into(); RUN],
            keys: [&[]; RUN],
            columns: [Columns::default(); RUN],
            begins: [0; RUN],
            len: 0,
        }
    }

    #[inline]
    pub fn push(&mut self, seq: Int, key: &'a [u8], columns: Columns<'a>, begin: usize) {
        let at = self.len;
        self.seqs[at] = seq;
        self.keys[at] = key;
        self.columns[at] = columns;
        self.begins[at] = begin;
        self.len += 1;
    }

    #[inline]
    pub fn is_full(&self) -> bool {
        self.len == RUN
    }
}

/// Whether an MGET needs no slices.
pub(super) fn is_short(keys: &Keys<'_>) -> bool {
    keys.len() <= SHORT
}

impl Executor<'_> {
    /// Answers the GETs of a run and empties it. If the output is `full` before, returns where the first that was not answered begins.
    #[inline]
    pub fn answer_run(&mut self, run: &mut GetRun<'_>, full: usize) -> Option<usize> {
        if run.len == 0 {
            return None;
        }
        let len = std::mem::take(&mut run.len);
        let shared = &*self.local.shared;
        let bin = self.session.bin;
        let mut answered = 0;
        let mut errors = 0;
        let out = &mut *self.out;
        let mut answer = |index: usize, row: Result<Option<&Row>, Failure>| {
            if index > answered || out.len() >= full {
                return;
            }
            answered += 1;
            let (seq, key, columns) = (run.seqs[index], run.keys[index], &run.columns[index]);
            let mut reply = ReplyWriter::new(out).with_bin(bin);
            let done = row.and_then(|row| answer_get(&mut reply, shared, seq, key, columns, row));
            if let Err(failure) = done {
                errors += 1;
                reply.error(seq, &failure.to_string());
            }
        };
        let keys = &run.keys[..len];
        let found = shared
            .store
            .get_each(keys, |index, row| answer(index, Ok(row)));
        if found.is_err() {
            // A key that the store does not take, which is the fault of that GET alone.
            for (index, key) in keys.iter().enumerate() {
                match shared.store.get(key) {
                    Ok(row) => answer(index, Ok(row.as_ref())),
                    Err(error) => answer(index, Err(error.into())),
                }
            }
        }
        self.counts.add(Command::Get, answered);
        self.counts.errors += errors;
        (answered < len).then(|| run.begins[answered])
    }

    /// GET by itself.
    pub fn get(&mut self, seq: Int, key: &[u8], columns: &Columns<'_>) -> Result<(), Failure> {
        let shared = &*self.local.shared;
        let mut reply = ReplyWriter::new(self.out).with_bin(self.session.bin);
        match &mut self.session.transaction {
            Some(open) => {
                let row = open.get(key, shared.max_transaction)?;
                answer_get(&mut reply, shared, seq, key, columns, row.as_ref())
            }
            None => shared.store.get_with(key, |row| {
                answer_get(&mut reply, shared, seq, key, columns, row)
            })?,
        }
    }

    /// MGET of few keys.
    pub fn mget(&mut self, seq: Int, keys: &Keys<'_>) -> Result<(), Failure> {
        let mut chunks = Chunks::new(self.local, self.session);
        let mut reply = ReplyWriter::new(self.out).with_bin(self.session.bin);
        let mut list = reply.list(seq, Command::Mget, keys.len());
        let keys: Vec<&[u8]> = keys.iter().collect();
        chunks.add(self.local, self.session, &mut list, &keys)?;
        list.finish();
        Ok(())
    }
}

/// Answers one GET.
#[inline]
fn answer_get(
    reply: &mut ReplyWriter<'_>,
    shared: &Shared,
    seq: Int,
    key: &[u8],
    columns: &Columns<'_>,
    row: Option<&Row>,
) -> Result<(), Failure> {
    match row {
        Some(row) => get_reply(reply, seq, row, columns, shared.max_reply),
        None => {
            reply.missing(seq, shared.miss, key, columns);
            Ok(())
        }
    }
}

/// What the parts of an MGET read from: the transaction, or one snapshot for all.
pub(super) struct Chunks(Option<masstree_store::Snapshot>);

impl Chunks {
    pub fn new(local: &Local, session: &Session) -> Self {
        let alone = session.transaction.is_none();
        Self(alone.then(|| local.shared.store.snapshot()))
    }

    /// Adds the rows of some keys to the reply.
    pub fn add(
        &mut self,
        local: &Local,
        session: &mut Session,
        list: &mut masstree_protocol::ReplyList<'_>,
        keys: &[&[u8]],
    ) -> Result<(), Failure> {
        let shared = &*local.shared;
        let rows = match (&self.0, &mut session.transaction) {
            (Some(snapshot), _) => snapshot.get_many(keys)?,
            (None, Some(open)) => keys
                .iter()
                .map(|key| open.get(key, shared.max_transaction))
                .collect::<Result<_, _>>()?,
            (None, None) => Vec::new(),
        };
        for row in rows {
            match row {
                Some(row) => add_row(list, &row, &Columns::default(), shared.max_reply)?,
                None => list.cell(None),
            }
        }
        Ok(())
    }
}

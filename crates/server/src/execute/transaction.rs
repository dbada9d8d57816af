//! BEGIN, COMMIT, ABORT, and what an open transaction does with the other commands.
//!
//! A transaction belongs to its connection and is dropped with it, which aborts it. Its writes, and under serializable isolation its reads, are kept in memory
//! until it ends, so what they take is charged against a limit. One that only reads is a snapshot and nothing more.

use masstree_protocol::{Command, Int, ReplyWriter, Transaction as Options};
use masstree_store::{Error, Isolation, Row, Snapshot, Swap, Transaction};

use super::failure::Failure;
use super::slice::Executor;

/// What an entry of a transaction takes beside its key and row.
const ENTRY: usize = 128;

/// A transaction with more writes than this commits outside of a slice.
const FEW: usize = 256;

/// A transaction that has begun and not ended.
pub(crate) struct Open {
    kind: Kind,
    /// Whether what it reads is noted down.
    notes_reads: bool,
    /// Bytes that it takes.
    charged: usize,
    writes: usize,
}

enum Kind {
    Reading(Snapshot),
    Writing(Box<Transaction>),
}

/// What a scan in a transaction reads.
pub(super) enum View<'t> {
    Snapshot(&'t Snapshot),
    Transaction(&'t mut Transaction),
}

impl Open {
    fn snapshot(&self) -> &Snapshot {
        match &self.kind {
            Kind::Reading(snapshot) => snapshot,
            Kind::Writing(transaction) => transaction.snapshot(),
        }
    }

    fn charge(&mut self, bytes: usize, limit: usize) -> Result<(), Failure> {
        let charged = self.charged.saturating_add(bytes);
        if charged > limit {
            return Err(Failure::TransactionTooLarge { limit });
        }
        self.charged = charged;
        Ok(())
    }

    /// The row of `key`.
    pub fn get(&mut self, key: &[u8], limit: usize) -> Result<Option<Row>, Failure> {
        if self.notes_reads {
            self.charge(key.len() + ENTRY, limit)?;
        }
        Ok(match &mut self.kind {
            Kind::Reading(snapshot) => snapshot.get(key)?,
            Kind::Writing(transaction) => transaction.get(key)?,
        })
    }

    /// What a scan reads: the snapshot alone, where that is the same.
    pub(super) fn view(&mut self, reverse: bool, limit: usize) -> Result<View<'_>, Failure> {
        if self.notes_reads {
            self.charge(ENTRY, limit)?;
        }
        let plain = self.writes == 0 && !self.notes_reads;
        Ok(match &mut self.kind {
            Kind::Reading(snapshot) => View::Snapshot(snapshot),
            Kind::Writing(transaction) => {
                if plain && reverse {
                    View::Snapshot(transaction.snapshot())
                } else {
                    View::Transaction(transaction)
                }
            }
        })
    }

    /// Whether `key` is there, and the transaction to write to, with room for a row of `bytes`.
    fn write(
        &mut self,
        command: Command,
        key: &[u8],
        bytes: usize,
        limit: usize,
    ) -> Result<(Option<Row>, &mut Transaction), Failure> {
        if let Kind::Reading(_) = self.kind {
            return Err(Failure::ReadOnly(command));
        }
        let old = self.get(key, limit)?;
        // The key is kept twice, and what it replaces as well.
        let old_bytes = old.as_ref().map_or(0, |row| row.as_bytes().len());
        self.charge(2 * (key.len() + ENTRY) + bytes + old_bytes, limit)?;
        self.writes += 1;
        match &mut self.kind {
            Kind::Writing(transaction) => Ok((old, transaction)),
            Kind::Reading(_) => Err(Failure::ReadOnly(command)),
        }
    }

    /// Whether the key was there.
    pub fn replace(&mut self, key: &[u8], value: &[u8], limit: usize) -> Result<bool, Failure> {
        let (old, transaction) = self.write(Command::Replace, key, value.len(), limit)?;
        transaction.replace(key, value)?;
        Ok(old.is_some())
    }

    /// Whether the key was there.
    pub fn put(
        &mut self,
        key: &[u8],
        columns: &[(usize, &[u8])],
        limit: usize,
    ) -> Result<bool, Failure> {
        let bytes = columns.iter().map(|(_, value)| value.len()).sum();
        let (old, transaction) = self.write(Command::Put, key, bytes, limit)?;
        transaction.put(key, columns)?;
        Ok(old.is_some())
    }

    /// Whether the key was there.
    pub fn remove(&mut self, key: &[u8], limit: usize) -> Result<bool, Failure> {
        let (_, transaction) = self.write(Command::Remove, key, 0, limit)?;
        Ok(transaction.remove(key)?)
    }

    pub fn compare_and_set(
        &mut self,
        key: &[u8],
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
        limit: usize,
    ) -> Result<Swap, Failure> {
        let bytes = new.map_or(0, <[u8]>::len);
        let (old, transaction) = self.write(Command::Cas, key, bytes, limit)?;
        if old != expected.map(Row::single) {
            return Ok(Swap::Differs(old));
        }
        match new {
            Some(value) => transaction.replace(key, value)?,
            None => {
                transaction.remove(key)?;
            }
        }
        Ok(Swap::Done)
    }

    /// Ends it. Returns what COMMIT tells.
    pub fn commit(self) -> Result<u64, Error> {
        let read_at = self.snapshot().timestamp();
        match self.kind {
            Kind::Reading(_) => Ok(read_at),
            Kind::Writing(transaction) => Ok(transaction.commit()?.unwrap_or(read_at)),
        }
    }
}

impl Executor<'_> {
    pub fn begin(&mut self, seq: Int, options: Options) -> Result<(), Failure> {
        if self.session.transaction.is_some() {
            return Err(Failure::InTransaction);
        }
        let store = &self.local.shared.store;
        let isolation = match options.isolation {
            masstree_protocol::Isolation::Snapshot => Isolation::Snapshot,
            masstree_protocol::Isolation::Serializable => Isolation::Serializable,
        };
        let kind = if options.read_only {
            Kind::Reading(store.snapshot())
        } else {
            Kind::Writing(Box::new(store.transaction(isolation)))
        };
        let open = Open {
            notes_reads: !options.read_only && isolation == Isolation::Serializable,
            kind,
            charged: 0,
            writes: 0,
        };
        let snapshot = open.snapshot().timestamp();
        self.session.transaction = Some(open);
        self.reply().began(seq, snapshot);
        Ok(())
    }

    pub fn abort(&mut self, seq: Int) -> Result<(), Failure> {
        if self.session.transaction.take().is_none() {
            return Err(Failure::NoTransaction(Command::Abort));
        }
        self.reply().done(seq, Command::Abort);
        Ok(())
    }

    /// Whether a commit may keep the worker waiting.
    pub fn commit_is_slow(&self) -> bool {
        let shared = &self.local.shared;
        self.session.transaction.as_ref().is_some_and(|open| {
            let syncs = shared.durability == masstree_store::Durability::Always;
            let much = open.writes > FEW || open.charged > FEW * ENTRY;
            open.writes > 0 && (syncs || much)
        })
    }

    pub fn commit(&mut self, seq: Int) -> Result<(), Failure> {
        let open = self.session.transaction.take();
        let open = open.ok_or(Failure::NoTransaction(Command::Commit))?;
        commit_reply(&mut self.reply(), seq, open.commit())
    }
}

/// Tells how a commit ended.
pub(super) fn commit_reply(
    reply: &mut ReplyWriter<'_>,
    seq: Int,
    ended: Result<u64, Error>,
) -> Result<(), Failure> {
    match ended {
        Ok(at) => reply.committed(seq, at),
        Err(Error::Conflict { key }) => reply.conflict(seq, &key),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

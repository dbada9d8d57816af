//! An attempt to commit several writes at once.
//!
//! It puts an undecided version on top of each key, in the order of the keys, checks that nobody has written since the snapshot what it
//! writes (and, if it is to be serializable, what it has read), and decides all its versions with one store. Whoever comes by before that sees
//! none of them, and whoever comes later all.

use std::collections::BTreeMap;
use std::sync::Arc;

use masstree::Guard;

use crate::disk::Position;
use crate::error::{Error, Result};
use crate::row::Row;
use crate::stamp::{Decides, Stamp, State, Timestamp};
use crate::store::{Shared, change};
use crate::table::{Installed, Wish};
use crate::version::Commit;

/// Writes by key; nothing stands for a removal.
pub(crate) type Writes = BTreeMap<Vec<u8>, Option<Row>>;

/// An attempt to commit: undone when it is dropped before it has succeeded.
pub(crate) struct Attempt<'a> {
    store: &'a Shared,
    writes: &'a Writes,
    /// Nobody may have written since.
    since: Option<Timestamp>,
    commit: Arc<Commit>,
    guard: &'a Guard<'a>,
    installed: Vec<(&'a [u8], Installed<'a>)>,
}

impl<'a> Attempt<'a> {
    /// Of these writes, if nobody has written their keys since.
    pub(crate) fn new(
        store: &'a Shared,
        writes: &'a Writes,
        since: Option<Timestamp>,
        guard: &'a Guard<'a>,
    ) -> Self {
        Self {
            store,
            writes,
            since,
            commit: Arc::new(Commit {
                stamp: Stamp::pending(),
                firm: since.is_none(),
            }),
            guard,
            installed: Vec::with_capacity(writes.len()),
        }
    }

    /// Commits if `validate` agrees. It is asked once the timestamp is taken, and again with a later one when a reader has pushed that; `decided` is
    /// called when all has happened and before what was replaced is cleaned up. Returns when, and how far the log has to get.
    pub(crate) fn run(
        mut self,
        validate: impl Fn(&Arc<Commit>) -> Result<()>,
        decided: impl FnOnce(),
    ) -> Result<Option<(Timestamp, Option<Position>)>> {
        for (key, row) in self.writes {
            self.install(key, row)?;
        }
        if self.installed.is_empty() {
            return Ok(None);
        }
        let changes = || -> Vec<_> {
            let installed = self.installed.iter();
            installed
                .map(|(key, installed)| change(key, installed.version.as_ref()))
                .collect()
        };
        let table = &self.store.table;
        let committed = loop {
            let now = table.clock.commit_time();
            validate(&self.commit)?;
            let decide = || self.commit.stamp.commit_at(now).then_some(now);
            if let Some(committed) = self.store.commit(changes, decide)? {
                break committed;
            }
            if self.commit.stamp.state() == State::Aborted {
                return Err(self.conflict());
            }
        };
        decided();
        for (key, installed) in self.installed.drain(..) {
            table.committed(key, &installed, self.guard);
        }
        Ok(Some(committed))
    }

    fn install(&mut self, key: &'a [u8], row: &Option<Row>) -> Result<()> {
        let conflict = || Error::Conflict { key: key.to_vec() };
        let commit = &self.commit;
        let installed = self
            .store
            .table
            .install(key, Some(commit), self.guard, |base| {
                let written = base.and_then(|(_, at)| at);
                if self.since.is_some_and(|since| written > Some(since)) {
                    return Err(conflict());
                }
                Ok(match (row, base) {
                    (Some(row), _) => Wish::Put(row.clone()),
                    (None, Some(_)) => Wish::Remove,
                    (None, None) => Wish::Nothing,
                })
            })?;
        self.installed
            .extend(installed.map(|installed| (key, installed)));
        Ok(())
    }

    fn conflict(&self) -> Error {
        let key = self.installed.first().map_or(&[][..], |(key, _)| key);
        Error::Conflict { key: key.to_vec() }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.installed.is_empty() || !self.commit.stamp.abort() {
            return;
        }
        for (key, installed) in self.installed.drain(..) {
            self.store.table.aborted(key, &installed, self.guard);
        }
    }
}

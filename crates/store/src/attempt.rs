//! An attempt to commit several writes at once.
//!
//! It puts an undecided version on top of each key, in the order of the keys, checks that nobody has written since the snapshot what it
//! writes (and, if it is to be serializable, what it has read), and decides all its versions with one store. Whoever comes by before that sees
//! none of them, and whoever comes later all.

use std::sync::Arc;

use masstree::Guard;
use optimistic::sync::prefetch;

use crate::bytes::Bytes;
use crate::disk::Position;
use crate::error::{Error, Result};
use crate::row::Row;
use crate::sorted::Sorted;
use crate::stamp::{Decides, State, Timestamp};
use crate::store::{Shared, change};
use crate::table::{Installed, Wish};
use crate::version::{Author, Commit, commit};

/// Writes by key; nothing stands for a removal.
pub(crate) type Writes = Sorted<Bytes, Option<Row>>;

/// So many keys are looked up together before they are written, one by one.
const TOGETHER: usize = 4;

/// An attempt to commit: undone when it is dropped before it has succeeded.
pub(crate) struct Attempt<'a> {
    store: &'a Shared,
    writes: &'a Writes,
    /// Nobody may have written since.
    since: Option<Timestamp>,
    /// Whether the keys have mostly not been looked up before.
    afresh: bool,
    guard: &'a Guard<'a>,
    /// The first version that is in the map.
    first: Option<(&'a [u8], Installed<'a>)>,
    /// The others.
    rest: Vec<(&'a [u8], Installed<'a>)>,
}

impl<'a> Attempt<'a> {
    /// Of these writes, if nobody has written their keys since. If the keys are written `afresh`, not looked up shortly before, that is done for several
    /// at once.
    pub(crate) fn new(
        store: &'a Shared,
        writes: &'a Writes,
        since: Option<Timestamp>,
        afresh: bool,
        guard: &'a Guard<'a>,
    ) -> Self {
        Self {
            store,
            writes,
            since,
            afresh,
            guard,
            first: None,
            rest: Vec::with_capacity(writes.len().saturating_sub(1)),
        }
    }

    /// Commits if `validate` agrees. It is asked once the timestamp is taken, and again with a later one when a reader has pushed that; `decided` is
    /// called when all has happened and before what was replaced is cleaned up. Returns when, and how far the log has to get.
    pub(crate) fn run(
        mut self,
        validate: impl Fn(&Commit) -> Result<()>,
        decided: impl FnOnce(),
    ) -> Result<Option<(Timestamp, Option<Position>)>> {
        let firm = self.since.is_none();
        let shared = (self.writes.len() > 1).then(|| Arc::new(Commit::new(firm)));
        let author = shared.as_ref().map_or(Author::Only { firm }, Author::OneOf);
        if self.afresh && self.writes.len() >= TOGETHER {
            self.approach();
        }
        for (key, row) in self.writes.iter() {
            self.install(key.as_slice(), row, author)?;
        }
        let Some(own) = self.own() else {
            return Ok(None);
        };
        let changes = || -> Vec<_> {
            self.installed()
                .map(|(key, installed)| change(key, installed.version.as_ref()))
                .collect()
        };
        let table = &self.store.table;
        let committed = loop {
            let now = table.clock.commit_time();
            validate(own)?;
            let decide = || own.stamp.commit_at(now).then_some(now);
            if let Some(committed) = self.store.commit(changes, decide)? {
                break committed;
            }
            if own.stamp.state() == State::Aborted {
                return Err(self.conflict());
            }
        };
        decided();
        for (key, installed) in self.take_installed() {
            table.committed(key, &installed, self.guard);
        }
        Ok(Some(committed))
    }

    /// Looks the keys up, several together: waiting for memory, one key after the other, is most of what writing them costs.
    fn approach(&self) {
        let map = &self.store.table.map;
        let keys: Vec<_> = self.writes.iter().map(|(key, _)| key.as_slice()).collect();
        map.get_many_with(&keys, self.guard, |_, head| {
            head.into_iter().for_each(|head| prefetch(head));
        });
    }

    /// What decides its versions, once there are any.
    fn own(&self) -> Option<&'a Commit> {
        let (_, first) = self.first.as_ref()?;
        commit(first.version, self.guard.as_ref())
    }

    fn installed(&self) -> impl Iterator<Item = &(&'a [u8], Installed<'a>)> {
        self.first.iter().chain(&self.rest)
    }

    fn take_installed(&mut self) -> impl Iterator<Item = (&'a [u8], Installed<'a>)> + use<'a> {
        let rest = std::mem::take(&mut self.rest);
        self.first.take().into_iter().chain(rest)
    }

    fn install(&mut self, key: &'a [u8], row: &Option<Row>, author: Author<'_>) -> Result<()> {
        let conflict = || Error::Conflict { key: key.to_vec() };
        let installed = self.store.table.install(key, author, self.guard, |base| {
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
        let installed = installed.map(|installed| (key, installed));
        if self.first.is_none() {
            self.first = installed;
        } else {
            self.rest.extend(installed);
        }
        Ok(())
    }

    fn conflict(&self) -> Error {
        let key = self.first.as_ref().map_or(&[][..], |(key, _)| key);
        Error::Conflict { key: key.to_vec() }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.own().is_some_and(|own| own.stamp.abort()) {
            for (key, installed) in self.take_installed() {
                self.store.table.aborted(key, &installed, self.guard);
            }
        }
    }
}

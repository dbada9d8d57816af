//! The versions of all keys, and how a new one gets there.
//!
//! A write puts an undecided version on top of the newest one, then decides it: from the clock, and, if there is a log, under the log's lock.
//! Until it is decided nobody else writes the key. Afterwards the writer cuts off what lies below, if no snapshot needs it; what one does need is
//! noted down for the sweep.

use std::sync::Arc;

use masstree::{Guard, InsertError, MassTree};
use optimistic::Striped;
use optimistic::backoff::Backoff;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::garbage::Garbage;
use crate::options::Options;
use crate::row::Row;
use crate::stamp::{State, Timestamp};
use crate::version::{Commit, Linked, Version, newest, visible_at};

/// What is counted; the index of a counter.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Count {
    Rows,
    Versions,
    Bytes,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Table {
    pub map: MassTree<Linked>,
    pub clock: Clock,
    pub garbage: Garbage,
    pub options: Options,
    counters: Striped<3>,
}

/// What a write wants once it knows what is there.
#[derive(Debug)]
pub(crate) enum Wish {
    Nothing,
    Put(Row),
    Remove,
}

/// A version that is in the map and not decided.
#[derive(Debug)]
pub(crate) struct Installed {
    pub version: Arc<Linked>,
    /// Whether the key had a row.
    pub had_row: bool,
}

/// What a change adds to the counts, gathered so that a version that takes the place of another of its size costs nothing.
#[derive(Debug, Default)]
struct Tally {
    versions: isize,
    bytes: isize,
}

impl Tally {
    fn add(&mut self, version: &Version) {
        self.versions += 1;
        self.bytes += version.bytes() as isize;
    }

    /// Takes a version out that is not needed any more, unless another thread has.
    fn take_out(&mut self, version: &Version) {
        if version.count_out() {
            self.versions -= 1;
            self.bytes -= version.bytes() as isize;
        }
    }
}

impl Table {
    pub fn new(options: Options) -> Self {
        Self {
            map: MassTree::new(),
            clock: Clock::new(options.history.is_some()),
            garbage: Garbage::default(),
            counters: Striped::new(),
            options,
        }
    }

    pub fn count(&self, what: Count) -> usize {
        usize::try_from(self.counters.sum(what as usize)).unwrap_or(0)
    }

    #[inline]
    fn add(&self, what: Count, by: isize) {
        self.counters.add(what as usize, by);
    }

    /// Puts a key to `row`, or takes it out: recovery, before anybody else is there.
    pub fn load(&self, key: &[u8], row: Option<Row>, guard: &Guard<'_>) -> Result<()> {
        let new = row.map(|row| Version::committed(row, self.clock.now()));
        let (rows, bytes) = new.as_ref().map_or((0, 0), |new| (1, new.bytes() as isize));
        let old = match new {
            Some(new) => self.map.insert_with_guard(key, new, guard),
            None => Ok(self.map.remove_with_guard(key, guard).ok().flatten()),
        };
        let old = old.map_err(|error| self.refused(error))?;
        let (old_rows, old_bytes) = old.map_or((0, 0), |old| (1, old.bytes() as isize));
        for (what, by) in [
            (Count::Rows, rows - old_rows),
            (Count::Versions, rows - old_rows),
            (Count::Bytes, bytes - old_bytes),
        ] {
            if by != 0 {
                self.add(what, by);
            }
        }
        Ok(())
    }

    fn refused(&self, error: InsertError) -> Error {
        match error {
            InsertError::KeyTooLong { len } => Error::KeyTooLong {
                len,
                limit: self.options.key_limit,
            },
            InsertError::LimitReached { limit } => Error::MemoryLimit { limit },
            _ => Error::OutOfMemory,
        }
    }

    fn count_all(&self, tally: &Tally) {
        if tally.versions != 0 {
            self.add(Count::Versions, tally.versions);
        }
        if tally.bytes != 0 {
            self.add(Count::Bytes, tally.bytes);
        }
    }

    /// Bytes of nodes, keys and versions.
    pub fn bytes(&self) -> usize {
        self.count(Count::Bytes) + self.map.stats().bytes()
    }

    pub fn check_key(&self, key: &[u8]) -> Result<()> {
        let (len, limit) = (key.len(), self.options.key_limit);
        if len > limit {
            return Err(Error::KeyTooLong { len, limit });
        }
        Ok(())
    }

    pub fn check_row(&self, row: &Row) -> Result<()> {
        let (len, limit) = (row.as_bytes().len(), self.options.row_limit);
        if len > limit {
            return Err(Error::RowTooLarge { len, limit });
        }
        let (columns, limit) = (row.len(), self.options.column_limit);
        if columns > limit {
            let column = columns - 1;
            return Err(Error::TooManyColumns { column, limit });
        }
        match self.options.memory_limit {
            Some(limit) if self.bytes() + row.heap_bytes() > limit => {
                Err(Error::MemoryLimit { limit })
            }
            _ => Ok(()),
        }
    }

    /// Puts an undecided version on top of what is there, if `wish` wants one; it may be asked again when somebody else was faster.
    pub fn install(
        &self,
        key: &[u8],
        commit: Option<&Arc<Commit>>,
        mut wish: impl FnMut(Option<&Version>) -> Result<Wish>,
    ) -> Result<Option<Installed>> {
        let patience = Backoff::new();
        let mut waited = 0;
        loop {
            let guard = self.map.guard();
            let head = self.map.get_ref(key, &guard);
            let aborted = match head.map(|head| (head, head.state())) {
                None | Some((_, State::Committed(_))) => None,
                Some((head, State::Aborted)) => Some(head),
                Some((head, State::Pending)) => {
                    waited += 1;
                    if waited > PATIENCE
                        && let Some(other) = head.commit()
                    {
                        other.push_aside();
                    }
                    drop(guard);
                    patience.snooze();
                    continue;
                }
            };
            let below = aborted.and_then(|aborted| aborted.older().share(guard.as_ref()));
            let base = match aborted {
                Some(_) => below.as_deref(),
                None => head,
            };
            let row = match wish(base.map(|base| &**base))? {
                Wish::Nothing => return Ok(None),
                Wish::Put(row) => Some(row),
                Wish::Remove => None,
            };
            let had_row = base.is_some_and(|base| base.row.is_some());
            let version = Version::new(row, commit.cloned());
            let stored = match base {
                Some(base) if aborted.is_none() => self.map.push(key, base, version, &guard),
                _ => {
                    let version = Arc::new(Linked::new(version, below));
                    self.map
                        .replace_shared(key, aborted, Arc::clone(&version), &guard)
                        .map(|stored| stored.then_some(version))
                }
            };
            match stored {
                Ok(Some(version)) => return Ok(Some(Installed { version, had_row })),
                Ok(None) => {}
                Err(error) => return Err(self.refused(error)),
            }
        }
    }

    /// Cleans up around a version that was committed at `at`.
    pub fn committed(&self, key: &[u8], installed: &Installed, at: Timestamp) {
        let version = &*installed.version;
        if version.commit().is_some() {
            version.settle(at);
        }
        let rows = isize::from(version.row.is_some()) - isize::from(installed.had_row);
        if rows != 0 {
            self.add(Count::Rows, rows);
        }
        let mut tally = Tally::default();
        tally.add(version);
        let guard = self.map.guard();
        let below = || version.older().get(guard.as_ref()).map(std::ptr::from_ref);
        let base = below();
        self.cut(version, 2, &mut tally, guard.as_ref());
        if base.is_some() && below() == base {
            let earlier = self.garbage.note(key);
            // The snapshot may have gone before the note was there to be found.
            self.cut(version, 1, &mut tally, guard.as_ref());
            if let Some(earlier) = earlier
                && !matches!(self.sweep(&earlier), Some(0 | 1))
            {
                self.garbage.put_back(earlier);
            }
        } else {
            self.drop_removed(key, version, &mut tally, &guard);
        }
        self.count_all(&tally);
    }

    /// Takes an aborted version out of the map again. If it is not there any more, somebody has written over it, on top of what is below.
    pub fn aborted(&self, key: &[u8], installed: &Installed) {
        let version = &*installed.version;
        let guard = self.map.guard();
        let Some(below) = version.older().share(guard.as_ref()) else {
            self.map.remove_shared(key, version, &guard);
            return;
        };
        let stored = self
            .map
            .replace_shared(key, Some(version), Arc::clone(&below), &guard);
        if let Ok(true) = stored {
            let mut tally = Tally::default();
            self.drop_removed(key, &below, &mut tally, &guard);
            self.count_all(&tally);
        }
    }

    /// Cuts out what no snapshot needs below a committed version, looking at `steps` versions.
    fn cut(&self, version: &Linked, steps: usize, tally: &mut Tally, guard: &optimistic::Guard) {
        let mut upper = version;
        for _ in 0..steps {
            let (Some(until), Some(lower)) = (upper.time(), upper.older().get(guard)) else {
                break;
            };
            if lower
                .time()
                .is_none_or(|from| self.clock.needs(from, until))
            {
                upper = lower;
            } else if upper
                .older()
                .replace(lower, lower.older().share(guard), guard)
            {
                tally.take_out(lower);
            }
        }
    }

    /// Takes a key out of the map if its newest version says that it was removed and nothing is below.
    fn drop_removed(&self, key: &[u8], newest: &Linked, tally: &mut Tally, guard: &Guard<'_>) {
        if newest.row.is_none()
            && newest.older().is_empty()
            && self.map.remove_shared(key, newest, guard)
        {
            tally.take_out(newest);
        }
    }

    /// Cuts the whole chain of a key as far as it can be cut now. How many committed versions are left; nothing if somebody wrote the key meanwhile,
    /// who may have linked to what was cut.
    pub fn sweep(&self, key: &[u8]) -> Option<usize> {
        let guard = self.map.guard();
        let newest = || {
            let head = self.map.get_ref(key, &guard);
            head.and_then(|head| newest(head, guard.as_ref()))
        };
        let Some(version) = newest() else {
            return Some(0);
        };
        let mut tally = Tally::default();
        self.cut(version, usize::MAX, &mut tally, guard.as_ref());
        let below = |version: &&Linked| version.older().get(guard.as_ref());
        let left = std::iter::successors(Some(version), |version| below(version)).count();
        let unchanged = newest().is_some_and(|now| std::ptr::eq(now, version));
        self.drop_removed(key, version, &mut tally, &guard);
        self.count_all(&tally);
        unchanged.then_some(left)
    }

    /// The row that a snapshot at `at` sees.
    #[inline]
    pub fn read_at<'g>(
        &'g self,
        key: &[u8],
        at: Timestamp,
        guard: &'g Guard<'_>,
    ) -> Option<&'g Row> {
        let head = self.map.get_ref(key, guard)?;
        visible_at(head, at, guard.as_ref())?.row.as_ref()
    }

    /// The newest committed row.
    #[inline]
    pub fn read_newest<'g>(&'g self, key: &[u8], guard: &'g Guard<'_>) -> Option<&'g Row> {
        let head = self.map.get_ref(key, guard)?;
        newest(head, guard.as_ref())?.row.as_ref()
    }
}

/// How often a writer waits for an undecided transaction before it aborts it.
const PATIENCE: u32 = 32;

//! The versions of all keys, and how a new one gets there.
//!
//! A write puts an undecided version on top of the newest one, then decides it: from the clock, and, if there is a log, under the log's lock.
//! Until it is decided nobody else writes the key. Afterwards the writer cuts off what lies below, if no snapshot needs it; what one does need is
//! noted down for the sweep.

use masstree::{Boxed, Guard, InsertError, Map, Spot};
use optimistic::backoff::Backoff;
use optimistic::sync::spin_loop;
use optimistic::{Striped, Word};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::garbage::Garbage;
use crate::options::Options;
use crate::row::Row;
use crate::stamp::{self, State, Timestamp};
use crate::version::{self, commit, state, time};
use crate::version::{ANNEX, Author, Fate, Linked, bytes_of, newest, visible_at};

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
    pub map: Map<Boxed<Linked>, 24>,
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
pub(crate) struct Installed<'g> {
    pub version: &'g Linked,
    /// Whether the key had a row.
    pub had_row: bool,
    /// Whether it came with an annex, which may be gone by now.
    pub had_annex: bool,
}

/// What a change adds to the counts, gathered so that a version that takes the place of another of its size costs nothing.
#[derive(Debug, Default)]
struct Tally {
    versions: isize,
    bytes: isize,
}

impl Tally {
    fn add(&mut self, version: &Linked) {
        self.versions += 1;
        self.bytes += bytes_of(version) as isize;
    }

    fn take_out(&mut self, version: &Linked) {
        self.versions -= 1;
        self.bytes -= bytes_of(version) as isize;
    }

    fn annexes(&mut self, by: isize) {
        self.bytes += by * ANNEX as isize;
    }
}

impl Table {
    pub fn new(options: Options) -> Self {
        Self {
            map: Map::new(),
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
        let new = row.map(|row| version::committed(row, self.clock.now()));
        let size = |version: &Linked| (1, bytes_of(version) as isize);
        let (rows, bytes) = new.as_ref().map_or((0, 0), size);
        let old = self.map.get_ref(key, guard);
        let (old_rows, old_bytes) = old.map_or((0, 0), size);
        if let Some(new) = new {
            let inserted = self.map.insert_with_guard(key, new, guard);
            inserted.map_err(|error| self.refused(error))?;
        } else if let Some(old) = old {
            self.map.remove_chain(key, old, guard);
        }
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

    /// Puts an undecided version on top of what is there, if `wish` wants one; it may be asked again when somebody else was faster. It gets the row that
    /// is there, and when that was committed.
    pub fn install<'g>(
        &'g self,
        key: &[u8],
        author: Author<'_>,
        guard: &'g Guard<'g>,
        mut wish: impl FnMut(Option<(&'g Linked, Option<Timestamp>)>) -> Result<Wish>,
    ) -> Result<Option<Installed<'g>>> {
        let epoch = guard.as_ref();
        let patience = Backoff::new();
        let mut waited = 0;
        loop {
            let spot = self.map.find_spot(key, guard);
            let head = spot.as_ref().map(Spot::value);
            let (base, at, is_aborted) = match head.map(|head| (head, state(head, epoch))) {
                None => (None, None, false),
                Some((head, State::Committed(at))) => (Some(head), Some(at), false),
                Some((head, State::Aborted)) => {
                    let below = head.older(epoch);
                    (below, below.and_then(|below| time(below, epoch)), true)
                }
                Some((head, State::Pending)) => {
                    waited += 1;
                    if waited > PATIENCE
                        && let Some(other) = commit(head, epoch)
                    {
                        other.push_aside();
                    }
                    patience.snooze();
                    continue;
                }
            };
            let row = match wish(base.map(|base| (base, at)))? {
                Wish::Nothing => return Ok(None),
                Wish::Put(row) => Some(row),
                Wish::Remove => None,
            };
            let had_row = base.is_some_and(|base| base.is_some());
            let fate = || Fate::new(author);
            let stored = match &spot {
                Some(spot) if is_aborted => self.map.push_instead(key, spot, row, fate(), guard),
                Some(spot) => self.map.push(key, spot, row, fate(), guard),
                None => self.map.push_first(key, version::first(row, author), guard),
            };
            match stored {
                Ok(Some(version)) => {
                    return Ok(Some(Installed {
                        version,
                        had_row,
                        had_annex: spot.is_some() || !matches!(author, Author::Single),
                    }));
                }
                // Who takes the aborted version off may be in the middle of it.
                Ok(None) if is_aborted => patience.snooze(),
                Ok(None) => {}
                Err(error) => return Err(self.refused(error)),
            }
        }
    }

    /// Cleans up around a version that was committed.
    pub fn committed(&self, key: &[u8], installed: &Installed<'_>, guard: &Guard<'_>) {
        let version = installed.version;
        let epoch = guard.as_ref();
        let rows = isize::from(version.is_some()) - isize::from(installed.had_row);
        if rows != 0 {
            self.add(Count::Rows, rows);
        }
        let mut tally = Tally::default();
        tally.add(version);
        tally.annexes(isize::from(installed.had_annex));
        if let Word::Annex(annex) = version.word(epoch) {
            let base = annex.older(epoch);
            self.cut(version, 2, &mut tally, epoch);
            let keeps = |version: &Linked| version.older(epoch).map(std::ptr::from_ref);
            // Noted even if somebody has written on top since: who did looks two versions deep, and relies on the notes for what is below.
            if base.is_some() && keeps(version) == base.map(std::ptr::from_ref) {
                let earlier = self.garbage.note(key);
                // The snapshot may have gone before the note was there to be found.
                let undisturbed = self.cut(version, 1, &mut tally, epoch);
                if !undisturbed {
                    self.garbage.look_again();
                }
                if let Some(earlier) = earlier {
                    let left = self.sweep(earlier.as_slice(), guard);
                    if !matches!(left, Some(0 | 1)) {
                        self.garbage.put_back(earlier);
                    }
                    if left.is_none() {
                        self.garbage.look_again();
                    }
                }
                self.count_all(&tally);
                return;
            }
        }
        self.drop_removed(key, version, &mut tally, guard);
        self.count_all(&tally);
    }

    /// Takes an aborted version out of the map again. If it is not there any more, somebody has written over it, on top of what is below.
    pub fn aborted(&self, key: &[u8], installed: &Installed<'_>, guard: &Guard<'_>) {
        let version = installed.version;
        let patience = Backoff::new();
        loop {
            let below = version.older(guard.as_ref());
            match self.map.take_off(key, version, guard) {
                // Somebody is about to write over it, or has.
                Ok(None) => {
                    let head = self.map.get_ref(key, guard);
                    if head.is_none_or(|head| !std::ptr::eq(head, version)) {
                        return;
                    }
                    patience.snooze();
                }
                Ok(Some(true)) => {
                    if let Some(below) = below {
                        let mut tally = Tally::default();
                        self.drop_removed(key, below, &mut tally, guard);
                        self.count_all(&tally);
                    }
                    return;
                }
                Ok(Some(false)) | Err(_) => return,
            }
        }
    }

    /// Cuts out what no snapshot needs below a committed version, looking at `steps` versions. Whether nobody else was in the way.
    fn cut(
        &self,
        version: &Linked,
        steps: usize,
        tally: &mut Tally,
        guard: &optimistic::Guard,
    ) -> bool {
        let mut upper = version;
        let mut tries = TRIES;
        let mut left = steps;
        while left > 0
            && let Some(until) = time(upper, guard)
        {
            let settled = stamp::committed(until);
            let Some(lower) = upper.older(guard) else {
                if upper.settle(settled, guard) {
                    tally.annexes(-1);
                }
                break;
            };
            if time(lower, guard).is_none_or(|from| self.clock.needs(from, until)) {
                upper = lower;
            } else if let Some(annexes) = upper.cut(lower, settled, guard) {
                tally.take_out(lower);
                tally.annexes(-(annexes as isize));
            } else if tries > 0 {
                // Claims are short.
                tries -= 1;
                spin_loop();
                continue;
            } else {
                return false;
            }
            left -= 1;
        }
        true
    }

    /// Takes a key out of the map if its newest version says that it was removed and nothing is below.
    fn drop_removed(&self, key: &[u8], newest: &Linked, tally: &mut Tally, guard: &Guard<'_>) {
        if newest.is_none()
            && matches!(newest.word(guard.as_ref()), Word::Bits(_))
            && self.map.remove_chain(key, newest, guard)
        {
            tally.take_out(newest);
        }
    }

    /// Cuts the whole chain of a key as far as it can be cut now. How many committed versions are left; nothing if somebody else was at it.
    pub fn sweep(&self, key: &[u8], guard: &Guard<'_>) -> Option<usize> {
        let epoch = guard.as_ref();
        let newest = || {
            let head = self.map.get_ref(key, guard);
            head.and_then(|head| newest(head, epoch))
        };
        let Some(version) = newest() else {
            return Some(0);
        };
        let mut tally = Tally::default();
        let undisturbed = self.cut(version, usize::MAX, &mut tally, epoch);
        let left = std::iter::successors(Some(version), |version| version.older(epoch)).count();
        let unchanged = newest().is_some_and(|now| std::ptr::eq(now, version));
        self.drop_removed(key, version, &mut tally, guard);
        self.count_all(&tally);
        (undisturbed && unchanged).then_some(left)
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
        visible_at(head, at, guard.as_ref())?.as_ref()
    }

    /// The newest committed row.
    #[inline]
    pub fn read_newest<'g>(&'g self, key: &[u8], guard: &'g Guard<'_>) -> Option<&'g Row> {
        let head = self.map.get_ref(key, guard)?;
        newest(head, guard.as_ref())?.as_ref()
    }
}

/// How often a writer waits for an undecided transaction before it aborts it.
const PATIENCE: u32 = 32;

/// How often a claim of somebody else is waited for before the chain is left as it is.
const TRIES: u32 = 8;

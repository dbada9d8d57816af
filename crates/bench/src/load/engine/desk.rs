//! Where the replies of one connection are taken in, checked, and booked.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Clock;
use super::checks::{
    Found, audit, balance_of, check_missing, check_scan, check_several, look, operation, start,
};
use super::findings::{Findings, Trouble, Violation};
use super::pending::{Follow, Next, Pending, Step, Transfer};
use super::recorder::{Ending, Recorder, Sample};
use crate::load::plan::Group;
use crate::load::target::{Columns, Reply};
use crate::load::value::Ledger;

/// What every account holds at first.
pub(super) const OPENING: i64 = 1_000;

/// What the connections of a thread share.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) group: Arc<Group>,
    pub(super) clock: Clock,
    pub(super) recorder: Recorder,
    pub(super) findings: Findings,
    /// When the replies that are handed over came; nothing to look at the clock for each.
    pub(super) arrived: Option<u64>,
    /// Whether no other connection writes.
    pub(super) alone: bool,
}

/// One connection's requests on their way.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) pending: VecDeque<Pending>,
    pub(super) follows: Vec<Follow>,
    pub(super) ledger: Ledger,
    /// The tag of the next request.
    next: u64,
    /// The number of the next write.
    write: u64,
    pub(super) transfer: Transfer,
    /// Whether a transaction is open, so that nothing else may be sent.
    pub(super) exclusive: bool,
}

impl Desk {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self {
            pending: VecDeque::new(),
            follows: Vec::new(),
            ledger,
            next: 0,
            write: 0,
            transfer: Transfer::default(),
            exclusive: false,
        }
    }

    /// Notes a request, and returns its tag.
    #[inline]
    pub(super) fn note(&mut self, pending: Pending) -> u64 {
        self.pending.push_back(pending);
        self.next += 1;
        self.next - 1
    }

    /// The number of a new write.
    #[inline]
    pub(super) fn new_write(&mut self) -> u64 {
        self.write += 1;
        self.write
    }

    /// Operations that are not at their end.
    #[inline]
    pub(super) fn in_flight(&self) -> usize {
        self.pending.len() + self.follows.len()
    }

    /// Takes in a reply.
    pub(super) fn reply(&mut self, reply: &Reply<'_>, books: &mut Books) {
        let Some(pending) = self.pending.pop_front() else {
            return;
        };
        let done = books.arrived.unwrap_or_else(|| books.clock.now());
        match *reply {
            Reply::Error(why) => self.failed(pending, done, why, books),
            Reply::Dropped => self.dropped(pending, done, books),
            _ => self.answered(pending, done, reply, books),
        }
    }

    fn failed(&mut self, pending: Pending, done: u64, why: &[u8], books: &mut Books) {
        let name = |books: &Books| operation(&pending, books);
        let case = format!("{}: {}", name(books), why.escape_ascii());
        books.findings.trouble(Trouble::Error, || case);
        self.lose(pending, done, Ending::Error, books);
    }

    fn dropped(&mut self, pending: Pending, done: u64, books: &mut Books) {
        let case = format!(
            "no reply to {}, but to a later request",
            operation(&pending, books)
        );
        books.findings.trouble(Trouble::Dropped, || case);
        self.lose(pending, done, Ending::Error, books);
    }

    /// Books an operation that came to nothing.
    pub(super) fn lose(&mut self, pending: Pending, done: u64, ending: Ending, books: &mut Books) {
        if pending.step.writes() {
            self.ledger.forget(pending.stamp);
        }
        match pending.step {
            Step::Load | Step::Audit => {}
            // Booked when the transaction's last reply comes.
            Step::Begin => self.transfer.failed = true,
            Step::Move => {}
            Step::Balance { second } => {
                self.transfer.balance = None;
                if second {
                    let what = Next::Abort;
                    self.follows.push(Follow { pending, what });
                }
            }
            _ => book(&pending, done, ending, Found::default(), books),
        }
    }

    fn answered(&mut self, pending: Pending, done: u64, reply: &Reply<'_>, books: &mut Books) {
        let mut found = Found::default();
        let mut ending = Ending::Done;
        match (pending.step, reply) {
            (Step::Load, Reply::Written(_)) => return,
            (Step::Get, Reply::Row(row)) => {
                self.check_row(&pending, *row, books);
                found.hits = 1;
            }
            (Step::Get, Reply::Missing) => {
                check_missing(&pending, books);
                found.misses = 1;
            }
            (Step::Set | Step::RmwWrite, Reply::Written(_)) => {
                self.ledger
                    .acknowledged(pending.stamp, pending.write, true, true);
            }
            (Step::Put { first, versioned }, Reply::Written(_)) => {
                self.ledger
                    .acknowledged(pending.stamp, pending.write, true, versioned);
                if first && !versioned {
                    self.ledger.unversioned(pending.stamp);
                }
            }
            (Step::Remove, Reply::Removed(was_there)) => {
                self.ledger
                    .acknowledged(pending.stamp, pending.write, false, true);
                found.hits = u32::from(*was_there);
                found.misses = u32::from(!*was_there);
            }
            (Step::Scan, Reply::Scanned(rows)) => {
                found.rows = check_scan(&pending, *rows, books);
                found.hits = u32::from(found.rows > 0);
                found.misses = u32::from(found.rows == 0);
            }
            (Step::Mget, Reply::Rows(rows)) => found = check_several(&pending, *rows, books),
            (Step::Checkpoint | Step::Begin | Step::Abort, Reply::Done) => {
                if pending.step == Step::Abort {
                    ending = Ending::Error;
                }
            }
            (Step::RmwRead | Step::CasRead, Reply::Row(_) | Reply::Missing) => {
                return self.read_to_write(pending, reply, books);
            }
            (Step::CasWrite, Reply::Swapped(true)) => {
                self.ledger
                    .acknowledged(pending.stamp, pending.write, true, true);
            }
            (Step::CasWrite, Reply::Swapped(false)) => {
                self.ledger.refused(pending.stamp, pending.write);
                ending = Ending::Conflict;
            }
            (Step::Balance { second }, Reply::Row(_) | Reply::Missing) => {
                return self.balance(pending, second, reply, books);
            }
            (Step::Move, Reply::Written(_)) => return,
            (Step::Commit, Reply::Committed(true)) => {}
            (Step::Commit, Reply::Committed(false)) => ending = Ending::Conflict,
            (Step::Audit, Reply::Rows(rows)) => return audit(*rows, books),
            _ => {
                let case = format!(
                    "a reply to {} that is one to something else",
                    operation(&pending, books)
                );
                books.findings.trouble(Trouble::Garbage, || case);
                return self.lose(pending, done, Ending::Error, books);
            }
        }
        if pending.step.is_last() {
            book(&pending, done, ending, found, books);
        }
    }

    /// Looks at a row that was read.
    fn check_row(&self, pending: &Pending, row: &dyn Columns, books: &mut Books) {
        if !books.group.verifies() {
            return;
        }
        let group = Arc::clone(&books.group);
        let fields = match pending.step {
            Step::Get => &group.commands[pending.command].fields[..],
            _ => &[],
        };
        let mut index = 0;
        row.each(&mut |cell| {
            let column = fields.get(index).copied().unwrap_or(index);
            index += 1;
            let Some(cell) = cell else { return };
            let version = match look(pending.stamp, column, cell, &group) {
                Ok(version) => version,
                Err(violation) => {
                    let case = format!("{} returned it: {}", operation(pending, books), start(cell));
                    return books.findings.violation(violation, || case);
                }
            };
            if let Some((run, version)) = version
                && column == 0
                && self.ledger.is_stale(pending.floor, run, version)
            {
                let case = format!(
                    "{} returned write {} of connection {}, after write {} of this connection was acknowledged",
                    operation(pending, books),
                    version.counter(),
                    version.writer(),
                    pending.floor.counter
                );
                books.findings.violation(Violation::Stale, || case);
            }
        });
    }

    /// The first half of a read-modify-write or a compare-and-set is there.
    fn read_to_write(&mut self, pending: Pending, reply: &Reply<'_>, books: &mut Books) {
        let mut first = None;
        match reply {
            Reply::Row(row) => {
                self.check_row(&pending, *row, books);
                let mut columns = 0;
                row.each(&mut |cell| {
                    if columns == 0 {
                        first = cell.map(<[u8]>::to_vec);
                    }
                    columns += 1;
                });
            }
            _ => check_missing(&pending, books),
        }
        let what = match pending.step {
            Step::CasRead => Next::Swap(first),
            _ => Next::Write,
        };
        self.follows.push(Follow { pending, what });
    }

    /// A balance of a transfer is there.
    fn balance(&mut self, pending: Pending, second: bool, reply: &Reply<'_>, books: &mut Books) {
        let balance = match reply {
            Reply::Row(row) => balance_of(*row),
            _ => None,
        };
        if balance.is_none() {
            books.findings.violation(Violation::Balance, || {
                "an account is missing or holds no number".to_owned()
            });
        }
        if !second {
            self.transfer.balance = balance;
            return;
        }
        let what = match (self.transfer.balance.take(), balance) {
            (Some(from), Some(to)) if !self.transfer.failed => Next::Move(from, to),
            _ => Next::Abort,
        };
        self.follows.push(Follow { pending, what });
    }
}

/// Measures an operation.
#[inline]
fn book(pending: &Pending, done: u64, ending: Ending, found: Found, books: &mut Books) {
    books.recorder.record(&Sample {
        command: pending.command,
        due: pending.due,
        sent: pending.sent,
        done,
        ending,
        hits: found.hits,
        misses: found.misses,
        rows: found.rows,
    });
}

//! What a thread sends: it draws the next operation, writes its request, and goes on with operations of several requests.

use std::sync::Arc;

use rand::rngs::SmallRng;

use super::desk::Books;
use super::lane::Lane;
use super::pending::{Follow, Next, Pending, Step};
use crate::load::draw::keys::KeyDraw;
use crate::load::draw::mix::Mix;
use crate::load::draw::numbers::NumberDraw;
use crate::load::draw::{Purpose, generator};
use crate::load::file::OperationName;
use crate::load::plan::Group;
use crate::load::target::Request;
use crate::load::value::{Floor, Maker, Version, of_column, stamp};

/// The most bytes of a column behind the first, when keys are loaded.
const LATER_COLUMN: usize = 32;

/// What a thread sends.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) group: Arc<Group>,
    mix: Mix,
    keys: Vec<KeyDraw>,
    sizes: Vec<NumberDraw>,
    counts: Vec<NumberDraw>,
    load_size: NumberDraw,
    maker: Maker,
    pub(super) transfers: SmallRng,
    pub(super) begun: u64,
    pub(super) key: Vec<u8>,
    value: Vec<u8>,
    several: Vec<Vec<u8>>,
}

impl Generator {
    /// For thread `thread` of `threads`; `wanted` operations are expected of it.
    pub(super) fn new(group: &Arc<Group>, seed: u64, run: u32, thread: usize, wanted: u64) -> Self {
        let weights: Vec<f64> = group
            .commands
            .iter()
            .map(|command| command.weight)
            .collect();
        let draw = |purpose| generator(seed, thread, purpose);
        let threads = group.threads;
        let keys = group.tables.iter().enumerate();
        let commands = || group.commands.iter().enumerate();
        Self {
            mix: Mix::new(&weights, draw(Purpose::Mix)),
            keys: keys
                .map(|(index, table)| {
                    KeyDraw::new(table, thread, threads, wanted, draw(Purpose::Keys(index)))
                })
                .collect(),
            sizes: commands()
                .map(|(index, command)| {
                    NumberDraw::new(command.size, wanted, draw(Purpose::Size(index)))
                })
                .collect(),
            counts: commands()
                .map(|(index, command)| {
                    NumberDraw::new(command.count, wanted, draw(Purpose::Count(index)))
                })
                .collect(),
            load_size: NumberDraw::new(
                group.load_size,
                wanted,
                draw(Purpose::Size(usize::MAX >> 40)),
            ),
            maker: Maker::new(group.values, run, draw(Purpose::Values)),
            transfers: draw(Purpose::Transfers),
            begun: 0,
            key: Vec::with_capacity(64),
            value: Vec::with_capacity(4096),
            several: Vec::new(),
            group: Arc::clone(group),
        }
    }

    /// Sends the next operation, which was due then, on this connection.
    #[inline]
    pub(super) fn begin(&mut self, lane: &mut Lane, due: u64, sent: u64, books: &mut Books) {
        let command = self.mix.draw();
        let group = Arc::clone(&self.group);
        let planned = &group.commands[command];
        let mut pending = Pending {
            step: Step::Get,
            command,
            due,
            sent,
            number: 0,
            stamp: 0,
            write: 0,
            floor: Floor::default(),
            stamps: Vec::new(),
        };
        match planned.name {
            OperationName::Checkpoint => {
                pending.step = Step::Checkpoint;
                return lane.send(pending, &Request::Checkpoint, books);
            }
            OperationName::Mget => return self.several(lane, pending, books),
            OperationName::Txn => return self.transfer(lane, pending, books),
            _ => {}
        }
        let draw = &mut self.keys[planned.table];
        pending.number = draw.next(planned.name.writes());
        self.key.clear();
        draw.table().write(pending.number, &mut self.key);
        pending.stamp = stamp(&self.key, 0);
        match planned.name {
            OperationName::Set | OperationName::Put => self.write(lane, pending, books),
            OperationName::Remove => {
                pending.step = Step::Remove;
                pending.write = lane.desk.new_write();
                lane.desk.ledger.sent(pending.stamp, pending.write);
                lane.send(pending, &Request::Remove { key: &self.key }, books);
            }
            OperationName::Scan => {
                pending.step = Step::Scan;
                pending.write = self.counts[command].draw();
                let request = Request::Scan {
                    first: planned.firstkey.as_deref().unwrap_or(&self.key),
                    count: pending.write,
                    columns: &planned.fields,
                };
                lane.send(pending, &request, books);
            }
            name => {
                pending.step = match name {
                    OperationName::Rmw => Step::RmwRead,
                    OperationName::Cas => Step::CasRead,
                    _ => Step::Get,
                };
                pending.floor = lane.desk.ledger.floor(pending.stamp);
                let request = Request::Get {
                    key: &self.key,
                    columns: &planned.fields,
                };
                lane.send(pending, &request, books);
            }
        }
    }

    /// Sends a set or a put of the key that is in the buffer.
    fn write(&mut self, lane: &mut Lane, mut pending: Pending, books: &mut Books) {
        let group = Arc::clone(&self.group);
        let planned = &group.commands[pending.command];
        let size = self.sizes[pending.command].draw() as usize;
        pending.write = lane.desk.new_write();
        lane.desk.ledger.sent(pending.stamp, pending.write);
        let version = Version::new(lane.writer, pending.write);
        self.value.clear();
        if planned.name == OperationName::Set {
            pending.step = Step::Set;
            self.maker
                .write(pending.stamp, version, size, &mut self.value);
            let request = Request::Set {
                key: &self.key,
                value: &self.value,
            };
            return lane.send(pending, &request, books);
        }
        if !planned.columns.is_empty() {
            pending.step = Step::Put {
                first: planned.columns.iter().any(|(column, _)| *column == 0),
                versioned: false,
            };
            let changes: Vec<(usize, &[u8])> = planned
                .columns
                .iter()
                .map(|(column, value)| (*column, &value[..]))
                .collect();
            let request = Request::Put {
                key: &self.key,
                changes: &changes,
            };
            return lane.send(pending, &request, books);
        }
        pending.step = Step::Put {
            first: true,
            versioned: true,
        };
        let ends = self.columns(pending.stamp, version, planned.made_columns, |_| size);
        let changes = cut(&self.value, &ends);
        let request = Request::Put {
            key: &self.key,
            changes: &changes,
        };
        lane.send(pending, &request, books);
    }

    /// Puts values of several columns into the buffer, end to end. Returns where each ends.
    fn columns(
        &mut self,
        stamp: u64,
        version: Version,
        columns: u32,
        size: impl Fn(u32) -> usize,
    ) -> Vec<usize> {
        (0..columns)
            .map(|column| {
                let of = of_column(stamp, column);
                self.maker.write(of, version, size(column), &mut self.value);
                self.value.len()
            })
            .collect()
    }

    /// Sends an mget.
    fn several(&mut self, lane: &mut Lane, mut pending: Pending, books: &mut Books) {
        pending.step = Step::Mget;
        let count = self.counts[pending.command].draw() as usize;
        self.several.resize_with(count, Vec::new);
        let draw = &mut self.keys[self.group.commands[pending.command].table];
        for key in &mut self.several {
            key.clear();
            let number = draw.next(false);
            draw.table().write(number, key);
            pending.stamps.push(stamp(key, 0));
        }
        lane.send(
            pending,
            &Request::Mget {
                keys: &self.several,
            },
            books,
        );
    }

    /// Goes on with an operation.
    pub(super) fn go_on(&mut self, lane: &mut Lane, follow: Follow, books: &mut Books) {
        let mut pending = follow.pending;
        match follow.what {
            Next::Write | Next::Swap(_) => {
                let planned = &self.group.commands[pending.command];
                let size = self.sizes[pending.command].draw() as usize;
                self.key.clear();
                self.group.tables[planned.table].write(pending.number, &mut self.key);
                pending.write = lane.desk.new_write();
                lane.desk.ledger.sent(pending.stamp, pending.write);
                self.value.clear();
                let version = Version::new(lane.writer, pending.write);
                self.maker
                    .write(pending.stamp, version, size, &mut self.value);
                if let Next::Swap(expected) = &follow.what {
                    pending.step = Step::CasWrite;
                    let request = Request::Cas {
                        key: &self.key,
                        expected: expected.as_deref(),
                        new: &self.value,
                    };
                    return lane.send(pending, &request, books);
                }
                pending.step = Step::RmwWrite;
                let request = Request::Set {
                    key: &self.key,
                    value: &self.value,
                };
                lane.send(pending, &request, books);
            }
            Next::Move(from, to) => self.finish(lane, pending, (from, to), books),
            Next::Abort => {
                pending.step = Step::Abort;
                lane.desk.exclusive = false;
                lane.send(pending, &Request::Abort, books);
            }
        }
    }

    /// Sends the load of a key.
    pub(super) fn load(&mut self, lane: &mut Lane, number: u64, now: u64, books: &mut Books) {
        self.key.clear();
        self.group.tables[0].write(number, &mut self.key);
        let size = self.load_size.draw() as usize;
        let of = stamp(&self.key, 0);
        self.value.clear();
        let sizes = |column| {
            if column == 0 {
                size
            } else {
                size.min(LATER_COLUMN)
            }
        };
        let ends = self.columns(of, Version::LOADED, self.group.load_columns, sizes);
        let pending = unmeasured(Step::Load, number, now);
        if ends.len() == 1 {
            let request = Request::Set {
                key: &self.key,
                value: &self.value,
            };
            return lane.send(pending, &request, books);
        }
        let changes = cut(&self.value, &ends);
        let request = Request::Put {
            key: &self.key,
            changes: &changes,
        };
        lane.send(pending, &request, books);
    }
}

/// A request of which nothing is measured.
pub(super) fn unmeasured(step: Step, number: u64, now: u64) -> Pending {
    Pending {
        step,
        command: 0,
        due: 0,
        sent: now,
        number,
        stamp: 0,
        write: 0,
        floor: Floor::default(),
        stamps: Vec::new(),
    }
}

/// Values that lie end to end, with the numbers of their columns.
fn cut<'a>(bytes: &'a [u8], ends: &[usize]) -> Vec<(usize, &'a [u8])> {
    let mut start = 0;
    ends.iter()
        .enumerate()
        .map(|(column, end)| {
            let value = &bytes[start..*end];
            start = *end;
            (column, value)
        })
        .collect()
}

//! Replay of the log by several threads.
//!
//! One thread reads the segments in order, checks the frames, and deals their changes out by a hash of the key. Each of the others applies what
//! falls to its share of the keys, in the order of the log. So all changes of one key are applied by one thread in the order of commit, and no
//! two threads meet at a key; between the keys there is an order only at the end, when all is there.
//!
//! The reader alone decides where the log ends and what is damage. What was applied before it found any is worth nothing then.

use super::super::directory::Directory;
use super::super::error::Error;
use super::super::format::change::{Change, change_at, key_at};
use super::super::format::checksum;
use super::super::format::frame::Place;
use super::super::format::manifest::Manifest;
use super::super::format::names;
use super::report::{Stage, Tally, TornTail};
use super::segment::{Batch, SegmentReader};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Batches that may wait for each of the threads that apply them.
const BATCHES: usize = 4;

/// The log's part of a directory.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) directory: &'a Directory,
    pub(super) manifest: &'a Manifest,
    pub(super) segments: &'a [u64],
}

/// Where the log ends.
pub(super) struct LogEnd {
    pub(super) segment: u64,
    pub(super) offset: u64,
    pub(super) transactions: u64,
    pub(super) timestamp: u64,
    pub(super) sealed: bool,
    pub(super) torn: Option<TornTail>,
}

/// A change of a batch, and where it is in the bytes.
#[derive(Clone, Copy)]
struct Dealt {
    timestamp: u64,
    at: usize,
}

/// Some changes of the log, in the order of commit.
#[derive(Clone, Copy)]
pub struct Changes<'a> {
    bytes: &'a [u8],
    dealt: &'a [Dealt],
}

impl<'a> Changes<'a> {
    /// Parts of so many changes, in order; the last may have fewer.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn chunks(&self, size: usize) -> impl Iterator<Item = Changes<'a>> {
        let bytes = self.bytes;
        let chunks = self.dealt.chunks(size);
        chunks.map(move |dealt| Changes { bytes, dealt })
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.dealt.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.dealt.is_empty()
    }

    /// The key of each change.
    pub fn keys(&self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = self.bytes;
        // They were read once when they were dealt.
        self.dealt
            .iter()
            .map(move |one| key_at(&bytes[one.at..]).unwrap_or_default())
    }

    /// Calls `each` with the timestamp of each change and the change.
    ///
    /// # Errors
    /// The first error of `each`, which ends the visit.
    pub fn for_each<E>(
        &self,
        mut each: impl FnMut(u64, Change<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut columns = Vec::new();
        self.dealt
            .iter()
            .try_for_each(|one| match change_at(&self.bytes[one.at..], &mut columns) {
                Some(change) => each(one.timestamp, change),
                None => Ok(()),
            })
    }
}

impl std::fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.keys().map(|key| key.escape_ascii().to_string());
        f.debug_list().entries(keys).finish()
    }
}

/// A batch on its way to all who apply it. Whoever is done with it last counts it and gives it back.
#[derive(Default)]
struct Deal {
    batch: Batch,
    records: u64,
    bytes: u64,
    shares: Vec<Vec<Dealt>>,
}

impl Deal {
    /// Deals out what the batch holds.
    fn fill(&mut self, shares: usize) {
        self.shares.resize_with(shares, Vec::new);
        self.shares.iter_mut().for_each(Vec::clear);
        self.records = 0;
        for (record, start) in self.batch.records() {
            self.records += 1;
            let timestamp = record.timestamp();
            record.for_each_at(|at, change| {
                let share = match shares {
                    1 => 0,
                    _ => checksum(change.key()) as usize % shares,
                };
                let at = start + at;
                self.shares[share].push(Dealt { timestamp, at });
            });
        }
    }

    fn share(&self, number: usize) -> Changes<'_> {
        Changes {
            bytes: self.batch.bytes(),
            dealt: &self.shares[number],
        }
    }
}

/// Reads the log and has its changes applied by `threads` threads, of which the caller's is one.
pub(super) fn replay<E: From<Error> + Send>(
    log: Source<'_>,
    threads: usize,
    tally: &Tally<'_>,
    apply: &(impl Fn(&Changes<'_>) -> Result<(), E> + Sync),
) -> Result<LogEnd, E> {
    let mut total = 0;
    for &segment in log.segments {
        total += log.directory.open(&names::segment(segment))?.length()?;
    }
    tally.begin(Stage::Log, total);
    let (empty, spare) = channel();
    let (full, mut deals): (Vec<_>, Vec<_>) = (0..threads.max(1))
        .map(|_| sync_channel::<Arc<Deal>>(BATCHES))
        .unzip();
    let work = |share: usize, deals: Receiver<Arc<Deal>>, empty: Sender<Deal>| {
        for deal in deals {
            apply(&deal.share(share))?;
            if let Some(deal) = Arc::into_inner(deal) {
                tally.records(deal.records, deal.bytes);
                // The reader may have come to its end; then nobody needs the buffers.
                let _ = empty.send(deal);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(log, &full, &spare));
        let mine = deals.remove(0);
        let others: Vec<_> = deals
            .into_iter()
            .enumerate()
            .map(|(index, deals)| {
                let (work, empty) = (&work, empty.clone());
                scope.spawn(move || work(index + 1, deals, empty))
            })
            .collect();
        // Who leaves with an error closes its channel, so the reader stops at its next batch.
        let mut applied = work(0, mine, empty);
        for other in others {
            match other.join() {
                Ok(theirs) => applied = applied.and(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        match reader.join() {
            Ok(end) => applied.and(end.map_err(E::from)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Sends a deal to all, and keeps no handle on it. Whether they were all there.
fn send(deal: Arc<Deal>, full: &[SyncSender<Arc<Deal>>]) -> bool {
    let Some((last, others)) = full.split_last() else {
        return false;
    };
    others.iter().all(|to| to.send(Arc::clone(&deal)).is_ok()) && last.send(deal).is_ok()
}

/// Reads the segments in order and deals out what they hold.
fn read(
    log: Source<'_>,
    full: &[SyncSender<Arc<Deal>>],
    spare: &Receiver<Deal>,
) -> Result<LogEnd, Error> {
    let mut timestamp = log.manifest.timestamp;
    let mut end = None;
    for (index, &segment) in log.segments.iter().enumerate() {
        let is_last = index + 1 == log.segments.len();
        let place = Place {
            store: log.manifest.store,
            segment,
        };
        let mut reader = SegmentReader::open(log.directory, place, timestamp)?;
        let mut torn = None;
        loop {
            let mut deal = spare.try_recv().unwrap_or_default();
            let before = reader.offset;
            let next = reader.next(&mut deal.batch)?;
            deal.bytes = reader.offset - before;
            deal.fill(full.len());
            if !send(Arc::new(deal), full) {
                break;
            }
            match next {
                Ok(true) => {}
                Ok(false) => break,
                Err(bad) => {
                    if !is_last || bad.certain || reader.vouched_behind(bad.offset)? {
                        let name = reader.file.name();
                        return Err(Error::damaged(name, bad.offset, bad.expected));
                    }
                    torn = Some(TornTail {
                        file: reader.file.name().to_owned(),
                        offset: bad.offset,
                        bytes: reader.length - bad.offset,
                    });
                    break;
                }
            }
        }
        if !is_last && !reader.sealed {
            return Err(Error::damaged(
                reader.file.name(),
                reader.offset,
                "a seal, since there is a later segment",
            ));
        }
        timestamp = reader.timestamp;
        end = Some(LogEnd {
            segment,
            offset: reader.offset,
            transactions: reader.transactions,
            timestamp,
            sealed: reader.sealed,
            torn,
        });
    }
    end.ok_or_else(|| {
        let name = names::segment(log.manifest.first_segment);
        Error::damaged(&name, 0, "the segment, which is missing")
    })
}

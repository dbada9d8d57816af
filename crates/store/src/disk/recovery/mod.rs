//! Recovery: from a directory, after whatever has happened to it, to the state at its last commit.
//!
//! First the checkpoint that the manifest names, its parts in parallel; then the log segments from the one that the manifest names,
//! in order: one thread reads and checks, the caller's applies. Nothing in the directory is changed before everything has been read and
//! found right. Then the torn tail is cut, what is left is synced, and leftovers are removed.

pub(crate) mod listing;
mod report;
pub(crate) mod segment;

pub use report::{Progress, RecoveryReport, Stage, TornTail};

use super::checkpoint::read::PartReader;
use super::checkpoint::{CheckpointOptions, Checkpoints};
use super::device::{Disk, Hold};
use super::directory::Directory;
use super::error::Error;
use super::format::block;
use super::format::change::Record;
use super::format::frame::Place;
use super::format::manifest::Manifest;
use super::format::names;
use super::log::{Log, LogOptions, LogStart};
use listing::Listing;
use report::Tally;
use segment::{Batch, SegmentReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::Instant;

/// Batches that may wait between the thread that reads the log and the one that applies it.
const BATCHES: usize = 4;

/// A directory that has been read and is ready to be written to.
pub struct Recovered {
    /// What was found.
    pub report: RecoveryReport,
    directory: Directory,
    manifest: Manifest,
    start: LogStart,
    hold: Arc<Hold>,
}

/// Where the log ends.
struct LogEnd {
    segment: u64,
    offset: u64,
    transactions: u64,
    timestamp: u64,
    sealed: bool,
    torn: Option<TornTail>,
}

/// Reads the directory, or makes a new one of an empty directory. `checkpoint_row` gets each row of the checkpoint, from up to
/// `threads` threads at once and in no order; then `record` gets each later transaction in the order of commit.
///
/// # Errors
/// [`Error::InUse`], [`Error::Damaged`], [`Error::NewerFormat`], what the file system says, or what the callbacks return. What the
/// callbacks were given before that is then worth nothing, and the directory is as it was.
pub fn recover<E: From<Error> + Send>(
    disk: Arc<dyn Disk>,
    threads: usize,
    progress: impl Fn(Progress) + Sync,
    checkpoint_row: impl Fn(&[u8], &[u8]) -> Result<(), E> + Sync,
    record: impl FnMut(Record<'_>) -> Result<(), E>,
) -> Result<Recovered, E> {
    let begun = Instant::now();
    let hold = Arc::new(disk.lock()?);
    let directory = Directory::new(disk);
    let mut listing = Listing::of(&directory)?;
    let manifest = if listing.is_new(&directory)? {
        let manifest = listing::initialise(&directory)?;
        listing = Listing::of(&directory)?;
        manifest
    } else if listing.manifest {
        listing::read_manifest(&directory)?
    } else {
        return Err(Error::damaged(names::MANIFEST, 0, "the manifest, which is missing").into());
    };
    let segments = listing.replayed(&manifest)?;

    let tally = Tally::new(&progress);
    load_checkpoint(&directory, &manifest, threads, &tally, &checkpoint_row)?;
    let end = replay(&directory, &manifest, &segments, &tally, record)?;

    let last = directory.open(&names::segment(end.segment))?;
    if end.torn.is_some() {
        last.truncate(end.offset)?;
    }
    // What a process that died had only written counts as recovered, so it must be on disk from here on.
    last.sync()?;
    directory.sync()?;
    let leftovers = listing.leftovers(&manifest);
    for name in &leftovers {
        directory.remove(name)?;
    }

    let next = end.segment.saturating_add(u64::from(end.sealed));
    Ok(Recovered {
        report: RecoveryReport {
            timestamp: end.timestamp,
            torn: end.torn,
            removed: leftovers.len() as u64,
            duration: begun.elapsed(),
            ..tally.report()
        },
        start: LogStart {
            store: manifest.store,
            segment: next,
            offset: (!end.sealed).then_some(end.offset),
            transactions: if end.sealed { 0 } else { end.transactions },
            timestamp: end.timestamp,
        },
        directory,
        manifest,
        hold,
    })
}

impl Recovered {
    /// Opens the directory for writing.
    ///
    /// # Errors
    /// What the file system says about the log's segment.
    pub fn open(
        self,
        log: &LogOptions,
        checkpoints: CheckpointOptions,
    ) -> Result<(Log, Checkpoints), Error> {
        let hold = Arc::clone(&self.hold);
        let log = Log::open(self.directory.clone(), &self.start, log, hold)?;
        let checkpoints = Checkpoints::new(self.directory, self.manifest, checkpoints, self.hold);
        Ok((log, checkpoints))
    }
}

/// Reads all parts, each by one thread.
fn load_checkpoint<E: From<Error> + Send>(
    directory: &Directory,
    manifest: &Manifest,
    threads: usize,
    tally: &Tally<'_>,
    row: &(impl Fn(&[u8], &[u8]) -> Result<(), E> + Sync),
) -> Result<(), E> {
    tally.begin(
        Stage::Checkpoint,
        manifest.parts.iter().map(|part| part.length).sum(),
    );
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), E> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(size) = manifest.parts.get(number) else {
                return Ok(());
            };
            let place = block::Place {
                store: manifest.store,
                checkpoint: manifest.checkpoint,
                part: number as u32,
            };
            let mut part = PartReader::open(directory, place)?;
            if part.length() != size.length {
                let expected = format!("a file of {} bytes", size.length);
                let offset = part.length().min(size.length);
                return Err(Error::damaged(part.name(), offset, expected).into());
            }
            let mut rows = 0;
            loop {
                let before = part.offset();
                let Some(found) = part.next(row)? else { break };
                rows += found;
                tally.rows(found, part.offset() - before);
            }
            if rows != size.rows {
                let expected = format!("{} rows in all", size.rows);
                return Err(Error::damaged(part.name(), part.length(), expected).into());
            }
        }
    };
    let helpers = threads.min(manifest.parts.len()).saturating_sub(1);
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
        let mut outcome = work();
        for helper in helpers {
            match helper.join() {
                Ok(theirs) => outcome = outcome.and(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        outcome
    })
}

/// Reads the segments on a second thread and hands their transactions to `record` on this one.
fn replay<E: From<Error>>(
    directory: &Directory,
    manifest: &Manifest,
    segments: &[u64],
    tally: &Tally<'_>,
    mut record: impl FnMut(Record<'_>) -> Result<(), E>,
) -> Result<LogEnd, E> {
    let mut total = 0;
    for &segment in segments {
        total += directory.open(&names::segment(segment))?.length()?;
    }
    tally.begin(Stage::Log, total);
    let (full, batches) = sync_channel::<(Batch, u64)>(BATCHES);
    let (empty, spare) = channel::<Batch>();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read_log(directory, manifest, segments, &full, &spare));
        let mut applied = Ok(());
        for (batch, bytes) in batches {
            let mut records = 0;
            for one in batch.records() {
                records += 1;
                applied = record(one);
                if applied.is_err() {
                    break;
                }
            }
            if applied.is_err() {
                break;
            }
            tally.records(records, bytes);
            // The reader may have come to its end; then nobody needs the buffer.
            let _ = empty.send(batch);
        }
        // Leaving the loop has dropped the channel, so a reader that is not done stops at its next batch.
        match reader.join() {
            Ok(end) => applied.and(end.map_err(E::from)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Reads the segments in order and sends what they hold.
fn read_log(
    directory: &Directory,
    manifest: &Manifest,
    segments: &[u64],
    full: &SyncSender<(Batch, u64)>,
    spare: &Receiver<Batch>,
) -> Result<LogEnd, Error> {
    let mut timestamp = manifest.timestamp;
    let mut end = None;
    for (index, &segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        let place = Place {
            store: manifest.store,
            segment,
        };
        let mut reader = SegmentReader::open(directory, place, timestamp)?;
        let mut torn = None;
        loop {
            let mut batch = spare.try_recv().unwrap_or_default();
            let before = reader.offset;
            let next = reader.next(&mut batch)?;
            if full.send((batch, reader.offset - before)).is_err() {
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
        let name = names::segment(manifest.first_segment);
        Error::damaged(&name, 0, "the segment, which is missing")
    })
}

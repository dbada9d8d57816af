//! Recovery: from a directory, after whatever has happened to it, to the state at its last commit.
//!
//! First the checkpoint that the manifest names, its parts in parallel; then the log segments from the one that the manifest names,
//! in order: one thread reads and checks, the others apply, each what falls to its share of the keys. Nothing in the directory is changed before
//! everything has been read and found right. Then the torn tail is cut, what is left is synced, and leftovers are removed.

pub(crate) mod listing;
mod replay;
mod report;
pub(crate) mod segment;

pub use replay::Changes;
pub use report::{Progress, RecoveryReport, Stage, TornTail};

use super::checkpoint::read::PartReader;
use super::checkpoint::{CheckpointOptions, Checkpoints};
use super::device::{Disk, Hold};
use super::directory::Directory;
use super::error::Error;
use super::format::block;
use super::format::manifest::Manifest;
use super::format::names;
use super::log::{Log, LogOptions, LogStart};
use listing::Listing;
use replay::replay;
use report::Tally;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// A directory that has been read and is ready to be written to.
pub struct Recovered {
    /// What was found.
    pub report: RecoveryReport,
    directory: Directory,
    manifest: Manifest,
    start: LogStart,
    hold: Arc<Hold>,
}

/// Reads the directory, or makes a new one of an empty directory. `checkpoint_row` gets each row of the checkpoint, from up to
/// `threads` threads at once and in no order; then `changes` gets those of later transactions, from as many threads. All changes of one key come
/// from one thread, in the order of commit; with one thread, so do those of all keys.
///
/// # Errors
/// [`Error::InUse`], [`Error::Damaged`], [`Error::NewerFormat`], what the file system says, or what the callbacks return. What the
/// callbacks were given before that is then worth nothing, and the directory is as it was.
pub fn recover<E: From<Error> + Send>(
    disk: Arc<dyn Disk>,
    threads: usize,
    progress: impl Fn(Progress) + Sync,
    checkpoint_row: impl Fn(&[u8], &[u8]) -> Result<(), E> + Sync,
    changes: impl Fn(&Changes<'_>) -> Result<(), E> + Sync,
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
    let log = replay::Source {
        directory: &directory,
        manifest: &manifest,
        segments: &segments,
    };
    let end = replay(log, threads, &tally, &changes)?;

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

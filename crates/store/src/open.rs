//! Opening a store that has a directory: recovery, and then the journal.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use masstree::Guard;
use optimistic::sync::prefetch;

use crate::checkpointer::Checkpointer;
use crate::disk::{
    Change, Changes, CheckpointOptions, CheckpointReport, Disk, LogOptions, Progress, RealDisk,
    RecoveryReport, recover,
};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::options::Options;
use crate::row::Row;
use crate::store::{Shared, Store};
use crate::sweeper::Sweeper;
use crate::table::Table;

impl Store {
    /// Opens the store in the directory of `options`, or makes a new one there; without a directory, a store in memory.
    ///
    /// # Errors
    /// [`Error::Disk`]: the directory is in use, damaged, of a newer format, or cannot be read.
    ///
    /// # Examples
    /// ```
    /// use masstree_store::{Options, Store};
    /// # let directory = std::env::temp_dir().join(format!("masstree-store-doc-{}", std::process::id()));
    /// # let _ = std::fs::remove_dir_all(&directory);
    /// let store = Store::open(Options::new(&directory))?;
    /// store.replace(b"k", b"v")?;
    /// drop(store);
    /// let store = Store::open(Options::new(&directory))?;
    /// assert!(store.get(b"k")?.is_some());
    /// # drop(store);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), masstree_store::Error>(())
    /// ```
    pub fn open(options: Options) -> Result<Self> {
        Ok(Self::open_with(options, |_| {})?.0)
    }

    /// [`open`](Self::open), telling how far it is; and what was found.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        options: Options,
        progress: impl Fn(Progress) + Sync,
    ) -> Result<(Self, RecoveryReport)> {
        match options.directory.clone() {
            Some(directory) => {
                let disk = Arc::new(RealDisk::create(directory)?);
                Self::open_on(disk, options, progress)
            }
            None => Ok((Self::with_options(options), RecoveryReport::default())),
        }
    }

    /// [`open_with`](Self::open_with) on another disk than the file system's; [`Options::directory`] does not count.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(
        disk: Arc<dyn Disk>,
        options: Options,
        progress: impl Fn(Progress) + Sync,
    ) -> Result<(Self, RecoveryReport)> {
        let threads = options
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZero::get);
        let table = Arc::new(Table::new(options));
        let recovered = recover(
            disk,
            threads,
            progress,
            |key, row| table.load(key, Some(decode(row)?), &table.map.guard()),
            |changes| replay(&table, changes),
        )?;
        let report = recovered.report.clone();
        let (log, checkpoints) = recovered.open(
            &LogOptions {
                durability: table.options.durability,
                segment_bytes: table.options.segment_bytes,
                ..LogOptions::default()
            },
            CheckpointOptions {
                compress: table.options.compress,
            },
        )?;
        let store = Self(Arc::new(Shared {
            sweeper: Sweeper::start(&table),
            journal: Some(Journal::new(log, checkpoints, report.timestamp, threads)),
            checkpointer: Checkpointer::default(),
            table,
        }));
        store.0.checkpointer.start(&store);
        Ok((store, report))
    }

    /// Writes all rows as of now to a checkpoint, while other operations go on, and lets go of the log before it. Does nothing without a directory.
    ///
    /// # Errors
    /// [`Error::Disk`]: another checkpoint is running, or what failed; then the old checkpoint and the log still count.
    pub fn checkpoint(&self) -> Result<CheckpointReport> {
        match &self.0.journal {
            Some(journal) => journal.checkpoint(self),
            None => Ok(CheckpointReport::default()),
        }
    }

    /// Waits until everything written so far is on disk.
    ///
    /// # Errors
    /// [`Error::Disk`] if that has failed and never will be.
    pub fn sync(&self) -> Result<()> {
        match &self.0.journal {
            Some(journal) => Ok(journal.log().sync()?),
            None => Ok(()),
        }
    }

    /// Why the store takes no more writes, if a write to its disk has failed.
    pub fn failure(&self) -> Option<Error> {
        let journal = self.0.journal.as_ref()?;
        journal.log().failure().map(Error::Disk)
    }
}

fn decode(bytes: &[u8]) -> Result<Row> {
    Row::decode(bytes).ok_or(Error::BadRow)
}

/// Keys of the log that are looked up together before they are written: waiting for memory is most of what a write costs.
const LOOKED_UP: usize = 32;

/// Does again what transactions of the log did to a share of the keys.
fn replay(table: &Table, changes: &Changes<'_>) -> Result<()> {
    let mut keys = Vec::with_capacity(LOOKED_UP);
    changes.chunks(LOOKED_UP).try_for_each(|changes| {
        let guard = table.map.guard();
        keys.clear();
        keys.extend(changes.keys());
        table.map.get_many_with(&keys, &guard, |_, head| {
            if let Some(head) = head {
                prefetch(head);
            }
        });
        changes.for_each(|_, change| redo(table, change, &guard))
    })
}

fn redo(table: &Table, change: Change<'_>, guard: &Guard<'_>) -> Result<()> {
    match change {
        Change::Replace { key, row } => table.load(key, Some(decode(row)?), guard),
        Change::Remove { key } => table.load(key, None, guard),
        Change::Columns { key, columns } => {
            let columns: Vec<_> = columns
                .iter()
                .map(|&(index, column)| (index as usize, column))
                .collect();
            let old = table.read_newest(key, guard).cloned();
            let old = old.unwrap_or_else(Row::empty);
            table.load(key, Some(old.with(&columns)), guard)
        }
    }
}

//! Opening the store: what it is told, how far recovery is, and what it has found.

use std::path::Path;
use std::sync::Mutex;

use indicatif::ProgressBar;
use masstree_store::disk::{Progress, Stage};
use masstree_store::{Error, Options, RecoveryReport, Store};

use super::arguments::Choices;
use crate::directory;
use crate::progress;
use crate::units::{show_count, show_size};

/// Bytes that a row may take beside one value of the longest kind.
const BESIDE_VALUE: usize = 1 << 20;

/// Opens the store, in memory without a directory.
pub fn store(directory: Option<&Path>, choices: &Choices) -> anyhow::Result<Store> {
    let bar = Mutex::new(None);
    let opened = Store::open_with(options(directory, choices), |progress| show(&bar, progress));
    if let Ok(mut bar) = bar.lock()
        && let Some((_, bar)) = bar.take()
    {
        bar.finish_and_clear();
    }
    let (store, report) = opened.map_err(|error| match (error, directory) {
        (Error::Disk(error), Some(directory)) => directory::advise(error, directory),
        (error, _) => error.into(),
    })?;
    if let Some(directory) = directory {
        tell(&report, directory);
    }
    Ok(store)
}

fn options(directory: Option<&Path>, choices: &Choices) -> Options {
    let mut options = Options {
        directory: directory.map(Path::to_owned),
        threads: choices.threads,
        checkpoint_interval: choices.checkpoint_every,
        memory_limit: choices.max_memory,
        snapshot_limit: choices.max_snapshot,
        history: choices.history,
        ..Options::default()
    };
    if let Some(durability) = choices.durability {
        options.durability = durability;
    }
    if let Some(bytes) = choices.checkpoint_log {
        options.checkpoint_bytes = Some(bytes as u64);
    }
    if let Some(bytes) = choices.max_key {
        options.key_limit = bytes;
    }
    if let Some(bytes) = choices.max_value {
        options.row_limit = options.row_limit.max(bytes.saturating_add(BESIDE_VALUE));
    }
    if let Some(columns) = choices.max_columns {
        options.column_limit = columns;
    }
    options
}

/// Shows how far recovery is; each stage has a bar of its own. Called by several threads.
fn show(bar: &Mutex<Option<(Stage, ProgressBar)>>, progress: Progress) {
    let Ok(mut bar) = bar.lock() else {
        return;
    };
    let is_other = bar
        .as_ref()
        .is_none_or(|(stage, _)| *stage != progress.stage);
    if is_other {
        if let Some((_, done)) = bar.take() {
            done.finish_and_clear();
        }
        let what = match progress.stage {
            Stage::Checkpoint => "reading the checkpoint",
            Stage::Log => "replaying the log",
        };
        *bar = Some((progress.stage, progress::bytes(what, Some(progress.total))));
    }
    if let Some((_, bar)) = &*bar {
        bar.set_position(progress.done);
    }
}

/// Logs what recovery has found.
fn tell(report: &RecoveryReport, directory: &Path) {
    tracing::info!(
        "recovered {}: {} rows and {} transactions, {}, in {:.1} s",
        directory.display(),
        show_count(report.rows),
        show_count(report.records),
        show_size(report.bytes),
        report.duration.as_secs_f64(),
    );
    if let Some(torn) = &report.torn {
        tracing::warn!(
            "a crash had left {} unfinished bytes at the end of {}; they were cut off",
            torn.bytes,
            torn.file,
        );
    }
}

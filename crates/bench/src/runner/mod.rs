//! Rounds, turns, medians.
//!
//! Rows on the same keys form a stage. For a stage the keys and all scripts are made first; then, in each round, each contestant in
//! its turn loads a map and plays the stage's rows on it, once for each number of threads. The order of turns rotates by one
//! from round to round, so that none is always first.

mod select;
mod stage;

use std::collections::HashMap;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use crate::contestants::{Entry, Part};
use crate::keys::KeySet;
use crate::keys::file::KeyFileError;
use crate::machine::{Machine, now};
use crate::memory::Probe;
use crate::report::{Cell, Check, Column, PANICKED, Report, ReportRow, Unit};
use crate::scenarios::{Scenario, perform};
use crate::workloads::{Row, Source, Task};

pub use select::{Selected, maps, names, rows};

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// The rows and scenarios, in order.
    pub rows: Vec<Selected>,
    /// The contestants, in order.
    pub maps: Vec<Entry>,
    /// How many keys are made.
    pub size: usize,
    /// Operations a step.
    pub ops: usize,
    /// Numbers of threads.
    pub threads: Vec<usize>,
    /// How many rounds.
    pub rounds: usize,
    /// The keys of a file, and the file's name.
    pub file: Option<(KeySet, String)>,
    /// How to measure memory; without it the rows of memory stay empty.
    pub probe: Option<Probe>,
    /// The commit that is measured.
    pub commit: Option<String>,
    /// Whether to draw a progress bar on standard error if that is a terminal.
    pub progress: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A name that is no workload's.
    #[error("no workload is called {name}: `masstree maps --list` names them all")]
    UnknownRow {
        /// The name.
        name: String,
    },
    /// A name that is no contestant's.
    #[error("no map is called {name}: choose from {}", known.join(", "))]
    UnknownMap {
        /// The name.
        name: String,
        /// All names.
        known: Vec<&'static str>,
    },
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// A report cannot be written.
    #[error("cannot write {}: {source}; name a file in a folder that exists", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The results so far, by row, contestant and number of threads.
#[derive(Default)]
struct Results(HashMap<(usize, &'static str, usize), Sample>);

/// What the rounds of one cell gave.
#[derive(Default)]
struct Sample {
    values: Vec<f64>,
    wrong: u64,
    note: Option<String>,
}

impl Results {
    /// The sample of a cell.
    fn at(&mut self, row: usize, map: &'static str, threads: usize) -> &mut Sample {
        self.0.entry((row, map, threads)).or_default()
    }

    /// The cells of a row, each with its median.
    fn cells(&mut self, row: usize, maps: &[Entry], threads: &[usize]) -> Vec<Cell> {
        let mut cells = Vec::new();
        for entry in maps {
            for threads in threads {
                let Some(sample) = self.0.remove(&(row, entry.id, *threads)) else {
                    continue;
                };
                let median = median(&sample.values);
                let Sample {
                    values,
                    wrong,
                    note,
                } = sample;
                cells.push(Cell {
                    map: entry.id.to_owned(),
                    threads: *threads,
                    median,
                    samples: values,
                    wrong,
                    note,
                });
            }
        }
        cells
    }
}

/// The median, of an even number the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// A progress bar on standard error, hidden unless that is a terminal.
fn bar(steps: usize, wanted: bool) -> ProgressBar {
    let bar = if wanted {
        ProgressBar::new(steps as u64)
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} (about {eta} left) {msg}")
    {
        bar.set_style(style);
    }
    bar
}

/// Checks every answer of each contestant that takes the keys, beside readers while it is loaded.
#[must_use]
pub fn check(maps: &[Entry], keys: &KeySet, threads: usize, progress: bool) -> Vec<Check> {
    let longest = keys.present.longest().max(keys.absent.longest());
    let integer = is_integer(keys);
    let able: Vec<&Entry> = maps
        .iter()
        .filter(|entry| !entry.read_only && entry.takes(longest, integer))
        .collect();
    let bar = bar(able.len(), progress);
    let mut checks = Vec::new();
    for entry in able {
        bar.set_message(format!("checking {}", entry.title));
        let found = entry.make(integer, None).verify(keys, threads);
        bar.inc(1);
        checks.push(Check {
            map: entry.id.to_owned(),
            title: entry.title.to_owned(),
            ours: entry.part == Part::Ours,
            reads_while_loading: found.reads_while_loading,
            answers: found.answers,
            wrong: found.wrong,
            panicked: found.panicked,
        });
    }
    bar.finish_and_clear();
    checks
}

/// Whether all keys have 8 bytes.
fn is_integer(keys: &KeySet) -> bool {
    keys.present
        .iter()
        .chain(keys.absent.iter())
        .all(|key| key.len() == 8)
}

/// Runs the rows.
#[must_use]
pub fn run(options: &Options) -> Report {
    let mut sources: Vec<Source> = Vec::new();
    let mut steps = 0;
    for selected in &options.rows {
        match selected {
            Selected::Row(row) if !sources.contains(&row.source) => sources.push(row.source),
            Selected::Row(_) => continue,
            Selected::Scenario(_) => {}
        }
        steps += options.rounds * options.threads.len() * options.maps.len();
    }
    let bar = bar(steps, options.progress);
    let mut results = Results::default();
    for source in sources {
        let in_stage = |(i, selected): (usize, &Selected)| match selected {
            Selected::Row(row) if row.source == source => Some((i, row.clone())),
            _ => None,
        };
        let rows: Vec<(usize, Row)> = options
            .rows
            .iter()
            .enumerate()
            .filter_map(in_stage)
            .collect();
        match (source, &options.file) {
            (Source::Made(shape), _) => stage::run(
                options,
                &rows,
                &shape.key_set(options.size),
                &mut results,
                &bar,
            ),
            (Source::File, Some((keys, _))) => stage::run(options, &rows, keys, &mut results, &bar),
            (Source::File, None) => {}
        }
    }
    for (i, selected) in options.rows.iter().enumerate() {
        if let Selected::Scenario(scenario) = selected {
            play(options, i, *scenario, &mut results, &bar);
        }
    }
    bar.finish_and_clear();
    report(options, &mut results)
}

/// Runs one scenario in all rounds.
fn play(
    options: &Options,
    row: usize,
    scenario: Scenario,
    results: &mut Results,
    bar: &ProgressBar,
) {
    let plays: Vec<_> = options
        .threads
        .iter()
        .map(|threads| (*threads, scenario.play(options.ops, *threads)))
        .collect();
    for round in 0..options.rounds {
        for (threads, play) in &plays {
            for entry in turns(&options.maps, round) {
                bar.set_message(format!("{}, {}", scenario.names().0, entry.title));
                bar.inc(1);
                if entry.read_only || entry.max_key_len == 8 {
                    continue;
                }
                let played = perform(entry, play);
                let sample = results.at(row, entry.id, *threads);
                sample.wrong += played.outcome.wrong;
                if played.outcome.panicked {
                    sample.note = Some(PANICKED.to_owned());
                } else {
                    sample
                        .values
                        .push(played.ops as f64 / played.outcome.seconds / 1e6);
                }
            }
        }
    }
}

/// The contestants in the order of a round.
fn turns(maps: &[Entry], round: usize) -> impl Iterator<Item = &Entry> {
    let first = if maps.is_empty() {
        0
    } else {
        round % maps.len()
    };
    maps[first..].iter().chain(&maps[..first])
}

/// The unit of a task's row.
fn unit(task: Task) -> Unit {
    match task {
        Task::Memory => Unit::BytesPerKey,
        Task::MemoryEmpty => Unit::Bytes,
        Task::Tail => Unit::Microseconds,
        _ => Unit::MillionPerSecond,
    }
}

/// Puts the report together.
fn report(options: &Options, results: &mut Results) -> Report {
    let row = |(i, selected): (usize, &Selected)| {
        let (id, title, unit) = match selected {
            Selected::Row(row) => (row.id.clone(), row.title.clone(), unit(row.task)),
            Selected::Scenario(scenario) => {
                let (id, title) = scenario.names();
                (id.to_owned(), title.to_owned(), Unit::MillionPerSecond)
            }
        };
        ReportRow {
            id,
            title,
            unit,
            cells: results.cells(i, &options.maps, &options.threads),
        }
    };
    let rows: Vec<ReportRow> = options.rows.iter().enumerate().map(row).collect();
    let took_part = |entry: &&Entry| {
        rows.iter()
            .flat_map(|row| &row.cells)
            .any(|cell| cell.map == entry.id)
    };
    Report {
        machine: Machine::here(),
        date: now(),
        commit: options.commit.clone(),
        keys: options
            .file
            .as_ref()
            .map_or_else(|| "generated".to_owned(), |(_, name)| name.clone()),
        size: options
            .file
            .as_ref()
            .map_or(options.size, |(keys, _)| keys.present.len()),
        ops: options.ops,
        rounds: options.rounds,
        threads: options.threads.clone(),
        columns: options
            .maps
            .iter()
            .filter(took_part)
            .map(|entry| Column::new(entry.id, entry.title, entry.part))
            .collect(),
        rows,
        checks: Vec::new(),
    }
}

#[cfg(test)]
mod tests;

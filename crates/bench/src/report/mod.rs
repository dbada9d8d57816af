//! What came of a run, as data; the table, the page and JSON are made of it.

mod html;
pub(crate) mod markup;
mod ratio;
mod table;

use serde::{Deserialize, Serialize};

use crate::contestants::Part;
use crate::machine::Machine;

pub use html::html;
pub use ratio::{Ratio, ratios};
pub use table::table;

/// What a row's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Million operations, or entries of a scan, a second: more is better.
    MillionPerSecond,
    /// Bytes a key: less is better.
    BytesPerKey,
    /// Bytes: less is better.
    Bytes,
    /// Microseconds: less is better.
    Microseconds,
}

impl Unit {
    /// Whether a larger number is better.
    #[must_use]
    pub fn more_is_better(self) -> bool {
        self == Self::MillionPerSecond
    }

    /// What stands behind a number.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::MillionPerSecond => "M/s",
            Self::BytesPerKey => "bytes a key",
            Self::Bytes => "bytes",
            Self::Microseconds => "µs",
        }
    }
}

/// A contestant, as the report names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The name that `--maps` takes.
    pub id: String,
    /// The name in the table.
    pub title: String,
    /// Whether it is a map of this workspace.
    pub ours: bool,
    /// Whether it is no map but a measure of what the machine allows.
    pub limit: bool,
}

impl Column {
    /// The column of a contestant.
    #[must_use]
    pub fn new(id: &str, title: &str, part: Part) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            ours: part == Part::Ours,
            limit: part == Part::Limit,
        }
    }
}

/// What one contestant did in one row with one number of threads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cell {
    /// The contestant.
    pub map: String,
    /// The number of threads.
    pub threads: usize,
    /// The median of the rounds; none if the row is not for this contestant or there is nothing to measure.
    pub median: Option<f64>,
    /// Each round.
    pub samples: Vec<f64>,
    /// Wrong answers in all rounds.
    pub wrong: u64,
    /// Why there is no number, or whether the map panicked.
    pub note: Option<String>,
}

impl Cell {
    /// Whether its number can win: there is one, and no answer was wrong.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.median.is_some() && self.wrong == 0 && self.note.is_none()
    }
}

/// A row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportRow {
    /// The name that `--only` takes.
    pub id: String,
    /// What was done.
    pub title: String,
    /// What the numbers count.
    pub unit: Unit,
    /// The results.
    pub cells: Vec<Cell>,
}

impl ReportRow {
    /// The result of a contestant with a number of threads.
    #[must_use]
    pub fn cell(&self, map: &str, threads: usize) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.map == map && cell.threads == threads)
    }

    /// The best number among the contestants that `admits` lets in.
    pub fn best(&self, threads: usize, admits: impl Fn(&str) -> bool) -> Option<f64> {
        let numbers = self
            .cells
            .iter()
            .filter(|cell| cell.threads == threads && cell.counts() && admits(&cell.map));
        let numbers = numbers.filter_map(|cell| cell.median);
        if self.unit.more_is_better() {
            numbers.reduce(f64::max)
        } else {
            numbers.reduce(f64::min)
        }
    }
}

/// What checking every answer of a contestant found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The contestant.
    pub map: String,
    /// Its name in the table.
    pub title: String,
    /// Whether it is a map of this workspace.
    pub ours: bool,
    /// Lookups beside the writers.
    pub reads_while_loading: u64,
    /// Answers compared.
    pub answers: u64,
    /// Answers that were wrong.
    pub wrong: u64,
    /// Whether it panicked.
    pub panicked: bool,
}

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// When.
    pub date: String,
    /// Of which commit, if that was said.
    pub commit: Option<String>,
    /// The keys: "generated", or the file's name.
    pub keys: String,
    /// How many keys.
    pub size: usize,
    /// Operations a step.
    pub ops: usize,
    /// How many rounds.
    pub rounds: usize,
    /// The numbers of threads.
    pub threads: Vec<usize>,
    /// The contestants.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<ReportRow>,
    /// The checks against a sorted vector.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether a map of this workspace gave a wrong answer or panicked.
    #[must_use]
    pub fn ours_failed(&self) -> bool {
        let ours = |map: &str| {
            self.columns
                .iter()
                .any(|column| column.ours && column.id == map)
        };
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.into_iter().any(|cell| {
            ours(&cell.map) && (cell.wrong > 0 || cell.note.as_deref() == Some(PANICKED))
        }) || self
            .checks
            .iter()
            .any(|check| check.ours && (check.wrong > 0 || check.panicked))
    }

    /// The contestants that take part in the ranking.
    pub fn ranked(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.limit)
    }
}

/// The note of a cell whose map panicked.
pub const PANICKED: &str = "panicked";

/// A number with three significant digits.
#[must_use]
pub fn number(value: f64) -> String {
    match value {
        value if value >= 9_999.5 => {
            let digits = format!("{value:.0}");
            let groups: Vec<&str> = digits
                .as_bytes()
                .rchunks(3)
                .rev()
                .filter_map(|group| std::str::from_utf8(group).ok())
                .collect();
            groups.join(",")
        }
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

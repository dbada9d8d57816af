//! What came of a run, as data; table, JSON, CSV, histogram logs and the page are made of it.

mod build;
mod chart;
pub mod compare;
mod compare_page;
mod compare_table;
mod csv;
mod hdr;
mod html;
mod markup;
pub mod statistics;
mod table;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

pub use build::{GroupFacts, group_report};
pub use csv::csv;
pub use hdr::logs;
pub use html::html;
pub use table::table;

/// The number of the report's form; another form has another number.
pub const FORM: u32 = 1;

/// One or more runs of a workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`FORM`].
    pub form: u32,
    /// What the workload is called.
    pub name: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// When it ended.
    pub date: String,
    /// Of which commit, if that was said.
    pub commit: Option<String>,
    /// On what.
    pub machine: Machine,
    /// All choices follow from it.
    pub seed: u64,
    /// The workload's text.
    pub workload: String,
    /// What was changed of it.
    pub settings: Vec<String>,
    /// The runs.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// The workloads that ran side by side.
    pub groups: Vec<GroupReport>,
}

/// What came of one workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupReport {
    /// What it is called.
    pub name: String,
    /// Who answered.
    pub target: String,
    /// Threads.
    pub threads: usize,
    /// Connections of all threads.
    pub connections: usize,
    /// Requests on their way on a connection.
    pub pipeline: usize,
    /// "closed loop", or how requests arrived.
    pub arrival: String,
    /// The operations per second that were asked for, in an open loop.
    pub asked: Option<f64>,
    /// The operations per second that were done.
    pub achieved: f64,
    /// How long was measured, in seconds.
    pub seconds: f64,
    /// Keys that were loaded.
    pub loaded: u64,
    /// How long that took, in seconds.
    pub load_seconds: f64,
    /// Requests that were due and were not sent before the end.
    pub unsent: u64,
    /// Which share of its threads' time the generator worked: near 1 it may be what limits the rest.
    pub busy: f64,
    /// Whether values were verified.
    pub verified: bool,
    /// All operations together.
    pub total: Operation,
    /// By command.
    pub operations: Vec<Operation>,
    /// The width of a point of the series, in seconds.
    pub interval: f64,
    /// How it went over time.
    pub series: Vec<SeriesPoint>,
    /// What a correct server never does.
    pub violations: Vec<Finding>,
    /// What kept requests from being answered.
    pub troubles: Vec<Finding>,
    /// The exit status that the findings make.
    pub status: u8,
}

/// One command's measurements.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Operations that were done.
    pub done: u64,
    /// Those of a second.
    pub per_second: f64,
    /// Keys that were there.
    pub hits: u64,
    /// Keys that were not there.
    pub misses: u64,
    /// Operations that failed.
    pub errors: u64,
    /// Operations without an answer.
    pub timeouts: u64,
    /// Operations of these that gave way to others.
    pub conflicts: u64,
    /// Rows that were read.
    pub rows: u64,
    /// From when they were due.
    pub latency: Times,
    /// From when they were sent.
    pub service: Times,
    /// Shares of the operations, and the nanoseconds within which they were answered.
    pub distribution: Vec<(f64, u64)>,
}

/// A distribution of times, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
    /// Half of the mean's 95 % confidence interval, from the means of the intervals; none with fewer than two.
    pub confidence: Option<f64>,
    /// The least.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// The 90th percentile.
    pub p90: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The 99.9th percentile.
    pub p999: u64,
    /// The 99.99th percentile.
    pub p9999: u64,
    /// The most.
    pub max: u64,
}

/// A column of times, by its name.
type Percentile = (&'static str, fn(&Times) -> u64);

/// The percentiles that tables show, and the most.
const PERCENTILES: [Percentile; 7] = [
    ("p50", |times| times.p50),
    ("p90", |times| times.p90),
    ("p95", |times| times.p95),
    ("p99", |times| times.p99),
    ("p99.9", |times| times.p999),
    ("p99.99", |times| times.p9999),
    ("max", |times| times.max),
];

/// One interval.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct SeriesPoint {
    /// Its end, in seconds from the start of what is measured.
    pub second: f64,
    /// Operations per second.
    pub per_second: f64,
    /// Operations that failed.
    pub errors: u64,
    /// The median latency, in nanoseconds.
    pub p50: u64,
    /// Its 99th percentile.
    pub p99: u64,
    /// Its 99.9th percentile.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

/// Something that went wrong, and its first case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub title: String,
    /// How often.
    pub count: u64,
    /// The first case.
    pub first: String,
}

impl GroupReport {
    /// What to say about a rate that could not be reached; nothing if it was.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let asked = self.asked?;
        // Poisson arrivals vary by the root of their number; five of them never happen.
        let slack = (5.0 / (asked * self.seconds).max(1.0).sqrt()).max(0.01);
        let unsent = self.unsent as f64 > slack * asked * self.seconds;
        if self.achieved >= asked * (1.0 - slack) && !unsent {
            return None;
        }
        let number = crate::report::number;
        let mut text = format!(
            "asked {}/s, achieved {}/s",
            number(asked),
            number(self.achieved)
        );
        if self.unsent > 0 {
            text.push_str(&format!(
                "; {} requests were due and could not be sent before the end",
                count(self.unsent)
            ));
        }
        Some(text)
    }

    /// All violations.
    #[must_use]
    pub fn violation_count(&self) -> u64 {
        self.violations.iter().map(|finding| finding.count).sum()
    }
}

/// A count that is left out of tables where it is always 0.
pub(crate) type Optional = (&'static str, fn(&Operation) -> u64);

/// The counts that any of these operations has.
fn optional(operations: &[&Operation]) -> Vec<Optional> {
    let all: [Optional; 5] = [
        ("hits", |operation| operation.hits),
        ("misses", |operation| operation.misses),
        ("rows", |operation| operation.rows),
        ("conflicts", |operation| operation.conflicts),
        ("timeouts", |operation| operation.timeouts),
    ];
    let any = |of: fn(&Operation) -> u64| operations.iter().any(|operation| of(operation) > 0);
    all.into_iter().filter(|(_, of)| any(*of)).collect()
}

/// A whole number with its digits in groups.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

/// A count with its noun, which is of one kind: "1 thread", "8 threads".
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number as u64))
}

/// Nanoseconds in a unit that suits them.
#[must_use]
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        value if value >= 1e9 => (value / 1e9, "s"),
        value if value >= 1e6 => (value / 1e6, "ms"),
        value if value >= 1e3 => (value / 1e3, "µs"),
        value => (value, "ns"),
    };
    format!("{} {unit}", crate::report::number(value))
}

/// The same as a mark on an axis, without the zeros behind the point.
fn time_mark(nanoseconds: f64) -> String {
    time(nanoseconds).replace(".00 ", " ").replace(".0 ", " ")
}

/// The throughput of each run, a line for each group; nothing of a single run.
fn repeats(report: &Report) -> Vec<String> {
    let groups = match report.runs.as_slice() {
        [first, _, ..] => first.groups.len(),
        _ => 0,
    };
    let line = |group: usize| {
        let of = |run: &Run| run.groups.get(group).map(|group| group.achieved);
        let runs: Vec<f64> = report.runs.iter().filter_map(of).collect();
        let number = crate::report::number;
        let half = statistics::confidence(&runs).unwrap_or(0.0);
        let each: Vec<String> = runs.iter().map(|run| number(*run)).collect();
        format!(
            "{} runs: {} operations per second on average, ± {} (95 %): {}",
            runs.len(),
            number(statistics::mean(&runs)),
            number(half),
            each.join(", ")
        )
    };
    (0..groups).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(
            [count(0), count(999), count(1_234_567)],
            ["0", "999", "1,234,567"]
        );
        assert_eq!(
            [counted(1, "thread"), counted(1200, "thread")],
            ["1 thread", "1,200 threads"]
        );
        let times = [time(750.0), time(1_500.0), time(2.5e6), time(3e9)];
        assert_eq!(times, ["750 ns", "1.50 µs", "2.50 ms", "3.00 s"]);
        assert_eq!(
            [time_mark(1e6), time_mark(1e4), time_mark(1.5e3)],
            ["1 ms", "10 µs", "1.50 µs"]
        );
    }
}

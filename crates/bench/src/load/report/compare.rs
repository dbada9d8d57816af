//! Two reports side by side, and which differences exceed the noise.
//!
//! The noise of a number comes from the runs, if both reports have at least two of them. With one run each, throughput and the latencies
//! of all operations are judged by their intervals; for a single operation there is then nothing to judge by.

use serde::{Deserialize, Serialize};

use super::statistics::{mean, noise};
use super::{FORM, GroupReport, Operation, Report, SeriesPoint, time};
use crate::report::number;

pub use super::compare_page::compare_html;
pub use super::compare_table::compare_table;

/// Two reports side by side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// What the first is called.
    pub a: String,
    /// What the second is called.
    pub b: String,
    /// What the two do not have in common and should.
    pub warnings: Vec<String>,
    /// The numbers.
    pub rows: Vec<Difference>,
}

/// A number of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The group, where there is more than one.
    pub group: Option<String>,
    /// The operation.
    pub operation: String,
    /// What is compared.
    pub what: Metric,
    /// The mean of the first's runs.
    pub a: f64,
    /// The mean of the second's runs.
    pub b: f64,
    /// By how much they can differ by chance; none if nothing can be said.
    pub noise: Option<f64>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Operations per second: more is better.
    Throughput,
    /// The median latency.
    P50,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    P999,
}

impl Metric {
    const ALL: [Self; 4] = [Self::Throughput, Self::P50, Self::P99, Self::P999];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throughput => "per second",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
        }
    }

    fn of(self, operation: &Operation) -> f64 {
        match self {
            Self::Throughput => operation.per_second,
            Self::P50 => operation.latency.p50 as f64,
            Self::P99 => operation.latency.p99 as f64,
            Self::P999 => operation.latency.p999 as f64,
        }
    }

    fn at(self, point: &SeriesPoint) -> f64 {
        match self {
            Self::Throughput => point.per_second,
            Self::P50 => point.p50 as f64,
            Self::P99 => point.p99 as f64,
            Self::P999 => point.p999 as f64,
        }
    }

    /// A number with its unit.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Throughput => number(value),
            _ => time(value),
        }
    }
}

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The second is better, by more than the noise.
    Better,
    /// The second is worse, by more than the noise.
    Worse,
    /// No more than noise.
    Noise,
    /// There are too few runs.
    Unknown,
}

impl Judgement {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Noise => "within the noise",
            Self::Unknown => "repeat to know",
        }
    }
}

impl Difference {
    /// By how much the second differs, as a share of the first.
    #[must_use]
    pub fn change(&self) -> f64 {
        if self.a == 0.0 {
            0.0
        } else {
            self.b / self.a - 1.0
        }
    }

    /// What can be said of it.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let difference = self.b - self.a;
        match self.noise {
            None => Judgement::Unknown,
            Some(noise) if difference.abs() <= noise => Judgement::Noise,
            Some(_) if (difference > 0.0) == (self.what == Metric::Throughput) => Judgement::Better,
            Some(_) => Judgement::Worse,
        }
    }
}

/// The samples by which a number of a report is judged, and whether they are runs.
fn samples(report: &Report, group: usize, operation: &str, what: Metric) -> Vec<f64> {
    let groups = report.runs.iter().filter_map(|run| run.groups.get(group));
    groups
        .filter_map(|group| find(group, operation))
        .map(|found| what.of(found))
        .collect()
}

fn find<'a>(group: &'a GroupReport, name: &str) -> Option<&'a Operation> {
    group
        .operations
        .iter()
        .chain([&group.total])
        .find(|operation| operation.name == name)
}

/// The whole intervals of a report's only run.
fn intervals(report: &Report, group: usize, what: Metric) -> Vec<f64> {
    let Some(group) = report.runs.first().and_then(|run| run.groups.get(group)) else {
        return Vec::new();
    };
    let whole = (group.seconds / group.interval.max(1e-9)).floor() as usize;
    group
        .series
        .iter()
        .take(whole)
        .map(|point| what.at(point))
        .collect()
}

/// Sets two reports side by side.
///
/// # Errors
/// If they have nothing in common, or one is of another form.
pub fn compare(names: [&str; 2], a: &Report, b: &Report) -> Result<Comparison, String> {
    for (name, report) in names.iter().zip([a, b]) {
        if report.form != FORM {
            return Err(format!(
                "{name} is a report of form {}, and this program knows {FORM}",
                report.form
            ));
        }
        if report.runs.is_empty() {
            return Err(format!("{name} has no runs"));
        }
    }
    let mut rows = Vec::new();
    let several = a.runs[0].groups.len() > 1;
    for (index, group) in a.runs[0].groups.iter().enumerate() {
        let mut names: Vec<&str> = group
            .operations
            .iter()
            .map(|operation| &operation.name[..])
            .collect();
        if names.len() != 1 {
            names.insert(0, "all");
        }
        for name in names {
            for what in Metric::ALL {
                let (of_a, of_b) = (samples(a, index, name, what), samples(b, index, name, what));
                if of_a.is_empty() || of_b.is_empty() {
                    continue;
                }
                let by_runs = noise(&of_a, &of_b);
                let whole = name == "all" || group.operations.len() == 1;
                let by_intervals = || {
                    noise(&intervals(a, index, what), &intervals(b, index, what)).filter(|_| whole)
                };
                rows.push(Difference {
                    group: several.then(|| group.name.clone()),
                    operation: name.to_owned(),
                    what,
                    a: mean(&of_a),
                    b: mean(&of_b),
                    noise: by_runs.or_else(by_intervals),
                });
            }
        }
    }
    if rows.is_empty() {
        return Err(format!(
            "{} and {} have no operation in common",
            names[0], names[1]
        ));
    }
    Ok(Comparison {
        a: names[0].to_owned(),
        b: names[1].to_owned(),
        warnings: warnings(a, b),
        rows,
    })
}

/// What makes a comparison doubtful.
fn warnings(a: &Report, b: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    if a.workload != b.workload || a.settings != b.settings {
        warnings.push("the workloads differ".to_owned());
    }
    let machine = |report: &Report| (report.machine.processor.clone(), report.machine.cores);
    if machine(a) != machine(b) {
        warnings.push("the machines differ".to_owned());
    }
    for (name, report) in [("first", a), ("second", b)] {
        let groups = || report.runs.iter().flat_map(|run| &run.groups);
        if groups().any(|group| group.status != 0) {
            warnings.push(format!("in the {name} something went wrong"));
        }
        if report.runs.iter().any(|run| run.interrupted) {
            warnings.push(format!("the {name} was stopped before its end"));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_judged_by_its_noise_and_its_direction() {
        let difference = |what, a, b, noise| Difference {
            group: None,
            operation: "get".to_owned(),
            what,
            a,
            b,
            noise,
        };
        let judge = |what, b, noise| difference(what, 100.0, b, noise).judgement();
        assert_eq!(
            judge(Metric::Throughput, 120.0, Some(10.0)),
            Judgement::Better
        );
        assert_eq!(
            judge(Metric::Throughput, 80.0, Some(10.0)),
            Judgement::Worse
        );
        assert_eq!(judge(Metric::P99, 120.0, Some(10.0)), Judgement::Worse);
        assert_eq!(judge(Metric::P99, 80.0, Some(10.0)), Judgement::Better);
        assert_eq!(judge(Metric::P99, 105.0, Some(10.0)), Judgement::Noise);
        assert_eq!(judge(Metric::P50, 300.0, None), Judgement::Unknown);
        assert!((difference(Metric::P50, 100.0, 90.0, None).change() + 0.1).abs() < 1e-9);
    }
}

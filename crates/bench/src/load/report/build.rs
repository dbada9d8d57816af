//! From measurements to a report.

use hdrhistogram::Histogram;

use super::statistics::confidence;
use super::{Finding, GroupReport, Operation, SeriesPoint, Times};
use crate::load::engine::GroupResult;
use crate::load::engine::findings::Tally;
use crate::load::engine::recorder::{CommandRecord, Recorder};
use crate::load::plan::Group;

/// What a report says of a group beside its measurements.
#[derive(Clone, Debug)]
pub struct GroupFacts<'a> {
    /// The group.
    pub group: &'a Group,
    /// Who answered.
    pub target: String,
    /// The rate asked for over what was measured.
    pub seconds_planned: f64,
}

/// Makes the report of a group.
#[must_use]
pub fn group_report(facts: &GroupFacts<'_>, result: &GroupResult) -> GroupReport {
    let group = facts.group;
    let recorder = &result.recorder;
    let seconds = result.measured.as_secs_f64();
    let total = recorder.total();
    let means = |command: Option<usize>| batch_means(recorder, command, seconds);
    let operations = group.commands.iter().zip(&recorder.commands).enumerate();
    let interval = recorder.interval_seconds();
    GroupReport {
        name: group.name.clone(),
        target: facts.target.clone(),
        threads: group.threads,
        connections: group.threads * group.connections,
        pipeline: group.pipeline,
        arrival: match group.rate {
            Some(_) => format!("open loop, {}", group.arrival),
            None => "closed loop".to_owned(),
        },
        asked: group.rate.map(|rate| rate.mean(facts.seconds_planned)),
        achieved: per_second(total.done, seconds),
        seconds,
        loaded: result.loaded,
        load_seconds: result.load_time.as_secs_f64(),
        unsent: result.unsent,
        busy: result.busy,
        verified: group.verifies(),
        total: operation("all", &total, seconds, &means(None)),
        operations: operations
            .map(|(index, (command, record))| {
                operation(&command.label, record, seconds, &means(Some(index)))
            })
            .collect(),
        interval,
        series: series(recorder, seconds),
        violations: findings(
            result
                .findings
                .violations
                .iter()
                .map(|(kind, tally)| (kind.title(), tally)),
        ),
        troubles: findings(
            result
                .findings
                .troubles
                .iter()
                .map(|(kind, tally)| (kind.title(), tally)),
        ),
        status: result.findings.status(),
    }
}

fn findings<'a>(tallies: impl Iterator<Item = (&'static str, &'a Tally)>) -> Vec<Finding> {
    tallies
        .map(|(title, tally)| Finding {
            title: title.to_owned(),
            count: tally.count,
            first: tally.first.clone(),
        })
        .collect()
}

fn per_second(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        count as f64 / seconds
    } else {
        0.0
    }
}

fn operation(name: &str, record: &CommandRecord, seconds: f64, means: &[f64]) -> Operation {
    let mut latency = times(&record.latency);
    if record.done > 0 {
        let count = record.done as f64;
        latency.mean = record.sum / count;
        let variance = record.squares / count - latency.mean.powi(2);
        latency.deviation = variance.max(0.0).sqrt();
    }
    latency.confidence = confidence(means);
    Operation {
        name: name.to_owned(),
        done: record.done,
        per_second: per_second(record.done, seconds),
        hits: record.hits,
        misses: record.misses,
        errors: record.errors,
        timeouts: record.timeouts,
        conflicts: record.conflicts,
        rows: record.rows,
        latency,
        service: times(&record.service),
        distribution: distribution(&record.latency),
    }
}

fn times(histogram: &Histogram<u64>) -> Times {
    if histogram.is_empty() {
        return Times::default();
    }
    let at = |quantile| histogram.value_at_quantile(quantile);
    Times {
        mean: histogram.mean(),
        deviation: histogram.stdev(),
        confidence: None,
        min: histogram.min(),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        p9999: at(0.9999),
        max: histogram.max(),
    }
}

/// Shares that come nearer and nearer to all, ten for each halving of what is left.
fn distribution(histogram: &Histogram<u64>) -> Vec<(f64, u64)> {
    let mut points = Vec::new();
    if histogram.is_empty() {
        return points;
    }
    let count = histogram.len() as f64;
    let mut left = 1.0_f64;
    while left * count >= 1.0 && points.len() < 400 {
        points.push((1.0 - left, histogram.value_at_quantile(1.0 - left)));
        left *= 0.5_f64.powf(0.1);
    }
    points.push((1.0, histogram.max()));
    points
}

/// The means of the whole intervals, of one command or of all.
fn batch_means(recorder: &Recorder, command: Option<usize>, seconds: f64) -> Vec<f64> {
    let whole = (seconds / recorder.interval_seconds()).floor() as usize;
    let points = recorder.points.iter().take(whole);
    let sums = points.map(|point| match command {
        Some(index) => point.sums[index],
        None => point
            .sums
            .iter()
            .fold((0, 0.0), |sum, other| (sum.0 + other.0, sum.1 + other.1)),
    });
    sums.filter(|(count, _)| *count > 0)
        .map(|(count, sum)| sum / count as f64)
        .collect()
}

fn series(recorder: &Recorder, seconds: f64) -> Vec<SeriesPoint> {
    let interval = recorder.interval_seconds();
    let points = recorder.points.iter().enumerate();
    points
        .map(|(index, point)| {
            let start = index as f64 * interval;
            let width = (seconds - start).clamp(interval / 1000.0, interval);
            let at = |quantile| match point.latency.is_empty() {
                true => 0,
                false => point.latency.value_at_quantile(quantile),
            };
            SeriesPoint {
                second: start + width,
                per_second: point.done as f64 / width,
                errors: point.errors,
                p50: at(0.5),
                p99: at(0.99),
                p999: at(0.999),
                max: point.latency.max(),
            }
        })
        .collect()
}

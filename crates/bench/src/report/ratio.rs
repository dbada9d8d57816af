//! Our first map against the best peer, and against masstree 0.9.5.

use serde::Serialize;

use super::{Report, ReportRow};

/// How many times better our map is in one row with one number of threads; above one is better, whatever the unit.
#[derive(Clone, Debug, Serialize)]
pub struct Ratio {
    /// The number of threads.
    pub threads: usize,
    /// Against the best peer.
    pub best_peer: Option<f64>,
    /// Against masstree 0.9.5.
    pub masstree_095: Option<f64>,
}

/// The ratios of a row, one for each number of threads that it was run with.
#[must_use]
pub fn ratios(report: &Report, row: &ReportRow) -> Vec<Ratio> {
    let Some(ours) = report.columns.iter().find(|column| column.ours) else {
        return Vec::new();
    };
    let is_peer = |map: &str| {
        report
            .ranked()
            .any(|column| column.id == map && !column.ours)
    };
    let mut ratios = Vec::new();
    for threads in &report.threads {
        let Some(our) = row
            .cell(&ours.id, *threads)
            .filter(|cell| cell.counts())
            .and_then(|cell| cell.median)
        else {
            continue;
        };
        let against = |theirs: f64| {
            if row.unit.more_is_better() {
                our / theirs
            } else {
                theirs / our
            }
        };
        ratios.push(Ratio {
            threads: *threads,
            best_peer: row.best(*threads, is_peer).map(against),
            masstree_095: row.best(*threads, |map| map == "masstree095").map(against),
        });
    }
    ratios
}

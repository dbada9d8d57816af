//! One measurement for each map and number of keys.
//!
//! Memory comes first, from the keys alone, so that neither the sorted order nor another map is there beside it; then the rows of
//! `masstree maps` run on the same number of keys.

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use masstree_bench::contestants::Entry;
use masstree_bench::keys::shape::Shape;
use masstree_bench::machine::{Machine, now};
use masstree_bench::memory::{Probe, this_program};
use masstree_bench::report::Report;
use masstree_bench::runner::{self, Options};
use serde::{Deserialize, Serialize};

use crate::{PROBE, Setting};

/// As many keys as all rounds of a size load together, within [`MOST_ROUNDS`].
const LOADED: usize = 10_000_000;

/// The most rounds of a size.
const MOST_ROUNDS: usize = 15;

/// What was measured of one map on so many keys. Nothing stands where an answer was wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    /// How many keys.
    pub keys: usize,
    /// Nanoseconds a lookup of a random key.
    pub lookup: Option<f64>,
    /// Nanoseconds an insert, from an empty map up to all keys.
    pub insert: Option<f64>,
    /// Nanoseconds an entry in scans of 100.
    pub scan: Option<f64>,
    /// Resident bytes a key.
    pub memory: Option<f64>,
}

/// A map and its points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// The name of the contestant.
    pub map: String,
    /// Its name in the chart.
    pub title: String,
    /// In the order of their sizes.
    pub points: Vec<Point>,
}

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Growth {
    /// On what.
    pub machine: Machine,
    /// When.
    pub date: String,
    /// Of which commit, if that was said.
    pub commit: Option<String>,
    /// Operations a step.
    pub ops: usize,
    /// The maps.
    pub curves: Vec<Curve>,
}

/// How many rounds so many keys go through.
fn rounds(size: usize) -> usize {
    (LOADED / size).clamp(1, MOST_ROUNDS)
}

/// Runs the rows on `size` keys.
fn speeds(setting: &Setting, maps: &[Entry], size: usize) -> Result<Report, String> {
    let only = ["get", "insert", "scan100"].map(str::to_owned);
    Ok(runner::run(&Options {
        rows: runner::rows(&only, false).map_err(|error| error.to_string())?,
        maps: maps.to_vec(),
        size,
        ops: setting.ops,
        threads: vec![1],
        rounds: rounds(size),
        file: None,
        probe: None,
        commit: None,
        progress: true,
    }))
}

/// Nanoseconds of one operation or entry, if all answers of the row were right.
fn nanoseconds(report: &Report, row: &str, map: &str) -> Option<f64> {
    let row = report.rows.iter().find(|found| found.id == row)?;
    let cell = row.cell(map, 1).filter(|cell| cell.counts())?;
    cell.median.map(|million_a_second| 1e3 / million_a_second)
}

/// The contestants in the order they are named in.
fn contestants(names: &[String]) -> Result<Vec<Entry>, String> {
    let named = |name: &String| runner::maps(std::slice::from_ref(name));
    let maps = names.iter().map(named).collect::<Result<Vec<_>, _>>();
    Ok(maps.map_err(|error| error.to_string())?.concat())
}

/// The memory of each map with `size` keys.
fn memory(probe: &Probe, maps: &[Entry], size: usize) -> Result<Vec<f64>, String> {
    let keys = Shape::Random8.keys(0, size);
    let measured = maps.iter().map(|entry| probe.measure(entry, true, &keys));
    measured
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// Measures all sizes.
pub fn measure(setting: &Setting) -> Result<Growth, String> {
    let maps = contestants(&setting.maps)?;
    let probe = this_program(&[PROBE]).map_err(|error| error.to_string())?;
    let mut curves: Vec<Curve> = maps
        .iter()
        .map(|entry| Curve {
            map: entry.id.to_owned(),
            title: entry.title.to_owned(),
            points: Vec::new(),
        })
        .collect();
    for size in &setting.sizes {
        eprintln!("{size} keys");
        let bytes = memory(&probe, &maps, *size)?;
        let report = speeds(setting, &maps, *size)?;
        for (curve, bytes) in curves.iter_mut().zip(bytes) {
            curve.points.push(Point {
                keys: *size,
                lookup: nanoseconds(&report, "get", &curve.map),
                insert: nanoseconds(&report, "insert", &curve.map),
                scan: nanoseconds(&report, "scan100", &curve.map),
                memory: Some(bytes),
            });
        }
    }
    Ok(Growth {
        machine: Machine::here(),
        date: now(),
        commit: setting.commit.clone(),
        ops: setting.ops,
        curves,
    })
}

/// A number with three digits that count, or nothing.
fn shown(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| match value {
        large if large >= 100.0 => format!("{large:.0}"),
        medium if medium >= 10.0 => format!("{medium:.1}"),
        small => format!("{small:.2}"),
    })
}

impl Growth {
    /// All points as a table.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header([
            "keys",
            "map",
            "lookup (ns)",
            "insert (ns)",
            "scanned entry (ns)",
            "bytes a key",
        ]);
        let sizes = self.curves.first().map_or(0, |curve| curve.points.len());
        for index in 0..sizes {
            for curve in &self.curves {
                let Some(point) = curve.points.get(index) else {
                    continue;
                };
                table.add_row([
                    point.keys.to_string(),
                    curve.title.clone(),
                    shown(point.lookup),
                    shown(point.insert),
                    shown(point.scan),
                    shown(point.memory),
                ]);
            }
        }
        table.to_string()
    }
}

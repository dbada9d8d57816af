//! The table on a terminal: what went wrong first, then how fast it was, then each operation.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use super::{
    Finding, GroupReport, Operation, PERCENTILES, Report, Run, count, counted, optional, repeats,
    time,
};
use crate::report::number;

/// Above this share of its time a generator is at its limit. Without a network it shares its threads with the store.
const BUSY: f64 = 0.95;

/// Renders the last run, and how far the runs agree if there are several.
#[must_use]
pub fn table(report: &Report, styled: bool) -> String {
    let mut text = String::new();
    let Some(run) = report.runs.last() else {
        return text;
    };
    for group in &run.groups {
        findings(group, styled, &mut text);
    }
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{}", report.name);
    if run.interrupted {
        let _ = writeln!(text, "Stopped before its end; this is what there is.");
    }
    for group in &run.groups {
        facts(group, run, &mut text);
        let _ = writeln!(text, "{}", operations(group));
    }
    for line in repeats(report) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn emphasis(styled: bool, text: &str) -> String {
    if styled {
        format!("\u{1b}[1;31m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// What went wrong, violations first.
fn findings(group: &GroupReport, styled: bool, text: &mut String) {
    let mut list = |kind: &str, findings: &[Finding]| {
        for finding in findings {
            let head = format!("{kind}: {} × {}", count(finding.count), finding.title);
            let _ = writeln!(
                text,
                "{}; first: {}",
                emphasis(styled, &head),
                finding.first
            );
        }
    };
    list("VIOLATION", &group.violations);
    list("ERROR", &group.troubles);
}

/// A duration in seconds.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

fn facts(group: &GroupReport, run: &Run, text: &mut String) {
    if run.groups.len() > 1 {
        let _ = writeln!(text, "\n{}", group.name);
    }
    let _ = writeln!(
        text,
        "{}: {}, {}, pipeline {}, {}",
        group.target,
        counted(group.threads, "thread"),
        counted(group.connections, "connection"),
        group.pipeline,
        group.arrival
    );
    if group.loaded > 0 {
        let _ = writeln!(
            text,
            "loaded {} keys in {}",
            count(group.loaded),
            seconds(group.load_seconds)
        );
    }
    let verified = if group.verified && group.violations.is_empty() {
        ", every value verified"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "{} operations per second for {}{verified}",
        number(group.achieved),
        seconds(group.seconds)
    );
    if group.busy > BUSY && group.target.contains("://") {
        let _ = writeln!(
            text,
            "NOTE: the generator worked for {:.0} % of its threads' time, and may be what limits the rest",
            100.0 * group.busy
        );
    }
    if let Some(shortfall) = group.shortfall() {
        let _ = writeln!(text, "NOTE: {shortfall}");
    }
}

fn operations(group: &GroupReport) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let all: Vec<&Operation> = match group.operations.as_slice() {
        [_] => group.operations.iter().collect(),
        operations => operations.iter().chain([&group.total]).collect(),
    };
    let optional = optional(&all);
    let mut header = vec!["operation", "count", "per s"];
    header.extend(optional.iter().map(|(name, _)| *name));
    header.extend(["errors", "mean", "±95 %", "sd"]);
    header.extend(PERCENTILES.map(|(name, _)| name));
    header.push("service p99");
    table.set_header(header);
    for operation in all {
        let times = operation.latency;
        let mut row = vec![
            operation.name.clone(),
            count(operation.done),
            number(operation.per_second),
        ];
        row.extend(optional.iter().map(|(_, of)| count(of(operation))));
        row.push(operation.errors.to_string());
        row.push(time(times.mean));
        row.push(times.confidence.map_or("-".to_owned(), time));
        row.push(time(times.deviation));
        row.extend(PERCENTILES.map(|(_, of)| time(of(&times) as f64)));
        row.push(time(operation.service.p99 as f64));
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

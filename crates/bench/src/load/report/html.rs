//! The page of a run: throughput and latency over time, the distribution of latencies, each operation, the workload, the machine.

use std::fmt::Write as _;

use super::chart::{Chart, Line, Scale};
use super::markup::page;
use super::{
    GroupReport, Operation, PERCENTILES, Report, Run, count, counted, optional, repeats, time,
    time_mark,
};
use crate::report::markup::escape;
use crate::report::number;

/// Renders the last run of a report.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut body = String::with_capacity(1 << 16);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(body, "<h1>{}</h1>", escape(&report.name));
    if let Some(description) = &report.description {
        let _ = writeln!(body, "<p>{}</p>", escape(description));
    }
    if let Some(run) = report.runs.last() {
        if run.interrupted {
            body.push_str("<p class=\"note\">Stopped before its end; this is what there is.</p>\n");
        }
        for group in &run.groups {
            group_part(group, run, &mut body);
        }
    }
    for line in repeats(report) {
        let _ = writeln!(body, "<p>{}</p>", escape(&line));
    }
    workload(report, &mut body);
    machine(report, &mut body);
    page(&report.name, &body)
}

/// A large number with a word below it.
fn figure(value: &str, what: &str, body: &mut String) {
    let _ = write!(
        body,
        "<div class=\"figure\"><b>{}</b><span>{}</span></div>",
        escape(value),
        escape(what)
    );
}

fn group_part(group: &GroupReport, run: &Run, body: &mut String) {
    if run.groups.len() > 1 {
        let _ = writeln!(body, "<h2>{}</h2>", escape(&group.name));
    }
    found(group, body);
    if let Some(shortfall) = group.shortfall() {
        let _ = writeln!(body, "<p class=\"note\">{}</p>", escape(&shortfall));
    }
    let latency = group.total.latency;
    body.push_str("<div class=\"figures\">");
    figure(&number(group.achieved), "operations per second", body);
    figure(&time(latency.p50 as f64), "median latency", body);
    figure(&time(latency.p99 as f64), "p99 latency", body);
    figure(&time(latency.p999 as f64), "p99.9 latency", body);
    figure(&time(latency.max as f64), "longest", body);
    let (wrong, what) = match group.verified {
        true => (
            group.violation_count(),
            "wrong answers, every value verified",
        ),
        false => (
            group.violation_count(),
            "wrong answers, values not verified",
        ),
    };
    figure(&count(wrong), what, body);
    body.push_str("</div>\n");
    let _ = writeln!(
        body,
        "<p class=\"facts\">{}: {}, {}, pipeline {}, {}; {} keys loaded in {:.1} s, measured for {:.1} s; the \
         generator worked for {:.0} % of its threads' time. Latency runs from when a request was due.</p>",
        escape(&group.target),
        counted(group.threads, "thread"),
        counted(group.connections, "connection"),
        group.pipeline,
        escape(&group.arrival),
        count(group.loaded),
        group.load_seconds,
        group.seconds,
        100.0 * group.busy
    );
    charts(group, body);
    table(group, body);
}

fn found(group: &GroupReport, body: &mut String) {
    if group.violations.is_empty() && group.troubles.is_empty() {
        return;
    }
    body.push_str("<div class=\"found\">");
    for finding in group.violations.iter().chain(&group.troubles) {
        let _ = write!(
            body,
            "<p><b class=\"bad\">{} × {}</b>; first: {}</p>",
            count(finding.count),
            escape(&finding.title),
            escape(&finding.first)
        );
    }
    body.push_str("</div>\n");
}

fn charts(group: &GroupReport, body: &mut String) {
    let over_time = |name: &str, of: &dyn Fn(&super::SeriesPoint) -> f64| Line {
        name: name.to_owned(),
        points: group
            .series
            .iter()
            .map(|point| (point.second, of(point)))
            .collect(),
    };
    let round = |value: f64| number(value).replace(".00", "").replace(".0", "");
    let times = time_mark;
    let counts = |value: f64| match value {
        value if value >= 1e6 => format!("{}M", round(value / 1e6)),
        value if value >= 1e3 => format!("{}k", round(value / 1e3)),
        value => format!("{value:.0}"),
    };
    body.push_str("<div class=\"charts\">\n");
    let throughput = Chart {
        title: "Throughput over time",
        lines: vec![over_time("operations per second", &|point| {
            point.per_second
        })],
        scale: Scale::Even,
        x_label: "seconds",
        x_marks: Vec::new(),
        y_label: &counts,
    };
    body.push_str(&throughput.section());
    let latency = Chart {
        title: "Latency over time",
        lines: vec![
            over_time("p50", &|point| point.p50 as f64),
            over_time("p99", &|point| point.p99 as f64),
            over_time("p99.9", &|point| point.p999 as f64),
            over_time("longest", &|point| point.max as f64),
        ],
        scale: Scale::Logarithmic,
        x_label: "seconds",
        x_marks: Vec::new(),
        y_label: &times,
    };
    body.push_str(&latency.section());
    let distribution = Chart {
        title: "Latency distribution",
        lines: group
            .operations
            .iter()
            .filter(|operation| operation.done > 0)
            .map(spread)
            .collect(),
        scale: Scale::Logarithmic,
        x_label: "percentile",
        x_marks: nines(),
        y_label: &times,
    };
    body.push_str(&distribution.section());
    body.push_str("</div>\n");
}

/// Where a share lies on an axis that gives each further nine the same room.
fn place(share: f64, count: u64) -> f64 {
    let left = (1.0 - share).max(0.5 / count.max(1) as f64);
    -left.log10()
}

/// The marks of that axis.
fn nines() -> Vec<(f64, String)> {
    let marks = [
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.99, "99 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
        (0.99999, "99.999 %"),
        (0.999_999, "99.9999 %"),
    ];
    marks
        .map(|(share, text)| (place(share, u64::MAX), text.to_owned()))
        .to_vec()
}

fn spread(operation: &Operation) -> Line {
    let points = operation.distribution.iter();
    Line {
        name: operation.name.clone(),
        points: points
            .map(|(share, nanos)| (place(*share, operation.done), *nanos as f64))
            .collect(),
    }
}

fn table(group: &GroupReport, body: &mut String) {
    let all: Vec<&Operation> = group.operations.iter().chain([&group.total]).collect();
    let optional = optional(&all);
    body.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    let first = ["operation", "count", "per s"];
    let times = ["errors", "mean", "± 95 %", "sd"];
    let names = first
        .into_iter()
        .chain(optional.iter().map(|(name, _)| *name))
        .chain(times)
        .chain(PERCENTILES.map(|(name, _)| name))
        .chain(["service p50", "service p99"]);
    for name in names {
        let _ = write!(body, "<th>{name}</th>");
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for operation in all {
        let (latency, service) = (operation.latency, operation.service);
        let mut cells = vec![count(operation.done), number(operation.per_second)];
        cells.extend(optional.iter().map(|(_, of)| count(of(operation))));
        let _ = write!(body, "<tr><td>{}</td>", escape(&operation.name));
        for cell in cells {
            let _ = write!(body, "<td>{cell}</td>");
        }
        let class = if operation.errors > 0 {
            " class=\"bad\""
        } else {
            ""
        };
        let _ = write!(
            body,
            "<td{class}>{}</td><td>{}</td>",
            count(operation.errors),
            time(latency.mean)
        );
        let half = latency.confidence.map_or("–".to_owned(), time);
        let _ = write!(body, "<td>{half}</td><td>{}</td>", time(latency.deviation));
        let percentiles = PERCENTILES.map(|(_, of)| of(&latency));
        for percentile in percentiles.into_iter().chain([service.p50, service.p99]) {
            let _ = write!(body, "<td>{}</td>", time(percentile as f64));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody></table></div>\n");
}

fn workload(report: &Report, body: &mut String) {
    let mut text = report.workload.clone();
    for setting in &report.settings {
        text.push_str(&format!("\n# --set {setting}"));
    }
    let _ = writeln!(
        body,
        "<h2>The workload</h2>\n<pre>{}</pre>",
        escape(text.trim_end())
    );
}

fn machine(report: &Report, body: &mut String) {
    let machine = &report.machine;
    let facts = [
        (
            "Processor",
            format!("{}, {} cores", machine.processor, machine.cores),
        ),
        ("Caches", machine.caches.join(", ")),
        (
            "Memory",
            format!("{:.1} GiB", machine.memory as f64 / f64::from(1 << 30)),
        ),
        ("System", machine.system.clone()),
        ("Date", report.date.clone()),
        ("Seed", report.seed.to_string()),
        (
            "Commit",
            report
                .commit
                .clone()
                .unwrap_or_else(|| "not given".to_owned()),
        ),
    ];
    body.push_str("<h2>The machine</h2>\n<dl class=\"facts\">\n");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(body, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    }
    body.push_str("</dl>\n");
}

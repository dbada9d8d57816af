//! The page: one file that loads nothing, with a bar for each number, in light and dark, for narrow and wide screens.

use std::fmt::Write as _;

use super::markup::{STYLE, escape};
use super::{Cell, Column, PANICKED, Report, ReportRow, number, ratios};

/// Renders the page.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut page = String::with_capacity(1 << 16);
    page.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Ordered maps side by side</title>\n");
    // Writing to a string cannot fail, here and below.
    let _ = write!(page, "<style>\n{STYLE}</style>\n</head>\n<body>\n");
    facts(report, &mut page);
    overview(report, &mut page);
    checks(report, &mut page);
    page.push_str("<div class=\"rows\">\n");
    for row in &report.rows {
        section(report, row, &mut page);
    }
    page.push_str("</div>\n</body>\n</html>\n");
    page
}

/// The heading, what was measured, and on what.
fn facts(report: &Report, page: &mut String) {
    let machine = &report.machine;
    let threads: Vec<String> = report.threads.iter().map(usize::to_string).collect();
    let threads = threads.join(" and ");
    page.push_str("<h1>Ordered maps side by side</h1>\n");
    let _ = writeln!(
        page,
        "<p>The contestants take turns in {} rounds; the median counts. Every answer is checked. In each group the bars are for {threads} \
         threads, and the longest is the largest number. Numbers of one page compare; those of two machines do not.</p>",
        report.rounds,
    );
    let caches = if machine.caches.is_empty() {
        String::new()
    } else {
        format!(", {}", machine.caches.join(", "))
    };
    let facts = [
        (
            "Processor",
            format!("{}, {} cores{caches}", machine.processor, machine.cores),
        ),
        (
            "Memory",
            format!("{:.1} GiB", machine.memory as f64 / f64::from(1 << 30)),
        ),
        ("System", machine.system.clone()),
        ("Date", report.date.clone()),
        (
            "Commit",
            report
                .commit
                .clone()
                .unwrap_or_else(|| "not given".to_owned()),
        ),
        (
            "Keys",
            format!("{} ({})", number(report.size as f64), report.keys),
        ),
        ("Operations a step", number(report.ops as f64)),
    ];
    page.push_str("<dl class=\"facts\">\n");
    for (name, value) in facts {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
    }
    page.push_str("</dl>\n");
}

/// The ratios of our first map, row by row.
fn overview(report: &Report, page: &mut String) {
    let Some(ours) = report.columns.iter().find(|column| column.ours) else {
        return;
    };
    if report.ranked().all(|column| column.ours) {
        return;
    }
    let _ = write!(
        page,
        "<div class=\"wide\"><table>\n<thead><tr><th>{}, times as good as</th>",
        escape(&ours.title)
    );
    for threads in &report.threads {
        let _ = write!(
            page,
            "<th>best peer, {threads} thr.</th><th>masstree 0.9.5, {threads} thr.</th>"
        );
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &report.rows {
        let ratios = ratios(report, row);
        let _ = write!(page, "<tr><td>{}</td>", escape(&row.title));
        for threads in &report.threads {
            let ratio = ratios.iter().find(|ratio| ratio.threads == *threads);
            for value in [
                ratio.and_then(|ratio| ratio.best_peer),
                ratio.and_then(|ratio| ratio.masstree_095),
            ] {
                let shown = value.map(number).unwrap_or_default();
                let class = if value.is_some_and(|value| value < 1.0) {
                    " class=\"bad\""
                } else {
                    ""
                };
                let _ = write!(page, "<td{class}>{shown}</td>");
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n");
}

/// What checking every answer found.
fn checks(report: &Report, page: &mut String) {
    if report.checks.is_empty() {
        return;
    }
    page.push_str(
        "<div class=\"wide\"><table>\n<thead><tr><th>every answer against a sorted vector</th>",
    );
    page.push_str(
        "<th>lookups while loading</th><th>answers</th><th>wrong</th></tr></thead>\n<tbody>\n",
    );
    for check in &report.checks {
        let wrong = if check.panicked {
            PANICKED.to_owned()
        } else {
            check.wrong.to_string()
        };
        let class = if check.panicked || check.wrong > 0 {
            " class=\"bad\""
        } else {
            ""
        };
        let (reads, answers) = (
            number(check.reads_while_loading as f64),
            number(check.answers as f64),
        );
        let title = escape(&check.title);
        let _ = writeln!(
            page,
            "<tr><td>{title}</td><td>{reads}</td><td>{answers}</td><td{class}>{wrong}</td></tr>"
        );
    }
    page.push_str("</tbody></table></div>\n");
}

/// One row: a group of bars for each contestant.
fn section(report: &Report, row: &ReportRow, page: &mut String) {
    let better = if row.unit.more_is_better() {
        "more is better"
    } else {
        "less is better"
    };
    let _ = write!(
        page,
        "<section id=\"{}\"><h2>{}</h2>",
        escape(&row.id),
        escape(&row.title)
    );
    let _ = writeln!(
        page,
        "<div class=\"unit\">{}, {better}</div>",
        row.unit.label()
    );
    let scale = |cell: &&Cell| report.ranked().any(|column| column.id == cell.map);
    let longest = row
        .cells
        .iter()
        .filter(scale)
        .filter_map(|cell| cell.median)
        .fold(0.0, f64::max);
    for column in &report.columns {
        let cells: Vec<&Cell> = report
            .threads
            .iter()
            .filter_map(|threads| row.cell(&column.id, *threads))
            .collect();
        if cells.iter().any(|cell| {
            cell.median.is_some() || cell.wrong > 0 || cell.note.as_deref() == Some(PANICKED)
        }) {
            group(report, row, column, &cells, longest, page);
        }
    }
    page.push_str("</section>\n");
}

/// One contestant's bars.
fn group(
    report: &Report,
    row: &ReportRow,
    column: &Column,
    cells: &[&Cell],
    longest: f64,
    page: &mut String,
) {
    let class = if column.ours {
        "map ours"
    } else if column.limit {
        "map limit"
    } else {
        "map"
    };
    let _ = write!(
        page,
        "<div class=\"{class}\"><span>{}</span><div>",
        escape(&column.title)
    );
    let is_ranked = |map: &str| report.ranked().any(|column| column.id == map);
    for cell in cells {
        if cell.wrong > 0 || cell.note.is_some() {
            let note = cell
                .note
                .clone()
                .unwrap_or_else(|| "wrong answers".to_owned());
            let _ = write!(
                page,
                "<div class=\"line\"><span></span><b class=\"bad\">{}</b></div>",
                escape(&note)
            );
        } else if let Some(value) = cell.median {
            let share = if longest > 0.0 {
                (100.0 * value / longest).min(100.0)
            } else {
                0.0
            };
            let best = !column.limit && row.best(cell.threads, is_ranked) == Some(value);
            let _ = write!(
                page,
                "<div class=\"line{}\" title=\"{} threads\"><i class=\"bar\" style=\"width:{share:.1}%\"></i><b>{}</b></div>",
                if best { " best" } else { "" },
                cell.threads,
                number(value),
            );
        }
    }
    page.push_str("</div></div>\n");
}

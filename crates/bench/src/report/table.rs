//! The table on a terminal: rows are workloads, columns are contestants, cells the medians for each number of threads.

use comfy_table::{Table, presets};

use super::{Cell, Column, PANICKED, Report, ReportRow, number, ratios};

/// Renders the table; with `styled` the best number of each row is bold.
#[must_use]
pub fn table(report: &Report, styled: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let ours = report.columns.iter().any(|column| column.ours);
    let peers = report.ranked().any(|column| !column.ours);
    let mut header = vec!["workload".to_owned()];
    header.extend(report.columns.iter().map(|column| column.title.clone()));
    if ours && peers {
        header.extend(["x best peer".to_owned(), "x 0.9.5".to_owned()]);
    }
    table.set_header(header);
    for row in &report.rows {
        let mut line = vec![title(row)];
        line.extend(
            report
                .columns
                .iter()
                .map(|column| cell(report, row, column, styled)),
        );
        if ours && peers {
            let ratios = ratios(report, row);
            let join = |values: Vec<Option<f64>>| {
                let known = values.iter().any(Option::is_some);
                let shown: Vec<String> = values
                    .into_iter()
                    .map(|value| value.map_or("-".to_owned(), number))
                    .collect();
                if known {
                    shown.join(" / ")
                } else {
                    String::new()
                }
            };
            line.push(join(ratios.iter().map(|ratio| ratio.best_peer).collect()));
            line.push(join(
                ratios.iter().map(|ratio| ratio.masstree_095).collect(),
            ));
        }
        table.add_row(line);
    }
    table.to_string()
}

/// The row's name, with its unit if it is not the usual one.
fn title(row: &ReportRow) -> String {
    if row.unit.more_is_better() {
        row.title.clone()
    } else {
        format!("{} ({})", row.title, row.unit.label())
    }
}

/// One contestant's numbers in a row.
fn cell(report: &Report, row: &ReportRow, column: &Column, styled: bool) -> String {
    let cells: Vec<&Cell> = report
        .threads
        .iter()
        .filter_map(|threads| row.cell(&column.id, *threads))
        .collect();
    if cells
        .iter()
        .any(|cell| cell.note.as_deref() == Some(PANICKED))
    {
        return PANICKED.to_owned();
    }
    if cells.iter().any(|cell| cell.wrong > 0) {
        return "wrong answers".to_owned();
    }
    let is_ranked = |map: &str| report.ranked().any(|column| column.id == map);
    let shown = cells.iter().filter_map(|cell| {
        let value = cell.median?;
        let best = !column.limit && row.best(cell.threads, is_ranked) == Some(value);
        Some(if styled && best {
            format!("\u{1b}[1m{}\u{1b}[0m", number(value))
        } else {
            number(value)
        })
    });
    shown.collect::<Vec<_>>().join(" / ")
}

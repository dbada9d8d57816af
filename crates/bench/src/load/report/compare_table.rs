//! Two reports side by side, as a table.

use comfy_table::{CellAlignment, Table, presets};

use super::compare::Comparison;

/// Renders the table.
#[must_use]
pub fn compare_table(comparison: &Comparison) -> String {
    let mut text = format!("a: {}\nb: {}\n", comparison.a, comparison.b);
    for warning in &comparison.warnings {
        text.push_str(&format!("NOTE: {warning}\n"));
    }
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["operation", "what", "a", "b", "change", "noise", ""]);
    for row in &comparison.rows {
        let operation = match &row.group {
            Some(group) => format!("{group}: {}", row.operation),
            None => row.operation.clone(),
        };
        let noise = row.noise.map_or("-".to_owned(), |noise| {
            format!("± {}", row.what.show(noise))
        });
        table.add_row([
            operation,
            row.what.name().to_owned(),
            row.what.show(row.a),
            row.what.show(row.b),
            format!("{:+.1} %", 100.0 * row.change()),
            noise,
            row.judgement().words().to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(2).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{text}{table}\n")
}

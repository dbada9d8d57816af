//! Two reports side by side, as a page: a bar for each number of both, and what exceeds the noise.

use std::fmt::Write as _;

use super::compare::{Comparison, Difference, Judgement};
use super::markup::{legend, page};
use crate::report::markup::escape;

/// Renders the page.
#[must_use]
pub fn compare_html(comparison: &Comparison) -> String {
    let mut body = String::from("<h1>Two runs side by side</h1>\n");
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        body,
        "<p>A difference counts if it exceeds what chance can make of it, 95 times of a hundred.</p>{}",
        legend(&[comparison.a.clone(), comparison.b.clone()])
    );
    for warning in &comparison.warnings {
        let _ = writeln!(body, "<p class=\"note\">{}</p>", escape(warning));
    }
    body.push_str("<div class=\"wide\"><table>\n<thead><tr><th>operation</th><th>what</th><th>a</th><th>b</th><th>change</th><th>noise</th><th></th><th></th></tr></thead>\n<tbody>\n");
    for row in &comparison.rows {
        line(row, &mut body);
    }
    body.push_str("</tbody></table></div>\n");
    page("Two runs side by side", &body)
}

fn line(row: &Difference, body: &mut String) {
    let operation = match &row.group {
        Some(group) => format!("{group}: {}", row.operation),
        None => row.operation.clone(),
    };
    let judgement = row.judgement();
    let class = if judgement == Judgement::Worse {
        " class=\"bad\""
    } else {
        ""
    };
    let noise = row.noise.map_or("–".to_owned(), |noise| {
        format!("± {}", row.what.show(noise))
    });
    let most = row.a.max(row.b).max(f64::MIN_POSITIVE);
    let bar = |value: f64, colour: usize| {
        format!(
            "<i class=\"bar\" style=\"width:{:.1}%;background:var(--c{colour});margin:2px 0\"></i>",
            100.0 * value / most
        )
    };
    let _ = writeln!(
        body,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:+.1} %</td><td>{noise}</td><td{class}>{}</td><td style=\"min-width:8rem\">{}{}</td></tr>",
        escape(&operation),
        row.what.name(),
        row.what.show(row.a),
        row.what.show(row.b),
        100.0 * row.change(),
        judgement.words(),
        bar(row.a, 1),
        bar(row.b, 2)
    );
}

//! A row for each operation of each run. Times are in nanoseconds.

use super::{Operation, PERCENTILES, Report};

const HEADER: &str = "run,group,operation,seconds,count,per_second,hits,misses,errors,timeouts,conflicts,rows,mean,sd,ci95,min,p50,p90,p95,p99,p99.9,p99.99,max,service_p50,service_p99";

/// A field; in quotes if it has to be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Renders the rows below a header.
#[must_use]
pub fn csv(report: &Report) -> String {
    let mut text = format!("{HEADER}\n");
    for (number, run) in report.runs.iter().enumerate() {
        for group in &run.groups {
            for operation in group.operations.iter().chain([&group.total]) {
                let head = [
                    (number + 1).to_string(),
                    field(&group.name),
                    field(&operation.name),
                    format!("{:.3}", group.seconds),
                ];
                text.push_str(&head.join(","));
                text.push(',');
                text.push_str(&numbers(operation).join(","));
                text.push('\n');
            }
        }
    }
    text
}

fn numbers(operation: &Operation) -> Vec<String> {
    let (latency, service) = (&operation.latency, &operation.service);
    let mut row = vec![
        operation.done.to_string(),
        format!("{:.1}", operation.per_second),
    ];
    row.extend(
        [
            operation.hits,
            operation.misses,
            operation.errors,
            operation.timeouts,
            operation.conflicts,
            operation.rows,
        ]
        .map(|count| count.to_string()),
    );
    row.push(format!("{:.1}", latency.mean));
    row.push(format!("{:.1}", latency.deviation));
    row.push(
        latency
            .confidence
            .map(|half| format!("{half:.1}"))
            .unwrap_or_default(),
    );
    row.push(latency.min.to_string());
    row.extend(PERCENTILES.map(|(_, of)| of(latency).to_string()));
    row.extend([service.p50, service.p99].map(|time| time.to_string()));
    row
}

//! Histogram logs, version 2: what HdrHistogram's own tools read. One log for all intervals, and one whole histogram an operation.

use std::time::Duration;

use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::load::engine::GroupResult;
use crate::load::plan::Group;

/// The log of a group: its operations by tag, then the intervals of all without one.
///
/// # Errors
/// If a histogram cannot be written down.
pub fn logs(group: &Group, result: &GroupResult) -> Result<Vec<u8>, String> {
    let mut log = Vec::new();
    let mut serializer = V2Serializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("latencies in nanoseconds, from when a request was due");
    builder.with_base_time(std::time::UNIX_EPOCH);
    let said = |error: &dyn std::fmt::Debug| format!("cannot write a histogram: {error:?}");
    let mut writer = builder
        .begin_log_with(&mut log, &mut serializer)
        .map_err(|error| said(&error))?;
    for (command, record) in group.commands.iter().zip(&result.recorder.commands) {
        let label = command.label.replace(" ", "-");
        let tag = Tag::new(&label);
        writer
            .write_histogram(&record.latency, Duration::ZERO, result.measured, tag)
            .map_err(|error| said(&error))?;
    }
    let interval = Duration::from_secs_f64(result.recorder.interval_seconds());
    for (index, point) in result.recorder.points.iter().enumerate() {
        writer
            .write_histogram(&point.latency, interval * index as u32, interval, None)
            .map_err(|error| said(&error))?;
    }
    drop(writer);
    Ok(log)
}

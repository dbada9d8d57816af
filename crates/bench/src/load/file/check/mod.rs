//! What types alone do not refuse: numbers out of range, and numbers that a strategy does not have.

mod keys;
mod numbers;
mod operations;

use super::{Arrival, PolicyKind, Runtime, TrafficGroup, WorkloadFile};
use keys::check_keys;
use numbers::check_value_size;
use operations::{check_operations, check_protocol};

/// The most threads.
const MOST_THREADS: usize = 1024;

/// The most connections of a thread, and requests on their way on a connection.
const MOST: usize = 32_768;

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the key, with dots between the names.
    pub path: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// What a check returns.
pub type Checked = Result<(), Problem>;

fn problem(path: impl Into<String>, what: impl Into<String>) -> Checked {
    Err(Problem {
        path: path.into(),
        what: what.into(),
    })
}

/// Refuses what cannot be run.
///
/// # Errors
/// The first problem.
pub fn check(file: &WorkloadFile) -> Checked {
    if file.experiment.duration.0.is_zero() {
        return problem("experiment.duration", "duration must be more than 0");
    }
    if file.experiment.operations == Some(0) {
        return problem("experiment.operations", "operations must be at least 1");
    }
    if file.output.interval.0.as_millis() < 10 {
        return problem("output.interval", "interval must be at least 10ms");
    }
    if file.traffic_groups.is_empty() {
        return check_workload(file);
    }
    for (index, group) in file.traffic_groups.iter().enumerate() {
        check_group(&format!("traffic_groups.{index}"), group)?;
    }
    Ok(())
}

fn check_workload(file: &WorkloadFile) -> Checked {
    check_runtime(&file.runtime)?;
    check_keys("workload.keys", &file.workload.keys)?;
    check_value_size("workload.value_size", &file.workload.value_size)?;
    let operations = &file.workload.operations;
    check_operations("workload.operations", operations, file.protocol.kind)?;
    if operations.commands.is_empty() && operations.operation.is_none() {
        check_protocol(
            "protocol.operation",
            file.protocol.operation,
            file.protocol.kind,
        )?;
    }
    Ok(())
}

fn check_group(path: &str, group: &TrafficGroup) -> Checked {
    check_count(&format!("{path}.threads"), "threads", group.threads.len())?;
    check_threads(&format!("{path}.threads"), group.threads.len())?;
    let connections = group.connections_per_thread;
    let name = "connections_per_thread";
    check_count(&format!("{path}.{name}"), name, connections)?;
    let name = "max_pending_per_connection";
    check_count(
        &format!("{path}.{name}"),
        name,
        group.max_pending_per_connection,
    )?;
    let (policy, path_of_rate) = (&group.traffic_policy, format!("{path}.traffic_policy.rate"));
    if policy.kind != PolicyKind::ClosedLoop && policy.rate.is_none() {
        return problem(path_of_rate, "this type of traffic_policy needs a rate");
    }
    check_rate(&path_of_rate, policy.rate)?;
    let config = &group.protocol_config;
    check_keys(&format!("{path}.protocol_config.keys"), &config.keys)?;
    if let Some(size) = &config.value_size {
        check_value_size(&format!("{path}.protocol_config.value_size"), size)?;
    }
    let path = format!("{path}.protocol_config");
    if let Some(operations) = &config.operations {
        check_operations(&format!("{path}.operations"), operations, group.protocol)?;
    }
    for field in config.scan.iter().flat_map(|scan| &scan.fields) {
        if field.parse::<u32>().is_err() {
            return problem(
                format!("{path}.scan.fields"),
                format!("fields are numbers of columns, and \"{field}\" is none"),
            );
        }
    }
    check_protocol(&path, config.operation.unwrap_or_default(), group.protocol)
}

fn check_count(path: &str, name: &str, count: usize) -> Checked {
    match count {
        0 => problem(path, format!("{name} must be at least 1")),
        count if count > MOST => problem(path, format!("{name} can be {MOST} at most")),
        _ => Ok(()),
    }
}

fn check_threads(path: &str, threads: usize) -> Checked {
    match threads {
        threads if threads > MOST_THREADS => {
            problem(path, format!("there can be {MOST_THREADS} threads at most"))
        }
        _ => Ok(()),
    }
}

fn check_rate(path: &str, rate: Option<f64>) -> Checked {
    match rate {
        Some(rate) if !rate.is_finite() || rate <= 0.0 => {
            problem(path, "a rate must be more than 0")
        }
        _ => Ok(()),
    }
}

fn check_runtime(runtime: &Runtime) -> Checked {
    check_count("runtime.num_threads", "num_threads", runtime.num_threads)?;
    check_threads("runtime.num_threads", runtime.num_threads)?;
    let connections = runtime.connections_per_thread;
    check_count(
        "runtime.connections_per_thread",
        "connections_per_thread",
        connections,
    )?;
    check_count("runtime.pipeline", "pipeline", runtime.pipeline)?;
    check_rate("runtime.rate", runtime.rate)?;
    if runtime.arrival != Arrival::Uniform && runtime.rate.is_none() {
        let what = format!("arrival \"{}\" needs a rate", runtime.arrival.name());
        return problem("runtime.arrival", what);
    }
    if runtime.timeout.0.is_zero() {
        return problem("runtime.timeout", "timeout must be more than 0");
    }
    let shapes = [
        (Arrival::Ramp, runtime.ramp.is_some()),
        (Arrival::Spike, runtime.spike.is_some()),
        (Arrival::Sinusoidal, runtime.sinusoidal.is_some()),
        (Arrival::Sawtooth, runtime.sawtooth.is_some()),
    ];
    for (shape, said) in shapes {
        if said && runtime.arrival != shape {
            let name = shape.name();
            let what = format!("runtime.{name} is for arrival = \"{name}\"");
            return problem(format!("runtime.{name}"), what);
        }
    }
    check_rate(
        "runtime.ramp.to",
        runtime.ramp.as_ref().and_then(|ramp| ramp.to),
    )?;
    check_rate(
        "runtime.spike.rate",
        runtime.spike.as_ref().and_then(|spike| spike.rate),
    )?;
    check_rate(
        "runtime.sawtooth.to",
        runtime.sawtooth.as_ref().and_then(|saw| saw.to),
    )?;
    let amplitude = runtime.sinusoidal.as_ref().and_then(|sine| sine.amplitude);
    match (amplitude, runtime.rate) {
        (Some(amplitude), Some(rate)) if !(0.0..=rate).contains(&amplitude) => problem(
            "runtime.sinusoidal.amplitude",
            "amplitude must be from 0 to the rate, which cannot fall below 0",
        ),
        _ => Ok(()),
    }
}

//! The command line of a benchmark: names, each with a value, and what cargo adds; errors become one line and a status.

use std::process::ExitCode;

/// The names and their values.
pub fn pairs(given: impl IntoIterator<Item = String>) -> Result<Vec<(String, String)>, String> {
    let mut given = given.into_iter();
    let mut pairs = Vec::new();
    // What cargo passes to every benchmark has no value.
    while let Some(name) = given.find(|name| name != "--bench") {
        let value = given.next().ok_or(format!("{name} needs a value"))?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Reads a number.
pub fn number(name: &str, value: &str) -> Result<usize, String> {
    let parsed = value.parse().ok().filter(|number| *number > 0);
    parsed.ok_or(format!("{name}: not a number of at least 1: {value}"))
}

/// What the benchmark of this name ends with.
pub fn status(benchmark: &str, done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{benchmark}: {error}");
            ExitCode::from(2)
        }
    }
}

//! Names on the command line, and what they stand for.

use super::RunError;
use crate::contestants::{Entry, all};
use crate::scenarios::Scenario;
use crate::workloads::{Row, file_rows, generated_rows};

/// A row or a scenario.
#[derive(Clone, Debug)]
pub enum Selected {
    /// A row of the table of workloads.
    Row(Row),
    /// A scenario of the C++ test program.
    Scenario(Scenario),
}

/// All rows there are, without the scenarios.
fn table(file: bool) -> Vec<Row> {
    if file { file_rows() } else { generated_rows() }
}

/// The rows that `only` names, in its order: each by its own name, `all` for the whole table and all scenarios, `scenarios` for
/// those. Without a name the whole table.
///
/// # Errors
/// If a name is unknown.
pub fn rows(only: &[String], file: bool) -> Result<Vec<Selected>, RunError> {
    let mut selected = Vec::new();
    if only.is_empty() {
        selected.extend(table(file).into_iter().map(Selected::Row));
    }
    for name in only {
        if name == "all" {
            selected.extend(table(file).into_iter().map(Selected::Row));
        }
        let before = selected.len();
        selected.extend(
            table(file)
                .into_iter()
                .filter(|row| row.id == *name)
                .map(Selected::Row),
        );
        let named = |scenario: &Scenario| {
            scenario.names().0 == name || matches!(name.as_str(), "scenarios" | "all")
        };
        selected.extend(
            Scenario::ALL
                .into_iter()
                .filter(named)
                .map(Selected::Scenario),
        );
        if selected.len() == before {
            return Err(RunError::UnknownRow { name: name.clone() });
        }
    }
    Ok(selected)
}

/// The contestants that `only` names, in the order of the table; without a name all but the map under a mutex, which the one under
/// a reader-writer lock stands for.
///
/// # Errors
/// If a name is unknown.
pub fn maps(only: &[String]) -> Result<Vec<Entry>, RunError> {
    let all = all();
    if let Some(name) = only
        .iter()
        .find(|name| all.iter().all(|entry| entry.id != name.as_str()))
    {
        return Err(RunError::UnknownMap {
            name: name.clone(),
            known: all.iter().map(|entry| entry.id).collect(),
        });
    }
    let wanted = |entry: &Entry| {
        if only.is_empty() {
            entry.id != "mutex"
        } else {
            only.iter().any(|name| name == entry.id)
        }
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// The names and titles of all rows, then of the scenarios, then of the contestants.
#[must_use]
pub fn names() -> [Vec<(String, String)>; 3] {
    let rows = generated_rows()
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let scenarios = Scenario::ALL
        .map(|scenario| (scenario.names().0.to_owned(), scenario.names().1.to_owned()));
    let maps = all()
        .into_iter()
        .map(|entry| (entry.id.to_owned(), entry.title.to_owned()))
        .collect();
    [rows, scenarios.to_vec(), maps]
}

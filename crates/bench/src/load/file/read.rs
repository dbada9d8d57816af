//! From text to a [`WorkloadFile`], with the line of what is wrong.

use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use toml::Table;
use toml::de::{DeTable, DeValue};

use super::check::{Problem, check};
use super::nearest::clarify;
use super::overrides;
use super::{FileError, WorkloadFile};

/// The workload of `masstree bench` without a file.
const DEFAULT: &str = r#"# What `masstree bench` runs without a file.
[experiment]
name = "mixed"
description = "60 % get, 30 % set, 10 % remove on a million keys, zipfian with exponent 0.99"

[runtime]
num_threads = 2
connections_per_thread = 4
pipeline = 32

[workload.operations]
strategy = "weighted"

[[workload.operations.commands]]
name = "get"
weight = 0.6

[[workload.operations.commands]]
name = "set"
weight = 0.3

[[workload.operations.commands]]
name = "remove"
weight = 0.1

[workload.keys]
strategy = "zipfian"
exponent = 0.99
max = 1000000
"#;

/// A workload with the text that it was read from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's name, for messages.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The overrides, in their order.
    pub settings: Vec<String>,
    /// What it says.
    pub file: WorkloadFile,
}

impl Source {
    /// What is wrong with something that the text names, with the line where it does.
    pub(crate) fn wrong(&self, named: &str, what: String) -> FileError {
        let name = self.name.clone();
        match self.text.find(named) {
            Some(offset) => FileError::Line {
                name,
                line: line_at(&self.text, offset),
                what,
            },
            None => FileError::Whole { name, what },
        }
    }
}

/// Reads a file, and changes it by `settings`.
///
/// # Errors
/// If it cannot be read, is no TOML, or says something that is wrong; always with the line, where there is one.
pub fn read(path: &Path, settings: &[String]) -> Result<Source, FileError> {
    let text = fs::read_to_string(path).map_err(|because| FileError::Read {
        path: path.to_path_buf(),
        because,
    })?;
    from_text(&path.display().to_string(), &text, settings)
}

/// The workload that runs where no file is named, changed by `settings`.
///
/// # Errors
/// If a setting is wrong.
pub fn default_file(settings: &[String]) -> Result<Source, FileError> {
    from_text("the default workload", DEFAULT, settings)
}

/// Reads a file's text; `name` is for messages.
///
/// # Errors
/// As [`read`].
pub fn from_text(name: &str, text: &str, settings: &[String]) -> Result<Source, FileError> {
    let line = |span: Option<std::ops::Range<usize>>, what: String| FileError::Line {
        name: name.to_owned(),
        line: line_at(text, span.map_or(0, |span| span.start)),
        what,
    };
    let mut file: WorkloadFile =
        toml::from_str(text).map_err(|error| line(error.span(), clarify(error.message())))?;
    if settings.is_empty() {
        check(&file).map_err(|problem| place(name, text, problem))?;
    } else {
        file = overridden(text, settings)?;
        check(&file).map_err(|problem| blame(name, text, settings, problem))?;
    }
    Ok(Source {
        name: name.to_owned(),
        text: text.to_owned(),
        settings: settings.to_vec(),
        file,
    })
}

/// The file with all settings, read again after each, so that a wrong one is the one that is named.
fn overridden(text: &str, settings: &[String]) -> Result<WorkloadFile, FileError> {
    let mut table: Table = toml::from_str(text).unwrap_or_default();
    let mut file = WorkloadFile::default();
    for setting in settings {
        let wrong = |what: String| FileError::Override {
            setting: setting.clone(),
            what,
        };
        overrides::apply(&mut table, setting).map_err(wrong)?;
        file = WorkloadFile::deserialize(table.clone())
            .map_err(|error| wrong(clarify(error.message())))?;
    }
    Ok(file)
}

/// A problem of a file that was overridden: the setting of the same path is at fault, if there is one.
fn blame(name: &str, text: &str, settings: &[String], problem: Problem) -> FileError {
    let at_fault = settings.iter().rev().find(|setting| {
        let path = setting.split('=').next().unwrap_or_default();
        path.trim() == problem.path
    });
    match at_fault {
        Some(setting) => FileError::Override {
            setting: setting.clone(),
            what: problem.what,
        },
        None => place(name, text, problem),
    }
}

/// A problem with its line; that of the nearest table around it, if what is wrong is not written down.
fn place(name: &str, text: &str, problem: Problem) -> FileError {
    let name = name.to_owned();
    match find(text, &problem.path) {
        Some(offset) => FileError::Line {
            name,
            line: line_at(text, offset),
            what: problem.what,
        },
        None => FileError::Whole {
            name,
            what: problem.what,
        },
    }
}

/// Where the key of a path is in the text.
fn find(text: &str, path: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut found = None;
    let mut parts = path.split('.');
    let (key, value) = root.get_ref().get_key_value(parts.next()?)?;
    found.replace(key.span().start);
    let mut at = value;
    for part in parts {
        at = match at.get_ref() {
            DeValue::Table(table) => match table.get_key_value(part) {
                Some((key, value)) => {
                    found.replace(key.span().start);
                    value
                }
                None => return found,
            },
            DeValue::Array(array) => match array.get(part.parse::<usize>().ok()?) {
                Some(value) => {
                    found.replace(value.span().start);
                    value
                }
                None => return found,
            },
            _ => return found,
        };
    }
    found
}

/// The line of a byte, counted from one.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

/// The JSON Schema of workload files, made from the types.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(WorkloadFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

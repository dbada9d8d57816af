//! What came of a run: the exit status, the table, and the files.

use std::fs;
use std::path::{Path, PathBuf};

use super::LoadError;
use super::file::Format;
use super::report::{self, Report};

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// All there is to tell.
    pub report: Report,
    /// The forms that are wanted.
    pub formats: Vec<Format>,
    /// Where they go.
    pub(super) output: PathBuf,
    /// Histogram logs of the last run, by group.
    pub(super) logs: Vec<(String, Vec<u8>)>,
}

impl Outcome {
    /// The exit status; see [the module](super).
    #[must_use]
    pub fn status(&self) -> u8 {
        let groups = self.report.runs.iter().flat_map(|run| &run.groups);
        let rank = |status: &u8| match *status {
            0 => 10,
            // The gravest first; garbage before a closed connection, since it leads to one.
            3 => 0,
            4 => 1,
            6 => 2,
            5 => 3,
            other => other,
        };
        let worst = groups
            .map(|group| group.status)
            .min_by_key(rank)
            .unwrap_or(0);
        if worst == 0 && self.report.runs.iter().any(|run| run.interrupted) {
            return 130;
        }
        worst
    }

    /// The table, if it is wanted.
    #[must_use]
    pub fn table(&self, styled: bool) -> Option<String> {
        self.formats
            .contains(&Format::Table)
            .then(|| report::table(&self.report, styled))
    }

    /// Writes the other forms. Returns the files.
    ///
    /// # Errors
    /// [`LoadError::Report`] for the first that cannot be written.
    pub fn write(&self) -> Result<Vec<PathBuf>, LoadError> {
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let named = |ending: &str| self.output.with_extension(ending);
        for format in &self.formats {
            match format {
                Format::Table => {}
                Format::Json => {
                    let mut text = serde_json::to_vec_pretty(&self.report).unwrap_or_default();
                    text.push(b'\n');
                    files.push((named("json"), text));
                }
                Format::Csv => files.push((named("csv"), report::csv(&self.report).into_bytes())),
                Format::Html => {
                    files.push((named("html"), report::html(&self.report).into_bytes()))
                }
                Format::Hdr => {
                    for (group, log) in &self.logs {
                        let ending = match self.logs.len() {
                            1 => "hlog".to_owned(),
                            _ => format!("{}.hlog", safe(group)),
                        };
                        files.push((named(&ending), log.clone()));
                    }
                }
            }
        }
        let mut written = Vec::new();
        for (path, bytes) in files {
            fs::write(&path, bytes).map_err(|error| LoadError::Report {
                path: path.display().to_string(),
                what: format!("cannot write it: {error}"),
            })?;
            written.push(path);
        }
        Ok(written)
    }
}

/// A name as it may stand in that of a file.
fn safe(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

/// Reads a report that was written as JSON.
///
/// # Errors
/// [`LoadError::Report`] if it cannot be read or is none.
pub fn read_report(path: &Path) -> Result<Report, LoadError> {
    let failed = |what: String| LoadError::Report {
        path: path.display().to_string(),
        what,
    };
    let text =
        fs::read_to_string(path).map_err(|error| failed(format!("cannot read it: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| failed(format!("no report of masstree bench: {error}")))
}

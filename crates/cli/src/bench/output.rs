//! Where the results go.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use masstree_bench::load::Outcome;
use masstree_bench::load::report::{csv, html};

/// The page of a run that names no file for it, in the system's directory for temporary files.
const PAGE: &str = "masstree-bench.html";

/// Which files are to be written, beside those that the workload names.
#[derive(Debug, Args)]
pub struct Output {
    /// Write the results as JSON to FILE, or to standard output instead of the table with `-`
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a row for each operation to FILE
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the results as one page with plots to FILE
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Output {
    /// Prints the table and writes the files. Without a file for the page, it is put where the next run replaces it, and the place is told.
    pub fn give(&self, outcome: &Outcome) -> anyhow::Result<()> {
        let as_json = || serde_json::to_string_pretty(&outcome.report).map(|text| text + "\n");
        if self.json.as_deref() == Some(Path::new("-")) {
            print(&as_json()?)?;
        } else {
            if let Some(table) = outcome.table(is_styled()) {
                print(&table)?;
            }
            if let Some(path) = &self.json {
                write(path, &as_json()?)?;
            }
        }
        if let Some(path) = &self.csv {
            write(path, &csv(&outcome.report))?;
        }
        let mut told: Vec<PathBuf> = outcome.write()?;
        self.page(|| html(&outcome.report))?;
        if self.html.is_none()
            && !told
                .iter()
                .any(|path| path.extension().is_some_and(|ending| ending == "html"))
        {
            let path = std::env::temp_dir().join(PAGE);
            // It was not asked for: that it cannot be written is no error.
            if fs::write(&path, html(&outcome.report)).is_ok() {
                told.push(path);
            }
        }
        for path in told {
            eprintln!("report: {}", path.display());
        }
        Ok(())
    }

    /// Writes the page, if one is asked for.
    pub fn page(&self, make: impl FnOnce() -> String) -> anyhow::Result<()> {
        self.html
            .as_deref()
            .map_or(Ok(()), |path| write(path, &make()))
    }
}

/// Whether standard output is for eyes that want emphasis.
fn is_styled() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints, and passes on that nobody reads.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

//! What can be wrong with a workload file: one line that says where, what, and what would be right.

use std::io;
use std::path::PathBuf;

/// Why a workload file is not run.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {because}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        because: io::Error,
    },
    /// A line of it is wrong.
    #[error("{name}:{line}: {what}")]
    Line {
        /// The file's name.
        name: String,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// What it says, or leaves to a default, is wrong as a whole.
    #[error("{name}: {what}")]
    Whole {
        /// The file's name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// An override from the command line is wrong.
    #[error("--set {setting}: {what}")]
    Override {
        /// The override.
        setting: String,
        /// What is wrong with it.
        what: String,
    },
}

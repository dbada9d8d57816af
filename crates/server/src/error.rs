//! Why a server did not start, or did not end well.

use std::io;
use std::path::PathBuf;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is nothing to accept from.
    #[error("no address to listen on")]
    NoListener,
    /// A choice that cannot be.
    #[error("{what} must be {wanted}")]
    Config {
        /// The option.
        what: &'static str,
        /// What it can be.
        wanted: &'static str,
    },
    /// A listener cannot be used.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
    /// A thread, or what it waits with, could not be made.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// A file for TLS cannot be used.
    #[error("{}: {why}", path.display())]
    TlsFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Certificate and key do not serve together.
    #[error("TLS: {why}")]
    Tls {
        /// What is wrong with them.
        why: String,
    },
}

/// What went wrong when a server ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The last sync failed.
    #[error("the store could not be synced: {0}")]
    Store(#[from] masstree_store::Error),
    /// A thread of the server has panicked, which is a fault of the server.
    #[error("the thread \"{thread}\" has panicked")]
    Panicked {
        /// The thread's name.
        thread: String,
    },
}

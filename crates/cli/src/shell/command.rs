//! What can be typed into the shell: the commands that ask one thing, transactions, and a few of its own.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::escape::{Bytes, bytes};
use crate::{checkpoint, get, ping, put, remove, replace, scan, stats};

/// A line.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, name = "", disable_version_flag = true)]
pub struct Line {
    #[command(subcommand)]
    pub command: Command,
}

/// Its command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a row, or some of its columns
    Get(get::Arguments),
    /// Set columns of a row
    Put(put::Arguments),
    /// Make a row one column
    Replace(replace::Arguments),
    /// Remove a row
    Remove(remove::Arguments),
    /// Print rows in order
    Scan(scan::Arguments),
    /// Set a row of one column if it is as expected
    Cas(CasArguments),
    /// Begin a transaction
    Begin(BeginArguments),
    /// Make the transaction's changes visible
    Commit,
    /// Forget the transaction's changes
    Abort,
    /// Start a checkpoint
    Checkpoint(checkpoint::Arguments),
    /// Wait until everything acknowledged is on disk
    Sync,
    /// Measure a round trip
    Ping(ping::Arguments),
    /// Print what the server counts
    Stats(stats::Arguments),
    /// Print how long each command takes, or do not
    Timing(TimingArguments),
    /// Leave; Ctrl-D does so as well
    #[command(alias = "quit")]
    Exit,
}

/// Of `cas`.
#[derive(Debug, Args)]
pub struct CasArguments {
    /// The key; bytes as \xNN
    #[arg(value_parser = bytes())]
    pub key: Bytes,
    /// What must be there; without it, nothing
    #[arg(long, value_name = "VALUE", value_parser = bytes())]
    pub expect: Option<Bytes>,
    /// What shall be there; without it, nothing
    #[arg(long, value_name = "VALUE", value_parser = bytes())]
    pub new: Option<Bytes>,
}

/// Of `begin`.
#[derive(Debug, Args)]
pub struct BeginArguments {
    /// As if transactions ran one after the other
    #[arg(long)]
    pub serializable: bool,
    /// Only reads
    #[arg(long)]
    pub read_only: bool,
}

/// Of `timing`.
#[derive(Debug, Args)]
pub struct TimingArguments {
    /// Whether to print it; the other of the two if left out
    pub switch: Option<Switch>,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

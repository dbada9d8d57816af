//! The program `masstree`. Each command is a file; this one parses the command line and turns an error into one line and an exit status.
#![forbid(unsafe_code)]

mod ask;
mod bench;
mod checkpoint;
mod completions;
mod connect;
mod directory;
mod escape;
mod export;
mod get;
mod import;
mod inspect;
mod log;
mod maps;
mod output;
mod ping;
mod progress;
mod put;
mod records;
mod remove;
mod replace;
mod salvage;
mod scan;
mod serve;
mod shell;
mod size;
mod stats;
mod token;
mod units;
mod verify;

use std::io;
use std::process::ExitCode;

use ask::Asking;
use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An ordered key-value server with transactions, and the maps that it stands on.
#[derive(Debug, Parser)]
#[command(name = "masstree", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a data directory, or memory alone
    Serve(Box<serve::Arguments>),
    /// Read a row, or some of its columns
    Get(Asking<get::Arguments>),
    /// Set columns of a row
    Put(Asking<put::Arguments>),
    /// Make a row one column
    Replace(Asking<replace::Arguments>),
    /// Remove a row
    Remove(Asking<remove::Arguments>),
    /// Print rows in order
    Scan(Asking<scan::Arguments>),
    /// Start a checkpoint
    Checkpoint(Asking<checkpoint::Arguments>),
    /// Measure a round trip to the server
    Ping(Asking<ping::Arguments>),
    /// Print what the server counts
    Stats(Asking<stats::Arguments>),
    /// Give commands one after the other, with transactions
    Shell(shell::Arguments),
    /// Store the rows of a file
    Import(import::Arguments),
    /// Write rows to a file
    Export(export::Arguments),
    /// Read every byte of a data directory and tell what is wrong with it
    Verify(verify::Arguments),
    /// Save what can be read of a damaged data directory into a new one
    Salvage(salvage::Arguments),
    /// Show what is in a data directory
    Inspect(inspect::Arguments),
    /// Run a workload against a server, and report what it was like
    Bench(bench::Arguments),
    /// Compare the ordered maps with their peers: a table, JSON, a page
    Maps(maps::Arguments),
    /// Write the completions of a shell to standard output
    Completions(completions::Arguments),
    /// Measure one map's memory; `maps` starts this in processes of their own
    #[command(name = maps::PROBE, hide = true)]
    MemoryProbe(maps::ProbeArguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Get(arguments) => ask::run(&arguments),
        Command::Put(arguments) => ask::run(&arguments),
        Command::Replace(arguments) => ask::run(&arguments),
        Command::Remove(arguments) => ask::run(&arguments),
        Command::Scan(arguments) => ask::run(&arguments),
        Command::Checkpoint(arguments) => ask::run(&arguments),
        Command::Ping(arguments) => ask::run(&arguments),
        Command::Stats(arguments) => ask::run(&arguments),
        Command::Shell(arguments) => shell::run(arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Salvage(arguments) => salvage::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Maps(arguments) => maps::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::MemoryProbe(arguments) => maps::probe(&arguments),
    };
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        let text = format!("{error:#}").replace('\n', " ");
        eprintln!("masstree: {text}");
        ExitCode::from(2)
    })
}

/// Whether it is only that whoever reads the output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.root_cause().downcast_ref::<io::Error>();
    let is_own = !error
        .chain()
        .any(|cause| cause.is::<masstree_client::Error>());
    is_own && io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}

//! The program `masstree`. Each command is a file; this one parses the command line and turns an error into one line and an exit status.
#![forbid(unsafe_code)]

mod completions;
mod maps;
mod size;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An ordered map of byte keys, and what it is good for.
#[derive(Debug, Parser)]
#[command(name = "masstree", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the ordered maps with their peers: a table, JSON, a page.
    Maps(maps::Arguments),
    /// Write the completions of a shell to standard output.
    Completions(completions::Arguments),
    /// Measure one map's memory; `maps` starts this in processes of their own.
    #[command(name = maps::PROBE, hide = true)]
    MemoryProbe(maps::ProbeArguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Maps(arguments) => maps::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::MemoryProbe(arguments) => maps::probe(&arguments),
    };
    result.unwrap_or_else(|error| {
        eprintln!("masstree: {error:#}");
        ExitCode::from(2)
    })
}

//! Commands that ask a server one thing. The shell has the same ones, on a connection that stays.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Args;
use masstree_client::blocking::Connection;

use crate::connect;
use crate::output::{Found, Output};

/// Asks a server one thing and prints the answer.
pub trait Ask {
    /// Does so.
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found>;
}

/// The command line of a command that asks one thing.
#[derive(Debug, Args)]
pub struct Asking<A: Args> {
    #[command(flatten)]
    what: A,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: connect::Arguments,
}

/// Connects and asks. Exits with 1 if there is no such key.
pub fn run<A: Args + Ask>(arguments: &Asking<A>) -> anyhow::Result<ExitCode> {
    let server = arguments.server.connection()?;
    let mut out = Output::new(BufWriter::new(io::stdout().lock()), arguments.json);
    let found = arguments.what.ask(&server, &mut out)?;
    out.flush()?;
    Ok(match found {
        Found::Yes => ExitCode::SUCCESS,
        Found::No => ExitCode::FAILURE,
    })
}

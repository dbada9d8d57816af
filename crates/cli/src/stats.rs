//! `masstree stats`.

use std::io::Write;

use clap::Args;
use masstree_client::blocking::{Commands as _, Connection};

use crate::ask::Ask;
use crate::output::{Found, Output};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        out.stats(&server.stats()?)?;
        Ok(Found::Yes)
    }
}

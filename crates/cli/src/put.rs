//! `masstree put KEY COL=VALUE…`.

use std::io::Write;

use clap::Args;
use masstree_client::blocking::{Commands as _, Connection};

use crate::ask::Ask;
use crate::escape::{Assignment, Bytes, assignment, bytes};
use crate::output::{Found, Output};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The key; bytes as \xNN
    #[arg(value_parser = bytes())]
    key: Bytes,
    /// Columns and their values; other columns of the row stay
    #[arg(value_name = "COL=VALUE", required = true, value_parser = assignment())]
    changes: Vec<Assignment>,
}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        let changes: Vec<(usize, &[u8])> = self
            .changes
            .iter()
            .map(|change| (change.column, &change.value[..]))
            .collect();
        let written = server.put(&self.key.0, &changes)?;
        out.written(&self.key.0, written)?;
        Ok(Found::Yes)
    }
}

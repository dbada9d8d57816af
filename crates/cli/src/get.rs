//! `masstree get KEY [COL…]`.

use std::io::Write;

use clap::Args;
use masstree_client::blocking::{Commands as _, Connection};

use crate::ask::Ask;
use crate::escape::{Bytes, bytes};
use crate::output::{Found, Output};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The key; bytes as \xNN
    #[arg(value_parser = bytes())]
    key: Bytes,
    /// Only these columns; one that the row does not have is printed as \N
    #[arg(value_name = "COL")]
    columns: Vec<usize>,
}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        let row = server.get_columns(&self.key.0, &self.columns)?;
        out.row(&self.key.0, row.as_ref())?;
        Ok(row.is_some().into())
    }
}

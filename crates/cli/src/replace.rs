//! `masstree replace KEY VALUE`.

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
    /// The value, which becomes the row's only column
    #[arg(value_parser = bytes())]
    value: Bytes,
}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        let written = server.replace(&self.key.0, &self.value.0)?;
        out.written(&self.key.0, written)?;
        Ok(Found::Yes)
    }
}

//! `masstree remove KEY`.

use std::io::Write;

use clap::Args;
use masstree_client::blocking::{Commands as _, Connection};
use serde_json::json;

use crate::ask::Ask;
use crate::escape::{Bytes, bytes, escape};
use crate::output::{Found, Output};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The key; bytes as \xNN
    #[arg(value_parser = bytes())]
    key: Bytes,
}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        let removed = server.remove(&self.key.0)?;
        let word = if removed { "removed" } else { "no such key" };
        out.say(
            word,
            json!({"key": escape(&self.key.0), "removed": removed}),
        )?;
        Ok(removed.into())
    }
}

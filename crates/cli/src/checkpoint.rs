//! `masstree checkpoint`.

use std::io::Write;

use clap::Args;
use masstree_client::blocking::{Commands as _, Connection};
use serde_json::json;

use crate::ask::Ask;
use crate::output::{Found, Output};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        server.checkpoint()?;
        out.say("started", json!({"checkpoint": "started"}))?;
        Ok(Found::Yes)
    }
}

//! `masstree ping`.

use std::io::Write;
use std::time::Instant;

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
        let started = Instant::now();
        server.ping()?;
        let ms = started.elapsed().as_secs_f64() * 1e3;
        let rounded = (ms * 1e3).round() / 1e3;
        out.say(format_args!("pong in {rounded} ms"), json!({"ms": rounded}))?;
        Ok(Found::Yes)
    }
}

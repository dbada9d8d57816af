//! `masstree scan [FROM]`.

use std::io::Write;

use clap::Args;
use masstree_client::Query;
use masstree_client::blocking::{Commands as _, Connection};

use crate::ask::Ask;
use crate::escape::{Bytes, bytes};
use crate::output::{Found, Output};

/// Rows fetched at a time.
const PAGE: u64 = 1024;

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The lowest key, inclusive; bytes as \xNN
    #[arg(value_parser = bytes())]
    from: Option<Bytes>,
    #[command(flatten)]
    bounds: Bounds,
    /// Print at most N rows
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// In descending order; FROM and --to mean the same
    #[arg(long)]
    reverse: bool,
    /// Only these columns, as 0,2
    #[arg(
        long,
        value_name = "COL,COL",
        value_delimiter = ',',
        conflicts_with = "keys_only"
    )]
    columns: Vec<usize>,
    /// Keys without their rows
    #[arg(long)]
    keys_only: bool,
}

/// Which rows, but for the lowest key; `export` has them as well.
#[derive(Debug, Args)]
pub struct Bounds {
    /// Where to stop, exclusive: above all keys
    #[arg(long, value_name = "KEY", value_parser = bytes())]
    to: Option<Bytes>,
    /// Only keys that begin so
    #[arg(long, value_name = "KEY", value_parser = bytes())]
    prefix: Option<Bytes>,
}

impl Bounds {
    /// As a query.
    pub fn query(&self, from: Option<&Bytes>) -> Query {
        let mut query = Query::all().page(PAGE);
        if let Some(Bytes(from)) = from {
            query = query.from(from.clone());
        }
        if let Some(Bytes(to)) = &self.to {
            query = query.to(to.clone());
        }
        if let Some(Bytes(prefix)) = &self.prefix {
            query = query.with_prefix(prefix.clone());
        }
        query
    }

    /// Whether there are none.
    pub fn is_all(&self) -> bool {
        self.to.is_none() && self.prefix.is_none()
    }
}

impl Ask for Arguments {
    fn ask(&self, server: &Connection, out: &mut Output<impl Write>) -> anyhow::Result<Found> {
        let query = self.bounds.query(self.from.as_ref());
        let mut query = query.columns(self.columns.clone());
        if self.reverse {
            query = query.reverse();
        }
        if self.keys_only {
            query = query.keys_only();
        }
        if let Some(limit) = self.limit {
            query = query.limit(limit);
        }
        for entry in server.scan(query) {
            let entry = entry?;
            out.entry(&entry.key, (!self.keys_only).then_some(&entry.row))?;
        }
        Ok(Found::Yes)
    }
}

//! The options of `masstree serve`. None has a default here, so that a file can stand between the command line and the defaults.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use masstree_protocol::Miss;
use masstree_store::Durability;

use crate::units::{size, time};

/// The command line.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the data is kept; without it, in memory alone
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Take options from FILE as well: the same names, and `dir`; the command line comes first
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub choices: Choices,
}

/// What can be chosen, on the command line and in a file.
#[derive(Debug, Default, Args)]
pub struct Choices {
    /// Listen here; repeatable, port 0 for any that is free [default: 127.0.0.1:2117]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<String>,
    /// Threads that serve [default: as many as cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZero<usize>>,
    /// What an acknowledged write survives: none, interval (a crash of the process), interval=TIME, always (a crash of the machine) [default: interval=100ms]
    #[arg(long, value_name = "WHAT", value_parser = durability)]
    pub durability: Option<Durability>,
    /// Take a checkpoint after so much log [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub checkpoint_log: Option<usize>,
    /// Take a checkpoint after this time, if there is anything new
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub checkpoint_every: Option<Duration>,
    /// Keep replaced versions for this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub history: Option<Duration>,
    /// How long a transaction may read its snapshot
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub max_snapshot: Option<Duration>,
    /// Refuse writes that need more memory than this
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<usize>,
    /// Longest key, at most 64KiB [default: 1KiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_key: Option<usize>,
    /// Longest value of a column [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_value: Option<usize>,
    /// Most columns of a row [default: 1024]
    #[arg(long, value_name = "N")]
    pub max_columns: Option<usize>,
    /// Longest request [default: 32MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_message: Option<usize>,
    /// With more unread output than this a client is not read from [default: 16MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_output: Option<usize>,
    /// Longest reply [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_reply: Option<usize>,
    /// What a transaction may have read and written [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_transaction: Option<usize>,
    /// Most connections at a time [default: 16384]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<usize>,
    /// Close a connection that has made no progress with something unfinished for so long [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub idle_timeout: Option<Duration>,
    /// Close a connection without a handshake after so long [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub handshake_timeout: Option<Duration>,
    /// Demand the token in FILE from every client
    #[arg(long, value_name = "FILE")]
    pub auth_token_file: Option<PathBuf>,
    /// Speak TLS with this certificate
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Answer the handshake and reads of missing keys as another server does
    #[arg(long, value_enum)]
    pub compat: Option<Compat>,
    /// How a read of a missing key is answered [default: code]
    #[arg(long, value_enum)]
    pub miss: Option<Missing>,
    /// Serve metrics for Prometheus here
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<String>,
    /// What to log: error, warn, info, debug, trace [default: RUST_LOG, or else info]
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<String>,
}

/// A server to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compat {
    /// The C++ server, `mtd`
    Mtd,
}

/// An answer to a read of a missing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// The code -2
    Code,
    /// Nothing, as mtclient needs it
    Empty,
    /// The request, as the C++ server does
    Echo,
}

impl From<Missing> for Miss {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Code => Self::Code,
            Missing::Empty => Self::Empty,
            Missing::Echo => Self::Echo,
        }
    }
}

/// Reads `none`, `interval`, `interval=100ms` or `always`.
fn durability(text: &str) -> Result<Durability, String> {
    match text.split_once('=') {
        None if text == "none" => Ok(Durability::None),
        None if text == "interval" => Ok(Durability::default()),
        None if text == "always" => Ok(Durability::Always),
        Some(("interval", interval)) => time(interval).map(Durability::Interval),
        _ => Err("give none, interval, interval=100ms or always".to_owned()),
    }
}

impl Choices {
    /// These, and where nothing was chosen, those of `other`.
    pub fn or(self, other: Self) -> Self {
        Self {
            listen: if self.listen.is_empty() {
                other.listen
            } else {
                self.listen
            },
            threads: self.threads.or(other.threads),
            durability: self.durability.or(other.durability),
            checkpoint_log: self.checkpoint_log.or(other.checkpoint_log),
            checkpoint_every: self.checkpoint_every.or(other.checkpoint_every),
            history: self.history.or(other.history),
            max_snapshot: self.max_snapshot.or(other.max_snapshot),
            max_memory: self.max_memory.or(other.max_memory),
            max_key: self.max_key.or(other.max_key),
            max_value: self.max_value.or(other.max_value),
            max_columns: self.max_columns.or(other.max_columns),
            max_message: self.max_message.or(other.max_message),
            max_output: self.max_output.or(other.max_output),
            max_reply: self.max_reply.or(other.max_reply),
            max_transaction: self.max_transaction.or(other.max_transaction),
            max_connections: self.max_connections.or(other.max_connections),
            idle_timeout: self.idle_timeout.or(other.idle_timeout),
            handshake_timeout: self.handshake_timeout.or(other.handshake_timeout),
            auth_token_file: self.auth_token_file.or(other.auth_token_file),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            compat: self.compat.or(other.compat),
            miss: self.miss.or(other.miss),
            metrics: self.metrics.or(other.metrics),
            log: self.log.or(other.log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durabilities() {
        assert_eq!(durability("none"), Ok(Durability::None));
        assert_eq!(durability("always"), Ok(Durability::Always));
        let second = Durability::Interval(Duration::from_secs(1));
        assert_eq!(durability("interval=1s"), Ok(second));
        for wrong in ["", "sometimes", "always=1s", "interval=", "interval=0s"] {
            assert!(durability(wrong).is_err(), "{wrong}");
        }
    }
}

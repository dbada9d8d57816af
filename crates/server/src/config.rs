//! How a server is to be.

use std::net::TcpListener;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use masstree_protocol::{Limits, Miss, limits};

use crate::error::StartError;
use crate::token::Token;

/// Limits and choices of a server. All limits are inclusive, all sizes in bytes.
#[derive(Debug)]
pub struct Config {
    /// Worker threads; all cores by default.
    pub threads: Option<NonZero<usize>>,
    /// Longest key, at most 64 KiB; the store's own limit should be no less. Default 1024.
    pub max_key: usize,
    /// Longest value of one column. Default 16 MiB.
    pub max_value: usize,
    /// Columns run from 0 to one less than this. Default 1024.
    pub max_columns: usize,
    /// Longest request. Default 32 MiB.
    pub max_message: usize,
    /// With more output than this that a client has not taken, it is not read from. Default 16 MiB.
    pub max_output: usize,
    /// Longest reply. Default 64 MiB.
    pub max_reply: usize,
    /// What a transaction may have written and read, as it is kept in memory. Default 64 MiB.
    pub max_transaction: usize,
    /// Connections at a time; more are told so and closed. Default 16,384.
    pub max_connections: usize,
    /// How long a client may take for its handshake. Default 10 s.
    pub handshake_timeout: Duration,
    /// How long a client may let a message unfinished, or output unread, without any progress. Default 60 s.
    pub idle_timeout: Duration,
    /// How long connections may take to get their last replies when the server ends. Default 10 s.
    pub shutdown_timeout: Duration,
    /// What clients must send in their handshake; nothing by default.
    pub auth_token: Option<Token>,
    /// Serves TLS, and nothing else; off by default.
    pub tls: Option<Tls>,
    /// Greets as the C++ server does. Answers to missing keys are then [`Miss::Echo`], unless `miss` is set to [`Miss::Empty`].
    pub compat_mtd: bool,
    /// How a GET of a key that is not there is answered.
    pub miss: Miss,
    /// Where metrics are served, at `/metrics`; not at all by default.
    pub metrics: Option<TcpListener>,
}

/// Files in PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, with those that vouch for it behind it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            threads: None,
            max_key: limits.max_key,
            max_value: limits.max_value,
            max_columns: limits.max_columns,
            max_message: limits.max_message,
            max_output: 16 << 20,
            max_reply: 64 << 20,
            max_transaction: 64 << 20,
            max_connections: 16_384,
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            shutdown_timeout: Duration::from_secs(10),
            auth_token: None,
            tls: None,
            compat_mtd: false,
            miss: Miss::default(),
            metrics: None,
        }
    }
}

impl Config {
    /// What the decoder takes.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_message: self.max_message,
            max_key: self.max_key,
            max_value: self.max_value,
            max_columns: self.max_columns,
            ..Limits::default()
        }
    }

    /// How a missing key is answered.
    pub(crate) fn miss(&self) -> Miss {
        match self.miss {
            Miss::Code if self.compat_mtd => Miss::Echo,
            miss => miss,
        }
    }

    /// Refuses what cannot be.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if self.max_key > limits::LONGEST_KEY {
            return Err(StartError::Config {
                what: "max-key",
                wanted: "at most 64 KiB",
            });
        }
        // Columns are numbered by 32 bits at most where rows are kept.
        if self.max_columns == 0 || u32::try_from(self.max_columns).is_err() {
            return Err(StartError::Config {
                what: "max-columns",
                wanted: "at least 1 and below 2^32",
            });
        }
        if self.max_connections == 0 {
            return Err(StartError::Config {
                what: "max-connections",
                wanted: "at least 1",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compat_answers_missing_keys_as_the_cpp_server_unless_told_otherwise() {
        let miss = |compat_mtd, miss| {
            Config {
                compat_mtd,
                miss,
                ..Config::default()
            }
            .miss()
        };
        assert_eq!(miss(false, Miss::Code), Miss::Code);
        assert_eq!(miss(true, Miss::Code), Miss::Echo);
        assert_eq!(miss(true, Miss::Empty), Miss::Empty);
        assert_eq!(miss(false, Miss::Echo), Miss::Echo);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut config = Config::default();
        assert!(config.check().is_ok());
        config.max_key = limits::LONGEST_KEY + 1;
        assert!(config.check().is_err());
        config.max_key = limits::LONGEST_KEY;
        assert!(config.check().is_ok());
        config.max_connections = 0;
        assert!(config.check().is_err());
    }
}

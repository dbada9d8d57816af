//! `masstree serve [DIR]`.

mod arguments;
mod config;
mod open;
mod signals;

pub use arguments::Arguments;
pub use config::first_line;

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use arguments::{Choices, Compat};
use masstree_server::{Config, Server, Tls, Token};

use crate::log;
use crate::token;

/// Where to listen if nothing is said.
const LISTEN: &str = "127.0.0.1:2117";

/// Room for what a message holds beside its value.
const BESIDE_VALUE: usize = 128 << 10;

/// Serves until a signal comes.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let file = arguments.config.as_deref().map(config::read);
    let file = file.transpose()?.unwrap_or_default();
    let directory = arguments.directory.or(file.directory);
    let choices = arguments.choices.or(file.choices);
    log::start(choices.log.as_deref())?;
    let signals = signals::Watch::start().context("cannot wait for signals")?;

    let config = server_config(&choices)?;
    // Before recovery, which may take a while: an address in use is told at once.
    let listeners = listeners(&choices)?;
    let store = open::store(directory.as_deref(), &choices)?;
    let server = Server::start(store, listeners, config)?;
    signals.guard(server.shutdown_handle());
    announce(&server, &choices, directory.as_deref());
    server.wait()?;
    tracing::info!("ended");
    Ok(ExitCode::SUCCESS)
}

/// Says where the server listens: each address a line on standard output, the rest to the log.
fn announce(server: &Server, choices: &Choices, directory: Option<&Path>) {
    let mut out = io::stdout().lock();
    for address in server.addresses() {
        // That nobody reads it is no reason not to serve.
        let _ = writeln!(out, "listening on {address}");
        if !address.ip().is_loopback() && choices.auth_token_file.is_none() {
            tracing::warn!(
                "{address} can be reached from outside, and no token is demanded; give --auth-token-file"
            );
        }
    }
    let _ = out.flush();
    if let Some(address) = server.metrics_address() {
        tracing::info!("metrics at http://{address}/metrics");
    }
    match directory {
        Some(directory) => tracing::info!("data in {}", directory.display()),
        None => tracing::info!("data in memory alone; give a directory to keep it"),
    }
}

fn listeners(choices: &Choices) -> anyhow::Result<Vec<TcpListener>> {
    let addresses: Vec<&str> = match &choices.listen[..] {
        [] => vec![LISTEN],
        listen => listen.iter().map(String::as_str).collect(),
    };
    let bound = addresses.iter().map(|address| bind(address, "--listen"));
    bound.collect()
}

fn bind(address: &str, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("cannot listen on {address} ({option} takes another address, as 127.0.0.1:0 for any free port)")
    })
}

/// What the server is told.
fn server_config(choices: &Choices) -> anyhow::Result<Config> {
    let mut config = Config {
        threads: choices.threads,
        compat_mtd: choices.compat == Some(Compat::Mtd),
        ..Config::default()
    };
    for (choice, limit) in [
        (choices.max_key, &mut config.max_key),
        (choices.max_value, &mut config.max_value),
        (choices.max_columns, &mut config.max_columns),
        (choices.max_output, &mut config.max_output),
        (choices.max_reply, &mut config.max_reply),
        (choices.max_transaction, &mut config.max_transaction),
        (choices.max_connections, &mut config.max_connections),
    ] {
        *limit = choice.unwrap_or(*limit);
    }
    // A value that may be stored can also be sent, unless told otherwise.
    let needed = config.max_value.saturating_add(BESIDE_VALUE);
    config.max_message = choices
        .max_message
        .unwrap_or_else(|| config.max_message.max(needed));
    if let Some(time) = choices.idle_timeout {
        config.idle_timeout = time;
    }
    if let Some(time) = choices.handshake_timeout {
        config.handshake_timeout = time;
    }
    if let Some(missing) = choices.miss {
        config.miss = missing.into();
    }
    if let Some(path) = &choices.auth_token_file {
        config.auth_token = Some(Token::new(token::read(path)?));
    }
    config.tls = match (&choices.tls_cert, &choices.tls_key) {
        (Some(cert), Some(key)) => Some(Tls {
            cert: cert.clone(),
            key: key.clone(),
        }),
        (None, None) => None,
        _ => bail!("TLS needs both --tls-cert and --tls-key"),
    };
    if let Some(address) = &choices.metrics {
        config.metrics = Some(bind(address, "--metrics")?);
    }
    Ok(config)
}

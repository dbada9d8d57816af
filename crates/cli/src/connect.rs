//! How the commands reach a server.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use masstree_client::blocking::{Client, Connection};
use masstree_client::{Error, Options, Tls};

use crate::token;
use crate::units::time;

/// The port if none is given.
const PORT: u16 = 2117;

/// The command line.
#[derive(Clone, Debug, Args)]
// The group would have the name of the command's own.
#[group(skip)]
pub struct Arguments {
    /// The server
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:2117",
        help_heading = "Server"
    )]
    connect: String,
    /// The file with the token that the server wants
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    auth_token_file: Option<PathBuf>,
    /// Speak TLS, and trust the certificates in FILE and those that they vouch for
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    tls_ca: Option<PathBuf>,
    /// The name in the server's certificate, if it is not HOST
    #[arg(
        long,
        value_name = "NAME",
        requires = "tls_ca",
        help_heading = "Server"
    )]
    tls_name: Option<String>,
    /// How long to wait for the server
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time, help_heading = "Server")]
    timeout: Duration,
}

impl Arguments {
    /// Connects.
    pub fn connection(&self) -> anyhow::Result<Connection> {
        let (address, options) = (self.address(), self.options()?);
        Connection::connect(&address, &options).map_err(|error| advise(error, &address))
    }

    /// Connects, with transactions.
    pub fn client(&self) -> anyhow::Result<Client> {
        let (address, options) = (self.address(), self.options()?);
        Client::connect(&address, options).map_err(|error| advise(error, &address))
    }

    /// Host and port.
    fn address(&self) -> String {
        let has_port = self
            .connect
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if has_port {
            self.connect.clone()
        } else {
            format!("{}:{PORT}", self.connect)
        }
    }

    fn options(&self) -> anyhow::Result<Options> {
        let mut options = Options::default()
            .connect_timeout(self.timeout.min(Duration::from_secs(10)))
            .request_timeout(self.timeout);
        if let Some(path) = &self.auth_token_file {
            options = options.token(token::read(path)?);
        }
        if let Some(file) = &self.tls_ca {
            let tls = Tls::with_ca(file);
            options = options.tls(match &self.tls_name {
                Some(name) => tls.server_name(name),
                None => tls,
            });
        }
        Ok(options)
    }
}

/// Adds what can be done about a failure to connect.
fn advise(error: Error, address: &str) -> anyhow::Error {
    let advice = match &error {
        Error::Connect { .. } => "is the server running there? `masstree serve` starts one",
        Error::Unwelcome { why } if why.contains("token") => {
            "give the server's token with --auth-token-file"
        }
        Error::Unwelcome { why } if why.contains("TLS") => {
            "give the server's certificate with --tls-ca"
        }
        Error::Lost { .. } => "is it a Masstree server, and does it speak TLS (--tls-ca)?",
        _ => return anyhow::Error::new(error).context(address.to_owned()),
    };
    match error {
        Error::Connect { .. } => anyhow::anyhow!("{error}; {advice}"),
        error => anyhow::anyhow!("{address}: {error}; {advice}"),
    }
}

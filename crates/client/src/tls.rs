//! From the options to what rustls needs, for both front ends.

use crate::error::Error;
use crate::options::Tls;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Whom to trust, and whom to expect.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

impl Trust {
    /// Reads the file of certificates. `address` is host and port.
    pub(crate) fn read(tls: &Tls, address: &str) -> Result<Self, Error> {
        let file = tls.ca.display();
        let bad = |why: &dyn std::fmt::Display| Error::Tls(format!("{file}: {why}"));
        let mut roots = RootCertStore::empty();
        let found = CertificateDer::pem_file_iter(&tls.ca).map_err(|why| bad(&why))?;
        for certificate in found {
            let certificate = certificate.map_err(|why| bad(&why))?;
            roots.add(certificate).map_err(|why| bad(&why))?;
        }
        if roots.is_empty() {
            return Err(bad(&"no certificate in it"));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| Error::Tls(why.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = tls.server_name.as_deref().unwrap_or_else(|| host(address));
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::Tls(format!("\"{name}\" is no name that a certificate can have"))
        })?;
        Ok(Self {
            config: Arc::new(config),
            name,
        })
    }
}

/// The host of `HOST:PORT`, without the brackets of an IPv6 address.
fn host(address: &str) -> &str {
    let host = address
        .rsplit_once(':')
        .map_or(address, |(host, _port)| host);
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_addresses() {
        for (address, expected) in [
            ("localhost:2117", "localhost"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[::1]:2117", "::1"),
            ("name", "name"),
        ] {
            assert_eq!(host(address), expected);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let tls = Tls::with_ca("no/such.pem");
        let error = Trust::read(&tls, "localhost:1").unwrap_err();
        assert!(error.to_string().contains("no/such.pem"), "{error}");
    }
}

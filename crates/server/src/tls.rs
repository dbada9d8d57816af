//! TLS: the files, and the beginning of a connection.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;
use crate::error::StartError;
use crate::transport::Transport;

/// The first byte of every TLS connection: a record with a handshake in it.
const HANDSHAKE_RECORD: u8 = 0x16;

/// `[nil, -1, "this port speaks TLS only"]`, to a client that does not.
const PLAIN_REFUSED: &[u8] = b"\x93\xc0\xff\xb9this port speaks TLS only";

/// Why a connection did not become a TLS connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("plain text on the TLS port; the client has to use TLS")]
    PlainText,
    #[error("the client went away before TLS began")]
    Gone,
    #[error("TLS handshake failed: {0}")]
    Handshake(#[from] io::Error),
}

/// Reads the files.
pub(crate) fn acceptor(files: &Tls) -> Result<TlsAcceptor, StartError> {
    let certificates = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| bad_file(&files.cert, &why))?;
    if certificates.is_empty() {
        return Err(bad_file(&files.cert, &pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|why| bad_file(&files.key, &why))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certificates, key)
        })
        .map_err(|error| StartError::Tls {
            why: error.to_string(),
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn bad_file(path: &Path, error: &pem::Error) -> StartError {
    let why = match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "no such PEM section in it".to_owned(),
        other => format!("not PEM: {other:?}"),
    };
    StartError::TlsFile {
        path: path.to_owned(),
        why,
    }
}

/// Begins TLS on a connection.
pub(crate) async fn accept(
    acceptor: &TlsAcceptor,
    mut stream: TcpStream,
) -> Result<Transport, TlsError> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(TlsError::Gone);
    }
    if first[0] != HANDSHAKE_RECORD {
        // Whether the client hears of it or not, the connection is closed.
        let _ = stream.write_all(PLAIN_REFUSED).await;
        let _ = stream.shutdown().await;
        return Err(TlsError::PlainText);
    }
    let stream = acceptor.accept(stream).await?;
    Ok(Transport::Tls(Box::new(stream)))
}

//! TLS and tokens, through both front ends.

mod common;

use common::serve_with;
use masstree_client::blocking::{self, Commands as _};
use masstree_client::{Client, Commands as _, Connection, Error, Options, Request, Tls};
use masstree_server::{Config, Token};
use masstree_store::Store;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with `cert.pem` and `key.pem` for localhost.
fn certificate() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (folder, cert, key)
}

#[tokio::test]
async fn over_tls_everything_is_the_same() {
    let (_folder, cert, key) = certificate();
    let config = Config {
        tls: Some(masstree_server::Tls {
            cert: cert.clone(),
            key,
        }),
        ..Config::default()
    };
    let (_server, address) = serve_with(Store::in_memory(), config);
    let port = address.rsplit_once(':').unwrap().1;
    let named = format!("localhost:{port}");
    let options = Options::default().tls(Tls::with_ca(&cert));
    let value = vec![7; 1 << 20];

    let client = Client::connect(&named, options.clone()).await.unwrap();
    client.replace(b"k", &value).await.unwrap();
    assert_eq!(client.get(b"k").await.unwrap().unwrap().value(), value);
    drop(client.begin(Default::default()).await.unwrap());

    let mut connection = blocking::Connection::connect(&named, &options).unwrap();
    let mut lengths = Vec::new();
    connection
        .pipeline()
        .run([Request::get(b"k"); 60], 60, |_, response| {
            lengths.push(response.unwrap().into_row().unwrap().unwrap().value().len());
        })
        .unwrap();
    assert_eq!(lengths, [1 << 20; 60]);
    connection.replace(b"k2", &value).unwrap();

    // By number, the certificate's name has to be given.
    let error = Connection::connect(&address, &options).await.unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error}");
    let renamed = Options::default().tls(Tls::with_ca(&cert).server_name("localhost"));
    blocking::Client::connect(&address, renamed)
        .unwrap()
        .ping()
        .unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_not_spoken_to() {
    let (_folder, cert, key) = certificate();
    let config = Config {
        tls: Some(masstree_server::Tls { cert, key }),
        ..Config::default()
    };
    let (_server, address) = serve_with(Store::in_memory(), config);
    let (_other, cert, _) = certificate();
    let options = Options::default().tls(Tls::with_ca(&cert).server_name("localhost"));
    for error in [
        Connection::connect(&address, &options).await.unwrap_err(),
        blocking::Connection::connect(&address, &options).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Tls(_)), "{error}");
    }
    for error in [
        Connection::connect(&address, &Options::default())
            .await
            .unwrap_err(),
        blocking::Connection::connect(&address, &Options::default()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("TLS"), "{error}");
    }
}

#[tokio::test]
async fn only_the_right_token_is_let_in() {
    let config = Config {
        auth_token: Some(Token::new("right")),
        ..Config::default()
    };
    let (_server, address) = serve_with(Store::in_memory(), config);
    let client = Client::connect(&address, Options::default().token("right"))
        .await
        .unwrap();
    client.ping().await.unwrap();
    for options in [Options::default(), Options::default().token("wrong")] {
        assert!(!format!("{options:?}").contains("wrong"));
        let error = Connection::connect(&address, &options).await.unwrap_err();
        assert!(
            matches!(&error, Error::Unwelcome { why } if why.contains("token")),
            "{error}"
        );
        let error = blocking::Connection::connect(&address, &options).unwrap_err();
        assert!(matches!(error, Error::Unwelcome { .. }), "{error}");
    }
}

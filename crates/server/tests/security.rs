//! Tokens and TLS: nothing without them, and a log that says why without saying the secret.
#![allow(missing_docs)]

mod support;

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use masstree_protocol::Hello;
use masstree_server::{Config, Server, StartError, Tls, Token};
use masstree_store::Store;
use support::{Client, Site, WELCOME, config, int, site};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tracing_subscriber::fmt::MakeWriter;

/// What was logged while a test ran.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of the whole process: servers log from their own threads.
fn log() -> &'static Log {
    static LOG: std::sync::OnceLock<Log> = std::sync::OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(log.clone())
            .init();
        log
    })
}

fn logged() -> String {
    String::from_utf8(log().0.lock().unwrap().clone()).unwrap()
}

fn with_token() -> Site {
    log();
    site(Config {
        auth_token: Some(Token::new("open-sesame")),
        ..config()
    })
}

fn hello(auth: Option<&[u8]>) -> Hello<'_> {
    Hello {
        auth,
        ..Hello::default()
    }
}

#[test]
fn without_the_token_there_is_no_data() {
    let site = with_token();
    site.store.replace(b"k", b"secret value").unwrap();
    for auth in [
        None,
        Some(&b""[..]),
        Some(b"open-sesam"),
        Some(b"open-sesamf"),
        Some(b"open-sesame-guess"),
    ] {
        let mut client = site.connect();
        client.request(|to| to.handshake(int(0), &hello(auth)));
        // Requests behind it are not looked at.
        client.send(b"\x93\x01\x02\xa1k\x94\x02\x08\xa1n\xa1v");
        client.expect(b"\x94\x00\x0f\xc2\xa9bad token");
        client.assert_closed();
    }
    assert_eq!(site.store.stats().rows, 1);
    let mut client = site.connect();
    client.request(|to| to.handshake(int(0), &hello(Some(b"open-sesame"))));
    client.expect(WELCOME);
    client.exchange(b"\x93\x01\x02\xa1k", b"\x93\x01\x03\xacsecret value");

    let logged = logged();
    assert!(logged.contains("handshake refused: bad token"));
    for secret in ["sesam", "secret value"] {
        assert!(!logged.contains(secret), "{secret} is in the log");
    }
}

/// A certificate for 127.0.0.1 and its key, in files.
struct Identity {
    files: Tls,
    trusted: Arc<ClientConfig>,
    key: String,
    _directory: tempfile::TempDir,
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let files = Tls {
        cert: directory.path().join("cert.pem"),
        key: directory.path().join("key.pem"),
    };
    let key = made.signing_key.serialize_pem();
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, &key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let trusted = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Identity {
        files,
        trusted: Arc::new(trusted),
        key,
        _directory: directory,
    }
}

fn with_tls(identity: &Identity) -> Site {
    log();
    site(Config {
        tls: Some(identity.files.clone()),
        ..config()
    })
}

fn over_tls(site: &Site, identity: &Identity) -> Client<StreamOwned<ClientConnection, TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::clone(&identity.trusted), name).unwrap();
    Client::over(StreamOwned::new(session, site.connect().stream))
}

#[test]
fn requests_go_over_tls() {
    let identity = identity();
    let site = with_tls(&identity);
    let mut client = over_tls(&site, &identity);
    client.send(b"\x92\x00\x0e\x94\x01\x08\xa1k\xa1v");
    client.expect(WELCOME);
    client.expect(b"\x93\x01\x09\x01");
    // More than TLS holds back by itself, in both directions.
    let value = vec![7; 4 << 20];
    client.request(|to| to.replace(int(2), b"large", &value));
    client.expect(b"\x93\x02\x09\x01");
    for _ in 0..3 {
        client.request(|to| to.get(int(3), b"large", &[]));
    }
    for _ in 0..3 {
        assert!(support::bytes(&client.message()[2]) == value);
    }
    for byte in b"\x93\x04\x02\xa1k" {
        client.send(&[*byte]);
    }
    client.expect(b"\x93\x04\x03\xa1v");
    drop(client);
    let key = identity.key.lines().nth(1).unwrap();
    assert!(!logged().contains(key));
}

#[test]
fn plain_text_to_a_tls_port_is_refused() {
    let identity = identity();
    let site = with_tls(&identity);
    site.store.replace(b"k", b"secret value").unwrap();
    for bytes in [&b"\x92\x00\x0e"[..], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut client = site.connect();
        client.send(bytes);
        let told = client.rest();
        assert!(told.is_empty() || told == b"\x93\xc0\xff\xb9this port speaks TLS only");
    }
    // It is logged once the client was told.
    while !logged().contains("plain text on the TLS port") {
        std::thread::yield_now();
    }
    // What only begins as TLS does.
    let mut client = site.connect();
    client.send(b"\x16\x03\x01\x00\x04junk and more junk");
    let _alert = client.rest();
    let mut client = over_tls(&site, &identity);
    client.exchange(b"\x92\x00\x0e", WELCOME);
}

#[test]
fn files_that_will_not_do_are_named() {
    let identity = identity();
    let start = |files: Tls| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config {
            tls: Some(files),
            ..config()
        };
        Server::start(Store::in_memory(), vec![listener], config).unwrap_err()
    };
    let Tls { cert, key } = identity.files.clone();
    let error = start(Tls {
        cert: "no/such.pem".into(),
        key: key.clone(),
    });
    assert!(matches!(error, StartError::TlsFile { .. }));
    assert!(error.to_string().starts_with("no/such.pem: "), "{error}");
    // A key where the certificate should be.
    let error = start(Tls {
        cert: key.clone(),
        key: key.clone(),
    });
    assert!(error.to_string().contains("key.pem"), "{error}");
    let error = start(Tls {
        cert: cert.clone(),
        key: cert,
    });
    assert!(error.to_string().contains("cert.pem"), "{error}");
    // The key of another.
    let other = self::identity();
    let error = start(Tls {
        cert: identity.files.cert,
        key: other.files.key,
    });
    assert!(matches!(error, StartError::Tls { .. }), "{error}");
}

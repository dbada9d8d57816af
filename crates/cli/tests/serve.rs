//! `masstree serve`: how it starts, what it keeps, how it ends, and what it says when it cannot.

mod support;

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use masstree_client::blocking::{Commands as _, Connection};
use masstree_client::{Options, Request};
use support::{Server, error, program, text};

#[test]
fn a_kill_and_a_restart_lose_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = text(folder.path());
    let mut acknowledged: Vec<(Vec<u8>, [u8; 4])> = Vec::new();
    for round in 0..3_u32 {
        let server = Server::start([directory]);
        let connection =
            Connection::connect(&server.address, &Options::default()).expect("a server");
        for (key, value) in &acknowledged {
            let row = connection.get(key).expect("an answer").expect("a row");
            assert_eq!(row.value(), value, "round {round}");
        }
        let killer = {
            let process = server;
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(300));
                process.kill();
            })
        };
        for number in 0_u32.. {
            let (key, value) = (
                [round, number].map(u32::to_be_bytes).concat(),
                number.to_be_bytes(),
            );
            match connection.replace(&key, &value) {
                Ok(_) => acknowledged.push((key, value)),
                Err(error) => {
                    assert!(error.is_lost(), "{error}");
                    break;
                }
            }
        }
        killer.join().expect("killed");
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    let server = Server::start([directory]);
    let count = server.output(["scan", "--keys-only"]).lines().count();
    // A write that was not acknowledged may be there: one for each time that the server was killed.
    assert!((acknowledged.len()..=acknowledged.len() + 3).contains(&count));
    assert!(server.end().contains("recovered"));
}

#[test]
fn sigterm_and_sigint_end_it_in_order() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start([text(folder.path())]);
        let mut connection =
            Connection::connect(&server.address, &Options::default()).expect("a server");
        let mut pipeline = connection.pipeline();
        for number in 0..2000_u32 {
            let (key, value) = (&number.to_be_bytes(), b"v");
            pipeline
                .send(Request::Replace { key, value })
                .expect("sent");
        }
        pipeline.flush().expect("sent");
        server.signal(signal);
        let mut acknowledged = 0;
        while let Some(Ok(_)) = pipeline.receive() {
            acknowledged += 1;
        }
        let (status, log) = server.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        let server = Server::start([text(folder.path())]);
        let count = server.output(["scan", "--keys-only"]).lines().count();
        assert!(count >= acknowledged, "{count} of {acknowledged}");
    }
}

#[test]
fn without_a_directory_nothing_stays() {
    let server = Server::start([""; 0]);
    server.output(["replace", "k", "v"]);
    assert!(server.end().contains("memory alone"));
}

#[test]
fn every_address_is_listened_on() {
    let mut command = program([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        "[::1]:0",
        "--metrics",
        "127.0.0.1:0",
    ]);
    command.env("NO_COLOR", "1");
    let server = Server::spawn(command);
    assert!(server.address.starts_with("127.0.0.1:"));
    let log = server.end();
    assert!(log.contains("/metrics") && !log.contains('\u{1b}'), "{log}");
}

#[test]
fn the_log_says_as_much_as_it_is_told_to() {
    let server = Server::start(["--log", "error"]);
    assert_eq!(server.end(), "");
    let text = error(["serve", "--listen", "127.0.0.1:0", "--log", "a=b=c"]);
    assert!(text.contains("debug"), "{text}");
}

#[test]
fn a_file_gives_what_the_command_line_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, data) = (
        folder.path().join("masstree.toml"),
        folder.path().join("data"),
    );
    let config = format!(
        "# comments are fine\ndir = '{}'\nlisten = '127.0.0.1:0'\nmax-key = '8'\nthreads = 1\ndurability = 'always'\n",
        data.display()
    );
    fs::write(&file, config).expect("a file");
    let server = Server::spawn(program(["serve", "--config", text(&file)]));
    server.output(["replace", "12345678", "v"]);
    assert_eq!(server.run(["replace", "123456789", "v"]).code, 2);
    server.end();
    assert!(data.join("MANIFEST").exists());
    let server = Server::spawn(program([
        "serve",
        "--config",
        text(&file),
        "--max-key",
        "9",
    ]));
    server.output(["replace", "123456789", "v"]);
    server.end();
}

#[test]
fn a_wrong_file_is_told_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("masstree.toml");
    for (config, word) in [
        ("lisen = '127.0.0.1:0'", "did you mean \"listen\"?"),
        ("max_key = 8", "did you mean \"max-key\"?"),
        ("threads = 'many'", "--threads"),
        ("compat = 'redis'", "compat"),
        ("threads = \n", "line 1"),
    ] {
        fs::write(&file, config).expect("a file");
        let error = error(["serve", "--config", text(&file)]);
        assert!(
            error.contains("masstree.toml") && error.contains(word),
            "{error}"
        );
    }
    let text = error(["serve", "--config", "no/such.toml"]);
    assert!(text.contains("no/such.toml"), "{text}");
}

#[test]
fn a_directory_in_use_is_told_with_its_holder() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = text(folder.path());
    let _server = Server::start([directory]);
    for command in [
        vec![
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "error",
            directory,
        ],
        vec!["verify", directory],
        vec!["inspect", directory],
    ] {
        let text = error(command);
        assert!(
            text.contains(directory) && text.contains("in use by process"),
            "{text}"
        );
    }
}

#[test]
fn an_address_in_use_is_told() {
    let server = Server::start([""; 0]);
    let text = error(["serve", "--log", "error", "--listen", &server.address]);
    assert!(
        text.contains(&server.address) && text.contains("--listen"),
        "{text}"
    );
}

#[test]
fn a_damaged_directory_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = text(folder.path());
    let server = Server::start([directory]);
    server.output(["replace", "k", "v"]);
    server.end();
    fs::write(folder.path().join("MANIFEST"), b"nothing").expect("damaged");
    let text = error([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "error",
        directory,
    ]);
    for word in ["MANIFEST", "damaged", "masstree salvage"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let serve = |arguments: &[&str]| {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--log", "error"];
        all.extend(arguments);
        error(all)
    };
    assert!(serve(&["--max-key", "1MiB"]).contains("max-key"));
    assert!(serve(&["--tls-cert", "cert.pem"]).contains("--tls-key"));
    assert!(serve(&["--auth-token-file", "no/such"]).contains("no/such"));
    let tls = ["--tls-cert", "no/cert.pem", "--tls-key", "no/key.pem"];
    assert!(serve(&tls).contains("no/cert.pem"));
}

#[test]
fn tokens_and_tls_from_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    fs::write(path("token"), "s3cret\n").expect("written");
    fs::write(path("cert.pem"), made.cert.pem()).expect("written");
    fs::write(path("key.pem"), made.signing_key.serialize_pem()).expect("written");
    let (token, cert, key) = (path("token"), path("cert.pem"), path("key.pem"));
    let (token, cert) = (text(&token), text(&cert));
    let server = Server::start([
        "--auth-token-file",
        token,
        "--tls-cert",
        cert,
        "--tls-key",
        text(&key),
    ]);
    let tls = ["--tls-ca", cert, "--tls-name", "localhost"];
    let with_token = tls.into_iter().chain(["--auth-token-file", token]);
    assert!(
        server
            .output(["ping"].into_iter().chain(with_token))
            .contains("pong")
    );
    let said = server.run(["ping"].into_iter().chain(tls));
    assert!(
        said.code == 2 && said.err.contains("--auth-token-file"),
        "{said:?}"
    );
    let said = server.run(["ping"]);
    assert!(said.code == 2 && said.err.contains("--tls-ca"), "{said:?}");
    assert!(!server.end().contains("s3cret"));
}

#[test]
fn compat_answers_as_the_cpp_server() {
    let server = Server::start(["--compat", "mtd"]);
    let mut stream = TcpStream::connect(&server.address).expect("connected");
    stream
        .write_all(b"\x92\x00\x0e\x93\x07\x02\xa2k1")
        .expect("sent");
    let mut replies = Vec::new();
    let mut piece = [0; 256];
    while !replies.ends_with(b"\x93\x07\x03\xa2k1") {
        let count = std::io::Read::read(&mut stream, &mut piece).expect("read");
        assert!(count > 0, "{replies:02x?}");
        replies.extend_from_slice(&piece[..count]);
    }
    assert!(replies.starts_with(b"\x95\x00\x0f\xc3"));
}

//! The commands that ask a server one thing: what they print, and with which exit status.

mod support;

use serde_json::{Value, json};
use support::{Server, error, run};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn rows_are_written_read_and_removed() {
    let server = Server::start([""; 0]);
    assert_eq!(server.output(["replace", "k1", "hello"]), "inserted\n");
    assert_eq!(server.output(["replace", "k1", "world!"]), "updated\n");
    assert_eq!(server.output(["get", "k1"]), "world!\n");
    assert_eq!(server.output(["put", "p", "0=a", "2=c"]), "inserted\n");
    assert_eq!(server.output(["get", "p"]), "a\t\tc\n");
    assert_eq!(server.output(["get", "p", "2", "5", "0"]), "c\t\\N\ta\n");
    assert_eq!(server.output(["scan"]), "k1\tworld!\np\ta\t\tc\n");
    assert_eq!(server.output(["remove", "k1"]), "removed\n");
    let said = server.run(["remove", "k1"]);
    assert_eq!((said.code, said.out.as_str()), (1, "no such key\n"));
    let said = server.run(["get", "k1"]);
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (1, "", "")
    );
    assert_eq!(server.output(["checkpoint"]), "started\n");
    assert!(server.output(["ping"]).starts_with("pong in "));
    let stats = server.output(["stats"]);
    let rows = stats.lines().find(|line| line.starts_with("rows "));
    assert!(rows.is_some_and(|line| line.ends_with(" 1")), "{stats}");
}

#[test]
fn json_is_json() {
    let server = Server::start([""; 0]);
    let ask = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.push("--json");
        let said = server.run(all);
        (said.code, said.out)
    };
    let (code, out) = ask(&["put", "k", "0=a", "1=\\x00"]);
    assert_eq!(
        (code, json(&out)),
        (0, json!({"key": "k", "result": "inserted"}))
    );
    let (code, out) = ask(&["get", "k"]);
    assert_eq!(
        (code, json(&out)),
        (0, json!({"key": "k", "columns": ["a", "\\x00"]}))
    );
    let (code, out) = ask(&["get", "none"]);
    assert_eq!(
        (code, json(&out)),
        (1, json!({"key": "none", "columns": null}))
    );
    let (_, out) = ask(&["scan", "--columns", "0,7"]);
    assert_eq!(json(&out), json!({"key": "k", "columns": ["a", null]}));
    let (_, out) = ask(&["scan", "--keys-only"]);
    assert_eq!(json(&out), json!({"key": "k"}));
    let (code, out) = ask(&["remove", "none"]);
    assert_eq!(
        (code, json(&out)),
        (1, json!({"key": "none", "removed": false}))
    );
    let (_, out) = ask(&["stats"]);
    assert_eq!(json(&out)["rows"], json!(1));
    let (_, out) = ask(&["ping"]);
    assert!(json(&out)["ms"].is_number());
}

#[test]
fn scans_go_where_they_are_told() {
    let server = Server::start([""; 0]);
    for key in ["a1", "a2", "a3", "b1"] {
        server.output(["replace", key, "v"]);
    }
    let keys = |arguments: &[&str]| {
        let mut all = vec!["scan", "--keys-only"];
        all.extend(arguments);
        server
            .output(all)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(keys(&[]), "a1 a2 a3 b1");
    assert_eq!(keys(&["a2"]), "a2 a3 b1");
    assert_eq!(keys(&["a2", "--to", "b"]), "a2 a3");
    assert_eq!(keys(&["--prefix", "a", "--reverse"]), "a3 a2 a1");
    assert_eq!(keys(&["--limit", "2"]), "a1 a2");
    assert_eq!(keys(&["--limit", "0"]), "");
    assert_eq!(keys(&["a2", "--reverse", "--limit", "1"]), "b1");
}

#[test]
fn any_bytes_go_in_and_come_out() {
    let server = Server::start([""; 0]);
    let all: String = (0..=255_u8).map(|byte| format!("\\x{byte:02x}")).collect();
    server.output(["replace", &all, &all]);
    let printed = server.output(["get", &all]);
    assert!(
        printed
            .trim_end()
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte))
    );
    // What is printed goes in again.
    server.output(["replace", "copy", printed.trim_end_matches('\n')]);
    assert_eq!(server.output(["get", "copy"]), printed);
    server.output(["replace", "", "empty key"]);
    assert_eq!(server.output(["get", ""]), "empty key\n");
    server.output(["put", "é", "0=ü=\\\\"]);
    assert_eq!(server.output(["get", "\\xc3\\xa9"]), "\\xc3\\xbc=\\\\\n");
    assert_eq!(
        server.output(["replace", "--", "-k", "-v"].into_iter().take(4)),
        "inserted\n"
    );
}

#[test]
fn what_the_server_refuses_is_told_in_one_line() {
    let server = Server::start(["--max-key", "10"]);
    let said = server.run(["replace", "a key that is too long", "v"]);
    assert_eq!((said.code, said.err.lines().count()), (2, 1));
    assert!(
        said.err.contains("REPLACE") && said.err.contains("limit is 10"),
        "{}",
        said.err
    );
}

#[test]
fn no_server_is_told_with_what_to_do() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    for command in [vec!["get", "k"], vec!["shell"], vec!["export", "-"]] {
        let text = error(command.into_iter().chain(["--connect", &address]));
        assert!(
            text.contains(&address) && text.contains("masstree serve"),
            "{text}"
        );
    }
}

#[test]
fn wrong_arguments_are_refused() {
    for arguments in [
        &["get"][..],
        &["get", "\\q"],
        &["get", "k", "one"],
        &["put", "k"],
        &["put", "k", "value"],
        &["put", "k", "-1=v"],
        &["scan", "--limit", "many"],
        &["ping", "--tls-name", "localhost"],
    ] {
        let said = run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {said:?}");
        assert!(said.err.starts_with("error: "), "{said:?}");
    }
}

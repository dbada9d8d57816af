//! `masstree shell`, with its lines from a pipe.

mod support;

use serde_json::{Value, json};
use support::{Said, Server, run_with_input};

fn shell(server: &Server, lines: &str) -> Said {
    run_with_input(["shell", "--connect", &server.address], lines.as_bytes())
}

#[test]
fn lines_are_carried_out_one_after_the_other() {
    let server = Server::start([""; 0]);
    let said = shell(
        &server,
        "# a comment\n\nreplace \"a key\" \"\"\nget \"a key\"\nput k 0=x\\x00 1=\"y z\"\nget k\nscan --keys-only --reverse\nget none\nremove none\nsync\nexit\nget never\n",
    );
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        said.out,
        "inserted\n\ninserted\nx\\x00\ty z\nk\na key\nno such key\nno such key\nsynced\n"
    );
}

#[test]
fn transactions_begin_commit_and_abort() {
    let server = Server::start([""; 0]);
    let said = shell(
        &server,
        "begin --serializable\nreplace k 1\nget k\ncommit\nbegin\nreplace k 2\nabort\nget k\nbegin --read-only\nget k\nabort\n",
    );
    assert_eq!(said.code, 0, "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].starts_with("begun at ") && lines[3].starts_with("committed at "));
    assert_eq!(lines[1..3], ["inserted", "1"]);
    assert_eq!(lines[5..8], ["updated", "aborted", "1"]);
    // A shell that ends within a transaction leaves nothing of it.
    let said = shell(&server, "begin\nreplace k 3\n");
    assert_eq!(said.code, 0);
    assert_eq!(server.output(["get", "k"]), "1\n");
}

#[test]
fn compare_and_set() {
    let server = Server::start([""; 0]);
    let said = shell(
        &server,
        "cas k --new 1\ncas k --expect 2 --new 3\ncas k --expect 1\ncas k --expect 1\n",
    );
    assert_eq!(
        said.out,
        "done\nnot done, there is: 1\ndone\nnot done, there is: no such key\n"
    );
}

#[test]
fn the_first_line_that_fails_ends_it() {
    let server = Server::start([""; 0]);
    for (lines, word) in [
        (
            "get k\nfrobnicate\nreplace k v\n",
            "line 2: unrecognized subcommand 'frobnicate'",
        ),
        (
            "get k\nget \"k\nreplace k v\n",
            "line 2: a quote is not closed",
        ),
        (
            "get k\ncommit\nreplace k v\n",
            "line 2: the server refused COMMIT",
        ),
        ("get k\nput k\nreplace k v\n", "line 2: "),
    ] {
        let said = shell(&server, lines);
        assert_eq!((said.code, said.err.lines().count()), (2, 1), "{said:?}");
        assert!(said.err.contains(word), "{said:?}");
        assert_eq!(server.run(["get", "k"]).code, 1);
    }
}

#[test]
fn help_names_the_commands() {
    let server = Server::start([""; 0]);
    let said = shell(&server, "help\nscan --help\n");
    assert_eq!(said.code, 0, "{said:?}");
    for word in ["begin", "commit", "abort", "timing", "--prefix"] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
}

#[test]
fn json_and_timing() {
    let server = Server::start([""; 0]);
    let arguments = ["shell", "--json", "--connect", &server.address];
    let said = run_with_input(arguments, b"replace k v\ntiming on\nget k\n");
    let values: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(values[0], json!({"key": "k", "result": "inserted"}));
    assert!(values.last().expect("a line")["ms"].is_number());
    assert!(values.contains(&json!({"key": "k", "columns": ["v"]})));
}

//! `masstree import` and `export`.

mod support;

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use support::{Server, error, program, run_with_input, text};

const ROWS: &str = "\tempty key\nk1\tv1\nk2\ta\t\tc\nk\\x00\\xff\t\\x09\\\\\n";

#[test]
fn what_is_exported_is_imported_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start([""; 0]);
    let first = folder.path().join("first.tsv");
    fs::write(&first, ROWS).expect("a file");
    let said = server.run(["import", text(&first)]);
    assert!(
        said.out
            .starts_with("imported 4 rows: 4 inserted, 0 updated"),
        "{said:?}"
    );
    assert_eq!(said.err, "");
    let all = server.output(["scan"]);
    for name in ["rows.tsv", "rows.csv", "rows.jsonl"] {
        let file = folder.path().join(name);
        let said = server.run(["export", text(&file)]);
        assert!(
            said.code == 0 && said.err.starts_with("exported 4 rows"),
            "{said:?}"
        );
        let other = Server::start([""; 0]);
        assert!(
            other
                .output(["import", text(&file)])
                .starts_with("imported 4 rows")
        );
        assert_eq!(other.output(["scan"]), all, "{name}");
        assert!(
            other
                .output(["import", text(&file)])
                .contains("0 inserted, 4 updated")
        );
    }
}

#[test]
fn standard_input_and_output() {
    let server = Server::start([""; 0]);
    let input = "key,value\nk1,\"a,b\"\nk2,c\n";
    let arguments = [
        "import",
        "-",
        "--format",
        "csv",
        "--header",
        "--connect",
        &server.address,
    ];
    let said = run_with_input(arguments, input.as_bytes());
    assert!(said.out.starts_with("imported 2 rows"), "{said:?}");
    assert_eq!(server.output(["export", "-"]), "k1\ta,b\nk2\tc\n");
    assert_eq!(server.output(["export", "-", "--from", "k2"]), "k2\tc\n");
    assert_eq!(server.output(["export", "-", "--prefix", "none"]), "");
    let json = server.output(["export", "-", "--format", "jsonl", "--to", "k2"]);
    assert_eq!(json, "{\"columns\":[\"a,b\"],\"key\":\"k1\"}\n");
}

#[test]
fn many_rows_go_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start([text(&folder.path().join("data"))]);
    let rows: String = (0..50_000)
        .map(|row| format!("key{row:06}\tvalue {row}\n"))
        .collect();
    let (first, second) = (
        folder.path().join("first.tsv"),
        folder.path().join("second.tsv"),
    );
    fs::write(&first, &rows).expect("a file");
    let said = server.output(["import", text(&first)]);
    assert!(
        said.starts_with("imported 50,000 rows: 50,000 inserted"),
        "{said}"
    );
    server.output(["export", text(&second)]);
    assert_eq!(fs::read_to_string(&second).expect("a file"), rows);
}

#[test]
fn a_wrong_line_is_named_and_what_came_before_counts() {
    let server = Server::start(["--max-key", "8"]);
    for (number, (rows, word)) in [
        ("a1\tv\nb1\tv\nc1\n", "line 3: a key without a column"),
        ("a2\tv\nb2\tv\nc\\q\tv\n", "line 3: a backslash"),
        ("a3\tv\nb3\tv\n123456789\tv\n", "line 3"),
    ]
    .into_iter()
    .enumerate()
    {
        let arguments = ["import", "-", "--connect", &server.address];
        let said = run_with_input(arguments, rows.as_bytes());
        assert_eq!((said.code, said.err.lines().count()), (2, 1), "{said:?}");
        assert!(
            said.err.contains(word) && said.err.contains("2 rows were imported"),
            "{said:?}"
        );
        let count = server.output(["scan", "--keys-only"]).lines().count();
        assert_eq!(count, 2 * (number + 1));
    }
}

#[test]
fn files_that_cannot_be_are_told() {
    let server = Server::start([""; 0]);
    let connect = ["--connect", &server.address];
    let text = error(["import", "no/such.tsv"].into_iter().chain(connect));
    assert!(text.contains("no/such.tsv: cannot read it"), "{text}");
    let text = error(["export", "no/such/folder.tsv"].into_iter().chain(connect));
    assert!(
        text.contains("no/such/folder.tsv: cannot write it"),
        "{text}"
    );
    let text = error(["import", "rows.xml"].into_iter().chain(connect));
    assert!(text.contains("--format"), "{text}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let server = Server::start([""; 0]);
    let rows: String = (0..20_000)
        .map(|row| format!("key{row:06}\tvalue\n"))
        .collect();
    let import = ["import", "-", "--connect", &server.address];
    assert_eq!(run_with_input(import, rows.as_bytes()).code, 0);
    for arguments in [
        &["scan"][..],
        &["export", "-"],
        &["export", "-", "--format", "csv"],
        &["export", "-", "--format", "jsonl"],
    ] {
        let all = arguments
            .iter()
            .copied()
            .chain(["--connect", &server.address]);
        let mut process = program(all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut piece = [0; 100];
        let mut out = process.stdout.take().expect("its output");
        out.read_exact(&mut piece).expect("some of it");
        drop(out);
        let output = process.wait_with_output().expect("its end");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*err),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

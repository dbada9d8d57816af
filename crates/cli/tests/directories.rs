//! `masstree verify`, `salvage` and `inspect`, on directories that are whole and on damaged ones.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Server, error, output, run, text};

/// Makes a directory with rows in a checkpoint and in the log; the process is killed, so that it is as after a crash.
fn directory(path: &Path) {
    let server = Server::start([text(path)]);
    for number in 0..20 {
        server.output(["put", &format!("old{number:02}"), "0=a", "1=b"]);
    }
    server.output(["checkpoint"]);
    let has_part = || {
        let mut names = fs::read_dir(path).expect("a directory");
        names.any(|entry| {
            entry
                .expect("an entry")
                .path()
                .extension()
                .is_some_and(|end| end == "part")
        })
    };
    for _ in 0..200 {
        if has_part() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(has_part());
    server.output(["replace", "new\\x00", "v"]);
    server.output(["put", "old00", "1=changed"]);
    server.output(["remove", "old01"]);
    server.end();
}

/// Changes a byte in the middle of every file of the kind.
fn damage(path: &Path, end: &str) {
    let mut damaged = 0;
    for entry in fs::read_dir(path).expect("a directory") {
        let file = entry.expect("an entry").path();
        let mut bytes = fs::read(&file).expect("a file");
        if file.extension().is_some_and(|found| found == end) && bytes.len() > 60 {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            fs::write(&file, bytes).expect("written");
            damaged += 1;
        }
    }
    assert!(damaged > 0);
}

#[test]
fn a_whole_directory_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    directory(folder.path());
    let path = text(folder.path());
    assert!(output(["verify", path]).starts_with("whole: "));
    let json: Value = serde_json::from_str(&output(["verify", "--json", path])).expect("JSON");
    assert_eq!(json["whole"], true);
    let shown = output(["inspect", path]);
    for word in [
        "MANIFEST",
        "manifest",
        ".log",
        "part of a checkpoint",
        "whole: ",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let json: Value = serde_json::from_str(&output(["inspect", "--json", path])).expect("JSON");
    assert!(
        json["contents"]
            .as_array()
            .is_some_and(|files| files.len() >= 3)
    );
    let dump = output(["inspect", "--dump", path]);
    assert!(dump.contains("row\t\told05\ta\tb\n"), "{dump}");
    for change in ["new\\x00\tv\n", "remove\t", "\told00\ta\tchanged\n"] {
        assert!(dump.contains(change), "{change}: {dump}");
    }
}

#[test]
fn damage_is_found_and_the_rest_salvaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    directory(&data);
    damage(&data, "log");
    let (path, out) = (text(&data), text(&out));
    let said = run(["verify", path]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains(".log: damaged at offset") && said.out.contains("damaged in "));
    let said = output(["salvage", path, out]);
    assert!(said.contains("salvaged "), "{said}");
    assert!(output(["verify", out]).starts_with("whole: "));
    let server = Server::start([out]);
    assert_eq!(server.output(["get", "old05"]), "a\tb\n");
}

#[test]
fn everything_of_a_whole_directory_is_salvaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    directory(&data);
    let (path, out) = (text(&data), text(&out));
    let json: Value =
        serde_json::from_str(&output(["salvage", "--json", path, out])).expect("JSON");
    assert_eq!(json["salvaged"], 20);
    let one = Server::start([path]).output(["scan"]);
    let two = Server::start([out]).output(["scan"]);
    assert_eq!(one, two);
    assert!(two.contains("new\\x00\tv\n") && two.contains("old00\ta\tchanged\n"));
}

#[test]
fn what_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = text(folder.path());
    for command in [
        vec!["verify", path],
        vec!["inspect", path],
        vec!["salvage", path, "out"],
    ] {
        let text = error(command);
        assert!(text.contains("there is no store"), "{text}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a directory").count(), 0);
    assert!(error(["verify", "no/such"]).contains("no/such"));
    let data = folder.path().join("data");
    directory(&data);
    assert!(error(["salvage", text(&data), path]).contains("not empty"));
}

#[test]
fn completions_name_the_commands() {
    let script = output(["completions", "bash"]);
    for word in ["serve", "salvage", "--durability"] {
        assert!(script.contains(word), "{word}");
    }
}

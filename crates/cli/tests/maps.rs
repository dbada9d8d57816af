//! The command `masstree maps` from outside: what it prints, what it refuses, and with which exit status.

use std::fs;

use assert_cmd::Command;

/// The program, with arguments.
fn masstree(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("masstree").expect("the program is built with its tests");
    command.args(arguments);
    command
}

/// What the command writes to standard output; it must end well.
fn output(arguments: &[&str]) -> String {
    let output = masstree(arguments)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    String::from_utf8(output).expect("text")
}

/// The one line that an error is, with exit status 2.
fn error(arguments: &[&str]) -> String {
    let output = masstree(arguments).assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn help_names_the_commands_and_hides_the_probe() {
    let help = output(&["--help"]);
    assert!(
        help.contains("maps") && help.contains("completions") && !help.contains("memory-probe")
    );
    assert!(output(&["maps", "--help"]).contains("--keys"));
    assert!(output(&["--version"]).starts_with("masstree "));
}

#[test]
fn list_names_workloads_scenarios_and_maps() {
    let list = output(&["maps", "--list"]);
    for name in ["get-zipf", "insert-url", "splitremove", "rwlock"] {
        assert!(list.contains(name), "{name}");
    }
}

#[test]
fn an_unknown_workload_or_map_is_one_line_that_says_what_to_do() {
    let text = error(&["maps", "--only", "get,nonsense"]);
    assert!(text.contains("nonsense") && text.contains("--list"));
    assert!(error(&["maps", "--maps", "nonsense"]).contains("rwlock"));
}

#[test]
fn a_missing_file_is_one_line_that_says_what_to_do() {
    let text = error(&["maps", "--keys", "no/such/file.txt"]);
    assert!(text.contains("no/such/file.txt") && text.contains(".zst"));
}

#[test]
fn an_empty_file_and_a_damaged_one_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("empty.txt", ""),
        ("damaged.zst", "not compressed"),
        ("damaged.gz", "nor this"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a file");
        let path = path.to_str().expect("a path");
        assert!(error(&["maps", "--keys", path]).contains(name));
    }
}

#[test]
fn a_small_run_gives_json_and_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("page.html");
    let page = page.to_str().expect("a path");
    let json = output(&[
        "maps",
        "--size",
        "2000",
        "--ops",
        "1000",
        "--rounds",
        "1",
        "--maps",
        "rwlock",
        "--only",
        "get,scan100,memory,rw1",
        "--json",
        "-",
        "--html",
        page,
    ]);
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert!(
            row["cells"][0]["median"]
                .as_f64()
                .is_some_and(|median| median > 0.0),
            "{row}"
        );
        assert_eq!(row["cells"][0]["wrong"], 0);
    }
    assert!(
        fs::read_to_string(page)
            .expect("a page")
            .contains("</html>")
    );
}

#[test]
fn keys_of_a_file_are_checked_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.txt");
    let mut lines: String = (0..3_000)
        .map(|i| format!("/usr/share/{}/{i}\n", i % 7))
        .collect();
    lines.push_str("/usr/share/0/0\n");
    fs::write(&path, lines).expect("a file");
    let path = path.to_str().expect("a path");
    let text = output(&[
        "maps", "--keys", path, "--maps", "rwlock", "--only", "get", "--rounds", "1",
    ]);
    assert!(
        text.contains("3000 keys on 3001 lines, 1 repeat left out"),
        "{text}"
    );
    assert!(
        text.contains("compared with a sorted vector, 0 wrong"),
        "{text}"
    );
    assert!(text.contains("RwLock BTreeMap"), "{text}");
}

#[test]
fn completions_are_for_this_program() {
    assert!(output(&["completions", "bash"]).contains("masstree"));
}

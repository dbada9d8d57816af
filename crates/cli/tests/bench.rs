//! `masstree bench`, from the outside.

use std::fs;

use assert_cmd::Command;

fn masstree() -> Command {
    let mut command = Command::cargo_bin("masstree").unwrap();
    // Pages that nobody asked for go to a directory of the test's.
    command.env("TMPDIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// A small run of the default workload, with what else is given.
fn small(more: &[&str]) -> Command {
    let mut command = masstree();
    command.args(["bench", "--set", "workload.keys.max=2000"]);
    command.args(["--set", "experiment.duration=300ms"]);
    command.args(["--set", "experiment.warmup=50ms"]);
    command.args(more);
    command
}

#[test]
fn a_run_without_a_file_verifies_and_prints_a_table() {
    let directory = tempfile::tempdir().unwrap();
    let (json, page) = (
        directory.path().join("a.json"),
        directory.path().join("a.html"),
    );
    let done = small(&["--html"])
        .arg(&page)
        .arg("--json")
        .arg(&json)
        .assert();
    let output = done.success().get_output().clone();
    let table = String::from_utf8(output.stdout).unwrap();
    for word in ["get", "set", "remove", "p99"] {
        assert!(table.contains(word), "{word} is missing in\n{table}");
    }
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && !page.contains("src=\"http"));
    let compared = masstree()
        .arg("bench")
        .arg("--compare")
        .args([&json, &json])
        .assert();
    assert!(!compared.success().get_output().stdout.is_empty());
}

#[test]
fn json_on_standard_output_is_all_there_is() {
    let done = small(&["--target", "memory", "--json", "-"])
        .assert()
        .success();
    let report: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert!(report["runs"][0]["groups"][0].is_object());
}

#[test]
fn the_schema_is_the_one_under_workloads() {
    let printed = masstree().args(["bench", "--schema"]).assert().success();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workloads/schema.json");
    let parse = |text: &[u8]| -> serde_json::Value { serde_json::from_slice(text).unwrap() };
    assert_eq!(
        parse(&printed.get_output().stdout),
        parse(&fs::read(committed).unwrap())
    );
}

#[test]
fn a_wrong_setting_names_the_nearest_right_one() {
    let failed = masstree()
        .args(["bench", "--set", "workload.keyz.max=1"])
        .assert()
        .code(2);
    let said = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(said.lines().count() == 1 && said.contains("keys"), "{said}");
}

#[test]
fn a_server_that_is_not_there_has_a_status_of_its_own() {
    small(&["--target", "127.0.0.1:1"]).assert().code(4);
}

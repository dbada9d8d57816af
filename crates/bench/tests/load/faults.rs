//! Each way in which a server can misbehave is found, named, counted, and makes the exit status.

use std::time::{Duration, Instant};

use masstree_bench::load::report::Finding;

use crate::stub::{Fault, Stub};
use crate::{group, run_text};

const WORKLOAD: &str = r#"
[experiment]
duration = "30s"
warmup = "0s"
operations = 400
[runtime]
pipeline = 4
timeout = "300ms"
[workload.operations]
strategy = "weighted"
[[workload.operations.commands]]
name = "get"
weight = 0.7
[[workload.operations.commands]]
name = "set"
weight = 0.3
[workload.keys]
max = 50
"#;

/// Runs the workload against a server with a fault. Returns the exit status, the violations and the troubles.
fn misbehave(fault: Fault, settings: &[&str]) -> (u8, Vec<Finding>, Vec<Finding>) {
    let stub = Stub::start(fault);
    let target = stub.target();
    let settings = [&[&target[..]], settings].concat();
    let start = Instant::now();
    let outcome = run_text(WORKLOAD, &settings);
    assert!(start.elapsed() < Duration::from_secs(10), "{fault:?} hangs");
    let group = group(&outcome);
    (
        outcome.status(),
        group.violations.clone(),
        group.troubles.clone(),
    )
}

/// That there is exactly this finding, with these words in its first case.
fn only(findings: &[Finding], title: &str, words: &str) {
    let [finding] = findings else {
        panic!("{title} expected, and not {findings:?}");
    };
    assert_eq!(finding.title, title);
    assert!(finding.first.contains(words), "{finding:?}");
}

#[test]
fn a_good_server_gives_nothing_to_tell() {
    let (status, violations, troubles) = misbehave(Fault::None, &[]);
    assert_eq!(status, 0, "{violations:?} {troubles:?}");
}

#[test]
fn a_dropped_reply() {
    let (status, _, troubles) = misbehave(Fault::Drop(20), &[]);
    assert_eq!(status, 6);
    only(&troubles, "reply dropped", "no reply to get \"key:");
}

#[test]
fn a_dropped_reply_without_a_pipeline_is_a_request_without_an_answer() {
    let (status, _, troubles) = misbehave(Fault::Drop(20), &["runtime.pipeline=1"]);
    assert_eq!(status, 7);
    only(&troubles, "no answer in time", "within 300ms");
}

#[test]
fn garbage() {
    let (status, _, troubles) = misbehave(Fault::Garbage(20), &[]);
    assert_eq!(status, 6);
    only(&troubles, "garbage received", "malformed reply");
}

#[test]
fn a_reply_to_something_else() {
    let (status, _, troubles) = misbehave(Fault::OtherReply(20), &[]);
    assert_eq!(status, 6);
    only(&troubles, "garbage received", "something else");
}

#[test]
fn a_closed_connection() {
    let (status, _, troubles) = misbehave(Fault::Close(20), &[]);
    assert_eq!(status, 5);
    only(&troubles, "connection closed", "requests on their way");
}

#[test]
fn a_server_that_falls_silent() {
    let (status, _, troubles) = misbehave(Fault::Silent(20), &[]);
    assert_eq!(status, 7);
    only(
        &troubles,
        "no answer in time",
        "4 requests without an answer",
    );
}

#[test]
fn an_error_reply() {
    let (status, _, troubles) = misbehave(Fault::Error(20), &[]);
    assert_eq!(status, 8);
    only(&troubles, "error reply", "out of order today");
    assert_eq!(troubles[0].count, 1);
}

#[test]
fn a_server_that_is_not_there() {
    let outcome = run_text(WORKLOAD, &["target.address=\"127.0.0.1:1\""]);
    assert_eq!(outcome.status(), 4);
    only(
        &group(&outcome).troubles,
        "server not there",
        "cannot connect to 127.0.0.1:1",
    );
}

#[test]
fn a_server_that_accepts_and_says_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("target.address=\"{}\"", listener.local_addr().unwrap());
    let outcome = run_text(WORKLOAD, &[&target]);
    assert_eq!(outcome.status(), 7);
    only(
        &group(&outcome).troubles,
        "no answer in time",
        "the first request",
    );
}

#[test]
fn a_value_of_another_key() {
    // The first key is drawn itself once in a while: then nothing is wrong with it.
    let (status, violations, _) = misbehave(Fault::OtherKey(20), &["experiment.seed=7"]);
    assert_eq!(status, 3);
    only(&violations, "value of another key", "get \"key:");
    assert_eq!(violations[0].count, 1);
}

#[test]
fn a_torn_value() {
    let (status, violations, _) = misbehave(Fault::Torn(20), &[]);
    assert_eq!(status, 3);
    only(&violations, "torn value", "of 100 bytes");
}

#[test]
fn a_lost_key() {
    let (status, violations, _) = misbehave(Fault::Missing(20), &[]);
    assert_eq!(status, 3);
    only(&violations, "key lost", "found nothing");
}

#[test]
fn a_value_older_than_acknowledged() {
    let (status, violations, _) = misbehave(Fault::Stale, &[]);
    assert_eq!(status, 3);
    only(
        &violations,
        "value older than acknowledged",
        "was acknowledged",
    );
    assert!(violations[0].count > 10);
}

const SCANS: [&str; 3] = [
    "protocol.operation=scan",
    "workload.operations={}",
    "workload.keys={max=50,format=\"padded\"}",
];

#[test]
fn a_scan_out_of_order() {
    let (status, violations, _) = misbehave(Fault::Unordered, &SCANS);
    assert_eq!(status, 3);
    assert!(
        violations
            .iter()
            .any(|finding| finding.title == "scan out of order"),
        "{violations:?}"
    );
}

#[test]
fn a_scan_out_of_bounds() {
    let (status, violations, _) = misbehave(Fault::Early, &SCANS);
    assert_eq!(status, 3);
    only(&violations, "scan out of bounds", "after \"key:");
}

#[test]
fn accounts_that_do_not_add_up() {
    let settings = ["protocol.operation=txn", "workload.operations={}"];
    let (status, violations, _) = misbehave(Fault::Lossy, &settings);
    assert_eq!(status, 3);
    only(&violations, "accounts do not add up", "accounts hold");
    assert_eq!(misbehave(Fault::None, &settings).0, 0);
}

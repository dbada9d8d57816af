//! A hung test ends the process: this one starts itself again as the test that hangs.

use std::process::Command;
use std::time::Duration;

use masstree_testkit::stress::run_threads;

const HANG: &str = "MASSTREE_TESTKIT_HANG";

#[test]
fn a_hung_run_is_aborted_with_a_message() {
    if std::env::var_os(HANG).is_some() {
        run_threads(2, 42, Duration::from_millis(50), |worker| {
            if worker.index == 1 {
                loop {
                    std::thread::park();
                }
            }
        });
    }
    let own = std::env::current_exe().expect("a test knows its own program");
    let child = Command::new(own)
        .args([
            "a_hung_run_is_aborted_with_a_message",
            "--exact",
            "--nocapture",
        ])
        .env(HANG, "1")
        .output()
        .expect("the test can be started again");
    assert!(!child.status.success());
    let text = String::from_utf8_lossy(&child.stderr);
    assert!(text.contains("a run of 2 threads, seed 42"), "{text}");
    assert!(text.contains("still runs after 50ms; aborting"), "{text}");
}

//! The pages in a real browser: the series are there, nothing is fetched, nothing fails.
//!
//! `cargo test -p masstree-bench --test load browser -- --ignored`; with `SCREENSHOTS=DIR` the pictures are kept there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use masstree_bench::load::Options;
use masstree_bench::load::report::compare::{compare, compare_html};
use masstree_bench::load::report::html;

use crate::run_with;

const WORKLOAD: &str = r#"
[experiment]
name = "a page for the browser"
description = "Three operations on the store in this process."
duration = "3s"
warmup = "0s"
[protocol]
type = "memory"
[runtime]
rate = 20000
arrival = "sinusoidal"
[workload.keys]
max = 10000
[[workload.operations.commands]]
name = "get"
weight = 6
[[workload.operations.commands]]
name = "set"
weight = 3
[[workload.operations.commands]]
name = "scan"
[output]
interval = "100ms"
"#;

fn chromium(arguments: &[&str], page: &Path) -> Output {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        // Whatever a page might ask for, there is no network to ask.
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            "--v=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("chromium is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:?}");
    output
}

#[test]
#[ignore = "needs chromium"]
fn the_pages_show_their_series_in_light_and_dark_narrow_and_wide() {
    let directory = tempfile::tempdir().unwrap();
    let pictures = std::env::var_os("SCREENSHOTS")
        .map_or_else(|| directory.path().to_path_buf(), PathBuf::from);
    let options = Options {
        repeat: 2,
        ..Options::default()
    };
    let report = run_with(WORKLOAD, &[], options).report;
    let comparison = compare(["a.json", "b.json"], &report, &report).unwrap();
    for (name, page) in [
        ("run", html(&report)),
        ("compare", compare_html(&comparison)),
    ] {
        let file = directory.path().join(format!("{name}.html"));
        std::fs::write(&file, page).unwrap();
        let dom = chromium(&["--dump-dom"], &file);
        let dom = String::from_utf8(dom.stdout).unwrap();
        if name == "run" {
            assert_eq!(
                dom.matches("<polyline").count(),
                8,
                "one throughput, four times, three operations"
            );
        } else {
            assert!(dom.contains("within the noise"));
        }
        for (scheme, flag) in [("light", "0"), ("dark", "1")] {
            for width in [390, 1280] {
                let picture = pictures.join(format!("{name}-{scheme}-{width}.png"));
                let mut arguments = vec![
                    format!("--screenshot={}", picture.display()),
                    format!("--window-size={width},1800"),
                ];
                if flag == "1" {
                    arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
                }
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                chromium(&arguments, &file);
                let size = std::fs::metadata(&picture).unwrap().len();
                assert!(size > 10_000, "{name} {scheme} {width}: {size} bytes");
            }
        }
    }
}

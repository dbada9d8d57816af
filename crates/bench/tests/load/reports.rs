//! Every form of the results says the same, and the page loads nothing.

use masstree_bench::load::file::Format;
use masstree_bench::load::report::compare::{
    Judgement, Metric, compare, compare_html, compare_table,
};
use masstree_bench::load::report::{Report, html};
use masstree_bench::load::{Options, Outcome, read_report};

use crate::{group, run_text, run_with};

const WORKLOAD: &str = r#"
# what <is> "run"
[experiment]
name = "reports & more"
duration = "1s"
warmup = "0s"
[protocol]
type = "memory"
[workload.keys]
max = 1000
[[workload.operations.commands]]
name = "get"
weight = 3
[[workload.operations.commands]]
name = "set"
[output]
interval = "100ms"
"#;

fn outcome(repeat: usize, options: Options) -> Outcome {
    let outcome = run_with(WORKLOAD, &[], Options { repeat, ..options });
    assert_eq!(outcome.status(), 0);
    outcome
}

#[test]
fn all_forms_are_written_and_agree() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        formats: vec![
            Format::Table,
            Format::Json,
            Format::Csv,
            Format::Html,
            Format::Hdr,
        ],
        output: Some(directory.path().join("run.any")),
        commit: Some("abc".to_owned()),
        ..Options::default()
    };
    let outcome = outcome(1, options);
    let files = outcome.write().unwrap();
    let endings: Vec<&str> = files
        .iter()
        .map(|file| file.extension().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(endings, ["json", "csv", "html", "hlog"]);

    let report = read_report(&files[0]).unwrap();
    let total = &report.runs[0].groups[0].total;
    assert!(total.done > 1000);
    assert!(total.latency.confidence.is_some());
    assert!(total.latency.min <= total.latency.p50 && total.latency.p999 <= total.latency.max);
    assert!(total.latency.deviation > 0.0);

    let csv = std::fs::read_to_string(&files[1]).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert_eq!(rows[3][4], total.done.to_string());

    let log = std::fs::read(&files[3]).unwrap();
    let text = String::from_utf8(log).unwrap();
    assert!(text.contains("Tag=get,") && text.contains("Tag=set,"));
    assert!(text.lines().filter(|line| !line.starts_with('#')).count() >= 10);

    let table = outcome.table(false).unwrap();
    assert!(
        table.contains("every value verified") && table.contains("get"),
        "{table}"
    );
}

#[test]
fn the_page_is_whole_and_loads_nothing() {
    let outcome = outcome(1, Options::default());
    let page = html(&outcome.report);
    assert!(page.len() < 2_000_000);
    let loads = [
        "http://",
        "https://",
        "<script",
        "<link rel=\"style",
        "@import",
        "url(",
        "src=",
    ];
    assert!(loads.iter().all(|load| !page.contains(load)));
    for part in [
        "Throughput over time",
        "Latency over time",
        "Latency distribution",
        "reports &amp; more",
        "what &lt;is&gt; &quot;run&quot;",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(page.matches("<polyline").count() >= 7);
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn a_run_that_measured_nothing_still_has_its_page_and_table() {
    let outcome = run_text(
        "[workload.keys]\nmax = 5\n",
        &["target.address=\"127.0.0.1:1\""],
    );
    assert_eq!(group(&outcome).total.done, 0);
    let page = html(&outcome.report);
    assert!(page.contains("server not there") && !page.contains("NaN"));
    assert!(outcome.table(true).unwrap().contains("server not there"));
}

/// Three runs that differ by a hundredth from one to the next.
fn steady() -> Report {
    let mut report = outcome(3, Options::default()).report;
    for (index, run) in report.runs.iter_mut().enumerate() {
        let group = &mut run.groups[0];
        for operation in group.operations.iter_mut().chain([&mut group.total]) {
            operation.per_second = 1000.0 + 10.0 * index as f64;
            operation.latency.p50 = 100_000 + 1000 * index as u64;
            operation.latency.p99 = 200_000 + 1000 * index as u64;
        }
        for (number, point) in group.series.iter_mut().enumerate() {
            point.per_second = 1000.0 + number as f64;
        }
    }
    report
}

/// A report whose numbers are those of another, times a factor.
fn scaled(report: &Report, factor: f64) -> Report {
    let mut report = report.clone();
    for group in report.runs.iter_mut().flat_map(|run| &mut run.groups) {
        for operation in group.operations.iter_mut().chain([&mut group.total]) {
            operation.per_second *= factor;
            operation.latency.p99 = (operation.latency.p99 as f64 / factor) as u64;
        }
        for point in &mut group.series {
            point.per_second *= factor;
        }
    }
    report
}

#[test]
fn comparisons_tell_differences_from_noise() {
    let report = steady();
    assert_eq!(report.runs.len(), 3);
    let same = compare(["a.json", "b.json"], &report, &report).unwrap();
    assert!(same.warnings.is_empty());
    assert!(
        same.rows
            .iter()
            .all(|row| row.judgement() == Judgement::Noise)
    );
    let faster = compare(["a.json", "b.json"], &report, &scaled(&report, 10.0)).unwrap();
    let of = |what| {
        faster
            .rows
            .iter()
            .find(|row| row.what == what && row.operation == "all")
            .unwrap()
    };
    assert_eq!(of(Metric::Throughput).judgement(), Judgement::Better);
    assert!((of(Metric::Throughput).change() - 9.0).abs() < 0.01);
    assert_eq!(of(Metric::P50).judgement(), Judgement::Noise);
    let slower = compare(["a", "b"], &scaled(&report, 10.0), &report).unwrap();
    assert!(
        slower
            .rows
            .iter()
            .any(|row| row.judgement() == Judgement::Worse)
    );
    let table = compare_table(&faster);
    assert!(
        table.contains("+900.0 %") && table.contains("better"),
        "{table}"
    );
    let page = compare_html(&faster);
    assert!(page.contains("within the noise") && !page.contains("http"));
}

#[test]
fn one_run_each_is_judged_by_its_intervals_where_that_can_be() {
    let mut report = steady();
    report.runs.truncate(1);
    let comparison = compare(["a", "b"], &report, &scaled(&report, 3.0)).unwrap();
    let judge = |operation: &str| {
        let row = comparison
            .rows
            .iter()
            .find(|row| row.operation == operation && row.what == Metric::Throughput);
        row.unwrap().judgement()
    };
    assert_eq!(judge("all"), Judgement::Better);
    assert_eq!(judge("get"), Judgement::Unknown);
}

#[test]
fn what_is_no_report_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{}").unwrap();
    let error = read_report(file.path()).unwrap_err().to_string();
    assert!(error.contains("no report of masstree bench"), "{error}");
    let mut report = outcome(1, Options::default()).report;
    report.form = 99;
    assert!(
        compare(["a", "b"], &report, &report)
            .unwrap_err()
            .contains("form 99")
    );
}

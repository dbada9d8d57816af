//! A whole run on few keys, and what the report says about it.

use super::{Options, maps, median, rows, run};
use crate::report::{Report, html, table};

/// Runs the named rows on a locked `BTreeMap` and the sorted array.
fn small(only: &[&str]) -> Report {
    let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
    let names = ["rwlock".to_owned(), "array".to_owned()];
    run(&Options {
        rows: rows(&only, false).expect("known rows"),
        maps: maps(&names).expect("known maps"),
        size: 2_000,
        ops: 2_000,
        threads: vec![1, 2],
        rounds: 2,
        file: None,
        probe: None,
        commit: None,
        progress: false,
    })
}

#[test]
fn the_median_of_an_even_number_is_between_the_middle_two() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
}

#[test]
fn every_row_has_a_number_for_each_contestant_that_can() {
    let report = small(&["all"]);
    for row in report
        .rows
        .iter()
        .filter(|row| !row.id.starts_with("memory"))
    {
        for cell in &row.cells {
            assert_eq!(
                (cell.wrong, cell.samples.len()),
                (0, 2),
                "{} {}",
                row.id,
                cell.map
            );
        }
        let wanted = usize::from(row.id != "tail" && !row.id.starts_with("get-many"));
        assert!(
            row.cells.iter().filter(|cell| cell.map == "rwlock").count() >= wanted,
            "{}",
            row.id
        );
    }
    assert!(!report.ours_failed());
}

#[test]
fn the_page_loads_nothing_and_the_table_has_all_rows() {
    let report = small(&["get", "scan100", "rw1"]);
    let page = html(&report);
    assert!(!page.contains("http://") && !page.contains("src=") && !page.contains("<script"));
    assert!(page.contains("prefers-color-scheme") && page.contains("RwLock BTreeMap"));
    assert_eq!(table(&report, false).lines().count(), 2 + report.rows.len());
}

#[test]
fn unknown_names_are_errors() {
    assert!(rows(&["nonsense".to_owned()], false).is_err());
    assert!(maps(&["nonsense".to_owned()]).is_err());
}

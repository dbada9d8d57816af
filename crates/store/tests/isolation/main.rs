//! Histories of transactions under contention, judged by `adya`: no anomaly below the level that was asked for.
//!
//! Lists that are appended to and registers that are written blindly; on few keys, which come into ranges and go out of use all the time. A
//! serializable transaction is strict as well: it is seen by all that begin after it has returned. Beside single reads, which take no snapshot,
//! it is serializable and no more. The judge is judged too: transactions with a check taken out have to be caught.
//!
//! `MASSTREE_HISTORIES` is the number of histories for each test, `MASSTREE_SEED` the first seed.

mod clients;
mod judge;
mod values;
mod workload;

use adya::Valid;
use clients::Way;
use judge::{expect_valid, judge};
use masstree_store::{Isolation, Store};
use masstree_testkit::stress::{mix, scale};
use values::Kind;
use workload::{Plan, record};

const HISTORIES: usize = 12;
const OPERATIONS: usize = 120;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

fn histories() -> impl Iterator<Item = u64> {
    let first = number("MASSTREE_SEED").unwrap_or(1);
    let count = number("MASSTREE_HISTORIES").unwrap_or(scale(HISTORIES) as u64);
    (0..count).map(move |round| mix(first, round))
}

fn plan(kind: Kind, way: Way) -> Plan {
    Plan {
        kind,
        way,
        others: false,
        gets: false,
        operations: OPERATIONS,
    }
}

/// All histories of both kinds keep what `model` promises.
fn keep(way: Way, others: bool, gets: bool, model: &str) {
    for seed in histories() {
        for kind in [Kind::List, Kind::Register] {
            let plan = Plan {
                others,
                gets,
                ..plan(kind, way)
            };
            let store = Store::in_memory();
            let report = judge(record(plan, &store, seed), kind, model);
            expect_valid(&report, &format!("seed {seed}, {plan:?}, {model}"));
        }
    }
}

/// Some histories of lists break what `model` promises, in one of these ways.
fn break_somewhere(way: Way, model: &str, anomalies: &[&str]) {
    for round in 0..200 {
        let store = Store::in_memory();
        let plan = plan(Kind::List, way);
        let report = judge(record(plan, &store, mix(7, round)), Kind::List, model);
        let found = |name: &&str| {
            report
                .anomaly_types
                .iter()
                .any(|found| found.starts_with(*name))
        };
        if report.valid == Valid::False && anomalies.iter().any(found) {
            println!("{way:?}, history {round}: {:?}", report.anomaly_types);
            return;
        }
    }
    panic!("{way:?} was never caught");
}

#[test]
fn serializable_transactions_are_strict() {
    keep(
        Way::Whole(Isolation::Serializable),
        false,
        false,
        "strict-serializable",
    );
}

#[test]
fn serializable_transactions_are_strict_beside_writes_and_snapshots() {
    keep(
        Way::Whole(Isolation::Serializable),
        true,
        false,
        "strict-serializable",
    );
}

#[test]
fn serializable_transactions_stay_so_beside_single_reads() {
    keep(
        Way::Whole(Isolation::Serializable),
        true,
        true,
        "serializable",
    );
}

#[test]
fn snapshot_isolation_allows_write_skew_and_nothing_else() {
    keep(
        Way::Whole(Isolation::Snapshot),
        false,
        false,
        "strong-snapshot-isolation",
    );
}

#[test]
fn snapshot_isolation_holds_beside_everything_else() {
    keep(
        Way::Whole(Isolation::Snapshot),
        true,
        true,
        "strong-snapshot-isolation",
    );
}

#[test]
fn both_levels_together_keep_the_weaker_one() {
    keep(Way::Either, true, true, "strong-snapshot-isolation");
}

#[test]
fn write_skew_is_found() {
    let way = Way::Whole(Isolation::Snapshot);
    break_somewhere(way, "serializable", &["G2-item"]);
}

#[test]
fn a_missing_check_of_ranges_is_found() {
    break_somewhere(Way::WithoutRanges, "serializable", &["G2-item"]);
}

#[test]
fn a_missing_check_of_writes_is_found() {
    break_somewhere(
        Way::WithoutChecks,
        "snapshot-isolation",
        &["lost-update", "incompatible-order"],
    );
}

#[test]
fn a_missing_snapshot_is_found() {
    break_somewhere(
        Way::WithoutSnapshot,
        "snapshot-isolation",
        &["G-single", "lost-update", "incompatible-order"],
    );
}

//! Hand-made histories, each the trace of one known fault of concurrent maps, and their innocent neighbours.

use masstree_testkit::history::{History, Operation};
use masstree_testkit::linearizability::{Refusal, check};
use masstree_testkit::map_model::MapModel;
use masstree_testkit::map_model::MapOp::{self, *};
use masstree_testkit::map_model::MapResult::{self, *};

type Row = (usize, MapOp, MapResult, u64, u64);

fn verdict(rows: &[Row]) -> Result<(), Refusal<&'static str, MapModel>> {
    let operations = rows
        .iter()
        .map(|&(thread, op, result, invoked, returned)| Operation {
            thread,
            key: "k",
            op,
            result,
            invoked,
            returned,
        })
        .collect();
    check(&MapModel::empty(), &History::from_operations(operations))
}

#[track_caller]
fn accepted(rows: &[Row]) {
    verdict(rows).unwrap();
}

/// The refusal, whose failing operation is that of row `failed`.
#[track_caller]
fn refused(rows: &[Row], failed: usize) -> Refusal<&'static str, MapModel> {
    let refusal = verdict(rows).expect_err("it should be refused");
    assert_eq!(refusal.failed.invoked, rows[failed].3, "{refusal}");
    refusal
}

#[test]
fn empty_and_sequential_histories_are_accepted() {
    accepted(&[]);
    accepted(&[
        (0, Get, Previous(None), 0, 1),
        (0, Insert(1), Previous(None), 2, 3),
        (0, FetchAdd(4), Previous(Some(1)), 4, 5),
        (0, Remove, Previous(Some(5)), 6, 7),
        (0, InsertIfAbsent(8), Previous(None), 8, 9),
    ]);
}

#[test]
fn a_stale_read_is_refused() {
    let read = |value, from| (1, Get, Previous(value), from, 9);
    let writes = [
        (0, Insert(1), Previous(None), 0, 1),
        (0, Insert(2), Previous(Some(1)), 3, 5),
    ];
    refused(&[writes[0], writes[1], read(Some(1), 6)], 2);
    accepted(&[writes[0], writes[1], read(Some(1), 4)]);
    accepted(&[writes[0], writes[1], read(Some(2), 6)]);
    refused(&[writes[0], writes[1], read(None, 4)], 2);
}

#[test]
fn a_read_that_goes_back_in_time_is_refused() {
    let write = (0, Insert(1), Previous(None), 0, 100);
    let new = (1, Get, Previous(Some(1)), 10, 20);
    let old = (2, Get, Previous(None), 30, 40);
    let refusal = refused(&[write, new, old], 2);
    assert_eq!(refusal.states, [Some(1)]);
    accepted(&[write, new, (2, Get, Previous(None), 15, 40)]);
}

#[test]
fn a_key_that_vanishes_during_a_split_is_refused() {
    refused(
        &[
            (0, Insert(1), Previous(None), 0, 1),
            (1, Get, Previous(None), 2, 3),
            (2, Get, Previous(Some(1)), 4, 5),
        ],
        1,
    );
}

#[test]
fn a_value_nobody_wrote_is_refused() {
    refused(
        &[
            (0, Insert(1), Previous(None), 0, 9),
            (1, Get, Previous(Some(3)), 1, 8),
        ],
        1,
    );
}

#[test]
fn a_lost_update_is_refused() {
    refused(
        &[
            (0, FetchAdd(1), Previous(None), 0, 10),
            (1, FetchAdd(1), Previous(None), 1, 11),
        ],
        1,
    );
    refused(
        &[
            (0, Insert(5), Previous(None), 0, 1),
            (0, FetchAdd(1), Previous(Some(5)), 2, 10),
            (1, FetchAdd(1), Previous(Some(5)), 3, 11),
        ],
        2,
    );
    accepted(&[
        (0, FetchAdd(1), Previous(Some(1)), 0, 10),
        (1, FetchAdd(1), Previous(None), 1, 11),
    ]);
}

#[test]
fn two_inserts_that_both_say_new_are_refused() {
    let insert = |thread, value| (thread, Insert(value), Previous(None), thread as u64, 10);
    refused(&[insert(0, 1), insert(1, 2)], 1);
    accepted(&[
        insert(0, 1),
        insert(1, 2),
        (2, Remove, Previous(Some(1)), 2, 10),
    ]);
}

#[test]
fn two_removes_that_both_take_the_value_are_refused() {
    let start = (0, Insert(1), Previous(None), 0, 1);
    let remove = |thread, result| (thread, Remove, Previous(result), 2 + thread as u64, 10);
    refused(&[start, remove(1, Some(1)), remove(2, Some(1))], 2);
    accepted(&[start, remove(1, None), remove(2, Some(1))]);
}

#[test]
fn a_value_returned_but_never_stored_is_refused() {
    let both = |a, b| {
        [
            (0, InsertIfAbsent(1), Holds(a), 0, 10),
            (1, InsertIfAbsent(2), Holds(b), 1, 11),
        ]
    };
    refused(&both(1, 2), 1);
    accepted(&both(1, 1));
    accepted(&both(2, 2));
}

#[test]
fn two_exchanges_that_both_win_are_refused() {
    let exchange = |thread, new, result| {
        let op = CompareExchange {
            expected: None,
            new: Some(new),
        };
        (thread, op, result, thread as u64, 10)
    };
    refused(&[exchange(0, 1, Exchanged), exchange(1, 2, Exchanged)], 1);
    accepted(&[exchange(0, 1, Refused(Some(2))), exchange(1, 2, Exchanged)]);
}

#[test]
fn the_counterexample_is_the_shortest_prefix_and_readable() {
    let mut rows: Vec<Row> = (0..40)
        .map(|i| (0, Get, Previous(None), 2 * i, 2 * i + 1))
        .collect();
    rows.push((1, Insert(7), Previous(None), 90, 200));
    rows.push((0, Get, Previous(Some(8)), 100, 101));
    rows.push((2, Get, Previous(Some(9)), 110, 120));
    rows.push((3, Get, Previous(Some(7)), 210, 220));
    let refusal = refused(&rows, 41);
    assert_eq!(refusal.operations.len(), 42);
    let mut states = refusal.states.clone();
    states.sort();
    assert_eq!(states, [None, Some(7)]);
    let text = refusal.to_string();
    assert_eq!(text, format!("{refusal:?}"));
    for part in [
        "key \"k\"",
        "18 earlier operations",
        "Get -> Previous(Some(8))   <-- cannot",
        "Insert(7) -> Previous(None)   (still running",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("Some(9)"), "{text}");
}

#[test]
fn keys_are_judged_apart() {
    let operation = |key, op, result, invoked| Operation {
        thread: 0,
        key,
        op,
        result,
        invoked,
        returned: invoked + 1,
    };
    let good = vec![
        operation("a", Insert(1), Previous(None), 0),
        operation("b", Insert(2), Previous(None), 2),
        operation("a", Get, Previous(Some(1)), 4),
    ];
    check(&MapModel::empty(), &History::from_operations(good.clone())).unwrap();
    let mut bad = good;
    bad.push(operation("b", Get, Previous(Some(1)), 6));
    let refusal = check(&MapModel::empty(), &History::from_operations(bad)).unwrap_err();
    assert_eq!((refusal.key, refusal.operations.len()), ("b", 2));
}

#[test]
fn the_state_before_the_history_counts() {
    let history = History::from_operations(vec![Operation {
        thread: 0,
        key: 1,
        op: Remove,
        result: Previous(Some(6)),
        invoked: 0,
        returned: 1,
    }]);
    check(&MapModel::holding(6), &history).unwrap();
    check(&MapModel::empty(), &history).unwrap_err();
}

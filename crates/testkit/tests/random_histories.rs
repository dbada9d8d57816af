//! The checker against histories that are right by construction, against the same with a fault put in, and against brute force.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use masstree_testkit::history::{History, Operation, Recorder};
use masstree_testkit::linearizability::{Model, check};
use masstree_testkit::map_model::{MapModel, MapOp, MapResult, answer};
use masstree_testkit::stress::{mix, run_threads, scale};
use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

type MapHistory = History<u8, MapOp, MapResult>;
type MapOperation = Operation<u8, MapOp, MapResult>;

const LIMIT: Duration = Duration::from_secs(300);

/// What threads do to a real map under a lock; every write brings a value of its own.
fn locked_map_history(threads: usize, operations: usize, keys: u8, seed: u64) -> MapHistory {
    let map = Mutex::new(BTreeMap::new());
    let recorder = Recorder::new();
    run_threads(threads, seed, LIMIT, |worker| {
        let mut rng = SmallRng::seed_from_u64(worker.seed);
        let mut log = recorder.thread();
        let mut seen = None;
        for i in 0..operations {
            let own = (worker.index * operations + i + 1) as u64;
            let op = match rng.random_range(0..8) {
                0..3 => MapOp::Get,
                3 | 4 => MapOp::Insert(own),
                5 => MapOp::Remove,
                6 => MapOp::InsertIfAbsent(own),
                _ => MapOp::CompareExchange {
                    expected: seen,
                    new: Some(own),
                },
            };
            let key = rng.random_range(0..keys);
            let pauses = [rng.random_ratio(1, 3), rng.random_ratio(1, 3)];
            let result = log.run(key, op, |key, op| {
                if pauses[0] {
                    std::thread::yield_now();
                }
                let result = apply(&mut map.lock().unwrap(), *key, *op);
                if pauses[1] {
                    std::thread::yield_now();
                }
                result
            });
            if let MapResult::Previous(value) | MapResult::Refused(value) = *result {
                seen = value;
            }
        }
    });
    recorder.into_history()
}

fn apply(map: &mut BTreeMap<u8, u64>, key: u8, op: MapOp) -> MapResult {
    let (result, after) = answer(map.get(&key).copied(), op);
    match after {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
    result
}

#[test]
fn histories_of_a_locked_map_are_accepted() {
    for seed in 0..scale(60) as u64 {
        let threads = 2 + seed as usize % 7;
        let history = locked_map_history(threads, 150, 1 + seed as u8 % 4, seed);
        assert_eq!(history.len(), threads * 150);
        check(&MapModel::empty(), &history).unwrap();
    }
}

#[test]
fn hundreds_of_operations_on_one_key_by_eight_threads_are_judged() {
    let history = locked_map_history(8, 250, 1, 99);
    check(&MapModel::empty(), &history).unwrap();
    let mut operations = history.into_operations();
    let value = unwritten(&operations);
    let last_read = operations
        .iter_mut()
        .rfind(|o| o.op == MapOp::Get)
        .expect("there are reads");
    last_read.result = MapResult::Previous(Some(value));
    let failed = last_read.clone();
    let refusal = check(&MapModel::empty(), &History::from_operations(operations)).unwrap_err();
    assert_eq!(refusal.failed, failed);
}

fn unwritten(operations: &[MapOperation]) -> u64 {
    operations.len() as u64 + 1
}

/// Puts one fault in that no order of effects can explain; `None` if the history has no place for it.
fn with_fault(history: &MapHistory, fault: u32, rng: &mut SmallRng) -> Option<MapHistory> {
    let mut operations = history.operations().to_vec();
    let end = operations.iter().map(|o| o.returned).max()? + 1;
    let mut later = |key, op, result| {
        operations.push(Operation {
            thread: usize::MAX,
            key,
            op,
            result,
            invoked: end,
            returned: end + 1,
        });
    };
    // The value an operation took out of the map for good: values are unique, so it never comes back.
    let displaced: Vec<(usize, u8, u64)> = history
        .operations()
        .iter()
        .enumerate()
        .filter_map(|(i, o)| match (o.op, o.result) {
            (MapOp::Insert(_) | MapOp::Remove, MapResult::Previous(Some(value))) => {
                Some((i, o.key, value))
            }
            _ => None,
        })
        .collect();
    let &(_, key, value) = displaced.choose(rng)?;
    match fault {
        0 => later(key, MapOp::Get, MapResult::Previous(Some(value))),
        1 => later(key, MapOp::Remove, MapResult::Previous(Some(value))),
        2 => later(key, MapOp::Get, MapResult::Previous(Some(u64::MAX))),
        3 => {
            let same_key: Vec<_> = displaced.iter().filter(|d| d.1 == key).collect();
            let &&(at, _, other) = same_key.choose(rng)?;
            if other == value {
                return None;
            }
            operations[at].result = MapResult::Previous(Some(value));
        }
        _ => {
            later(key, MapOp::Insert(u64::MAX), MapResult::Previous(None));
            operations.push(Operation {
                thread: usize::MAX - 1,
                key,
                op: MapOp::InsertIfAbsent(u64::MAX - 1),
                result: MapResult::Previous(None),
                invoked: end,
                returned: end + 1,
            });
        }
    }
    Some(History::from_operations(operations))
}

#[test]
fn histories_with_a_fault_put_in_are_refused() {
    let mut refused = [0; 5];
    for seed in 0..scale(40).max(8) as u64 {
        let history = locked_map_history(4, 60, 2, mix(17, seed));
        let mut rng = SmallRng::seed_from_u64(seed);
        for fault in 0..5 {
            if let Some(faulty) = with_fault(&history, fault, &mut rng) {
                let verdict = check(&MapModel::empty(), &faulty);
                assert!(verdict.is_err(), "fault {fault}, seed {seed} was accepted");
                refused[fault as usize] += 1;
            }
        }
    }
    assert!(refused.iter().all(|&count| count > 0), "{refused:?}");
}

/// Tries every order of the operations that keeps their real-time order.
fn has_an_order(operations: &[MapOperation], done: u32, state: Option<u64>) -> bool {
    if done.count_ones() as usize == operations.len() {
        return true;
    }
    let open = |i: usize| done & (1 << i) == 0;
    let first_return = (0..operations.len())
        .filter(|&i| open(i))
        .map(|i| operations[i].returned)
        .min()
        .expect("one is left");
    (0..operations.len())
        .filter(|&i| open(i) && operations[i].invoked <= first_return)
        .any(|i| {
            MapModel::empty()
                .step(&state, &operations[i].op, &operations[i].result)
                .is_some_and(|after| has_an_order(operations, done | 1 << i, after))
        })
}

/// Up to seven operations with random overlaps and plausible results, right or wrong.
fn small_history(rng: &mut SmallRng) -> Vec<MapOperation> {
    let count = rng.random_range(1..=7);
    let mut stamps: Vec<u64> = (0..2 * count).collect();
    stamps.shuffle(rng);
    let value = |rng: &mut SmallRng| [None, Some(1), Some(2)][rng.random_range(0..3)];
    stamps
        .chunks(2)
        .enumerate()
        .map(|(thread, pair)| {
            let (op, result) = match rng.random_range(0..6) {
                0 => (MapOp::Get, MapResult::Previous(value(rng))),
                1 => (
                    MapOp::Insert(rng.random_range(1..3)),
                    MapResult::Previous(value(rng)),
                ),
                2 => (MapOp::Remove, MapResult::Previous(value(rng))),
                3 => (MapOp::FetchAdd(1), MapResult::Previous(value(rng))),
                4 => (
                    MapOp::InsertIfAbsent(2),
                    MapResult::Holds(rng.random_range(1..3)),
                ),
                _ => {
                    let (expected, new) = (value(rng), value(rng));
                    let seen = value(rng);
                    let result = match seen == expected {
                        true => MapResult::Exchanged,
                        false => MapResult::Refused(seen),
                    };
                    (MapOp::CompareExchange { expected, new }, result)
                }
            };
            Operation {
                thread,
                key: 0,
                op,
                result,
                invoked: pair[0].min(pair[1]),
                returned: pair[0].max(pair[1]),
            }
        })
        .collect()
}

#[test]
fn verdicts_and_shortest_prefixes_agree_with_brute_force() {
    let mut rng = SmallRng::seed_from_u64(5);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..scale(20_000) {
        let operations = small_history(&mut rng);
        let verdict = check(
            &MapModel::empty(),
            &History::from_operations(operations.clone()),
        );
        assert_eq!(
            verdict.is_ok(),
            has_an_order(&operations, 0, None),
            "{operations:?}"
        );
        let Err(refusal) = verdict else {
            accepted += 1;
            continue;
        };
        refused += 1;
        // Up to the failing return no choice of the operations still running helps; before it, one does.
        let until = refusal.failed.returned;
        assert!(!prefix_has_an_order(&operations, until), "{refusal}");
        assert!(prefix_has_an_order(&operations, until - 1), "{refusal}");
    }
    assert!(
        accepted > scale(1_000) && refused > scale(1_000),
        "{accepted} {refused}"
    );
}

/// Whether what returned by `until`, with some of what was running then, has an order.
fn prefix_has_an_order(operations: &[MapOperation], until: u64) -> bool {
    let (returned, rest): (Vec<_>, Vec<_>) = operations
        .iter()
        .cloned()
        .partition(|o| o.returned <= until);
    let running: Vec<_> = rest.into_iter().filter(|o| o.invoked <= until).collect();
    (0u32..1 << running.len()).any(|chosen| {
        let mut prefix = returned.clone();
        for (i, operation) in running.iter().enumerate() {
            if chosen & (1 << i) != 0 {
                prefix.push(operation.clone());
            }
        }
        has_an_order(&prefix, 0, None)
    })
}

//! Histories of four threads on few keys, recorded and judged: each operation on a key happens at one moment between its call and its return.
//!
//! The keys lie where the tree changes its shape: in leaves that split and are unlinked, in a crowd of one slice that becomes a layer, in a layer whose
//! prefix is cut. A map with a fault put in on purpose is refused.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use masstree_testkit::history::{History, Recorder, ThreadLog};
use masstree_testkit::linearizability::check;
use masstree_testkit::map_model::{MapModel, MapOp, MapResult};
use masstree_testkit::stress::{mix, run_threads, scale};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

mod scenes;
mod subject;

use scenes::{Scene, scenes};
use subject::{Losing, Narrow, Stale, Subject};

const HISTORIES: usize = 1_000;
const THREADS: usize = 4;
const OPERATIONS: usize = 100;
const LIMIT: Duration = Duration::from_secs(300);

type Log = ThreadLog<Vec<u8>, MapOp, MapResult>;

fn random_op(rng: &mut SmallRng, fresh: u64, recent: &HashMap<Vec<u8>, u64>, key: &[u8]) -> MapOp {
    match rng.random_range(0..10) {
        0..3 => MapOp::Get,
        3..5 => MapOp::Insert(fresh),
        5..7 => MapOp::Remove,
        7 => MapOp::InsertIfAbsent(fresh),
        8 => MapOp::FetchAdd(1 << 32),
        _ => MapOp::CompareExchange {
            expected: recent.get(key).copied(),
            new: rng.random_bool(0.5).then_some(fresh),
        },
    }
}

/// What one thread does: recorded operations on the scene's keys, and others on its neighbours between them. How often the thread saw that the number of
/// leaves or layers had become another.
fn work(
    subject: &impl Subject,
    scene: &Scene,
    log: &mut Log,
    seed: u64,
    thread: usize,
) -> (usize, usize) {
    let (mut shape, mut changes) = (subject.census(), (0, 0));
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut recent: HashMap<Vec<u8>, u64> = HashMap::new();
    for i in 0..OPERATIONS {
        let key = scene.keys[rng.random_range(0..scene.keys.len())].clone();
        let fresh = (thread * OPERATIONS + i + 1) as u64;
        let op = random_op(&mut rng, fresh, &recent, &key);
        let result = *log.run(key.clone(), op, |key, op| subject.apply(key, *op));
        if let MapResult::Previous(Some(value))
        | MapResult::Refused(Some(value))
        | MapResult::Holds(value) = result
        {
            recent.insert(key, value);
        }
        // The neighbours come all together and go all together, so that leaves and layers do.
        let neighbour = &scene.passing[rng.random_range(0..scene.passing.len())];
        let coming = (i / 20 + thread / 2).is_multiple_of(2);
        if coming {
            subject.insert(neighbour, 0);
        } else {
            subject.remove(neighbour);
            subject.remove(&scene.passing[rng.random_range(0..scene.passing.len())]);
        }
        let now = subject.census();
        changes.0 += usize::from(now.0 != shape.0);
        changes.1 += usize::from(now.1 != shape.1);
        shape = now;
        if rng.random_ratio(1, 8) {
            std::thread::yield_now();
        }
    }
    changes
}

type Recorded = (History<Vec<u8>, MapOp, MapResult>, (usize, usize));

fn record(subject: &impl Subject, scene: &Scene, seed: u64) -> Recorded {
    for key in &scene.preloaded {
        subject.insert(key, 0);
    }
    let recorder = Recorder::new();
    let changes = run_threads(THREADS, seed, LIMIT, |worker| {
        let mut log = recorder.thread();
        work(subject, scene, &mut log, worker.seed, worker.index)
    });
    let sum = |(leaves, layers), (more, deeper)| (leaves + more, layers + deeper);
    (
        recorder.into_history(),
        changes.into_iter().fold((0, 0), sum),
    )
}

#[test]
fn recorded_histories_are_linearizable() {
    let scenes = scenes();
    let mut seen = [(0, 0); 4];
    for round in 0..scale(HISTORIES) {
        let scene = &scenes[round % scenes.len()];
        let map = Narrow::new();
        let (history, changes) = record(&map, scene, mix(1, round as u64));
        seen[round % scenes.len()].0 += changes.0;
        seen[round % scenes.len()].1 += changes.1;
        assert_eq!(history.len(), THREADS * OPERATIONS);
        if let Err(refusal) = check(&MapModel::empty(), &history) {
            panic!("{}, round {round}: {refusal}", scene.name);
        }
    }
    println!("changes of the number of leaves and of layers that threads saw: {seen:?}");
    assert_ne!(seen[0].0, 0, "no leaf was split or unlinked");
    assert!(
        seen[1..].iter().all(|changes| changes.1 > 0),
        "no layer came or went"
    );
}

/// How many of twenty histories are refused.
fn refused<T: Subject>(make: impl Fn() -> T) -> usize {
    let scenes = scenes();
    (0..20)
        .filter(|&round| {
            let (history, _) = record(&make(), &scenes[round % scenes.len()], mix(2, round as u64));
            check(&MapModel::empty(), &history).is_err()
        })
        .count()
}

#[test]
fn a_map_with_stale_answers_is_refused() {
    let make = || Stale {
        map: Narrow::new(),
        remembered: Mutex::default(),
    };
    assert_eq!(refused(make), 20);
}

#[test]
fn a_map_that_loses_updates_is_refused() {
    assert_ne!(refused(|| Losing(Narrow::new())), 0);
}

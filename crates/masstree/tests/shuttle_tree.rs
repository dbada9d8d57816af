//! The whole tree under shuttle: four scenes, each run in 25,000 random schedules, half of them chosen by a random walk and half by probabilistic
//! concurrency testing. `ci/shuttle.sh` runs them.
//!
//! Shuttle knows interleavings, not memory orderings (these are loom's part), so it reaches what loom cannot: several operations on trees of many nodes.
//! In each schedule four threads write, read and scan; what each of them is told is judged by the linearizability checker, key by key, scans see
//! each key that stays exactly once and in order, and at the end the map holds what the last writes left.
#![cfg(shuttle)]

use std::collections::BTreeMap;
use std::sync::Arc;

use masstree::{Inline, Map, RangeBound};
use masstree_testkit::history::{Recorder, ThreadLog};
use masstree_testkit::linearizability::check;
use masstree_testkit::map_model::{MapModel, MapOp, MapResult};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

/// The narrowest map there is: ten entries a leaf, three separators an inner node.
type Narrow = Map<Inline<u64>, 10, 3>;
type Log = ThreadLog<Vec<u8>, MapOp, MapResult>;
type Shared = Arc<Recorder<Vec<u8>, MapOp, MapResult>>;

/// Schedules of each scene and each scheduler; four scenes and two schedulers make 100,000.
const SCHEDULES: usize = 12_500;
/// Places at which probabilistic concurrency testing changes priorities.
const DEPTH: usize = 4;
/// The value of keys that nobody changes.
const STAYS: u64 = 0;

/// Keys by what happens to them.
struct Scene {
    /// In the map all the time.
    staying: Vec<Vec<u8>>,
    /// In the map first; one thread takes them out.
    going: Vec<Vec<u8>>,
    /// Not in the map first; one thread puts them in.
    coming: Vec<Vec<u8>>,
    /// What two threads fight over.
    contended: Vec<u8>,
}

fn keys(prefix: &str, letters: impl Iterator<Item = u8>) -> Vec<Vec<u8>> {
    letters
        .map(|letter| [prefix.as_bytes(), &[letter]].concat())
        .collect()
}

fn splits() -> Scene {
    Scene {
        staying: keys("", (b'a'..=b'z').step_by(3)),
        going: Vec::new(),
        // Into the last leaf first, then into the first, so that leaves with a right neighbour split.
        coming: keys(
            "",
            (b'o'..=b'z')
                .chain(b'a'..=b'n')
                .filter(|letter| (letter - b'a') % 3 != 0),
        ),
        contended: b"m!".to_vec(),
    }
}

fn unlinked_leaves() -> Scene {
    Scene {
        staying: keys("", [b'a', b'z'].into_iter()),
        // Several leaves that hold nothing else.
        going: keys("", b'b'..=b'y'),
        coming: keys("k", [b'!', b'?'].into_iter()),
        contended: b"u!".to_vec(),
    }
}

fn layers() -> Scene {
    Scene {
        staying: keys("slice 1;", [b'a', b'm'].into_iter()),
        going: keys("slice 1;", b'n'..=b's'),
        coming: keys("slice 1;", b'b'..=b'e'),
        contended: b"slice 1;".to_vec(),
    }
}

fn prefixes() -> Scene {
    Scene {
        staying: vec![b"slice".to_vec(), b"slice 2;".to_vec()],
        going: keys("slice 1;slice 2;slice 3;", b'a'..=b'k'),
        coming: vec![
            b"slice 1;slice 2;slice X".to_vec(),
            b"slice 1;slice X".to_vec(),
            b"slice 1;slice 2;slice 3;slice 4;".to_vec(),
        ],
        contended: b"slice 1;slice 2;".to_vec(),
    }
}

fn apply(map: &Narrow, log: &mut Log, key: &[u8], op: MapOp) {
    log.run(key.to_vec(), op, |key, op| {
        MapResult::Previous(match *op {
            MapOp::Insert(value) => map.insert(key, value).unwrap(),
            MapOp::Remove => map.remove(key).unwrap(),
            MapOp::FetchAdd(by) => map
                .fetch_update(key, |value| Some(value.unwrap_or(0) + by), &map.guard())
                .unwrap(),
            _ => map.get(key),
        })
    });
}

/// Scans both ways: in order, and each key that stays once.
fn scan(map: &Narrow, staying: &[Vec<u8>]) {
    let (all, guard) = (RangeBound::Unbounded, map.guard());
    let mut forward = Vec::new();
    let mut backward = Vec::new();
    map.scan_ref(
        all,
        all,
        |key, _| {
            forward.push(key.to_vec());
            true
        },
        &guard,
    );
    map.scan_rev(
        all,
        all,
        |key, _| {
            backward.push(key.to_vec());
            true
        },
        &guard,
    );
    backward.reverse();
    for seen in [forward, backward] {
        assert!(
            seen.is_sorted_by(|left, right| left < right),
            "out of order: {seen:?}"
        );
        let kept = seen.iter().filter(|key| staying.contains(key));
        assert!(kept.eq(staying), "a key that stays was missed: {seen:?}");
    }
}

/// One schedule of a scene.
fn play(scene: &Arc<Scene>) {
    let map = Arc::new(Narrow::new());
    let recorder: Shared = Arc::new(Recorder::new());
    let mut log = recorder.thread();
    for key in &scene.staying {
        map.insert(key, STAYS).unwrap();
    }
    for key in &scene.going {
        apply(&map, &mut log, key, MapOp::Insert(1));
    }
    drop(log);
    let spawn = |work: fn(&Narrow, &Scene, &mut Log)| {
        let (map, scene, mut log) = (Arc::clone(&map), Arc::clone(scene), recorder.thread());
        thread::spawn(move || work(&map, &scene, &mut log))
    };
    let threads = [
        spawn(|map, scene, log| {
            for key in &scene.coming {
                apply(map, log, key, MapOp::Insert(2));
            }
            apply(map, log, &scene.contended, MapOp::FetchAdd(1 << 16));
        }),
        spawn(|map, scene, log| {
            for key in &scene.going {
                apply(map, log, key, MapOp::Remove);
            }
            apply(map, log, &scene.contended, MapOp::FetchAdd(1 << 16));
        }),
        spawn(|map, scene, log| {
            apply(map, log, &scene.contended, MapOp::Insert(3));
            for key in scene.coming.iter().rev().chain(&scene.going).step_by(3) {
                apply(map, log, key, MapOp::Get);
            }
            apply(map, log, &scene.contended, MapOp::Remove);
        }),
        spawn(|map, scene, _| scan(map, &scene.staying)),
    ];
    for thread in threads {
        thread.join().unwrap();
    }

    let expected: BTreeMap<_, _> = scene
        .staying
        .iter()
        .map(|key| (key.clone(), STAYS))
        .chain(scene.coming.iter().map(|key| (key.clone(), 2)))
        .collect();
    let mut log = recorder.thread();
    apply(&map, &mut log, &scene.contended, MapOp::Remove);
    drop(log);
    let found: BTreeMap<_, _> = map
        .iter(&map.guard())
        .map(|entry| (entry.key().to_vec(), entry.value()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(map.len(), expected.len());
    let Ok(recorder) = Arc::try_unwrap(recorder) else {
        panic!("a thread still has the recorder");
    };
    check(&MapModel::empty(), &recorder.into_history()).unwrap();
}

fn run(scene: Scene) {
    let scene = Arc::new(scene);
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new_from_seed(1, SCHEDULES)),
        Box::new(PctScheduler::new_from_seed(2, DEPTH, SCHEDULES)),
    ];
    let mut schedules = 0;
    for scheduler in schedulers {
        let scene = Arc::clone(&scene);
        let mut config = Config::new();
        config.stack_size = 1 << 18;
        schedules += Runner::new(scheduler, config).run(move || play(&scene));
    }
    println!(
        "{}: {schedules} schedules",
        std::thread::current().name().unwrap_or_default()
    );
    assert_eq!(schedules, 2 * SCHEDULES);
}

#[test]
fn leaves_split() {
    run(splits());
}

#[test]
fn leaves_are_unlinked() {
    run(unlinked_leaves());
}

#[test]
fn layers_are_made_and_unlinked() {
    run(layers());
}

#[test]
fn prefixes_are_cut() {
    run(prefixes());
}

//! A directory of format version 1 keeps opening.
//!
//! `fixtures/v1` was made by `make_the_fixture`, which is ignored so that nobody makes it anew by accident: a format that has
//! changed gets a version and a fixture of its own.

mod disk_support;

use disk_support::{Contents, Model, Simulated, quiet, read};
use masstree_store::disk::verify;
use masstree_testkit::disk::SimulatedDisk;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(path()).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// A checkpoint in the middle, several segments, and a crash at the end that has torn the last frame.
fn script(disk: &SimulatedDisk) -> Contents {
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    for number in 0..60 {
        if number == 30 {
            model.checkpoint().unwrap();
        }
        model.transaction(number).unwrap();
    }
    model.log.sync().unwrap();
    let expected = model.states.last().unwrap().clone();
    let position = model.transaction(60).unwrap();
    model.log.written(position).unwrap();
    std::mem::forget(model.log);
    expected
}

#[test]
fn version_1_opens() {
    let expected = script(&SimulatedDisk::new());
    let disk = SimulatedDisk::with_files(files());
    let inspection = verify(Arc::new(Simulated(disk.clone()))).unwrap();
    assert!(inspection.damages.is_empty(), "{:?}", inspection.damages);
    assert_eq!((inspection.records, inspection.timestamp), (30, 60));
    let (contents, report) = read(Simulated(disk.clone())).unwrap();
    assert_eq!(contents, expected);
    assert_eq!((report.records, report.timestamp), (30, 60));
    assert_eq!(report.torn, inspection.torn);
    assert!(report.torn.is_some());
    // It can be written to as well.
    let mut model = Model::open(Simulated(disk), &quiet()).unwrap();
    model.play(50).unwrap();
}

#[test]
#[ignore = "writes the fixture"]
fn make_the_fixture() {
    let disk = SimulatedDisk::new();
    script(&disk);
    std::fs::create_dir_all(path()).unwrap();
    let mut files = disk.files().unwrap();
    let last = files
        .keys()
        .rfind(|name| name.ends_with(".log"))
        .unwrap()
        .clone();
    let torn = files.get_mut(&last).unwrap();
    torn.truncate(torn.len() - 3);
    for (name, bytes) in files {
        std::fs::write(path().join(name), bytes).unwrap();
    }
}

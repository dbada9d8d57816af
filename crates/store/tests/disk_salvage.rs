//! What can be read of a damaged directory is written out, and everything that is wrong is told.

mod disk_support;

use disk_support::{Contents, Model, Simulated, apply, decode_row, quiet};
use masstree_store::disk::{Error, Inspection, LogOptions, Salvaged, salvage, verify};
use masstree_testkit::disk::SimulatedDisk;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A checkpoint at 20, and 20 more transactions in several segments.
fn directory() -> (BTreeMap<String, Vec<u8>>, Contents) {
    let disk = SimulatedDisk::new();
    let mut model = Model::open(Simulated(disk.clone()), &quiet()).unwrap();
    for number in 0..40 {
        if number == 20 {
            model.checkpoint().unwrap();
        }
        model.transaction(number).unwrap();
    }
    let contents = model.states.pop().unwrap();
    model.log.close().unwrap();
    (disk.files().unwrap(), contents)
}

fn salvaged(files: &BTreeMap<String, Vec<u8>>) -> (Contents, Inspection) {
    let mut contents = Contents::new();
    let disk = Simulated(SimulatedDisk::with_files(files.clone()));
    let inspection = salvage(Arc::new(disk), |found| match found {
        Salvaged::Row { key, row } => {
            contents.insert(key.to_vec(), decode_row(row));
            Ok::<_, Error>(())
        }
        Salvaged::Record(record) => record.for_each(|change| {
            apply(&mut contents, change);
            Ok(())
        }),
    });
    (contents, inspection.unwrap())
}

#[test]
fn an_intact_directory_is_salvaged_whole() {
    let (files, expected) = directory();
    let (contents, inspection) = salvaged(&files);
    assert_eq!(contents, expected);
    assert!(inspection.damages.is_empty() && inspection.torn.is_none());
    assert_eq!((inspection.records, inspection.timestamp), (20, 40));
    let bytes: usize = files.values().map(Vec::len).sum();
    assert_eq!(inspection.bytes as usize, bytes);
    assert_eq!(inspection.files as usize, files.len());
}

#[test]
fn without_a_manifest_all_is_there() {
    let (mut files, expected) = directory();
    files.remove("MANIFEST");
    let (contents, inspection) = salvaged(&files);
    assert_eq!((contents, inspection.damages.len()), (expected, 1));
}

#[test]
fn odd_names_of_files_do_no_harm() {
    let (mut files, _) = directory();
    files.remove("MANIFEST");
    for name in [
        "18446744073709551615.log",
        "18446744073709551615-4294967295.part",
    ] {
        files.insert(name.to_owned(), vec![0; 100]);
    }
    let (_, inspection) = salvaged(&files);
    assert_eq!(inspection.records, 20);
    assert!(inspection.damages.len() > 3);
}

#[test]
fn one_bad_frame_costs_one_transaction_at_most() {
    let (files, _) = directory();
    let segments = files.keys().filter(|name| name.ends_with(".log"));
    for name in segments {
        let mut bad = files.clone();
        // In the body of the frame behind the segment's header and first mark: a transaction, or another mark.
        bad.get_mut(name).unwrap()[44 + 29 + 20 + 5] ^= 1;
        let (_, inspection) = salvaged(&bad);
        if inspection.torn.is_some() {
            // The last mark of the last segment.
            continue;
        }
        assert!((19..=20).contains(&inspection.records), "{name}");
        assert_eq!(
            inspection.damages.len(),
            1,
            "{name}: {:?}",
            inspection.damages
        );
    }
}

#[test]
fn a_bad_header_costs_nothing_but_a_note() {
    let (files, expected) = directory();
    for name in files.keys().filter(|name| *name != "MANIFEST") {
        let mut bad = files.clone();
        bad.get_mut(name).unwrap()[17] ^= 1;
        let (contents, inspection) = salvaged(&bad);
        assert_eq!(contents, expected, "{name}");
        assert!(!inspection.damages.is_empty(), "{name}");
    }
}

#[test]
fn bad_blocks_are_all_told() {
    let disk = SimulatedDisk::new();
    let options = LogOptions::default();
    let model = Model::open(Simulated(disk.clone()), &options).unwrap();
    let cut = model.log.rotate(|| 1).unwrap();
    let writer = model.checkpoints.begin().unwrap();
    let mut part = writer.part().unwrap();
    for number in 0..200_000_u32 {
        part.row(&number.to_be_bytes(), &[0; 16]).unwrap();
    }
    part.finish().unwrap();
    writer.commit(cut).unwrap();
    model.log.close().unwrap();
    let mut files = disk.files().unwrap();
    let verified = verify(Arc::new(Simulated(SimulatedDisk::with_files(
        files.clone(),
    ))))
    .unwrap();
    assert!(verified.blocks > 10 && verified.rows == 200_000);
    let part = files.get_mut("00000001-0000.part").unwrap();
    // The header of the first block, and something in the middle.
    part[45] ^= 1;
    let middle = part.len() / 2;
    part[middle] ^= 1;
    let (_, inspection) = salvaged(&files);
    assert_eq!(inspection.damages.len(), 2, "{:?}", inspection.damages);
    assert_eq!(inspection.blocks, verified.blocks - 2);
}

//! Every bit of every byte of a small directory is flipped, one at a time: it is found, or the contents are whole and the last bytes
//! of the log, which held no transaction, are reported as torn.

mod disk_support;

use disk_support::{Model, Simulated, quiet, read};
use masstree_store::disk::{Error, verify};
use masstree_testkit::disk::SimulatedDisk;
use std::collections::BTreeMap;
use std::sync::Arc;

type Files = BTreeMap<String, Vec<u8>>;

/// A checkpoint of two parts, a full segment, and one that was closed.
fn directory() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let options = masstree_store::disk::LogOptions {
        segment_bytes: 300,
        ..quiet()
    };
    let mut model = Model::open(Simulated(disk.clone()), &options).unwrap();
    for number in 0..6 {
        model.transaction(number).unwrap();
    }
    model.checkpoint().unwrap();
    for number in [0, 1, 11, 22] {
        model.transaction(number).unwrap();
    }
    model.log.close().unwrap();
    disk
}

fn open(files: &Files) -> Simulated {
    Simulated(SimulatedDisk::with_files(files.clone()))
}

#[test]
fn every_flipped_bit_is_found_or_harmless() {
    let disk = directory();
    let files = disk.files().unwrap();
    assert!(files.len() >= 5, "{:?}", files.keys());
    let (whole, report) = read(Simulated(disk)).unwrap();
    assert_eq!(report.torn, None);
    let last = files.keys().rfind(|name| name.ends_with(".log")).unwrap();
    let mut harmless = 0;
    for (name, bytes) in &files {
        for bit in 0..bytes.len() * 8 {
            let at = (bit / 8) as u64;
            let mut bad = files.clone();
            bad.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let inspection = verify(Arc::new(open(&bad))).unwrap();
            match read(open(&bad)) {
                Err(Error::Damaged { file, offset, .. }) => {
                    assert!(
                        file == *name && offset <= at,
                        "{file} {offset}, not {name} {at}"
                    );
                    let first = &inspection.damages[0];
                    assert!(
                        matches!(first, Error::Damaged { file: f, offset: o, .. } if *f == file && *o == offset),
                        "{first}, not {file} {offset}"
                    );
                }
                Err(error) => panic!("{name} {at}: {error}"),
                Ok((contents, report)) => {
                    let torn = report
                        .torn
                        .unwrap_or_else(|| panic!("{name} {at}: not found"));
                    assert!(name == last && torn.file == *last && torn.offset <= at);
                    assert!(contents == whole, "{name} {at}: other contents");
                    assert!(inspection.damages.is_empty());
                    assert_eq!(inspection.torn, Some(torn));
                    harmless += 1;
                }
            }
        }
    }
    // A mark and a seal, of 29 bytes each.
    assert_eq!(harmless, 2 * 29 * 8);
}

#[test]
fn every_missing_file_is_found() {
    let disk = directory();
    let files = disk.files().unwrap();
    let last = files.keys().rfind(|name| name.ends_with(".log")).unwrap();
    for name in files.keys().filter(|name| *name != last) {
        let mut left = files.clone();
        left.remove(name);
        assert!(read(open(&left)).is_err(), "{name}");
        let inspection = verify(Arc::new(open(&left))).unwrap();
        assert!(!inspection.damages.is_empty(), "{name}");
    }
}

#[test]
fn every_cut_and_every_grown_file_is_found() {
    let disk = directory();
    let files = disk.files().unwrap();
    let last = files.keys().rfind(|name| name.ends_with(".log")).unwrap();
    for (name, bytes) in &files {
        for length in 0..bytes.len() {
            if name == last && length >= 44 {
                continue;
            }
            let mut cut = files.clone();
            cut.insert(name.clone(), bytes[..length].to_vec());
            let error = read(open(&cut)).unwrap_err();
            assert!(
                matches!(error, Error::Damaged { .. }),
                "{name} {length}: {error}"
            );
            assert!(!verify(Arc::new(open(&cut))).unwrap().damages.is_empty());
        }
        for more in [0, 1, 255] {
            let mut grown = files.clone();
            grown.get_mut(name).unwrap().extend_from_slice(&[more; 64]);
            let error = read(open(&grown)).unwrap_err();
            assert!(matches!(error, Error::Damaged { .. }), "{name}: {error}");
        }
    }
}

#[test]
fn files_of_another_store_are_found() {
    let (mine, other) = (directory().files().unwrap(), directory().files().unwrap());
    for (name, bytes) in other {
        let mut mixed = mine.clone();
        mixed.insert(name.clone(), bytes);
        assert!(read(open(&mixed)).is_err(), "{name}");
    }
}

#[test]
fn a_later_format_is_refused_by_name() {
    let files = directory().files().unwrap();
    for name in ["MANIFEST", "00000002-0001.part", "x"] {
        let Some(name) = files.keys().find(|found| found.contains(name)) else {
            continue;
        };
        let mut newer = files.clone();
        let bytes = newer.get_mut(name).unwrap();
        bytes[8] = 2;
        let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        let sum = crc_fast::crc32_iscsi(&bytes[..length - 4]);
        bytes[length - 4..length].copy_from_slice(&sum.to_le_bytes());
        let error = read(open(&newer)).unwrap_err();
        assert!(
            matches!(&error, Error::NewerFormat { file, version: 2, known: 1 } if file == name),
            "{error}"
        );
    }
}

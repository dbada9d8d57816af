//! Directories of a store as the fuzzer wants them: the structures of docs/formats.md with right checksums around any contents, so that
//! the readers behind the checksums are reached. Written from that document, not with the store's own code.
#![allow(dead_code, reason = "each target uses its part")]

#[path = "../../../crates/store/tests/disk_support/mod.rs"]
mod disk_support;

use arbitrary::Unstructured;
use disk_support::Simulated;
use masstree_store::disk::{Error, Salvaged, recover, salvage, verify};
use masstree_testkit::disk::SimulatedDisk;
use std::sync::Arc;

pub const STORE: u64 = 0x5eed;

pub type Files = Vec<(String, Vec<u8>)>;

fn sum(bytes: &[u8]) -> [u8; 4] {
    crc_fast::crc32_iscsi(bytes).to_le_bytes()
}

/// Magic, version, length, fields, checksum.
pub fn header(magic: &[u8; 8], version: u32, fields: &[u8]) -> Vec<u8> {
    let mut out = magic.to_vec();
    out.extend_from_slice(&version.to_le_bytes());
    out.extend_from_slice(&(20 + fields.len() as u32).to_le_bytes());
    out.extend_from_slice(fields);
    out.extend_from_slice(&sum(&out));
    out
}

pub fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Appends a frame with these contents to a segment.
pub fn frame(segment: &mut Vec<u8>, number: u64, length: u32, timestamp: u64, body: &[u8]) {
    let mut head = length.to_le_bytes().to_vec();
    head.extend_from_slice(&sum(body));
    head.extend_from_slice(&timestamp.to_le_bytes());
    let mut summed = head.clone();
    summed.extend(words(&[segment.len() as u64, number, STORE]));
    segment.extend_from_slice(&head);
    segment.extend_from_slice(&sum(&summed));
    segment.extend_from_slice(body);
}

/// Appends a block with these contents to a part.
pub fn block(part: &mut Vec<u8>, place: (u64, u32), sizes: [u32; 4], body: &[u8]) {
    let mut head: Vec<u8> = sizes.iter().flat_map(|word| word.to_le_bytes()).collect();
    head.extend_from_slice(&sum(body));
    let mut summed = head.clone();
    summed.extend(words(&[part.len() as u64, place.0, STORE]));
    summed.extend_from_slice(&place.1.to_le_bytes());
    part.extend_from_slice(&head);
    part.extend_from_slice(&sum(&summed));
    part.extend_from_slice(body);
}

/// Flips a bit or cuts a file here and there.
pub fn spoil(files: &mut Files, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    for _ in 0..input.int_in_range(0..=3)? {
        let index = input.choose_index(files.len())?;
        let bytes = &mut files[index].1;
        if bytes.is_empty() {
            continue;
        }
        let at = input.choose_index(bytes.len())?;
        if input.ratio(1, 4)? {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << input.int_in_range(0..=7)?;
        }
    }
    Ok(())
}

/// Recovery, `verify` and `salvage` read the same files: none panics, and they agree on whether these are damaged.
pub fn check(files: Files) {
    let open = || Simulated(SimulatedDisk::with_files(files.clone()));
    let recovered = recover(
        Arc::new(open()),
        2,
        |_| {},
        |_, _| Ok::<_, Error>(()),
        |changes| changes.for_each(|_, _| Ok(())),
    );
    let verified = verify(Arc::new(open()));
    let (mut rows, mut records) = (0, 0);
    let salvaged = salvage(Arc::new(open()), |found| {
        match found {
            Salvaged::Row { .. } => rows += 1,
            Salvaged::Record(record) => {
                records += 1;
                record.for_each(|_| Ok::<_, Error>(()))?;
            }
        }
        Ok::<_, Error>(())
    });
    match (recovered, verified, salvaged) {
        (Ok(recovered), Ok(verified), Ok(salvaged)) => {
            let report = recovered.report;
            assert!(verified.damages.is_empty(), "{:?}", verified.damages);
            assert_eq!(report.torn, verified.torn);
            assert_eq!((report.rows, report.records), (rows, records));
            assert_eq!((salvaged.rows, salvaged.records), (rows, records));
        }
        (Err(error), Ok(verified), Ok(_)) => {
            assert!(!verified.damages.is_empty(), "only recovery says {error}");
        }
        (Err(_), Err(Error::NewerFormat { .. }), Err(Error::NewerFormat { .. })) => {}
        (recovered, verified, salvaged) => panic!(
            "{:?}, {:?}, {:?}",
            recovered.err(),
            verified.err(),
            salvaged.err()
        ),
    }
}

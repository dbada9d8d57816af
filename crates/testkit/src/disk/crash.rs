//! What is left after a crash.

use super::file::{Change, Inode};
use super::{Names, SimulatedDisk, State};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Blocks reach the disk whole or not at all, when a crash takes them out of order.
const BLOCK: usize = 512;

/// What becomes of changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// None has happened.
    Lost,
    /// All have happened.
    Kept,
    /// Some first ones have happened, and a write the last of them in part, cut at any byte.
    Torn,
    /// Each block of each write has happened or not, in no order; those that have not are zeros where the file is longer. Names as
    /// with `Torn`.
    Holes,
}

/// How a crash ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// What becomes of files' bytes.
    pub bytes: Unsynced,
    /// What becomes of names.
    pub names: Unsynced,
    /// Decides what the two leave open.
    pub seed: u64,
}

impl Crash {
    /// The process dies; the operating system keeps everything.
    pub fn process() -> Self {
        Self {
            bytes: Unsynced::Kept,
            names: Unsynced::Kept,
            seed: 0,
        }
    }

    /// The machine dies, and nothing that was not synced is there.
    pub fn machine() -> Self {
        Self {
            bytes: Unsynced::Lost,
            names: Unsynced::Lost,
            seed: 0,
        }
    }

    /// Every combination of what may become of bytes and of names, each with `seed`.
    pub fn all(seed: u64) -> impl Iterator<Item = Self> {
        use Unsynced::{Holes, Kept, Lost, Torn};
        [Lost, Kept, Torn, Holes]
            .into_iter()
            .flat_map(move |bytes| {
                [Lost, Kept, Torn]
                    .into_iter()
                    .map(move |names| Self { bytes, names, seed })
            })
    }
}

impl SimulatedDisk {
    /// The disk that is found after a crash at this moment. This one stays as it is.
    pub fn crash(&self, crash: &Crash) -> Self {
        let state = self.lock();
        let mut random = SmallRng::seed_from_u64(crash.seed);
        let names = state.surviving_names(crash.names, &mut random);
        let files: Vec<_> = names
            .iter()
            .map(|(name, inode)| {
                let bytes = state.inodes[*inode].surviving(crash.bytes, &mut random);
                (name.clone(), bytes)
            })
            .collect();
        Self::with_files(files)
    }
}

impl State {
    fn surviving_names(&self, unsynced: Unsynced, random: &mut SmallRng) -> Names {
        let changes = match unsynced {
            Unsynced::Lost => 0,
            Unsynced::Kept => self.name_changes.len(),
            Unsynced::Torn | Unsynced::Holes => random.random_range(0..=self.name_changes.len()),
        };
        let mut names = self.synced_names.clone();
        for change in &self.name_changes[..changes] {
            change.apply(&mut names);
        }
        names
    }
}

impl Inode {
    fn surviving(&self, unsynced: Unsynced, random: &mut SmallRng) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        match unsynced {
            Unsynced::Lost => {}
            Unsynced::Kept => {
                for change in &self.changes {
                    change.apply(&mut bytes);
                }
            }
            Unsynced::Torn => {
                let whole = random.random_range(0..=self.changes.len());
                for change in &self.changes[..whole] {
                    change.apply(&mut bytes);
                }
                if let Some(Change::Write { offset, bytes: new }) = self.changes.get(whole) {
                    let cut = random.random_range(0..=new.len());
                    let torn = Change::Write {
                        offset: *offset,
                        bytes: new[..cut].to_vec(),
                    };
                    torn.apply(&mut bytes);
                }
            }
            Unsynced::Holes => {
                for change in &self.changes {
                    let Change::Write { offset, bytes: new } = change else {
                        change.apply(&mut bytes);
                        continue;
                    };
                    // Blocks of the file, not of the write.
                    let mut from = *offset;
                    let end = offset + new.len();
                    while from < end {
                        let to = ((from / BLOCK + 1) * BLOCK).min(end);
                        if random.random_bool(0.5) {
                            let block = Change::Write {
                                offset: from,
                                bytes: new[from - offset..to - offset].to_vec(),
                            };
                            block.apply(&mut bytes);
                        }
                        from = to;
                    }
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Failure;

    fn disk() -> SimulatedDisk {
        let disk = SimulatedDisk::new();
        let file = disk.create("a").unwrap();
        file.append(&[1; 1000]).unwrap();
        file.sync().unwrap();
        disk.sync_directory().unwrap();
        file.append(&[2; 3000]).unwrap();
        disk.create("b").unwrap();
        disk.rename("a", "c").unwrap();
        disk
    }

    #[test]
    fn what_was_synced_is_always_there() {
        for seed in 0..200 {
            for crash in Crash::all(seed) {
                let files = disk().crash(&crash).files().unwrap();
                let bytes = files.get("a").or(files.get("c")).unwrap();
                assert!(bytes.len() >= 1000 && bytes[..1000] == [1; 1000]);
                assert!(bytes[1000..].iter().all(|byte| [0, 2].contains(byte)));
                if crash.names == Unsynced::Lost {
                    assert!(files.len() == 1 && files.contains_key("a"));
                }
                if crash.bytes == Unsynced::Torn {
                    assert!(!bytes.contains(&0));
                }
            }
        }
    }

    #[test]
    fn a_failed_sync_loses_what_it_was_for() {
        let disk = disk();
        let file = disk.open("c").unwrap();
        disk.fail_at(disk.operations() + 1, Failure::Io);
        assert!(file.sync().is_err());
        assert!(file.sync().is_ok());
        assert_eq!(file.length().unwrap(), 4000);
        file.append(b"later").unwrap();
        let left = disk.crash(&Crash::process()).read("c").unwrap();
        assert_eq!(left[1000..4000], [0; 3000]);
        assert_eq!(left[4000..], *b"later");
    }

    #[test]
    fn nothing_works_after_a_stop() {
        let disk = disk();
        let file = disk.open("c").unwrap();
        disk.fail_at(disk.operations() + 1, Failure::Stop);
        assert!(file.append(b"torn").is_err());
        assert!(file.append(b"more").is_err());
        assert!(disk.list().is_err());
        let left = disk.crash(&Crash::process()).read("c").unwrap();
        assert!(left.ends_with(b"torn"));
    }

    #[test]
    fn half_of_a_short_write_is_there() {
        let disk = disk();
        let file = disk.open("c").unwrap();
        disk.fail_at(disk.operations() + 1, Failure::ShortWrite);
        assert!(file.append(b"half").is_err());
        assert_eq!(file.length().unwrap(), 4002);
    }
}

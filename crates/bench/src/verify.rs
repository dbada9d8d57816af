//! Every answer of a map against a sorted vector.
//!
//! The keys are loaded by as many writers as there are cores while as many readers look keys up: a reader may find a key or not,
//! but what it finds must be that key's value, and a key that no writer inserts is never there. Then, with the map at rest: every lookup, every absent key, the whole map
//! in both directions, and scans from a key, between two keys and of a prefix.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::contestant::{Contestant, Session};
use crate::keys::KeySet;
use crate::keys::zipf::uniform;
use crate::race::together;
use crate::script::{SCAN, id_of, value_of};

/// What a check found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Findings {
    /// Lookups beside the writers.
    pub reads_while_loading: u64,
    /// Answers compared with the sorted vector.
    pub answers: u64,
    /// Answers that were wrong.
    pub wrong: u64,
    /// Whether the map panicked.
    pub panicked: bool,
}

impl Findings {
    /// Counts one answer.
    fn note(&mut self, right: bool) {
        self.answers += 1;
        self.wrong += u64::from(!right);
    }

    /// Counts one scan, which must give exactly `expected`.
    fn compare<'k>(
        &mut self,
        mut expected: impl Iterator<Item = (&'k [u8], u32)>,
        scan: impl FnOnce(&mut dyn FnMut(&[u8], u64) -> bool),
    ) {
        let mut right = true;
        let mut visited = 0;
        scan(&mut |key, value| {
            visited += 1;
            right &= expected
                .next()
                .is_some_and(|(wanted, id)| wanted == key && u64::from(id) == id_of(value));
            right
        });
        self.answers += visited;
        self.note(right && expected.next().is_none());
    }
}

/// Adds up what the threads of a step found.
fn total(found: Vec<Option<Findings>>) -> Findings {
    let mut sum = Findings::default();
    for found in found {
        match found {
            None => sum.panicked = true,
            Some(found) => {
                sum.reads_while_loading += found.reads_while_loading;
                sum.answers += found.answers;
                sum.wrong += found.wrong;
            }
        }
    }
    sum
}

/// Loads `keys` into `map` beside readers and checks every answer.
pub fn verify<M: Contestant>(map: &M, keys: &KeySet, threads: usize) -> Findings {
    let threads = threads.max(1);
    let loading = total(load(map, keys, threads));
    if loading.panicked {
        return loading;
    }
    let parts: Vec<usize> = (0..threads).collect();
    let (found, _) = together(&parts, |part| {
        let mut found = Findings::default();
        lookups(map, keys, *part, threads, &mut found);
        scans(map, keys, *part, threads, &mut found);
        found
    });
    let rest = total(found);
    total(vec![Some(loading), (!rest.panicked).then_some(rest)])
}

/// Writers and readers at once.
fn load<M: Contestant>(map: &M, keys: &KeySet, threads: usize) -> Vec<Option<Findings>> {
    let writing = AtomicUsize::new(threads);
    let roles: Vec<usize> = (0..2 * threads).collect();
    let (found, _) = together(&roles, |role| {
        let mut found = Findings::default();
        if let Some(reader) = role.checked_sub(threads) {
            let draws = uniform(
                keys.present.len(),
                keys.present.len().min(1 << 20),
                reader as u64,
            );
            for id in draws.iter().cycle() {
                if writing.load(Ordering::Relaxed) == 0 {
                    break;
                }
                let (present, session) = (keys.present.get(*id as usize), map.session());
                let right = session
                    .get(present)
                    .is_none_or(|value| id_of(value) == u64::from(*id));
                let empty = keys.absent.is_empty()
                    || session
                        .get(keys.absent.get(*id as usize % keys.absent.len()))
                        .is_none();
                found.reads_while_loading += 2;
                found.note(right);
                found.note(empty);
            }
        } else {
            let _done = Done(&writing);
            for id in (*role..keys.present.len()).step_by(threads) {
                map.session()
                    .insert(keys.present.get(id), value_of(id as u32, id));
            }
        }
        found
    });
    found
}

/// Counts a writer out when it ends, by a panic too, so that no reader waits for it.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Every lookup of one thread's part.
fn lookups<M: Contestant>(map: &M, keys: &KeySet, part: usize, parts: usize, found: &mut Findings) {
    for id in (part..keys.present.len()).step_by(parts) {
        let value = map.session().get(keys.present.get(id));
        found.note(value.map(id_of) == Some(id as u64));
    }
    for i in (part..keys.absent.len()).step_by(parts) {
        found.note(map.session().get(keys.absent.get(i)).is_none());
    }
}

/// One thread's part of the scans.
fn scans<M: Contestant>(map: &M, keys: &KeySet, part: usize, parts: usize, found: &mut Findings) {
    let session = map.session();
    if part == 0 {
        found.compare(keys.in_order(), |visit| {
            session.scan(None, usize::MAX, visit)
        });
    }
    if M::REVERSE && part == parts - 1 {
        found.compare(keys.in_order().rev(), |visit| {
            session.scan_rev(None, usize::MAX, visit)
        });
    }
    let order: Vec<(&[u8], u32)> = keys.in_order().collect();
    let step = (order.len() / 20_000).max(1) * parts;
    for (i, start) in (part..order.len()).step_by(step).enumerate() {
        let session = map.session();
        let key = order[start].0;
        let ahead = order[start..].iter().copied();
        found.compare(ahead.clone().take(SCAN), |visit| {
            session.scan(Some(key), SCAN, visit)
        });
        if M::REVERSE {
            let behind = order[..=start].iter().rev().copied();
            found.compare(behind.take(SCAN), |visit| {
                session.scan_rev(Some(key), SCAN, visit)
            });
        }
        let end = (start + i % 300).min(order.len() - 1);
        found.compare(ahead.take(end - start), |visit| {
            session.scan_range(key, order[end].0, |key, value| {
                visit(key, value);
            });
        });
        if i % 4 == 0 && M::MAX_KEY_LEN > 8 {
            prefix(&session, &order, key, i / 4, found);
        }
    }
}

/// A scan of a prefix of `key`, long enough for at most some thousand keys to have it, or any at times.
fn prefix<S: Session>(
    session: &S,
    order: &[(&[u8], u32)],
    key: &[u8],
    round: usize,
    found: &mut Findings,
) {
    let most = if round.is_multiple_of(500) {
        usize::MAX
    } else {
        3_000
    };
    let mut len = match round % 3 {
        0 => key.len() / 2,
        1 => key
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(key.len() / 3, |slash| slash + 1),
        _ => key.len().saturating_sub(1 + round % 8),
    };
    loop {
        let prefix = &key[..len];
        let start = order.partition_point(|(key, _)| *key < prefix);
        let count = order[start..].partition_point(|(key, _)| key.starts_with(prefix));
        if count <= most || len == key.len() {
            let expected = order[start..start + count].iter().copied();
            found.compare(expected, |visit| {
                session.scan_prefix(prefix, |key, value| {
                    visit(key, value);
                });
            });
            return;
        }
        len += 1;
    }
}

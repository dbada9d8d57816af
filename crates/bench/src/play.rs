//! The loop that plays a script on a map, and nothing else on the clock.
//!
//! A session, and with it the map's guard, lives for a block of operations. An answer is compared with what the script says,
//! and what differs is counted; the count is the result, so no answer can be optimised away.

use crate::contestant::{Contestant, Session};
use crate::script::{BATCH, Op, SCAN, Script, Truth, id_of, tag, value_of};

/// How many operations share a session.
const BLOCK: usize = 128;

/// Plays `script` on `map`; how many answers were wrong.
pub fn play<M: Contestant>(map: &M, script: &Script, truth: &Truth) -> u64 {
    let mut wrong = 0;
    let mut next = 0;
    while next < script.len() {
        let end = (next + BLOCK).min(script.len());
        let session = map.session();
        for i in next..end {
            wrong += u64::from(!perform(&session, script, truth, i));
        }
        next = end;
    }
    wrong
}

/// Plays a script of lookups in batches; how many answers were wrong.
pub fn play_batches<M: Contestant>(map: &M, script: &Script) -> u64 {
    let mut wrong = 0;
    let mut next = 0;
    while next < script.len() {
        let end = (next + BATCH).min(script.len());
        let mut keys: [&[u8]; BATCH] = [&[]; BATCH];
        for i in next..end {
            keys[i - next] = script.keys.get(i);
        }
        let slots = &script.slots[next..end];
        map.session().get_many(&keys[..end - next], |i, value| {
            wrong += u64::from(value.map(id_of) != Some(u64::from(slots[i])));
        });
        next = end;
    }
    wrong
}

/// Performs operation `i`; whether its answer was right.
#[inline(always)]
fn perform<S: Session>(session: &S, script: &Script, truth: &Truth, i: usize) -> bool {
    let key = script.keys.get(i);
    let slot = script.slots[i];
    match script.ops[i] {
        Op::Get => session.get(key).map(id_of) == Some(u64::from(slot)),
        Op::GetAbsent => session.get(key).is_none(),
        Op::GetMaybe => session
            .get(key)
            .is_none_or(|value| id_of(value) == u64::from(slot)),
        Op::Put => {
            session.insert(key, value_of(slot, i));
            true
        }
        Op::Remove => session.remove(key),
        Op::RemoveMaybe => {
            session.remove(key);
            true
        }
        Op::Scan => {
            let mut sum = 0u64;
            session.scan_values(Some(key), SCAN, |value| {
                sum = sum.wrapping_add(id_of(value))
            });
            let start = slot as usize;
            sum == truth.ids(start, (start + SCAN).min(truth.len()))
        }
        Op::ScanKeys => {
            let start = slot as usize;
            let mut sums = Sums::default();
            session.scan(Some(key), SCAN, |key, value| sums.add(key, value));
            sums.are(truth, start, (start + SCAN).min(truth.len()))
        }
        Op::ScanRev => {
            let end = slot as usize + 1;
            let mut sums = Sums::default();
            session.scan_rev(Some(key), SCAN, |key, value| sums.add(key, value));
            sums.are(truth, end.saturating_sub(SCAN), end)
        }
        Op::Full => {
            let mut sum = 0u64;
            session.scan_values(None, usize::MAX, |value| {
                sum = sum.wrapping_add(id_of(value))
            });
            sum == truth.ids(0, truth.len())
        }
        Op::FullKeys => {
            let mut sums = Sums::default();
            session.scan(None, usize::MAX, |key, value| sums.add(key, value));
            sums.are(truth, 0, truth.len())
        }
        Op::FullRev => {
            let mut sums = Sums::default();
            session.scan_rev(None, usize::MAX, |key, value| sums.add(key, value));
            sums.are(truth, 0, truth.len())
        }
        Op::ScanDecimal => scan_decimal(session, Some(key), SCAN).is_some(),
        Op::CountDecimal => scan_decimal(session, None, usize::MAX) == Some(slot as usize),
    }
}

/// The sums of what a scan visited.
#[derive(Default)]
struct Sums {
    ids: u64,
    tags: u64,
}

impl Sums {
    /// Adds an entry, and goes on.
    #[inline(always)]
    fn add(&mut self, key: &[u8], value: u64) -> bool {
        self.ids = self.ids.wrapping_add(id_of(value));
        self.tags = self.tags.wrapping_add(tag(key));
        true
    }

    /// Whether they are those of the ranks from `start` up to `end`.
    fn are(&self, truth: &Truth, start: usize, end: usize) -> bool {
        self.ids == truth.ids(start, end) && self.tags == truth.tags(start, end)
    }
}

/// Scans decimal keys, beside writers too: how many there are, or none if they do not ascend, one lies before the start, there
/// are more than `limit`, or a value does not belong to its key.
fn scan_decimal<S: Session>(session: &S, from: Option<&[u8]>, limit: usize) -> Option<usize> {
    let mut last: Vec<u8> = from.unwrap_or_default().to_vec();
    let mut seen = 0;
    let mut right = true;
    session.scan(from, limit, |key, value| {
        right &= if seen == 0 {
            key >= last.as_slice()
        } else {
            key > last.as_slice()
        };
        let number = key.iter().fold(0u64, |number, digit| {
            number * 10 + u64::from(digit.wrapping_sub(b'0'))
        });
        right &= number == id_of(value);
        last.clear();
        last.extend_from_slice(key);
        seen += 1;
        true
    });
    (right && seen <= limit).then_some(seen)
}

//! Counters of one worker.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use masstree_protocol::Command;

/// Commands that there are.
const COMMANDS: usize = Command::ALL.len();

/// Buckets of a histogram: up to 1, 2, 4, … microseconds, and all above.
pub(crate) const BUCKETS: usize = 25;

/// How many requests of each command a slice has carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    of: [u32; COMMANDS],
    /// Which of them are not zero.
    seen: u32,
    /// Requests that were answered by an error.
    pub errors: u32,
}

impl Counts {
    /// Counts requests of one command.
    #[inline]
    pub fn add(&mut self, command: Command, count: usize) {
        let index = index(command);
        self.of[index] += count as u32;
        self.seen |= 1 << index;
    }
}

/// The index of a command.
#[inline]
fn index(command: Command) -> usize {
    usize::from(command.code() / 2 - 1)
}

/// Requests of one command, and how long they took.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    buckets: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

/// See the module above.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    commands: [Latencies; COMMANDS],
    /// Requests that were answered by an error.
    pub errors: AtomicU64,
    /// Connections that were closed because of what they sent.
    pub malformed: AtomicU64,
    /// Connections that were closed because nothing happened for too long.
    pub timeouts: AtomicU64,
    /// Handshakes that were refused.
    pub refused: AtomicU64,
    pub bytes_in: AtomicU64,
    pub bytes_out: AtomicU64,
}

/// Raises a counter that only this thread writes to.
pub(crate) fn raise(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Relaxed) + by, Relaxed);
}

impl Tally {
    /// Notes that these requests took so long.
    pub fn record(&self, counts: &Counts, took: Duration) {
        let nanos = took.as_nanos() as u64;
        let bucket = bucket(nanos);
        let mut seen = counts.seen;
        while seen != 0 {
            let index = seen.trailing_zeros() as usize;
            seen &= seen - 1;
            let count = u64::from(counts.of[index]);
            raise(&self.commands[index].buckets[bucket], count);
            raise(&self.commands[index].nanos, count * nanos);
        }
        if counts.errors > 0 {
            raise(&self.errors, counts.errors.into());
        }
    }
}

/// The bucket of a latency.
fn bucket(nanos: u64) -> usize {
    let micros = nanos.div_ceil(1000).max(1);
    let power = (micros - 1)
        .checked_ilog2()
        .map_or(0, |power| power as usize + 1);
    power.min(BUCKETS - 1)
}

/// The upper end of a bucket, in seconds.
pub(crate) fn upper_end(bucket: usize) -> f64 {
    if bucket + 1 == BUCKETS {
        f64::INFINITY
    } else {
        (1_u64 << bucket) as f64 / 1e6
    }
}

/// A command's latencies over all workers: in each bucket, their number, their sum in seconds.
pub(crate) fn total(tallies: &[Tally], command: Command) -> ([u64; BUCKETS], u64, f64) {
    let mut buckets = [0; BUCKETS];
    let mut nanos = 0;
    for tally in tallies {
        let latencies = &tally.commands[index(command)];
        for (sum, bucket) in buckets.iter_mut().zip(&latencies.buckets) {
            *sum += bucket.load(Relaxed);
        }
        nanos += latencies.nanos.load(Relaxed);
    }
    let count = buckets.iter().sum();
    (buckets, count, nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_is_in_the_bucket_that_ends_above_it() {
        for (nanos, expected) in [
            (0, 0),
            (1000, 0),
            (1001, 1),
            (2000, 1),
            (2001, 2),
            (4000, 2),
        ] {
            assert_eq!(bucket(nanos), expected, "{nanos}");
            assert!(nanos as f64 / 1e9 <= upper_end(expected));
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_slice_counts_for_each_of_its_requests() {
        let tallies = [Tally::default(), Tally::default()];
        let mut counts = Counts::default();
        counts.add(Command::Get, 3);
        counts.add(Command::Sync, 1);
        tallies[0].record(&counts, Duration::from_micros(3));
        tallies[1].record(&counts, Duration::from_micros(5));
        let (buckets, count, seconds) = total(&tallies, Command::Get);
        assert_eq!((buckets[2], buckets[3], count), (3, 3, 6));
        assert!((seconds - 24e-6).abs() < 1e-9);
        assert_eq!(total(&tallies, Command::Put).1, 0);
    }
}

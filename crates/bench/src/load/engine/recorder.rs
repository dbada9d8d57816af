//! What a thread measures: for each command, histograms of latency and service time and counts; for each interval, the same of all.
//!
//! Latency runs from when a request was due, service time from when it was sent. In a closed loop the two are the same but for what
//! a request waits in its batch.

use hdrhistogram::Histogram;

/// The longest time that is told apart, in nanoseconds: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// How an operation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done.
    Done,
    /// Not done: the server said so, or the connection was lost.
    Error,
    /// Not answered in time.
    Timeout,
    /// Answered: another write came first.
    Conflict,
}

/// What an operation was and when.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The number of its command.
    pub command: usize,
    /// When it was due, in nanoseconds from the clock's origin.
    pub due: u64,
    /// When it was sent.
    pub sent: u64,
    /// When it was answered.
    pub done: u64,
    /// How it went.
    pub ending: Ending,
    /// Keys that were there, and keys that were not.
    pub hits: u32,
    /// Keys that were not there.
    pub misses: u32,
    /// Rows that were read.
    pub rows: u64,
}

/// What is measured of one command.
#[derive(Clone, Debug)]
pub struct CommandRecord {
    /// From when it was due, in nanoseconds.
    pub latency: Histogram<u64>,
    /// From when it was sent, in nanoseconds.
    pub service: Histogram<u64>,
    /// Operations that were answered.
    pub done: u64,
    /// Keys that were there.
    pub hits: u64,
    /// Keys that were not there.
    pub misses: u64,
    /// Operations that failed.
    pub errors: u64,
    /// Operations without an answer.
    pub timeouts: u64,
    /// Operations of these that gave way to others.
    pub conflicts: u64,
    /// Rows that were read.
    pub rows: u64,
    /// The sum of the latencies, and of their squares.
    pub sum: f64,
    /// The sum of the squares of the latencies.
    pub squares: f64,
}

/// A histogram of times; without memory (which it takes as it is needed) there would be nothing to measure with.
fn histogram<C: hdrhistogram::Counter>(digits: u8) -> Histogram<C> {
    let made = Histogram::new_with_bounds(1, LONGEST, digits);
    made.unwrap_or_else(|_| unreachable!("1 to an hour with {digits} digits is a histogram"))
}

impl CommandRecord {
    fn new() -> Self {
        Self {
            latency: histogram(3),
            service: histogram(3),
            done: 0,
            hits: 0,
            misses: 0,
            errors: 0,
            timeouts: 0,
            conflicts: 0,
            rows: 0,
            sum: 0.0,
            squares: 0.0,
        }
    }

    fn add(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.latency.add(&other.latency);
        let _ = self.service.add(&other.service);
        self.done += other.done;
        self.hits += other.hits;
        self.misses += other.misses;
        self.errors += other.errors;
        self.timeouts += other.timeouts;
        self.conflicts += other.conflicts;
        self.rows += other.rows;
        self.sum += other.sum;
        self.squares += other.squares;
    }
}

/// What is measured in one interval.
#[derive(Clone, Debug)]
pub struct Point {
    /// Operations that were done.
    pub done: u64,
    /// Operations that were not.
    pub errors: u64,
    /// Latencies, in nanoseconds.
    pub latency: Histogram<u32>,
    /// By command, how many were done and the sum of their latencies.
    pub sums: Vec<(u64, f64)>,
}

impl Point {
    fn new(commands: usize) -> Self {
        let mut latency =
            Histogram::new(2).unwrap_or_else(|_| unreachable!("two digits are a histogram"));
        latency.auto(true);
        Self {
            done: 0,
            errors: 0,
            latency,
            sums: vec![(0, 0.0); commands],
        }
    }

    fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.errors += other.errors;
        let _ = self.latency.add(&other.latency);
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }
}

/// A thread's measurements.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The start of what is measured, and its end.
    from: u64,
    until: u64,
    interval: u64,
    /// By the number of the command.
    pub commands: Vec<CommandRecord>,
    /// The intervals from the start on.
    pub points: Vec<Point>,
    /// When the last measured operation was answered.
    pub last: u64,
}

impl Recorder {
    /// For so many commands, and intervals of so many nanoseconds.
    #[must_use]
    pub fn new(commands: usize, interval: u64) -> Self {
        Self {
            from: u64::MAX,
            until: u64::MAX,
            interval: interval.max(1),
            commands: (0..commands).map(|_| CommandRecord::new()).collect(),
            points: Vec::new(),
            last: 0,
        }
    }

    /// Measures what is due from here to there.
    pub fn open(&mut self, from: u64, until: u64) {
        self.from = from;
        self.until = until;
        self.last = from;
    }

    /// Whether an operation that was due then is measured.
    #[inline]
    #[must_use]
    pub fn measures(&self, due: u64) -> bool {
        (self.from..self.until).contains(&due)
    }

    /// Takes in an operation. Returns whether it is measured.
    #[inline]
    pub fn record(&mut self, sample: &Sample) -> bool {
        if !self.measures(sample.due) {
            return false;
        }
        self.last = self.last.max(sample.done);
        let index = ((sample.done.saturating_sub(self.from)) / self.interval) as usize;
        while self.points.len() <= index {
            self.points.push(Point::new(self.commands.len()));
        }
        let point = &mut self.points[index];
        let record = &mut self.commands[sample.command];
        match sample.ending {
            Ending::Done => {}
            Ending::Conflict => record.conflicts += 1,
            Ending::Error | Ending::Timeout => {
                point.errors += 1;
                if sample.ending == Ending::Error {
                    record.errors += 1;
                } else {
                    record.timeouts += 1;
                }
                return true;
            }
        }
        let latency = sample.done.saturating_sub(sample.due).max(1);
        record.done += 1;
        record.hits += u64::from(sample.hits);
        record.misses += u64::from(sample.misses);
        record.rows += sample.rows;
        record.sum += latency as f64;
        record.squares += (latency as f64).powi(2);
        record.latency.saturating_record(latency);
        record
            .service
            .saturating_record(sample.done.saturating_sub(sample.sent).max(1));
        point.done += 1;
        // It grows as it has to.
        let _ = point.latency.record(latency);
        point.sums[sample.command].0 += 1;
        point.sums[sample.command].1 += latency as f64;
        true
    }

    /// Adds what another thread measured of the same commands.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.commands.iter_mut().zip(&other.commands) {
            mine.add(theirs);
        }
        while self.points.len() < other.points.len() {
            self.points.push(Point::new(self.commands.len()));
        }
        for (mine, theirs) in self.points.iter_mut().zip(&other.points) {
            mine.add(theirs);
        }
        self.from = self.from.min(other.from);
        self.last = self.last.max(other.last);
    }

    /// The width of an interval, in seconds.
    #[must_use]
    pub fn interval_seconds(&self) -> f64 {
        self.interval as f64 * 1e-9
    }

    /// All commands together.
    #[must_use]
    pub fn total(&self) -> CommandRecord {
        let mut total = CommandRecord::new();
        self.commands.iter().for_each(|record| total.add(record));
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(due: u64, done: u64, ending: Ending) -> Sample {
        Sample {
            command: 0,
            due,
            sent: due + 5,
            done,
            ending,
            hits: 1,
            misses: 0,
            rows: 0,
        }
    }

    #[test]
    fn only_what_is_due_in_time_counts_and_latency_is_from_when_it_was_due() {
        let mut recorder = Recorder::new(1, 100);
        recorder.open(1000, 2000);
        assert!(!recorder.record(&sample(999, 1500, Ending::Done)));
        assert!(recorder.record(&sample(1000, 1050, Ending::Done)));
        assert!(recorder.record(&sample(1999, 2499, Ending::Done)));
        assert!(recorder.record(&sample(1500, 1600, Ending::Timeout)));
        assert!(!recorder.record(&sample(2000, 2050, Ending::Done)));
        let record = &recorder.commands[0];
        assert_eq!((record.done, record.timeouts, record.hits), (2, 1, 2));
        assert_eq!(record.latency.max(), 500);
        assert_eq!(record.service.min(), 45);
        assert_eq!(recorder.points.len(), 15);
        assert_eq!((recorder.points[0].done, recorder.points[6].errors), (1, 1));
        assert_eq!(recorder.last, 2499);
    }

    #[test]
    fn threads_add_up() {
        let mut both = Recorder::new(1, 100);
        both.open(0, 1000);
        let mut other = both.clone();
        both.record(&sample(0, 10, Ending::Done));
        other.record(&sample(0, 210, Ending::Done));
        other.record(&sample(0, 210, Ending::Conflict));
        both.add(&other);
        let total = both.total();
        assert_eq!((total.done, total.conflicts, both.points.len()), (3, 1, 3));
        assert!((total.sum - 430.0).abs() < 1e-9);
    }
}

//! When requests are due, in an open loop: at equal distances, as a Poisson process, or at a rate that changes.
//!
//! A changing rate is integrated on a fine grid before the clock starts; the n-th request is due when the integral reaches n. The
//! threads share one such sequence by turns. Each thread of a Poisson process has its own, of its share of the rate; together
//! they are one of the whole rate.

use std::f64::consts::TAU;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand_distr::{Distribution as _, Exp};

/// The most cells of a grid.
const CELLS: f64 = 1_000_000.0;

/// How the rate goes, in operations per second over seconds from the start of what is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Always the same, at equal distances.
    Uniform,
    /// Always the same on average.
    Poisson,
    /// From the rate to this one, in so many seconds.
    Ramp(f64, f64),
    /// This rate from this second on, for so many.
    Spike(f64, f64, f64),
    /// So far up and down, in so many seconds.
    Sinusoidal(f64, f64),
    /// Up to this rate in so many seconds, then down at once.
    Sawtooth(f64, f64),
}

/// The requests of a run with a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Operations per second, before the shape changes them.
    pub base: f64,
    /// What happens to them.
    pub shape: Shape,
}

impl Rate {
    /// The rate at this second; before the start it is that of the start.
    #[must_use]
    pub fn at(&self, second: f64) -> f64 {
        let second = second.max(0.0);
        let base = self.base;
        match self.shape {
            Shape::Uniform | Shape::Poisson => base,
            Shape::Ramp(to, lasts) => base + (to - base) * (second / lasts).min(1.0),
            Shape::Spike(rate, start, lasts) if (start..start + lasts).contains(&second) => rate,
            Shape::Spike(..) => base,
            Shape::Sinusoidal(amplitude, period) => {
                (base + amplitude * (TAU * second / period).sin()).max(0.0)
            }
            Shape::Sawtooth(to, period) => base + (to - base) * (second / period).fract(),
        }
    }

    /// The mean over so many seconds from the start.
    #[must_use]
    pub fn mean(&self, seconds: f64) -> f64 {
        match self.shape {
            Shape::Uniform | Shape::Poisson => self.base,
            _ => {
                let cells = 10_000;
                let middle = |cell: i32| (f64::from(cell) + 0.5) * seconds / f64::from(cells);
                (0..cells).map(|cell| self.at(middle(cell))).sum::<f64>() / f64::from(cells)
            }
        }
    }
}

/// How many requests are due up to each end of a cell.
#[derive(Clone, Debug)]
pub struct Grid {
    cell: f64,
    due: Vec<f64>,
}

impl Grid {
    /// Over a warmup and a run of so many seconds.
    #[must_use]
    pub fn new(rate: &Rate, warmup: f64, seconds: f64) -> Self {
        let whole = warmup + seconds;
        let cell = (whole / CELLS).max(0.001);
        let cells = (whole / cell).ceil() as usize + 1;
        let mut due = Vec::with_capacity(cells + 1);
        let mut sum = 0.0;
        due.push(sum);
        for index in 0..cells {
            sum += rate.at((index as f64 + 0.5) * cell - warmup) * cell;
            due.push(sum);
        }
        Self { cell, due }
    }
}

/// The times at which a thread's requests are due.
#[derive(Clone, Debug)]
pub struct Arrivals {
    how: How,
    next: u64,
}

#[derive(Clone, Debug)]
enum How {
    Uniform {
        rate: f64,
        number: u64,
        by: u64,
    },
    Poisson {
        gap: Exp<f64>,
        second: f64,
        rng: SmallRng,
    },
    Grid {
        grid: Arc<Grid>,
        at: usize,
        number: u64,
        by: u64,
    },
}

/// Nanoseconds of so many seconds.
fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

impl Arrivals {
    /// For thread `thread` of `threads`; `grid` is for the shapes that change the rate.
    #[must_use]
    pub fn new(
        rate: &Rate,
        grid: Option<&Arc<Grid>>,
        thread: usize,
        threads: usize,
        rng: SmallRng,
    ) -> Self {
        let (number, by) = (thread as u64, threads.max(1) as u64);
        let uniform = How::Uniform {
            rate: rate.base,
            number,
            by,
        };
        let how = match (rate.shape, grid) {
            (Shape::Poisson, _) => match Exp::new(rate.base / by as f64) {
                Ok(gap) => How::Poisson {
                    gap,
                    second: 0.0,
                    rng,
                },
                Err(_) => uniform,
            },
            (Shape::Uniform, _) | (_, None) => uniform,
            (_, Some(grid)) => How::Grid {
                grid: Arc::clone(grid),
                at: 0,
                number,
                by,
            },
        };
        let mut arrivals = Self { how, next: 0 };
        arrivals.advance();
        arrivals
    }

    /// When the next request is due, in nanoseconds from the start of the warmup; `u64::MAX` for never.
    #[inline]
    #[must_use]
    pub fn due(&self) -> u64 {
        self.next
    }

    /// Goes on to the request after that.
    #[inline]
    pub fn advance(&mut self) {
        self.next = match &mut self.how {
            How::Uniform { rate, number, by } => {
                let due = *number as f64 / *rate;
                *number += *by;
                nanoseconds(due)
            }
            How::Poisson { gap, second, rng } => {
                *second += gap.sample(rng);
                nanoseconds(*second)
            }
            How::Grid {
                grid,
                at,
                number,
                by,
            } => {
                let wanted = *number as f64;
                *number += *by;
                while grid.due.get(*at + 1).is_some_and(|due| *due < wanted) {
                    *at += 1;
                }
                match (grid.due.get(*at), grid.due.get(*at + 1)) {
                    (Some(from), Some(to)) if to > from => {
                        let part = (wanted - from) / (to - from);
                        nanoseconds((*at as f64 + part) * grid.cell)
                    }
                    (Some(_), Some(_)) => nanoseconds(*at as f64 * grid.cell),
                    _ => u64::MAX,
                }
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::ks_fits;
    use super::super::{Purpose, generator};
    use super::*;

    fn times(rate: Rate, threads: usize, seconds: f64) -> Vec<u64> {
        let grid = Arc::new(Grid::new(&rate, 0.0, seconds));
        let mut all = Vec::new();
        for thread in 0..threads {
            let rng = generator(5, thread, Purpose::Arrivals);
            let mut arrivals = Arrivals::new(&rate, Some(&grid), thread, threads, rng);
            while arrivals.due() < nanoseconds(seconds) {
                all.push(arrivals.due());
                arrivals.advance();
            }
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn uniform_arrivals_of_all_threads_lie_at_equal_distances() {
        let rate = Rate {
            base: 1000.0,
            shape: Shape::Uniform,
        };
        let times = times(rate, 3, 2.0);
        assert_eq!(times.len(), 2000);
        assert!(
            times
                .windows(2)
                .all(|pair| (pair[1] - pair[0]).abs_diff(1_000_000) < 10)
        );
    }

    #[test]
    fn poisson_gaps_are_exponential_by_kolmogorov_and_smirnov() {
        let rate = Rate {
            base: 10_000.0,
            shape: Shape::Poisson,
        };
        let times = times(rate, 2, 4.0);
        let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(ks_fits(&gaps, |gap| 1.0 - (-(gap as f64) * 1e-9 * 10_000.0).exp()));
    }

    #[test]
    fn shapes_follow_their_rate_by_kolmogorov_and_smirnov() {
        let seconds = 4.0;
        for shape in [
            Shape::Ramp(20_000.0, 4.0),
            Shape::Spike(30_000.0, 1.0, 0.5),
            Shape::Sinusoidal(5_000.0, 2.0),
            Shape::Sawtooth(15_000.0, 1.0),
        ] {
            let rate = Rate {
                base: 5_000.0,
                shape,
            };
            let times = times(rate, 2, seconds);
            let expected = rate.mean(seconds) * seconds;
            assert!(
                (times.len() as f64 / expected - 1.0).abs() < 0.01,
                "{shape:?}"
            );
            let due = |time: u64| {
                let until = time as f64 * 1e-9;
                rate.mean_until(until) / expected
            };
            assert!(
                ks_fits(&times[..times.len() / 2], |time| 2.0 * due(time)),
                "{shape:?}"
            );
        }
    }

    impl Rate {
        /// Requests due up to this second, by the rule of the midpoint.
        fn mean_until(&self, seconds: f64) -> f64 {
            let cells = 400;
            let cell = seconds / f64::from(cells);
            (0..cells)
                .map(|index| self.at((f64::from(index) + 0.5) * cell) * cell)
                .sum()
        }
    }

    #[test]
    fn a_warmup_has_the_rate_of_the_start() {
        let rate = Rate {
            base: 100.0,
            shape: Shape::Ramp(1000.0, 1.0),
        };
        let grid = Grid::new(&rate, 1.0, 1.0);
        assert!((grid.due[1000] - 100.0).abs() < 1.0);
        assert!((grid.due[2000] - 650.0).abs() < 2.0);
    }
}

//! Tests of goodness of fit, for the tests of the distributions.

/// The standard normal distribution function (Abramowitz and Stegun 7.1.26; the error is below 1.5e-7).
pub(crate) fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let half = 0.5 * polynomial * (-x * x).exp();
    if z < 0.0 { half } else { 1.0 - half }
}

/// Whether counts differ from shares by more than chance does once in a thousand: Pearson's chi-square, with cells of few expected counts
/// joined, and the critical value by Wilson and Hilferty.
pub(crate) fn reaches_chi_square(counts: &[u64], shares: &[f64]) -> bool {
    let total: u64 = counts.iter().sum();
    let (mut square, mut cells) = (0.0, 0_usize);
    let (mut count, mut expected) = (0.0, 0.0);
    for (observed, share) in counts.iter().zip(shares) {
        count += *observed as f64;
        expected += share * total as f64;
        if expected >= 20.0 {
            square += (count - expected).powi(2) / expected;
            cells += 1;
            (count, expected) = (0.0, 0.0);
        }
    }
    let freedom = cells.saturating_sub(1).max(1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    // 3.09 is the quantile of one in a thousand.
    let critical = freedom * (1.0 - spread + 3.09 * spread.sqrt()).powi(3);
    square > critical
}

/// Whether samples fit a distribution function: the largest distance of Kolmogorov and Smirnov, at one in a thousand.
pub(crate) fn ks_fits(samples: &[u64], cdf: impl Fn(u64) -> f64) -> bool {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let n = sorted.len() as f64;
    let mut distance = 0.0_f64;
    for (index, sample) in sorted.iter().enumerate() {
        // Samples are whole numbers: the step of the last of equal ones is the one that counts.
        if sorted.get(index + 1) != Some(sample) {
            distance = distance.max(((index + 1) as f64 / n - cdf(*sample)).abs());
        }
    }
    distance < 1.95 / n.sqrt()
}

#[test]
fn the_tests_find_what_does_not_fit() {
    assert!(!reaches_chi_square(&[1000, 1010, 990], &[1.0 / 3.0; 3]));
    assert!(reaches_chi_square(&[1000, 1200, 800], &[1.0 / 3.0; 3]));
    let even: Vec<u64> = (0..10_000).collect();
    assert!(ks_fits(&even, |x| (x + 1) as f64 / 10_000.0));
    assert!(!ks_fits(&even, |x| ((x + 1) as f64 / 10_000.0).powf(1.2)));
    assert!((normal_cdf(1.96) - 0.975).abs() < 1e-4);
}

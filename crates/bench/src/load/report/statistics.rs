//! Means, deviations, and how far they can be trusted.

/// The 97.5th percentiles of Student's t distribution, for 1 to 30 degrees of freedom.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// The 97.5th percentile for so many degrees of freedom.
#[must_use]
pub fn student(freedom: usize) -> f64 {
    match freedom {
        0 => f64::INFINITY,
        freedom => STUDENT.get(freedom - 1).copied().unwrap_or(1.96),
    }
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(samples: &[f64]) -> f64 {
    match samples.len() {
        0 => 0.0,
        count => samples.iter().sum::<f64>() / count as f64,
    }
}

/// The variance of the population that the samples are of; 0 of fewer than two.
#[must_use]
pub fn variance(samples: &[f64]) -> f64 {
    if samples.len() < 2 {
        return 0.0;
    }
    let mean = mean(samples);
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    squares / (samples.len() - 1) as f64
}

/// Half of the mean's 95 % confidence interval; none of fewer than two samples.
#[must_use]
pub fn confidence(samples: &[f64]) -> Option<f64> {
    let count = samples.len();
    (count >= 2).then(|| student(count - 1) * (variance(samples) / count as f64).sqrt())
}

/// By how much the means of two sets of samples can differ by chance (Welch); none if one of them has fewer than two.
#[must_use]
pub fn noise(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let (of_a, of_b) = (variance(a) / a.len() as f64, variance(b) / b.len() as f64);
    let both = of_a + of_b;
    if both == 0.0 {
        return Some(0.0);
    }
    let parts = of_a.powi(2) / (a.len() - 1) as f64 + of_b.powi(2) / (b.len() - 1) as f64;
    let freedom = (both.powi(2) / parts).floor().max(1.0) as usize;
    Some(student(freedom) * both.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        let samples = [4.0, 6.0, 8.0];
        assert!((mean(&samples) - 6.0).abs() < 1e-12);
        assert!((variance(&samples) - 4.0).abs() < 1e-12);
        let half = confidence(&samples).unwrap();
        assert!((half - 4.303 * (4.0_f64 / 3.0).sqrt()).abs() < 1e-9);
        assert_eq!(confidence(&[1.0]), None);
    }

    #[test]
    fn noise_needs_two_samples_of_each() {
        assert_eq!(noise(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(noise(&[1.0, 1.0], &[2.0, 2.0]), Some(0.0));
        let equal = noise(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((equal - 2.776 * (2.0_f64 / 3.0).sqrt()).abs() < 1e-9);
    }
}

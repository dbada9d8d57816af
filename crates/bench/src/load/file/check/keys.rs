//! `keys`: shares, exponents, and what a strategy does not have.

use super::{Checked, problem};
use crate::load::file::{KeyStrategy, Keys};

/// The most that a skew can be.
const MOST_SKEWED: f64 = 5.0;

fn check_share(path: &str, name: &str, share: Option<f64>) -> Checked {
    match share {
        Some(share) if !(0.0..=1.0).contains(&share) => problem(
            format!("{path}.{name}"),
            format!("{name} is a share, from 0 to 1, and not {share}"),
        ),
        _ => Ok(()),
    }
}

pub(super) fn check_keys(path: &str, keys: &Keys) -> Checked {
    let strategy = keys.strategy;
    // Where the key is given, and by which strategies.
    let given = [
        (
            "start",
            keys.start.is_some(),
            &[KeyStrategy::Sequential][..],
        ),
        ("exponent", keys.exponent.is_some(), &[KeyStrategy::Zipfian]),
        (
            "mean_pct",
            keys.mean_pct.is_some(),
            &[KeyStrategy::Gaussian],
        ),
        (
            "std_dev_pct",
            keys.std_dev_pct.is_some(),
            &[KeyStrategy::Gaussian],
        ),
        ("hot_set", keys.hot_set.is_some(), &[KeyStrategy::Hotspot]),
        ("hot_ops", keys.hot_ops.is_some(), &[KeyStrategy::Hotspot]),
        ("path", keys.path.is_some(), &[KeyStrategy::File]),
    ];
    for (name, given, of) in given {
        if given && !of.contains(&strategy) {
            let what = format!(
                "{name} is for strategy = \"{}\", and this one is \"{}\"",
                of[0].name(),
                strategy.name()
            );
            return problem(format!("{path}.{name}"), what);
        }
    }
    if keys.max == Some(0) {
        return problem(
            format!("{path}.max"),
            "max must be at least 1: there are no keys below 0",
        );
    }
    if let (Some(start), Some(max)) = (keys.start, keys.max)
        && start >= max
    {
        let what = format!("start must be less than max, which is {max}");
        return problem(format!("{path}.start"), what);
    }
    if let Some(exponent) = keys.exponent
        && !(0.0..=MOST_SKEWED).contains(&exponent)
    {
        let what = format!("exponent must be from 0 to {MOST_SKEWED}, and not {exponent}");
        return problem(format!("{path}.exponent"), what);
    }
    check_share(path, "mean_pct", keys.mean_pct)?;
    check_share(path, "std_dev_pct", keys.std_dev_pct)?;
    check_share(path, "hot_set", keys.hot_set)?;
    check_share(path, "hot_ops", keys.hot_ops)?;
    if strategy == KeyStrategy::Gaussian && keys.std_dev_pct == Some(0.0) {
        return problem(
            format!("{path}.std_dev_pct"),
            "std_dev_pct must be more than 0",
        );
    }
    if strategy == KeyStrategy::File && keys.path.is_none() {
        return problem(format!("{path}.strategy"), "strategy \"file\" needs a path");
    }
    Ok(())
}

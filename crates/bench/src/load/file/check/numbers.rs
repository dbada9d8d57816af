//! `value_size` and counts: ends in their order, and what a distribution does not have.

use super::{Checked, problem};
use crate::load::file::{Distribution, OperationName, SizeStrategy, Spread, ValueSize};

/// The largest value.
const LARGEST_VALUE: u64 = 1 << 30;

pub(super) fn check_spread(path: &str, spread: &Spread) -> Checked {
    let normal = spread.distribution == Distribution::Normal;
    let fixed = spread.distribution == Distribution::Fixed;
    for (name, given, right) in [
        ("size", spread.size.is_some(), fixed),
        ("mean", spread.mean.is_some(), normal),
        ("std_dev", spread.std_dev.is_some(), normal),
        ("min", spread.min.is_some(), !fixed),
        ("max", spread.max.is_some(), !fixed),
    ] {
        if given && !right {
            let what = format!("{name} is for another distribution than this one");
            return problem(format!("{path}.{name}"), what);
        }
    }
    for (name, number) in [
        ("size", spread.size),
        ("min", spread.min),
        ("max", spread.max),
    ] {
        if number.is_some_and(|number| number > LARGEST_VALUE) {
            let what = format!("{name} can be {LARGEST_VALUE} at most");
            return problem(format!("{path}.{name}"), what);
        }
    }
    if let (Some(min), Some(max)) = (spread.min, spread.max)
        && min > max
    {
        return problem(
            format!("{path}.min"),
            format!("min must not be more than max, which is {max}"),
        );
    }
    for (name, number) in [("mean", spread.mean), ("std_dev", spread.std_dev)] {
        if number.is_some_and(|number| !number.is_finite() || number < 0.0) {
            return problem(
                format!("{path}.{name}"),
                format!("{name} must not be below 0"),
            );
        }
    }
    Ok(())
}

pub(super) fn check_value_size(path: &str, size: &ValueSize) -> Checked {
    let per_command = size.strategy == SizeStrategy::PerCommand;
    if !per_command && (!size.commands.is_empty() || size.default.is_some()) {
        return problem(
            format!("{path}.strategy"),
            "commands and default are for strategy = \"per_command\"",
        );
    }
    if let Some(spread) = size.spread() {
        return check_spread(path, &spread);
    }
    for (name, spread) in &size.commands {
        let path = format!("{path}.commands.{name}");
        if serde_json::from_value::<OperationName>(name.clone().into()).is_err() {
            return problem(path, format!("\"{name}\" is no operation"));
        }
        check_spread(&path, spread)?;
    }
    match &size.default {
        Some(spread) => check_spread(&format!("{path}.default"), spread),
        None => Ok(()),
    }
}

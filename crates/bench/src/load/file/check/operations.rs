//! `operations`: weights, and what a command does not have.

use super::keys::check_keys;
use super::numbers::check_spread;
use super::{Checked, problem};
use crate::load::file::{
    Command, Count, OperationName, Operations, OperationsStrategy, ProtocolKind,
};

pub(super) fn check_protocol(path: &str, name: OperationName, protocol: ProtocolKind) -> Checked {
    if !protocol.does(name) {
        let what = format!(
            "{} is spoken with get, set, remove, mget and rmw alone, not with {}",
            protocol.name(),
            name.name()
        );
        return problem(path, what);
    }
    Ok(())
}

pub(super) fn check_operations(
    path: &str,
    operations: &Operations,
    protocol: ProtocolKind,
) -> Checked {
    let commands = &operations.commands;
    if operations.strategy == Some(OperationsStrategy::Fixed) && commands.len() > 1 {
        return problem(
            format!("{path}.strategy"),
            "strategy \"fixed\" has one command; several are for \"weighted\"",
        );
    }
    if operations.strategy == Some(OperationsStrategy::Weighted) && commands.is_empty() {
        return problem(
            format!("{path}.strategy"),
            "strategy \"weighted\" needs commands; add [[workload.operations.commands]]",
        );
    }
    for (index, command) in commands.iter().enumerate() {
        check_command(&format!("{path}.commands.{index}"), command, protocol)?;
    }
    let sum: f64 = commands
        .iter()
        .map(|command| command.weight.unwrap_or(1.0))
        .sum();
    if !commands.is_empty() && sum <= 0.0 {
        return problem(
            format!("{path}.commands.0.weight"),
            "all weights are 0; one must be more",
        );
    }
    Ok(())
}

fn check_command(path: &str, command: &Command, protocol: ProtocolKind) -> Checked {
    if let Some(weight) = command.weight
        && (!weight.is_finite() || weight < 0.0)
    {
        return problem(
            format!("{path}.weight"),
            format!("weight must not be below 0, as {weight} is"),
        );
    }
    check_protocol(&format!("{path}.name"), command.name, protocol)?;
    let name = command.name;
    let reads_columns = matches!(name, OperationName::Get | OperationName::Scan);
    let counts = matches!(
        name,
        OperationName::Scan | OperationName::Mget | OperationName::Txn
    );
    for (key, given, right) in [
        (
            "columns",
            !command.columns.is_empty(),
            name == OperationName::Put,
        ),
        (
            "firstkey",
            command.firstkey.is_some(),
            name == OperationName::Scan,
        ),
        ("count", command.count.is_some(), counts),
        ("fields", !command.fields.is_empty(), reads_columns),
    ] {
        if given && !right {
            let what = format!("{key} is not for {}", name.name());
            return problem(format!("{path}.{key}"), what);
        }
    }
    if protocol.is_cache() && !command.fields.is_empty() {
        let what = format!("{} has no columns, so no fields", protocol.name());
        return problem(format!("{path}.fields"), what);
    }
    if let Some(Count(spread)) = &command.count {
        check_spread(&format!("{path}.count"), spread)?;
    }
    match &command.keys {
        Some(keys) => check_keys(&format!("{path}.keys"), keys),
        None => Ok(()),
    }
}

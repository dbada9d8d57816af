//! What is looked at in replies: values, missing keys, scans, sums of accounts.

use std::sync::Arc;

use super::desk::{Books, OPENING};
use super::findings::Violation;
use super::pending::{Pending, Step};
use crate::load::plan::Group;
use crate::load::target::{Columns, Rows};
use crate::load::value::{Verdict, Version, of_column, stamp, verify};

/// Keys and rows that a reply had.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) hits: u32,
    pub(super) misses: u32,
    pub(super) rows: u64,
}

/// What a cell is: its version if it has one, or what is wrong with it.
pub(super) fn look(
    of: u64,
    column: usize,
    cell: &[u8],
    group: &Group,
) -> Result<Option<(u32, Version)>, Violation> {
    let verdict = verify(of_column(of, column as u32), cell);
    if let Verdict::Good(version) = verdict {
        return Ok(version);
    }
    let constant = |(at, value): &(usize, Vec<u8>)| *at == column && value == cell;
    // A row whose higher columns were set first has empty ones below them.
    if cell.is_empty() || group.constants.iter().any(constant) {
        return Ok(None);
    }
    match verdict {
        Verdict::OtherKey => Err(Violation::OtherKey),
        _ => Err(Violation::Torn),
    }
}

/// A key is not there, which can be wrong.
pub(super) fn check_missing(pending: &Pending, books: &mut Books) {
    let group = &books.group;
    let loaded = group.commands[pending.command].table == 0
        && pending.number.wrapping_sub(group.tables[0].first()) < group.load;
    let floor = pending.floor;
    let kept = group.keeps && (loaded || floor.present);
    if kept || (books.alone && floor.present && floor.settled) {
        let case = format!(
            "{} found nothing, though the key was written and not removed",
            operation(pending, books)
        );
        books.findings.violation(Violation::Lost, || case);
    }
}

/// Looks at the rows of a scan: keys rise, from the first one on, and are not too many. Returns how many there are.
pub(super) fn check_scan(pending: &Pending, rows: &dyn Rows, books: &mut Books) -> u64 {
    let group = Arc::clone(&books.group);
    let command = &group.commands[pending.command];
    let mut last = Vec::new();
    match &command.firstkey {
        Some(first) => last.extend_from_slice(first),
        None => group.tables[command.table].write(pending.number, &mut last),
    }
    let mut count = 0;
    rows.each(&mut |key, row| {
        let wrong = match (count, key.cmp(&last)) {
            (0, std::cmp::Ordering::Less) => Some(Violation::OutOfBounds),
            (0, _) | (_, std::cmp::Ordering::Greater) => None,
            _ => Some(Violation::Unordered),
        };
        count += 1;
        if let Some(violation) = wrong {
            let case = format!(
                "{} returned {} after {}",
                operation(pending, books),
                start(key),
                start(&last)
            );
            books.findings.violation(violation, || case);
        }
        last.clear();
        last.extend_from_slice(key);
        if let Some(row) = row
            && group.verifies()
            && !key.starts_with(b"account:")
        {
            let of = stamp(key, 0);
            let mut index = 0;
            row.each(&mut |cell| {
                let column = command.fields.get(index).copied().unwrap_or(index);
                index += 1;
                if let Some(cell) = cell
                    && let Err(violation) = look(of, column, cell, &group)
                {
                    let case = format!("a scan returned it for {}: {}", start(key), start(cell));
                    books.findings.violation(violation, || case);
                }
            });
        }
    });
    if count > pending.write {
        let case = format!("a scan of {} rows returned {count}", pending.write);
        books.findings.violation(Violation::OutOfBounds, || case);
    }
    count
}

/// Looks at the rows of several keys.
pub(super) fn check_several(pending: &Pending, rows: &dyn Rows, books: &mut Books) -> Found {
    let group = Arc::clone(&books.group);
    let mut found = Found::default();
    let mut index = 0;
    rows.each(&mut |_, row| {
        let of = pending.stamps.get(index).copied();
        index += 1;
        let (Some(row), Some(of)) = (row, of) else {
            found.misses += 1;
            return;
        };
        found.hits += 1;
        found.rows += 1;
        if !group.verifies() {
            return;
        }
        let mut column = 0;
        row.each(&mut |cell| {
            if let Some(cell) = cell
                && let Err(violation) = look(of, column, cell, &group)
            {
                let case = format!("an mget returned it: {}", start(cell));
                books.findings.violation(violation, || case);
            }
            column += 1;
        });
    });
    if index != pending.stamps.len() {
        let case = format!(
            "an mget of {} keys returned {index} rows",
            pending.stamps.len()
        );
        books.findings.violation(Violation::OutOfBounds, || case);
    }
    found
}

/// The number that an account holds.
pub(super) fn balance_of(row: &dyn Columns) -> Option<i64> {
    let mut balance = None;
    row.each(&mut |cell| {
        let text = cell.and_then(|cell| std::str::from_utf8(cell).ok());
        balance = text.and_then(|text| text.parse().ok());
    });
    balance
}

/// All accounts of one snapshot hold together what they held at first.
pub(super) fn audit(rows: &dyn Rows, books: &mut Books) {
    let mut sum = 0;
    rows.each(&mut |_, row| sum += row.and_then(balance_of).unwrap_or(0));
    let accounts = books.group.accounts;
    let expected = accounts as i64 * OPENING;
    if sum != expected {
        books.findings.violation(Violation::Balance, || {
            format!("{accounts} accounts hold {sum} and should hold {expected}")
        });
    }
}

/// What a request was, for messages.
pub(super) fn operation(pending: &Pending, books: &Books) -> String {
    let group = &books.group;
    let name = match pending.step {
        Step::Load => "the load",
        Step::Audit => "the sum of the accounts",
        _ => group.commands[pending.command].name.name(),
    };
    let mut key = Vec::new();
    let command = &group.commands[pending.command];
    match (&command.firstkey, pending.step) {
        (_, Step::Checkpoint | Step::Mget | Step::Audit | Step::Begin | Step::Commit) => {
            return name.to_owned();
        }
        (Some(first), Step::Scan) => key.extend_from_slice(first),
        _ => group.tables[command.table].write(pending.number, &mut key),
    }
    format!("{name} {}", start(&key))
}

/// The first bytes of something.
pub(super) fn start(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    if bytes.len() <= SHOWN {
        return format!("\"{}\"", bytes.escape_ascii());
    }
    format!(
        "\"{}\"… of {} bytes",
        bytes[..SHOWN].escape_ascii(),
        bytes.len()
    )
}

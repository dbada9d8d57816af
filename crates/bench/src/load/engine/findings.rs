//! What went wrong in a run, counted by kind, each kind with its first case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::load::target::Failure;

/// Something that a correct server never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Violation {
    /// A value of another key or column.
    OtherKey,
    /// A value that nobody wrote like that.
    Torn,
    /// A value older than one that was acknowledged.
    Stale,
    /// A key that is gone, though nobody removed it.
    Lost,
    /// A scan whose keys do not rise.
    Unordered,
    /// A scan with a key below its first, or with more rows than were asked for.
    OutOfBounds,
    /// Accounts that do not add up.
    Balance,
}

impl Violation {
    /// What it is, for reports.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::OtherKey => "value of another key",
            Self::Torn => "torn value",
            Self::Stale => "value older than acknowledged",
            Self::Lost => "key lost",
            Self::Unordered => "scan out of order",
            Self::OutOfBounds => "scan out of bounds",
            Self::Balance => "accounts do not add up",
        }
    }
}

/// Something that kept requests from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// There is no server.
    Refused,
    /// A connection was closed.
    Closed,
    /// What came is no reply.
    Garbage,
    /// A reply that did not come, though later ones did.
    Dropped,
    /// Requests without an answer.
    Silent,
    /// Requests that were answered with an error.
    Error,
}

impl Trouble {
    /// What it is, for reports.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Refused => "server not there",
            Self::Closed => "connection closed",
            Self::Garbage => "garbage received",
            Self::Dropped => "reply dropped",
            Self::Silent => "no answer in time",
            Self::Error => "error reply",
        }
    }

    /// The exit status of a run in which it happened.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Refused => 4,
            Self::Closed => 5,
            Self::Garbage | Self::Dropped => 6,
            Self::Silent => 7,
            Self::Error => 8,
        }
    }
}

impl From<&Failure> for Trouble {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Refused(_) => Self::Refused,
            Failure::Closed(_) => Self::Closed,
            Failure::Garbage(_) => Self::Garbage,
            Failure::Silent(_) => Self::Silent,
        }
    }
}

/// How often something happened, and the first case of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// The first case.
    pub first: String,
}

/// All that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// What a correct server never does.
    pub violations: BTreeMap<Violation, Tally>,
    /// What kept requests from being answered.
    pub troubles: BTreeMap<Trouble, Tally>,
}

fn count<K: Ord>(
    tallies: &mut BTreeMap<K, Tally>,
    kind: K,
    times: u64,
    case: impl FnOnce() -> String,
) {
    let tally = tallies.entry(kind).or_default();
    if tally.count == 0 {
        tally.first = case();
    }
    tally.count += times;
}

impl Findings {
    /// Counts a violation.
    #[cold]
    pub fn violation(&mut self, kind: Violation, case: impl FnOnce() -> String) {
        count(&mut self.violations, kind, 1, case);
    }

    /// Counts a trouble.
    #[cold]
    pub fn trouble(&mut self, kind: Trouble, case: impl FnOnce() -> String) {
        count(&mut self.troubles, kind, 1, case);
    }

    /// Adds what another thread found.
    pub fn add(&mut self, other: &Self) {
        for (kind, tally) in &other.violations {
            count(&mut self.violations, *kind, tally.count, || {
                tally.first.clone()
            });
        }
        for (kind, tally) in &other.troubles {
            count(&mut self.troubles, *kind, tally.count, || {
                tally.first.clone()
            });
        }
    }

    /// The exit status that they make: 3 for violations, otherwise that of the gravest trouble, 0 for none.
    #[must_use]
    pub fn status(&self) -> u8 {
        if !self.violations.is_empty() {
            return 3;
        }
        let gravest = [
            Trouble::Refused,
            Trouble::Garbage,
            Trouble::Dropped,
            Trouble::Closed,
            Trouble::Silent,
            Trouble::Error,
        ];
        let found = gravest.iter().find(|kind| self.troubles.contains_key(kind));
        found.map_or(0, |kind| kind.status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_come_before_troubles_and_the_first_case_stays() {
        let mut findings = Findings::default();
        assert_eq!(findings.status(), 0);
        findings.trouble(Trouble::Error, || "first".to_owned());
        assert_eq!(findings.status(), 8);
        findings.trouble(Trouble::Closed, String::new);
        assert_eq!(findings.status(), 5);
        let mut others = Findings::default();
        others.trouble(Trouble::Error, || "second".to_owned());
        others.violation(Violation::Torn, || "torn".to_owned());
        findings.add(&others);
        assert_eq!(findings.status(), 3);
        assert_eq!(findings.troubles[&Trouble::Error].count, 2);
        assert_eq!(findings.troubles[&Trouble::Error].first, "first");
    }
}

//! Errors that ordered maps of this design have had, each kept out by a test that is named for what it guards.
//!
//! Most were reproduced in masstree 0.9.5, with the keys that stand here; two are known bugs of the C++ server, issues 35 and 36
//! of its repository. `map.md` of the specification lists them under "What must hold".
#![cfg(not(any(loom, shuttle)))]

mod layers;
mod maintenance;
mod ranges;
mod unlinking;
mod updates;
mod values;

use std::time::Duration;

/// No test here takes longer, by far, unless something hangs.
const LIMIT: Duration = Duration::from_secs(300);

//! Which operation fails, and how.

use std::io;

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No space is left: a write does nothing and says so.
    NoSpace,
    /// An I/O error: the operation does nothing and says so.
    Io,
    /// A write takes the first half of its bytes and then fails with an I/O error. Other operations fail as with [`Io`](Self::Io).
    ShortWrite,
    /// The machine stops in the middle of the operation. What a crash may make of it is the [`Crash`](super::Crash)'s to say; every
    /// later operation, and every read, fails.
    Stop,
}

/// What a write is to do.
pub(super) enum Outcome {
    Done,
    Fail(io::Error),
    /// Half of the bytes, then an error.
    Half(io::Error),
    /// All of the bytes, though nobody will hear of it.
    Stopped(io::Error),
}

#[derive(Default)]
pub(super) struct Faults {
    operations: u64,
    syncs: u64,
    planned: Option<(u64, Failure)>,
    stopped: bool,
}

impl Outcome {
    /// For operations that happen whole or not at all: one that was stopped in its middle has not happened.
    pub(super) fn whole(self) -> io::Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::Fail(error) | Self::Half(error) | Self::Stopped(error) => Err(error),
        }
    }
}

impl Faults {
    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    pub(super) fn syncs(&self) -> u64 {
        self.syncs
    }

    pub(super) fn plan(&mut self, operation: u64, failure: Failure) {
        self.planned = Some((operation, failure));
    }

    pub(super) fn running(&self) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        Ok(())
    }

    /// Counts a change and tells what is to become of it.
    pub(super) fn change(&mut self) -> io::Result<Outcome> {
        self.running()?;
        self.operations += 1;
        let Some((_, failure)) = self.planned.filter(|(at, _)| *at == self.operations) else {
            return Ok(Outcome::Done);
        };
        let error = io::Error::other("an injected I/O error");
        Ok(match failure {
            Failure::NoSpace => Outcome::Fail(io::ErrorKind::StorageFull.into()),
            Failure::Io => Outcome::Fail(error),
            Failure::ShortWrite => Outcome::Half(error),
            Failure::Stop => {
                self.stopped = true;
                Outcome::Stopped(error)
            }
        })
    }

    /// Counts a sync; an error if it is to fail.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let outcome = self.change()?;
        self.syncs += 1;
        outcome.whole()
    }
}

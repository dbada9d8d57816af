//! Waiting for sockets, to the microsecond: `ppoll` takes nanoseconds where `epoll_wait` takes milliseconds.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Waits until a socket can be read, or written where that is wanted, or the time is up. Returns which can be read.
///
/// An error is as good as a socket that is ready: what is wrong is found when it is read.
pub fn wait(sockets: &[(BorrowedFd<'_>, bool)], timeout: Option<Duration>) -> Vec<bool> {
    let mut polled: Vec<PollFd<'_>> = sockets
        .iter()
        .map(|(fd, writing)| {
            let flags = if *writing {
                PollFlags::IN | PollFlags::OUT
            } else {
                PollFlags::IN
            };
            PollFd::from_borrowed_fd(*fd, flags)
        })
        .collect();
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    // Interrupted or not, what is ready is looked at.
    let _ = poll(&mut polled, timeout.as_ref());
    let others = PollFlags::IN | PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    polled
        .iter()
        .map(|fd| fd.revents().intersects(others))
        .collect()
}

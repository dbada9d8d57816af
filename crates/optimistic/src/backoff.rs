//! How to wait for another thread: spin a little, then let the operating system run somebody else.

#[cfg(not(any(loom, shuttle)))]
use crossbeam_utils::Backoff as Spin;

/// Exponential waiting, one value for each wait.
#[derive(Debug, Default)]
pub struct Backoff {
    #[cfg(not(any(loom, shuttle)))]
    spin: Spin,
}

impl Backoff {
    /// A fresh wait.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits a little, longer each time, and gives up the processor once spinning has not helped.
    #[inline]
    pub fn snooze(&self) {
        #[cfg(not(any(loom, shuttle)))]
        self.spin.snooze();
        #[cfg(any(loom, shuttle))]
        crate::sync::spin_loop();
    }

    /// Whether it has taken so long that it is better to sleep until somebody wakes the thread.
    #[inline]
    pub fn is_completed(&self) -> bool {
        #[cfg(not(any(loom, shuttle)))]
        return self.spin.is_completed();
        #[cfg(any(loom, shuttle))]
        return false;
    }
}

//! The lock that the clock uses, over parking_lot and loom.

#[cfg(not(loom))]
pub use parking_lot::Mutex;

/// Loom's lock, with the interface of parking_lot's.
#[cfg(loom)]
#[derive(Debug, Default)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

#[cfg(loom)]
impl<T> Mutex<T> {
    /// Waits for the lock.
    pub fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

//! Events of the tree's structure, with the feature `tracing`; nothing without it, and none on the path of a read.

/// Emits a `tracing` event at debug level, after all locks are released.
macro_rules! event {
    ($name:literal $(, $field:ident = $value:expr)*) => {
        #[cfg(feature = "tracing")]
        tracing::debug!(target: "masstree", $($field = $value,)* $name);
        #[cfg(not(feature = "tracing"))]
        { $(let _ = &$value;)* }
    };
}

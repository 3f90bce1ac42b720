//! Aborts.

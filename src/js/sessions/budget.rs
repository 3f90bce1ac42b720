//! One budget for the large objects of all sessions of an instance, whose memory is one.

use std::cell::Cell;

/// Octets of all objects together.
const ALL: u64 = 64 << 20;

thread_local! {
    static HELD: Cell<u64> = const { Cell::new(0) };
}

/// What one session has of it. It is given back when the session is freed.
#[derive(Default)]
pub(super) struct Share(u64);

impl Share {
    /// The session keeps so many octets now.
    pub(super) fn hold(&mut self, octets: u64) {
        HELD.set(HELD.get().saturating_sub(self.0).saturating_add(octets));
        self.0 = octets;
    }

    /// Octets that any session may keep beside what is kept.
    pub(super) fn room() -> u64 {
        ALL.saturating_sub(HELD.get())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.hold(0);
    }
}

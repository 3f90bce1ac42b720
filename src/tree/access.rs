//! What a device can do on a node, whoever asks (DDF, AccessType).

use serde::{Deserialize, Serialize};

/// What may be done on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Make it, or nodes below it.
    Add = 1,
    /// Copy it.
    Copy = 2,
    /// Remove it.
    Delete = 4,
    /// Start what it stands for.
    Exec = 8,
    /// Read it.
    Get = 16,
    /// Change its value.
    Replace = 32,
}

/// A set of deeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access(u8);

impl Access {
    /// Everything.
    pub const ALL: Self = Self(63);
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// These deeds and no others.
    pub fn of(deeds: &[Deed]) -> Self {
        Self(deeds.iter().fold(0, |set, deed| set | *deed as u8))
    }

    /// The set without a deed.
    #[must_use]
    pub fn without(self, deed: Deed) -> Self {
        Self(self.0 & !(deed as u8))
    }

    /// Whether a deed is among them.
    pub fn allows(self, deed: Deed) -> bool {
        self.0 & deed as u8 != 0
    }
}

//! What a device can do with a node.

use serde::{Serialize, Serializer};

/// A command that a device can execute on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AccessType {
    /// The node can be added.
    Add,
    /// The node can be copied.
    Copy,
    /// The node can be deleted.
    Delete,
    /// The node can be executed.
    Exec,
    /// The node can be read.
    Get,
    /// The value of the node can be replaced.
    Replace,
}

impl AccessType {
    /// All of them, in the order of the DTD.
    pub const ALL: [Self; 6] = [
        Self::Add,
        Self::Copy,
        Self::Delete,
        Self::Exec,
        Self::Get,
        Self::Replace,
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Add" => Self::Add,
            "Copy" => Self::Copy,
            "Delete" => Self::Delete,
            "Exec" => Self::Exec,
            "Get" => Self::Get,
            "Replace" => Self::Replace,
            _ => return None,
        })
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of [`AccessType`]; to JavaScript a list in the order of the DTD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessTypes(u8);

impl AccessTypes {
    /// Whether the set holds it.
    pub fn contains(self, access: AccessType) -> bool {
        self.0 & access.bit() != 0
    }

    /// What is in the set, in the order of the DTD.
    pub fn iter(self) -> impl Iterator<Item = AccessType> {
        let all = AccessType::ALL.into_iter();
        all.filter(move |access| self.contains(*access))
    }

    pub(super) fn insert(&mut self, access: AccessType) {
        self.0 |= access.bit();
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<AccessType> for AccessTypes {
    fn from_iter<I: IntoIterator<Item = AccessType>>(iter: I) -> Self {
        let mut set = Self::default();
        for access in iter {
            set.insert(access);
        }
        set
    }
}

impl Serialize for AccessTypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

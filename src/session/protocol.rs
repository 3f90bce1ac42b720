//! What a device speaks.

use serde::{Serialize, Serializer};

use super::v1::version::Version;

/// What a device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// DM 1.1 to 1.3.
    V1(Version),
    /// DM 2.0.
    V2,
}

impl Protocol {
    /// The version, such as `1.2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1(Version::V1_1) => "1.1",
            Self::V1(Version::V1_2) => "1.2",
            Self::V1(Version::V1_3) => "1.3",
            Self::V2 => "2.0",
        }
    }
}

impl From<Version> for Protocol {
    fn from(version: Version) -> Self {
        Self::V1(version)
    }
}

impl PartialEq<Version> for Protocol {
    fn eq(&self, version: &Version) -> bool {
        *self == Self::V1(*version)
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

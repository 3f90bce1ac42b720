//! A device description as it was written.

use serde::Serialize;

use super::access::AccessTypes;
use super::microsoft::Microsoft;
use crate::syncml::Format;

/// A device description: MgmtTree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ddf {
    /// VerDTD, such as `1.2`.
    pub ver_dtd: String,
    /// The manufacturer of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub man: Option<String>,
    /// The model of the device.
    #[serde(rename = "mod", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The outermost nodes, at least one.
    pub nodes: Vec<DdfNode>,
}

/// The description of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DdfNode {
    /// The name; none where it is given at run time (empty, or `*`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URI of the parent, for outermost nodes; inside another node the parent is that node whatever stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The run-time properties that exist, with their default values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rt_properties: Option<RtProperties>,
    /// What holds for the node.
    pub properties: DfProperties,
    /// The value, white space included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The nodes inside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<DdfNode>,
}

/// Default values of run-time properties; the empty text where a property exists without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RtProperties {
    /// The access control list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// The format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Octets of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The time of the last change.
    #[serde(rename = "tStamp", skip_serializing_if = "Option::is_none")]
    pub tstamp: Option<String>,
    /// The media type of a leaf, or the identifier of a management object.
    #[serde(rename = "type")]
    pub df_type: DfType,
    /// The number of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ver_no: Option<String>,
}

/// What holds for a node: DFProperties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DfProperties {
    /// What the device can do with the node.
    pub access: AccessTypes,
    /// The value that the node starts with, white space included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// What the node means, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The format of the value.
    pub format: Format,
    /// How many of the node there are.
    pub occurrence: Occurrence,
    /// Whether the node is there for good.
    pub scope: Scope,
    /// The name of the node, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The type of the value.
    #[serde(rename = "type")]
    pub df_type: DfType,
    /// Whether case counts in the name and in those below; that of the parent where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sense: Option<CaseSense>,
    /// Microsoft's extensions, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft: Option<Box<Microsoft>>,
}

/// How many of a node there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Occurrence {
    /// Exactly one.
    #[default]
    One,
    /// At most one.
    ZeroOrOne,
    /// Any number.
    ZeroOrMore,
    /// At least one.
    OneOrMore,
    /// At most so many, 2 to 65,536.
    ZeroOrN(u32),
    /// At least one and at most so many, 2 to 65,536.
    OneOrN(u32),
}

impl Occurrence {
    /// The least number of nodes, 0 or 1.
    pub fn min(self) -> u32 {
        match self {
            Self::ZeroOrOne | Self::ZeroOrMore | Self::ZeroOrN(_) => 0,
            Self::One | Self::OneOrMore | Self::OneOrN(_) => 1,
        }
    }

    /// The greatest number of nodes; none where there is no bound.
    pub fn max(self) -> Option<u32> {
        match self {
            Self::One | Self::ZeroOrOne => Some(1),
            Self::ZeroOrMore | Self::OneOrMore => None,
            Self::ZeroOrN(count) | Self::OneOrN(count) => Some(count),
        }
    }

    /// What allows whatever one of the two allows.
    pub(super) fn union(self, other: Self) -> Self {
        let max = self.max().zip(other.max()).map(|(one, two)| one.max(two));
        match (self.min().min(other.min()), max) {
            (0, Some(1)) => Self::ZeroOrOne,
            (0, Some(count)) => Self::ZeroOrN(count),
            (0, None) => Self::ZeroOrMore,
            (_, Some(1)) => Self::One,
            (_, Some(count)) => Self::OneOrN(count),
            (_, None) => Self::OneOrMore,
        }
    }
}

/// Whether a node is there for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// It cannot be added, deleted or renamed.
    Permanent,
    /// It is made at run time.
    #[default]
    Dynamic,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DfType {
    /// Media types that are taken; none where any is.
    Mime(Vec<String>),
    /// The identifier of the management object whose root this is, possibly empty.
    DdfName(String),
}

impl Default for DfType {
    fn default() -> Self {
        Self::Mime(Vec::new())
    }
}

/// Whether case counts in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum CaseSense {
    /// It counts.
    #[default]
    #[serde(rename = "cs")]
    Cs,
    /// It does not, for the letters of ASCII.
    #[serde(rename = "cis")]
    Cis,
}

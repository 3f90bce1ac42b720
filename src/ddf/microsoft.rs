//! Microsoft's extensions of a description (DDF version 2), as they were written.

use serde::Serialize;

/// What Microsoft adds to the properties of a node. Each is there where it was written and understood; defaults are not filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Microsoft {
    /// What editions of Windows have the node; the parent's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicability: Option<Applicability>,
    /// How a node gets its name that is given one at run time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_node_naming: Option<DynamicNodeNaming>,
    /// The values that the node takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_values: Option<AllowedValues>,
    /// What Replace does; it replaces where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_behavior: Option<ReplaceBehavior>,
    /// Whether a change makes the device restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reboot_behavior: Option<RebootBehavior>,
    /// The setting of a group policy that means the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gp_mapping: Option<GpMapping>,
    /// Errors to be expected, from CommonErrorOne on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub common_error_results: Vec<String>,
    /// Given where the node should no longer be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
    /// What other nodes the node depends on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependency_behavior: Vec<DependencyGroup>,
    /// What counts where two servers want different values; NoMerge where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_resolution: Option<ConflictResolution>,
    /// Whether all nodes below must be set within one Atomic.
    #[serde(skip_serializing_if = "is_unset")]
    pub atomic_required: bool,
    /// Older extensions, and those that were not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Extension>,
}

/// Which systems have a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applicability {
    /// The first build of Windows, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_build_version: Option<String>,
    /// The version of the configuration service provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csp_version: Option<String>,
    /// Numbers of the editions as they were written, such as `0x1B`, some with a `*` behind; none where all have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edition_allow_list: Vec<String>,
    /// Whether the device must have joined Azure AD.
    #[serde(skip_serializing_if = "is_unset")]
    pub requires_azure_ad: bool,
}

/// How a node gets its name that is given one at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DynamicNodeNaming {
    /// The server chooses, any name.
    ServerGeneratedUniqueIdentifier,
    /// The client chooses.
    ClientInventory,
    /// The server chooses a name that this describes: a pattern, in some descriptions words.
    UniqueName(String),
}

/// The values that a node takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedValues {
    /// What the values are.
    pub value_type: ValueType,
    /// The values of ENUM and Flag; for other kinds one at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<AllowedValue>,
    /// The policy behind a value of kind ADMX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admx_backed: Option<AdmxBacked>,
    /// What separates the parts of a list, each of which is a value: one character or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

/// One of the values, white space around it trimmed: itself, a pattern, a range, or a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedValue {
    /// The value.
    pub value: String,
    /// What it means, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What the allowed values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ValueType {
    /// A schema of XML.
    #[serde(rename = "XSD")]
    Xsd,
    /// A pattern that the whole value matches.
    RegEx,
    /// What a policy template says.
    #[serde(rename = "ADMX")]
    Admx,
    /// JSON.
    #[serde(rename = "JSON")]
    Json,
    /// One of several values.
    #[serde(rename = "ENUM")]
    Enum,
    /// Bits.
    Flag,
    /// A number in a range.
    Range,
    /// A security descriptor.
    #[serde(rename = "SDDL")]
    Sddl,
    /// Whatever the format allows.
    None,
}

impl ValueType {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Xsd, "XSD"),
        (Self::RegEx, "RegEx"),
        (Self::Admx, "ADMX"),
        (Self::Json, "JSON"),
        (Self::Enum, "ENUM"),
        (Self::Flag, "Flag"),
        (Self::Range, "Range"),
        (Self::Sddl, "SDDL"),
        (Self::None, "None"),
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// The name in the attribute ValueType.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }
}

/// The policy behind a value of kind ADMX.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmxBacked {
    /// The category.
    pub area: String,
    /// The name of the policy.
    pub name: String,
    /// The file that defines it.
    pub file: String,
}

/// What Replace does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplaceBehavior {
    /// It adds to the value.
    Append,
    /// It replaces the value.
    Replace,
}

/// Whether a change makes the device restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RebootBehavior {
    /// It does not.
    None,
    /// It does.
    Automatic,
    /// The server must make it.
    ServerInitiated,
}

/// The setting of a group policy that means the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GpMapping {
    /// The name of the policy.
    pub english_name: String,
    /// The category.
    pub area_path: String,
    /// The element of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
}

/// The node should no longer be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deprecated {
    /// The build of Windows from which on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_build: Option<String>,
}

/// Nodes that a node depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DependencyGroup {
    /// The name of the group.
    pub friendly_id: String,
    /// The values that the node takes where the dependencies hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_allowed_values: Option<AllowedValues>,
    /// The dependencies.
    pub dependencies: Vec<Dependency>,
}

/// Dependency on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// Which way it depends.
    #[serde(rename = "type")]
    pub kind: DependencyKind,
    /// The node; names given at run time stand in brackets.
    pub uri: String,
    /// The values that it must have, or must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_value: Option<AllowedValues>,
}

/// Which way a node depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DependencyKind {
    /// The other must have the value.
    DependsOn,
    /// The other must not have it.
    Not,
}

/// What counts where two servers want different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConflictResolution {
    /// Nothing is merged.
    NoMerge,
    /// The lowest value.
    LowestValueMostSecure,
    /// The highest value.
    HighestValueMostSecure,
    /// What was written last.
    LastWrite,
    /// The lowest value, 0 being the highest.
    LowestValueMostSecureZeroHasNoLimits,
    /// The highest value, 0 being the highest.
    HighestValueMostSecureZeroHasNoLimits,
}

/// An extension that has no field of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// The local name of the element.
    pub name: String,
    /// The text in it, white space around it trimmed.
    pub text: String,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_unset(flag: &bool) -> bool {
    !flag
}

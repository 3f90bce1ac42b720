//! Reading Microsoft's extensions. What is not understood is kept as text: it breaks no rule of the framework.

use super::microsoft::{
    AdmxBacked, AllowedValue, AllowedValues, Applicability, ConflictResolution, Dependency,
    DependencyGroup, DependencyKind, Deprecated, DynamicNodeNaming, Extension, GpMapping,
    Microsoft, RebootBehavior, ReplaceBehavior, ValueType,
};
use super::read::{loose_text, trim};
use crate::markup::element::Element;

/// Reads one child of DFProperties.
pub(super) fn read(element: Element<'_>, into: &mut Microsoft) {
    if typed(element, into).is_none() {
        into.others.push(Extension {
            name: element.name().to_owned(),
            text: content(element),
        });
    }
}

fn typed(element: Element<'_>, into: &mut Microsoft) -> Option<()> {
    match element.name() {
        "Applicability" => keep(&mut into.applicability, Some(applicability(element))),
        "DynamicNodeNaming" => keep(&mut into.dynamic_node_naming, naming(element)),
        "AllowedValues" => keep(&mut into.allowed_values, allowed_values(element)),
        "ReplaceBehavior" => keep(&mut into.replace_behavior, replace_behavior(element)),
        "RebootBehavior" => keep(&mut into.reboot_behavior, reboot_behavior(element)),
        "GpMapping" => keep(&mut into.gp_mapping, gp_mapping(element)),
        "CommonErrorResults" => {
            into.common_error_results
                .extend(element.elements().map(content));
            Some(())
        }
        "Deprecated" => {
            let os_build = attribute(element, "OsBuildDeprecated");
            keep(&mut into.deprecated, Some(Deprecated { os_build }))
        }
        "DependencyBehavior" => {
            let groups = element.elements().map(group).collect::<Option<Vec<_>>>()?;
            into.dependency_behavior.extend(groups);
            Some(())
        }
        "ConflictResolution" => keep(&mut into.conflict_resolution, resolution(element)),
        "AtomicRequired" => {
            into.atomic_required = true;
            Some(())
        }
        _ => None,
    }
}

/// Keeps the first of its kind.
fn keep<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    if field.is_some() {
        return None;
    }
    *field = Some(value?);
    Some(())
}

fn content(element: Element<'_>) -> String {
    trim(loose_text(element))
}

fn child<'d>(element: Element<'d>, name: &str) -> Option<Element<'d>> {
    element.elements().find(|child| child.name() == name)
}

fn attribute(element: Element<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    attributes
        .find(|(_, known, _)| *known == name)
        .map(|(_, _, value)| value.to_owned())
}

/// A word: the text, or the name of the only element.
fn word(element: Element<'_>) -> String {
    let mut inside = element.elements();
    match (inside.next(), inside.next()) {
        (Some(only), None) => only.name().to_owned(),
        _ => content(element),
    }
}

fn applicability(element: Element<'_>) -> Applicability {
    let text = |name| child(element, name).map(content);
    let editions = text("EditionAllowList").unwrap_or_default();
    let listed = editions.split(';').map(str::trim);
    let listed = listed.filter(|text| !text.is_empty());
    let required = text("RequiresAzureAd");
    Applicability {
        os_build_version: text("OsBuildVersion"),
        csp_version: text("CspVersion"),
        edition_allow_list: listed.map(str::to_owned).collect(),
        requires_azure_ad: required.is_some_and(|text| !text.eq_ignore_ascii_case("false")),
    }
}

fn naming(element: Element<'_>) -> Option<DynamicNodeNaming> {
    let chosen = element.elements().next()?;
    match chosen.name() {
        "ServerGeneratedUniqueIdentifier" => {
            Some(DynamicNodeNaming::ServerGeneratedUniqueIdentifier)
        }
        "ClientInventory" => Some(DynamicNodeNaming::ClientInventory),
        "UniqueName" => Some(DynamicNodeNaming::UniqueName(content(chosen))),
        _ => None,
    }
}

fn allowed_values(element: Element<'_>) -> Option<AllowedValues> {
    let mut found = AllowedValues {
        value_type: ValueType::from_name(&attribute(element, "ValueType")?)?,
        values: Vec::new(),
        admx_backed: None,
        delimiter: None,
    };
    for inside in element.elements() {
        match inside.name() {
            "Enum" => found.values.push(AllowedValue {
                value: content(child(inside, "Value")?),
                description: child(inside, "ValueDescription").map(content),
            }),
            "Value" => found.values.push(AllowedValue {
                value: content(inside),
                description: None,
            }),
            "ValueDescription" => found.values.last_mut()?.description = Some(content(inside)),
            "AdmxBacked" => found.admx_backed = Some(admx_backed(inside)),
            "List" => found.delimiter = attribute(inside, "Delimiter").map(delimiter),
            _ => {}
        }
    }
    Some(found)
}

/// Area, name and file stand in attributes or in elements.
fn admx_backed(element: Element<'_>) -> AdmxBacked {
    let part = |name| {
        attribute(element, name)
            .or_else(|| child(element, name).map(content))
            .unwrap_or_default()
    };
    AdmxBacked {
        area: part("Area"),
        name: part("Name"),
        file: part("File"),
    }
}

/// A delimiter is itself, or the code of a character behind `\x` or `0x`.
fn delimiter(text: String) -> String {
    let digits = text.strip_prefix("\\x").or_else(|| text.strip_prefix("0x"));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code.and_then(char::from_u32) {
        Some(character) => character.to_string(),
        None => text,
    }
}

fn replace_behavior(element: Element<'_>) -> Option<ReplaceBehavior> {
    match &*word(element) {
        "Append" => Some(ReplaceBehavior::Append),
        "Replace" => Some(ReplaceBehavior::Replace),
        _ => None,
    }
}

fn reboot_behavior(element: Element<'_>) -> Option<RebootBehavior> {
    match &*word(element) {
        "None" => Some(RebootBehavior::None),
        "Automatic" => Some(RebootBehavior::Automatic),
        "ServerInitiated" => Some(RebootBehavior::ServerInitiated),
        _ => None,
    }
}

fn gp_mapping(element: Element<'_>) -> Option<GpMapping> {
    Some(GpMapping {
        english_name: attribute(element, "GpEnglishName")?,
        area_path: attribute(element, "GpAreaPath")?,
        element: attribute(element, "GpElement"),
    })
}

fn group(element: Element<'_>) -> Option<DependencyGroup> {
    let mut group = DependencyGroup {
        friendly_id: attribute(element, "FriendlyId").unwrap_or_default(),
        changed_allowed_values: None,
        dependencies: Vec::new(),
    };
    for inside in element.elements() {
        match inside.name() {
            "DependencyChangedAllowedValues" => {
                group.changed_allowed_values = Some(allowed_values(inside)?);
            }
            "Dependency" => group.dependencies.push(dependency(inside)?),
            _ => {}
        }
    }
    Some(group)
}

fn dependency(element: Element<'_>) -> Option<Dependency> {
    let kind = match &*attribute(element, "Type")? {
        "DependsOn" => DependencyKind::DependsOn,
        "Not" => DependencyKind::Not,
        _ => return None,
    };
    let allowed = child(element, "DependencyAllowedValue");
    Some(Dependency {
        kind,
        uri: content(child(element, "DependencyUri")?),
        allowed_value: match allowed {
            Some(values) => Some(allowed_values(values)?),
            None => None,
        },
    })
}

fn resolution(element: Element<'_>) -> Option<ConflictResolution> {
    Some(match &*word(element) {
        "NoMerge" => ConflictResolution::NoMerge,
        "LowestValueMostSecure" => ConflictResolution::LowestValueMostSecure,
        "HighestValueMostSecure" => ConflictResolution::HighestValueMostSecure,
        "LastWrite" => ConflictResolution::LastWrite,
        "LowestValueMostSecureZeroHasNoLimits" => {
            ConflictResolution::LowestValueMostSecureZeroHasNoLimits
        }
        "HighestValueMostSecureZeroHasNoLimits" => {
            ConflictResolution::HighestValueMostSecureZeroHasNoLimits
        }
        _ => return None,
    })
}

//! What holds for a node.

use std::fmt;

use super::access::{AccessType, AccessTypes};
use super::allowed::Allowed;
use super::microsoft::ValueType;
use super::model::{CaseSense, DdfNode, DfType, Occurrence, Scope};
use super::value::{is_of, is_same};
use crate::steps;
use crate::syncml::{Data, Format};

/// What holds for a node. Where a node is described more than once, whatever one of the descriptions allows is allowed; what is no matter
/// of allowing is taken from the first that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether names are given at run time.
    pub placeholder: bool,
    /// Whether the node is there for good.
    pub scope: Scope,
    /// The formats that are taken; for an interior node `node`.
    pub formats: Vec<Format>,
    /// How many of the node there are.
    pub occurrence: Occurrence,
    /// The identifier of the management object whose root this is, possibly empty.
    pub ddf_name: Option<String>,
    /// Whether case counts in the name, as said here or further up.
    pub case_sense: CaseSense,
    /// The value that the node starts with: Value, or else DefaultValue.
    pub default_value: Option<String>,
    /// The name of the node, for people.
    pub title: Option<String>,
    pub(super) declared_case: Option<CaseSense>,
    access: AccessTypes,
    alternatives: Vec<Alternative>,
}

/// What one description takes for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Alternative {
    format: Format,
    /// Empty where any type is taken.
    mimes: Vec<String>,
    allowed: Option<Allowed>,
}

/// Why a value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// The node does not take the format.
    Format,
    /// The node does not take the media type.
    Type,
    /// The value is none of the format.
    Malformed(#[doc = "The format."] Format),
    /// The value is none of those that are allowed.
    NotAllowed(#[doc = "What these are."] ValueType),
}

impl Rule {
    pub(super) fn of(node: &DdfNode) -> Self {
        let properties = &node.properties;
        let (mimes, ddf_name) = match &properties.df_type {
            DfType::Mime(mimes) => (mimes.clone(), None),
            DfType::DdfName(name) => (Vec::new(), Some(name.clone())),
        };
        let microsoft = properties.microsoft.as_deref();
        let values = microsoft.and_then(|microsoft| microsoft.allowed_values.as_ref());
        let default_value = node.value.clone();
        let default_value = default_value.or_else(|| properties.default_value.clone());
        steps::add(default_value.as_ref().map_or(1, String::len));
        Self {
            placeholder: node.name.is_none(),
            scope: properties.scope,
            formats: vec![properties.format],
            occurrence: properties.occurrence,
            ddf_name,
            case_sense: CaseSense::Cs,
            default_value,
            title: properties.title.clone(),
            declared_case: properties.case_sense,
            access: properties.access,
            alternatives: vec![Alternative {
                format: properties.format,
                mimes,
                allowed: values.map(|values| Allowed::of(values, properties.format)),
            }],
        }
    }

    /// Adds what another description of the node says.
    pub(super) fn merge(&mut self, other: Self) {
        if other.scope == Scope::Permanent {
            self.scope = Scope::Permanent;
        }
        for format in other.formats {
            if !self.formats.contains(&format) {
                self.formats.push(format);
            }
        }
        self.occurrence = self.occurrence.union(other.occurrence);
        self.ddf_name = self.ddf_name.take().or(other.ddf_name);
        self.default_value = self.default_value.take().or(other.default_value);
        self.title = self.title.take().or(other.title);
        self.declared_case = self.declared_case.or(other.declared_case);
        self.access = self.access.union(other.access);
        self.alternatives.extend(other.alternatives);
    }

    /// Whether the device can do it with the node.
    pub fn access(&self, access: AccessType) -> bool {
        self.access.contains(access)
    }

    /// All that the device can do with the node.
    pub fn access_types(&self) -> AccessTypes {
        self.access
    }

    /// Whether this is an interior node.
    pub fn is_interior(&self) -> bool {
        self.formats.contains(&Format::Node)
    }

    /// The media types that are taken, those described first before others; none where any is.
    pub fn mimes(&self) -> Vec<&str> {
        let leaves = || {
            let all = self.alternatives.iter();
            all.filter(|alternative| alternative.format != Format::Node)
        };
        if leaves().any(|alternative| alternative.mimes.is_empty()) {
            return Vec::new();
        }
        let mut known = std::collections::BTreeSet::new();
        let all = leaves().flat_map(|alternative| &alternative.mimes);
        let all = all.map(String::as_str);
        all.filter(|mime| known.insert(*mime)).collect()
    }

    /// Whether [`check`](Self::check) looks at all that is said about values. It does not know schemas (XSD), policy templates (ADMX),
    /// security descriptors (SDDL), nor patterns that look back or around, nor what is not understood; of JSON it knows the grammar.
    pub fn is_enforced(&self) -> bool {
        let mut allowed = self
            .alternatives
            .iter()
            .filter_map(|one| one.allowed.as_ref());
        allowed.all(Allowed::is_enforced)
    }

    /// Checks a value against format, media type and allowed values. `mime` is none where the type is not known: any is taken then.
    ///
    /// `b64` and `bin` are one format. Blanks around numbers, truth values, dates and times do not count; nor does the case of media types,
    /// nor their parameters. Octets, and what comes with `node` and `null`, are compared with no allowed values.
    /// A text that is too long for a pattern (some ten thousand octets for the largest, megabytes for a small one) is refused.
    ///
    /// # Errors
    ///
    /// Where several descriptions take different values, the violation of the one that comes closest.
    pub fn check(&self, value: &Data, format: Format, mime: Option<&str>) -> Result<(), Violation> {
        let mut closest = Violation::Format;
        for alternative in &self.alternatives {
            match alternative.check(value, format, mime) {
                Ok(()) => return Ok(()),
                Err(violation) if violation.checks() > closest.checks() => closest = violation,
                Err(_) => {}
            }
        }
        Err(closest)
    }
}

impl Alternative {
    fn check(&self, value: &Data, format: Format, mime: Option<&str>) -> Result<(), Violation> {
        if !is_same(self.format, format) {
            return Err(Violation::Format);
        }
        let has_type = |mime: &str| self.mimes.iter().any(|known| is_same_type(known, mime));
        if format != Format::Node && !self.mimes.is_empty() && !mime.is_none_or(has_type) {
            return Err(Violation::Type);
        }
        if !is_of(value, format) {
            return Err(Violation::Malformed(format));
        }
        match (&self.allowed, value) {
            (Some(allowed), Data::Text(text) | Data::Markup(text))
                if !matches!(format, Format::Node | Format::Null)
                    && !allowed.contains(text, format) =>
            {
                Err(Violation::NotAllowed(allowed.kind))
            }
            _ => Ok(()),
        }
    }
}

fn is_same_type(one: &str, other: &str) -> bool {
    let bare = |mime: &'_ str| {
        mime.split(';')
            .next()
            .map_or(0, |bare| bare.trim_end().len())
    };
    let (one, other) = (one.get(..bare(one)), other.get(..bare(other)));
    one.zip(other)
        .is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

impl Violation {
    /// How many checks the value has passed.
    fn checks(self) -> u8 {
        match self {
            Self::Format => 0,
            Self::Type => 1,
            Self::Malformed(_) => 2,
            Self::NotAllowed(_) => 3,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("a format that the node does not take"),
            Self::Type => f.write_str("a media type that the node does not take"),
            Self::Malformed(format) => write!(f, "a value that is no {}", format.name()),
            Self::NotAllowed(kind) => {
                write!(f, "a value that is not allowed ({})", kind.name())
            }
        }
    }
}

impl std::error::Error for Violation {}

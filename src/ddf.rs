//! Device descriptions (DDF of the Tree and Description specification 1.2, with the extensions of Microsoft's DDF version 2): what nodes a
//! device may have, what may be done with them, and what values they take.
//!
//! [`Ddf`] is a description as it was written. [`Description`] is what one or several of them come to: a rule for every node.
//!
//! Recursion here is bounded: no document deeper than [`MAX_DEPTH`](crate::limits::MAX_DEPTH) leaves the markup floor, and groups of a
//! pattern nest no deeper than the bound of their own.

mod access;
mod allowed;
mod decode;
mod description;
mod extension;
#[cfg(test)]
mod linear;
mod microsoft;
mod model;
mod pattern;
mod range;
mod read;
mod rule;
mod start;
mod value;

pub use access::{AccessType, AccessTypes};
pub use description::Description;
pub use microsoft::{
    AdmxBacked, AllowedValue, AllowedValues, Applicability, ConflictResolution, Dependency,
    DependencyGroup, DependencyKind, Deprecated, DynamicNodeNaming, Extension, GpMapping,
    Microsoft, RebootBehavior, ReplaceBehavior, ValueType,
};
pub use model::{CaseSense, Ddf, DdfNode, DfProperties, DfType, Occurrence, RtProperties, Scope};
pub use rule::{Rule, Violation};
pub use start::StartNode;

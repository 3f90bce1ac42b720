//! What the device descriptions of a tree say of its nodes.

use crate::error::Result;
use crate::status::StatusCode;
use crate::syncml::Format;

use super::access::Access;
use super::node::{Node, Scope};
use super::store::Tree;

/// Descriptions, as they were given and as rules.
#[derive(Debug)]
pub(super) struct Described;

/// What holds for a node.
pub(super) struct Rule {
    pub(super) access: Access,
    pub(super) scope: Scope,
    pub(super) format: Format,
}

impl Described {
    pub(super) fn of(sources: Vec<serde_bytes::ByteBuf>) -> Result<Option<std::sync::Arc<Self>>> {
        let _ = sources;
        Ok(None)
    }

    pub(super) fn sources(&self) -> Vec<serde_bytes::ByteBuf> {
        Vec::new()
    }

    pub(super) fn folds_case(&self) -> bool {
        false
    }

    pub(super) fn ignores_case(&self, _path: &str) -> bool {
        false
    }
}

impl Tree {
    /// What the descriptions say of a path.
    pub(super) fn rule(&self, _path: &str) -> Option<Rule> {
        None
    }

    /// 415 unless a node is what the descriptions say of its place.
    pub(super) fn need_fitting(&self, _path: &str, _node: &Node) -> Result<(), StatusCode> {
        Ok(())
    }

    /// 405 unless a node may stand at a place.
    pub(super) fn need_described(&self, _path: &str, _format: Format) -> Result<(), StatusCode> {
        Ok(())
    }

    /// 420 unless there may be one more node at a place.
    pub(super) fn need_occurrence(&self, _path: &str) -> Result<(), StatusCode> {
        Ok(())
    }
}

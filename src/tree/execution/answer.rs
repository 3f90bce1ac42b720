//! What becomes of commands.

use serde::{Deserialize, Serialize};

use crate::status::StatusCode;
use crate::syncml::{Data, Item};

use super::super::change::By;

/// What became of a command: one Status, and the Results that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// CmdID of the command; empty where it has none that counts.
    pub cmd_ref: String,
    /// The element name of the command.
    pub cmd: String,
    /// The item that the Status is for, where not for all.
    pub target_ref: Option<String>,
    /// What became of it.
    pub code: StatusCode,
    /// What the user typed or chose.
    pub data: Vec<String>,
    /// What a Get found.
    pub results: Vec<Value>,
    /// Of a Get with several items: those that the Status is for.
    pub items: Vec<String>,
    /// The place of the first of these among all of the command.
    pub first_item: u32,
}

impl Answer {
    /// A Status with nothing beside it.
    pub fn new(cmd_ref: &str, cmd: &str, code: StatusCode) -> Self {
        Self {
            cmd_ref: cmd_ref.to_owned(),
            cmd: cmd.to_owned(),
            target_ref: None,
            code,
            data: Vec::new(),
            results: Vec::new(),
            items: Vec::new(),
            first_item: 0,
        }
    }
}

/// What a Get found at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The node as it was asked for, or a node of a list.
    pub uri: String,
    /// Its format, where it is not the default.
    pub format: Option<String>,
    /// Its media type, likewise.
    pub mime: Option<String>,
    /// Its value; nothing where only the structure was asked for.
    pub data: Option<Data>,
    /// By which item of the Get it was asked for, counted from 0.
    pub item: u32,
}

/// A node that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The path of the node.
    pub path: String,
    /// What it was done by.
    pub by: By,
}

/// What a Get has found, under the URI that was asked for where it is one node; lists are of nodes, whose URIs have no query.
pub(super) fn found(items: Vec<Item>, asked: &str, place: usize) -> Vec<Value> {
    let is_one = items.len() == 1;
    let asked = asked.split("?list=").next().unwrap_or_default();
    let value = |item: Item| {
        let meta = item.meta.unwrap_or_default();
        let uri = item.source.map(|source| source.uri).unwrap_or_default();
        Value {
            uri: if is_one { asked.trim().to_owned() } else { uri },
            format: meta.format,
            mime: meta.mime,
            data: item.data,
            item: u32::try_from(place).unwrap_or(u32::MAX),
        }
    };
    items.into_iter().map(value).collect()
}

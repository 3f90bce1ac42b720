//! What becomes of commands.

use serde::{Deserialize, Serialize};

use crate::status::StatusCode;
use crate::syncml::{Data, Item, Operation};

use super::super::change::By;
use super::{Current, Execution};

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

impl Execution {
    /// One Status where all items fared alike, else one for each.
    pub(super) fn answer_items(
        &mut self,
        name: &str,
        operation: &Operation,
        cmd_id: &str,
        current: Current,
    ) {
        let target = |item: &Item| item.target.as_ref().map(|target| target.uri.clone());
        // Who has found something may have to say later of which item it cannot be told.
        let is_found = !current.results.is_empty() && operation.items.len() > 1;
        let mut push = |target_ref, code, items: &[Item], first_item| {
            let items = items.iter().take(if is_found { items.len() } else { 0 });
            self.answers.push(Answer {
                target_ref,
                items: items.map(|item| target(item).unwrap_or_default()).collect(),
                first_item,
                ..Answer::new(cmd_id, name, code)
            });
        };
        match (operation.items.as_slice(), current.codes.as_slice()) {
            ([], _) => push(None, StatusCode::INCOMPLETE, &[], 0),
            ([only], [code]) => push(target(only), *code, &[], 0),
            (items, [first, rest @ ..]) if rest.iter().all(|code| code == first) => {
                push(None, *first, items, 0);
            }
            (items, codes) => {
                for (at, (item, code)) in (0..).zip(items.iter().zip(codes)) {
                    push(target(item), *code, std::slice::from_ref(item), at);
                }
            }
        }
        if let Some(answer) = self.answers.last_mut() {
            answer.results = current.results;
        }
    }

    /// One Status for each item that was executed.
    pub(super) fn answer_each(
        &mut self,
        name: &str,
        operation: &Operation,
        cmd_id: &str,
        current: Current,
    ) {
        let is_begun = !current.codes.is_empty();
        for (item, code) in operation.items.iter().zip(current.codes) {
            self.answers.push(Answer {
                target_ref: item.target.as_ref().map(|target| target.uri.clone()),
                ..Answer::new(cmd_id, name, code)
            });
        }
        if let Some(answer) = self.answers.last_mut().filter(|_| is_begun) {
            answer.results = current.results;
        }
    }
}

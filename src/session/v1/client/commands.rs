//! The commands of the client's messages, numbered as they come: Status and Results, alerts, DevInfo.

use crate::auth::challenge;
use crate::env::Env;
use crate::error::Result;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Data, Item, Location, Meta, Operation, Results, Status};
use crate::tree::{Answer, Found, Tree, Value};
use crate::uri;

use super::ClientSession;

/// The commands of a message, numbered as they come.
pub(super) struct Commands {
    pub(super) commands: Vec<Command>,
    pub(super) msg_ref: String,
}

impl Commands {
    fn next_id(&self) -> Option<String> {
        Some((self.commands.len() + 1).to_string())
    }

    /// One more command, of the number that it is to have.
    pub(super) fn push(&mut self, command: impl FnOnce(String) -> Command) {
        let cmd_id = self.commands.len() + 1;
        self.commands.push(command(cmd_id.to_string()));
    }

    /// The Status of the server's header, and the nonce that goes with it.
    pub(super) fn header_status(
        &mut self,
        session: &ClientSession,
        env: &Env<'_>,
    ) -> Option<(StatusCode, Vec<u8>)> {
        let last = session.state.last.as_ref()?;
        let nonce = env.nonce().to_vec();
        self.msg_ref = last.msg_id.to_string();
        self.commands.push(Command::Status(Status {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some("0".to_owned()),
            cmd: "SyncHdr".to_owned(),
            target_refs: vec![last.target.clone()],
            source_refs: vec![last.source.clone()],
            chal: last.chal.map(|scheme| challenge(scheme, &nonce)),
            code: last.code,
            ..Status::default()
        }));
        last.chal
            .filter(|scheme| scheme.needs_nonce())
            .map(|_| (last.code, nonce))
    }

    pub(super) fn alert(&mut self, code: AlertCode) {
        let alert = Alert {
            cmd_id: self.next_id(),
            code: Some(code),
            ..Alert::default()
        };
        self.commands.push(Command::Alert(alert));
    }

    /// An alert with an Item for each place or object.
    pub(super) fn tell(&mut self, code: AlertCode, values: &[Value]) {
        self.push(|cmd_id| {
            Command::Alert(Alert {
                cmd_id: Some(cmd_id),
                code: Some(code),
                items: values.iter().map(item).collect(),
                ..Alert::default()
            })
        });
    }

    /// The values below `./DevInfo` (section 6.3).
    pub(super) fn dev_info(&mut self, tree: &Tree) -> Result<()> {
        let mut items = Vec::new();
        for path in tree.paths("DevInfo") {
            let uri = uri::display(&path);
            if let Some(Found::Leaf(node)) = tree.find(&uri)? {
                let data = node
                    .data()
                    .cloned()
                    .or_else(|| Some(Data::Text(String::new())));
                items.push(Item {
                    source: Some(Location::of(uri)),
                    meta: node.meta(),
                    data,
                    ..Item::default()
                });
            }
        }
        // A device that knows nothing of itself says nothing: a command without Item is none.
        if !items.is_empty() {
            let operation = Operation {
                cmd_id: self.next_id(),
                items,
                ..Operation::default()
            };
            self.commands.push(Command::Replace(operation));
        }
        Ok(())
    }

    /// A Status, and behind it the Results that belong to it.
    pub(super) fn answer(&mut self, answer: &Answer) {
        self.commands.push(Command::Status(Status {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some(answer.cmd_ref.clone()),
            cmd: answer.cmd.clone(),
            target_refs: answer.target_ref.iter().cloned().collect(),
            code: answer.code,
            items: answer.data.iter().map(Item::text).collect(),
            ..Status::default()
        }));
        if answer.results.is_empty() {
            return;
        }
        self.commands.push(Command::Results(Results {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some(answer.cmd_ref.clone()),
            items: answer.results.iter().map(item).collect(),
            ..Results::default()
        }));
    }
}

fn item(value: &Value) -> Item {
    let has_meta = value.format.is_some() || value.mime.is_some();
    let meta = Meta {
        format: value.format.clone(),
        mime: value.mime.clone(),
        ..Meta::default()
    };
    Item {
        source: Some(Location::of(value.uri.as_str())),
        meta: has_meta.then_some(meta),
        data: value.data.clone(),
        ..Item::default()
    }
}

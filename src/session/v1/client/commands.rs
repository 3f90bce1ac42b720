//! What a client has to say: Status and Results, alerts, DevInfo. Each becomes a command, or several where it has several items.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::session::alert::ClientAlert;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Data, Item, Location, Meta, Operation, Results, Status};
use crate::tree::{Answer, Found, Tree, Value};
use crate::uri;

use super::objects::Object;

/// What becomes one command, unless it is split between its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Saying {
    /// An alert of the session itself.
    Alert(AlertCode),
    /// The values below `./DevInfo` (section 6.3).
    DevInfo(Vec<Value>),
    /// What is told of the tree: an Item for each place or object.
    Tell { code: AlertCode, values: Vec<Value> },
    /// An alert of the host.
    Raised {
        /// By which the host knows it.
        number: u32,
        alert: ClientAlert,
    },
    /// A Status; the results of the answer stand on their own.
    Status {
        /// MsgID of the server's message.
        msg_ref: u32,
        answer: Answer,
    },
    /// The Status for the server's demand for the rest of our package.
    Demanded {
        /// MsgID of the server's message.
        msg_ref: u32,
        cmd_ref: String,
    },
    /// What a Get found, behind its Status.
    Results {
        /// MsgID of the server's message.
        msg_ref: u32,
        cmd_ref: String,
        values: Vec<Value>,
    },
    /// One of these whose value fits no message.
    Object(Object),
    /// A large object of the server's was broken off.
    Broken {
        target: Option<String>,
        source: Option<String>,
    },
}

impl Saying {
    /// A Status, and behind it the Results that belong to it.
    pub(super) fn of_answer(msg_ref: u32, mut answer: Answer) -> impl Iterator<Item = Self> {
        let values = std::mem::take(&mut answer.results);
        let cmd_ref = answer.cmd_ref.clone();
        let results = (!values.is_empty()).then_some(Self::Results {
            msg_ref,
            cmd_ref,
            values,
        });
        std::iter::once(Self::Status { msg_ref, answer }).chain(results)
    }

    /// What the tree knows of the device. One that knows nothing says nothing: a command without Item is none.
    pub(super) fn dev_info(tree: &Tree) -> Result<Option<Self>> {
        let mut values = Vec::new();
        for path in tree.paths("DevInfo") {
            let uri = uri::display(&path);
            if let Some(Found::Leaf(node)) = tree.find(&uri)? {
                let meta = node.meta().unwrap_or_default();
                let data = node.data().cloned();
                values.push(Value {
                    uri,
                    format: meta.format,
                    mime: meta.mime,
                    data: data.or_else(|| Some(Data::Text(String::new()))),
                    item: 0,
                });
            }
        }
        Ok((!values.is_empty()).then_some(Self::DevInfo(values)))
    }

    /// Into how many parts it can be split.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Alert(_)
            | Self::Status { .. }
            | Self::Demanded { .. }
            | Self::Raised { .. }
            | Self::Object(_)
            | Self::Broken { .. } => 1,
            Self::Tell { values, .. } => values.len().max(1),
            Self::DevInfo(values) | Self::Results { values, .. } => values.len(),
        }
    }

    /// Its first parts, and what is left behind them.
    pub(super) fn split(mut self, parts: usize) -> (Self, Option<Self>) {
        let (Self::DevInfo(values) | Self::Results { values, .. } | Self::Tell { values, .. }) =
            &mut self
        else {
            return (self, None);
        };
        let rest = values.split_off(parts.min(values.len()));
        let rest = (!rest.is_empty()).then(|| match &self {
            Self::Results {
                msg_ref, cmd_ref, ..
            } => Self::Results {
                msg_ref: *msg_ref,
                cmd_ref: cmd_ref.clone(),
                values: rest,
            },
            Self::Tell { code, .. } => Self::Tell {
                code: *code,
                values: rest,
            },
            _ => Self::DevInfo(rest),
        });
        (self, rest)
    }

    /// What is said instead where it fits into no message, of one part: that a value is too large, a bare Status, a place without its value.
    /// Of an alert that is never said its host is told at the end.
    pub(super) fn lesser(self) -> Option<Self> {
        match self {
            Self::Results {
                msg_ref,
                cmd_ref,
                mut values,
            } => {
                let mut answer = Answer::new(&cmd_ref, "Get", StatusCode::TOO_LARGE);
                answer.target_ref = values.pop().map(|value| value.uri);
                Some(Self::Status { msg_ref, answer })
            }
            Self::Status {
                msg_ref,
                mut answer,
            } => {
                let is_bare = answer.target_ref.is_none() && answer.data.is_empty();
                (answer.target_ref, answer.data) = (None, Vec::new());
                (!is_bare).then_some(Self::Status { msg_ref, answer })
            }
            Self::Tell { code, mut values } => {
                let mut value = values.pop()?;
                value.data.take()?;
                let values = vec![value];
                Some(Self::Tell { code, values })
            }
            _ => None,
        }
    }

    /// The command with its first parts.
    pub(super) fn command(&self, number: usize, parts: usize) -> Command {
        let cmd_id = Some(number.to_string());
        match self {
            Self::Alert(code) => Command::Alert(Alert {
                cmd_id,
                code: Some(*code),
                ..Alert::default()
            }),
            Self::Tell { code, values } => Command::Alert(Alert {
                cmd_id,
                code: Some(*code),
                items: values.iter().take(parts).map(item).collect(),
                ..Alert::default()
            }),
            Self::Object(object) => object.command(number),
            Self::Broken { target, source } => {
                let place = |uri: &Option<String>| uri.as_deref().map(Location::of);
                Command::Alert(Alert {
                    cmd_id,
                    code: Some(AlertCode::NO_END_OF_DATA),
                    items: vec![Item {
                        target: place(target),
                        source: place(source),
                        ..Item::default()
                    }],
                    ..Alert::default()
                })
            }
            Self::Raised { alert, .. } => Command::Alert(alert.to_alert(number.to_string())),
            Self::DevInfo(values) => Command::Replace(Operation {
                cmd_id,
                items: values.iter().take(parts).map(item).collect(),
                ..Operation::default()
            }),
            Self::Status { msg_ref, answer } => Command::Status(Status {
                cmd_id,
                msg_ref: Some(msg_ref.to_string()),
                cmd_ref: Some(answer.cmd_ref.clone()),
                cmd: answer.cmd.clone(),
                target_refs: answer.target_ref.iter().cloned().collect(),
                code: answer.code,
                items: answer.data.iter().map(Item::text).collect(),
                ..Status::default()
            }),
            Self::Demanded { msg_ref, cmd_ref } => Command::Status(Status {
                cmd_id,
                msg_ref: Some(msg_ref.to_string()),
                cmd_ref: Some(cmd_ref.clone()),
                cmd: "Alert".to_owned(),
                code: StatusCode::OK,
                ..Status::default()
            }),
            Self::Results {
                msg_ref,
                cmd_ref,
                values,
            } => Command::Results(Results {
                cmd_id,
                msg_ref: Some(msg_ref.to_string()),
                cmd_ref: Some(cmd_ref.clone()),
                items: values.iter().take(parts).map(item).collect(),
                ..Results::default()
            }),
        }
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

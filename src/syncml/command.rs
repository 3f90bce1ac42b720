//! The commands of SyncBody.

use serde::Serialize;

use crate::error::{Code, Result};
use crate::markup::element::Element;
use crate::status::{AlertCode, StatusCode};

use super::header::Cred;
use super::is_unset;
use super::item::{Item, emit_items};
use super::meta::{Chal, Meta};
use super::raw::{
    Attributes, RawElement, attributes, emit_ahead, emit_attributes, emit_rest, sort,
};
use super::read::{
    Reader, elements, flag, is_syncml, name, number, once, push_one, required, status_code, string,
};
use super::write::Writer;

/// What the DTD puts between NoResp and Meta of some command, and ahead of Data of an Alert. DM uses none of it.
const AHEAD: [&str; 4] = ["Lang", "Archive", "SftDel", "Cred"];

/// What Windows puts behind CmdRef of Results.
const AHEAD_IN_RESULTS: [&str; 1] = ["Cmd"];

/// One command. What is rare in it is boxed: there may be thousands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Command {
    /// Make nodes.
    Add(Operation),
    /// Set values.
    Replace(Operation),
    /// Remove nodes.
    Delete(Operation),
    /// Copy nodes.
    Copy(Operation),
    /// Ask for values.
    Get(Operation),
    /// Start what a node stands for.
    Exec(Operation),
    /// Tell or ask.
    Alert(Alert),
    /// All or nothing.
    Atomic(Atomic),
    /// One after the other.
    Sequence(Sequence),
    /// What became of a command.
    Status(Status),
    /// What a Get found.
    Results(Results),
    /// What has no name here.
    Unknown(Unknown),
}

/// What is common to Add, Replace, Delete, Copy, Get and Exec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// CmdID as it was written; absent where the peer left it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// No Status is wanted.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_resp: bool,
    /// What holds for every item that does not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
    /// Of an Exec: comes back with the alert that tells the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlator: Option<String>,
    /// What the command is about.
    pub items: Vec<Item>,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// Tells or asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// CmdID as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// No Status is wanted.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_resp: bool,
    /// What it tells or asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<AlertCode>,
    /// The Correlator of the Exec whose outcome it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlator: Option<String>,
    /// Details.
    pub items: Vec<Item>,
    /// Attributes on Data; they count only where there is a code.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// Commands of which all take effect or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Atomic {
    /// CmdID as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// No Status is wanted.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_resp: bool,
    /// What holds for every command inside that does not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
    /// The commands.
    pub commands: Vec<Command>,
    /// What is written before the first command. Nothing is read into it: an unknown element is a [`Command::Unknown`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// Commands that are executed one after the other; of the same shape as [`Atomic`].
pub type Sequence = Atomic;

/// What became of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// CmdID as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// MsgID of the message that held the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_ref: Option<String>,
    /// CmdID of the command; `0` for the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_ref: Option<String>,
    /// The element name of the command; `SyncHdr` for the header.
    pub cmd: String,
    /// The targets it speaks of.
    pub target_refs: Vec<String>,
    /// The sources it speaks of.
    pub source_refs: Vec<String>,
    /// Credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cred: Option<Box<Cred>>,
    /// A challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chal: Option<Box<Chal>>,
    /// What became of it.
    pub code: StatusCode,
    /// Details.
    pub items: Vec<Item>,
    /// Attributes on Data, such as `{http://schemas.microsoft.com/MobileDevice/MDM}originalerror`.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// What a Get found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    /// CmdID as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// MsgID of the message that held the Get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_ref: Option<String>,
    /// CmdID of the Get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_ref: Option<String>,
    /// What holds for every item that does not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
    /// The target that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<String>,
    /// The source that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<String>,
    /// What was found.
    pub items: Vec<Item>,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// An element of SyncBody that is no command of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// CmdID where the element has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd_id: Option<String>,
    /// The element.
    pub element: RawElement,
}

impl Command {
    /// The element name.
    pub fn name(&self) -> &str {
        match self {
            Self::Add(_) => "Add",
            Self::Replace(_) => "Replace",
            Self::Delete(_) => "Delete",
            Self::Copy(_) => "Copy",
            Self::Get(_) => "Get",
            Self::Exec(_) => "Exec",
            Self::Alert(_) => "Alert",
            Self::Atomic(_) => "Atomic",
            Self::Sequence(_) => "Sequence",
            Self::Status(_) => "Status",
            Self::Results(_) => "Results",
            Self::Unknown(unknown) => &unknown.element.name,
        }
    }

    /// CmdID as it was written.
    pub fn cmd_id(&self) -> Option<&str> {
        match self {
            Self::Add(operation)
            | Self::Replace(operation)
            | Self::Delete(operation)
            | Self::Copy(operation)
            | Self::Get(operation)
            | Self::Exec(operation) => operation.cmd_id.as_deref(),
            Self::Alert(alert) => alert.cmd_id.as_deref(),
            Self::Atomic(group) | Self::Sequence(group) => group.cmd_id.as_deref(),
            Self::Status(status) => status.cmd_id.as_deref(),
            Self::Results(results) => results.cmd_id.as_deref(),
            Self::Unknown(unknown) => unknown.cmd_id.as_deref(),
        }
    }

    /// CmdID where it is what it must be: a decimal number other than 0.
    pub fn number(&self) -> Option<&str> {
        let is_number =
            |id: &&str| id.len() <= 10 && id.bytes().all(|octet| octet.is_ascii_digit());
        self.cmd_id()
            .filter(is_number)
            .filter(|id| id.bytes().any(|octet| octet != b'0'))
    }

    /// What it does on nodes, where that is what it does.
    pub(crate) fn operation(&self) -> Option<&Operation> {
        match self {
            Self::Add(operation)
            | Self::Replace(operation)
            | Self::Delete(operation)
            | Self::Copy(operation)
            | Self::Get(operation)
            | Self::Exec(operation) => Some(operation),
            _ => None,
        }
    }

    /// Whether it holds credentials, which belong into the header (DM representation).
    pub(crate) fn holds_cred(&self) -> bool {
        let extra = match self {
            Self::Alert(alert) => &alert.extra,
            _ => match self.operation() {
                Some(operation) => &operation.extra,
                None => return false,
            },
        };
        let is_cred = |extra: &RawElement| extra.name == "Cred" && is_syncml(&extra.ns);
        extra.iter().any(is_cred)
    }

    /// All commands that want a Status, in their order, those inside Atomic and Sequence included.
    pub(crate) fn answerable(commands: &[Self]) -> Vec<&Self> {
        let mut answerable = Vec::new();
        let mut waiting: Vec<&Self> = commands.iter().rev().collect();
        while let Some(command) = waiting.pop() {
            match command {
                Self::Status(_) | Self::Results(_) => continue,
                Self::Atomic(group) | Self::Sequence(group) => {
                    waiting.extend(group.commands.iter().rev())
                }
                _ => {}
            }
            answerable.push(command);
        }
        answerable
    }

    /// Reads a command. The recursion into Atomic and Sequence is bounded by the depth of the document.
    pub(super) fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        reader.count_command(element)?;
        Ok(match name(element) {
            "Add" => Self::Add(Operation::parse(element, reader)?),
            "Replace" => Self::Replace(Operation::parse(element, reader)?),
            "Delete" => Self::Delete(Operation::parse(element, reader)?),
            "Copy" => Self::Copy(Operation::parse(element, reader)?),
            "Get" => Self::Get(Operation::parse(element, reader)?),
            "Exec" => Self::Exec(Operation::parse(element, reader)?),
            "Alert" => Self::Alert(Alert::parse(element, reader)?),
            "Atomic" => Self::Atomic(Atomic::parse(element, reader)?),
            "Sequence" => Self::Sequence(Atomic::parse(element, reader)?),
            "Status" => Self::Status(Status::parse(element, reader)?),
            "Results" => Self::Results(Results::parse(element, reader)?),
            _ => Self::Unknown(Unknown::parse(element)?),
        })
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) -> Result<()> {
        match self {
            Self::Add(operation) => operation.emit("Add", out),
            Self::Replace(operation) => operation.emit("Replace", out),
            Self::Delete(operation) => operation.emit("Delete", out),
            Self::Copy(operation) => operation.emit("Copy", out),
            Self::Get(operation) => operation.emit("Get", out),
            Self::Exec(operation) => operation.emit("Exec", out),
            Self::Alert(alert) => alert.emit(out),
            Self::Atomic(group) => group.emit("Atomic", out),
            Self::Sequence(group) => group.emit("Sequence", out),
            Self::Status(status) => status.emit(out),
            Self::Results(results) => results.emit(out),
            Self::Unknown(unknown) => {
                unknown.element.emit(out);
                Ok(())
            }
        }
    }
}

impl Status {
    /// Whether it speaks of a header; some peers leave CmdRef out there.
    pub fn is_of_header(&self) -> bool {
        self.cmd_ref.as_deref() == Some("0") || (self.cmd_ref.is_none() && self.cmd == "SyncHdr")
    }

    /// Whether it answers the message with this MsgID.
    pub fn answers(&self, msg_id: u32) -> bool {
        refers(self.msg_ref.as_deref(), msg_id)
    }
}

/// Whether a reference names this MsgID.
pub(crate) fn refers(msg_ref: Option<&str>, msg_id: u32) -> bool {
    msg_ref.and_then(|text| text.parse().ok()) == Some(msg_id)
}

impl Operation {
    fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        let mut operation = Self {
            items: reader.room_for_items(element),
            ..Self::default()
        };
        let is_exec = element.name() == "Exec";
        for child in elements(element)? {
            match name(child) {
                "CmdID" => once(&mut operation.cmd_id, string(child)?, child)?,
                "NoResp" => operation.no_resp = flag(child)?,
                "Meta" => {
                    let meta = Box::new(Meta::parse_of(child, element)?);
                    once(&mut operation.meta, meta, child)?;
                }
                "Correlator" if is_exec => once(&mut operation.correlator, string(child)?, child)?,
                "Item" => Item::parse(child, reader, &mut operation.items)?,
                _ => operation.extra.push(RawElement::parse(child)),
            }
        }
        sort(&mut operation.extra, &AHEAD);
        Ok(operation)
    }

    fn emit<'a>(&'a self, name: &'static str, out: &mut Writer<'a>) -> Result<()> {
        out.open(name);
        out.optional("CmdID", self.cmd_id.as_deref());
        out.flag("NoResp", self.no_resp);
        emit_ahead(&self.extra, &AHEAD, out);
        if let Some(meta) = &self.meta {
            meta.emit(out);
        }
        out.optional("Correlator", self.correlator.as_deref());
        emit_items(&self.items, self.meta.as_deref(), out)?;
        emit_rest(&self.extra, &AHEAD, out);
        out.close();
        Ok(())
    }
}

impl Alert {
    fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        let mut alert = Self {
            items: reader.room_for_items(element),
            ..Self::default()
        };
        let mut code = None;
        for child in elements(element)? {
            match name(child) {
                "CmdID" => once(&mut alert.cmd_id, string(child)?, child)?,
                "NoResp" => alert.no_resp = flag(child)?,
                "Data" => once(
                    &mut code,
                    (AlertCode(number(child)?), attributes(child)),
                    child,
                )?,
                "Correlator" => once(&mut alert.correlator, string(child)?, child)?,
                "Item" => Item::parse(child, reader, &mut alert.items)?,
                _ => alert.extra.push(RawElement::parse(child)),
            }
        }
        if let Some((code, attributes)) = code {
            alert.code = Some(code);
            alert.attributes = attributes;
        }
        sort(&mut alert.extra, &AHEAD);
        Ok(alert)
    }

    fn emit<'a>(&'a self, out: &mut Writer<'a>) -> Result<()> {
        out.open("Alert");
        out.optional("CmdID", self.cmd_id.as_deref());
        out.flag("NoResp", self.no_resp);
        emit_ahead(&self.extra, &AHEAD, out);
        if let Some(code) = self.code {
            out.open("Data");
            emit_attributes(&self.attributes, out);
            out.text(&code.to_string());
            out.close();
        }
        out.optional("Correlator", self.correlator.as_deref());
        emit_items(&self.items, None, out)?;
        emit_rest(&self.extra, &AHEAD, out);
        out.close();
        Ok(())
    }
}

impl Atomic {
    fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        reader.enter_group(element)?;
        let mut group = Self::default();
        let (mut metas, before) = (Vec::new(), reader.chunks);
        for child in elements(element)? {
            match name(child) {
                "CmdID" => once(&mut group.cmd_id, string(child)?, child)?,
                "NoResp" => group.no_resp = flag(child)?,
                "Meta" => metas.push(child),
                _ => group.commands.push(Command::parse(child, reader)?),
            }
        }
        for meta in metas {
            let read = Meta::parse_around(meta, reader.chunks > before)?;
            once(&mut group.meta, Box::new(read), meta)?;
        }
        reader.leave_group();
        Ok(group)
    }

    fn emit<'a>(&'a self, name: &'static str, out: &mut Writer<'a>) -> Result<()> {
        out.open(name);
        out.optional("CmdID", self.cmd_id.as_deref());
        out.flag("NoResp", self.no_resp);
        if let Some(meta) = &self.meta {
            meta.emit(out);
        }
        emit_rest(&self.extra, &[], out);
        let around = out.enter(self.meta.as_deref());
        self.commands
            .iter()
            .try_for_each(|command| command.emit(out))?;
        out.leave(around);
        out.close();
        Ok(())
    }
}

impl Status {
    fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        let (mut code, mut cmd) = (None, None);
        let mut status = Self::default();
        for child in elements(element)? {
            match name(child) {
                "CmdID" => once(&mut status.cmd_id, string(child)?, child)?,
                "MsgRef" => once(&mut status.msg_ref, string(child)?, child)?,
                "CmdRef" => once(&mut status.cmd_ref, string(child)?, child)?,
                "Cmd" => once(&mut cmd, string(child)?, child)?,
                "TargetRef" => {
                    reader.count_item(child)?;
                    push_one(&mut status.target_refs, string(child)?);
                }
                "SourceRef" => {
                    reader.count_item(child)?;
                    push_one(&mut status.source_refs, string(child)?);
                }
                "Cred" => once(&mut status.cred, Box::new(Cred::parse(child)?), child)?,
                "Chal" if status.chal.is_some() => {
                    return Err(child.error(Code::Schema, "a second Chal"));
                }
                "Chal" => status.chal = Some(Box::new(Chal::parse(child)?)),
                "Data" => once(&mut code, (status_code(child)?, attributes(child)), child)?,
                "Item" => Item::parse(child, reader, &mut status.items)?,
                _ => status.extra.push(RawElement::parse(child)),
            }
        }
        status.cmd = cmd.unwrap_or_default();
        (status.code, status.attributes) = required(code, "Data", element)?;
        Ok(status)
    }

    fn emit<'a>(&'a self, out: &mut Writer<'a>) -> Result<()> {
        out.open("Status");
        out.optional("CmdID", self.cmd_id.as_deref());
        out.optional("MsgRef", self.msg_ref.as_deref());
        out.optional("CmdRef", self.cmd_ref.as_deref());
        if !self.cmd.is_empty() {
            out.leaf("Cmd", &self.cmd);
        }
        self.target_refs
            .iter()
            .for_each(|uri| out.leaf("TargetRef", uri));
        self.source_refs
            .iter()
            .for_each(|uri| out.leaf("SourceRef", uri));
        if let Some(cred) = &self.cred {
            cred.emit(out);
        }
        if let Some(chal) = &self.chal {
            chal.emit(out);
        }
        out.open("Data");
        emit_attributes(&self.attributes, out);
        out.text(&self.code.to_string());
        out.close();
        emit_items(&self.items, None, out)?;
        emit_rest(&self.extra, &[], out);
        out.close();
        Ok(())
    }
}

impl Results {
    fn parse(element: Element<'_>, reader: &mut Reader<'_>) -> Result<Self> {
        let mut results = Self {
            items: reader.room_for_items(element),
            ..Self::default()
        };
        for child in elements(element)? {
            match name(child) {
                "CmdID" => once(&mut results.cmd_id, string(child)?, child)?,
                "MsgRef" => once(&mut results.msg_ref, string(child)?, child)?,
                "CmdRef" => once(&mut results.cmd_ref, string(child)?, child)?,
                "Meta" => {
                    let meta = Box::new(Meta::parse_of(child, element)?);
                    once(&mut results.meta, meta, child)?;
                }
                "TargetRef" => once(&mut results.target_ref, string(child)?, child)?,
                "SourceRef" => once(&mut results.source_ref, string(child)?, child)?,
                "Item" => Item::parse(child, reader, &mut results.items)?,
                _ => results.extra.push(RawElement::parse(child)),
            }
        }
        sort(&mut results.extra, &AHEAD_IN_RESULTS);
        Ok(results)
    }

    fn emit<'a>(&'a self, out: &mut Writer<'a>) -> Result<()> {
        out.open("Results");
        out.optional("CmdID", self.cmd_id.as_deref());
        out.optional("MsgRef", self.msg_ref.as_deref());
        out.optional("CmdRef", self.cmd_ref.as_deref());
        emit_ahead(&self.extra, &AHEAD_IN_RESULTS, out);
        if let Some(meta) = &self.meta {
            meta.emit(out);
        }
        out.optional("TargetRef", self.target_ref.as_deref());
        out.optional("SourceRef", self.source_ref.as_deref());
        emit_items(&self.items, self.meta.as_deref(), out)?;
        emit_rest(&self.extra, &AHEAD_IN_RESULTS, out);
        out.close();
        Ok(())
    }
}

impl Unknown {
    fn parse(element: Element<'_>) -> Result<Self> {
        let mut cmd_id = None;
        for child in element.elements().filter(|child| name(*child) == "CmdID") {
            once(&mut cmd_id, string(child)?, child)?;
        }
        Ok(Self {
            cmd_id,
            element: RawElement::parse(element),
        })
    }
}

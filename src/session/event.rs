//! What a session tells its host.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dm2::{Dialect, Json, MoItem, SupportedMo};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Data, Item};
use crate::tnds::TndsNode;
use crate::tree::By;

use super::interaction::UiCommand;
use super::protocol::Protocol;

/// Who started a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InitiatedBy {
    /// The device (Alert 1201).
    Client,
    /// The server, by a notification (Alert 1200).
    Server,
}

/// Who aborted a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AbortedBy {
    /// The device.
    Device,
    /// The server.
    Server,
}

/// Which way an object goes, as the side sees it that tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// To the peer.
    Sent,
    /// From the peer.
    Received,
}

/// What a session tells the server's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ServerEvent {
    /// The session has begun.
    Started {
        /// The device, by its own word.
        device_id: String,
        /// What the device speaks.
        version: Protocol,
        /// How it spells that, in DM 2.0.
        #[serde(skip_serializing_if = "Option::is_none")]
        dialect: Option<Dialect>,
        /// Who started it.
        initiated_by: InitiatedBy,
        /// It is the first one behind a bootstrap; DM 2.0.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bootstrap: bool,
        /// The number of the notification that asked for it: where the account remembers that it was sent, or in DM 2.0 as the device has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        notification: Option<u16>,
        /// Values below `./DevInfo`, by their names there; a device of DM 2.0 says none.
        dev_info: BTreeMap<String, String>,
    },
    /// The device has proved itself.
    Authenticated {
        /// `basic`, `md5`, `hmac`, `sha256` or `transport`.
        scheme: &'static str,
    },
    /// The device has not proved itself; with `retry` it was challenged and may try again.
    Unauthenticated {
        /// Whether the session goes on.
        retry: bool,
    },
    /// Something happened at the device.
    Alert {
        /// For [`answer`](super::ServerSession::answer).
        id: u32,
        /// Which alert.
        code: AlertCode,
        /// Its item.
        item: Box<Item>,
        /// The type that the item gives.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_type: Option<String>,
        /// The Correlator.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlator: Option<String>,
        /// Its data, in DM 2.0; the item has the same as text.
        #[serde(skip)]
        data: Option<Json>,
    },
    /// The objects that the device has, in DM 2.0.
    Supported {
        /// Which, and their instances.
        #[serde(skip)]
        objects: Vec<SupportedMo>,
    },
    /// An object that the notification has asked for, in DM 2.0: its data, or 304 where nothing has changed.
    Data {
        /// The object.
        #[serde(skip)]
        item: MoItem,
    },
    /// An object that the notification has asked for.
    Object {
        /// The URI of its root.
        uri: String,
        /// It and what is below it.
        value: Vec<TndsNode>,
    },
    /// These nodes have changed since the last session.
    TreeChanged {
        /// Their URIs.
        uris: Vec<String>,
    },
    /// Nothing in the tree has changed since the last session.
    TreeUnchanged,
    /// What became of a command.
    Status {
        /// The code.
        code: StatusCode,
        /// The node, where the Status names one.
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
        /// What the user typed or chose.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        data: Vec<String>,
        /// Where the device has stored what Hget fetched: ClientURIs.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        created: Vec<String>,
        /// The number that pushing the command gave.
        command: u32,
        /// The path inside Atomic and Sequence, each step counted from 0.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        child: Vec<u32>,
        /// The item, counted from 0, where the command has several and the event speaks of one.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<u32>,
    },
    /// What a Get found.
    Results {
        /// The items that were asked for.
        items: Vec<Item>,
        /// The data that was asked for, in DM 2.0.
        #[serde(skip)]
        objects: Vec<MoItem>,
        /// The number that pushing the command gave.
        command: u32,
        /// The path inside Atomic and Sequence, each step counted from 0.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        child: Vec<u32>,
        /// The URI, counted from 0, where the command has several and the device was asked for each of them; in DM 2.0.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<u32>,
    },
    /// The peer has a part of a large object, or has sent one.
    Progress {
        /// Which way it goes.
        direction: Direction,
        /// Octets so far, as they are transported.
        bytes: u32,
        /// Octets of all of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u32>,
        /// Of what the device tells by itself, in an Alert or of its DevInfo: its place, empty where it names none.
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
        /// The number that pushing the command gave; nothing where there is `uri`.
        #[serde(skip_serializing_if = "Option::is_none")]
        command: Option<u32>,
        /// The path inside Atomic and Sequence, each step counted from 0.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        child: Vec<u32>,
        /// The item, counted from 0, where the command has several.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<u32>,
    },
    /// The peer never said what became of a command.
    Unknown {
        /// The number that pushing the command gave.
        command: u32,
        /// The path inside Atomic and Sequence, each step counted from 0.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        child: Vec<u32>,
        /// The URI, counted from 0, where the command has several and the device has said what became of others; in DM 2.0.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<u32>,
    },
    /// The peer broke a rule that does not end the session.
    Violation {
        /// Which.
        reason: String,
    },
    /// A message came again; nothing was executed.
    Repeated,
    /// The session ended before its time.
    Aborted {
        /// By whom.
        by: AbortedBy,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What a session tells the client's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ClientEvent {
    /// The user is to be told or asked; execution waits.
    Interaction {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// What to show.
        command: UiCommand,
    },
    /// What a node of the host stands for is to be started; execution waits.
    Exec {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// The node.
        uri: String,
        /// What goes with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Data>,
        /// Its format.
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        /// Goes into the alert that tells the outcome, where that comes later.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlator: Option<String>,
        /// Where the outcome is to be told, in a session of its own that the device begins (DM 2.0): the status is 202.
        #[serde(skip_serializing_if = "Option::is_none", rename = "reportTo")]
        report_to: Option<String>,
    },
    /// Data are to be fetched or sent (DM 2.0); execution waits.
    ///
    /// No redirection to another origin is followed, and credentials go nowhere that they are not meant for.
    Http {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// `GET`, `PUT` or `POST`.
        method: &'static str,
        /// Where.
        url: String,
        /// The headers, by their names in lower case.
        headers: BTreeMap<&'static str, String>,
        /// The body, of `PUT` and `POST`.
        #[serde(skip_serializing_if = "Option::is_none", with = "serde_bytes")]
        body: Option<Vec<u8>>,
    },
    /// The user is to be shown a page (DM 2.0); execution waits for whether it could be opened, not for the user.
    Show {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// Where the page is.
        url: String,
    },
    /// The value of a node of the host is wanted; execution waits.
    Read {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// The node.
        uri: String,
    },
    /// A node of the host is to take a value; execution waits.
    Write {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// The node.
        uri: String,
        /// The value.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Data>,
        /// Its format.
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
    },
    /// A node of the host is to take back the value that it had before an Atomic that has failed; execution waits.
    Undo {
        /// For [`complete`](super::ClientSession::complete).
        ticket: u32,
        /// The node.
        uri: String,
        /// The value before, as far as the tree knows it.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Data>,
        /// Its format.
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
    },
    /// A chunk of a large object has come, and its command is executed when all has; or the server has answered the message with a
    /// chunk of ours, and has not refused it.
    Progress {
        /// Which way it goes.
        direction: Direction,
        /// What the object is for, or where it is from; empty where an alert names no place.
        uri: String,
        /// Octets so far, this chunk included, as they are transported.
        bytes: u32,
        /// Octets of the object.
        total: u32,
    },
    /// A node has changed.
    Changed {
        /// Its URI.
        uri: String,
        /// What it was done by.
        by: By,
    },
    /// The server has said what it makes of an alert.
    Answered {
        /// The number that raising it gave.
        alert: u32,
        /// What it makes of it.
        code: StatusCode,
    },
    /// The server has taken an alert, and will not say what it makes of it: in the approved dialect of DM 2.0 it never does.
    Delivered {
        /// The number that raising it gave.
        alert: u32,
    },
    /// The session ends, and the server has not said what it makes of an alert, which may not even have been sent.
    Unanswered {
        /// The number that raising it gave.
        alert: u32,
    },
    /// The server has accepted the device's credentials.
    Authenticated,
    /// The server has refused the device's credentials.
    Unauthenticated,
    /// The session is over.
    Finished,
    /// The session ended before its time.
    Aborted {
        /// By whom.
        by: AbortedBy,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

//! The approved dialect.

use crate::error::{Code, Result};
use crate::json::{Json, Value};
use crate::limits::Limits;

use super::Dialect::Approved;
use super::alert::Alert;
use super::command::Command;
use super::draft::commands;
use super::http::Headers;
use super::members::{Members, each};
use super::object::SupportedMo;
use super::package::{Initiation, Reason, Request, Response, unsaid};
use super::read::{array, list, need, object};
use super::results::Outcome;

const SERVER: &str = "urn:oma:at:dm:2.0:ServerInitiatedMgmt";
const CLIENT: &str = "urn:oma:at:dm:2.0:ClientInitiatedMgmt";
pub(super) const BOOTSTRAP: &str = "urn:oma:at:dm:2.0:BootstrapComplete";

/// The number of the notification in the data of the first alert.
const NOTIFICATION_ID: &str = "NotificationID";

pub(super) fn initiation(
    root: Value<'_>,
    headers: &Headers,
    limits: &Limits,
) -> Result<Initiation> {
    let mut reason = None;
    let mut alerts = Vec::new();
    if let Some(list) = root.get("Alert") {
        for value in array(list, limits.items, "items")? {
            let alert = Alert::parse_approved(value)?;
            let Some(found) = reason_of(&alert) else {
                alerts.push(alert);
                continue;
            };
            if reason.replace(found).is_some() {
                return Err(value.error(Code::Schema, "a second reason for the session"));
            }
        }
    }
    Ok(Initiation {
        device_id: headers.device_id.clone(),
        session: None,
        reason,
        supported: list(root, "MOS", limits.items, |mo| {
            SupportedMo::parse(mo, Approved, limits)
        })?,
        data: Vec::new(),
        alerts,
    })
}

/// The reason that an alert gives for the session.
fn reason_of(alert: &Alert) -> Option<Reason> {
    let item = alert.items.first()?;
    match item.kind.as_deref()? {
        SERVER => {
            let number = item
                .data
                .as_ref()
                .and_then(|data| data.get(NOTIFICATION_ID)?.as_i64());
            Some(Reason::Server {
                notification_id: number.and_then(|number| u16::try_from(number).ok()),
            })
        }
        CLIENT => Some(Reason::Client),
        BOOTSTRAP => Some(Reason::Bootstrap),
        _ => None,
    }
}

pub(super) fn request(root: Value<'_>, headers: &Headers, limits: &Limits) -> Result<Request> {
    let commands = array(need(root, "CMD")?, limits.commands, "commands")?;
    Ok(Request {
        session: None,
        accept_mo: headers.accept_mo.clone(),
        commands: commands
            .map(|entry| Command::parse(entry, Approved, limits.items))
            .collect::<Result<_>>()?,
        results: Vec::new(),
    })
}

pub(super) fn response(root: Value<'_>, headers: &Headers, limits: &Limits) -> Result<Response> {
    let results = array(need(root, "Status")?, limits.items, "items")?;
    Ok(Response {
        device_id: headers.device_id.clone(),
        session: None,
        results: results
            .map(|result| Outcome::parse_approved(object(result)?, limits))
            .collect::<Result<_>>()?,
        alerts: list(root, "Alert", limits.items, Alert::parse_approved)?,
    })
}

pub(super) fn emit_initiation(package: &Initiation) -> Result<Json> {
    if package.session.is_some() {
        return Err(unsaid("the approved dialect does not name sessions").within("sessionId"));
    }
    if !package.data.is_empty() {
        return Err(unsaid("the approved dialect sends no data in package 1"));
    }
    let mut start = Members::default();
    let kind = match package.reason {
        Some(Reason::Server { .. }) => Some(SERVER),
        Some(Reason::Client) => Some(CLIENT),
        Some(Reason::Bootstrap) => Some(BOOTSTRAP),
        Some(Reason::Other(_)) => {
            return Err(unsaid("a reason that the approved dialect has no name for"));
        }
        None => None,
    };
    start.maybe("AlertType", kind);
    if let Some(Reason::Server {
        notification_id: Some(number),
    }) = package.reason
    {
        let mut data = Members::default();
        data.put(NOTIFICATION_ID, i64::from(number));
        start.put("DataType", "int");
        start.put("Data", data);
    }
    let mut alerts: Vec<Json> = kind.map(|_| start.into()).into_iter().collect();
    // What says the same as the reason is not said twice.
    for alert in package
        .alerts
        .iter()
        .filter(|alert| reason_of(alert).is_none())
    {
        alerts.push(alert.emit_approved()?);
    }
    let supported = each("supported", &package.supported, |mo| mo.emit(Approved))?;
    let mut out = Members::default();
    out.list("MOS", supported);
    out.list("Alert", alerts);
    Ok(out.into())
}

pub(super) fn emit_request(package: &Request) -> Result<Json> {
    if package.session.is_some() {
        return Err(unsaid("the approved dialect does not name sessions").within("sessionId"));
    }
    if !package.results.is_empty() {
        return Err(unsaid("the approved dialect does not answer alerts").within("results"));
    }
    let mut out = Members::default();
    out.put("CMD", Json::Array(commands(package, Approved)?));
    Ok(out.into())
}

pub(super) fn emit_response(package: &Response) -> Result<Json> {
    if package.session.is_some() {
        return Err(unsaid("the approved dialect does not name sessions").within("sessionId"));
    }
    let results = each("results", &package.results, |result| result.emit(Approved))?;
    let alerts = package.alerts.iter().map(Alert::emit_approved);
    let mut out = Members::default();
    out.put("Status", Json::Array(results));
    out.list("Alert", alerts.collect::<Result<_>>()?);
    Ok(out.into())
}

//! The draft dialect.

use crate::error::{Code, Error, Fault, Result};
use crate::json::{Json, Value};
use crate::limits::Limits;
use crate::status::AlertCode;

use super::Dialect::Draft;
use super::alert::{Alert, AlertItem};
use super::approved::BOOTSTRAP;
use super::command::Command;
use super::members::{Members, each};
use super::object::{MoItem, SupportedMo};
use super::package::{Initiation, Reason, Request, Response, SessionInfo, is_session_id, unsaid};
use super::read::{array, list, maybe_string, need, number, object, status, string};
use super::results::Outcome;

pub(super) fn initiation(root: Value<'_>, limits: &Limits) -> Result<Initiation> {
    let info = object(need(root, "SessionInfo")?)?;
    let alerts = list(root, "Alerts", limits.items, |alert| {
        Alert::parse_draft(alert, limits)
    })?;
    let reason = match AlertCode(number(need(info, "ReasonForSession")?, 0..=u32::MAX)?) {
        AlertCode::SERVER_INITIATED => Reason::Server {
            notification_id: None,
        },
        AlertCode::CLIENT_INITIATED if alerts.iter().any(Alert::tells_bootstrap) => {
            Reason::Bootstrap
        }
        AlertCode::CLIENT_INITIATED => Reason::Client,
        AlertCode(other) => Reason::Other(other),
    };
    Ok(Initiation {
        device_id: Some(string(need(info, "DevID")?)?),
        session: Some(session(info)?),
        reason: Some(reason),
        supported: list(root, "MOS", limits.items, |mo| {
            SupportedMo::parse(mo, Draft, limits)
        })?,
        data: list(root, "MOD", limits.items, MoItem::parse_draft)?,
        alerts,
    })
}

pub(super) fn request(root: Value<'_>, limits: &Limits) -> Result<Request> {
    let info = object(need(root, "SessionInfo")?)?;
    let commands = match root.get("Cmds") {
        Some(commands) => array(commands, limits.commands, "commands")?
            .map(|entry| Command::parse(entry, Draft, limits.items))
            .collect::<Result<_>>()?,
        None => Vec::new(),
    };
    Ok(Request {
        session: Some(session(info)?),
        accept_mo: maybe_string(info, "AcceptMO")?,
        commands,
        results: list(root, "Results", limits.items, |result| {
            status(need(object(result)?, "Code")?)
        })?,
    })
}

pub(super) fn response(root: Value<'_>, limits: &Limits) -> Result<Response> {
    let info = object(need(root, "SessionInfo")?)?;
    let results = array(need(root, "Results")?, limits.items, "items")?;
    Ok(Response {
        device_id: Some(string(need(info, "DevID")?)?),
        session: Some(session(info)?),
        results: results
            .map(|result| Outcome::parse_draft(result, limits))
            .collect::<Result<_>>()?,
        alerts: list(root, "Alerts", limits.items, |alert| {
            Alert::parse_draft(alert, limits)
        })?,
    })
}

fn session(info: Value<'_>) -> Result<SessionInfo> {
    let id = need(info, "SessionID")?;
    let text = string(id)?;
    if !is_session_id(&text) {
        let error = id.error(Code::Schema, "SessionID of a wrong length");
        return Err(error.expecting("1 to 32 characters"));
    }
    Ok(SessionInfo {
        id: text,
        seq: number(need(info, "PkgSeq")?, 1..=u32::MAX)?,
    })
}

pub(super) fn emit_initiation(package: &Initiation) -> Result<Json> {
    let mut info = info(
        package.device_id.as_deref(),
        package.session.as_ref(),
        Device::Named,
    )?;
    let reason = match package.reason {
        Some(Reason::Server {
            notification_id: Some(_),
        }) => {
            return Err(unsaid("the draft dialect does not name notifications"));
        }
        Some(Reason::Server { .. }) => AlertCode::SERVER_INITIATED.0,
        Some(Reason::Client | Reason::Bootstrap) => AlertCode::CLIENT_INITIATED.0,
        Some(Reason::Other(other)) => other,
        None => return Err(unsaid("missing reason for the session").within("reason")),
    };
    info.put("ReasonForSession", i64::from(reason));
    let mut alerts: Vec<Json> = package.alerts.iter().map(Alert::emit_draft).collect();
    let is_told = package.alerts.iter().any(Alert::tells_bootstrap);
    if package.reason == Some(Reason::Bootstrap) && !is_told {
        let item = AlertItem {
            kind: Some(BOOTSTRAP.to_owned()),
            ..AlertItem::default()
        };
        alerts.insert(0, Alert::generic(item).emit_draft());
    }
    let supported = each("supported", &package.supported, |mo| mo.emit(Draft))?;
    let mut out = Members::default();
    out.put("SessionInfo", info);
    out.list("MOS", supported);
    out.list("MOD", each("data", &package.data, |item| item.emit(Draft))?);
    out.list("Alerts", alerts);
    Ok(out.into())
}

pub(super) fn emit_request(package: &Request) -> Result<Json> {
    let mut info = info(None, package.session.as_ref(), Device::Unnamed)?;
    info.maybe("AcceptMO", package.accept_mo.as_deref());
    let result = |code: &crate::status::StatusCode| {
        let mut result = Members::default();
        result.put("Code", i64::from(code.0));
        result.into()
    };
    let mut out = Members::default();
    out.put("SessionInfo", info);
    out.list("Cmds", commands(package, super::Dialect::Draft)?);
    out.list("Results", package.results.iter().map(result).collect());
    Ok(out.into())
}

pub(super) fn emit_response(package: &Response) -> Result<Json> {
    let info = info(
        package.device_id.as_deref(),
        package.session.as_ref(),
        Device::Named,
    )?;
    let results = each("results", &package.results, |result| result.emit(Draft))?;
    let mut out = Members::default();
    out.put("SessionInfo", info);
    out.put("Results", Json::Array(results));
    out.list(
        "Alerts",
        package.alerts.iter().map(Alert::emit_draft).collect(),
    );
    Ok(out.into())
}

/// The commands as they are sent: END stands last, once, and alone where there is nothing else.
pub(super) fn commands(package: &Request, dialect: super::Dialect) -> Result<Vec<Json>> {
    let others = package
        .commands
        .iter()
        .filter(|command| **command != Command::End);
    let end = package.ends().then_some(&Command::End);
    others
        .chain(end)
        .map(|command| command.emit(dialect))
        .collect()
}

/// Whether a package names the device.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Device {
    Named,
    Unnamed,
}

fn info(device_id: Option<&str>, session: Option<&SessionInfo>, device: Device) -> Result<Members> {
    let missing = |problem: &'static str| Error::new(Code::Schema, Fault::Caller, problem);
    let session = session.ok_or_else(|| {
        let error = missing("missing session").within("sessionId");
        error.expecting("sessionId and seq, which every package of the draft dialect says")
    })?;
    if !is_session_id(&session.id) || session.seq == 0 {
        return Err(
            missing("a session that is none").expecting("1 to 32 characters, and a number from 1")
        );
    }
    let mut info = Members::default();
    if device == Device::Named {
        info.put(
            "DevID",
            device_id
                .ok_or_else(|| missing("missing identifier of the device").within("deviceId"))?,
        );
    }
    info.put("SessionID", session.id.as_str());
    info.put("PkgSeq", i64::from(session.seq));
    Ok(info)
}

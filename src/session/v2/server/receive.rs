//! Taking a package in: which it is, does it belong here, has it come before, who sent it.
//!
//! Everything that can fail comes first; the session changes only behind that.

use crate::auth::{Account, Fingerprint, fingerprint};
use crate::dm2::{
    Accept, Dialect, Headers, Initiation, MediaType, PackageKind, Reason, Response, SessionInfo,
    named_session, peek,
};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::session::event::{AbortedBy, ServerEvent};
use crate::session::transport::Received;

use super::ServerSession;
use super::identify::{UNAUTHORIZED, identify};
use super::state::{Due, Phase, State, Turn};
use super::{alerts, told};

/// A package that is read.
enum Told {
    First(Initiation, Dialect),
    Next(Response),
}

/// How a package relates to those before it.
enum Arrival {
    /// It belongs here.
    New,
    /// It came before: the stored reply.
    Again(Vec<u8>),
    /// Another came with its number.
    Twice,
}

pub(super) fn receive(
    session: &mut ServerSession,
    message: &Received<'_>,
    account: Option<&Account>,
) -> Result<Vec<ServerEvent>> {
    let limits = &session.config.limits;
    // It goes into every package 2: what cannot be said later is said before anything changes.
    if let Some(formats) = &session.config.accept_mo {
        Accept::check(formats)?;
    }
    let headers = message.dm2_headers()?;
    let kind = kind(message, &headers, limits)?;
    let state = &session.state;
    if kind == PackageKind::Response && state.phase == Phase::New {
        return Err(stray("a package 3 before package 1"));
    }
    let read = match kind {
        PackageKind::Initiation => Initiation::decode(message.body, &headers, limits)
            .map(|(package, dialect)| Told::First(package, dialect)),
        _ => Response::decode(message.body, &headers, state.dialect, limits).map(Told::Next),
    };
    let told = match read {
        Ok(told) => told,
        Err(error) => return malformed(session, kind, &headers, message, account, error),
    };
    let (device, info) = match &told {
        Told::First(package, _) => (package.device_id.clone(), package.session.clone()),
        Told::Next(package) => (package.device_id.clone(), package.session.clone()),
    };
    let device = device.unwrap_or_default();
    let body = fingerprint(message.body);
    let arrival = arrival(state, kind, &device, info.as_ref(), &body)?;
    if let Err(status) = identify(&device, message, account) {
        // Nothing of the session changes for somebody else.
        session.turn = Turn::Refused(status);
        let retry = status == UNAUTHORIZED;
        return Ok(vec![ServerEvent::Unauthenticated { retry }]);
    }
    match arrival {
        Arrival::Again(reply) => {
            session.turn = Turn::Repeated(reply);
            return Ok(vec![ServerEvent::Repeated]);
        }
        Arrival::Twice => {
            let reason = "a PkgSeq that was used before, with another package";
            return Ok(give_up(session, 400, reason.to_owned()));
        }
        Arrival::New => {}
    }
    let mut events = Vec::new();
    let mut due = Due {
        body,
        acks: Vec::new(),
        is_end: false,
        is_last: false,
    };
    if let Some(account) = account {
        session.account = account.state.clone();
    }
    let is_bootstrap =
        matches!(&told, Told::First(package, _) if package.reason == Some(Reason::Bootstrap));
    let package_alerts = match told {
        Told::First(mut package, dialect) => {
            session.state.forget(&mut events);
            let alerts = std::mem::take(&mut package.alerts);
            begin(session, device, dialect, package, &mut events);
            alerts
        }
        Told::Next(package) => {
            let aborts = package.aborts();
            told::results(
                &mut session.state,
                package.results,
                aborts,
                &mut due,
                &mut events,
            );
            package.alerts
        }
    };
    if let Some(number) = session.state.notified {
        session.account.triggers.forget(number);
    }
    if let Some(info) = info {
        session.state.seq = info.seq;
        session.state.session_id = Some(info.id);
    }
    let is_first = kind == PackageKind::Initiation;
    let first = (is_first, is_bootstrap);
    alerts::on_alerts(session, package_alerts, first, &mut due, &mut events);
    session.state.received = session.state.received.saturating_add(1);
    let most = session.config.limits.messages;
    if session.state.received >= most && !due.is_end {
        due.is_end = true;
        let by = AbortedBy::Server;
        let reason = Some(format!("more than {most} packages"));
        events.push(ServerEvent::Aborted { by, reason });
    }
    session.turn = Turn::Due(Box::new(due));
    Ok(events)
}

/// Which package it is, by its media type or, without one, by its members.
fn kind(message: &Received<'_>, headers: &Headers, limits: &Limits) -> Result<PackageKind> {
    let unsupported = || {
        let error = Error::peer(
            Code::Schema,
            "a media type that is none of a device's packages",
        );
        let (one, other) = (MediaType::Initiation.name(), MediaType::Response.name());
        error.expecting(format!("{one} or {other}")).with_http(415)
    };
    let kind = match (&headers.content_type, headers.media_type()?) {
        (_, Some(MediaType::Initiation)) => PackageKind::Initiation,
        (_, Some(MediaType::Response)) => PackageKind::Response,
        (None, None) => peek(message.body, headers, limits)?.package,
        _ => return Err(unsupported()),
    };
    if !headers.takes_request()? {
        let error = Error::peer(Code::Schema, "a device that does not accept package 2");
        let expected = MediaType::Request.name();
        return Err(error.expecting(expected).with_http(406));
    }
    Ok(kind)
}

fn stray(problem: &'static str) -> Error {
    Error::peer(Code::State, problem).with_http(400)
}

/// Compares a package with those before it.
fn arrival(
    state: &State,
    kind: PackageKind,
    device: &str,
    info: Option<&SessionInfo>,
    body: &Fingerprint,
) -> Result<Arrival> {
    let is_first = kind == PackageKind::Initiation;
    if state.phase == Phase::New {
        return Ok(Arrival::New);
    }
    if state.device != device {
        return Err(stray("a package of another device"));
    }
    let Some(info) = info else {
        // The approved dialect numbers nothing: package 1 is a session of its own, and package 3 the answer to what was said last.
        return match (is_first, state.phase) {
            (true, _) | (false, Phase::Open) => Ok(Arrival::New),
            _ => Err(stray("the session is over")),
        };
    };
    let is_same = state.session_id.as_deref() == Some(&*info.id);
    if !is_same {
        return match is_first {
            true => Ok(Arrival::New),
            false => Err(stray("a package of another session")),
        };
    }
    match state.last.as_ref().filter(|_| state.seq == info.seq) {
        Some(last) if last.body == *body => return Ok(Arrival::Again(last.reply.clone())),
        Some(_) if state.phase == Phase::Open => return Ok(Arrival::Twice),
        _ => {}
    }
    match (is_first, state.phase) {
        // A device may use the identifier of a session that is over again.
        (true, Phase::Over) => Ok(Arrival::New),
        (false, Phase::Over) => Err(stray("the session is over")),
        _ if info.seq <= state.seq => Err(stray("a PkgSeq that was used before")),
        // Package 1 begins it anew.
        _ => Ok(Arrival::New),
    }
}

/// A package that cannot be read. Package 3 ends the session if it is known to be the device that does not know what it says.
fn malformed(
    session: &mut ServerSession,
    kind: PackageKind,
    headers: &Headers,
    message: &Received<'_>,
    account: Option<&Account>,
    error: Error,
) -> Result<Vec<ServerEvent>> {
    let state = &session.state;
    let is_named = match state.dialect {
        // What names a package that does not belong here changes as little as that would if it could be read.
        Dialect::Draft => {
            let limits = &session.config.limits;
            let named = match peek(message.body, headers, limits) {
                Ok(peek) => Some((peek.session_id, peek.msg_id)),
                Err(_) => named_session(message.body, limits),
            };
            named.is_none_or(|(id, seq)| Some(&id) == state.session_id.as_ref() && seq > state.seq)
        }
        Dialect::Approved => headers.device_id.as_deref() == Some(&*state.device),
    };
    let is_open = kind == PackageKind::Response && state.phase == Phase::Open;
    if !is_open || !is_named || identify(&state.device, message, account).is_err() {
        return Err(error);
    }
    let http = error.http().unwrap_or(400);
    Ok(give_up(session, http, error.to_string()))
}

/// Ends the session without another package.
fn give_up(session: &mut ServerSession, http: u16, reason: String) -> Vec<ServerEvent> {
    let mut events = vec![ServerEvent::Aborted {
        by: AbortedBy::Server,
        reason: Some(reason),
    }];
    session.state.forget(&mut events);
    session.state.phase = Phase::Over;
    session.state.last = None;
    session.turn = Turn::Refused(http);
    events
}

/// A new session, in the place of one that may have been before.
fn begin(
    session: &mut ServerSession,
    device: String,
    dialect: Dialect,
    package: Initiation,
    events: &mut Vec<ServerEvent>,
) {
    session.state = State {
        device,
        dialect,
        ..session.state.afresh()
    };
    let scheme = "transport";
    events.push(ServerEvent::Authenticated { scheme });
    let sent = session.account.triggers;
    told::start(&mut session.state, package, &sent, events);
}

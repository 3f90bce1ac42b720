//! Taking a message in: does it belong here, has it come before, who made it.
//!
//! Everything that can fail comes first; the session changes only behind that.

use std::mem;

use crate::auth::{Account, AccountState, Credential, Scheme, fingerprint};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::notification::session_text;
use crate::session::event::{AbortedBy, InitiatedBy, ServerEvent};
use crate::session::transport::Received;
use crate::session::v1::object::parts::Parts;
use crate::session::v1::room::is_of_max_msg_size;
use crate::session::v1::version::Version;
use crate::status::StatusCode;
use crate::syncml::{Command, Form, Header, Message};
use crate::uri;

use super::ServerSession;
use super::identify::{Device, Identity, identify, repeatable};
use super::own_proof::{asked, demand, own_proof};
use super::process::{forget, process};
use super::respond::heed_size;
use super::state::{Challenge, ClientProof, Due, Next, Pending, Phase, Proof, State, Turn};
use super::waiting::Waiting;

/// How a message relates to those before it.
enum Arrival {
    /// The next of the session.
    Next,
    /// The first of a new session.
    First,
    /// It came before: the stored reply.
    Again(Vec<u8>),
    /// Another came with its number.
    Twice,
}

/// A message that belongs here, and what goes with it.
struct Arrived<'m> {
    message: Message,
    received: &'m Received<'m>,
    account: Option<&'m Account>,
    /// The state to begin with, where the message begins a session.
    state: Option<State>,
    is_twice: bool,
}

pub(super) fn receive(
    session: &mut ServerSession,
    received: &Received<'_>,
    account: Option<&Account>,
) -> Result<Vec<ServerEvent>> {
    let (message, form) = read(received, &session.config.limits)?;
    let body = fingerprint(received.body);
    let ours = account.and_then(|account| account.server.credential());
    let arrival = arrival(&session.state, &message.header, &body, ours)?;
    let is_twice = matches!(arrival, Arrival::Twice);
    let state = match arrival {
        Arrival::Again(reply) => {
            session.turn = Turn::Repeated(reply);
            return Ok(vec![ServerEvent::Repeated]);
        }
        Arrival::Next | Arrival::Twice => None,
        Arrival::First => Some(first(&session.state, &message.header)),
    };
    let is_restart = state.is_some() && session.state.phase == Phase::Open;
    let mut due = due(&message.header, form, body);
    let arrived = Arrived {
        message,
        received,
        account,
        state,
        is_twice,
    };
    if let Some(refusal) = refusal(session, &arrived.message.header) {
        return Ok(refuse(session, arrived, due, refusal));
    }
    match arrived.sender(session) {
        Identity::Stranger { .. } if is_restart => Err(Error::peer(
            Code::State,
            "a session cannot be restarted without credentials",
        )
        .with_http(400)),
        Identity::Stranger { .. } if is_twice => {
            Err(Error::peer(Code::State, TWICE).with_http(400))
        }
        // Nobody knows which of the two was meant: nothing is executed, and the session ends.
        Identity::Device { .. } if is_twice => {
            due.header = (StatusCode::BAD_REQUEST, Vec::new());
            due.next = Next::Abort;
            Ok(commit(session, None, account, due, vec![aborted(TWICE)]))
        }
        Identity::Stranger {
            code,
            scheme,
            retry,
        } => Ok(turn_away(session, arrived, due, (code, scheme, retry))),
        Identity::Device(device) => let_in(session, arrived, due, device),
    }
}

/// The message, and the form in which it is answered. Of one that is refused for its version or its MaxMsgSize the header alone counts.
fn read(received: &Received<'_>, limits: &Limits) -> Result<(Message, Form)> {
    let encoding = received.encoding()?;
    let header = |error| Message::decode_header(received.body, encoding, limits).map_err(|_| error);
    let (header, form) = match Message::decode_with_form(received.body, encoding, limits) {
        // It is answered 505.
        Err(error) if error.code() == Code::Version => {
            let ver_dtd = String::new();
            let header = Header {
                ver_dtd,
                ..header(error)?
            };
            (header, Form::of_version(encoding, ""))
        }
        // It is answered 400.
        Err(error) if is_of_max_msg_size(&error) => {
            let header = header(error)?;
            let form = Form::of_version(encoding, &header.ver_dtd);
            (header, form)
        }
        decoded => return decoded,
    };
    let message = Message {
        header,
        commands: Vec::new(),
        is_final: true,
    };
    Ok((message, form))
}

impl Arrived<'_> {
    /// Who sent it, for all that is known.
    fn sender(&self, session: &ServerSession) -> Identity {
        let state = self.state.as_ref().unwrap_or(&session.state);
        let header = &self.message.header;
        identify(session, state, header, self.received, self.account)
    }
}

/// Answers a header that is wrong, whoever sent it.
fn refuse(
    session: &mut ServerSession,
    arrived: Arrived<'_>,
    mut due: Due,
    (code, spoken): (StatusCode, Vec<String>),
) -> Vec<ServerEvent> {
    let is_of_size = code == StatusCode::BAD_REQUEST;
    due.header = (code, spoken);
    due.next = if is_of_size { Next::Abort } else { Next::End };
    let is_open = session.state.phase == Phase::Open;
    // Of a header that is wrong in nothing but its size, who sent it can be told.
    let is_device = is_of_size
        && arrived.state.is_none()
        && !arrived.is_twice
        && matches!(arrived.sender(session), Identity::Device(_));
    // Nobody else has proved that this comes from the device, so a session that has begun stays as it is.
    due.is_stranger = is_open && !is_device;
    let reason = format!("a message is refused with {code}");
    let (state, events) = match due.is_stranger {
        true => {
            let nobody = ServerEvent::Unauthenticated { retry: false };
            (None, vec![nobody, ServerEvent::Violation { reason }])
        }
        false => (arrived.state, vec![aborted(reason)]),
    };
    commit(session, state, arrived.account, due, events)
}

/// Answers a sender that has not proved to be the device: nothing is executed.
fn turn_away(
    session: &mut ServerSession,
    arrived: Arrived<'_>,
    mut due: Due,
    (code, scheme, retry): (StatusCode, Scheme, bool),
) -> Vec<ServerEvent> {
    let considered = arrived.state.as_ref().unwrap_or(&session.state);
    let is_proven = matches!(considered.client, ClientProof::Proven { .. });
    due.header = (code, Vec::new());
    due.statuses = failures(&arrived.message.commands, code);
    due.next = if retry { Next::Challenge } else { Next::End };
    // Whoever cannot show that it is the device of a proven session changes nothing, except that wrong credentials end it.
    due.is_stranger = retry && is_proven;
    // The nonce that the device waits to use stays the one that counts.
    due.chal = if due.is_stranger && session.account.client_nonce.is_some() {
        Challenge::Again(scheme)
    } else {
        Challenge::Fresh(scheme)
    };
    let events = vec![ServerEvent::Unauthenticated { retry }];
    let mut state = arrived.state;
    if !due.is_stranger {
        // The parts stay where they are.
        let parts = mem::take(&mut session.state.parts);
        let next = state.get_or_insert_with(|| session.state.clone());
        session.state.parts = parts;
        challenged(next, scheme, code);
        next.peer_max_msg_size = due.announced.or(next.peer_max_msg_size);
    }
    commit(session, state, arrived.account, due, events)
}

/// Takes note of what the device says.
fn let_in(
    session: &mut ServerSession,
    arrived: Arrived<'_>,
    mut due: Due,
    device: Device,
) -> Result<Vec<ServerEvent>> {
    let Arrived {
        message,
        received,
        account,
        state,
        ..
    } = arrived;
    let demand = demand(&message, state.as_ref().unwrap_or(&session.state), account)?;
    let mut next = match state {
        Some(first) => State {
            parts: mem::take(&mut session.state.parts),
            ..first
        },
        None => mem::take(&mut session.state),
    };
    let mut events = Vec::new();
    due.header = (device.code, Vec::new());
    due.chal = device.chal;
    if let Some(scheme) = device.newly {
        events.push(ServerEvent::Authenticated { scheme });
        let is_resync = account.is_some_and(|account| account.state.resync);
        next.renews |= is_resync && !next.is_resynced;
        next.is_resynced |= is_resync;
        next.resync = device.by_resync;
    }
    if device.newly.is_some() || matches!(device.chal, Challenge::Fresh(_)) {
        let handed = account.and_then(|account| account.state.client_nonce.as_deref());
        next.spent = handed.map(fingerprint);
        due.newly_proven = Some(Proof {
            scheme: device.scheme,
            cred: repeatable(&message.header),
            peer: received.peer.map(str::to_owned),
        });
    }
    if let Some(size) = message.header.max_msg_size {
        next.peer_max_msg_size = Some(size);
    }
    if let Some(size) = message.header.max_obj_size {
        next.peer_max_obj_size = Some(size);
    }
    let mut refused = demand.and_then(|demand| asked(session, &mut next, demand, account));
    let known = next.version;
    match known.filter(|version| Version::of(&message.header) != Ok(*version)) {
        // The version stays the same for the whole session.
        Some(version) => {
            let ver_proto = version.ver_proto().to_owned();
            due.header = (StatusCode::UNSUPPORTED_PROTOCOL, vec![ver_proto.clone()]);
            due.versions = (version.ver_dtd().to_owned(), ver_proto);
            refused = Some("the version changes within the session");
        }
        None => process(
            session,
            &mut next,
            &message,
            &device.proof,
            &mut due,
            &mut events,
        ),
    }
    if let Some(reason) = refused {
        due.next = Next::Abort;
        events.push(aborted(reason));
    }
    Ok(commit(session, Some(next), account, due, events))
}

/// What is wrong with two messages of one number.
const TWICE: &str = "a MsgID that was used before, with another body";

fn aborted(reason: impl Into<String>) -> ServerEvent {
    ServerEvent::Aborted {
        by: AbortedBy::Server,
        reason: Some(reason.into()),
    }
}

/// Compares a message with those before it.
fn arrival(
    state: &State,
    header: &Header,
    body: &[u8; 32],
    ours: Option<&Credential>,
) -> Result<Arrival> {
    let stray = |problem: &'static str| Err(Error::peer(Code::State, problem).with_http(400));
    let Some(last) = &state.last else {
        return if state.phase == Phase::New {
            Ok(Arrival::First)
        } else {
            Ok(Arrival::Next)
        };
    };
    if state.device != header.source.uri || state.session_id != header.session_id {
        return stray("a message of another session");
    }
    let again = last.msg_id == header.msg_id && last.body == *body;
    match (state.phase, header.msg_id) {
        (Phase::Over, 1) => Ok(Arrival::First),
        _ if again => last.reply.body(ours).map(Arrival::Again),
        (Phase::Over, _) => stray("the session is over"),
        (_, 1) => Ok(Arrival::First),
        (_, id) if id < last.msg_id => stray("a MsgID that was used before"),
        (_, id) if id == last.msg_id => Ok(Arrival::Twice),
        // What was skipped may have been a chunk.
        (_, id) if state.incoming.is_some() && id != last.msg_id.saturating_add(1) => {
            stray("a MsgID was skipped inside a large object")
        }
        _ => Ok(Arrival::Next),
    }
}

/// The state of a new session; what the host has queued stays queued, what was sent stays unanswered. Large values stay where they are
/// until it is settled that it takes the place of the one before.
fn first(before: &State, header: &Header) -> State {
    State {
        server_id: before.server_id.clone(),
        phase: Phase::Open,
        device: header.source.uri.clone(),
        session_id: header.session_id.clone(),
        version: Version::of(header).ok(),
        // A device whose first messages were answered by nobody who remembers them has seen our numbers up to its own.
        msg_id: header.msg_id.saturating_sub(1),
        next_command: before.next_command,
        next_alert: before.next_alert,
        queue: before.queue.iter().map(Waiting::afresh).collect(),
        sent: before.sent.clone(),
        spent: before.spent,
        is_resynced: before.is_resynced,
        renews: before.renews,
        abort: before.abort,
        ..State::default()
    }
}

fn due(header: &Header, form: Form, body: [u8; 32]) -> Due {
    // VerProto decides what is said, VerDTD how: they need not fit together.
    let versions = match Version::of(header) {
        Ok(version) => (header.ver_dtd.clone(), version.ver_proto().to_owned()),
        Err(_) => {
            let known = Version::V1_2;
            (known.ver_dtd().to_owned(), known.ver_proto().to_owned())
        }
    };
    Due {
        form,
        msg_id: header.msg_id,
        body,
        versions,
        session_id: header.session_id.clone(),
        announced: header.max_msg_size,
        device: header.source.clone(),
        server: header.target.clone(),
        cred: None,
        mac: None,
        user: None,
        header: (StatusCode::OK, Vec::new()),
        chal: Challenge::None,
        newly_proven: None,
        statuses: Vec::new(),
        abort: None,
        verdicts: Vec::new(),
        broken: None,
        next: Next::Commands,
        is_stranger: false,
    }
}

/// What is wrong with the header, whoever sent it: the code and what would have been right.
fn refusal(session: &ServerSession, header: &Header) -> Option<(StatusCode, Vec<String>)> {
    let config = &session.config;
    if let Err(refusal) = Version::of(header) {
        return Some(refusal);
    }
    let is_ours = uri::same_resource(&header.target.uri, &config.url)
        || header.target.uri == config.server_id;
    if !is_ours {
        return Some((StatusCode::NOT_FOUND, Vec::new()));
    }
    let too_small = header
        .max_msg_size
        .is_some_and(|size| size < config.limits.min_msg_size);
    too_small.then(|| (StatusCode::BAD_REQUEST, Vec::new()))
}

/// The Statuses of a message whose sender has not proved itself: one for each command (chapter 9.1).
fn failures(commands: &[Command], code: StatusCode) -> Vec<Pending> {
    let fail = |command: &Command| Pending {
        cmd_ref: command.number().unwrap_or_default().to_owned(),
        cmd: command.name().to_owned(),
        code,
        alerts: Vec::new(),
    };
    Command::answerable(commands)
        .into_iter()
        .map(fail)
        .collect()
}

/// Notes that the device was asked for credentials.
fn challenged(state: &mut State, scheme: Scheme, code: StatusCode) {
    let (was_missing, was_wrong) = match state.client {
        ClientProof::Open { missing, wrong, .. } => (missing, wrong),
        ClientProof::Proven { .. } => (0, 0),
    };
    let is_missing = code == StatusCode::MISSING_CREDENTIALS;
    state.client = ClientProof::Open {
        asked: Some(scheme),
        missing: was_missing + u8::from(is_missing),
        wrong: was_wrong + u8::from(!is_missing),
    };
}

/// The session that a notification asked for has come: it is not waited for any more, even if the host hands that in again.
fn expected(
    own: &mut AccountState,
    state: &mut State,
    handed: &AccountState,
    events: &mut [ServerEvent],
) {
    (own.triggers, own.trigger_number) = (handed.triggers, handed.trigger_number);
    own.trigger_time = handed.trigger_time;
    for event in events {
        if let ServerEvent::Started {
            initiated_by: InitiatedBy::Server,
            notification,
            ..
        } = event
        {
            let mut sent = handed.triggers.numbers().iter().copied();
            state.notified = sent.find(|number| session_text(*number) == state.session_id);
            *notification = state.notified;
        }
    }
    if let Some(number) = state.notified {
        own.triggers.forget(number);
    }
}

/// The state behind a message, and the reply that is due.
fn commit(
    session: &mut ServerSession,
    state: Option<State>,
    account: Option<&Account>,
    mut due: Due,
    mut events: Vec<ServerEvent>,
) -> Vec<ServerEvent> {
    if let Some(mut state) = state {
        let parts = mem::take(&mut session.state.parts);
        if parts != Parts::default() {
            state.parts = parts;
        }
        session.state = state;
    }
    if !due.is_stranger {
        session.state.received = session.state.received.saturating_add(1);
    }
    if let Some(account) = account.filter(|account| account.device_id == due.device.uri) {
        let own = &mut session.account;
        own.client_nonce = own
            .client_nonce
            .take()
            .or_else(|| account.state.client_nonce.clone());
        own.server_nonce = own
            .server_nonce
            .take()
            .or_else(|| account.state.server_nonce.clone());
        // A resynchronization that the host has handed in anew is a new one.
        session.state.is_resynced &= account.state.resync;
        own.resync = account.state.resync && !session.state.is_resynced;
        expected(own, &mut session.state, &account.state, &mut events);
        if let Some(proof) = own_proof(session, account, due.header.0) {
            (due.cred, due.mac, due.user) = (proof.cred, proof.mac, proof.user);
        }
    }
    events.extend(heed_size(session, &mut due));
    // Nothing more will come of what was sent.
    let is_over = matches!(due.next, Next::Abort | Next::End | Next::Silence);
    if is_over && !due.is_stranger {
        forget(&mut session.state, &mut events);
    }
    session.turn = Turn::Due(Box::new(due));
    events
}

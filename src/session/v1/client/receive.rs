//! Taking the server's reply in: does it belong here, does the server accept us, has it proved itself, what is there to execute.
//!
//! Everything that can fail comes first; session and tree change only behind that.

use std::mem;

use crate::auth::{Authenticated, Scheme, fingerprint};
use crate::error::{Code, Error, Fault, Result};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::session::transport::Received;
use crate::session::v1::version::Version;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Command, Header, Message};
use crate::tree::{Answer, Tree};
use crate::uri;

use super::ClientSession;
use super::execute::{Execution, Surroundings, is_session_alert};
use super::proof::{Said, Server, accepted, ask, identify, said};
use super::send::fits;
use super::state::{Handled, Phase, ServerProof};

/// How often a server may fail to prove itself before the session ends.
const MAX_FAILURES: u8 = 2;

pub(super) fn receive(
    session: &mut ClientSession,
    tree: &mut Tree,
    received: &Received<'_>,
) -> Result<Vec<ClientEvent>> {
    match session.state.phase {
        Phase::Waiting => {}
        Phase::Over => return Err(Error::state("the session is over")),
        _ => return Err(Error::state("no reply is expected").expecting("send first")),
    }
    if let Some(status) = received.status.filter(|status| *status != 200) {
        return Err(
            Error::new(Code::State, Fault::Host, format!("http status {status}")).expecting("200"),
        );
    }
    if tree.is_held() {
        return Err(busy());
    }
    // Some servers end a session without a word.
    if received.body.is_empty() {
        let mut events = Vec::new();
        let is_proven = matches!(session.state.server, ServerProof::Proven(_));
        if is_proven || session.config.account.server.credential().is_none() {
            session.state.phase = Phase::Over;
            events.push(ClientEvent::Finished);
        } else {
            let reason = "an empty reply before the server has proved itself".to_owned();
            end(session, &mut events, AbortedBy::Server, Some(reason));
        }
        return Ok(events);
    }
    let encoding = received.encoding()?;
    let message = Message::decode(received.body, encoding, &session.config.limits)?;
    let body = fingerprint(received.body);
    match arrival(session, &message.header, &body)? {
        Arrival::Again => return Ok(Vec::new()),
        Arrival::Next => {}
    }
    let said = said(session, &message)?;
    let server = identify(session, &message.header, received);

    // From here on nothing fails.
    let mut events = Vec::new();
    let (code, chal) = server.answer();
    session.state.last = Some(Handled {
        msg_id: message.header.msg_id,
        body,
        code,
        chal,
        target: message.header.target.uri.clone(),
        source: message.header.source.uri.clone(),
    });
    session.state.more = !message.is_final;
    if let Some(size) = message.header.max_msg_size {
        session.state.peer_max_msg_size = Some(size);
    }
    if let Err(reason) = take_resp_uri(session, &message.header) {
        end(session, &mut events, AbortedBy::Device, Some(reason));
        return Ok(events);
    }
    if message
        .commands
        .iter()
        .any(|command| is_alert(command, AlertCode::SESSION_ABORT))
    {
        end(session, &mut events, AbortedBy::Server, None);
        return Ok(events);
    }
    match said {
        Said::Nothing => {}
        Said::Accepted {
            demand,
            for_session,
        } => {
            if let Err(reason) = accepted(session, demand, for_session, &mut events) {
                end(session, &mut events, AbortedBy::Device, Some(reason));
                return Ok(events);
            }
        }
        Said::Asks(demand) => {
            match ask(session, demand) {
                Ok(()) => {
                    note_challenge(session, &server);
                    session.state.phase = Phase::SetUp;
                }
                Err(reason) => {
                    events.push(ClientEvent::Unauthenticated);
                    end(session, &mut events, AbortedBy::Device, Some(reason));
                }
            }
            return Ok(events);
        }
        Said::Refuses(code) => {
            if matches!(
                code,
                StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
            ) {
                events.push(ClientEvent::Unauthenticated);
            }
            end(
                session,
                &mut events,
                AbortedBy::Server,
                Some(format!("the server refuses the message with {code}")),
            );
            return Ok(events);
        }
    }
    match server {
        Server::Proven { proof, scheme, .. } => {
            if let Some(scheme) = scheme {
                session.state.server = ServerProof::Proven(scheme);
                let cred = message.header.cred.as_ref();
                let given = cred.map(|cred| fingerprint(cred.data.as_bytes()));
                session.state.server_cred = given.or(session.state.server_cred);
            }
            session.state.may_resync = false;
            if let Some(nonce) = session.state.offered_nonce.take() {
                session.account.client_nonce = Some(nonce);
                session.state.resync = false;
            }
            begin(session, message, received, proof, tree, &mut events);
        }
        Server::Stranger {
            code,
            scheme,
            retry,
        } => stranger(session, &message, (code, scheme, retry), &mut events),
    }
    Ok(events)
}

/// The error that another session has the tree for itself.
pub(super) fn busy() -> Error {
    let error = Error::new(
        Code::Busy,
        Fault::Caller,
        "an Atomic of another session is under way",
    );
    error.expecting("its end")
}

enum Arrival {
    Next,
    Again,
}

/// Compares a reply with the session and with the one before it.
fn arrival(session: &ClientSession, header: &Header, body: &[u8; 32]) -> Result<Arrival> {
    let stray = |problem: &'static str| Err(Error::peer(Code::State, problem));
    if header.session_id != session.state.session_id {
        return stray("a message of another session");
    }
    if header.target.uri != session.config.account.device_id {
        return stray("a message for another device");
    }
    match Version::of(header) {
        Ok(version) if version <= session.config.version => {}
        _ => {
            return Err(Error::peer(
                Code::Version,
                "another version than was asked for",
            ));
        }
    }
    match &session.state.last {
        Some(last) if header.msg_id == last.msg_id && *body == last.body => Ok(Arrival::Again),
        Some(last) if header.msg_id <= last.msg_id => stray("a MsgID that was used before"),
        _ => Ok(Arrival::Next),
    }
}

/// RespURI says where the next message goes, within the origins that the host allows.
fn take_resp_uri(session: &mut ClientSession, header: &Header) -> Result<(), String> {
    let Some(resp_uri) = &header.resp_uri else {
        return Ok(());
    };
    let config = &session.config;
    let origin = uri::origin(resp_uri);
    let is_secure = |origin: &&String| origin.starts_with("https:");
    let is_listed = |origin: &String| {
        let mut listed = config.origins.iter().filter_map(|url| uri::origin(url));
        listed.any(|listed| listed == *origin)
    };
    let is_allowed = origin.is_some()
        && (origin == uri::origin(&config.url)
            || origin.as_ref().filter(is_secure).is_some_and(is_listed));
    if !is_allowed {
        return Err("RespURI names an origin that is not allowed".to_owned());
    }
    session.state.resp_uri = Some(resp_uri.clone());
    Ok(())
}

fn is_alert(command: &Command, code: AlertCode) -> bool {
    matches!(command, Command::Alert(alert) if alert.code == Some(code))
}

fn end(
    session: &mut ClientSession,
    events: &mut Vec<ClientEvent>,
    by: AbortedBy,
    reason: Option<String>,
) {
    session.state.phase = Phase::Over;
    events.push(ClientEvent::Aborted { by, reason });
}

/// A session has an end, however much the server asks.
pub(super) fn bound(session: &mut ClientSession, events: &mut Vec<ClientEvent>) {
    let is_due = matches!(session.state.phase, Phase::SetUp | Phase::Answering(_));
    if is_due && session.state.msg_id >= session.config.limits.messages {
        session.state.phase = Phase::Aborting;
        events.push(ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some("too many messages".to_owned()),
        });
    }
}

/// Our Status for the header of an unproven server asks for its credentials too.
fn note_challenge(session: &mut ClientSession, server: &Server) {
    if let (ServerProof::Open { asked, .. }, Server::Stranger { scheme, .. }) =
        (&mut session.state.server, server)
    {
        *asked = Some(*scheme);
    }
}

/// The server has not proved itself: nothing is executed, and each of its commands is told so.
fn stranger(
    session: &mut ClientSession,
    message: &Message,
    (code, asked, retry): (StatusCode, Scheme, bool),
    events: &mut Vec<ClientEvent>,
) {
    let refuse = |command: &Command| Answer {
        cmd_ref: command.number().unwrap_or_default().to_owned(),
        cmd: command.name().to_owned(),
        target_ref: None,
        code,
        data: Vec::new(),
        results: Vec::new(),
    };
    let answers: Vec<Answer> = Command::answerable(&message.commands)
        .into_iter()
        .map(refuse)
        .collect();
    let failures = match session.state.server {
        ServerProof::Open { failures, .. } if retry => failures.saturating_add(1),
        ServerProof::Open { .. } | ServerProof::Proven(_) => MAX_FAILURES + 1,
    };
    session.state.server = ServerProof::Open {
        failures,
        asked: Some(asked),
    };
    // Without commands there is nothing to refuse, and chapter 9 forbids to challenge.
    if answers.is_empty() || failures > MAX_FAILURES {
        end(
            session,
            events,
            AbortedBy::Device,
            Some("the server has not proved itself".to_owned()),
        );
        return;
    }
    session.state.phase = Phase::Answering(answers);
}

fn begin(
    session: &mut ClientSession,
    message: Message,
    received: &Received<'_>,
    proof: Authenticated,
    tree: &mut Tree,
    events: &mut Vec<ClientEvent>,
) {
    let is_empty = message
        .commands
        .iter()
        .all(|command| matches!(command, Command::Status(_)) || is_session_alert(command));
    session.state.empty_turns = if is_empty {
        session.state.empty_turns + 1
    } else {
        0
    };
    if session.state.empty_turns > session.config.limits.empty_turns {
        session.state.phase = Phase::Aborting;
        events.push(ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some("too many empty messages".to_owned()),
        });
        return;
    }
    let encoding = session.config.encoding;
    let execution = Box::new(Execution::new(
        received.body.to_vec(),
        received.encoding().unwrap_or(encoding),
    ));
    session.state.phase = Phase::Executing(execution);
    session.message = Some(message);
    run(session, tree, &proof, events);
}

/// Goes on behind a ticket, in a message whose sender had proved itself before anything of it was executed.
pub(super) fn execute(session: &mut ClientSession, tree: &mut Tree, events: &mut Vec<ClientEvent>) {
    let account = &session.config.account;
    let proven = match session.state.server {
        ServerProof::Proven(scheme) => {
            Authenticated::by_reply_to_proven(Some(scheme)).map(|(proof, _)| proof)
        }
        ServerProof::Open { .. } => Authenticated::by_transport(&account.server),
    };
    if let Some(proof) = proven {
        run(session, tree, &proof, events);
    }
}

fn run(
    session: &mut ClientSession,
    tree: &mut Tree,
    proof: &Authenticated,
    events: &mut Vec<ClientEvent>,
) {
    let Some(message) = session.message.take() else {
        return;
    };
    let mut next_ticket = session.state.next_ticket;
    let Phase::Executing(mut execution) = mem::replace(&mut session.state.phase, Phase::Over)
    else {
        return;
    };
    let surroundings = Surroundings {
        server: &session.config.account.server_id,
        now: session.state.now,
        interactions: &session.config.interactions,
        implicit_add: session.config.implicit_add,
        fits: &|answers| fits(session, answers),
    };
    let is_done = execution.run(
        &message,
        tree,
        &surroundings,
        &mut next_ticket,
        proof,
        events,
    );
    session.state.next_ticket = next_ticket;
    let answers = match is_done {
        Ok(true) => execution.take_answers(),
        Ok(false) => {
            session.state.phase = Phase::Executing(execution);
            session.message = Some(message);
            return;
        }
        Err(error) => {
            session.state.phase = Phase::Aborting;
            events.push(ClientEvent::Aborted {
                by: AbortedBy::Device,
                reason: Some(error.to_string()),
            });
            return;
        }
    };
    // Nothing but Status: the session is over, and no response is sent (chapter 6).
    if answers.is_empty() && !session.state.more {
        session.state.phase = Phase::Over;
        events.push(ClientEvent::Finished);
    } else {
        session.state.phase = Phase::Answering(answers);
    }
}

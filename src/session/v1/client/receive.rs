//! Taking the server's reply in: does it belong here, does the server accept us, has it proved itself, what is there to execute.
//!
//! Everything that can fail comes first; session and tree change only behind that.

use std::cell::Cell;
use std::mem;

use crate::auth::{Authenticated, Scheme, fingerprint};
use crate::error::{Code, Error, Fault, Result};
use crate::limits::{Limits, MAX_OBJECT};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::session::transport::Received;
use crate::session::v1::reply::without_cred;
use crate::session::v1::room::is_of_max_msg_size;
use crate::session::v1::version::{Version, offered};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Command, Message};
use crate::tree::{Answer, Tree};

use super::ClientSession;
use super::alerts;
use super::chunks::{Chunks, Gathered, Most, gather};
use super::commands::Saying;
use super::execute::{Execution, Surroundings, is_session_alert};
use super::header::{take_max_msg_size, take_resp_uri};
use super::largest;
use super::objects;
use super::proof::{Said, Server, accepted, ask, identify, said};
use super::send::{can_speak, fits};
use super::state::{Handled, Phase, ServerProof};

/// How often the credentials of a server may be wrong before the session ends. Not to have given any before it was asked is no failure.
const MAX_FAILURES: u8 = 1;

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
    if received.body.is_empty() {
        return Ok(without_a_word(session));
    }
    let message = read(received, &session.config.limits)?;
    let body = fingerprint(received.body);
    match arrival(session, &message, &body)? {
        Arrival::Again => return Ok(Vec::new()),
        Arrival::Next => {}
    }
    let said = said(session, &message)?;
    let server = identify(session, &message.header, received);

    // From here on nothing fails.
    let mut events = Vec::new();
    if matches!(server, Server::Proven { .. }) && mem::take(&mut session.state.renews) {
        session.account.trigger_nonce = None;
    }
    let (code, chal) = server.answer();
    session.state.last = Some(Handled {
        msg_id: message.header.msg_id,
        body,
        code,
        chal,
        target: message.header.target.uri.clone(),
        source: message.header.source.uri.clone(),
    });
    // Whoever is asked for the rest of its own package has not been sent another.
    let is_saying = session.state.is_saying();
    if !is_saying {
        session.state.more = !message.is_final;
    }
    if let Err(reason) = take_max_msg_size(session, &message.header) {
        session.state.phase = Phase::Aborting;
        let by = AbortedBy::Device;
        events.push(ClientEvent::Aborted {
            by,
            reason: Some(reason),
        });
        return Ok(events);
    }
    if let Err(reason) = take_resp_uri(session, &message.header) {
        end(session, &mut events, AbortedBy::Device, Some(reason));
        return Ok(events);
    }
    if is_aborted(&message) {
        if matches!(server, Server::Proven { .. }) {
            alerts::answered(session, &message, &mut events);
        }
        end(session, &mut events, AbortedBy::Server, None);
        return Ok(events);
    }
    if !heed(session, &message, said, &server, &mut events) {
        return Ok(events);
    }
    match server {
        Server::Proven { proof, scheme, .. } => {
            note_proven(session, &message, scheme);
            if let Some(nonce) = session.state.offered_nonce.take() {
                session.account.client_nonce = Some(nonce);
                session.state.resync = false;
            }
            objects::answered(&mut session.state, &message, &mut events);
            alerts::answered(session, &message, &mut events);
            let most = message.header.max_obj_size;
            if let Err(reason) = most.map_or(Ok(()), |most| largest::bound(session, most)) {
                session.state.phase = Phase::Aborting;
                let by = AbortedBy::Device;
                events.push(ClientEvent::Aborted {
                    by,
                    reason: Some(reason),
                });
                return Ok(events);
            }
            if is_saying && session.state.is_saying() {
                wait(session, &message, &mut events);
            } else {
                begin(session, message, received, proof, tree, &mut events);
            }
        }
        Server::Stranger {
            code,
            scheme,
            retry,
        } => stranger(session, &message, (code, scheme, retry), &mut events),
    }
    Ok(events)
}

/// The message; of one whose MaxMsgSize is no number the header alone counts: it is answered 400.
fn read(received: &Received<'_>, limits: &Limits) -> Result<Message> {
    let encoding = received.encoding()?;
    match Message::decode(received.body, encoding, limits) {
        Err(error) if is_of_max_msg_size(&error) => Ok(Message {
            header: Message::decode_header(received.body, encoding, limits).map_err(|_| error)?,
            commands: Vec::new(),
            is_final: true,
        }),
        decoded => decoded,
    }
}

/// Some servers end a session without a word.
fn without_a_word(session: &mut ClientSession) -> Vec<ClientEvent> {
    let mut events = Vec::new();
    let is_proven = matches!(session.state.server, ServerProof::Proven(_));
    if is_proven || session.config.account.server.credential().is_none() {
        session.state.phase = Phase::Over;
        events.push(ClientEvent::Finished);
    } else {
        let reason = "an empty reply before the server has proved itself".to_owned();
        end(session, &mut events, AbortedBy::Server, Some(reason));
    }
    events
}

/// Does what the server says of our credentials; tells whether the rest of the message counts.
fn heed(
    session: &mut ClientSession,
    message: &Message,
    said: Said,
    server: &Server,
    events: &mut Vec<ClientEvent>,
) -> bool {
    match said {
        Said::Nothing => true,
        Said::Accepted {
            demand,
            for_session,
        } => match accepted(session, demand, for_session, events) {
            Ok(()) => true,
            Err(reason) => {
                end(session, events, AbortedBy::Device, Some(reason));
                false
            }
        },
        Said::Asks(demand) => {
            match ask(session, demand) {
                Ok(()) => {
                    note_proof(session, message, server);
                    objects::forget(&mut session.state);
                    session.state.unsaid.clear();
                    alerts::unsent(session);
                    session.state.phase = Phase::SetUp;
                }
                Err(reason) => {
                    events.push(ClientEvent::Unauthenticated);
                    end(session, events, AbortedBy::Device, Some(reason));
                }
            }
            false
        }
        Said::Refuses(code) => {
            if matches!(
                code,
                StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
            ) {
                events.push(ClientEvent::Unauthenticated);
            }
            let spoken = offered(message, session.state.msg_id).filter(|spoken| !spoken.is_empty());
            let spoken = spoken.map_or_else(String::new, |spoken| format!(", and speaks {spoken}"));
            let reason = format!("the server refuses the message with {code}{spoken}");
            end(session, events, AbortedBy::Server, Some(reason));
            false
        }
    }
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
fn arrival(session: &ClientSession, message: &Message, body: &[u8; 32]) -> Result<Arrival> {
    let header = &message.header;
    let stray = |problem: &'static str| Err(Error::peer(Code::State, problem));
    if header.session_id != session.state.session_id {
        return stray("a message of another session");
    }
    if header.target.uri != session.config.account.device_id {
        return stray("a message for another device");
    }
    // An older minor version is understood, one after the other is not (chapter 12).
    let spoken = session.state.server_version;
    match Version::of(header) {
        Ok(version)
            if spoken.unwrap_or(version) == version && version <= session.config.version => {}
        _ if offered(message, session.state.msg_id).is_some() => {}
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
        Some(last) if session.state.object.is_some() && header.msg_id - last.msg_id > 1 => {
            stray("a message with a chunk in it is missing")
        }
        _ => Ok(Arrival::Next),
    }
}

/// Whether Alert 1223 stands anywhere in it, in a group too.
fn is_aborted(message: &Message) -> bool {
    let commands = Command::answerable(&message.commands);
    commands.into_iter().any(|command| {
        matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::SESSION_ABORT))
    })
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
    let most = session.config.limits.most_messages(session.state.moved);
    if is_due && session.state.msg_id >= most {
        if let Phase::Answering(answers) = mem::replace(&mut session.state.phase, Phase::Aborting) {
            session.state.say(answers);
        }
        events.push(ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some("too many messages".to_owned()),
        });
    }
    if (is_due || session.state.phase == Phase::Aborting) && !can_speak(session) {
        let is_told = session.state.phase == Phase::Aborting;
        session.state.phase = Phase::Over;
        let reason = "no message is as small as the server wants it".to_owned();
        let by = AbortedBy::Device;
        events.extend((!is_told).then_some(ClientEvent::Aborted {
            by,
            reason: Some(reason),
        }));
    }
}

/// What our Status for the header says of the server counts from then on: it has proved itself, or is asked for its credentials.
fn note_proof(session: &mut ClientSession, message: &Message, server: &Server) {
    match (server, &mut session.state.server) {
        (Server::Proven { scheme, .. }, _) => note_proven(session, message, *scheme),
        (Server::Stranger { scheme, .. }, ServerProof::Open { asked, .. }) => {
            *asked = Some(*scheme);
        }
        (Server::Stranger { .. }, ServerProof::Proven(_)) => {}
    }
}

fn note_proven(session: &mut ClientSession, message: &Message, scheme: Option<Scheme>) {
    let state = &mut session.state;
    if let Some(scheme) = scheme {
        if matches!(state.server, ServerProof::Open { .. }) {
            session.account.challenge_nonce = None;
            match state.issued_nonce.as_deref() {
                // A challenge has been answered: this nonce the server has, and it may never be given another.
                Some(nonce) => session.account.trigger_nonce = nonce.try_into().ok(),
                // It has the next one, which came though its answer was lost.
                None if scheme.needs_nonce() && !state.may_resync => {
                    session.account.trigger_nonce = None;
                }
                None => {}
            }
        }
        state.server = ServerProof::Proven(scheme);
        let cred = message.header.cred.as_ref();
        let given = cred.map(|cred| fingerprint(cred.data.as_bytes()));
        state.server_cred = given.or(state.server_cred);
    }
    state.server_version = Version::of(&message.header).ok();
    state.may_resync = false;
}

/// The server has not proved itself: nothing is executed, and each of its commands is told so.
fn stranger(
    session: &mut ClientSession,
    message: &Message,
    (code, asked, retry): (StatusCode, Scheme, bool),
    events: &mut Vec<ClientEvent>,
) {
    let refuse =
        |command: &Command| Answer::new(command.number().unwrap_or_default(), command.name(), code);
    let answers: Vec<Answer> = Command::answerable(&message.commands)
        .into_iter()
        .map(refuse)
        .collect();
    let is_unasked = code == StatusCode::MISSING_CREDENTIALS;
    let is_stale = code == StatusCode::INVALID_CREDENTIALS
        && asked.needs_nonce()
        && matches!(session.state.server, ServerProof::Open { asked: None, .. });
    let failures = match session.state.server {
        ServerProof::Open { asked: None, .. } if retry && is_unasked => Some(0),
        ServerProof::Open { failures, .. } if retry => Some(failures.saturating_add(1)),
        ServerProof::Open { .. } | ServerProof::Proven(_) => None,
    };
    session.state.server = ServerProof::Open {
        failures: failures.unwrap_or_default(),
        asked: Some(asked),
    };
    let reason = Some("the server has not proved itself".to_owned());
    let by = AbortedBy::Device;
    match failures {
        // A digest in the last reply of a session uses up a nonce that nothing can replace; the server wants nothing, and gets nothing.
        Some(_) if answers.is_empty() && is_stale => {
            session.state.tree_revision = None;
            session.state.phase = Phase::Over;
            events.push(ClientEvent::Finished);
        }
        // Without commands there is nothing to refuse, and chapter 9 forbids to challenge.
        Some(_) if answers.is_empty() => end(session, events, by, reason),
        Some(failures) if failures <= MAX_FAILURES => {
            session.state.phase = Phase::Answering(answers);
        }
        Some(_) => {
            session.state.unsaid.clear();
            session.state.say(answers);
            session.state.phase = Phase::Aborting;
            events.push(ClientEvent::Aborted { by, reason });
        }
        None => end(session, events, by, reason),
    }
}

/// The server has asked for the rest of our package, and waits for it.
fn wait(session: &mut ClientSession, message: &Message, events: &mut Vec<ClientEvent>) {
    let (demands, answers): (Vec<_>, Vec<_>) = Command::answerable(&message.commands)
        .into_iter()
        .partition(|command| is_session_alert(command));
    let answers: Vec<Answer> = answers.into_iter().map(too_soon).collect();
    let most = session.config.limits.items as usize;
    // Who does more than ask for what waits must not make it more and more.
    if answers.len() + demands.len() > 1 && session.state.unsaid.len() > most {
        session.state.phase = Phase::Aborting;
        events.push(ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some("commands instead of requests for the answers".to_owned()),
        });
        return;
    }
    let demands = demands.into_iter().map(|demand| Saying::Demanded {
        msg_ref: message.header.msg_id,
        cmd_ref: demand.number().unwrap_or_default().to_owned(),
    });
    session.state.queue(demands.collect());
    session.state.phase = Phase::Answering(answers);
    session.state.empty_turns = 0;
}

fn begin(
    session: &mut ClientSession,
    mut message: Message,
    received: &Received<'_>,
    proof: Authenticated,
    tree: &mut Tree,
    events: &mut Vec<ClientEvent>,
) {
    let is_empty = message.commands.iter().all(|command| match command {
        Command::Status(status) => status.answers(session.state.msg_id),
        command => is_session_alert(command),
    });
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
    // The message still has its chunks as they came.
    let encoding = received.encoding().unwrap_or(session.config.encoding);
    let body = without_cred(received.body, encoding, &message);
    let chunks = take_chunks(session, &mut message, events);
    let execution = Box::new(Execution::new(body, encoding, chunks));
    session.state.phase = Phase::Executing(execution);
    session.message = Some(message);
    run(session, tree, &proof, events);
}

/// Takes in what comes in chunks, and says what was broken off.
fn take_chunks(
    session: &mut ClientSession,
    message: &mut Message,
    events: &mut Vec<ClientEvent>,
) -> Chunks {
    let held = session.most_object_bytes();
    let ClientSession { config, state, .. } = session;
    let most = Most {
        object: config.max_obj_size.unwrap_or(MAX_OBJECT),
        held,
    };
    let Gathered {
        chunks,
        mut broken,
        has_chunk,
        octets,
        progress,
    } = gather(
        &message.commands,
        &mut state.object,
        &mut state.refused,
        &mut state.parts,
        most,
    );
    events.extend(progress);
    state.moved = state.moved.saturating_add(octets);
    // Behind the end of the server's package there is no next chunk.
    if message.is_final
        && !has_chunk
        && let Some(open) = state.object.take()
    {
        state.refused.broken(&open);
        broken.push(open.purpose().clone());
        open.drop(&mut state.parts);
    }
    state.refused.end_of_message();
    state.more |= state.object.is_some();
    let broken = broken.into_iter().map(|purpose| Saying::Broken {
        target: purpose.target,
        source: purpose.source,
    });
    state.queue(broken.collect());
    chunks.apply(&mut message.commands, &mut state.parts, &config.limits);
    chunks
}

/// A server that asks for the rest of our package must not send commands yet (chapter 7.1).
fn too_soon(command: &Command) -> Answer {
    let number = command.number().unwrap_or_default();
    Answer::new(number, command.name(), StatusCode::BAD_REQUEST)
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
    let before = session.object_bytes();
    let room = session.most_object_bytes().saturating_sub(before);
    let left = Cell::new(room);
    let surroundings = Surroundings {
        server: &session.config.account.server_id,
        now: session.state.now,
        interactions: &session.config.interactions,
        implicit_add: session.config.implicit_add,
        fits: &|answers| fits(session, answers),
        takes: &|cmd_ref, value| objects::takes(session, cmd_ref, value, &left),
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
    session.state.promised += room.saturating_sub(left.get());
    let answers = match is_done {
        Ok(true) => {
            execution.chunks.drop(&mut session.state.parts);
            execution.take_answers()
        }
        Ok(false) => {
            session.state.phase = Phase::Executing(execution);
            session.message = Some(message);
            return;
        }
        Err(error) => {
            session.state.say(execution.take_answers());
            session.state.phase = Phase::Aborting;
            events.push(ClientEvent::Aborted {
                by: AbortedBy::Device,
                reason: Some(error.to_string()),
            });
            return;
        }
    };
    if let Some(reason) = execution.aborted() {
        session.state.say(answers);
        session.state.phase = Phase::Aborting;
        let (by, reason) = (AbortedBy::Device, reason.clone());
        events.push(ClientEvent::Aborted { by, reason });
        return;
    }
    // Nothing but Status: the session is over, and no response is sent (chapter 6).
    if answers.is_empty() && !session.state.more && session.state.unsaid.is_empty() {
        session.state.phase = Phase::Over;
        events.push(ClientEvent::Finished);
    } else {
        session.state.phase = Phase::Answering(answers);
    }
}

//! The client's messages: package 1, answers, abort, each as far as it fits into what the server takes.

use std::mem;

use crate::auth::challenge;
use crate::env::{Env, NONCE_LEN};
use crate::error::{Error, Result};
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::session::v1::room::{Detail, Room, most};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Form, Message, Status};
use crate::tree::{Answer, Tree, Value};

use super::ClientSession;
use super::alerts;
use super::commands::Saying;
use super::header::{header, mac};
use super::state::{Phase, ServerProof};

pub(super) fn send(
    session: &mut ClientSession,
    tree: &Tree,
    env: &Env<'_>,
) -> Result<Option<Outgoing>> {
    let state = &mut session.state;
    match &mut state.phase {
        Phase::Over => return Ok(None),
        Phase::Executing(execution) if execution.is_stopped() => {
            return Err(Error::state("a ticket is open").expecting("complete"));
        }
        Phase::Executing(_) => return Err(Error::state("execution has not ended")),
        Phase::Waiting => return again(session).map(Some),
        Phase::SetUp => {
            let dev_info = Saying::dev_info(tree)?;
            let code = if state.by_server {
                AlertCode::SERVER_INITIATED
            } else {
                AlertCode::CLIENT_INITIATED
            };
            // Nothing of the server's has to end before package 1 does.
            state.more = false;
            let set_up = [Saying::Alert(code)].into_iter().chain(dev_info);
            let set_up: Vec<Saying> = set_up.chain(alerts::raised(state)).collect();
            if session.config.tree_alerts {
                session.state.tree_revision = Some(tree.revision());
            }
            let of_tree = alerts::of_tree(session, tree);
            session.state.unsaid = set_up.into_iter().chain(of_tree).collect();
        }
        Phase::Answering(answers) => {
            let answers = mem::take(answers);
            state.say(answers);
            // A server that is refused is told nothing else (chapter 9.1).
            if !matches!(state.server, ServerProof::Open { asked: Some(_), .. }) {
                let raised = alerts::raised(state);
                state.unsaid.extend(raised);
            }
        }
        Phase::Aborting => {}
    }
    let is_abort = session.state.phase == Phase::Aborting;
    let nonce = env.nonce();
    let Some(draft) = Draft::plan(session, &nonce) else {
        session.state.phase = Phase::Over;
        return Ok(None);
    };
    let mac = mac(session);
    let (kept, body) = Kept::write(&draft.message, &draft.form, mac.as_ref())?;
    alerts::sent(session, &draft.message, draft.whole);

    let state = &mut session.state;
    state.unsaid.drain(..draft.whole.min(state.unsaid.len()));
    if draft.parts > 0
        && let Some(next) = state.unsaid.pop_front()
        && let Some(rest) = next.split(draft.parts).1
    {
        state.unsaid.push_front(rest);
    }
    state.msg_id = draft.message.header.msg_id;
    state.now = env.now;
    state.gave_cred = draft.message.header.cred.is_some() || mac.is_some();
    state.out = Some(kept);
    state.answered = state.last.as_ref().map_or(0, |last| last.msg_id);
    if is_abort {
        state.phase = Phase::Over;
        state.unsaid.clear();
    } else {
        state.phase = Phase::Waiting;
    }
    match draft.nonce {
        // With 212 it is for the next session, with a challenge for the next message.
        Some(StatusCode::AUTHENTICATED) => {
            state.issued_nonce = session.account.server_nonce.replace(nonce.to_vec());
        }
        // With 200 it is for the next message, which no earlier nonce fits.
        Some(StatusCode::OK) => {
            state.issued_nonce = None;
            session.account.server_nonce = Some(nonce.to_vec());
        }
        Some(_) => state.issued_nonce = Some(nonce.to_vec()),
        None => {}
    }
    Ok(Some(outgoing(session, body)))
}

/// Whether the server takes any message at all.
pub(super) fn can_speak(session: &ClientSession) -> bool {
    let draft = Draft::begin(session, Detail::Least, &Default::default());
    draft.holds(&[], Some(AlertCode::SESSION_ABORT), true)
}

/// Whether these answers fit into one message that the server takes.
pub(super) fn fits(session: &ClientSession, answers: &[Answer]) -> bool {
    let sayings = answers
        .iter()
        .flat_map(|answer| Saying::of_answer(last_id(session), answer.clone()));
    let commands: Vec<Command> = (2..)
        .zip(sayings)
        .map(|(id, saying)| saying.command(id, saying.parts()))
        .collect();
    Draft::in_the_end(session).holds_all(&commands)
}

/// Whether a value fits into a message of its own that the server takes.
pub(super) fn takes(session: &ClientSession, cmd_ref: &str, value: &Value) -> bool {
    let results = Saying::Results {
        msg_ref: last_id(session),
        cmd_ref: cmd_ref.to_owned(),
        values: vec![value.clone()],
    };
    Draft::in_the_end(session).holds_all(&[results.command(2, 1)])
}

/// Whether all that has been found and is not said yet still fits, though the server may take less than before.
pub(super) fn still_fits(session: &ClientSession) -> bool {
    let draft = Draft::in_the_end(session);
    let is_taken = |saying: &Saying| match saying {
        Saying::Results { values, .. } => {
            let alone = |value: &Value| {
                let results = Saying::Results {
                    msg_ref: last_id(session),
                    cmd_ref: u32::MAX.to_string(),
                    values: vec![value.clone()],
                };
                draft.holds_all(&[results.command(2, 1)])
            };
            values.iter().all(alone)
        }
        Saying::Alert(_)
        | Saying::DevInfo(_)
        | Saying::Status { .. }
        | Saying::Tell { .. }
        | Saying::Raised { .. } => true,
    };
    session.state.unsaid.iter().all(is_taken)
}

fn last_id(session: &ClientSession) -> u32 {
    session.state.last.as_ref().map_or(0, |last| last.msg_id)
}

/// A message that grows up to what the server takes.
struct Draft {
    message: Message,
    form: Form,
    room: Room,
    /// The alert at its end.
    alert: Option<AlertCode>,
    /// The code of the header's Status, where a nonce goes with it. The one before it is used up, even where there is no room for it.
    nonce: Option<StatusCode>,
    /// How much of what waits is in it, and how many parts of what follows.
    whole: usize,
    parts: usize,
}

impl Draft {
    /// The header, and the Status of the server's unless it has been said.
    fn begin(session: &ClientSession, detail: Detail, nonce: &[u8; NONCE_LEN]) -> Self {
        let state = &session.state;
        let last = state
            .last
            .as_ref()
            .filter(|last| last.msg_id != state.answered);
        let nonce_for = last.and_then(|last| last.chal);
        let chal = nonce_for.filter(|_| {
            let is_for_later = last.is_some_and(|last| last.code == StatusCode::AUTHENTICATED);
            !is_for_later || detail != Detail::Least
        });
        let reference = |uri: &String| match detail {
            Detail::Full => vec![uri.clone()],
            Detail::NoRefs | Detail::Least => Vec::new(),
        };
        let status = last.map(|last| {
            Command::Status(Status {
                cmd_id: Some("1".to_owned()),
                msg_ref: Some(last.msg_id.to_string()),
                cmd_ref: Some("0".to_owned()),
                cmd: "SyncHdr".to_owned(),
                target_refs: reference(&last.target),
                source_refs: reference(&last.source),
                chal: chal.map(|scheme| challenge(scheme, nonce)),
                code: last.code,
                ..Status::default()
            })
        });
        let header = header(session);
        Self {
            form: Form::of_version(session.config.encoding, &header.ver_dtd),
            message: Message {
                header,
                commands: status.into_iter().collect(),
                is_final: true,
            },
            room: Room::of(&session.config.limits, state.peer_max_msg_size),
            alert: match state.phase {
                Phase::Aborting => Some(AlertCode::SESSION_ABORT),
                _ if state.more => Some(AlertCode::NEXT_MESSAGE),
                _ => None,
            },
            nonce: nonce_for
                .filter(|scheme| scheme.needs_nonce())
                .and(last.map(|last| last.code)),
            whole: 0,
            parts: 0,
        }
    }

    /// A later message of the session, whose number is longer, with nothing that could be left out.
    fn in_the_end(session: &ClientSession) -> Self {
        let mut draft = Self::begin(session, Detail::Least, &Default::default());
        let header = &mut draft.message.header;
        header.msg_id = header.msg_id.max(session.config.limits.messages);
        draft
    }

    /// The next message: with all detail, unless that leaves no room for what waits. Nothing where the server takes none.
    fn plan(session: &mut ClientSession, nonce: &[u8; NONCE_LEN]) -> Option<Self> {
        loop {
            for detail in Detail::ALL {
                let mut draft = Self::begin(session, detail, nonce);
                if draft.grow(session) {
                    return Some(draft);
                }
            }
            // What fits into no message is not said.
            let next = session.state.unsaid.pop_front()?;
            if let Some(rest) = next.split(1).1 {
                session.state.unsaid.push_front(rest);
            }
        }
    }

    /// Takes in as much as fits; tells whether that is a message, and one of use.
    fn grow(&mut self, session: &ClientSession) -> bool {
        let state = &session.state;
        let is_abort = state.phase == Phase::Aborting;
        let is_last = |said_all: bool| is_abort || (!state.more && said_all);
        let count = state.unsaid.len();
        let first = self.message.commands.len() + 1;
        let mut commands: Vec<Command> = Vec::new();
        if !self.holds(&[], self.alert, is_last(count == 0)) {
            return false;
        }
        self.whole = most(count, |count| {
            let known = commands.len();
            let more = (first..).zip(&state.unsaid).skip(known);
            commands.extend(
                more.take(count.saturating_sub(known))
                    .map(|(id, saying)| saying.command(id, saying.parts())),
            );
            let is_last = is_last(count == state.unsaid.len());
            self.holds(
                commands.get(..count).unwrap_or_default(),
                self.alert,
                is_last,
            )
        });
        commands.truncate(self.whole);
        let next = state.unsaid.get(self.whole);
        if let Some(next) = next.filter(|next| next.parts() > 1) {
            let id = first + commands.len();
            self.parts = most(next.parts() - 1, |parts| {
                commands.push(next.command(id, parts));
                let is_held = self.holds(&commands, self.alert, is_last(false));
                commands.pop();
                is_held
            });
            if self.parts > 0 {
                commands.push(next.command(id, self.parts));
            }
        }
        self.message.commands.append(&mut commands);
        self.message.is_final = is_last(self.whole == count);
        if let Some(alert) = self.alert {
            self.push_alert(alert);
        }
        is_abort || count == 0 || self.whole > 0 || self.parts > 0
    }

    fn push_alert(&mut self, code: AlertCode) {
        self.message.commands.push(Command::Alert(Alert {
            cmd_id: Some((self.message.commands.len() + 1).to_string()),
            code: Some(code),
            ..Alert::default()
        }));
    }

    /// Whether the server takes the message with these behind it.
    fn holds(&self, commands: &[Command], alert: Option<AlertCode>, is_final: bool) -> bool {
        let mut grown = Self {
            message: Message {
                header: self.message.header.clone(),
                commands: [&self.message.commands, commands].concat(),
                is_final,
            },
            form: self.form.clone(),
            ..*self
        };
        if let Some(alert) = alert {
            grown.push_alert(alert);
        }
        grown.room.holds(&grown.message, &grown.form)
    }

    fn holds_all(&self, commands: &[Command]) -> bool {
        self.holds(commands, self.alert, true)
    }
}

/// The message that is out, octet for octet.
fn again(session: &ClientSession) -> Result<Outgoing> {
    let credential = session.config.account.client.credential();
    let body = session
        .state
        .out
        .as_ref()
        .map(|out| out.body(credential))
        .transpose()?
        .unwrap_or_default();
    Ok(outgoing(session, body))
}

fn outgoing(session: &ClientSession, body: Vec<u8>) -> Outgoing {
    let url = session
        .state
        .resp_uri
        .as_ref()
        .unwrap_or(&session.config.url)
        .clone();
    Outgoing {
        body,
        content_type: session.config.encoding.media_type(),
        hmac: session.state.out.as_ref().and_then(|out| out.hmac.clone()),
        url: Some(url),
        done: session.state.phase == Phase::Over,
        repeated: false,
        too_large: Vec::new(),
        unsupported: Vec::new(),
    }
}

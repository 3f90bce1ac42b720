//! The reply: Status for all that was received, then what fits of what the host has queued.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::auth::challenge;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::command::Shape;
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Chal, Command, Form, Header, Item, Location, Message, Status};
use crate::uri;

use super::identify::TOKEN;
use super::state::{Challenge, ClientProof, Due, Handled, Next, Phase, Sent, Turn};
use super::{Binding, ServerSession};

pub(super) fn respond(session: &mut ServerSession, env: &Env<'_>) -> Result<Outgoing> {
    match &session.turn {
        Turn::Rest => Err(Error::state("no reply is due").expecting("receive first")),
        Turn::Repeated(body) => {
            let last = session.state.last.as_ref();
            let encoding = last.map_or_else(Default::default, |last| last.reply.encoding);
            let done = last.is_some_and(|last| last.done);
            let outgoing = Outgoing {
                body: body.clone(),
                content_type: encoding.media_type(),
                url: None,
                done,
                repeated: true,
                too_large: Vec::new(),
                unsupported: Vec::new(),
            };
            session.turn = Turn::Rest;
            Ok(outgoing)
        }
        Turn::Due(due) => {
            let unsupported = match due.next {
                Next::Commands if !session.state.abort => session.state.set_aside(),
                _ => Vec::new(),
            };
            let reply = Reply::plan(session, due, env);
            let (kept, body) = Kept::write(&reply.message, &due.form)?;
            let content_type = due.form.encoding().media_type();
            let done = reply.done;
            let too_large = reply.too_large.clone();
            apply(session, reply, kept);
            Ok(Outgoing {
                body,
                content_type,
                url: None,
                done,
                repeated: false,
                too_large,
                unsupported,
            })
        }
    }
}

/// A reply and what the session is to become by it.
struct Reply {
    message: Message,
    done: bool,
    client_nonce: Option<Vec<u8>>,
    client: Option<ClientProof>,
    /// How many commands of the queue are used up: sent, or set aside because no message could hold them.
    taken: usize,
    sent: Vec<Sent>,
    too_large: Vec<u32>,
}

impl Reply {
    fn plan(session: &ServerSession, due: &Due, env: &Env<'_>) -> Self {
        let nonce = match due.chal {
            Challenge::Fresh(scheme) if scheme.needs_nonce() => Some(env.nonce().to_vec()),
            Challenge::Fresh(_) | Challenge::Again(_) | Challenge::None => None,
        };
        let issued = nonce
            .as_deref()
            .or(session.account.client_nonce.as_deref())
            .unwrap_or_default();
        let chal = match due.chal {
            Challenge::None => None,
            Challenge::Fresh(scheme) | Challenge::Again(scheme) => Some(challenge(scheme, issued)),
        };
        let known = match &session.state.client {
            ClientProof::Proven { token, .. } => *token,
            ClientProof::Open { .. } => None,
        };
        let token = (session.config.binding == Binding::RespUri)
            .then(|| known.unwrap_or_else(|| env.token()));
        let client = due.newly_proven.as_ref().map(|proof| ClientProof::Proven {
            cred: proof.cred,
            token,
            peer: proof.peer.clone(),
        });
        let mut reply = Self {
            message: Message {
                header: header(session, due, client.as_ref()),
                commands: Vec::new(),
                is_final: true,
            },
            done: false,
            client_nonce: nonce,
            client,
            taken: 0,
            sent: Vec::new(),
            too_large: Vec::new(),
        };
        reply.statuses(due, chal);
        match due.next {
            _ if session.state.abort => reply.alert(AlertCode::SESSION_ABORT),
            Next::Abort => reply.alert(AlertCode::SESSION_ABORT),
            Next::More => {
                reply.alert(AlertCode::NEXT_MESSAGE);
                reply.message.is_final = false;
            }
            Next::Commands => reply.commands(session, &due.form.at_its_longest()),
            Next::Challenge | Next::End => {}
        }
        let goes_on = match due.next {
            Next::More | Next::Challenge => true,
            Next::Commands => !reply.sent.is_empty(),
            Next::Abort | Next::End => false,
        };
        reply.done = !due.is_stranger && (session.state.abort || !goes_on);
        reply
    }

    fn next_id(&self) -> String {
        (self.message.commands.len() + 1).to_string()
    }

    /// The Status of the header, then one for each command, in their order.
    fn statuses(&mut self, due: &Due, chal: Option<Chal>) {
        let (code, spoken) = &due.header;
        let status = Status {
            cmd_id: Some(self.next_id()),
            msg_ref: Some(due.msg_id.to_string()),
            cmd_ref: Some("0".to_owned()),
            cmd: "SyncHdr".to_owned(),
            target_refs: vec![due.server.uri.clone()],
            source_refs: vec![due.device.uri.clone()],
            chal,
            code: *code,
            items: spoken.iter().map(Item::text).collect(),
            ..Status::default()
        };
        self.message.commands.push(Command::Status(status));
        for pending in &due.statuses {
            let verdicts = due
                .verdicts
                .iter()
                .filter(|verdict| pending.alerts.contains(&verdict.id));
            let status = Status {
                cmd_id: Some(self.next_id()),
                msg_ref: Some(due.msg_id.to_string()),
                cmd_ref: Some(pending.cmd_ref.clone()),
                cmd: pending.cmd.clone(),
                code: verdicts
                    .map(|verdict| verdict.code)
                    .fold(pending.code, StatusCode::max),
                ..Status::default()
            };
            self.message.commands.push(Command::Status(status));
        }
    }

    fn alert(&mut self, code: AlertCode) {
        let alert = Alert {
            cmd_id: Some(self.next_id()),
            code: Some(code),
            ..Alert::default()
        };
        self.message.commands.push(Command::Alert(alert));
    }

    /// As many commands as fit into what the device takes, in their order.
    fn commands(&mut self, session: &ServerSession, form: &Form) {
        let state = &session.state;
        let cap = state.peer_max_msg_size.unwrap_or(u32::MAX) as usize;
        let mut room = cap.saturating_sub(len(&self.message, form));
        let empty = Message {
            commands: Vec::new(),
            ..self.message.clone()
        };
        let overhead = len(&empty, form);
        let mut next = u32::try_from(self.message.commands.len() + 1).unwrap_or(u32::MAX);
        for (number, command) in &state.queue {
            let (mut after, mut shapes) = (next, Vec::new());
            let numbered = command.number(&mut after, &mut Vec::new(), &mut shapes);
            let alone = Message {
                commands: vec![numbered],
                ..empty.clone()
            };
            let size = len(&alone, form).saturating_sub(overhead);
            if size > room {
                if self.sent.is_empty() {
                    self.too_large.push(*number);
                    self.taken += 1;
                    continue;
                }
                break;
            }
            room -= size;
            next = after;
            self.taken += 1;
            self.message.commands.extend(alone.commands);
            let msg_id = self.message.header.msg_id;
            self.sent
                .extend(shapes.into_iter().map(|shape| sent(msg_id, *number, shape)));
        }
    }
}

fn sent(msg_id: u32, command: u32, shape: Shape) -> Sent {
    let answered = vec![false; shape.uris.len().max(1)];
    Sent {
        msg_id,
        command,
        shape,
        answered,
    }
}

/// Octets of a message; whatever cannot be written cannot have been pushed.
fn len(message: &Message, form: &Form) -> usize {
    message
        .encode_as(form)
        .map_or(usize::MAX, |body| body.len())
}

fn header(session: &ServerSession, due: &Due, client: Option<&ClientProof>) -> Header {
    let state = &session.state;
    let token = match client.unwrap_or(&state.client) {
        ClientProof::Proven { token, .. } if !due.is_stranger => token.as_ref(),
        ClientProof::Proven { .. } | ClientProof::Open { .. } => None,
    };
    Header {
        ver_dtd: due.versions.0.clone(),
        ver_proto: due.versions.1.clone(),
        session_id: due.session_id.clone(),
        msg_id: state.msg_id.saturating_add(1),
        target: Location::of(due.device.uri.as_str()),
        source: Location {
            uri: due.server.uri.clone(),
            name: due.user.clone(),
            ..Location::default()
        },
        resp_uri: token.map(|token| {
            uri::with_parameter(
                &session.config.url,
                TOKEN,
                &Base64UrlUnpadded::encode_string(token),
            )
        }),
        cred: due.cred.clone(),
        max_msg_size: session.config.max_msg_size,
        ..Header::default()
    }
}

fn apply(session: &mut ServerSession, reply: Reply, kept: Kept) {
    let Turn::Due(due) = std::mem::replace(&mut session.turn, Turn::Rest) else {
        return;
    };
    let state = &mut session.state;
    state.msg_id = reply.message.header.msg_id;
    if let Some(nonce) = reply.client_nonce {
        session.account.client_nonce = Some(nonce);
    }
    if due.is_stranger {
        return;
    }
    state.told_msg_id = state.msg_id;
    if let Some(client) = reply.client {
        state.client = client;
    }
    let taken = state.queue.drain(..reply.taken.min(state.queue.len()));
    let in_flight: Vec<_> = taken
        .filter(|(number, _)| !reply.too_large.contains(number))
        .collect();
    state.in_flight = in_flight;
    state.sent.extend(reply.sent);
    state.phase = if reply.done { Phase::Over } else { Phase::Open };
    state.abort = false;
    state.last = Some(Handled {
        msg_id: due.msg_id,
        body: due.body,
        reply: kept,
        done: reply.done,
    });
}

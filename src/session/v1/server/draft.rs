//! A reply as it grows: its header, the Status of the header it answers, and as much behind them as the device takes.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::auth::{Scheme, challenge};
use crate::env::NONCE_LEN;
use crate::session::command::Shape;
use crate::session::v1::room::{Detail, Room, about, most, new_alert};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Chal, Command, Form, Header, Item, Location, Message, Pieces, Status};
use crate::uri;

use super::chunks::Told;
use super::identify::TOKEN;
use super::state::{Challenge, ChunkSent, ClientProof, Due, Owed, Sent};
use super::waiting::Waiting;
use super::{Binding, ServerSession};

/// About how many octets the header of a reply takes.
const HEADER: usize = 512;

/// What a reply begins with, and what the session is to become by that.
#[derive(Clone)]
pub(super) struct Opening {
    header: Header,
    chal: Option<Chal>,
    /// What goes with a Status by which the host asks for credentials.
    asked: Chal,
    pub(super) client_nonce: Option<Vec<u8>>,
    pub(super) client: Option<ClientProof>,
}

impl Opening {
    pub(super) fn of(
        session: &ServerSession,
        due: &Due,
        nonce: &[u8; NONCE_LEN],
        token: &[u8; NONCE_LEN],
    ) -> Self {
        let client_nonce = match due.chal {
            Challenge::Fresh(scheme) if scheme.needs_nonce() => Some(nonce.to_vec()),
            Challenge::Fresh(_) | Challenge::Again(_) | Challenge::None => None,
        };
        let issued = client_nonce
            .as_deref()
            .or(session.account.client_nonce.as_deref())
            .unwrap_or_default();
        let chal = match due.chal {
            Challenge::None => None,
            Challenge::Fresh(scheme) | Challenge::Again(scheme) => Some(challenge(scheme, issued)),
        };
        let proven = match (&due.newly_proven, &session.state.client) {
            (Some(proof), _) => proof.scheme,
            (None, ClientProof::Proven { scheme, .. }) => *scheme,
            (None, ClientProof::Open { .. }) => None,
        };
        let strangers = session.config.strangers.first().copied();
        let asked = challenge(
            proven.or(strangers).unwrap_or(Scheme::Md5),
            if issued.is_empty() { nonce } else { issued },
        );
        let known = match &session.state.client {
            ClientProof::Proven { token, .. } => *token,
            ClientProof::Open { .. } => None,
        };
        let token = (session.config.binding == Binding::RespUri).then(|| known.unwrap_or(*token));
        let client = due.newly_proven.as_ref().map(|proof| ClientProof::Proven {
            scheme: proof.scheme,
            cred: proof.cred,
            token,
            peer: proof.peer.clone(),
        });
        Self {
            header: header(session, due, client.as_ref()),
            chal,
            asked,
            client_nonce,
            client,
        }
    }
}

/// What of that which waited goes with a reply.
#[derive(Default)]
pub(super) struct Said {
    /// Statuses besides that of the header.
    pub(super) statuses: usize,
    /// How many commands of the queue are used up: sent, or set aside because no message could hold them.
    pub(super) taken: usize,
    pub(super) sent: Vec<Sent>,
    pub(super) too_large: Vec<u32>,
    /// A command waits that fits the next message, though not this one.
    pub(super) makes_room: bool,
    /// The chunk at its end, if more follow.
    pub(super) chunk: Option<ChunkSent>,
    /// What the command behind those becomes that are used up, a part of which is said.
    pub(super) rest: Option<Waiting>,
    /// The items of it that are said as a command of their own.
    pub(super) before: Option<Waiting>,
}

/// A message that grows up to what the device takes.
pub(super) struct Draft {
    pub(super) message: Message,
    pub(super) has_chal: bool,
    asked: Chal,
    pub(super) form: Form,
    pub(super) room: Room,
    /// Whether what seems to have ample room is taken to fit, because the whole is weighed in the end.
    pub(super) trusts: bool,
}

impl Draft {
    /// The header and the Status of the device's.
    pub(super) fn begin(
        session: &ServerSession,
        due: &Due,
        opening: &Opening,
        detail: Detail,
    ) -> Self {
        let (code, spoken) = &due.header;
        let is_for_later = *code == StatusCode::AUTHENTICATED && detail == Detail::Least;
        let chal = opening.chal.clone().filter(|_| !is_for_later);
        let reference = |uri: &String| match detail {
            Detail::Full => vec![uri.clone()],
            Detail::NoRefs | Detail::Least => Vec::new(),
        };
        let has_chal = chal.is_some();
        let status = Status {
            cmd_id: Some("1".to_owned()),
            msg_ref: Some(due.msg_id.to_string()),
            cmd_ref: Some("0".to_owned()),
            cmd: "SyncHdr".to_owned(),
            target_refs: reference(&due.server.uri),
            source_refs: reference(&due.device.uri),
            chal: chal.map(Box::new),
            code: *code,
            items: spoken.iter().map(Item::text).collect(),
            ..Status::default()
        };
        Self {
            message: Message {
                header: opening.header.clone(),
                commands: vec![Command::Status(status)],
                is_final: true,
            },
            has_chal,
            asked: opening.asked.clone(),
            form: due.form.clone(),
            room: room(session, due),
            trusts: false,
        }
    }

    pub(super) fn next_id(&self) -> u32 {
        u32::try_from(self.message.commands.len() + 1).unwrap_or(u32::MAX)
    }

    /// The message as it is written, where the device takes it.
    pub(super) fn written(&self) -> Option<Vec<u8>> {
        self.room.written(&self.message, &self.form)
    }

    /// Whether the device takes the message with these behind it.
    pub(super) fn holds(
        &self,
        commands: &[Command],
        alert: Option<AlertCode>,
        is_final: bool,
    ) -> bool {
        if self.trusts {
            let encoding = self.form.encoding();
            let octets: usize = commands.iter().map(|new| about(new, encoding)).sum();
            if octets + octets / 4 <= self.left_about() {
                return true;
            }
        }
        let count = self.message.commands.len() + commands.len();
        let alert = alert.map(|code| new_alert(count + 1, code));
        let left = self.left(&[commands, alert.as_slice()], is_final);
        left.is_some_and(|left| left >= 0)
    }

    /// How many octets more the device takes than the message with these behind it.
    pub(super) fn left(&self, commands: &[&[Command]; 2], is_final: bool) -> Option<i64> {
        let [first, second] = *commands;
        let message = Pieces {
            header: &self.message.header,
            commands: &[&self.message.commands, first, second],
            is_final,
        };
        self.room.left(message, &self.form)
    }

    /// Says which object was broken off, as far as there is room for that.
    pub(super) fn no_end(&mut self, due: &Due) {
        let Some((target, source)) = &due.broken else {
            return;
        };
        let place = |uri: &Option<String>| uri.clone().map(Location::of);
        let item = Item {
            target: place(target),
            source: place(source),
            ..Item::default()
        };
        let before = self.message.commands.len();
        for items in [vec![item], Vec::new()] {
            self.alert(AlertCode::NO_END_OF_DATA);
            if let Some(Command::Alert(alert)) = self.message.commands.last_mut() {
                alert.items = items;
            }
            if self.written().is_some() {
                return;
            }
            self.message.commands.truncate(before);
        }
    }

    /// How many commands stand ahead of the Statuses of the device's commands.
    pub(super) fn opening_len(&self) -> usize {
        let is_no_end = |command: &&Command| matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NO_END_OF_DATA));
        1 + usize::from(self.message.commands.get(1).filter(is_no_end).is_some())
    }

    pub(super) fn alert(&mut self, code: AlertCode) {
        let alert = new_alert(self.message.commands.len() + 1, code);
        self.message.commands.push(alert);
    }

    /// About how many octets there is room for.
    fn left_about(&self) -> usize {
        let own = self.message.commands.iter();
        let taken: usize = own.map(|own| about(own, self.form.encoding())).sum();
        self.room.octets().saturating_sub(HEADER + taken)
    }

    /// Says as many Statuses as fit ahead of the alert, and how many these are. The message is the last of its package where all of them fit
    /// and no alert asks for the next one, or where it is the last of the session.
    pub(super) fn statuses(
        &mut self,
        owed: &[Owed],
        alert: Option<AlertCode>,
        is_last: bool,
    ) -> usize {
        let next = self.next_id();
        let mut statuses: Vec<Command> = Vec::new();
        // One is like the other.
        let first = owed
            .first()
            .map(|first| Command::Status(status(next, first, &self.asked)));
        let one = first.map_or(1, |first| about(&first, self.form.encoding()));
        let guess = self.left_about() / one;
        let said = most(owed.len(), guess, |count| {
            let known = statuses.len();
            let more = (next..).zip(owed).skip(known);
            statuses.extend(
                more.take(count.saturating_sub(known))
                    .map(|(id, owed)| Command::Status(status(id, owed, &self.asked))),
            );
            let is_final = is_last || (alert.is_none() && count == owed.len());
            self.holds(statuses.get(..count).unwrap_or_default(), alert, is_final)
        });
        statuses.truncate(said);
        self.message.commands.append(&mut statuses);
        said
    }

    /// As many commands as fit, in their order. What fits into no message goes in chunks or, where it cannot be cut, is set aside.
    pub(super) fn commands(&mut self, session: &ServerSession, said: &mut Said) {
        let state = &session.state;
        let is_least = match self.message.commands.first() {
            Some(Command::Status(status)) => {
                status.target_refs.is_empty() && status.source_refs.is_empty()
            }
            _ => true,
        };
        let is_bare = is_least
            && said.statuses <= 1
            && (state.made_room || (!self.has_chal && self.message.header.cred.is_none()));
        let bare = self.bare();
        let most = self.room.octets();
        let mut first = self.next_id();
        while let Some(waiting) = state.queue.get(said.taken) {
            if waiting.cut.is_none() {
                self.whole_commands(session, said, &mut first);
            }
            let Some(waiting) = state.queue.get(said.taken) else {
                return;
            };
            let fits_alone = waiting.cut.is_none() && {
                let (mut next, mut shapes) = (first, Vec::new());
                let command = waiting.number(most, &state.parts, &mut next, &mut shapes);
                command.is_some_and(|command| bare.holds_one(&command))
            };
            // Where no message will have more room than this one, it goes in chunks after all.
            let is_whole = fits_alone && !(is_bare && said.sent.is_empty());
            let is_cut = !is_whole && {
                let told = self.tell_chunk(session, waiting, said);
                match told {
                    Told::Chunk | Told::Before => return,
                    Told::Whole => {
                        said.taken += 1;
                        let last = said.sent.last().map(|sent| sent.shape.cmd_id + 1);
                        first = last.unwrap_or(first);
                        continue;
                    }
                    Told::Nothing => bare.can_begin(session, waiting),
                }
            };
            if fits_alone || is_cut {
                if !said.sent.is_empty() {
                    return;
                }
                if !is_bare {
                    said.makes_room = true;
                    return;
                }
            }
            said.too_large.push(waiting.number);
            said.taken += 1;
        }
    }

    /// As many commands as fit, up to one that is told in chunks already.
    fn whole_commands(&mut self, session: &ServerSession, said: &mut Said, first: &mut u32) {
        let state = &session.state;
        let octets = self.room.octets();
        let (mut numbered, mut next) = (Vec::new(), *first);
        let more = state.queue.iter().skip(said.taken).map_while(|waiting| {
            let mut shapes = Vec::new();
            let command = waiting.number(octets, &state.parts, &mut next, &mut shapes);
            let command = command.filter(|_| waiting.cut.is_none())?;
            numbered.push((waiting.number, shapes, next));
            Some(command)
        });
        let mut more = more.fuse();
        let (mut commands, mut guess, mut left) = (Vec::new(), 0, self.left_about());
        for command in more.by_ref() {
            let rest = left.checked_sub(about(&command, self.form.encoding()));
            commands.push(command);
            let Some(rest) = rest else { break };
            (guess, left) = (commands.len(), rest);
        }
        let waiting = state.queue.len() - said.taken;
        let count = most(waiting, guess, |count| {
            let missing = count.saturating_sub(commands.len());
            commands.extend(more.by_ref().take(missing));
            let commands = commands.get(..count);
            commands.is_some_and(|commands| self.holds(commands, None, true))
        });
        drop(more);
        commands.truncate(count);
        self.message.commands.append(&mut commands);
        said.taken += count;
        let msg_id = self.message.header.msg_id;
        for (number, shapes, next) in numbered.into_iter().take(count) {
            let sent_now = shapes.into_iter().map(|shape| sent(msg_id, number, shape));
            said.sent.extend(sent_now);
            *first = next;
        }
    }

    /// The next message with nothing in it that it may do without. The device asks for it, and that alert has its Status.
    pub(super) fn bare(&self) -> Self {
        let header = Header {
            cred: None,
            ..self.message.header.clone()
        };
        let of_header = self.message.commands.first().map(|command| match command {
            Command::Status(status) => Command::Status(Status {
                chal: None,
                target_refs: Vec::new(),
                source_refs: Vec::new(),
                ..status.clone()
            }),
            other => other.clone(),
        });
        let alert = Command::Status(status(
            2,
            &Owed {
                msg_ref: self.message.header.msg_id.saturating_add(1),
                cmd_ref: "2".to_owned(),
                cmd: "Alert".to_owned(),
                code: StatusCode::OK,
                asks: false,
            },
            &self.asked,
        ));
        Self {
            message: Message {
                header,
                commands: of_header.into_iter().chain([alert]).collect(),
                is_final: true,
            },
            has_chal: false,
            asked: self.asked.clone(),
            form: self.form.clone(),
            room: self.room,
            trusts: false,
        }
    }
}

fn status(cmd_id: u32, owed: &Owed, asked: &Chal) -> Status {
    Status {
        cmd_id: Some(cmd_id.to_string()),
        msg_ref: Some(owed.msg_ref.to_string()),
        cmd_ref: Some(owed.cmd_ref.clone()),
        cmd: owed.cmd.clone(),
        chal: owed.asks.then(|| asked.clone().into()),
        code: owed.code,
        ..Status::default()
    }
}

pub(super) fn sent(msg_id: u32, command: u32, shape: Shape) -> Sent {
    let answered = vec![false; shape.uris.len().max(1)];
    Sent {
        msg_id,
        command,
        shape,
        answered,
    }
}

/// What the device takes.
fn room(session: &ServerSession, due: &Due) -> Room {
    let limits = &session.config.limits;
    let announced = due.announced.filter(|size| *size >= limits.min_msg_size);
    let peer = announced.or(session.state.peer_max_msg_size);
    Room::of(limits, peer)
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
        max_obj_size: session.config.max_obj_size,
        ..Header::default()
    }
}

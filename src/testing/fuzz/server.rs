//! The body for the server's session: octets are what a device and the host say, with rests in between.

use crate::auth::{Account, Party};
use crate::env::Env;
use crate::error::{Code, Result};
use crate::session::{
    Binding, Interaction, NewCommand, NewItem, Saved, ServerConfig, ServerEvent, ServerSession,
    UiCommand, UiOptions,
};
use crate::syncml::{Data, Format};

use super::letter::{Side, Talk, URL, account, limits, max_obj_size, tells};
use super::octets::{Octets, pick};

/// Steps that an input may take: more of them find less.
const MOST_STEPS: usize = 32;

/// Octets that a session takes at rest beside what it was told.
const MOST_SAVED: usize = 16 << 10;

/// A server and its host.
pub(super) struct Desk {
    pub(super) session: ServerSession,
    /// The same session, restored from what was saved.
    twin: Option<ServerSession>,
    pub(super) config: ServerConfig,
    pub(super) account: Account,
    talk: Talk,
    /// Octets of objects that others leave for it.
    room: u64,
    pushed: usize,
    steps: usize,
}

/// Whatever a device says, in whatever order: what fails changes nothing, what is saved is what is there, and no reply is longer than the
/// device takes.
pub fn server_session(input: &[u8]) {
    if tells(input) {
        return;
    }
    let octets = &mut Octets::of(input);
    let mut desk = Desk::new(octets);
    for _ in 0..MOST_STEPS {
        if octets.is_empty() {
            break;
        }
        desk.step(octets);
    }
}

impl Desk {
    pub(super) fn new(octets: &mut Octets<'_>) -> Self {
        let (of, bounds, sizes) = (octets.next(), octets.next(), octets.next());
        let account = account(of);
        let is_transport = matches!(account.client, Party::Transport);
        let config = ServerConfig {
            accept_mo: None,
            server_id: account.server_id.clone(),
            url: URL.to_owned(),
            binding: match of >> 2 & 3 {
                0 if !is_transport => Binding::PerMessage,
                1 if !is_transport => Binding::RespUri,
                _ => Binding::Transport,
            },
            strangers: Vec::new(),
            alert_types: vec!["org.x".to_owned()],
            max_msg_size: (sizes & 8 != 0).then_some(4_000),
            max_obj_size: max_obj_size(sizes),
            limits: limits(bounds),
        };
        Self {
            session: ServerSession::new(config.clone()),
            twin: None,
            config,
            account,
            talk: Talk::new(Side::Device),
            room: u64::MAX,
            pushed: 0,
            steps: 0,
        }
    }

    pub(super) fn step(&mut self, octets: &mut Octets<'_>) {
        let kind = octets.next();
        self.steps += 1;
        match kind % 16 {
            0..=5 => {
                let body = self.talk.next(octets);
                if self.receive(&body) && kind & 16 == 0 {
                    self.respond();
                }
            }
            6..=8 => self.push(octets),
            9 => {
                let number = (kind >> 4) as u32;
                self.both(|session| session.cancel(number));
            }
            10 => {
                let status = pick(&[200, 202, 401, 406, 500, 99], kind >> 4);
                let answered = self.both(|session| session.answer(0, status));
                self.check_error(answered.err());
            }
            11 => self.respond(),
            12 => {
                if let Ok(saved) = self.session.save() {
                    self.twin = Some(self.restored(&saved));
                }
            }
            13 => self.change(octets),
            14 => {
                self.room = pick(&[0, 50, 500, u64::MAX], kind >> 4);
                let room = self.room;
                self.both(|session| session.set_room(room));
            }
            _ if kind >= 192 => {
                let events = self.both(|session| session.abort(Some("why".to_owned())));
                assert!(events.len() <= MOST_SAVED);
            }
            _ => self.respond(),
        }
        self.check();
    }

    /// Does something to the session, and to the one that was restored: the same comes of it.
    fn both<T: PartialEq>(&mut self, mut step: impl FnMut(&mut ServerSession) -> T) -> T {
        let done = step(&mut self.session);
        if let Some(twin) = &mut self.twin {
            assert!(step(twin) == done, "a restored session is another");
        }
        done
    }

    fn restored(&self, saved: &Saved) -> ServerSession {
        match ServerSession::restore(saved, self.config.clone()) {
            Ok(mut restored) => {
                restored.set_room(self.room);
                assert!(restored.save().as_ref() == Ok(saved), "saved otherwise");
                assert_eq!(restored.object_bytes(), self.session.object_bytes());
                restored
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Comes back under other limits and with another size of objects.
    fn change(&mut self, octets: &mut Octets<'_>) {
        let (bounds, sizes) = (octets.next(), octets.next());
        if let Ok(saved) = self.session.save() {
            // What is in it already stays in it.
            let held = u32::try_from(self.session.object_bytes()).unwrap_or(u32::MAX);
            self.config.limits = limits(bounds);
            let most = &mut self.config.limits.object_bytes;
            *most = held.max(*most);
            self.config.max_obj_size = max_obj_size(sizes);
            self.session = self.restored(&saved);
            self.twin = None;
        }
    }

    fn receive(&mut self, body: &[u8]) -> bool {
        let before = self.session.save();
        let held = self.session.object_bytes();
        let talk = self.talk.clone();
        let received = talk.received(body);
        let account = self.account.clone();
        let result = self.both(|session| session.receive(&received, Some(&account)));
        match result {
            Ok(events) => {
                let now = self.session.object_bytes();
                let most = held.saturating_add(self.room);
                assert!(now <= most, "{now} octets, more than {most}");
                self.talk
                    .check_hidden(format!("{events:?}").as_bytes(), true);
                let is_other = |event: &ServerEvent| {
                    matches!(
                        event,
                        ServerEvent::Unauthenticated { .. } | ServerEvent::Repeated
                    )
                };
                if events != [ServerEvent::Repeated] {
                    self.talk.heeded(body);
                }
                if !events.iter().any(is_other) {
                    self.talk.believed(body);
                }
                true
            }
            Err(error) => {
                assert!(self.session.save() == before, "an error changes something");
                self.check_error(Some(error));
                false
            }
        }
    }

    fn respond(&mut self) {
        let entropy = [self.steps as u8; Env::ENTROPY_LEN];
        let now = (self.steps as u64) << (self.steps & 31);
        let out = self.both(|session| session.respond(&Env::new(now, &entropy)?));
        match out {
            Ok(out) => {
                self.talk.check_hidden(&out.body, false);
                self.talk.check_hidden(format!("{out:?}").as_bytes(), true);
                self.talk.hear(&out.body, &self.config.limits);
                if let Ok(saved) = self.session.save() {
                    self.account.state = saved.account;
                }
            }
            Err(error) => {
                assert_eq!(error.code(), Code::State, "{error}");
            }
        }
    }

    fn push(&mut self, octets: &mut Octets<'_>) {
        let (command, length) = command(octets, 2);
        let before = self.session.save();
        let number: Result<u32> = self.both(|session| session.push(command.clone()));
        match number {
            Ok(_) => self.pushed += length,
            Err(error) => {
                assert!(self.session.save() == before, "an error changes something");
                self.check_error(Some(error));
            }
        }
    }

    fn check_error(&self, error: Option<crate::error::Error>) {
        if let Some(error) = error {
            self.talk
                .check_hidden(format!("{error} {error:?}").as_bytes(), true);
        }
    }

    /// What holds behind each step.
    fn check(&self) {
        let held = self.session.object_bytes();
        assert!(
            held <= u64::from(self.config.limits.object_bytes),
            "{held} octets of objects"
        );
        self.talk
            .check_hidden(format!("{:?}", self.session).as_bytes(), true);
        let saved = match self.session.save() {
            Ok(saved) => saved,
            Err(error) => return assert_eq!(error.code(), Code::State, "{error}"),
        };
        let in_parts: usize = saved.parts.iter().map(|part| part.bytes.len()).sum();
        assert_eq!(in_parts as u64, held);
        let most = MOST_SAVED + 8 * (self.talk.octets + self.pushed);
        assert!(
            saved.state.len() <= most,
            "{} octets at rest",
            saved.state.len()
        );
        self.talk.check_hidden(&saved.state, true);
        drop(self.restored(&saved));
        if let Some(twin) = &self.twin {
            assert!(
                twin.save().as_ref() == Ok(&saved),
                "a restored session is another"
            );
        }
    }
}

/// A command of the host, and how much it says.
fn command(octets: &mut Octets<'_>, depth: usize) -> (NewCommand, usize) {
    let kind = octets.next();
    let uri = || pick(&["./A", "./Big", "./N", "?"], kind >> 4).to_owned();
    let mut length = 200;
    let mut data = |octets: &mut Octets<'_>| {
        let choice = octets.next();
        let count = pick(&[0, 1, 30, 600, 1_500, 4_000], choice);
        length += 4 * count;
        match choice >> 6 {
            0 => Data::Text("x<".repeat(count)),
            1 => Data::Text("é".repeat(count)),
            2 => Data::Octets(vec![choice as u8; count]),
            _ => Data::Markup(format!("<a>{}</a>", "y".repeat(count))),
        }
    };
    let mut items = |octets: &mut Octets<'_>| {
        let count = 1 + octets.next() / 100;
        let mut item = |octets: &mut Octets<'_>| NewItem {
            uri: uri(),
            data: Some(data(octets)),
            format: pick(&[None, Some(Format::Bin), Some(Format::B64)], kind >> 2),
            mime: None,
        };
        (0..count).map(|_| item(octets)).collect()
    };
    let command = match kind % 8 {
        0 => NewCommand::Get(vec![uri()]),
        1 | 2 => NewCommand::Replace(items(octets)),
        3 => NewCommand::Add(items(octets)),
        4 => NewCommand::Exec {
            report_to: None,
            uri: uri(),
            data: Some(data(octets)),
            format: None,
            mime: None,
            correlator: Some("c".to_owned()),
        },
        5 => NewCommand::Interaction(UiCommand {
            interaction: Interaction::Confirm,
            text: "a".to_owned(),
            options: UiOptions::default(),
        }),
        _ if depth == 0 => NewCommand::Delete(vec![uri()]),
        _ => {
            let count = octets.next() % 4;
            let mut group = Vec::new();
            for _ in 0..count {
                let (command, inside) = command(octets, depth - 1);
                length += inside;
                group.push(command);
            }
            match kind % 8 {
                6 => NewCommand::Atomic(group),
                _ => NewCommand::Sequence(group),
            }
        }
    };
    (command, length)
}

//! The body for the client's session: octets are what a server and the host say, with rests in between.

use crate::auth::Party;
use crate::env::Env;
use crate::error::{Code, Error, Result};
use crate::session::{
    ClientAlert, ClientConfig, ClientEvent, ClientSession, InteractionKind, Outcome, Saved,
    Trigger, Version,
};
use crate::status::AlertCode;
use crate::syncml::{Data, Encoding, Format};
use crate::tree::{Acl, Node, Owner, Tree};

use super::letter::{DEVICE, Side, Talk, URL, account, limits, max_obj_size, tells};
use super::octets::{Octets, pick};

/// Steps that an input may take: more of them find less.
const MOST_STEPS: usize = 32;

/// Octets that a session takes at rest beside what it was told.
const MOST_SAVED: usize = 16 << 10;

/// Octets of the largest value of the tree.
const LARGE: usize = 3_000;

/// A device and its host.
pub(super) struct Device {
    pub(super) session: ClientSession,
    /// The same session, restored from what was saved, with its tree.
    twin: Option<(ClientSession, Tree)>,
    pub(super) config: ClientConfig,
    pub(super) tree: Tree,
    talk: Talk,
    /// The ticket that is open.
    ticket: Option<u32>,
    /// Octets of objects that others leave for it.
    room: u64,
    raised: usize,
    steps: usize,
}

/// Whatever a server says, in whatever order: what fails changes neither session nor tree, what is saved is what is there, and no message is
/// longer than the server takes.
pub fn client_session(input: &[u8]) {
    if tells(input) {
        return;
    }
    let octets = &mut Octets::of(input);
    let mut device = Device::new(octets);
    for _ in 0..MOST_STEPS {
        if octets.is_empty() {
            break;
        }
        device.step(octets);
    }
}

/// A tree with values of the device's own and of its host.
fn start() -> Result<Tree> {
    let mut tree = Tree::new(&limits(0));
    let leaf = |format, data| Node::leaf(format, None, Some(data));
    let text = |text: String| leaf(Format::Chr, Data::Text(text));
    let all = Acl::parse("Add=*&Delete=*&Exec=*&Get=*&Replace=*").unwrap_or_default();
    tree.set(".", Node::interior(None).with_acl(all))?;
    let made = [
        ("./DevInfo/DevId", text(DEVICE.to_owned())),
        ("./DevInfo/Man", text("m".to_owned())),
        ("./A", text("a".to_owned())),
        ("./Big", text("<é".repeat(LARGE / 3))),
        ("./Bin", leaf(Format::Bin, Data::Octets(vec![7; LARGE]))),
        (
            "./H",
            text("h".to_owned()).map(|node| node.owned_by(Owner::Host)),
        ),
    ];
    for (uri, node) in made {
        let node = node.map_err(|_| Error::arg("no leaf"))?;
        tree.set(uri, node)?;
    }
    Ok(tree)
}

impl Device {
    pub(super) fn new(octets: &mut Octets<'_>) -> Self {
        let (of, bounds, sizes) = (octets.next(), octets.next(), octets.next());
        let config = ClientConfig {
            account: account(of),
            url: URL.to_owned(),
            version: match of >> 2 & 3 {
                0 => Version::V1_1,
                1 => Version::V1_3,
                _ => Version::V1_2,
            },
            encoding: pick(&[Encoding::Xml, Encoding::Wbxml], of >> 4),
            origins: Vec::new(),
            interactions: vec![InteractionKind::Confirm],
            implicit_add: of & 32 != 0,
            tree_alerts: of & 64 != 0,
            dm2: None,
            objects: Default::default(),
            max_msg_size: (sizes & 8 != 0).then_some(4_000),
            max_obj_size: max_obj_size(sizes),
            limits: limits(bounds),
        };
        let tree = match start() {
            Ok(tree) => tree,
            Err(error) => panic!("{error}"),
        };
        let trigger = Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        };
        let entropy = [0; Env::ENTROPY_LEN];
        let session = match Env::new(0, &entropy) {
            Ok(env) => ClientSession::new(config.clone(), trigger, &env),
            Err(error) => panic!("{error}"),
        };
        Self {
            session,
            twin: None,
            config,
            tree,
            talk: Talk::new(Side::Server),
            ticket: None,
            room: u64::MAX,
            raised: 0,
            steps: 0,
        }
    }

    pub(super) fn step(&mut self, octets: &mut Octets<'_>) {
        let kind = octets.next();
        self.steps += 1;
        match kind % 16 {
            0..=5 => {
                if kind & 16 == 0 {
                    self.send();
                }
                let body = self.talk.next(octets);
                self.receive(&body);
            }
            6..=8 => self.send(),
            9 | 10 => self.complete(octets),
            11 => self.raise(octets),
            12 => {
                if let (Ok(saved), Some(tree)) = (self.session.save(), self.other_tree()) {
                    self.twin = Some((self.restored(&saved), tree));
                }
            }
            13 => self.change(octets),
            14 => {
                self.room = pick(&[0, 50, 500, u64::MAX], kind >> 4);
                let room = self.room;
                self.both(|session, _| session.set_room(room));
            }
            _ if kind >= 192 => {
                let events = self.both(|session, _| session.abort(Some("why".to_owned())));
                self.note(&events);
            }
            _ => self.complete(octets),
        }
        self.check();
    }

    /// The same tree for a second session: where an Atomic has it for itself, the one that was saved, which knows of no earlier change.
    fn other_tree(&self) -> Option<Tree> {
        if !self.tree.is_held() {
            return Some(self.tree.clone());
        }
        let saved = self.tree.save().ok().filter(|_| !self.config.tree_alerts)?;
        Tree::restore(&saved, &[], &limits(0)).ok()
    }

    /// Does something to the session, and to the one that was restored: the same comes of it.
    fn both<T: PartialEq>(
        &mut self,
        mut step: impl FnMut(&mut ClientSession, &mut Tree) -> T,
    ) -> T {
        let done = step(&mut self.session, &mut self.tree);
        if let Some((twin, tree)) = &mut self.twin {
            let same = step(twin, tree) == done;
            assert!(same && *tree == self.tree, "a restored session is another");
        }
        done
    }

    /// The same, where an error must change nothing.
    fn whole<T: PartialEq>(
        &mut self,
        step: impl FnMut(&mut ClientSession, &mut Tree) -> Result<T>,
    ) -> Result<T> {
        let (saved, tree) = (self.session.save(), self.tree.clone());
        let done = self.both(step);
        if let Err(error) = &done {
            assert!(self.session.save() == saved, "an error changes something");
            assert!(self.tree == tree, "an error changes the tree");
            self.talk
                .check_hidden(format!("{error} {error:?}").as_bytes(), true);
        }
        done
    }

    fn restored(&self, saved: &Saved) -> ClientSession {
        match ClientSession::restore(saved, self.config.clone()) {
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
            let before = self.config.clone();
            self.config.limits = limits(bounds);
            let most = &mut self.config.limits.object_bytes;
            *most = held.max(*most);
            // A message under way was read under the limits before.
            if self.ticket.is_some() {
                self.config.limits.commands = before.limits.commands;
                self.config.limits.items = before.limits.items;
            }
            self.config.max_obj_size = max_obj_size(sizes);
            self.session = self.restored(&saved);
            self.twin = None;
        }
    }

    fn note(&mut self, events: &[ClientEvent]) {
        self.talk
            .check_hidden(format!("{events:?}").as_bytes(), true);
        self.ticket = events.iter().find_map(|event| match event {
            ClientEvent::Interaction { ticket, .. }
            | ClientEvent::Exec { ticket, .. }
            | ClientEvent::Read { ticket, .. }
            | ClientEvent::Write { ticket, .. }
            | ClientEvent::Undo { ticket, .. } => Some(*ticket),
            _ => None,
        });
    }

    fn receive(&mut self, body: &[u8]) {
        let held = self.session.object_bytes();
        let talk = self.talk.clone();
        let received = talk.received(body);
        if let Ok(events) = self.whole(|session, tree| session.receive(tree, &received)) {
            let most = held.saturating_add(self.room);
            let now = self.session.object_bytes();
            assert!(now <= most, "{now} octets, more than {most}");
            self.note(&events);
            if matches!(self.config.account.server, Party::Transport) {
                self.talk.believed(body);
            }
        }
    }

    fn complete(&mut self, octets: &mut Octets<'_>) {
        let kind = octets.next();
        let outcome = match kind % 4 {
            0 => {
                let count = pick(&[1, 40, 1_200, 4_000], kind >> 2);
                let data = match kind & 16 {
                    0 => (Format::Chr, Data::Text("x<".repeat(count))),
                    _ => (Format::Bin, Data::Octets(vec![9; count])),
                };
                self.raised += 4 * count;
                let Ok(node) = Node::leaf(data.0, None, Some(data.1)) else {
                    return;
                };
                Outcome::Value(node)
            }
            1 => Outcome::status(pick(&[500, 404, 401, 99], kind >> 2)),
            2 => Outcome::Status {
                status: 200,
                data: vec!["d".repeat(kind)],
            },
            _ => Outcome::status(200),
        };
        let ticket = match kind & 192 {
            192 => 0,
            _ => self.ticket.unwrap_or(1),
        };
        if let Ok(events) = self.whole(|session, tree| session.complete(tree, ticket, &outcome)) {
            self.note(&events);
        }
    }

    fn raise(&mut self, octets: &mut Octets<'_>) {
        let kind = octets.next();
        let count = pick(&[1, 40, 1_200, 4_000], kind);
        let alert = ClientAlert {
            code: AlertCode::GENERIC_ALERT,
            alert_type: "org.x".to_owned(),
            format: pick(&[None, Some(Format::Bin), Some(Format::Xml)], kind >> 2),
            mark: None,
            source: Some("./A".to_owned()),
            target: None,
            correlator: None,
            data: match kind & 64 {
                0 => Data::Text("y&".repeat(count)),
                _ => Data::Octets(vec![kind as u8; count]),
            },
        };
        if self
            .whole(|session, _| session.raise(alert.clone()))
            .is_ok()
        {
            self.raised += 200 + 4 * count;
        }
    }

    fn send(&mut self) {
        let entropy = [self.steps as u8; Env::ENTROPY_LEN];
        let now = (self.steps as u64) << (self.steps & 31);
        let out = self.whole(|session, tree| session.send(tree, &Env::new(now, &entropy)?));
        match out {
            Ok(Some(out)) => {
                self.talk.check_hidden(&out.body, false);
                self.talk.check_hidden(format!("{out:?}").as_bytes(), true);
                self.talk.hear(&out.body, &self.config.limits);
            }
            Ok(None) => {}
            Err(error) => assert_eq!(error.code(), Code::State, "{error}"),
        }
    }

    /// What holds behind each step.
    fn check(&self) {
        let held = self.session.object_bytes();
        self.talk
            .check_hidden(format!("{:?}", self.session).as_bytes(), true);
        let saved = match self.session.save() {
            Ok(saved) => saved,
            Err(error) => panic!("{error}"),
        };
        let in_parts: usize = saved.parts.iter().map(|part| part.bytes.len()).sum();
        // Answers that are not said yet count too.
        assert!(in_parts as u64 <= held);
        let in_objects = u64::from(self.config.limits.object_bytes);
        assert!(
            held <= in_objects + self.raised as u64,
            "{held} octets of objects"
        );
        let most = MOST_SAVED + 8 * (self.talk.octets + self.raised + 2 * LARGE);
        assert!(
            saved.state.len() <= most,
            "{} octets at rest",
            saved.state.len()
        );
        self.talk.check_hidden(&saved.state, true);
        drop(self.restored(&saved));
        if let Some((twin, _)) = &self.twin {
            assert!(
                twin.save().as_ref() == Ok(&saved),
                "a restored session is another"
            );
        }
    }
}

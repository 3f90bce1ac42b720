//! A device and a server wired back to back, as a host would wire them.
//!
//! The host keeps the accounts, carries the messages, answers the tickets and, where it is told to, puts both sides to rest after
//! every step and delivers every request twice.

use std::collections::VecDeque;

use omadm::tree::Acl;

use base64ct::{Base64, Encoding as _};

use omadm::{
    Account, AccountState, Binding, ClientAlert, ClientConfig, ClientEvent, ClientSession, Command,
    Credential, Data, Encoding, Env, Format, InteractionKind, Limits, Message, NewCommand, Node,
    Outcome, Party, Received, Scheme, Secret, ServerConfig, ServerEvent, ServerSession, Tree,
    Trigger, Version,
};

pub(crate) const DEVICE: &str = "IMEI:493005100592800";
pub(crate) const URL: &str = "https://mgmt.example/dm";

/// Longer than any session here may be.
const MAX_TURNS: usize = 40;

/// Two sides that are about to meet.
pub(crate) struct Setup {
    /// What proves the device and the server, as both know it.
    pub(crate) client: Party,
    pub(crate) server: Party,
    /// The same, where the server knows it otherwise.
    pub(crate) at_server: Option<(Party, Party)>,
    /// What each has stored of the nonces: of the device's, of the server's.
    pub(crate) device_state: AccountState,
    pub(crate) server_state: AccountState,
    pub(crate) binding: Binding,
    pub(crate) version: Version,
    pub(crate) trigger: Trigger,
    pub(crate) interactions: Vec<InteractionKind>,
    pub(crate) implicit_add: bool,
    pub(crate) tree_alerts: bool,
    pub(crate) limits: Limits,
    /// What the device takes.
    pub(crate) max_obj_size: Option<u32>,
    pub(crate) tree: Tree,
    /// What the server's host queues after the message with this number.
    pub(crate) commands: Vec<(usize, NewCommand)>,
    /// What the device's host raises before the message with this number goes out.
    pub(crate) alerts: Vec<(usize, ClientAlert)>,
    /// What the server's host handles of that.
    pub(crate) alert_types: Vec<String>,
    /// What the user or the host says to one ticket after the other.
    pub(crate) outcomes: Vec<Outcome>,
}

/// How a host treats its sessions.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    pub(crate) encoding: Encoding,
    pub(crate) rests: bool,
    pub(crate) repeats: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    /// Requests and replies in turn, as octets and as messages.
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) hmacs: Vec<Option<String>>,
    pub(crate) messages: Vec<Message>,
    pub(crate) server_events: Vec<ServerEvent>,
    pub(crate) client_events: Vec<ClientEvent>,
    pub(crate) tree: Tree,
    pub(crate) device_state: AccountState,
    pub(crate) server_state: AccountState,
}

pub(crate) fn password(user: &str, password: &str, schemes: &[Scheme]) -> Party {
    let secret = Secret::Password(password.as_bytes().to_vec().into());
    Party::Credential(Credential::new(user.to_owned(), secret, schemes.to_vec()).unwrap())
}

pub(crate) fn bruce(schemes: &[Scheme]) -> Party {
    password("Bruce2", "OhBehave", schemes)
}

pub(crate) fn nonces(client: Option<&[u8]>, server: Option<&[u8]>) -> AccountState {
    AccountState {
        client_nonce: client.map(<[u8]>::to_vec),
        server_nonce: server.map(<[u8]>::to_vec),
        ..AccountState::default()
    }
}

pub(crate) fn account(client: &Party, server: &Party, state: AccountState) -> Account {
    Account {
        device_id: DEVICE.to_owned(),
        server_id: "mgmt.example".to_owned(),
        client: client.clone(),
        server: server.clone(),
        notification: None,
        state,
    }
}

/// Entropy that differs from step to step and is the same in every run.
pub(crate) fn entropy(step: usize) -> Vec<u8> {
    (0..32u8)
        .map(|at| {
            at.wrapping_mul(7)
                .wrapping_add((step as u8).wrapping_mul(37))
        })
        .collect()
}

pub(crate) fn text(text: &str) -> Option<Data> {
    Some(Data::Text(text.to_owned()))
}

pub(crate) fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, text(value)).unwrap()
}

pub(crate) fn outcome(status: u16) -> Outcome {
    Outcome::status(status)
}

pub(crate) fn decode(body: &[u8]) -> Message {
    let encoding = Encoding::detect(None, body).unwrap();
    Message::decode(body, encoding, &Limits::DEFAULT).unwrap()
}

/// Both encodings say the same, but for octets, which are base64 in XML.
fn by_value(messages: &[Message]) -> Vec<Message> {
    let mut messages = messages.to_vec();
    let commands = messages
        .iter_mut()
        .flat_map(|message| &mut message.commands);
    let mut waiting: Vec<&mut Command> = commands.collect();
    while let Some(command) = waiting.pop() {
        let items = match command {
            Command::Results(results) => &mut results.items,
            Command::Add(operation) | Command::Replace(operation) => &mut operation.items,
            Command::Sequence(group) | Command::Atomic(group) => {
                waiting.extend(&mut group.commands);
                continue;
            }
            _ => continue,
        };
        for item in items {
            if let (Some(Data::Octets(octets)), Some(meta)) = (&item.data, &mut item.meta) {
                item.data = text(&Base64::encode_string(octets));
                meta.format = Some("b64".to_owned());
            }
        }
    }
    messages
}

pub(crate) fn server_config() -> ServerConfig {
    ServerConfig {
        accept_mo: None,
        server_id: "mgmt.example".to_owned(),
        url: URL.to_owned(),
        binding: Binding::RespUri,
        strangers: Vec::new(),
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

impl Default for Setup {
    /// Both sides proved by the transport, and a device that knows who it is.
    fn default() -> Self {
        let mut tree = Tree::new(&Limits::DEFAULT);
        let all = Acl::parse("Add=*&Delete=*&Exec=*&Get=*&Replace=*").unwrap();
        let root = Node::interior(None).with_acl(all);
        tree.set(".", root).unwrap();
        for (name, value) in [
            ("DevId", DEVICE),
            ("Man", "Factory"),
            ("Mod", "Phone"),
            ("DmV", "1.3"),
            ("Lang", "en-US"),
        ] {
            tree.set(&format!("./DevInfo/{name}"), leaf(value)).unwrap();
        }
        Self {
            client: Party::Transport,
            server: Party::Transport,
            at_server: None,
            device_state: AccountState::default(),
            server_state: AccountState::default(),
            binding: Binding::Transport,
            version: Version::V1_3,
            trigger: Trigger::Client,
            interactions: vec![
                InteractionKind::Display,
                InteractionKind::Confirm,
                InteractionKind::Input,
                InteractionKind::Choose,
            ],
            implicit_add: false,
            tree_alerts: false,
            alerts: Vec::new(),
            alert_types: Vec::new(),
            limits: Limits::DEFAULT,
            max_obj_size: None,
            tree,
            commands: Vec::new(),
            outcomes: Vec::new(),
        }
    }
}

impl Setup {
    pub(crate) fn client_config(&self) -> ClientConfig {
        self.client_config_in(Encoding::Xml)
    }

    pub(crate) fn client_config_in(&self, encoding: Encoding) -> ClientConfig {
        ClientConfig {
            account: account(&self.client, &self.server, self.device_state.clone()),
            url: URL.to_owned(),
            version: self.version,
            encoding,
            origins: Vec::new(),
            interactions: self.interactions.clone(),
            implicit_add: self.implicit_add,
            tree_alerts: self.tree_alerts,
            dm2: None,
            objects: Default::default(),
            max_msg_size: None,
            max_obj_size: self.max_obj_size,
            limits: self.limits.clone(),
        }
    }

    pub(crate) fn server_config(&self) -> ServerConfig {
        ServerConfig {
            binding: self.binding,
            alert_types: self.alert_types.clone(),
            limits: self.limits.clone(),
            ..server_config()
        }
    }

    pub(crate) fn device(&self) -> ClientSession {
        self.device_in(Encoding::Xml)
    }

    pub(crate) fn device_in(&self, encoding: Encoding) -> ClientSession {
        let entropy = entropy(0);
        ClientSession::new(
            self.client_config_in(encoding),
            self.trigger.clone(),
            &Env::new(0, &entropy).unwrap(),
        )
    }

    /// Runs the session in both encodings, and finds no difference between them.
    pub(crate) fn run(&self) -> Run {
        let [xml, wbxml] = [Encoding::Xml, Encoding::Wbxml].map(|encoding| self.run_in(encoding));
        assert_eq!(by_value(&wbxml.messages), by_value(&xml.messages));
        assert_eq!(wbxml.server_events.len(), xml.server_events.len());
        assert_eq!(wbxml.client_events, xml.client_events);
        assert_eq!(wbxml.tree, xml.tree);
        assert!(wbxml.device_state == xml.device_state);
        assert!(wbxml.server_state == xml.server_state);
        xml
    }

    /// Runs the session as four hosts would, and finds no difference between them.
    fn run_in(&self, encoding: Encoding) -> Run {
        let plain = self.run_at(Host {
            encoding,
            rests: false,
            repeats: false,
        });
        for (rests, repeats) in [(true, false), (false, true), (true, true)] {
            let other = self.run_at(Host {
                encoding,
                rests,
                repeats,
            });
            assert_eq!(other.bodies, plain.bodies, "{rests} {repeats}");
            assert_eq!(other.hmacs, plain.hmacs, "{rests} {repeats}");
            assert_eq!(other.server_events, plain.server_events);
            assert_eq!(other.client_events, plain.client_events);
            assert_eq!(other.tree, plain.tree);
            assert!(other.device_state == plain.device_state);
            assert!(other.server_state == plain.server_state);
        }
        plain
    }

    /// Runs the session to its end.
    pub(crate) fn run_at(&self, host: Host) -> Run {
        let mut tree = self.tree.clone();
        let mut client = self.device_in(host.encoding);
        let mut server = ServerSession::new(self.server_config());
        let (known, own) = match &self.at_server {
            Some((client, server)) => (client, server),
            None => (&self.client, &self.server),
        };
        let mut account = account(known, own, self.server_state.clone());
        let mut outcomes: VecDeque<&Outcome> = self.outcomes.iter().collect();
        let mut run = Run {
            bodies: Vec::new(),
            hmacs: Vec::new(),
            messages: Vec::new(),
            server_events: Vec::new(),
            client_events: Vec::new(),
            tree: tree.clone(),
            device_state: AccountState::default(),
            server_state: AccountState::default(),
        };
        for turn in 1..MAX_TURNS {
            let [sending, answering, again] = [0, 1, 2].map(|step| entropy(3 * turn + step));
            let env = Env::new(0, &sending).unwrap();
            for (_, alert) in self.alerts.iter().filter(|(before, _)| *before == turn) {
                client.raise(alert.clone()).unwrap();
                if host.rests {
                    client = self.rested_in(host.encoding, &client);
                }
            }
            let Some(request) = client.send(&tree, &env).unwrap() else {
                break;
            };
            assert_eq!(request.content_type, host.encoding.media_type());
            if host.rests {
                client = self.rested_in(host.encoding, &client);
                let resent = client.send(&tree, &Env::new(0, &again).unwrap()).unwrap();
                assert_eq!(
                    resent,
                    (!request.done).then(|| request.clone()),
                    "what is out goes out again"
                );
            }
            let received = Received {
                url: request.url.as_deref(),
                content_type: Some(request.content_type),
                hmac: request.hmac.as_deref(),
                ..Received::body(&request.body)
            };
            let events = server.receive(&received, Some(&account)).unwrap();
            run.server_events.extend(events);
            for (_, command) in self.commands.iter().filter(|(after, _)| *after == turn) {
                server.push(command.clone()).unwrap();
            }
            let reply = server.respond(&Env::new(0, &answering).unwrap()).unwrap();
            assert_eq!(reply.content_type, host.encoding.media_type());
            if host.rests {
                server =
                    ServerSession::restore(&server.save().unwrap(), self.server_config()).unwrap();
            }
            account.state = server.save().unwrap().account;
            // After the end MsgID 1 is the first message of a new session.
            if host.repeats && !(reply.done && turn == 1) {
                let events = server.receive(&received, Some(&account)).unwrap();
                assert_eq!(events, [ServerEvent::Repeated]);
                let repeated = server.respond(&Env::new(0, &again).unwrap()).unwrap();
                assert!(repeated.repeated);
                assert_eq!(repeated.body, reply.body);
                assert_eq!(repeated.hmac, reply.hmac);
            }
            run.bodies
                .extend([request.body.clone(), reply.body.clone()]);
            run.hmacs.extend([request.hmac, reply.hmac.clone()]);
            if request.done {
                break;
            }
            let received = Received {
                content_type: Some(reply.content_type),
                hmac: reply.hmac.as_deref(),
                status: Some(200),
                ..Received::body(&reply.body)
            };
            let mut events = client.receive(&mut tree, &received).unwrap();
            loop {
                if host.rests {
                    client = self.rested_in(host.encoding, &client);
                }
                let open = events.iter().find_map(|event| match event {
                    ClientEvent::Interaction { ticket, .. }
                    | ClientEvent::Exec { ticket, .. }
                    | ClientEvent::Read { ticket, .. }
                    | ClientEvent::Write { ticket, .. }
                    | ClientEvent::Undo { ticket, .. } => Some(*ticket),
                    _ => None,
                });
                run.client_events.append(&mut events);
                let Some(ticket) = open else { break };
                assert!(client.send(&tree, &env).is_err(), "a ticket is open");
                let outcome = outcomes.pop_front().unwrap();
                events = client.complete(&mut tree, ticket, outcome).unwrap();
            }
        }
        assert!(
            client
                .send(&tree, &Env::new(0, &entropy(0)).unwrap())
                .unwrap()
                .is_none(),
            "the session goes on for ever"
        );
        assert!(outcomes.is_empty(), "the user was not asked");
        let shown = format!("{:?} {:?}", run.server_events, run.client_events);
        for (body, hmac) in run.bodies.iter().zip(&run.hmacs) {
            crate::secrets::hidden(&shown, body, hmac.as_deref());
        }
        run.messages = run.bodies.iter().map(|body| decode(body)).collect();
        run.device_state = client.save().unwrap().account;
        run.server_state = account.state.clone();
        run.tree = tree;
        run
    }

    pub(crate) fn rested_client(&self, client: &ClientSession) -> ClientSession {
        self.rested_in(Encoding::Xml, client)
    }

    fn rested_in(&self, encoding: Encoding, client: &ClientSession) -> ClientSession {
        let config = self.client_config_in(encoding);
        ClientSession::restore(&client.save().unwrap(), config).unwrap()
    }
}

//! What a session is to be about: who proves what, and what both hosts want of it.

use omadm::tree::{Acl, Owner};
use omadm::{
    Account, AccountState, Binding, ClientAlert, ClientConfig, Credential, Data, Encoding, Format,
    InteractionKind, Limits, NewCommand, NewItem, Node, Party, Scheme, Secret, ServerConfig, Tree,
    Trigger, Version,
};

pub(crate) const DEVICE: &str = "IMEI:493005100592800";
pub(crate) const SERVER: &str = "mgmt.example";
pub(crate) const URL: &str = "https://mgmt.example/dm";
/// The type of the alerts that the server's host handles.
pub(crate) const DONE: &str = "urn:oma:at:x:1.0:done";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Device,
    Server,
}

/// Octets of the largest message and of the largest object that somebody takes, and announces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Takes {
    pub(crate) message: Option<u32>,
    pub(crate) object: Option<u32>,
}

/// A session between two hosts.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) trigger: Trigger,
    pub(crate) binding: Binding,
    /// What proves the device and the server.
    pub(crate) client: Party,
    pub(crate) server: Party,
    /// What each has stored before.
    pub(crate) device_state: AccountState,
    pub(crate) server_state: AccountState,
    /// What the server's host queues: the first when the session has started, the next with each fresh message behind that.
    pub(crate) batches: Vec<Vec<NewCommand>>,
    /// What each takes.
    pub(crate) device_takes: Takes,
    pub(crate) server_takes: Takes,
    pub(crate) tree: Tree,
    /// What an Exec comes to, and the alert that tells its outcome, so many messages later.
    pub(crate) exec: u16,
    pub(crate) report: Option<(usize, ClientAlert)>,
    /// Who ends the session behind the message with this number.
    pub(crate) abort: Option<(usize, Side)>,
    /// What the server's host is told of its commands where nothing fails: number, path in groups, code.
    pub(crate) told: Vec<String>,
    /// The objects that are told in chunks then.
    pub(crate) objects: Vec<String>,
    /// How many messages the device sends then.
    pub(crate) messages: usize,
    /// More octets than are ever at rest of one session.
    pub(crate) at_rest: usize,
}

pub(crate) fn text(text: &str) -> Option<Data> {
    Some(Data::Text(text.to_owned()))
}

pub(crate) fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, text(value)).unwrap()
}

pub(crate) fn item(uri: &str, value: &str) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: text(value),
        format: None,
        mime: None,
    }
}

pub(crate) fn replace(uri: &str, value: &str) -> NewCommand {
    NewCommand::Replace(vec![item(uri, value)])
}

pub(crate) fn add(uri: &str, value: &str) -> NewCommand {
    NewCommand::Add(vec![item(uri, value)])
}

pub(crate) fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

pub(crate) fn delete(uri: &str) -> NewCommand {
    NewCommand::Delete(vec![uri.to_owned()])
}

pub(crate) fn password(user: &str, password: &str, scheme: Scheme) -> Party {
    let secret = Secret::Password(password.as_bytes().to_vec().into());
    Party::Credential(Credential::new(user.to_owned(), secret, vec![scheme]).unwrap())
}

/// A device that knows who it is, some values, and three nodes that its host keeps.
fn tree() -> Tree {
    let mut tree = Tree::new(&Limits::DEFAULT);
    let all = Acl::parse("Add=*&Delete=*&Exec=*&Get=*&Replace=*").unwrap();
    tree.set(".", Node::interior(None).with_acl(all)).unwrap();
    for (name, value) in [
        ("DevId", DEVICE),
        ("Man", "Factory"),
        ("Mod", "Phone"),
        ("DmV", "1.3"),
        ("Lang", "en-US"),
    ] {
        tree.set(&format!("./DevInfo/{name}"), leaf(value)).unwrap();
    }
    for (uri, value) in [("./A/B", "b"), ("./A/C", "c"), ("./E", "e"), ("./F", "f")] {
        tree.set(uri, leaf(value)).unwrap();
    }
    for uri in ["./H1", "./H2", "./R"] {
        tree.set(uri, leaf("").owned_by(Owner::Host)).unwrap();
    }
    let go = Node::interior(None).owned_by(Owner::Host);
    tree.set("./Go", go).unwrap();
    tree
}

impl Default for Flow {
    /// Both sides are proved by the transport.
    fn default() -> Self {
        Self {
            name: String::new(),
            version: Version::V1_3,
            trigger: Trigger::Client,
            binding: Binding::Transport,
            client: Party::Transport,
            server: Party::Transport,
            device_state: AccountState::default(),
            server_state: AccountState::default(),
            batches: Vec::new(),
            device_takes: Takes::default(),
            server_takes: Takes::default(),
            tree: tree(),
            exec: 200,
            report: None,
            abort: None,
            told: Vec::new(),
            objects: Vec::new(),
            messages: 0,
            at_rest: 20 << 10,
        }
    }
}

impl Flow {
    /// Both sides prove themselves by this scheme.
    pub(crate) fn proved(name: &str, version: Version, scheme: Scheme) -> Self {
        Self {
            name: name.to_owned(),
            version,
            binding: match scheme {
                Scheme::Hmac => Binding::PerMessage,
                _ => Binding::RespUri,
            },
            client: password("Bruce2", "OhBehave", scheme),
            server: password("mgmt", "SrvPw-1", scheme),
            ..Self::default()
        }
    }

    /// More messages than any run may have.
    pub(crate) fn most_turns(&self) -> usize {
        80 + 2 * self.messages
    }

    pub(crate) fn has_credentials(&self) -> bool {
        self.client.credential().is_some()
    }

    /// Whether every message is proved whole.
    pub(crate) fn is_sealed(&self) -> bool {
        self.has_credentials() && self.binding == Binding::PerMessage
    }

    /// Whether what fits into a message makes a difference.
    pub(crate) fn is_tight(&self) -> bool {
        let messages = self.device_takes.message.or(self.server_takes.message);
        messages.is_some()
    }

    /// Whether anything in it is told in chunks.
    pub(crate) fn has_objects(&self) -> bool {
        let objects = self.device_takes.object.or(self.server_takes.object);
        objects.is_some()
    }

    pub(crate) fn account(&self, state: AccountState) -> Account {
        Account {
            device_id: DEVICE.to_owned(),
            server_id: SERVER.to_owned(),
            client: self.client.clone(),
            server: self.server.clone(),
            notification: None,
            state,
        }
    }

    pub(crate) fn client_config(
        &self,
        encoding: Encoding,
        takes: Takes,
        limits: &Limits,
        state: AccountState,
    ) -> ClientConfig {
        ClientConfig {
            max_obj_size: takes.object,
            account: self.account(state),
            url: URL.to_owned(),
            version: self.version,
            encoding,
            origins: Vec::new(),
            interactions: vec![
                InteractionKind::Display,
                InteractionKind::Confirm,
                InteractionKind::Input,
                InteractionKind::Choose,
            ],
            implicit_add: false,
            tree_alerts: false,
            dm2: None,
            objects: Default::default(),
            max_msg_size: takes.message,
            limits: limits.clone(),
        }
    }

    pub(crate) fn server_config(&self, takes: Takes, limits: &Limits) -> ServerConfig {
        ServerConfig {
            accept_mo: None,
            max_obj_size: takes.object,
            server_id: SERVER.to_owned(),
            url: URL.to_owned(),
            binding: self.binding,
            strangers: Vec::new(),
            alert_types: vec![DONE.to_owned()],
            max_msg_size: takes.message,
            limits: limits.clone(),
        }
    }
}

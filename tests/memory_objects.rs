//! How much memory a large object takes at either side, whether it comes or goes, on live sessions and on those at rest: about itself between
//! messages, and little more than twice itself when all is there.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "only what the test itself makes is read"
)]

use std::sync::{Mutex, PoisonError};

use omadm::syncml::{Alert, Header, Location, Meta, Operation, Results, Status};
use omadm::tree::Acl;
use omadm::{
    Account, AccountState, AlertCode, Binding, ClientConfig, ClientSession, Command, Data,
    Encoding, Env, Format, Item, Limits, Message, NewCommand, NewItem, Node, Party, Received,
    ServerConfig, ServerEvent, ServerSession, StatusCode, Tree, Trigger, Version,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Octets of a chunk, and how many there are.
const CHUNK: usize = 250_000;
const COUNT: usize = 20;
const SIZE: usize = CHUNK * COUNT;
/// What a session takes without any object: its stored messages among them.
const BASE: usize = 1 << 20;
/// Octets of a message with a chunk in it.
const MESSAGE: u32 = CHUNK as u32 + 1_000;

const DEVICE: &str = "IMEI:1";
const URL: &str = "https://mgmt.example/dm";

/// What is measured is the memory of all: one after the other.
static ALONE: Mutex<()> = Mutex::new(());

fn account() -> Account {
    Account {
        device_id: DEVICE.to_owned(),
        server_id: "mgmt.example".to_owned(),
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    }
}

fn config(encoding: Encoding) -> ClientConfig {
    ClientConfig {
        account: account(),
        url: URL.to_owned(),
        version: Version::V1_2,
        encoding,
        origins: Vec::new(),
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        dm2: None,
        objects: Default::default(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

fn of_server() -> ServerConfig {
    ServerConfig {
        server_id: "mgmt.example".to_owned(),
        url: URL.to_owned(),
        binding: Binding::Transport,
        accept_mo: None,
        strangers: Vec::new(),
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

/// A message to the device or to the server.
fn message(to_device: bool, number: usize, commands: Vec<Command>, is_final: bool) -> Message {
    let (target, source) = match to_device {
        true => (DEVICE, URL),
        false => (URL, DEVICE),
    };
    Message {
        header: Header {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: "1".to_owned(),
            msg_id: number as u32,
            target: Location::of(target),
            source: Location::of(source),
            max_msg_size: Some(MESSAGE),
            ..Header::default()
        },
        commands,
        is_final,
    }
}

fn alert(code: AlertCode) -> Command {
    Command::Alert(Alert {
        cmd_id: Some("1".to_owned()),
        code: Some(code),
        ..Alert::default()
    })
}

/// A chunk of the object at this place, counted from 1.
fn chunk(number: usize, place: Item) -> Item {
    Item {
        meta: Some(Meta {
            size: (number == 1).then_some(SIZE as u32),
            ..Meta::default()
        }),
        data: Some(Data::Text("v".repeat(CHUNK))),
        more_data: number < COUNT,
        ..place
    }
}

/// That a chunk is kept.
fn kept(msg_ref: usize, cmd: &str, cmd_ref: &str) -> Command {
    Command::Status(Status {
        cmd_id: Some("2".to_owned()),
        msg_ref: Some(msg_ref.to_string()),
        cmd_ref: Some(cmd_ref.to_owned()),
        cmd: cmd.to_owned(),
        code: StatusCode::CHUNK_KEPT,
        ..Status::default()
    })
}

/// The CmdID of the command of this name in a message.
fn number_of(name: &str, body: &[u8], encoding: Encoding) -> String {
    let message = Message::decode(body, encoding, &Limits::DEFAULT).unwrap();
    let mut commands = message.commands.iter();
    let found = commands.find(|command| command.name() == name).unwrap();
    found.number().unwrap().to_owned()
}

/// One side of a session in which an object comes or goes.
trait Role {
    fn new(encoding: Encoding) -> Self;
    /// One exchange, counted from 1; tells whether there is another.
    fn turn(&mut self, number: usize) -> bool;
    /// Saved, freed and restored.
    fn rest(&mut self);
}

struct Device {
    encoding: Encoding,
    tree: Tree,
    session: ClientSession,
}

impl Device {
    fn of(tree: Tree, encoding: Encoding) -> Self {
        let trigger = Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        };
        let env = [7; 32];
        let session = ClientSession::new(config(encoding), trigger, &Env::new(0, &env).unwrap());
        let mut device = Self {
            encoding,
            tree,
            session,
        };
        device.send();
        device
    }

    fn tree() -> Tree {
        let mut tree = Tree::new(&Limits::DEFAULT);
        let all = Acl::parse("Add=*&Get=*&Replace=*").unwrap();
        tree.set(".", Node::interior(None).with_acl(all)).unwrap();
        tree
    }

    fn send(&mut self) -> Option<Vec<u8>> {
        let env = [7; 32];
        let sent = self.session.send(&self.tree, &Env::new(0, &env).unwrap());
        sent.unwrap().map(|sent| sent.body)
    }

    fn hear(&mut self, message: Message) -> Option<Vec<u8>> {
        let body = message.encode(self.encoding, false).unwrap();
        drop(message);
        let received = Received::body(&body);
        self.session.receive(&mut self.tree, &received).unwrap();
        self.send()
    }

    fn rest(&mut self) {
        let saved = self.session.save().unwrap();
        self.session = ClientSession::restore(&saved, config(self.encoding)).unwrap();
    }
}

struct DeviceReceives(Device);

impl Role for DeviceReceives {
    fn new(encoding: Encoding) -> Self {
        Self(Device::of(Device::tree(), encoding))
    }

    fn turn(&mut self, number: usize) -> bool {
        let add = Command::Add(Operation {
            cmd_id: Some("2".to_owned()),
            items: vec![chunk(number, Item::at("./A"))],
            ..Operation::default()
        });
        self.0
            .hear(message(true, number, vec![add], number == COUNT));
        let kept = self.0.tree.find("./A").unwrap();
        assert_eq!(kept.is_some(), number == COUNT);
        let held = if number < COUNT { number * CHUNK } else { 0 };
        assert_eq!(self.0.session.object_bytes(), held as u64);
        number < COUNT
    }

    fn rest(&mut self) {
        self.0.rest();
    }
}

struct DeviceSends(Device, String);

impl Role for DeviceSends {
    fn new(encoding: Encoding) -> Self {
        let mut tree = Device::tree();
        let value = Data::Text("v".repeat(SIZE));
        tree.set("./A", Node::leaf(Format::Chr, None, Some(value)).unwrap())
            .unwrap();
        Self(Device::of(tree, encoding), String::new())
    }

    fn turn(&mut self, number: usize) -> bool {
        let command = match number {
            1 => Command::Get(Operation {
                cmd_id: Some("2".to_owned()),
                items: vec![Item::at("./A")],
                ..Operation::default()
            }),
            _ => kept(number, "Results", &self.1),
        };
        let ask = (number > 1).then(|| alert(AlertCode::NEXT_MESSAGE));
        let commands = ask.into_iter().chain([command]).collect();
        let said = self.0.hear(message(true, number, commands, number == 1));
        let said = said.unwrap();
        self.1 = number_of("Results", &said, self.0.encoding);
        !Message::decode(&said, self.0.encoding, &Limits::DEFAULT)
            .unwrap()
            .is_final
    }

    fn rest(&mut self) {
        self.0.rest();
    }
}

struct Server {
    encoding: Encoding,
    session: ServerSession,
    /// The CmdID of what was said last.
    cmd_id: String,
}

impl Server {
    fn of(command: NewCommand, encoding: Encoding) -> Self {
        let mut session = ServerSession::new(of_server());
        session.push(command).unwrap();
        Self {
            encoding,
            session,
            cmd_id: String::new(),
        }
    }

    fn hear(&mut self, message: Message) -> (Vec<ServerEvent>, Vec<u8>) {
        let body = message.encode(self.encoding, false).unwrap();
        drop(message);
        let received = Received {
            peer: Some(DEVICE),
            ..Received::body(&body)
        };
        let events = self.session.receive(&received, Some(&account())).unwrap();
        let env = [7; 32];
        let out = self.session.respond(&Env::new(0, &env).unwrap()).unwrap();
        (events, out.body)
    }

    fn rest(&mut self) {
        let saved = self.session.save().unwrap();
        self.session = ServerSession::restore(&saved, of_server()).unwrap();
    }
}

struct ServerReceives(Server);

impl Role for ServerReceives {
    fn new(encoding: Encoding) -> Self {
        let get = NewCommand::Get(vec!["./A".to_owned()]);
        let mut server = Server::of(get, encoding);
        let first = vec![alert(AlertCode::CLIENT_INITIATED)];
        let (_, said) = server.hear(message(false, 1, first, true));
        server.cmd_id = number_of("Get", &said, encoding);
        Self(server)
    }

    fn turn(&mut self, number: usize) -> bool {
        let place = Item {
            source: Some(Location::of("./A")),
            ..Item::default()
        };
        let results = Command::Results(Results {
            cmd_id: Some("2".to_owned()),
            msg_ref: Some("1".to_owned()),
            cmd_ref: Some(self.0.cmd_id.clone()),
            items: vec![chunk(number, place)],
            ..Results::default()
        });
        let said = message(false, number + 1, vec![results], number == COUNT);
        let (events, _) = self.0.hear(said);
        let is_there = events
            .iter()
            .any(|event| matches!(event, ServerEvent::Results { .. }));
        assert_eq!(is_there, number == COUNT);
        number < COUNT
    }

    fn rest(&mut self) {
        self.0.rest();
    }
}

struct ServerSends(Server);

impl Role for ServerSends {
    fn new(encoding: Encoding) -> Self {
        let item = NewItem {
            uri: "./A".to_owned(),
            data: Some(Data::Text("v".repeat(SIZE))),
            format: None,
            mime: None,
        };
        Self(Server::of(NewCommand::Replace(vec![item]), encoding))
    }

    fn turn(&mut self, number: usize) -> bool {
        let command = match number {
            1 => alert(AlertCode::CLIENT_INITIATED),
            _ => kept(number - 1, "Replace", &self.0.cmd_id),
        };
        let ask = (number > 1).then(|| alert(AlertCode::NEXT_MESSAGE));
        let commands = ask.into_iter().chain([command]).collect();
        let (_, said) = self.0.hear(message(false, number, commands, number == 1));
        self.0.cmd_id = number_of("Replace", &said, self.0.encoding);
        !Message::decode(&said, self.0.encoding, &Limits::DEFAULT)
            .unwrap()
            .is_final
    }

    fn rest(&mut self) {
        self.0.rest();
    }
}

/// A session from its first chunk to its last; what a tree had before is not counted.
fn measure<R: Role>(encoding: Encoding, rests: bool, own: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let what = format!("{encoding:?}, at rest: {rests}");
    let before = ALLOCATOR.current_usage() + own;
    let mut role = R::new(encoding);
    let (mut most, mut between) = (0, 0);
    for number in 1.. {
        assert!(number < 2 * COUNT, "{what}: it goes on for ever");
        ALLOCATOR.reset_peak_usage();
        let goes_on = role.turn(number);
        let peak = ALLOCATOR.peak_usage().saturating_sub(before);
        most = most.max(peak);
        if !goes_on {
            assert!(number >= COUNT, "{what}: {number} chunks");
            break;
        }
        if rests {
            role.rest();
        }
        let held = ALLOCATOR.current_usage().saturating_sub(before);
        between = between.max(held);
    }
    assert!(between <= SIZE * 3 / 2 + BASE, "{what}: {between} between");
    assert!(most <= SIZE * 5 / 2, "{what}: {most}");
    // What is left is the value in a tree.
    let left = ALLOCATOR.current_usage().saturating_sub(before);
    assert!(left <= SIZE + BASE, "{what}: {left} are left");
    drop(role);
}

fn measure_all<R: Role>(own: usize) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for rests in [false, true] {
            measure::<R>(encoding, rests, own);
        }
    }
}

#[test]
fn l01_what_a_device_receives_takes_one_and_a_half_of_itself_and_two_and_a_half_at_its_commit() {
    measure_all::<DeviceReceives>(0);
}

#[test]
fn l01_what_a_device_sends_takes_one_and_a_half_of_itself_and_two_and_a_half_when_it_is_read() {
    measure_all::<DeviceSends>(SIZE);
}

#[test]
fn l01_what_a_server_receives_takes_one_and_a_half_of_itself_and_two_and_a_half_when_it_is_told() {
    measure_all::<ServerReceives>(0);
}

#[test]
fn l01_what_a_server_sends_takes_one_and_a_half_of_itself_and_never_two_and_a_half() {
    measure_all::<ServerSends>(0);
}

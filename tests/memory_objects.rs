//! How much memory a large object takes at the device: about itself between messages, and little more than twice itself at its commit.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "only what the test itself makes is read"
)]

use omadm::syncml::{Header, Location, Meta, Operation};
use omadm::tree::Acl;
use omadm::{
    Account, AccountState, ClientConfig, ClientSession, Command, Data, Encoding, Env, Item, Limits,
    Message, Node, Party, Received, Tree, Trigger, Version,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Octets of a chunk, and how many there are.
const CHUNK: usize = 500_000;
const COUNT: usize = 20;
const SIZE: usize = CHUNK * COUNT;
/// What a session takes without any object: its stored messages among them.
const BASE: usize = 1 << 20;

fn config(encoding: Encoding) -> ClientConfig {
    ClientConfig {
        account: Account {
            device_id: "IMEI:1".to_owned(),
            server_id: "mgmt.example".to_owned(),
            client: Party::Transport,
            server: Party::Transport,
            notification: None,
            state: AccountState::default(),
        },
        url: "https://mgmt.example/dm".to_owned(),
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

/// The message with one chunk, counted from 1.
fn chunk(number: usize, encoding: Encoding) -> Vec<u8> {
    let item = Item {
        meta: Some(Meta {
            size: (number == 1).then_some(SIZE as u32),
            ..Meta::default()
        }),
        data: Some(Data::Text("v".repeat(CHUNK))),
        more_data: number < COUNT,
        ..Item::at("./A")
    };
    let message = Message {
        header: Header {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.2".to_owned(),
            session_id: "1".to_owned(),
            msg_id: number as u32,
            target: Location::of("IMEI:1"),
            source: Location::of("https://mgmt.example/dm"),
            ..Header::default()
        },
        commands: vec![Command::Add(Operation {
            cmd_id: Some("2".to_owned()),
            items: vec![item],
            ..Operation::default()
        })],
        is_final: number == COUNT,
    };
    message.encode(encoding, false).unwrap()
}

#[test]
fn l01_an_object_takes_one_and_a_half_of_itself_and_two_and_a_half_at_its_commit() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut tree = Tree::new(&Limits::DEFAULT);
        let all = Acl::parse("Add=*&Get=*&Replace=*").unwrap();
        tree.set(".", Node::interior(None).with_acl(all)).unwrap();
        let trigger = Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        };
        let entropy = [7; 32];
        let env = Env::new(0, &entropy).unwrap();
        let mut client = ClientSession::new(config(encoding), trigger, &env);
        client.send(&tree, &env).unwrap();
        let before = ALLOCATOR.current_usage();
        for number in 1..=COUNT {
            let body = chunk(number, encoding);
            let base = before + body.capacity();
            ALLOCATOR.reset_peak_usage();
            client.receive(&mut tree, &Received::body(&body)).unwrap();
            let peak = ALLOCATOR.peak_usage() - base;
            assert!(peak <= SIZE * 5 / 2, "{encoding:?} {number}: {peak}");
            client.send(&tree, &env).unwrap();
            drop(body);
            if number < COUNT {
                let held = ALLOCATOR.current_usage() - before;
                assert!(
                    held <= number * CHUNK * 3 / 2 + BASE,
                    "{encoding:?}: {held}"
                );
                assert_eq!(client.object_bytes(), (number * CHUNK) as u64);
            }
        }
        // What is left is the value in the tree.
        let held = ALLOCATOR.current_usage() - before;
        assert!(held <= SIZE + BASE, "{encoding:?}: {held}");
    }
}

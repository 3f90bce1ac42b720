//! Chapter 11 of the DM protocol, whole: each example is played by both engines, in XML and in WBXML, and every message that goes over the
//! wire equals a fixture, octet for octet. The fixtures (`chapter11/*.xml`) are written anew: their ids, addresses, texts and values are
//! ours, only the course of the examples is that of the specification.
//!
//! The text of the specification contradicts itself or the rest of the protocol in these places, which are mended here:
//!
//! | where | what the text has | what it has to be |
//! |---|---|---|
//! | all headers | VerProto begins with a blank | `DM/1.3` (a blank is read over, but not written) |
//! | all messages | end tags missing, or without `<` or `/`; `pata`, `Ttem`, `format` for Data, Item, Format; `Locuri` for LocURI | well-formed |
//! | all messages | `MsqID`, `MsqRef` | MsgID, MsgRef |
//! | 11.1.1, 11.1.2, 11.2.1, 11.2.2 | Type and Format stand in Cred without Meta; `Meta` is closed that was never opened | inside Meta |
//! | 11.1.1, 11.2.1 | the first item of DevInfo has neither start tag nor Meta around Format and Type, others lack Meta | Item; Meta is left out, since `chr` and `text/plain` go without saying |
//! | 11.1.1, 11.2.1 | credentials are mandatory in one comment and optional in the other | needed: the transport of neither proves anybody |
//! | 11.1.1, 11.2.1 | the address is plain http | https (TLS is mandatory for the HTTP binding since 1.2) |
//! | 11.1.1, 11.2.1 | `DmV` is a version of the software | the version of the client that is spoken, `1.3` |
//! | 11.2.1 | `Lang` is `US-en`, country first | language first, as in 11.1.1 |
//! | 11.1.1, 11.2.1 | CmdIDs 1 and 3; in 11.1.2 and 11.2.2 Statuses 5 to 8 before commands 1 to 4 | legal; ours count up in the order in which commands stand |
//! | 11.1.2 | the setting is "added" by Replace, which makes no node | the node exists before |
//! | 11.1.2, 11.2.4 | Meta of Replace beside the Item, with blanks around Type | inside the Item that it describes, without blanks |
//! | 11.2.2 | in Alert the second Item has no start tag | Item |
//! | 11.2.2 | ends in the midst of Get: no Target, no Final, no end | Get of `./antivirus_data/version`, Final |
//! | 11.1.3 | the first child of Status is MsgRef, in 11.1.2 CmdID comes fourth | CmdID, MsgRef, CmdRef, Cmd, as the DTD orders them |
//! | 11.1.3 | TargetRef `./settings/wap settings/CNN` | the Target, `./settings/wap_settings/CNN` |
//! | 11.1.3, 11.1.4, 11.2.3 to 11.2.6 | no TargetRef and SourceRef in the Status of the header, which 11.1.2 and 11.2.2 have | both |
//! | 11.2.3, 11.2.4, 11.2.5 | no CmdRef in the Status of the header | CmdRef 0 |
//! | 11.2.3 | Results 3 behind Status 4 | Status 3, Results 4 |
//! | 11.2.4 | 212 for a header without credentials, although 11.1.4 and 11.2.6 have 200 | 200: 212 was said in 11.2.2, once for the session |
//! | 11.2.4, 11.2.5 | `./antivirus_data` takes a value although `./antivirus_data/version` is its child | `./antivirus_data/defs` beside it |
//! | 11.2.5 | the Status of Replace refers to message 1 | to message 2, which carried it |
//! | 11.1.3, 11.2.3, 11.2.5 | MaxMsgSize only in the first message | legal; ours says it in each |

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Account, AccountState, ClientConfig, ClientEvent, ClientSession, Data, Encoding, Env, Format,
    InitiatedBy, Interaction, Limits, Message, NewCommand, NewItem, Node, Outgoing, Received,
    Scheme, ServerConfig, ServerEvent, ServerSession, Tree, Trigger, UiCommand, UiOptions,
};

use crate::pair::{Setup, entropy, outcome, password, text};

const DEVICE: &str = "IMEI:352471960083145";
const URL: &str = "https://desk.example/dm";
const CNN: &str = "./settings/wap_settings/CNN";
const VERSION: &str = "./antivirus_data/version";
const DEFS: &str = "./antivirus_data/defs";

/// An example: its messages, and what both hosts do.
struct Example {
    fixtures: &'static [&'static str],
    session_id: u16,
    /// What the server's host queues after each message of the device.
    queued: Vec<Vec<NewCommand>>,
    /// What the user says.
    answer: u16,
}

/// What came of it.
struct Played {
    bodies: Vec<Vec<u8>>,
    server: Vec<ServerEvent>,
    client: Vec<ClientEvent>,
    tree: Tree,
}

fn one_step() -> Example {
    Example {
        fixtures: &[
            include_str!("chapter11/one-step-1.xml"),
            include_str!("chapter11/one-step-2.xml"),
            include_str!("chapter11/one-step-3.xml"),
            include_str!("chapter11/one-step-4.xml"),
        ],
        session_id: 7,
        queued: vec![vec![NewCommand::Sequence(vec![
            told(
                Interaction::Confirm,
                "Use the access point at the salt marsh?",
            ),
            replace(
                CNN,
                "AwtqAMVGAQ==",
                "application/vnd.wap.connectivity-wbxml",
            ),
        ])]],
        answer: 200,
    }
}

fn two_step() -> Example {
    Example {
        fixtures: &[
            include_str!("chapter11/two-step-1.xml"),
            include_str!("chapter11/two-step-2.xml"),
            include_str!("chapter11/two-step-3.xml"),
            include_str!("chapter11/two-step-4.xml"),
            include_str!("chapter11/two-step-5.xml"),
            include_str!("chapter11/two-step-6.xml"),
        ],
        session_id: 8,
        queued: vec![
            vec![
                told(
                    Interaction::Display,
                    "The virus definitions are brought up to date.",
                ),
                NewCommand::Get(vec![VERSION.to_owned()]),
            ],
            vec![replace(
                DEFS,
                "VElERQAPZ//+QAE=",
                "application/x-tideline-defs",
            )],
        ],
        answer: 200,
    }
}

fn told(interaction: Interaction, text: &str) -> NewCommand {
    NewCommand::Interaction(UiCommand {
        interaction,
        text: text.to_owned(),
        options: UiOptions::default(),
    })
}

fn replace(uri: &str, base64: &str, mime: &str) -> NewCommand {
    NewCommand::Replace(vec![NewItem {
        uri: uri.to_owned(),
        data: text(base64),
        format: Some(Format::B64),
        mime: Some(mime.to_owned()),
    }])
}

/// A device that has an access point and virus definitions already.
fn device() -> Tree {
    let mut tree = Setup::default().tree;
    for (uri, value) in [
        ("./DevInfo/DevId", DEVICE),
        ("./DevInfo/Man", "Tideline Works"),
        ("./DevInfo/Mod", "Plover 3"),
        ("./DevInfo/DmV", "1.3"),
        ("./DevInfo/Lang", "en-GB"),
        (VERSION, "tideline/2026-03/14"),
    ] {
        let plain = Some("text/plain".to_owned());
        let node = Node::leaf(Format::Chr, plain, text(value)).unwrap();
        tree.set(uri, node).unwrap();
    }
    for uri in [CNN, DEFS] {
        let old = Node::leaf(Format::B64, None, text("AA==")).unwrap();
        tree.set(uri, old).unwrap();
    }
    tree
}

fn account() -> Account {
    let basic = [Scheme::Basic];
    Account {
        device_id: DEVICE.to_owned(),
        server_id: "desk.example".to_owned(),
        client: password("plover", "reed-bed-4", &basic),
        server: password("desk", "north-quay-9", &basic),
        notification: None,
        state: AccountState::default(),
    }
}

fn client(example: &Example, encoding: Encoding) -> ClientSession {
    let config = ClientConfig {
        account: account(),
        url: URL.to_owned(),
        encoding,
        max_msg_size: Some(6000),
        ..Setup::default().client_config()
    };
    let session_id = example.session_id;
    ClientSession::new(
        config,
        Trigger::Server {
            session_id,
            requested: Vec::new(),
        },
        &Env::new(0, &entropy(0)).unwrap(),
    )
}

fn server() -> ServerSession {
    ServerSession::new(ServerConfig {
        server_id: "desk.example".to_owned(),
        url: URL.to_owned(),
        ..Setup {
            binding: omadm::Binding::Transport,
            ..Setup::default()
        }
        .server_config()
    })
}

fn received(out: &Outgoing) -> Received<'_> {
    Received {
        content_type: Some(out.content_type),
        url: out.url.as_deref(),
        ..Received::body(&out.body)
    }
}

fn play(example: &Example, encoding: Encoding) -> Played {
    let (mut client, mut server) = (client(example, encoding), server());
    let (bytes, account) = (entropy(1), account());
    let env = Env::new(0, &bytes).unwrap();
    let mut played = Played {
        bodies: Vec::new(),
        server: Vec::new(),
        client: Vec::new(),
        tree: device(),
    };
    let mut queued = example.queued.iter();
    while let Some(request) = client.send(&played.tree, &env).unwrap() {
        assert!(played.bodies.len() < 12, "the session goes on for ever");
        played
            .server
            .extend(server.receive(&received(&request), Some(&account)).unwrap());
        for command in queued.next().into_iter().flatten() {
            server.push(command.clone()).unwrap();
        }
        let reply = server.respond(&env).unwrap();
        let mut events = client.receive(&mut played.tree, &received(&reply)).unwrap();
        while let Some(ClientEvent::Interaction { ticket, .. }) = events.last() {
            let ticket = *ticket;
            played.client.append(&mut events);
            events = client
                .complete(&mut played.tree, ticket, &outcome(example.answer))
                .unwrap();
        }
        played.client.append(&mut events);
        played.bodies.extend([request.body, reply.body]);
    }
    played
}

fn decode(body: &[u8], encoding: Encoding) -> Message {
    Message::decode(body, encoding, &Limits::DEFAULT).unwrap()
}

/// Each fixture decodes, comes back from either encoding unchanged, and is what the engines say in that encoding.
fn equals_its_fixtures(example: &Example) -> Played {
    let fixtures = example
        .fixtures
        .iter()
        .map(|fixture| decode(fixture.as_bytes(), Encoding::Xml));
    let fixtures: Vec<Message> = fixtures.collect();
    let [xml, _] = [Encoding::Xml, Encoding::Wbxml].map(|encoding| {
        let played = play(example, encoding);
        assert_eq!(played.bodies.len(), fixtures.len());
        for (at, (body, fixture)) in played.bodies.iter().zip(&fixtures).enumerate() {
            let written = fixture.encode(encoding, false).unwrap();
            assert_eq!(&decode(&written, encoding), fixture, "message {}", at + 1);
            assert_eq!(&decode(body, encoding), fixture, "message {}", at + 1);
            assert_eq!(*body, written, "message {} in {encoding:?}", at + 1);
        }
        played
    });
    xml
}

fn value(tree: &Tree, uri: &str) -> Option<Data> {
    match tree.find(uri).unwrap() {
        Some(omadm::tree::Found::Leaf(node)) => node.data().cloned(),
        _ => None,
    }
}

#[test]
fn section_11_1_one_step() {
    let played = equals_its_fixtures(&one_step());
    assert_eq!(value(&played.tree, CNN), text("AwtqAMVGAQ=="));
    let [
        _,
        ServerEvent::Started {
            device_id,
            initiated_by,
            dev_info,
            ..
        },
        statuses @ ..,
    ] = played.server.as_slice()
    else {
        panic!("{:?}", played.server)
    };
    assert_eq!(
        (device_id.as_str(), *initiated_by),
        (DEVICE, InitiatedBy::Server)
    );
    assert_eq!(dev_info["Mod"], "Plover 3");
    let told = statuses.iter().map(|event| match event {
        ServerEvent::Status { code, child, .. } => (code.0, child.clone()),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(200, vec![]), (200, vec![0]), (200, vec![1])]
    );
    assert_eq!(played.client.last(), Some(&ClientEvent::Finished));
}

#[test]
fn section_11_2_two_steps() {
    let played = equals_its_fixtures(&two_step());
    assert_eq!(value(&played.tree, DEFS), text("VElERQAPZ//+QAE="));
    assert_eq!(value(&played.tree, VERSION), text("tideline/2026-03/14"));
    let told = played.server.iter().filter_map(|event| match event {
        ServerEvent::Status { code, command, .. } => Some(format!("{command} {code}")),
        ServerEvent::Results { items, command, .. } => {
            Some(format!("{command} {:?}", items[0].data))
        }
        _ => None,
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "0 200",
            "1 200",
            "1 Some(Text(\"tideline/2026-03/14\"))",
            "2 200"
        ]
    );
    assert_eq!(played.client.last(), Some(&ClientEvent::Finished));
}

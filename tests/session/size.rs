//! Sizes of messages, by random commands, values and sizes: no message is longer than its reader takes, none is shorter than it need be, and
//! nothing is lost.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::collections::BTreeMap;

use omadm::{
    Binding, ClientConfig, ClientSession, Command, Data, Encoding, Env, Message, NewCommand,
    NewItem, Party, Received, Scheme, ServerConfig, ServerEvent, ServerSession, Tree, Trigger,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::pair::{Setup, account, bruce, decode, entropy, leaf, password, text};

const NODES: usize = 6;

/// What two sides are to do.
#[derive(Clone, Debug)]
struct Case {
    device_takes: u32,
    server_takes: u32,
    /// The lengths of the nodes' values.
    values: Vec<usize>,
    commands: Vec<NewCommand>,
    /// Nobody, device, or both prove themselves by a digest; on every message.
    proofs: u8,
    per_message: bool,
}

fn uri(node: usize) -> String {
    format!("./N{node}")
}

fn value(node: usize, octets: usize) -> String {
    let letters = "ab<cd&efg";
    letters.chars().cycle().skip(node).take(octets).collect()
}

fn nodes() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec((0..NODES + 1).prop_map(uri), 1..8)
}

fn octets() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..60usize, 3 => 60..600usize, 2 => 600..2500usize]
}

fn command() -> impl Strategy<Value = NewCommand> {
    let item = (0..NODES + 1, octets()).prop_map(|(node, octets)| NewItem {
        uri: uri(node),
        data: text(&"v".repeat(octets)),
        format: None,
        mime: None,
    });
    let items = prop::collection::vec(item, 1..3);
    let alone = prop_oneof![
        4 => nodes().prop_map(NewCommand::Get),
        1 => Just(NewCommand::Get(vec![".?list=StructData".to_owned()])),
        2 => items.prop_map(NewCommand::Replace),
        1 => Just(NewCommand::Delete(vec!["./X".to_owned()])),
    ];
    let several = prop::collection::vec(nodes().prop_map(NewCommand::Get), 1..4);
    prop_oneof![6 => alone, 1 => several.prop_map(NewCommand::Sequence)]
}

fn case() -> impl Strategy<Value = Case> {
    let takes = || prop_oneof![1000..1100u32, 1000..4000u32];
    (
        takes(),
        takes(),
        prop::collection::vec(octets(), NODES),
        prop::collection::vec(command(), 1..9),
        0..3u8,
        any::<bool>(),
    )
        .prop_map(
            |(device_takes, server_takes, values, commands, proofs, per_message)| Case {
                device_takes,
                server_takes,
                values,
                commands,
                proofs,
                per_message,
            },
        )
}

/// What was said.
struct Played {
    requests: Vec<Message>,
    replies: Vec<Message>,
    events: Vec<ServerEvent>,
    too_large: Vec<u32>,
}

impl Case {
    fn tree(&self, setup: &Setup) -> Tree {
        let mut tree = setup.tree.clone();
        for (node, octets) in self.values.iter().enumerate() {
            tree.set(&uri(node), leaf(&value(node, *octets))).unwrap();
        }
        tree
    }

    fn play(&self, encoding: Encoding) -> Played {
        let schemes = [Scheme::Md5];
        let setup = Setup {
            client: if self.proofs > 0 {
                bruce(&schemes)
            } else {
                Party::Transport
            },
            server: if self.proofs > 1 {
                password("mgmt", "SrvPw-1", &schemes)
            } else {
                Party::Transport
            },
            binding: match (self.proofs, self.per_message) {
                (0, _) => Binding::Transport,
                (_, true) => Binding::PerMessage,
                (_, false) => Binding::RespUri,
            },
            ..Setup::default()
        };
        let client_config = || ClientConfig {
            max_msg_size: Some(self.device_takes),
            ..setup.client_config_in(encoding)
        };
        let server_config = || ServerConfig {
            max_msg_size: Some(self.server_takes),
            ..setup.server_config()
        };
        let mut tree = self.tree(&setup);
        let env = entropy(0);
        let mut client = ClientSession::new(
            client_config(),
            Trigger::Client,
            &Env::new(0, &env).unwrap(),
        );
        let mut server = ServerSession::new(server_config());
        for command in &self.commands {
            server.push(command.clone()).unwrap();
        }
        let mut account = account(&setup.client, &setup.server, setup.server_state.clone());
        let mut played = Played {
            requests: Vec::new(),
            replies: Vec::new(),
            events: Vec::new(),
            too_large: Vec::new(),
        };
        for turn in 1..400 {
            let [sending, answering] = [2 * turn, 2 * turn + 1].map(entropy);
            let sent = client.send(&tree, &Env::new(0, &sending).unwrap()).unwrap();
            let Some(request) = sent else {
                return played;
            };
            client = ClientSession::restore(&client.save().unwrap(), client_config()).unwrap();
            let is_known = !played.replies.is_empty();
            assert!(
                !is_known || request.body.len() <= self.server_takes as usize,
                "{} octets for {}",
                request.body.len(),
                self.server_takes
            );
            let received = Received {
                url: request.url.as_deref(),
                ..Received::body(&request.body)
            };
            let events = server.receive(&received, Some(&account)).unwrap();
            played.events.extend(events);
            let reply = server.respond(&Env::new(0, &answering).unwrap()).unwrap();
            account.state = server.save().unwrap().account;
            server = ServerSession::restore(&server.save().unwrap(), server_config()).unwrap();
            assert!(
                reply.body.len() <= self.device_takes as usize,
                "{} octets for {}",
                reply.body.len(),
                self.device_takes
            );
            played.requests.push(decode(&request.body));
            played.replies.push(decode(&reply.body));
            played.too_large.extend(reply.too_large);
            client
                .receive(&mut tree, &Received::body(&reply.body))
                .unwrap();
        }
        panic!("the session goes on for ever");
    }

    fn check(&self, encoding: Encoding) {
        let played = self.play(encoding);
        self.nothing_is_lost(&played);
        full(&played.replies, self.device_takes, encoding);
        full(&played.requests, self.server_takes, encoding);
    }

    /// Every command that was not too large has its Statuses, and every value that was asked for came, or did not fit.
    fn nothing_is_lost(&self, played: &Played) {
        let mut open: BTreeMap<(u32, Vec<u32>), usize> = BTreeMap::new();
        let mut asked: BTreeMap<(u32, Vec<u32>), Vec<String>> = BTreeMap::new();
        let mut note = |number, child: Vec<u32>, command: &NewCommand| {
            let uris: Vec<String> = match command {
                NewCommand::Get(uris) => {
                    asked.insert((number, child.clone()), uris.clone());
                    uris.clone()
                }
                NewCommand::Delete(uris) => uris.clone(),
                NewCommand::Replace(items) | NewCommand::Add(items) => {
                    items.iter().map(|item| item.uri.clone()).collect()
                }
                _ => vec![String::new()],
            };
            open.insert((number, child), uris.len());
        };
        for (number, command) in (0..).zip(&self.commands) {
            if played.too_large.contains(&number) {
                continue;
            }
            note(number, Vec::new(), command);
            if let NewCommand::Sequence(commands) = command {
                for (child, command) in (0..).zip(commands) {
                    note(number, vec![child], command);
                }
            }
        }
        let mut found: BTreeMap<(u32, Vec<u32>), Vec<String>> = BTreeMap::new();
        let mut failed: BTreeMap<(u32, Vec<u32>), usize> = BTreeMap::new();
        for event in &played.events {
            match event {
                ServerEvent::Status {
                    command,
                    child,
                    item,
                    code,
                    ..
                } => {
                    let key = (*command, child.clone());
                    let left = open.get_mut(&key).unwrap();
                    let count = if item.is_some() { 1 } else { *left };
                    *left = left.checked_sub(count).unwrap();
                    if !code.is_success() {
                        *failed.entry(key).or_default() += count;
                    }
                }
                ServerEvent::Results {
                    items,
                    command,
                    child,
                    ..
                } => {
                    let uris = items
                        .iter()
                        .map(|item| item.source.clone().unwrap().uri)
                        .collect::<Vec<_>>();
                    found
                        .entry((*command, child.clone()))
                        .or_default()
                        .extend(uris);
                }
                ServerEvent::Unknown { .. }
                | ServerEvent::Violation { .. }
                | ServerEvent::Aborted { .. } => panic!("{event:?}"),
                _ => {}
            }
        }
        assert!(open.values().all(|left| *left == 0), "{open:?}");
        for (key, uris) in asked {
            let found = found.remove(&key).unwrap_or_default();
            let failed = failed.get(&key).copied().unwrap_or(0);
            if uris.first().is_some_and(|uri| uri.contains('?')) {
                assert!(found.is_empty() == (failed > 0), "{key:?}");
            } else {
                assert_eq!(found.len() + failed, uris.len(), "{key:?} {found:?}");
            }
        }
        assert!(found.is_empty(), "{found:?}");
    }
}

/// Gives a command another number.
fn renumbered(command: &Command, next: usize) -> Command {
    let mut command = command.clone();
    let id = Some(next.to_string());
    match &mut command {
        Command::Get(operation)
        | Command::Add(operation)
        | Command::Replace(operation)
        | Command::Delete(operation) => operation.cmd_id = id,
        Command::Status(status) => status.cmd_id = id,
        Command::Results(results) => {
            results.cmd_id = id;
            results.items.truncate(1);
        }
        Command::Sequence(group) => {
            group.cmd_id = id;
            for (next, command) in (next + 1..).zip(&mut group.commands) {
                *command = renumbered(command, next);
            }
        }
        _ => {}
    }
    command
}

fn octets_of(message: &Message, encoding: Encoding) -> usize {
    message.encode(encoding, false).unwrap().len()
}

/// Whether Results in it go on in the next.
fn is_cut(message: &Message) -> bool {
    message.commands.iter().any(|command| match command {
        Command::Results(results) => results.items.iter().any(|item| item.more_data),
        _ => false,
    })
}

/// What follows in the next message of a side would not have fitted into the one before.
fn full(messages: &[Message], takes: u32, encoding: Encoding) {
    for (at, pair) in (0..).zip(messages.windows(2)) {
        let [message, after] = pair else { continue };
        // A chunk stands in a command of its own.
        let is_last_chunk = at > 0
            && is_cut(&messages[at - 1])
            && message
                .commands
                .iter()
                .filter(|command| matches!(command, Command::Results(_)))
                .count()
                == 1;
        let is_chunk = is_cut(message) || is_last_chunk || is_cut(after);
        let is_challenged = message.commands.iter().any(|command| match command {
            Command::Status(status) => matches!(status.code.0, 401 | 407),
            _ => false,
        });
        // Commands go on in the next package, everything else in the next message.
        let is_server = message
            .commands
            .iter()
            .chain(&after.commands)
            .all(|command| !matches!(command, Command::Results(_)));
        let goes_on = |command: &&Command| match command {
            Command::Status(status) => !status.is_of_header() && status.cmd != "Alert",
            Command::Alert(_) => false,
            _ => true,
        };
        let is_set_up = message.header.msg_id < 3;
        let has_commands = message.commands.iter().any(|command| goes_on(&command));
        if is_challenged || is_set_up || !has_commands || (message.is_final && !is_server) {
            continue;
        }
        let Some(next) = after.commands.iter().find(goes_on) else {
            continue;
        };
        // No command goes with the demand for the rest of the device's package.
        let is_said = matches!(next, Command::Status(_) | Command::Results(_));
        if !is_said && crate::say::others(message).contains(&"1222".to_owned()) {
            continue;
        }
        // What answers a later message could not be said yet.
        let msg_ref = |command: &Command| match command {
            Command::Status(status) => status.msg_ref.clone(),
            Command::Results(results) => results.msg_ref.clone(),
            _ => None,
        };
        let number = |msg_ref: Option<String>| msg_ref.and_then(|id| id.parse::<u32>().ok());
        let answered = message.commands.first().and_then(msg_ref);
        if number(msg_ref(next)) > number(answered) {
            continue;
        }
        let mut grown = message.clone();
        match (grown.commands.last_mut(), next) {
            (Some(Command::Results(open)), Command::Results(next))
                if !is_chunk && open.cmd_ref == next.cmd_ref && open.msg_ref == next.msg_ref =>
            {
                open.items.extend(next.items.first().cloned());
            }
            (_, next) => {
                let id = grown.commands.len() + 1;
                grown.commands.push(renumbered(next, id));
            }
        }
        // It might have been the last.
        grown.is_final |= after.is_final;
        assert!(
            octets_of(&grown, encoding) > takes as usize,
            "{} octets of {takes} and no {next:?} in {}",
            octets_of(message, encoding),
            String::from_utf8_lossy(&message.encode(Encoding::Xml, false).unwrap())
        );
    }
}

#[test]
fn s27_no_message_is_longer_than_its_reader_takes_and_nothing_is_lost() {
    let config = Config {
        cases: if cfg!(target_arch = "wasm32") { 8 } else { 40 },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&case(), |case| {
            case.check(Encoding::Xml);
            case.check(Encoding::Wbxml);
            Ok(())
        })
        .unwrap();
}

#[test]
fn s27_a_value_that_fits_is_said_in_one_piece_and_no_other() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        // How often it is cut, and how long the longest message is.
        let ask = |octets: usize| {
            let case = Case {
                device_takes: 4000,
                server_takes: 1000,
                values: vec![octets, 1],
                commands: vec![NewCommand::Get(vec![uri(0), uri(1)])],
                proofs: 0,
                per_message: false,
            };
            let played = case.play(encoding);
            let codes = played.events.iter().filter_map(|event| match event {
                ServerEvent::Status { code, .. } => Some(code.0),
                _ => None,
            });
            assert_eq!(codes.collect::<Vec<_>>(), [200]);
            let results = played.events.iter().filter_map(|event| match event {
                ServerEvent::Results { items, .. } => Some(items),
                _ => None,
            });
            let values: Vec<_> = results.flatten().map(|item| item.data.clone()).collect();
            assert_eq!(values, [text(&value(0, octets)), text(&value(1, 1))]);
            let lengths = played.requests.iter();
            let longest = lengths.map(|message| octets_of(message, encoding)).max();
            let cuts = played.requests.iter().filter(|message| is_cut(message));
            (cuts.count(), longest.unwrap())
        };
        let (mut fitting, mut above) = (1, 1000);
        while above - fitting > 1 {
            let between = (fitting + above) / 2;
            match ask(between).0 {
                0 => fitting = between,
                _ => above = between,
            }
        }
        // One character more is five octets where it is escaped.
        let (_, longest) = ask(fitting);
        assert!((996..=1000).contains(&longest), "{longest:?}");
        assert_eq!(ask(above), (1, 1000));
        let below = (1..=fitting).rev().step_by(23);
        assert_eq!(below.map(|octets| ask(octets).0).max(), Some(0));
    }
}

#[test]
fn octets_are_said_whole() {
    let data = Data::Octets(vec![0, 1, 2, 255]);
    let command = NewCommand::Replace(vec![NewItem {
        uri: uri(0),
        data: Some(data),
        format: None,
        mime: None,
    }]);
    let case = Case {
        device_takes: 1000,
        server_takes: 1000,
        values: vec![1; NODES],
        commands: vec![command; 9],
        proofs: 2,
        per_message: true,
    };
    case.check(Encoding::Xml);
    case.check(Encoding::Wbxml);
}

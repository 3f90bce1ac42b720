//! Large objects between a device and a server, both at rest after every message: any values, sizes and groups.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::Found;
use omadm::{
    ClientConfig, ClientSession, Data, Encoding, Env, NewCommand, Received, ServerConfig,
    ServerEvent, ServerSession, Tree, Trigger,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::objects_server::{BOTH, item};
use crate::pair::{Setup, account, entropy, leaf, text};

#[derive(Clone, Debug)]
struct Case {
    device_takes: u32,
    server_takes: u32,
    /// The value of `./N0`, to be read, and of `./N1`, to be written.
    read: String,
    written: String,
    /// Alone, in an Atomic, in a Sequence, behind another item.
    around: u8,
}

impl Case {
    fn commands(&self) -> Vec<NewCommand> {
        let large = item("./N1", Data::Text(self.written.clone()));
        let other = item("./N2", Data::Text("b".to_owned()));
        let each = [other.clone(), large.clone()].map(|item| NewCommand::Replace(vec![item]));
        let command = match self.around {
            0 => NewCommand::Replace(vec![large]),
            1 => NewCommand::Atomic(each.to_vec()),
            2 => NewCommand::Sequence(each.to_vec()),
            _ => NewCommand::Replace(vec![other, large]),
        };
        let get = NewCommand::Get(["./N2", "./N0"].map(str::to_owned).to_vec());
        vec![get.clone(), command, get]
    }

    fn play(&self, encoding: Encoding) -> (Vec<ServerEvent>, Tree) {
        let setup = Setup::default();
        let client_config = || ClientConfig {
            max_msg_size: Some(self.device_takes),
            ..setup.client_config_in(encoding)
        };
        let server_config = || ServerConfig {
            max_msg_size: Some(self.server_takes),
            ..setup.server_config()
        };
        let mut tree = setup.tree.clone();
        for (uri, value) in [("./N0", &*self.read), ("./N1", "a"), ("./N2", "a")] {
            tree.set(uri, leaf(value)).unwrap();
        }
        let env = entropy(0);
        let env = Env::new(0, &env).unwrap();
        let mut client = ClientSession::new(client_config(), Trigger::Client, &env);
        let mut server = ServerSession::new(server_config());
        for command in self.commands() {
            server.push(command).unwrap();
        }
        let mut account = account(&setup.client, &setup.server, setup.server_state.clone());
        let mut events = Vec::new();
        for turn in 1..200 {
            let [sending, answering] = [2 * turn, 2 * turn + 1].map(entropy);
            let sent = client.send(&tree, &Env::new(0, &sending).unwrap()).unwrap();
            let Some(request) = sent else {
                return (events, tree);
            };
            client = ClientSession::restore(&client.save().unwrap(), client_config()).unwrap();
            let received = Received::body(&request.body);
            events.extend(server.receive(&received, Some(&account)).unwrap());
            let reply = server.respond(&Env::new(0, &answering).unwrap()).unwrap();
            assert!(reply.too_large.is_empty());
            let saved = server.save().unwrap();
            account.state = saved.account.clone();
            server = ServerSession::restore(&saved, server_config()).unwrap();
            assert!(reply.body.len() <= self.device_takes as usize);
            assert!(turn == 1 || request.body.len() <= self.server_takes as usize);
            let received = Received::body(&reply.body);
            client.receive(&mut tree, &received).unwrap();
            client = ClientSession::restore(&client.save().unwrap(), client_config()).unwrap();
        }
        panic!("the session goes on for ever");
    }

    fn check(&self, encoding: Encoding) {
        let (events, tree) = self.play(encoding);
        let value = |uri: &str| match tree.find(uri).unwrap() {
            Some(Found::Leaf(node)) => node.data().cloned(),
            _ => panic!("no leaf"),
        };
        assert_eq!(value("./N1"), text(&self.written));
        let other = if self.around == 0 { "a" } else { "b" };
        assert_eq!(value("./N2"), text(other));
        let (mut statuses, mut values) = (0, Vec::new());
        for event in &events {
            match event {
                ServerEvent::Status { code, .. } => {
                    assert_eq!(code.0, 200, "{event:?}");
                    statuses += 1;
                }
                ServerEvent::Results { items, .. } => {
                    values.extend(items.iter().map(|item| item.data.clone()));
                }
                ServerEvent::Progress { .. }
                | ServerEvent::Started { .. }
                | ServerEvent::Authenticated { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(statuses >= 3, "{statuses}");
        let read = text(&self.read);
        assert_eq!(values, [text("a"), read.clone(), text(other), read]);
    }
}

#[test]
fn l01_l14_l24_large_values_go_both_ways() {
    let value = || {
        let letters = "ab<cd&é€\r".chars().cycle();
        (0..6000usize).prop_map(move |octets| letters.clone().take(octets).collect::<String>())
    };
    let takes = || prop_oneof![1200..1600u32, 1400..6000u32];
    let cases = (takes(), takes(), value(), value(), 0..4u8);
    let cases = cases.prop_map(|(device_takes, server_takes, read, written, around)| Case {
        device_takes,
        server_takes,
        read,
        written,
        around,
    });
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, rng)
        .run(&cases, |case| {
            BOTH.iter().for_each(|encoding| case.check(*encoding));
            Ok(())
        })
        .unwrap();
}

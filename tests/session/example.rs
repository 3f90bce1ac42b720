//! Section 11.1 of the DM protocol, whole: the server asks for a session, the user allows an access point, and it is set.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    AbortedBy, ClientEvent, Command, Data, Format, InitiatedBy, Interaction, NewCommand, NewItem,
    Node, Scheme, ServerEvent, StatusCode, Trigger, UiCommand, UiOptions,
};

use crate::pair::{DEVICE, Setup, URL, bruce, outcome, password};
use crate::say::{cmd_ids, cred, others, statuses};

const CNN: &str = "./settings/wap_settings/CNN";
const CONNECTIVITY: &str = "application/vnd.wap.connectivity-wbxml";

fn setup(answer: u16) -> Setup {
    let mut tree = Setup::default().tree;
    let old = Node::leaf(
        Format::Bin,
        Some(CONNECTIVITY.to_owned()),
        Some(Data::Octets(vec![0])),
    );
    tree.set(CNN, old.unwrap()).unwrap();
    let question = UiCommand {
        interaction: Interaction::Confirm,
        text: "Do you want to add the CNN access point?".to_owned(),
        options: UiOptions::default(),
    };
    let settings = NewItem {
        uri: CNN.to_owned(),
        data: Some(Data::Octets(vec![3, 1, 1, 0x6a, 0, 0xff])),
        format: None,
        mime: Some(CONNECTIVITY.to_owned()),
    };
    Setup {
        client: bruce(&[Scheme::Basic]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Basic]),
        trigger: Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        },
        tree,
        commands: vec![(
            1,
            NewCommand::Sequence(vec![
                NewCommand::Interaction(question),
                NewCommand::Replace(vec![settings]),
            ]),
        )],
        outcomes: vec![outcome(answer)],
        ..Setup::default()
    }
}

#[test]
fn one_step_initiated_by_the_server() {
    let run = setup(200).run();
    let [initialization, operations, response, acknowledgement] = run.messages.as_slice() else {
        panic!("{} messages", run.messages.len())
    };
    for (message, msg_id) in run.messages.iter().zip([1, 1, 2, 2]) {
        assert_eq!(message.header.session_id, "1");
        assert_eq!(message.header.msg_id, msg_id);
        assert_eq!(message.header.ver_proto, "DM/1.3");
        assert!(message.is_final);
    }

    assert_eq!(initialization.header.target.uri, URL);
    assert_eq!(initialization.header.source.uri, DEVICE);
    assert_eq!(cred(initialization).as_deref(), Some("syncml:auth-basic"));
    assert!(initialization.header.max_msg_size.is_some());
    assert_eq!(others(initialization), ["1200", "Replace"]);
    let Command::Replace(dev_info) = &initialization.commands[1] else {
        panic!("no DevInfo")
    };
    let mut told: Vec<_> = dev_info
        .items
        .iter()
        .map(|item| item.source.as_ref().unwrap().uri.as_str())
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        ["DevId", "DmV", "Lang", "Man", "Mod"].map(|name| format!("./DevInfo/{name}"))
    );

    assert_eq!(cred(operations).as_deref(), Some("syncml:auth-basic"));
    assert_eq!(
        statuses(operations),
        ["1/0 SyncHdr 212", "1/1 Alert 200", "1/2 Replace 200"]
    );
    let Command::Status(of_header) = &operations.commands[0] else {
        panic!("no status")
    };
    assert_eq!(of_header.target_refs, [URL]);
    assert_eq!(of_header.source_refs, [DEVICE]);
    assert_eq!(cmd_ids(operations), ["1", "2", "3", "4", "5", "6"]);
    let Some(Command::Sequence(sequence)) = operations.commands.last() else {
        panic!("no sequence")
    };
    let [Command::Alert(alert), Command::Replace(replace)] = sequence.commands.as_slice() else {
        panic!("{sequence:?}")
    };
    assert_eq!(alert.items[0], omadm::Item::default());
    let meta = replace.items[0].meta.as_ref().unwrap();
    assert_eq!(
        (meta.format.as_deref(), meta.mime.as_deref()),
        (Some("b64"), Some(CONNECTIVITY))
    );

    assert_eq!(cred(response), None);
    assert_eq!(
        statuses(response),
        [
            "1/0 SyncHdr 212".to_owned(),
            "1/4 Sequence 200".to_owned(),
            "1/5 Alert 200".to_owned(),
            format!("1/6 Replace 200 {CNN}"),
        ]
    );
    assert_eq!(cmd_ids(response), ["1", "2", "3", "4"]);
    assert_eq!(statuses(acknowledgement), ["2/0 SyncHdr 200"]);
    assert_eq!(acknowledgement.commands.len(), 1);

    let ServerEvent::Started {
        device_id,
        initiated_by: InitiatedBy::Server,
        dev_info,
        ..
    } = &run.server_events[1]
    else {
        panic!("{:?}", run.server_events)
    };
    assert_eq!(device_id, DEVICE);
    assert_eq!(dev_info["Mod"], "Phone");
    assert_eq!(run.client_events.last(), Some(&ClientEvent::Finished));
    let Some(omadm::tree::Found::Leaf(node)) = run.tree.find(CNN).unwrap() else {
        panic!("no node")
    };
    assert_eq!(
        node.data(),
        Some(&Data::Octets(vec![3, 1, 1, 0x6a, 0, 0xff]))
    );
}

#[test]
fn the_user_refuses() {
    let run = setup(304).run();
    assert_eq!(
        statuses(&run.messages[2])[1..],
        ["1/4 Sequence 200", "1/5 Alert 304", "1/6 Replace 215"]
    );
    let skipped = run.server_events.iter().any(|event| {
        matches!(event, ServerEvent::Status { code: StatusCode::NOT_EXECUTED, child, .. } if child == &[1])
    });
    assert!(skipped);
    let Some(omadm::tree::Found::Leaf(node)) = run.tree.find(CNN).unwrap() else {
        panic!("no node")
    };
    assert_eq!(node.data(), Some(&Data::Octets(vec![0])));
}

#[test]
fn the_device_gives_up_in_the_midst_of_it() {
    let setup = setup(200);
    let mut tree = setup.tree.clone();
    let entropy = crate::pair::entropy(1);
    let env = omadm::Env::new(0, &entropy).unwrap();
    let mut client = setup.device();
    let mut server = omadm::ServerSession::new(setup.server_config());
    let account = crate::pair::account(&setup.client, &setup.server, setup.server_state.clone());
    let request = client.send(&tree, &env).unwrap().unwrap();
    server
        .receive(&omadm::Received::body(&request.body), Some(&account))
        .unwrap();
    server.push(setup.commands[0].1.clone()).unwrap();
    let reply = server.respond(&env).unwrap();
    client
        .receive(&mut tree, &omadm::Received::body(&reply.body))
        .unwrap();
    client.abort(None);
    let farewell = client.send(&tree, &env).unwrap().unwrap();
    assert!(farewell.done);
    let told = crate::pair::decode(&farewell.body);
    assert_eq!(others(&told), ["1223"]);
    assert!(told.is_final);
    let events = server
        .receive(&omadm::Received::body(&farewell.body), Some(&account))
        .unwrap();
    assert!(events.contains(&ServerEvent::Aborted {
        by: AbortedBy::Device,
        reason: None
    }));
    let last = server.respond(&env).unwrap();
    assert!(last.done);
    assert_eq!(
        statuses(&crate::pair::decode(&last.body)),
        ["2/0 SyncHdr 200", "2/3 Alert 200"]
    );
    assert_eq!(client.send(&tree, &env).unwrap(), None);
    assert_eq!(tree, setup.tree);
}

//! Alert 1223: from either side, at every step of a session.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::Owner;
use omadm::{
    AbortedBy, ClientConfig, ClientEvent, ClientSession, Code, Encoding, Env, Interaction,
    InteractionKind, Message, NewCommand, NewItem, Outcome, Received, ServerConfig, ServerEvent,
    ServerSession, Tree, Trigger, UiCommand,
};

use crate::pair::{Setup, account, decode, entropy, leaf, outcome, text};
use crate::peer::{ABORT, Desk, Device, NEXT, PACKAGE_1, asked, get, of_header, reply, request};
use crate::say::{others, statuses, values};

const REASON: &str = "the user has closed the lid";

/// Where a session is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The device is about to send.
    Sending,
    /// Its message is out.
    Sent,
    /// It has a ticket open.
    Asked,
    /// The server is at rest.
    AtDesk,
    /// The server has a reply to give.
    Received,
}

const STEPS: [Step; 5] = [
    Step::Sending,
    Step::Sent,
    Step::Asked,
    Step::AtDesk,
    Step::Received,
];

/// A device and its server, in a session of many steps: results over several messages, a question, a Sequence.
struct Scene {
    encoding: Encoding,
    setup: Setup,
    tree: Tree,
    client: ClientSession,
    server: ServerSession,
    turn: usize,
    client_events: Vec<ClientEvent>,
    server_events: Vec<ServerEvent>,
    messages: Vec<Message>,
}

fn command(node: usize) -> NewCommand {
    let set = NewCommand::Replace(vec![NewItem {
        uri: "./E".to_owned(),
        data: text(&node.to_string()),
        format: None,
        mime: None,
    }]);
    let ask = NewCommand::Interaction(UiCommand {
        interaction: Interaction::Confirm,
        text: "?".to_owned(),
        options: omadm::UiOptions::default(),
    });
    match node {
        0 | 3 => NewCommand::Get((0..4).map(|node| format!("./N{node}")).collect()),
        1 => set,
        2 => NewCommand::Sequence(vec![set, ask, get("./E")]),
        _ => ask,
    }
}

impl Scene {
    fn new(encoding: Encoding) -> Self {
        let mut setup = Setup {
            interactions: vec![InteractionKind::Confirm],
            ..Setup::default()
        };
        setup.tree.set("./E", leaf("e")).unwrap();
        for node in 0..4 {
            let value = leaf(&"v".repeat(250));
            setup.tree.set(&format!("./N{node}"), value).unwrap();
        }
        let tree = setup.tree.clone();
        let env = entropy(0);
        let client = ClientSession::new(
            Self::client_config(&setup, encoding),
            Trigger::Client,
            &Env::new(0, &env).unwrap(),
        );
        let mut server = ServerSession::new(Self::server_config(&setup));
        for node in 0..5 {
            server.push(command(node)).unwrap();
        }
        Self {
            encoding,
            setup,
            tree,
            client,
            server,
            turn: 0,
            client_events: Vec::new(),
            server_events: Vec::new(),
            messages: Vec::new(),
        }
    }

    fn client_config(setup: &Setup, encoding: Encoding) -> ClientConfig {
        ClientConfig {
            max_msg_size: Some(1100),
            ..setup.client_config_in(encoding)
        }
    }

    fn server_config(setup: &Setup) -> ServerConfig {
        ServerConfig {
            max_msg_size: Some(1100),
            ..setup.server_config()
        }
    }

    fn rest(&mut self) {
        let config = Self::client_config(&self.setup, self.encoding);
        self.client = ClientSession::restore(&self.client.save().unwrap(), config).unwrap();
        if let Ok(saved) = self.server.save() {
            let config = Self::server_config(&self.setup);
            self.server = ServerSession::restore(&saved, config).unwrap();
        }
    }

    fn send(&mut self) -> Option<omadm::Outgoing> {
        self.turn += 1;
        let entropy = entropy(self.turn);
        let out = self
            .client
            .send(&self.tree, &Env::new(0, &entropy).unwrap())
            .unwrap();
        self.rest();
        out
    }

    fn tell_server(&mut self, body: &[u8]) -> omadm::Result<Vec<ServerEvent>> {
        let account = account(
            &self.setup.client,
            &self.setup.server,
            self.setup.server_state.clone(),
        );
        self.server.receive(&Received::body(body), Some(&account))
    }

    fn respond(&mut self) -> omadm::Outgoing {
        let entropy = entropy(self.turn + 100);
        let out = self
            .server
            .respond(&Env::new(0, &entropy).unwrap())
            .unwrap();
        self.rest();
        out
    }

    /// One step after the other, up to the one with this number, which is the first that is done no more.
    fn run_to(&mut self, stop: usize) -> Option<Step> {
        let mut at = 0;
        let mut is_stop = |step: Step| {
            let found = (at == stop).then_some(step);
            at += 1;
            found
        };
        loop {
            if self.client_events.contains(&ClientEvent::Finished) {
                return None;
            }
            if let Some(step) = is_stop(Step::Sending) {
                return Some(step);
            }
            let request = self.send().unwrap();
            self.messages.push(decode(&request.body));
            if let Some(step) = is_stop(Step::Sent).or_else(|| is_stop(Step::AtDesk)) {
                return Some(step);
            }
            let events = self.tell_server(&request.body).unwrap();
            self.server_events.extend(events);
            if let Some(step) = is_stop(Step::Received) {
                return Some(step);
            }
            let reply = self.respond();
            self.messages.push(decode(&reply.body));
            let received = Received::body(&reply.body);
            let mut events = self.client.receive(&mut self.tree, &received).unwrap();
            self.rest();
            while let Some(ClientEvent::Interaction { ticket, .. }) = events.last() {
                let ticket = *ticket;
                self.client_events.append(&mut events);
                if let Some(step) = is_stop(Step::Asked) {
                    return Some(step);
                }
                let done = &outcome(200);
                events = self.client.complete(&mut self.tree, ticket, done).unwrap();
                self.rest();
            }
            self.client_events.extend(events);
        }
    }
}

fn by_device() -> Vec<ClientEvent> {
    vec![ClientEvent::Aborted {
        by: AbortedBy::Device,
        reason: Some(REASON.to_owned()),
    }]
}

/// The device aborts: it says once more what it has to say, and that is the end for both.
fn the_device_aborts(scene: &mut Scene, step: Step) {
    let tree = scene.tree.clone();
    let is_begun = !scene.messages.is_empty();
    assert_eq!(scene.client.abort(Some(REASON.to_owned())), by_device());
    assert_eq!(scene.client.abort(None), []);
    scene.rest();
    let Some(farewell) = scene.send() else {
        assert!(!is_begun);
        return;
    };
    assert!(is_begun && farewell.done && farewell.body.len() <= 1100);
    let message = decode(&farewell.body);
    assert!(message.is_final);
    assert_eq!(others(&message).last().unwrap(), "1223");
    let is_allowed = |other: &String| matches!(other.as_str(), "Results" | "1223");
    assert!(others(&message).iter().all(is_allowed), "{step:?}");
    assert_eq!(scene.send(), None);
    // What the server answers is ignored.
    let error = scene
        .client
        .receive(&mut scene.tree, &Received::body(&farewell.body))
        .unwrap_err();
    assert_eq!(error.code(), Code::State);
    assert_eq!(scene.tree, tree);

    // The reply to the message that was out, which the device has not waited for.
    if step == Step::Received && scene.respond().done {
        let error = scene.tell_server(&farewell.body).unwrap_err();
        assert_eq!(error.code(), Code::State);
        return;
    }
    let events = scene.tell_server(&farewell.body).unwrap();
    let aborted = ServerEvent::Aborted {
        by: AbortedBy::Device,
        reason: None,
    };
    assert!(events.contains(&aborted), "{events:?}");
    let is_wrong = |event: &&ServerEvent| matches!(event, ServerEvent::Violation { .. });
    assert_eq!(events.iter().find(is_wrong), None);
    let last = scene.respond();
    assert!(last.done && last.body.len() <= 1100);
    let message = decode(&last.body);
    assert!(message.is_final && others(&message).is_empty());
    let number = decode(&farewell.body).header.msg_id;
    assert_eq!(statuses(&message)[0], format!("{number}/0 SyncHdr 200"));
    assert!(
        statuses(&message)[1].ends_with("Alert 200"),
        "{:?}",
        statuses(&message)
    );
}

/// The server aborts: its next message says so, and the device says nothing more.
fn the_server_aborts(scene: &mut Scene, step: Step) {
    let said = ServerEvent::Aborted {
        by: AbortedBy::Server,
        reason: Some(REASON.to_owned()),
    };
    if step == Step::Asked {
        let open = scene
            .client_events
            .iter()
            .rev()
            .find_map(|event| match event {
                ClientEvent::Interaction { ticket, .. } => Some(*ticket),
                _ => None,
            });
        assert_eq!(scene.server.abort(Some(REASON.to_owned())), [said]);
        let mut events = Vec::new();
        let mut ticket = open;
        while let Some(open) = ticket {
            events = scene
                .client
                .complete(&mut scene.tree, open, &outcome(200))
                .unwrap();
            ticket = events.iter().find_map(|event| match event {
                ClientEvent::Interaction { ticket, .. } => Some(*ticket),
                _ => None,
            });
        }
        assert!(!events.contains(&ClientEvent::Finished));
    } else {
        assert_eq!(scene.server.abort(Some(REASON.to_owned()))[0], said);
    }
    assert_eq!(scene.server.abort(None), []);
    if step != Step::Received {
        scene.rest();
        let request = scene.send().unwrap();
        let events = scene.tell_server(&request.body).unwrap();
        let is_abort = |event: &ServerEvent| matches!(event, ServerEvent::Aborted { .. });
        assert!(!events.iter().any(is_abort), "it was told already");
    }
    let reply = scene.respond();
    assert!(reply.done && reply.body.len() <= 1100);
    let message = decode(&reply.body);
    assert!(message.is_final);
    assert_eq!(others(&message), ["1223"]);
    let tree = scene.tree.clone();
    let received = Received::body(&reply.body);
    let events = scene.client.receive(&mut scene.tree, &received).unwrap();
    let aborted = ClientEvent::Aborted {
        by: AbortedBy::Server,
        reason: None,
    };
    assert_eq!(events, [aborted]);
    scene.rest();
    assert_eq!(scene.send(), None);
    assert_eq!(scene.tree, tree);
}

/// Nothing is taken after the end, and nothing comes of it.
fn all_is_over(scene: &mut Scene) {
    let saved = (scene.client.save().unwrap(), scene.server.save().unwrap());
    for msg_id in [2, 3, 77] {
        let body = Message {
            header: omadm::syncml::Header {
                msg_id,
                ..scene.messages[0].header.clone()
            },
            ..scene.messages[0].clone()
        }
        .encode(scene.encoding, false)
        .unwrap();
        let error = scene.tell_server(&body).unwrap_err();
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    let body = reply(9, "", NEXT).write();
    let received = Received::body(&body);
    let error = scene.client.receive(&mut scene.tree, &received);
    assert_eq!(error.unwrap_err().code(), Code::State);
    assert!(saved == (scene.client.save().unwrap(), scene.server.save().unwrap()));
}

#[test]
fn s17_s18_either_side_aborts_at_every_step() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut seen = Vec::new();
        for stop in 0.. {
            let mut scene = Scene::new(encoding);
            let Some(step) = scene.run_to(stop) else {
                break;
            };
            if !seen.contains(&step) {
                seen.push(step);
            }
            the_device_aborts(&mut scene, step);
            if !scene.messages.is_empty() {
                all_is_over(&mut scene);
            }
            // A server that nobody has spoken to has nobody to abort.
            let mut scene = Scene::new(encoding);
            scene.run_to(stop);
            if step != Step::Sent && !scene.messages.is_empty() {
                the_server_aborts(&mut scene, step);
                all_is_over(&mut scene);
            }
        }
        assert_eq!(seen.len(), STEPS.len(), "{seen:?}");
    }
}

#[test]
fn s17_the_farewell_says_what_was_executed() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let add = |id: u32, name: &str| {
        format!(
            "<Add><CmdID>{id}</CmdID><Item><Target><LocURI>./{name}</LocURI></Target><Data>a</Data></Item></Add>"
        )
    };
    let body = format!(
        "{}{}<Get><CmdID>3</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get>\
        <Alert><CmdID>4</CmdID><Data>1101</Data><Item/><Item><Data>?</Data></Item></Alert>{}",
        of_header(1, 200, ""),
        add(2, "A"),
        add(5, "B"),
    );
    device.hear(&reply(1, "", &body));
    device.client.abort(None);
    let message = device.say();
    assert_eq!(
        statuses(&message),
        ["1/0 SyncHdr 200", "1/2 Add 200 ./A", "1/3 Get 200 ./A"]
    );
    assert_eq!(values(&message), ["./A=a"]);
    assert_eq!(others(&message), ["Results", "1223"]);
    assert!(message.is_final);
    assert!(device.tree.find("./A").unwrap().is_some());
    assert!(device.tree.find("./B").unwrap().is_none());
}

#[test]
fn s17_the_farewell_says_as_much_as_fits() {
    let mut setup = Setup::default();
    for node in 0..4 {
        let value = leaf(&"v".repeat(300));
        setup.tree.set(&format!("./N{node}"), value).unwrap();
    }
    let mut device = Device::new(&setup);
    device.say();
    let list = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.?list=StructData</LocURI></Target></Item></Get>";
    let size = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    device.hear(&reply(1, size, list));
    device.say();
    device.client.abort(None);
    let out = device.next().unwrap();
    assert!(out.body.len() <= 1000 && out.done);
    let message = decode(&out.body);
    assert_eq!(others(&message), ["Results", "1223"]);
    assert!(message.is_final && !values(&message).is_empty());
}

/// A device with values that the host keeps.
fn of_host() -> Setup {
    let mut setup = Setup::default();
    for name in ["H1", "H2"] {
        let node = leaf("old").owned_by(Owner::Host);
        setup.tree.set(&format!("./{name}"), node).unwrap();
    }
    setup.tree.set("./A", leaf("a")).unwrap();
    setup
}

fn atomic() -> String {
    let replace = |id: u32, name: &str| {
        format!(
            "<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>./{name}</LocURI></Target><Data>new</Data></Item></Replace>"
        )
    };
    format!(
        "<Atomic><CmdID>2</CmdID>{}{}{}</Atomic>{}",
        replace(3, "A"),
        replace(4, "H1"),
        replace(5, "H2"),
        replace(6, "A"),
    )
}

fn ticket(events: &[ClientEvent]) -> Option<(u32, String)> {
    events.iter().find_map(|event| match event {
        ClientEvent::Write { ticket, uri, .. } => Some((*ticket, format!("write {uri}"))),
        ClientEvent::Undo {
            ticket, uri, data, ..
        } => {
            assert_eq!(*data, text("old"));
            Some((*ticket, format!("undo {uri}")))
        }
        _ => None,
    })
}

#[test]
fn s17_an_atomic_is_not_half_applied() {
    // How many values the host has written, and whether each side rests.
    for (written, rests) in [(0, false), (1, false), (1, true), (0, true)] {
        let setup = of_host();
        let mut device = Device::new(&setup);
        device.say();
        let mut events = device.hear(&reply(1, "", &atomic()));
        for _ in 0..written {
            let (open, _) = ticket(&events).unwrap();
            events = complete(&mut device, open, &outcome(200));
        }
        if rests {
            device.client = setup.rested_client(&device.client);
        }
        events = device.client.abort(Some(REASON.to_owned()));
        let mut undone = Vec::new();
        while let Some((open, what)) = ticket(&events) {
            assert!(device.client.abort(None).is_empty());
            let env = entropy(1);
            let env = Env::new(0, &env).unwrap();
            assert!(device.client.send(&device.tree, &env).is_err());
            if rests {
                device.client = setup.rested_client(&device.client);
            }
            undone.push(what);
            events = complete(&mut device, open, &outcome(200));
        }
        // What was asked for last may have been written.
        let expected = [vec!["undo ./H1"], vec!["undo ./H2", "undo ./H1"]];
        assert_eq!(undone, expected[written]);
        assert_eq!(events, by_device());
        let mut tree = device.tree.clone();
        tree.set("./Z", leaf("z")).unwrap();
        assert_eq!(device.tree, setup.tree);
        let message = device.say();
        assert_eq!(others(&message), ["1223"]);
        let mut codes = vec!["1/0 SyncHdr 200", "1/2 Atomic 507", "1/3 Replace 216 ./A"];
        codes.extend((written == 1).then_some("1/4 Replace 216 ./H1"));
        assert_eq!(statuses(&message), codes);
    }
}

#[test]
fn s17_what_cannot_be_undone_is_said() {
    let mut device = Device::new(&of_host());
    device.say();
    let events = device.hear(&reply(1, "", &atomic()));
    let (open, _) = ticket(&events).unwrap();
    complete(&mut device, open, &outcome(200));
    let mut events = device.client.abort(None);
    while let Some((open, what)) = ticket(&events) {
        let code = if what.ends_with("H1") { 500 } else { 200 };
        events = complete(&mut device, open, &outcome(code));
    }
    let message = device.say();
    assert!(statuses(&message).contains(&"1/4 Replace 516 ./H1".to_owned()));
}

fn complete(device: &mut Device, ticket: u32, outcome: &Outcome) -> Vec<ClientEvent> {
    device
        .client
        .complete(&mut device.tree, ticket, outcome)
        .unwrap()
}

#[test]
fn s17_an_abort_leaves_the_tree_to_others() {
    let setup = of_host();
    let mut one = Device::new(&setup);
    one.say();
    one.hear(&reply(1, "", &atomic()));
    let mut two = Device::new(&setup);
    two.say();
    let add = "<Add><CmdID>1</CmdID><Item><Target><LocURI>./B</LocURI></Target><Data>a</Data></Item></Add>";
    let body = reply(1, "", add).write();
    let other = Received::body(&body);
    let error = two.client.receive(&mut one.tree, &other).unwrap_err();
    assert_eq!(error.code(), Code::Busy);
    let mut events = one.client.abort(None);
    while let Some((open, _)) = ticket(&events) {
        events = complete(&mut one, open, &outcome(200));
    }
    two.client.receive(&mut one.tree, &other).unwrap();
    assert!(one.tree.find("./B").unwrap().is_some());
    assert_eq!(one.say().commands.len(), 4);
}

#[test]
fn s17_windows_answers_a_result_that_is_too_large_with_1223() {
    // The Status of the Get, no Results, and the abort.
    let mut desk = asked();
    let body = format!(
        "{}{}{}",
        of_header(1, 200, ""),
        crate::peer::status(1, 4, 200),
        ABORT.replace("<CmdID>1<", "<CmdID>8<")
    );
    desk.server.push(get("./B")).unwrap();
    let heard = desk.hear(&request(2, "", &body));
    assert_eq!(crate::peer::told(&heard.events), ["0 200", "Device"]);
    assert_eq!(
        statuses(&heard.message),
        ["2/0 SyncHdr 200", "2/8 Alert 200"]
    );
    assert!(heard.out.done && others(&heard.message).is_empty());
}

#[test]
fn s17_the_status_of_an_abort_is_said_before_all_others() {
    let mut desk: Desk = asked();
    let alert = |id| {
        format!("<Alert><CmdID>{id}</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>")
    };
    let alerts: String = (11..60).map(alert).collect();
    let abort = ABORT.replace("<CmdID>1<", "<CmdID>99<");
    let size = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    let heard = desk.hear(&request(2, size, &format!("{alerts}{abort}")));
    assert!(heard.out.body.len() <= 1000 && heard.out.done && heard.message.is_final);
    assert_eq!(statuses(&heard.message)[1], "2/99 Alert 200");
    assert!(statuses(&heard.message).len() > 4);
}

#[test]
fn s18_a_session_that_is_over_is_not_aborted() {
    let mut desk = crate::peer::trusting();
    assert!(desk.hear(&request(1, "", PACKAGE_1)).out.done);
    assert_eq!(desk.server.abort(None), []);
    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&reply(1, "", &of_header(1, 200, "")));
    assert_eq!(device.client.abort(None), []);
    assert_eq!(device.next(), None);
}

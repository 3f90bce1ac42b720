//! Every message of the recordings of Windows devices is played against our server, or where a server said it against our client.
//!
//! The recordings are not part of this repository. Where they are missing the tests say how many cases they skipped.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only the recordings are read, and what is skipped must be said"
)]

#[path = "corpus/recordings.rs"]
mod recordings;

use std::path::Path;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};

use omadm::syncml::Status;
use omadm::tree::{Acl, Found, Owner};
use omadm::{
    AbortedBy, Account, AccountState, Binding, ClientConfig, ClientEvent, ClientSession, Command,
    Credential, Data, Encoding, Env, Format, Limits, Message, NewCommand, Node, Outcome, Party,
    Received, Scheme, Secret, ServerConfig, ServerEvent, ServerSession, Tree, Trigger, Version,
};

use recordings::{read, with_corpus};

const SERVICE: &str = "https://mdm.example.test/ManagementServer/MDM.svc";
/// The device of the recorded traffic, and the one of the documents.
const RECORDED: &str = "0123456789ABCDEF0123456789ABCDEF";
const DOCUMENTED: &str = "F717C0F0-5F68-4AC3-A341-01B2544219DF";
const UNENROLL: &str = "com.microsoft:mdm.unenrollment.userrequest";
/// What stands in the recordings instead of a digest.
const REDACTED: &str = "AAAAAAAAAAAAAAAAAAAAAA==";

fn recorded(corpus: &Path, name: &str) -> String {
    String::from_utf8(read(&corpus.join("windows").join(name))).unwrap()
}

fn decode(body: &[u8]) -> Message {
    Message::decode(body, Encoding::Xml, &Limits::DEFAULT).unwrap()
}

fn account(device: &str, client: Party) -> Account {
    Account {
        device_id: device.to_owned(),
        server_id: "mdm.example.test".to_owned(),
        client,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    }
}

fn md5_party() -> Party {
    let secret = Secret::Password(b"windows-password".to_vec().into());
    Party::Credential(
        Credential::new("fixture-client".to_owned(), secret, vec![Scheme::Md5]).unwrap(),
    )
}

fn digest(nonce: &[u8]) -> String {
    let user = Base64::encode_string(&Md5::digest(b"fixture-client:windows-password"));
    let all = [user.as_bytes(), b":", nonce].concat();
    Base64::encode_string(&Md5::digest(&all))
}

/// A server, its account, and what it has heard.
struct Desk {
    server: ServerSession,
    account: Account,
}

impl Desk {
    fn new(account: Account) -> Self {
        let config = ServerConfig {
            accept_mo: None,
            server_id: "mdm.example.test".to_owned(),
            url: SERVICE.to_owned(),
            binding: Binding::Transport,
            alert_types: vec![UNENROLL.to_owned()],
            strangers: Vec::new(),
            max_msg_size: None,
            max_obj_size: None,
            limits: Limits::DEFAULT,
        };
        Self {
            server: ServerSession::new(config),
            account,
        }
    }

    fn hear(&mut self, body: &str, commands: &[NewCommand]) -> (Vec<ServerEvent>, Message, bool) {
        let received = Received::body(body.as_bytes());
        let events = self.server.receive(&received, Some(&self.account)).unwrap();
        for command in commands {
            self.server.push(command.clone()).unwrap();
        }
        let entropy = [7; 32];
        let reply = self
            .server
            .respond(&Env::new(0, &entropy).unwrap())
            .unwrap();
        self.account.state = self.server.save().unwrap().account;
        (events, decode(&reply.body), reply.done)
    }
}

fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

fn codes(message: &Message) -> Vec<u16> {
    statuses(message).map(|status| status.code.0).collect()
}

fn statuses(message: &Message) -> impl Iterator<Item = &Status> {
    message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(status),
        _ => None,
    })
}

fn has_alert(events: &[ServerEvent], kind: &str, value: &str) -> bool {
    events.iter().any(|event| {
        matches!(event, ServerEvent::Alert { alert_type: Some(told), item, .. }
        if told == kind && item.data.as_ref().and_then(Data::as_text) == Some(value))
    })
}

fn in_session(message: &str, from: u32, to: u32) -> String {
    let (from, to) = (format!("<SessionID>{from}<"), format!("<SessionID>{to}<"));
    assert!(message.contains(&from));
    message.replace(&from, &to)
}

#[test]
fn package_1_of_a_document_is_answered_in_order() {
    with_corpus(1, |corpus| {
        let package_1 = recorded(corpus, "fleet-mdmtest-package1.xml");
        let mut desk = Desk::new(account(DOCUMENTED, Party::Transport));
        let (events, reply, done) = desk.hear(&package_1, &[]);
        assert_eq!(codes(&reply), [200, 200, 200, 200]);
        let refs: Vec<_> = statuses(&reply)
            .map(|status| status.cmd_ref.as_deref().unwrap())
            .collect();
        assert_eq!(refs, ["0", "2", "3", "4"]);
        assert_eq!(reply.header.session_id, "0");
        assert!(done);
        assert!(has_alert(&events, "com.microsoft/MDM/LoginStatus", "user"));
        // The next session has the same number.
        let (events, ..) = desk.hear(&package_1, &[]);
        assert!(
            events
                .iter()
                .any(|event| matches!(event, ServerEvent::Started { .. }))
        );
    });
}

#[test]
fn status_and_results_of_a_document() {
    with_corpus(1, |corpus| {
        let package_1 = in_session(&recorded(corpus, "fleet-mdmtest-package1.xml"), 0, 1);
        let mut desk = Desk::new(account(DOCUMENTED, Party::Transport));
        desk.hear(&package_1, &[get("./DevDetail/SwV")]);
        let answer = recorded(corpus, "msmdm-3.1.5.2-status-results.xml");
        let (events, reply, done) = desk.hear(&answer, &[]);
        assert!(
            matches!(&events[..], [ServerEvent::Status { command: 0, .. }, ServerEvent::Results { items, .. }]
            if items[0].data.as_ref().unwrap().as_text() == Some("10.0.26100.9278")),
            "{events:#?}"
        );
        assert_eq!(codes(&reply), [200]);
        assert!(done);
    });
}

/// The session that was recorded, message by message, with digests that fit our challenge: package 1 is refused, comes again as
/// message 2, and what follows refers to it.
fn challenged(corpus: &Path, session: u32) -> (Desk, String) {
    let mut desk = Desk::new(account(RECORDED, md5_party()));
    let again = recorded(corpus, "windows-26200.9278-package1-digest.xml");
    let again = in_session(&again, 1, session);
    // The first message was not recorded: it is the second without credentials, Status and LocName.
    let cut = |text: &str, from: &str, to: &str| {
        let (before, rest) = text.split_once(from).unwrap();
        let (_, after) = rest.split_once(to).unwrap();
        format!("{before}{after}")
    };
    let first = cut(&again, "<Cred>", "</Cred>");
    let first = cut(&first, "<LocName>", "</LocName>");
    let first = cut(&first, "<Status>", "</Status>").replace("<MsgID>2<", "<MsgID>1<");
    let (events, reply, done) = desk.hear(&first, &[]);
    assert_eq!(events, [ServerEvent::Unauthenticated { retry: true }]);
    assert_eq!(codes(&reply), [407, 407, 407, 407]);
    assert!(!done);
    let nonce = statuses(&reply).find_map(|status| status.chal.as_ref()?.next_nonce.clone());
    let digest = digest(&Base64::decode_vec(&nonce.unwrap()).unwrap());
    (desk, again.replace(REDACTED, &digest))
}

#[test]
fn package_1_comes_again_after_the_challenge() {
    with_corpus(1, |corpus| {
        let (mut desk, again) = challenged(corpus, 1);
        let (events, reply, done) = desk.hear(&again, &[]);
        assert_eq!(events[0], ServerEvent::Authenticated { scheme: "md5" });
        assert!(
            matches!(&events[1], ServerEvent::Started { device_id, dev_info, .. }
            if device_id == RECORDED && dev_info["Mod"] == "Conformance Device")
        );
        assert!(has_alert(&events, "com.microsoft/MDM/LoginStatus", "user"));
        assert_eq!(codes(&reply), [212, 200, 200, 200]);
        assert!(done);
        // The redacted digest is a wrong one.
        let (mut desk, again) = challenged(corpus, 1);
        let (_, digest) = again.split_once("auth-md5</Type></Meta><Data>").unwrap();
        let (digest, _) = digest.split_once('<').unwrap();
        let wrong = again.replace(digest, REDACTED);
        let (events, reply, _) = desk.hear(&wrong, &[]);
        assert_eq!(events, [ServerEvent::Unauthenticated { retry: true }]);
        assert_eq!(codes(&reply), [401, 401, 401, 401]);
    });
}

#[test]
fn results_of_the_recorded_session() {
    with_corpus(1, |corpus| {
        let (mut desk, again) = challenged(corpus, 3);
        let (_, reply, _) = desk.hear(&again, &[get("./DevInfo/Man")]);
        assert!(
            matches!(&reply.commands[4], Command::Get(get) if get.cmd_id.as_deref() == Some("5"))
        );
        let answer = recorded(corpus, "windows-26200.9278-namespace11-results.xml");
        let (_, digest) = again.split_once("auth-md5</Type></Meta><Data>").unwrap();
        let (digest, _) = digest.split_once('<').unwrap();
        let (events, reply, done) = desk.hear(&answer.replace(REDACTED, digest), &[]);
        assert!(
            matches!(&events[..], [ServerEvent::Status { command: 0, .. }, ServerEvent::Results { items, .. }]
            if items[0].data.as_ref().unwrap().as_text() == Some("Example Manufacturer")),
            "{events:#?}"
        );
        assert_eq!(statuses(&reply).count(), 1);
        assert!(done);
    });
}

#[test]
fn a_result_that_is_too_large_aborts_the_session() {
    with_corpus(1, |corpus| {
        let (mut desk, again) = challenged(corpus, 4);
        desk.hear(&again, &[get("./DevInfo/Man")]);
        let (_, digest) = again.split_once("auth-md5</Type></Meta><Data>").unwrap();
        let digest = digest.split_once('<').unwrap().0.to_owned();
        let answer = recorded(corpus, "windows-26200.9278-namespace11-results.xml");
        let answer = in_session(&answer, 3, 4).replace(REDACTED, &digest);
        desk.hear(&answer, &[get("./Vendor/MSFT/Large")]);
        let abort = recorded(corpus, "windows-26200.9278-large-result-abort-2048.xml");
        let (events, reply, done) = desk.hear(&abort.replace(REDACTED, &digest), &[]);
        assert!(events.contains(&ServerEvent::Aborted {
            by: AbortedBy::Device,
            reason: None
        }));
        assert!(
            events
                .iter()
                .any(|event| matches!(event, ServerEvent::Unknown { command: 1, .. }))
        );
        assert_eq!(codes(&reply)[1..], [200]);
        assert!(done && statuses(&reply).count() == reply.commands.len());
    });
}

#[test]
fn the_user_unenrolls() {
    with_corpus(1, |corpus| {
        let body = recorded(corpus, "windows-26200.9278-unenroll-1226.xml");
        let mut desk = Desk::new(account(RECORDED, Party::Transport));
        let (events, reply, _) = desk.hear(&body, &[]);
        assert_eq!(codes(&reply), [200, 200, 200, 200, 200]);
        assert!(has_alert(&events, UNENROLL, "1"));
        assert!(has_alert(&events, "com.microsoft/MDM/LoginStatus", "user"));
        // In WBXML it says the same.
        let wbxml = decode(body.as_bytes())
            .encode(Encoding::Wbxml, false)
            .unwrap();
        let mut desk = Desk::new(account(RECORDED, Party::Transport));
        let received = Received::body(&wbxml);
        assert_eq!(
            desk.server.receive(&received, Some(&desk.account)).unwrap(),
            events
        );
    });
}

#[test]
fn the_fragment_of_an_alert_is_taken_within_package_1() {
    with_corpus(1, |corpus| {
        let alert = recorded(corpus, "learn-edam-alert-1224-win32csp.xml")
            .replace("<CmdID>4<", "<CmdID>9<");
        let package_1 = recorded(corpus, "fleet-mdmtest-package1.xml");
        let body = package_1.replace("<Final/>", &format!("{alert}<Final/>"));
        let mut desk = Desk::new(account(DOCUMENTED, Party::Transport));
        let (events, reply, _) = desk.hear(&body, &[]);
        assert_eq!(codes(&reply), [200, 200, 200, 200, 200]);
        assert!(has_alert(
            &events,
            "Reversed-Domain-Name:com.microsoft.mdm.win32csp_install",
            "0"
        ));
    });
}

/// A device in the session with this number, with these leaves.
fn device(
    id: &str,
    session_id: u16,
    client: Party,
    leaves: &[(&str, Node)],
) -> (ClientSession, Tree) {
    let config = ClientConfig {
        account: account(id, client),
        url: SERVICE.to_owned(),
        version: Version::V1_2,
        encoding: Encoding::Xml,
        origins: Vec::new(),
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        dm2: None,
        objects: Default::default(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    };
    let mut tree = Tree::new(&Limits::DEFAULT);
    let all = Acl::parse("Add=*&Delete=*&Exec=*&Get=*&Replace=*").unwrap();
    tree.set(".", Node::interior(None).with_acl(all)).unwrap();
    for (uri, node) in leaves {
        tree.set(uri, node.clone()).unwrap();
    }
    let entropy = [3; 32];
    let env = Env::new(0, &entropy).unwrap();
    let trigger = Trigger::Server {
        session_id,
        requested: Vec::new(),
    };
    (ClientSession::new(config, trigger, &env), tree)
}

fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

fn say(client: &mut ClientSession, tree: &Tree) -> Message {
    let entropy = [4; 32];
    decode(
        &client
            .send(tree, &Env::new(0, &entropy).unwrap())
            .unwrap()
            .unwrap()
            .body,
    )
}

#[test]
fn a_server_of_windows_writes_the_namespace_of_1_1() {
    with_corpus(1, |corpus| {
        let man = leaf("Example Manufacturer");
        let (mut client, mut tree) = device(RECORDED, 3, md5_party(), &[("./DevInfo/Man", man)]);
        assert_eq!(say(&mut client, &tree).header.msg_id, 1);
        let body = recorded(corpus, "windows-26200.9278-namespace11-response.xml");
        // The challenge was not recorded: it is that answer to message 1, with 407 and nothing else.
        let (before, _) = body.split_once("<Status>").unwrap();
        let challenge = before.replace("<MsgID>2<", "<MsgID>1<")
            + "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format>\
               <Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type><NextNonce xmlns=\"syncml:metinf\">Tm9uY2U=</NextNonce></Meta></Chal>\
               <Data>407</Data></Status><Final/></SyncBody></SyncML>";
        client
            .receive(&mut tree, &Received::body(challenge.as_bytes()))
            .unwrap();
        let second = say(&mut client, &tree);
        assert_eq!(second.header.msg_id, 2);
        assert_eq!(second.header.cred.as_ref().unwrap().data, digest(b"Nonce"));
        client
            .receive(&mut tree, &Received::body(body.as_bytes()))
            .unwrap();
        // What a device of Windows answered here is what ours does.
        let ours = say(&mut client, &tree);
        let theirs =
            decode(recorded(corpus, "windows-26200.9278-namespace11-results.xml").as_bytes());
        assert_eq!(codes(&ours), codes(&theirs));
        assert_eq!(ours.header.msg_id, theirs.header.msg_id);
        assert_eq!(ours.header.ver_dtd, theirs.header.ver_dtd);
        let results = |message: &Message| {
            let found = message.commands.iter().find_map(|command| match command {
                Command::Results(results) => Some(results.clone()),
                _ => None,
            });
            let results = found.unwrap();
            (
                results.msg_ref,
                results.cmd_ref,
                results.items[0].source.clone(),
                results.items[0].data.clone(),
            )
        };
        assert_eq!(results(&ours), results(&theirs));
    });
}

#[test]
fn an_atomic_of_windows_is_done_whole_or_not_at_all() {
    with_corpus(1, |corpus| {
        let setting = "./cimv2/MDM_ConfigSetting/MDM_ConfigSetting.SettingName=%22UnEnrollOnCertExpiry%22/SettingValue";
        let roaming = "./cimv2/MDM_Restrictions/MDM_Restrictions.Key=%221%22/DataRoamingEnabled";
        let body = recorded(corpus, "msmdm-3.1.5.1.3-atomic.xml");
        let both = [(setting, leaf("false")), (roaming, leaf("false"))];
        for (leaves, told, now) in [
            (&both[..], &[200, 200, 200][..], "true"),
            (&both[..1], &[507, 216, 404], "false"),
        ] {
            let (mut client, mut tree) = device(DOCUMENTED, 1, Party::Transport, leaves);
            say(&mut client, &tree);
            client
                .receive(&mut tree, &Received::body(body.as_bytes()))
                .unwrap();
            let answer = say(&mut client, &tree);
            let refs: Vec<_> = statuses(&answer)
                .map(|status| status.cmd_ref.as_deref().unwrap())
                .collect();
            assert_eq!(refs, ["0", "10", "8", "9"]);
            assert_eq!(codes(&answer)[1..], *told);
            let Some(Found::Leaf(node)) = tree.find(setting).unwrap() else {
                panic!("no node")
            };
            assert_eq!(node.data().unwrap().as_text(), Some(now));
        }
    });
}

#[test]
fn the_fragment_of_an_exec_is_executed_within_a_message() {
    with_corpus(1, |corpus| {
        let uri = "./Vendor/MSFT/DiagnosticLog/DeviceStateData/MdmConfiguration";
        let fragment = recorded(corpus, "learn-diagnosticlog-exec-snap.xml");
        let header = recorded(corpus, "msmdm-3.1.5.1.3-atomic.xml");
        let (header, _) = header.split_once("<SyncBody>").unwrap();
        let (_, header) = header.split_once("<SyncHdr>").unwrap();
        let body = fragment.replace("<SyncBody>", &format!("<SyncHdr>{header}<SyncBody>"));
        let node = leaf("").owned_by(Owner::Host);
        let (mut client, mut tree) = device(DOCUMENTED, 1, Party::Transport, &[(uri, node)]);
        say(&mut client, &tree);
        let events = client
            .receive(&mut tree, &Received::body(body.as_bytes()))
            .unwrap();
        let [
            ClientEvent::Exec {
                ticket,
                uri: told,
                data: Some(data),
                ..
            },
        ] = events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert_eq!((told.as_str(), data.as_text()), (uri, Some("SNAP")));
        client
            .complete(&mut tree, *ticket, &Outcome::status(200))
            .unwrap();
        assert_eq!(codes(&say(&mut client, &tree))[1..], [200]);
    });
}

/// Every file of the folder is played by one of the tests above.
#[test]
fn no_recording_is_left_out() {
    with_corpus(1, |corpus| {
        let source = include_str!("windows.rs");
        for entry in std::fs::read_dir(corpus.join("windows")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(source.contains(&format!("\"{name}\"")), "{name}");
        }
    });
}

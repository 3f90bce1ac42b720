//! Damaged messages at the sessions: what is refused leaves them as they were, and what is not is a message like any other.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{NewCommand, NewItem, Received, Saved, Scheme, ServerConfig, ServerSession};

use crate::pair::{Setup, bruce, nonces, password, server_config, text};
use crate::peer::{BASIC, Desk, Device, PACKAGE_1, cred, of_header, reply, request, status};

/// The message cut at every octet, and with every bit flipped.
fn damaged(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..body.len()).map(|end| body[..end].to_vec());
    let flipped = (0..body.len() * 8).map(|bit| {
        let mut flipped = body.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    cut.chain(flipped)
}

/// Tells every one of them to a server that was saved like this; gives how many it took.
fn at_server(saved: &Saved, config: &ServerConfig, desk: &Desk, body: &[u8]) -> usize {
    let mut taken = 0;
    for body in damaged(body) {
        let mut server = ServerSession::restore(saved, config.clone()).unwrap();
        match server.receive(&Received::body(&body), desk.account.as_ref()) {
            Ok(_) => {
                let entropy = crate::pair::entropy(1);
                let env = omadm::Env::new(0, &entropy).unwrap();
                crate::pair::decode(&server.respond(&env).unwrap().body);
                taken += 1;
            }
            Err(_) => assert_eq!(server.save().unwrap(), *saved),
        }
    }
    taken
}

#[test]
fn at_a_server_that_waits_for_its_first_message() {
    let config = server_config();
    let desk = Desk::new(
        &bruce(&[Scheme::Basic, Scheme::Md5]),
        &password("mgmt", "SrvPw-1", &[Scheme::Md5]),
        config.clone(),
    );
    let body = request(1, &cred("basic", BASIC), PACKAGE_1).write();
    let taken = at_server(&desk.server.save().unwrap(), &config, &desk, &body);
    assert!(taken > 100, "{taken}");
}

#[test]
fn at_a_server_in_the_midst_of_a_session() {
    let config = server_config();
    let mut desk = Desk::new(
        &bruce(&[Scheme::Basic]),
        &password("mgmt", "SrvPw-1", &[Scheme::Md5]),
        config.clone(),
    );
    let right = cred("basic", BASIC);
    desk.server
        .push(NewCommand::Get(vec!["./A".to_owned()]))
        .unwrap();
    desk.server
        .push(NewCommand::Replace(vec![NewItem {
            uri: "./A".to_owned(),
            data: text("a"),
            format: None,
            mime: None,
        }]))
        .unwrap();
    desk.hear(&request(1, &right, PACKAGE_1));
    let said = of_header(
        1,
        212,
        &crate::peer::chal("md5", Some("AAAAAAAAAAAAAAAAAAAAAA==")),
    );
    let results = "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI></Source><Data>a</Data></Item></Results>";
    let answers = format!("{said}{}{results}{}", status(1, 4, 200), status(1, 5, 404));
    let body = request(2, &right, &answers).write();
    let taken = at_server(&desk.server.save().unwrap(), &config, &desk, &body);
    assert!(taken > 100, "{taken}");
}

#[test]
fn at_a_device() {
    let setup = Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Basic]),
        device_state: nonces(Some(b"Nonce"), None),
        trigger: omadm::Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        },
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    device.say();
    let item = "<Item><Target><LocURI>./DevInfo/Lang</LocURI></Target><Data>fr</Data></Item>";
    let body = format!(
        "{}<Sequence><CmdID>2</CmdID><Get><CmdID>3</CmdID>{item}</Get><Replace><CmdID>4</CmdID>{item}</Replace></Sequence>\
        <Alert><CmdID>5</CmdID><Data>1101</Data><Item/><Item><Data>?</Data></Item></Alert>",
        of_header(1, 212, &crate::peer::chal("md5", Some("AAAA")))
    );
    let header = cred("basic", "bWdtdDpTcnZQdy0x");
    let body = reply(1, &header, &body).write();
    let saved = device.client.save().unwrap();
    let mut taken = 0;
    for body in damaged(&body) {
        let mut client = omadm::ClientSession::restore(&saved, setup.client_config()).unwrap();
        let mut tree = setup.tree.clone();
        // An empty body is an end, not damage.
        if body.is_empty() {
            continue;
        }
        match client.receive(&mut tree, &Received::body(&body)) {
            Ok(_) => {
                setup.rested_client(&client);
                taken += 1;
            }
            Err(_) => {
                assert_eq!(client.save().unwrap(), saved);
                assert_eq!(tree, setup.tree);
            }
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn a_damaged_session_at_rest_is_not_restored() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let saved = device.client.save().unwrap();
    for state in damaged(&saved.state) {
        let saved = Saved {
            state,
            account: saved.account.clone(),
            parts: saved.parts.clone(),
        };
        let error =
            omadm::ClientSession::restore(&saved, Setup::default().client_config()).unwrap_err();
        assert_eq!(error.code(), omadm::Code::Snapshot);
        assert!(ServerSession::restore(&saved, server_config()).is_err());
    }
}

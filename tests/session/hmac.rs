//! `syncml:auth-MAC`: bad input of group A for the scheme that proves whole messages.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use omadm::{
    AbortedBy, Binding, ClientEvent, Message, Party, Received, Scheme, ServerConfig, ServerEvent,
};

use crate::pair::{Setup, bruce, decode, nonces, password, server_config};
use crate::peer::{
    BASIC, Desk, Device, Heard, PACKAGE_1, chal as challenge, cred as credentials, get, of_header,
    reply, request, status,
};
use crate::prove::hmac;
use crate::say::{chal, codes, others, statuses};

const DELETE: &str =
    "<Delete><CmdID>3</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Delete>";

fn desk(schemes: &[Scheme]) -> Desk {
    Desk::new(&bruce(schemes), &Party::Transport, server_config())
}

fn mac(nonce: &[u8], body: &[u8]) -> String {
    hmac("Bruce2", "OhBehave", nonce, body)
}

/// The nonce that a message gives for the next.
fn next_nonce(message: &Message) -> Vec<u8> {
    let chal = chal(message).unwrap();
    assert_eq!(chal.kind, "syncml:auth-MAC");
    Base64::decode_vec(&chal.next_nonce.unwrap()).unwrap()
}

/// A server behind package 1 of a device that has proved itself, with a Get (CmdID 4) that waits; and the next nonce.
fn proven() -> (Desk, Vec<u8>) {
    let mut desk = desk(&[Scheme::Hmac]);
    desk.server.push(get("./DevInfo/Man")).unwrap();
    let body = request(1, "", PACKAGE_1).write();
    let heard = desk.hear_mac(&body, &mac(b"Nonce", &body));
    assert_eq!(codes(&heard.message), [200, 200, 200]);
    assert_eq!(others(&heard.message), ["Get"]);
    let nonce = next_nonce(&heard.message);
    (desk, nonce)
}

fn is_refused(heard: &Heard, retry: bool) {
    is_wrong(heard, retry);
    assert_eq!(next_nonce(&heard.message).len(), 16);
}

fn is_wrong(heard: &Heard, retry: bool) {
    assert_eq!(codes(&heard.message)[0], 401);
    assert!(codes(&heard.message).iter().all(|code| *code == 401));
    assert!(others(&heard.message).is_empty());
    // Of commands that are out nobody will ever say what became of them.
    let is_known = |event: &ServerEvent| !matches!(event, ServerEvent::Unknown { .. });
    assert_eq!(heard.events[0], ServerEvent::Unauthenticated { retry });
    assert!(!heard.events.iter().skip(1).any(is_known));
    assert_eq!(heard.out.done, !retry);
}

#[test]
fn a03_the_vectors_of_the_header() {
    for (body, expected) in [
        (&b"<SyncML/>"[..], "urdCeS3JUmjFgi8SX3webw=="),
        (b"", "gbjsdKI2jLRPFi9gmOstJg=="),
    ] {
        assert!(mac(b"Nonce", body).ends_with(&format!(" mac={expected}")));
    }
}

#[test]
fn a18_a_message_without_the_header_that_was_demanded_is_wrong_and_ends_the_session() {
    let mut desk = desk(&[Scheme::Hmac]);
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(codes(&heard.message), [407, 407, 407]);
    assert_eq!(next_nonce(&heard.message).len(), 16);
    is_refused(&desk.hear(&request(2, "", PACKAGE_1)), false);

    let (mut desk, _) = proven();
    let answer = format!("{}{}", of_header(1, 200, ""), status(1, 4, 200));
    is_refused(&desk.hear(&request(2, "", &answer)), false);

    // The token of another binding opens nothing either.
    for binding in [Binding::RespUri, Binding::Transport, Binding::PerMessage] {
        let config = ServerConfig {
            binding,
            ..server_config()
        };
        let mut desk = Desk::new(&bruce(&[Scheme::Hmac]), &Party::Transport, config);
        desk.server.push(get("./DevInfo/Man")).unwrap();
        let body = request(1, "", PACKAGE_1).write();
        let heard = desk.hear_mac(&body, &mac(b"Nonce", &body));
        let url = heard.message.header.resp_uri.clone();
        let heard = desk.hear_at(&request(2, "", &answer).write(), url.as_deref());
        is_refused(&heard, false);
    }
}

#[test]
fn s11_where_a_session_ends_for_want_of_proof_nobody_knows_what_became_of_the_commands() {
    let (mut desk, _) = proven();
    let heard = desk.hear(&request(2, "", &status(1, 4, 200)));
    assert!(heard.out.done);
    assert_eq!(
        heard.events,
        [
            ServerEvent::Unauthenticated { retry: false },
            ServerEvent::Unknown {
                command: 0,
                child: Vec::new(),
                item: None,
            }
        ]
    );
}

#[test]
fn a19_headers_that_are_none_are_wrong() {
    let body = request(1, "", PACKAGE_1).write();
    let right = mac(b"Nonce", &body);
    let value = right.rsplit('=').nth(2).unwrap();
    let long = format!("x=\"{}\", {right}", "a".repeat(65_536));
    let headers = [
        String::new(),
        ",".to_owned(),
        format!("algorithm=MD5, mac={value}=="),
        "algorithm=MD5, username=\"Bruce2\"".to_owned(),
        right.replace("MD5", "SHA1"),
        right.replace("Bruce2", "bruce2"),
        right.replace("Bruce2", "Bruce2\\\""),
        right.replace("Bruce2", "Bruce2\r\n"),
        format!("{right}\r\nx-other: y"),
        format!("{right}, {right}"),
        format!("{right}, mac={value}=="),
        format!("{right}, username=\"Bruce2\""),
        format!("algorithm=MD5, {right}"),
        right.replace(value, "AAAAAAAAAAAAAAAAAAAAAA"),
        long,
    ];
    for header in headers {
        let shown: String = header.chars().take(80).collect();
        let mut desk = desk(&[Scheme::Hmac]);
        let heard = desk.hear_mac(&body, &header);
        assert_eq!(codes(&heard.message), [401, 401, 401], "{shown}");
        is_refused(&heard, true);
    }
    let spellings = [
        right.clone(),
        right.replace("algorithm=MD5, ", ""),
        format!("MAC={value}==,USERNAME=\"Bruce2\""),
        format!(" username = \"Bruce\\2\" ,\talgorithm = md5 , mac = {value}== "),
        format!("username=Bruce2, mac={value}, other=\"x, mac=y\""),
    ];
    for header in spellings {
        let heard = desk(&[Scheme::Hmac]).hear_mac(&body, &header);
        assert_eq!(codes(&heard.message), [200, 200, 200], "{header}");
    }
}

#[test]
fn a21_one_bit_of_the_body_is_enough() {
    let body = request(1, "", PACKAGE_1).write();
    let header = mac(b"Nonce", &body);
    let (mut unread, mut refused) = (0, 0);
    for at in 0..body.len() {
        let mut flipped = body.clone();
        flipped[at] ^= 1;
        let mut desk = desk(&[Scheme::Hmac]);
        let received = Received {
            hmac: Some(&header),
            ..Received::body(&flipped)
        };
        let Ok(events) = desk.take(&received) else {
            unread += 1;
            continue;
        };
        let message = decode(&desk.respond().body);
        let is_started = events
            .iter()
            .any(|event| matches!(event, ServerEvent::Started { .. }));
        assert!(!is_started, "octet {at}");
        assert!(
            codes(&message).iter().all(|code| *code >= 400),
            "octet {at}"
        );
        refused += 1;
    }
    assert!(unread > 50 && refused > 50, "{unread} {refused}");
}

#[test]
fn a22_a_message_that_comes_again_gets_the_stored_reply_with_its_mac() {
    let own = password("mgmt", "SrvPw-1", &[Scheme::Hmac]);
    let mut desk = Desk::new(&bruce(&[Scheme::Hmac]), &own, server_config());
    desk.account.as_mut().unwrap().state.server_nonce = Some(b"ecnoN".to_vec());
    desk.server.push(get("./DevInfo/Man")).unwrap();
    desk.hear_mac(
        &request(1, "", PACKAGE_1).write(),
        &mac(b"Nonce", &request(1, "", PACKAGE_1).write()),
    );
    let nonce = desk.state().client_nonce.clone().unwrap();
    let answer = format!(
        "{}{}",
        of_header(1, 200, &challenge("MAC", Some("AAAAAAAAAAAAAAAAAAAAAA=="))),
        status(1, 4, 200)
    );
    let body = request(2, "", &answer).write();
    let heard = desk.hear_mac(&body, &mac(&nonce, &body));
    let own = heard.out.hmac.clone().unwrap();
    assert_eq!(own, hmac("mgmt", "SrvPw-1", &[0; 16], &heard.out.body));
    assert_eq!(heard.events.len(), 1, "the Status of the Get");
    for _ in 0..2 {
        let again = desk.hear_mac(&body, &mac(&nonce, &body));
        assert_eq!(again.events, [ServerEvent::Repeated]);
        assert_eq!(again.out.body, heard.out.body);
        assert_eq!(again.out.hmac.as_ref(), Some(&own));
    }
}

#[test]
fn a23_a_nonce_serves_one_message() {
    let (mut desk, nonce) = proven();
    let answer = status(1, 4, 200);
    let body = request(2, "", &answer).write();
    is_refused(&desk.hear_mac(&body, &mac(b"Nonce", &body)), false);

    let (mut desk, _) = proven();
    desk.server.push(get("./DevInfo/Man")).unwrap();
    let heard = desk.hear_mac(&body, &mac(&nonce, &body));
    assert_eq!(codes(&heard.message), [200]);
    assert_ne!(next_nonce(&heard.message), nonce);
    let body = request(3, "", &status(2, 2, 200)).write();
    is_refused(&desk.hear_mac(&body, &mac(&nonce, &body)), false);
}

#[test]
fn a06_a_recorded_message_is_refused_in_a_new_session() {
    let (mut desk, _) = proven();
    let body = request(1, "", PACKAGE_1).write();
    let mut later = self::desk(&[Scheme::Hmac]);
    later.account.as_mut().unwrap().state = desk.state();
    is_refused(&later.hear_mac(&body, &mac(b"Nonce", &body)), true);
    // Nor may it begin anew what goes on.
    let other = request(1, "", "").write();
    let received = Received {
        hmac: Some(&mac(b"Nonce", &other)),
        ..Received::body(&other)
    };
    assert!(desk.take(&received).is_err());
}

#[test]
fn a08_a_wrong_mac_after_the_challenge_closes_the_session() {
    let mut desk = desk(&[Scheme::Hmac]);
    let body = request(1, "", PACKAGE_1).write();
    is_refused(&desk.hear_mac(&body, &mac(b"old", &body)), true);
    let body = request(2, "", PACKAGE_1).write();
    is_refused(&desk.hear_mac(&body, &mac(b"old", &body)), false);
    assert_eq!(
        desk.refuse(&request(3, "", PACKAGE_1).write()).code(),
        omadm::Code::State
    );
}

#[test]
fn a13_a_password_is_no_answer_to_a_demand_for_macs() {
    let mut desk = desk(&[Scheme::Hmac, Scheme::Basic]);
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(next_nonce(&heard.message).len(), 16);
    let basic = credentials("basic", BASIC);
    is_refused(&desk.hear(&request(2, &basic, PACKAGE_1)), false);

    // Nor is one that has been proved by MAC carried on by anything else, nor the other way round.
    for (first, second) in [(true, false), (false, true)] {
        let mut desk = self::desk(&[Scheme::Hmac, Scheme::Basic]);
        desk.server.push(get("./DevInfo/Man")).unwrap();
        let mut say = |msg_id, by_mac, nonce: &[u8], what: &str| {
            let cred = if by_mac { "" } else { &basic };
            let body = request(msg_id, cred, what).write();
            if by_mac {
                desk.hear_mac(&body, &mac(nonce, &body))
            } else {
                desk.hear(&request(msg_id, cred, what))
            }
        };
        let heard = say(1, first, b"Nonce", PACKAGE_1);
        assert!(!heard.out.done && codes(&heard.message)[0] < 300);
        let nonce = if first {
            next_nonce(&heard.message)
        } else {
            b"Nonce".to_vec()
        };
        let heard = say(2, second, &nonce, &status(1, 4, 200));
        is_wrong(&heard, false);
        let kind = if first { "MAC" } else { "basic" };
        assert_eq!(
            chal(&heard.message).unwrap().kind,
            format!("syncml:auth-{kind}")
        );
    }
}

#[test]
fn a_mac_in_cred_is_no_proof() {
    let body = request(1, "", PACKAGE_1).write();
    let value = mac(b"Nonce", &body);
    let digest = value.rsplit("mac=").next().unwrap();
    let mut desk = desk(&[Scheme::Hmac]);
    let heard = desk.hear(&request(1, &credentials("MAC", digest), PACKAGE_1));
    is_refused(&heard, true);
}

// ------------------------------------------------------------------------------------------------------- the device

/// A device whose server proves itself by MAC, with package 1 said.
fn device() -> Device {
    let mut device = Device::new(&Setup {
        server: password("mgmt", "SrvPw-1", &[Scheme::Hmac]),
        device_state: nonces(None, Some(b"ecnoN")),
        ..Setup::default()
    });
    device.say();
    device
}

fn own(nonce: &[u8], body: &[u8]) -> String {
    hmac("mgmt", "SrvPw-1", nonce, body)
}

fn has_ended(device: &mut Device, events: &[ClientEvent]) -> bool {
    let aborted = |event: &ClientEvent| {
        matches!(
            event,
            ClientEvent::Aborted {
                by: AbortedBy::Device,
                ..
            }
        )
    };
    events.iter().any(aborted) && device.next().is_none()
}

#[test]
fn a26_a_device_executes_nothing_without_a_right_mac() {
    let letter = reply(1, "", DELETE);
    let right = own(b"ecnoN", &letter.write());
    let other = own(b"ecnoN", b"another body");
    for (header, code) in [
        (None, 407),
        (Some(""), 401),
        (Some(other.as_str()), 401),
        (Some(&right.replace("mgmt", "mgmT")), 401),
    ] {
        let mut device = device();
        let before = device.tree.clone();
        let events = match header {
            Some(header) => device.hear_mac(&letter, header),
            None => device.hear(&letter),
        };
        assert!(events.is_empty(), "{events:?}");
        assert_eq!(device.tree, before);
        let told = device.say();
        assert_eq!(codes(&told), [code; 2], "{header:?}");
        assert!(others(&told).is_empty());
        // With the nonce that it has given it is convinced.
        let nonce = next_nonce(&told);
        let letter = reply(2, "", DELETE);
        device.hear_mac(&letter, &own(&nonce, &letter.write()));
        let told = device.say();
        assert_eq!(statuses(&told)[0], "2/0 SyncHdr 200");
        assert_ne!(next_nonce(&told), nonce);
    }
    let mut device = device();
    device.hear_mac(&letter, &right);
    let told = device.say();
    assert_eq!(codes(&told)[0], 200);
    assert_eq!(next_nonce(&told).len(), 16);
}

#[test]
fn a21_a_device_executes_nothing_of_a_body_that_was_changed() {
    let letter = reply(1, "", DELETE);
    let body = letter.write();
    let header = own(b"ecnoN", &body);
    for at in 0..body.len() {
        let mut flipped = body.clone();
        flipped[at] ^= 1;
        let mut device = device();
        let before = device.tree.clone();
        let received = Received {
            hmac: Some(&header),
            ..Received::body(&flipped)
        };
        let _ = device.client.receive(&mut device.tree, &received);
        assert_eq!(device.tree, before, "octet {at}");
    }
}

#[test]
fn a18_a_device_ends_the_session_where_a_later_mac_is_missing_or_old() {
    for header in ["missing", "old", "wrong"] {
        let mut device = device();
        let letter = reply(
            1,
            "",
            "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>",
        );
        device.hear_mac(&letter, &own(b"ecnoN", &letter.write()));
        let nonce = next_nonce(&device.say());
        let before = device.tree.clone();
        let letter = reply(2, "", DELETE);
        let body = letter.write();
        let events = match header {
            "missing" => device.hear(&letter),
            "old" => device.hear_mac(&letter, &own(b"ecnoN", &body)),
            _ => device.hear_mac(&letter, &own(&nonce, b"another body")),
        };
        assert_eq!(device.tree, before, "{header}");
        assert!(has_ended(&mut device, &events), "{header} {events:?}");
    }
    // And where it was asked for.
    let mut device = device();
    device.hear(&reply(1, "", DELETE));
    assert_eq!(codes(&device.say()), [407, 407]);
    let events = device.hear(&reply(2, "", DELETE));
    assert!(has_ended(&mut device, &events), "{events:?}");
}

/// A device that proves itself by MAC, with package 1 said.
fn proving(nonce: Option<&[u8]>) -> Device {
    let mut device = Device::new(&Setup {
        client: bruce(&[Scheme::Hmac]),
        device_state: nonces(nonce, None),
        ..Setup::default()
    });
    let out = device.next().unwrap();
    assert_eq!(out.hmac, nonce.map(|nonce| mac(nonce, &out.body)));
    let header = decode(&out.body).header;
    assert!(header.cred.is_none());
    assert_eq!(header.source.name.is_some(), nonce.is_some());
    device
}

#[test]
fn a28_a_challenged_device_repeats_package_1_with_a_mac() {
    let mut device = proving(None);
    let asks = of_header(1, 407, &challenge("mac", Some("Tm9uY2U=")));
    device.hear(&reply(1, "", &asks));
    let out = device.next().unwrap();
    assert_eq!(out.hmac, Some(mac(b"Nonce", &out.body)));
    // A message that is out goes out again as it was.
    assert_eq!(device.next(), Some(out));
}

#[test]
fn a24_a_server_that_breaks_the_rules_of_macs_is_left() {
    let get =
        "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
    let nonce = challenge("MAC", Some("Tm9uY2U="));
    for said in [
        of_header(1, 212, ""),
        of_header(1, 212, &nonce),
        of_header(1, 200, &challenge("md5", Some("Tm9uY2U="))),
        of_header(1, 200, &challenge("basic", None)),
    ] {
        let mut device = proving(Some(b"Nonce"));
        let events = device.hear(&reply(1, "", &format!("{said}{get}")));
        assert!(has_ended(&mut device, &events), "{said}");
    }
    for said in [of_header(2, 200, ""), of_header(2, 212, &nonce)] {
        let mut device = proving(Some(b"old"));
        device.hear(&reply(1, "", &of_header(1, 401, &nonce)));
        device.say();
        let events = device.hear(&reply(2, "", &format!("{said}{get}")));
        assert!(has_ended(&mut device, &events), "{said}");
    }
    // Each message uses the nonce that came last.
    let mut device = proving(Some(b"old"));
    for (msg_id, nonce) in [(1, "AAAA"), (2, "AQID")] {
        let said = of_header(msg_id, 200, &challenge("MAC", Some(nonce)));
        device.hear(&reply(msg_id, "", &format!("{said}{get}")));
        let out = device.next().unwrap();
        let octets = Base64::decode_vec(nonce).unwrap();
        assert_eq!(out.hmac, Some(mac(&octets, &out.body)));
        assert_eq!(device.state().client_nonce, Some(octets));
    }
}

#[test]
fn a11_macs_are_not_given_up_for_anything_weaker() {
    for (kind, nonce) in [
        ("basic", None),
        ("md5", Some("AAAA")),
        ("SHA256", Some("AAAA")),
    ] {
        let mut device = proving(Some(b"Nonce"));
        let asks = of_header(1, 401, &challenge(kind, nonce));
        let events = device.hear(&reply(1, "", &asks));
        assert!(has_ended(&mut device, &events), "{kind}");
    }
}

//! Neighbours of the catalogue's rows on authentication: what nearly is a proof, at the wrong place, of the wrong type or too late.

use base64ct::{Base64, Encoding as _};
use omadm::{
    Account, Binding, ClientEvent, ClientSession, Code, Env, Limits, Message, Party, Received,
    Scheme, ServerConfig, ServerEvent, Trigger,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::pair::{DEVICE, Setup, URL, bruce, decode, nonces, password, server_config};
use crate::peer::{
    BASIC, Desk, Device, Letter, PACKAGE_1, chal as challenge, config, cred, get, of_header, reply,
    request, status, told,
};
use crate::prove::{Proved, hmac};
use crate::say::{chal, codes};

const BRUCE: (&str, &str) = ("Bruce2", "OhBehave");
const MGMT: (&str, &str) = ("mgmt", "SrvPw-1");
const ALL: [Scheme; 4] = [Scheme::Basic, Scheme::Md5, Scheme::Hmac, Scheme::Sha256];

fn nonce_of(message: &Message) -> Vec<u8> {
    let text = chal(message).and_then(|chal| chal.next_nonce);
    Base64::decode_vec(&text.unwrap_or_default()).unwrap()
}

fn desk(schemes: &[Scheme], binding: Binding) -> Desk {
    Desk::new(
        &bruce(schemes),
        &Party::Transport,
        config(binding, Limits::DEFAULT),
    )
}

fn hear(desk: &mut Desk, proved: &Proved) -> crate::peer::Heard {
    desk.hear_all(&proved.received())
}

/// On every message a digest is new; one that was used is not right because it is called a password.
#[test]
fn a23_a_used_digest_is_none_under_another_name() {
    for scheme in [Scheme::Md5, Scheme::Sha256] {
        for name in ["basic", "md5", "SHA256", "MAC", "x"] {
            let mut desk = desk(&[scheme, Scheme::Basic], Binding::PerMessage);
            desk.server.push(get("./A")).unwrap();
            let letter = request(1, "", PACKAGE_1);
            let first = Proved::new(&letter, scheme, BRUCE, b"Nonce");
            assert_eq!(codes(&hear(&mut desk, &first).message)[0], 200);
            let used = decode(&first.body).header.cred.unwrap().data;
            let body = request(2, &cred(name, &used), &status(1, 4, 200)).write();
            let heard = desk.hear_at(&body, None);
            assert_eq!(codes(&heard.message)[0], 401, "{scheme:?} {name}");
            assert!(!told(&heard.events).contains(&"0 200".to_owned()), "{name}");
        }
    }
}

/// A missing token gets a challenge of the type by which the device has proved itself, and the session goes on.
#[test]
fn a12_a25_a_missing_token_asks_for_the_type_of_the_session() {
    for (preferred, used) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        if used == Scheme::Hmac {
            continue;
        }
        let mut desk = desk(&[preferred, used], Binding::RespUri);
        desk.server.push(get("./A")).unwrap();
        let first = Proved::new(&request(1, "", PACKAGE_1), used, BRUCE, b"Nonce");
        assert_eq!(codes(&hear(&mut desk, &first).message)[0], 212);
        let heard = desk.hear(&request(2, "", &status(1, 4, 200)));
        assert_eq!(codes(&heard.message), [407]);
        assert_eq!(chal(&heard.message).unwrap().kind, used.wire());
        let said = status(1, 4, 200);
        let letter = request(3, "", &said);
        let proved = Proved::new(&letter, used, BRUCE, &nonce_of(&heard.message));
        let heard = hear(&mut desk, &proved);
        assert!(
            told(&heard.events).contains(&"0 200".to_owned()),
            "{preferred:?} {used:?} {:?}",
            heard.events
        );
    }
}

/// The type that was asked for stays the same, though the next message speaks another version.
#[test]
fn a12_the_type_of_a_challenge_stays_the_same() {
    let both = [Scheme::Sha256, Scheme::Md5];
    for (first, then) in [("DM/1.2", "DM/1.3"), ("DM/1.3", "DM/1.2")] {
        let mut desk = desk(&both, Binding::RespUri);
        let asked = desk.hear(&Letter {
            ver_proto: first,
            ..request(1, "", PACKAGE_1)
        });
        let again = desk.hear(&Letter {
            ver_proto: then,
            ..request(2, &cred("x", "x"), PACKAGE_1)
        });
        let kinds = [&asked, &again].map(|heard| chal(&heard.message).unwrap().kind);
        assert_eq!(kinds[0], kinds[1]);
    }
}

/// A token counts for the device that was given it, as far as the host and the transport know who that is.
#[test]
fn a25_s07_a_token_is_of_no_use_to_another_device() {
    for binding in [Binding::RespUri, Binding::Transport] {
        let mut desk = desk(&[Scheme::Basic], binding);
        desk.server.push(get("./A")).unwrap();
        let first = request(1, &cred("basic", BASIC), PACKAGE_1).write();
        let received = Received {
            peer: Some(DEVICE),
            ..Received::body(&first)
        };
        let url = desk.hear_all(&received).message.header.resp_uri;
        let own = desk.account.clone();
        let other = own.clone().map(|account| Account {
            device_id: "IMEI:1".to_owned(),
            ..account
        });
        let said = status(1, 4, 404);
        let stolen = request(2, "", &said).write();
        for (account, peer) in [
            (None, Some(DEVICE)),
            (other, Some(DEVICE)),
            (own.clone(), Some("IMEI:1")),
        ] {
            desk.account = account;
            let received = Received {
                peer,
                url: url.as_deref(),
                ..Received::body(&stolen)
            };
            let heard = desk.hear_all(&received);
            assert_eq!(codes(&heard.message), [401], "{binding:?} {peer:?}");
            assert!(matches!(
                heard.events[..],
                [ServerEvent::Unauthenticated { .. }]
            ));
            assert!(!heard.out.done && heard.message.header.resp_uri.is_none());
        }
        desk.account = own;
        let said = status(1, 4, 200);
        let body = request(2, "", &said).write();
        let received = Received {
            peer: Some(DEVICE),
            url: url.as_deref(),
            ..Received::body(&body)
        };
        assert_eq!(told(&desk.hear_all(&received).events), ["0 200"]);
    }
}

#[test]
fn s07_another_peer_does_not_end_the_session_of_a_device_that_the_transport_has_proved() {
    let mut desk = crate::peer::trusting();
    desk.server.push(get("./A")).unwrap();
    let hear = |desk: &mut Desk, body: &[u8], peer| {
        desk.hear_all(&Received {
            peer: Some(peer),
            ..Received::body(body)
        })
    };
    hear(&mut desk, &request(1, "", PACKAGE_1).write(), DEVICE);
    let body = request(2, "", &status(1, 4, 404)).write();
    let heard = hear(&mut desk, &body, "IMEI:1");
    assert_eq!(codes(&heard.message), [401]);
    assert!(!heard.out.done);
    let body = request(2, "", &status(1, 4, 200)).write();
    assert_eq!(told(&hear(&mut desk, &body, DEVICE).events), ["0 200"]);
}

/// The nonce for the next session is left out where it does not fit; the one that was used is used up all the same.
#[test]
fn a06_a_nonce_is_used_up_though_there_is_no_room_for_the_next() {
    let size = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    let mut left_out = 0;
    for octets in (300..500).step_by(20) {
        let long = format!("{URL}?{}", "x".repeat(octets));
        let letter = Letter {
            target: &long,
            ..request(1, size, PACKAGE_1)
        };
        let proved = Proved::new(&letter, Scheme::Md5, BRUCE, b"Nonce");
        let mut one = desk(&[Scheme::Md5], Binding::Transport);
        one.take(&proved.received()).unwrap();
        let out = one.respond();
        if out.body.is_empty() {
            break;
        }
        let message = decode(&out.body);
        assert_eq!(codes(&message)[0], 212);
        left_out += usize::from(chal(&message).is_none());
        let mut two = desk(&[Scheme::Md5], Binding::Transport);
        two.account.as_mut().unwrap().state = one.state();
        two.take(&proved.received()).unwrap();
        let out = two.respond();
        if !out.body.is_empty() {
            assert_eq!(codes(&decode(&out.body))[0], 401, "{octets}");
        }
    }
    assert!(left_out > 0);
}

/// What every message needs is not replaced by a Cred that went beside it.
#[test]
fn a18_a_cred_beside_a_mac_is_no_proof_later() {
    let cred = cred("md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    let setup = Setup {
        server: password(MGMT.0, MGMT.1, &[Scheme::Hmac]),
        device_state: nonces(None, Some(b"ecnoN")),
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    device.say();
    let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    let letter = reply(1, &cred, get);
    let mac = hmac(MGMT.0, MGMT.1, b"ecnoN", &letter.write());
    device.hear_mac(&letter, &mac);
    device.say();
    let before = device.tree.clone();
    let delete = "<Delete><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Lang</LocURI></Target></Item></Delete>";
    let events = device.hear(&reply(2, &cred, delete));
    assert!(
        matches!(events[..], [ClientEvent::Aborted { .. }]),
        "{events:?}"
    );
    assert_eq!(device.tree, before);
}

/// A stranger changes nothing by a first message with other bytes, neither before nor behind a challenge.
#[test]
fn s02_only_who_proves_itself_restarts_a_session_that_was_not_proven() {
    let mut desk = desk(&[Scheme::Md5], Binding::RespUri);
    let asked = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(codes(&asked.message)[0], 407);
    for header in [String::new(), cred("md5", "AAAA"), cred("basic", BASIC)] {
        let error = desk.refuse(&request(1, &header, crate::peer::NEXT).write());
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    // What was asked for is still right, under either number.
    let nonce = nonce_of(&asked.message);
    let proved = Proved::new(&request(1, "", PACKAGE_1), Scheme::Md5, BRUCE, &nonce);
    assert_eq!(codes(&hear(&mut desk, &proved).message)[0], 212);
}

/// Credentials of the one direction are of no use in the other, under the same nonce.
#[test]
fn credentials_of_one_direction_prove_nothing_in_the_other() {
    for scheme in ALL {
        let server = password(MGMT.0, MGMT.1, &[scheme]);
        let mut desk = Desk::new(&bruce(&[scheme]), &server, server_config());
        let proved = Proved::new(&request(1, "", PACKAGE_1), scheme, MGMT, b"Nonce");
        assert_eq!(codes(&hear(&mut desk, &proved).message)[0], 401);
        let setup = Setup {
            client: bruce(&[scheme]),
            server,
            device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
            ..Setup::default()
        };
        let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
        for (who, nonce) in [(BRUCE, b"Nonce"), (BRUCE, b"ecnoN"), (MGMT, b"Nonce")] {
            if scheme == Scheme::Basic && who == MGMT {
                continue;
            }
            let mut device = Device::new(&setup);
            device.say();
            let proved = Proved::new(&reply(1, "", get), scheme, who, nonce);
            assert_eq!(device.try_hear_all(&proved.received()).unwrap(), []);
            assert_eq!(codes(&device.say()), [401, 401], "{scheme:?}");
        }
    }
}

/// A Cred in every shape that is none, with and without an account.
#[test]
fn a02_a30_what_is_hardly_a_cred_is_wrong() {
    let meta = |inner: &str| format!("<Cred><Meta>{inner}</Meta><Data>{BASIC}</Data></Cred>");
    let kind = "<Type xmlns=\"syncml:metinf\">syncml:auth-basic</Type>";
    let format = "<Format xmlns=\"syncml:metinf\">b64</Format>";
    let headers = [
        "<Cred><Data/></Cred>".to_owned(),
        meta(""),
        meta(format),
        meta(&format!("{format}<Type xmlns=\"syncml:metinf\"/>")),
        meta(&format!("{format}<Type>syncml:auth-x509</Type>")),
        cred("basic", ""),
        cred("basic", " "),
        cred("basic", "QnJ1Y2UyOk9oQmVoYXZl="),
        cred("md5", BASIC),
        meta(&format!(
            "<Format xmlns=\"syncml:metinf\">chr</Format>{kind}"
        ))
        .replace(BASIC, "Bruce2:OhBehave"),
    ];
    for header in headers {
        for known in [true, false] {
            let config = ServerConfig {
                strangers: vec![Scheme::Basic],
                ..server_config()
            };
            let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
            if !known {
                desk.account = None;
            }
            let heard = desk.hear(&request(1, &header, PACKAGE_1));
            assert_eq!(codes(&heard.message), [401; 3], "{known} {header}");
            assert!(!heard.out.done);
        }
    }
    let right = [
        format!("{format}<Type>SYNCML:AUTH-BASIC</Type>"),
        "<MetInf xmlns=\"syncml:metinf\"><Format>b64</Format><Type>syncml:auth-basic</Type></MetInf>"
            .to_owned(),
        kind.to_owned(),
    ];
    for inner in right {
        let mut desk = desk(&[Scheme::Basic], Binding::RespUri);
        let heard = desk.hear(&request(1, &meta(&inner), PACKAGE_1));
        assert_eq!(codes(&heard.message)[0], 212, "{inner}");
    }
}

/// Credentials belong into the header: a command that holds any is not executed, at either side.
#[test]
fn credentials_inside_a_command_are_an_error() {
    let with =
        |command: &str| command.replace("</CmdID>", &format!("</CmdID>{}", cred("basic", BASIC)));
    let mut desk = crate::peer::trusting();
    let heard = desk.hear(&request(1, "", &with(PACKAGE_1)));
    assert_eq!(codes(&heard.message), [200, 400, 400]);
    assert!(heard.events.iter().any(
        |event| matches!(event, ServerEvent::Started { dev_info, .. } if dev_info.is_empty())
    ));
    let delete = with(
        "<Delete><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Lang</LocURI></Target></Item></Delete>",
    );
    let atomic = format!(
        "<Atomic><CmdID>3</CmdID>{}</Atomic>",
        delete.replace(">2<", ">4<")
    );
    let mut device = Device::new(&Setup::default());
    device.say();
    let before = device.tree.clone();
    assert_eq!(device.hear(&reply(1, "", &format!("{delete}{atomic}"))), []);
    assert_eq!(codes(&device.say()), [200, 400, 507, 400]);
    assert_eq!(device.tree, before);
}

/// The address may have a parameter of the same name before ours is added to it.
#[test]
fn a25_a_token_stands_behind_what_the_address_has_already() {
    let url = "https://mgmt.example/dm?sid=7";
    let config = ServerConfig {
        url: url.to_owned(),
        ..server_config()
    };
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
    desk.server.push(get("./A")).unwrap();
    let first = desk.hear(&Letter {
        target: url,
        ..request(1, &cred("basic", BASIC), PACKAGE_1)
    });
    let token = first.message.header.resp_uri.unwrap();
    let heard = desk.hear_at(&request(2, "", &status(1, 4, 200)).write(), Some(&token));
    assert_eq!(told(&heard.events), ["0 200"]);
}

/// A device whose token was lost on the way proves itself once more, and is managed on.
#[test]
fn a25_a_lost_token_is_no_end_for_our_own_device() {
    for scheme in [Scheme::Basic, Scheme::Md5, Scheme::Sha256] {
        let setup = Setup {
            client: bruce(&[scheme]),
            device_state: nonces(Some(b"Nonce"), None),
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        let mut desk = desk(&[scheme], Binding::RespUri);
        desk.server.push(get("./DevInfo/Man")).unwrap();
        let mut found = Vec::new();
        for turn in 1..9 {
            let Some(out) = device.next() else { break };
            // The second message loses its way.
            let url = if turn == 2 { None } else { out.url.as_deref() };
            let events = desk.receive(&out.body, url).unwrap();
            if turn == 3 {
                desk.server.push(get("./DevInfo/Mod")).unwrap();
            }
            found.extend(told(&events));
            let answer = desk.respond();
            device.try_hear(&answer.body).unwrap();
        }
        assert!(found.contains(&"1 200".to_owned()), "{scheme:?} {found:?}");
        assert!(!found.contains(&"Server".to_owned()), "{found:?}");
        assert_eq!(device.next(), None);
    }
}

/// The device's side of the same: the server's nonce is used up too.
#[test]
fn a06_the_nonce_of_a_server_is_used_up_though_there_is_no_room_for_the_next() {
    let size = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    let setup = Setup {
        server: password(MGMT.0, MGMT.1, &[Scheme::Md5]),
        device_state: nonces(None, Some(b"ecnoN")),
        ..Setup::default()
    };
    let mut left_out = 0;
    for octets in (100..400).step_by(10) {
        let mut config = setup.client_config();
        config.url = format!("{URL}?{}", "x".repeat(octets));
        let trigger = Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        };
        let mut device = Device::new(&setup);
        device.client = ClientSession::new(config, trigger, &Env::new(0, &[7; 32]).unwrap());
        device.say();
        let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
        let proved = Proved::new(&reply(1, size, get), Scheme::Md5, MGMT, b"ecnoN");
        device.try_hear_all(&proved.received()).unwrap();
        let Some(out) = device.next() else { break };
        let message = decode(&out.body);
        assert_eq!(codes(&message)[0], 212);
        left_out += usize::from(chal(&message).is_none());
        assert!(
            device
                .state()
                .server_nonce
                .clone()
                .is_some_and(|nonce| nonce.len() == 16)
        );
    }
    assert!(left_out > 0);
}

/// A challenge in every shape that is none, wherever it stands: an error, and nothing has changed.
#[test]
fn a17_challenges_with_an_accepted_message_are_checked_too() {
    let nonce = |kind: &str, nonce: &str| challenge(kind, Some(nonce));
    let broken = [
        (challenge("md5", None), Code::Schema),
        (nonce("md5", ""), Code::Schema),
        (nonce("md5", "Tm9uY2U"), Code::Schema),
        (nonce("md5", "Tm9u_2U="), Code::Schema),
        (nonce("md5", "Tm9u Y2U="), Code::Schema),
        (nonce("md5", &"A".repeat(344)), Code::Limit),
        ("<Chal/>".to_owned(), Code::Schema),
        ("<Chal><Meta/></Chal>".to_owned(), Code::Schema),
        (
            nonce("md5", "AQ==").replace(
                "</Meta>",
                "<NextNonce xmlns=\"syncml:metinf\">Ag==</NextNonce></Meta>",
            ),
            Code::Schema,
        ),
    ];
    for (chal, expected) in broken {
        for code in [200, 212, 401, 407] {
            let mut device = Device::new(&Setup {
                client: bruce(&[Scheme::Md5]),
                device_state: nonces(Some(b"Nonce"), None),
                ..Setup::default()
            });
            device.say();
            let error = device.refuse(&reply(1, "", &of_header(1, code, &chal)).write());
            assert_eq!(error.code(), expected, "{code} {chal}");
            let server = password(MGMT.0, MGMT.1, &[Scheme::Md5]);
            let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &server, server_config());
            desk.server.push(get("./A")).unwrap();
            desk.hear(&request(1, &cred("basic", BASIC), PACKAGE_1));
            let body = request(2, &cred("basic", BASIC), &of_header(1, code, &chal)).write();
            assert_eq!(desk.refuse(&body).code(), expected, "{code} {chal}");
        }
    }
}

/// A server may prove itself in the very message that challenges the device: what is said of that holds.
#[test]
fn a28_a_server_that_proves_itself_in_its_challenge_is_proven() {
    let delete = "<Delete><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Lang</LocURI></Target></Item></Delete>";
    for own in [Scheme::Basic, Scheme::Md5, Scheme::Sha256] {
        let mut device = Device::new(&Setup {
            client: bruce(&[Scheme::Md5]),
            server: password(MGMT.0, MGMT.1, &[own]),
            device_state: nonces(None, Some(b"ecnoN")),
            ..Setup::default()
        });
        device.say();
        let asks = of_header(1, 407, &challenge("md5", Some("Tm9uY2U=")));
        let proved = Proved::new(&reply(1, "", &asks), own, MGMT, b"ecnoN");
        device.try_hear_all(&proved.received()).unwrap();
        let again = device.say();
        assert_eq!(codes(&again), [212], "{own:?}");
        assert!(again.header.cred.is_some());
        // After 212 no credentials are needed.
        let body = format!("{}{delete}", of_header(2, 212, ""));
        let events = device.hear(&reply(2, "", &body));
        assert!(
            events
                .iter()
                .any(|event| matches!(event, ClientEvent::Changed { .. })),
            "{own:?} {events:?}"
        );
        assert_eq!(codes(&device.say()), [200, 200]);
    }
}

/// Missing and wrong credentials in every order: each is forgiven once, and the last answer holds a challenge.
#[test]
fn a01_a08_however_credentials_fail_there_is_an_end() {
    let known = cred("md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    let (none, other) = (String::new(), cred("basic", BASIC));
    for (headers, turns) in [
        ([&none, &none, &none], 2),
        ([&known, &known, &known], 2),
        ([&other, &other, &other], 2),
        ([&none, &known, &none], 3),
        ([&none, &known, &known], 3),
        ([&known, &none, &known], 3),
        ([&known, &none, &none], 3),
        ([&none, &other, &none], 2),
        ([&other, &known, &none], 2),
    ] {
        for is_known in [true, false] {
            let mut desk = desk(&[Scheme::Md5], Binding::RespUri);
            if !is_known {
                desk.account = None;
            }
            let mut last = None;
            for (msg_id, header) in (1..).zip(headers) {
                let heard = desk.hear(&request(msg_id, header, PACKAGE_1));
                assert!(matches!(codes(&heard.message)[..], [401 | 407, ..]));
                assert_eq!(nonce_of(&heard.message).len(), 16);
                let done = heard.out.done;
                last = Some(msg_id);
                if done {
                    break;
                }
            }
            assert_eq!(last, Some(turns), "{is_known} {headers:?}");
            let error = desk.refuse(&request(9, "", PACKAGE_1).write());
            assert_eq!(error.code(), Code::State);
        }
    }
}

/// Whom the transport has proved to be another learns nothing of a device by asking for it.
#[test]
fn s07_a30_another_peer_is_answered_alike_whoever_he_says_he_is() {
    let parties = [Some(bruce(&[Scheme::Basic])), Some(Party::Transport), None];
    for header in [String::new(), cred("basic", BASIC), cred("md5", "AAAA")] {
        for party in &parties {
            let client = party.as_ref().unwrap_or(&Party::Transport);
            let mut desk = Desk::new(client, &Party::Transport, server_config());
            if party.is_none() {
                desk.account = None;
            }
            let body = request(1, &header, PACKAGE_1).write();
            let heard = desk.hear_all(&Received {
                peer: Some("IMEI:1"),
                ..Received::body(&body)
            });
            assert_eq!(codes(&heard.message), [401; 3], "{party:?} {header}");
            assert_eq!(
                heard.events,
                [ServerEvent::Unauthenticated { retry: false }]
            );
            assert!(heard.out.done);
        }
    }
}

//! Bad input, group A: who may be taken for whom, and what becomes of nonces.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use omadm::{
    AbortedBy, Binding, ClientEvent, Code, Credential, NewCommand, Party, Scheme, Secret,
    ServerConfig, ServerEvent,
};

use crate::pair::{DEVICE, Setup, URL, bruce, nonces, password, server_config};
use crate::peer::{
    BASIC, Desk, Device, PACKAGE_1, chal as challenge, cred as credentials, of_header, reply,
    request,
};
use crate::say::{chal, codes, cred, others, statuses};

const MD5: &str = "Zz6EivR3yeaaENcRN6lpAQ==";
const SHA256: &str = "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4=";
const GET: &str =
    "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
const DELETE: &str =
    "<Delete><CmdID>3</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Delete>";

fn desk(schemes: &[Scheme]) -> Desk {
    Desk::new(&bruce(schemes), &Party::Transport, server_config())
}

fn get() -> NewCommand {
    NewCommand::Get(vec!["./DevInfo/Man".to_owned()])
}

fn is_aborted(events: &[ClientEvent], by: AbortedBy) -> bool {
    events
        .iter()
        .any(|event| matches!(event, ClientEvent::Aborted { by: who, .. } if *who == by))
}

#[test]
fn a01_without_credentials_nothing_is_taken() {
    let mut desk = desk(&[Scheme::Md5]);
    desk.server.push(get()).unwrap();
    let atomic = format!(
        "{PACKAGE_1}<Atomic><CmdID>7</CmdID><Add><CmdID>8</CmdID></Add></Atomic><Foo><CmdID>9</CmdID></Foo>"
    );
    let heard = desk.hear(&request(1, "", &atomic));
    assert_eq!(heard.events, [ServerEvent::Unauthenticated { retry: true }]);
    assert_eq!(
        statuses(&heard.message),
        [
            "1/0 SyncHdr 407",
            "1/1 Alert 407",
            "1/2 Replace 407",
            "1/7 Atomic 407",
            "1/8 Add 407",
            "1/9 Foo 407"
        ]
    );
    assert!(others(&heard.message).is_empty() && !heard.out.done);
    let asked = chal(&heard.message).unwrap();
    assert_eq!(
        (asked.kind.as_str(), asked.format.as_deref()),
        ("syncml:auth-md5", Some("b64"))
    );
    assert_eq!(asked.next_nonce.map(|nonce| nonce.len()), Some(24));
}

#[test]
fn a02_wrong_credentials_are_answered_with_a_fresh_nonce() {
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let mut desk = desk(&[Scheme::Md5]);
        let cred = credentials("md5", "AAAAAAAAAAAAAAAAAAAAAA==");
        for msg_id in [1, 2] {
            let heard = desk.hear(&request(msg_id, &cred, PACKAGE_1));
            assert_eq!(codes(&heard.message), [401, 401, 401]);
            nonces.push(chal(&heard.message).unwrap().next_nonce.unwrap());
        }
    }
    assert_ne!(nonces[0], nonces[1]);
    assert_ne!(nonces[0], "Tm9uY2U=");
    let mut desk = desk(&[Scheme::Basic]);
    let heard = desk.hear(&request(
        1,
        &credentials("basic", "QnJ1Y2UyOng="),
        PACKAGE_1,
    ));
    assert_eq!(codes(&heard.message), [401, 401, 401]);
    let asked = chal(&heard.message).unwrap();
    assert_eq!(
        (asked.kind.as_str(), asked.next_nonce),
        ("syncml:auth-basic", None)
    );
}

#[test]
fn a03_a04_known_answers() {
    for (kind, data, code) in [
        ("md5", "Zz6EivR3yeaaENcRN6lpAQ==", 212),
        ("MD5", "Zz6EivR3yeaaENcRN6lpAQ==", 212),
        ("md5", "CmO/kTaDnxgwUdBvdtRh4A==", 401),
        ("basic", BASIC, 212),
        ("basic", "OnJ1Y2UyOk9oOmVoYXZ1", 401),
    ] {
        let mut desk = desk(&[Scheme::Md5, Scheme::Basic]);
        let heard = desk.hear(&request(1, &credentials(kind, data), PACKAGE_1));
        assert_eq!(codes(&heard.message)[0], code, "{kind} {data}");
    }
}

#[test]
fn a05_users_and_secrets_of_all_kinds() {
    let made = |user: &str, secret: &[u8]| {
        let secret = Secret::Password(secret.to_vec().into());
        Credential::new(user.to_owned(), secret, vec![Scheme::Basic])
    };
    for (user, secret) in [
        ("a:b", &b"x"[..]),
        ("", b"x"),
        ("a", b""),
        ("a", &[b'x'; 10_000]),
        (&"x".repeat(10_000), b"x"),
    ] {
        assert_eq!(made(user, secret).unwrap_err().code(), Code::Arg);
    }
    for (user, secret) in [("Zoë", "p:w:"), ("日本", "\u{1f511}"), ("a", ":")] {
        for scheme in [Scheme::Basic, Scheme::Md5] {
            let run = Setup {
                client: password(user, secret, &[scheme]),
                device_state: nonces(Some(&[7; 16]), None),
                server_state: nonces(Some(&[7; 16]), None),
                ..Setup::default()
            }
            .run();
            assert_eq!(codes(&run.messages[1])[0], 212);
        }
    }
    for data in ["", "Og==", "QnJ1Y2UyOg==", "Ok9oQmVoYXZl"] {
        let mut desk = desk(&[Scheme::Basic]);
        let heard = desk.hear(&request(1, &credentials("basic", data), PACKAGE_1));
        assert_eq!(codes(&heard.message)[0], 401, "{data}");
    }
}

#[test]
fn a06_a_recorded_first_message_is_refused_once_the_nonce_has_moved() {
    let run = Setup {
        client: bruce(&[Scheme::Md5]),
        device_state: nonces(Some(b"Nonce"), None),
        server_state: nonces(Some(b"Nonce"), None),
        ..Setup::default()
    }
    .run();
    let mut desk = desk(&[Scheme::Md5]);
    desk.account.as_mut().unwrap().state = run.server_state.clone();
    let heard = desk.hear_at(&run.bodies[0], None);
    assert_eq!(codes(&heard.message), [401, 401, 401]);
    assert_eq!(heard.events, [ServerEvent::Unauthenticated { retry: true }]);
    assert!(chal(&heard.message).unwrap().next_nonce.is_some());
    assert!(desk.state().client_nonce != run.server_state.client_nonce);
}

#[test]
fn a08_wrong_again_after_the_challenge_closes_the_session() {
    for schemes in [[Scheme::Md5], [Scheme::Basic]] {
        let kind = if schemes[0] == Scheme::Md5 {
            "md5"
        } else {
            "basic"
        };
        let wrong = credentials(kind, "AAAAAAAAAAAAAAAAAAAAAA==");
        let mut desk = desk(&schemes);
        assert!(!desk.hear(&request(1, &wrong, PACKAGE_1)).out.done);
        let heard = desk.hear(&request(2, &wrong, PACKAGE_1));
        assert_eq!(codes(&heard.message), [401, 401, 401]);
        assert!(chal(&heard.message).is_some() && heard.out.done);
        assert_eq!(
            heard.events,
            [ServerEvent::Unauthenticated { retry: false }]
        );
        let right = credentials("basic", BASIC);
        assert_eq!(
            desk.refuse(&request(3, &right, PACKAGE_1).write()).code(),
            Code::State
        );
    }
    let mut desk = desk(&[Scheme::Md5]);
    assert!(!desk.hear(&request(1, "", PACKAGE_1)).out.done);
    assert!(desk.hear(&request(2, "", PACKAGE_1)).out.done);
}

#[test]
fn a10_a_nonce_of_an_unproven_server_is_for_this_attempt_only() {
    let setup = Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Basic]),
        device_state: nonces(Some(b"old"), Some(b"ours")),
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    device.say();
    let asks = of_header(1, 401, &challenge("md5", Some("Tm9uY2U=")));
    device.hear(&reply(1, "", &asks));
    let again = device.say();
    assert_eq!(again.header.cred.unwrap().data, "Zz6EivR3yeaaENcRN6lpAQ==");
    assert!(device.state() == setup.device_state);
    // Whoever accepts them without a proof of its own is believed no more than before.
    let accepts = of_header(2, 212, &challenge("md5", Some("AAAA")));
    device.hear(&reply(2, "", &format!("{accepts}{GET}")));
    assert!(device.state() == setup.device_state);
    let cred = credentials("basic", "bWdtdDpTcnZQdy0x");
    device.say();
    device.hear(&reply(3, &cred, &format!("{}{GET}", of_header(3, 200, ""))));
    assert_eq!(device.state().client_nonce.as_deref(), Some(&[0; 3][..]));
}

#[test]
fn a11_a_weaker_type_than_the_account_allows_is_never_used() {
    let mut device = Device::new(&Setup {
        client: bruce(&[Scheme::Md5]),
        device_state: nonces(Some(b"Nonce"), None),
        ..Setup::default()
    });
    device.say();
    let events = device.hear(&reply(1, "", &of_header(1, 401, &challenge("basic", None))));
    assert!(events.contains(&ClientEvent::Unauthenticated));
    assert!(is_aborted(&events, AbortedBy::Device));
    assert_eq!(device.next(), None);
}

#[test]
fn a12_the_type_stays_the_same_for_the_session() {
    let both = [Scheme::Md5, Scheme::Basic];
    for (code, next) in [(401, None), (200, Some(GET)), (212, Some(GET))] {
        let mut device = Device::new(&Setup {
            client: bruce(&both),
            device_state: nonces(Some(b"Nonce"), None),
            ..Setup::default()
        });
        let first = device.say();
        assert_eq!(cred(&first).as_deref(), Some("syncml:auth-md5"));
        let said = of_header(1, code, &challenge("md5", Some("AAAA")));
        device.hear(&reply(
            1,
            "",
            &format!("{said}{}", next.unwrap_or_default()),
        ));
        device.say();
        let events = device.hear(&reply(2, "", &of_header(2, 401, &challenge("basic", None))));
        assert!(is_aborted(&events, AbortedBy::Device), "after {code}");
        assert_eq!(device.next(), None, "after {code}");
    }
}

#[test]
fn a13_an_answer_of_another_type_than_was_asked_for_ends_the_session() {
    let mut desk = desk(&[Scheme::Md5, Scheme::Basic]);
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(chal(&heard.message).unwrap().kind, "syncml:auth-md5");
    let heard = desk.hear(&request(2, &credentials("basic", BASIC), PACKAGE_1));
    assert_eq!(codes(&heard.message), [401, 401, 401]);
    assert!(heard.out.done);
}

#[test]
fn a17_challenges_that_are_none() {
    let big = "A".repeat(5464);
    let twice = format!(
        "{}{}",
        challenge("md5", Some("AQ==")),
        challenge("md5", Some("AQ=="))
    );
    for (chal, code) in [
        (twice, Code::Schema),
        (challenge("md5", None), Code::Schema),
        (challenge("md5", Some("")), Code::Schema),
        (challenge("md5", Some("!")), Code::Schema),
        (challenge("md5", Some(&big)), Code::Limit),
    ] {
        let mut device = Device::new(&Setup {
            client: bruce(&[Scheme::Md5]),
            ..Setup::default()
        });
        device.say();
        let body = reply(1, "", &of_header(1, 401, &chal)).write();
        assert_eq!(device.refuse(&body).code(), code);
        // The device goes on where it was.
        device.hear(&reply(
            1,
            "",
            &of_header(1, 407, &challenge("md5", Some("AQ=="))),
        ));
        assert!(device.say().header.cred.is_some());

        let server = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
        let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &server, server_config());
        let cred = credentials("basic", BASIC);
        desk.server.push(get()).unwrap();
        desk.hear(&request(1, &cred, PACKAGE_1));
        let body = request(2, &cred, &of_header(1, 401, &chal)).write();
        assert_eq!(desk.refuse(&body).code(), code);
    }
}

#[test]
fn a25_a_session_id_alone_opens_nothing() {
    for binding in [Binding::RespUri, Binding::PerMessage] {
        for scheme in [Scheme::Basic, Scheme::Md5, Scheme::Sha256] {
            let config = ServerConfig {
                binding,
                ..server_config()
            };
            let mut desk = Desk::new(&bruce(&[scheme]), &Party::Transport, config);
            let cred = match scheme {
                Scheme::Basic => credentials("basic", BASIC),
                Scheme::Sha256 => credentials("sha256", SHA256),
                _ => credentials("md5", MD5),
            };
            desk.server.push(get()).unwrap();
            let first = desk.hear(&request(1, &cred, PACKAGE_1));
            let url = first.message.header.resp_uri.clone();
            let before = desk.server.save().unwrap();
            let answer = "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd><Data>200</Data></Status>";
            for wrong in [
                None,
                Some(URL),
                Some("https://mgmt.example/dm?sid=AAAAAAAAAAAAAAAAAAAAAA"),
            ] {
                let body = request(2, "", answer).write();
                let heard = desk.hear_at(&body, wrong);
                assert_eq!(codes(&heard.message), [407]);
                assert_eq!(heard.events, [ServerEvent::Unauthenticated { retry: true }]);
                assert_eq!(heard.message.header.resp_uri, None);
                assert!(!heard.out.done);
                assert_eq!(desk.server.save().unwrap().account, before.account);
            }
            // The device itself is not disturbed by it.
            if binding == Binding::RespUri {
                let heard = desk.hear_at(&request(2, "", answer).write(), url.as_deref());
                assert_eq!(codes(&heard.message), [200]);
                assert!(
                    heard
                        .events
                        .iter()
                        .any(|event| matches!(event, ServerEvent::Status { .. }))
                );
            }
        }
    }
}

#[test]
fn a26_an_unproven_server_moves_nothing() {
    for (header, code) in [
        (String::new(), 407),
        (credentials("basic", "bWdtdDp4"), 401),
        (credentials("md5", "AAAAAAAAAAAAAAAAAAAAAA=="), 401),
    ] {
        let setup = Setup {
            server: password("mgmt", "SrvPw-1", &[Scheme::Basic, Scheme::Md5]),
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        device.say();
        let sequence = format!("<Sequence><CmdID>9</CmdID>{DELETE}</Sequence>{GET}");
        let events = device.hear(&reply(1, &header, &sequence));
        assert!(events.is_empty(), "{events:?}");
        assert_eq!(device.tree, setup.tree);
        let told = device.say();
        assert_eq!(codes(&told), [code; 4]);
        assert_eq!(chal(&told).unwrap().kind, "syncml:auth-basic");
        assert!(others(&told).is_empty());
    }
}

#[test]
fn a27_without_commands_an_unproven_server_is_not_challenged() {
    for header in [String::new(), credentials("basic", "bWdtdDp4")] {
        let mut device = Device::new(&Setup {
            server: password("mgmt", "SrvPw-1", &[Scheme::Basic]),
            ..Setup::default()
        });
        device.say();
        let events = device.hear(&reply(1, &header, &of_header(1, 200, "")));
        assert!(is_aborted(&events, AbortedBy::Device));
        assert_eq!(device.next(), None);
    }
}

#[test]
fn a28_a_challenged_device_reverts_to_package_1() {
    let mut device = Device::new(&Setup {
        client: bruce(&[Scheme::Md5]),
        ..Setup::default()
    });
    let first = device.say();
    let resp_uri = "<RespURI>https://mgmt.example/other?x=1&amp;sid=2</RespURI>";
    let asks = of_header(1, 407, &challenge("md5", Some("Tm9uY2U=")));
    device.hear(&reply(1, resp_uri, &asks));
    let out = device.next().unwrap();
    assert_eq!(
        out.url.as_deref(),
        Some("https://mgmt.example/other?x=1&sid=2")
    );
    let again = crate::pair::decode(&out.body);
    assert_eq!(others(&again), others(&first));
    assert_eq!(others(&again), ["1200", "Replace"]);
    assert_eq!(statuses(&again), ["1/0 SyncHdr 200"]);
    assert_eq!(
        (again.header.session_id.as_str(), again.header.msg_id),
        ("1", 2)
    );
    assert_eq!(again.header.cred.unwrap().data, "Zz6EivR3yeaaENcRN6lpAQ==");
    assert!(again.is_final);
}

#[test]
fn a29_resp_uri_stays_within_the_origin() {
    for bad in [
        "https://evil.example/dm",
        "http://mgmt.example/dm",
        "https://mgmt.example:444/dm",
        "javascript:alert(1)",
        "/dm",
        "//evil.example/dm",
        "",
        "https://mgmt.example@evil.example/dm",
        "https://user@mgmt.example/dm",
        "https://mgmt.example.evil.example/",
        "https://evil.example\\@mgmt.example/",
    ] {
        let setup = Setup {
            client: bruce(&[Scheme::Basic]),
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        device.say();
        let resp_uri = format!("<RespURI>{bad}</RespURI>");
        let events = device.hear(&reply(1, &resp_uri, DELETE));
        assert!(is_aborted(&events, AbortedBy::Device), "{bad}");
        assert_eq!(device.next(), None, "{bad}");
        assert_eq!(device.tree, setup.tree);
    }
}

#[test]
fn a30_an_unknown_device_is_answered_like_a_wrong_password() {
    let md5 = credentials("md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    let basic = credentials("basic", "QnJ1Y2UyOng=");
    let shape = |desk: &mut Desk, letters: &[&str]| {
        let mut seen = Vec::new();
        for (msg_id, header) in (1..).zip(letters) {
            let body = request(msg_id, header, PACKAGE_1).write();
            match desk.receive(&body, None) {
                Ok(events) => {
                    let out = desk.respond();
                    let message = crate::pair::decode(&out.body);
                    let asked = chal(&message).unwrap();
                    seen.push(format!(
                        "{events:?} {:?} {} {:?} {} {}",
                        statuses(&message),
                        asked.kind,
                        asked.next_nonce.map(|nonce| nonce.len()),
                        out.body.len(),
                        out.done
                    ));
                }
                Err(error) => seen.push(format!("{error}")),
            }
        }
        seen
    };
    for letters in [
        ["", "", ""],
        ["", md5.as_str(), &md5],
        [&md5, "", &md5],
        [&md5, &md5, &md5],
        ["", &basic, &basic],
        [&basic, &basic, &basic],
        [&basic, &md5, &md5],
    ] {
        let known = shape(&mut desk(&[Scheme::Md5]), &letters);
        let mut nobody = desk(&[Scheme::Md5]);
        nobody.account = None;
        assert_eq!(shape(&mut nobody, &letters), known, "{letters:?}");
    }
}

#[test]
fn a30_a_stranger_is_not_told_the_password_of_the_server() {
    let server = password("mgmt", "SrvPw-1", &[Scheme::Basic]);
    let setup = Setup {
        client: bruce(&[Scheme::Md5]),
        server,
        commands: vec![(2, get())],
        ..Setup::default()
    };
    let run = setup.run();
    assert_eq!(codes(&run.messages[1])[0], 407);
    let given: Vec<_> = run.messages.iter().map(cred).collect();
    let [md5, basic] = ["md5", "basic"].map(|kind| Some(format!("syncml:auth-{kind}")));
    assert_eq!(given, [None, None, md5, basic, None, None]);
    assert_eq!(codes(&run.messages[4]), [212, 200]);
}

#[test]
fn a38_nothing_secret_is_shown() {
    let token_of = |uri: &str| uri.rsplit('=').next().unwrap().to_owned();
    let config = ServerConfig {
        binding: Binding::RespUri,
        ..server_config()
    };
    let server = password("mgmt", "SrvPw-1", &[Scheme::Basic]);
    let mut desk = Desk::new(&bruce(&[Scheme::Md5]), &server, config);
    desk.server.push(get()).unwrap();
    let digest = "Zz6EivR3yeaaENcRN6lpAQ==";
    let heard = desk.hear(&request(1, &credentials("md5", digest), PACKAGE_1));
    let next_nonce = chal(&heard.message).unwrap().next_nonce.unwrap();
    let token = token_of(heard.message.header.resp_uri.as_deref().unwrap());
    let mut device = Device::new(&Setup {
        client: bruce(&[Scheme::Md5]),
        server,
        device_state: nonces(Some(b"Nonce"), None),
        ..Setup::default()
    });
    let sent = device.say();
    device.hear(&reply(1, &credentials("basic", "bWdtdDpTcnZQdy0x"), GET));
    let wrong = credentials("md5", "<x>OhBehave</x>");
    let errors = [
        desk.refuse(&request(2, &wrong, PACKAGE_1).write()),
        desk.refuse(&request(1, &credentials("md5", "T2hCZWhhdmU="), PACKAGE_1).write()),
    ];
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {errors:?} {} {} {sent:?} {:?}",
        heard.out,
        desk.server.save(),
        desk.server,
        desk.account,
        heard.events,
        device.client,
        errors[0],
        errors[1],
        heard.message
    );
    let octets = |text: &[u8]| {
        let list: Vec<_> = text.iter().map(u8::to_string).collect();
        list.join(", ")
    };
    for secret in [
        "OhBehave",
        "SrvPw-1",
        digest,
        "T2hCZWhhdmU=",
        "bWdtdDpTcnZQdy0x",
        &next_nonce,
        &octets(b"Nonce"),
        &octets(desk.state().client_nonce.as_ref().unwrap()),
        &octets(&digest.as_bytes()[..8]),
        &octets(&Base64UrlUnpadded::decode_vec(&token).unwrap()),
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains(DEVICE), "something is shown");
}

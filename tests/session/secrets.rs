//! Bad input, row A38: what is shown to hosts and logs holds no secret. `peer` and `pair` ask it after every step of every test.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use omadm::{Command, Encoding, Limits, Message};

/// The passwords of the tests, and their hashes.
const KNOWN: [&str; 6] = [
    "OhBehave",
    "SrvPw-1",
    "T2hCZWhhdmU",
    "U3J2UHctMQ",
    "PtEdr8lBQ45IbT1bZIkrOQ",
    "R97sly7ZBZJBy453p8EcsTXjWZs9",
];

/// What a body and its header tell only to whom they are sent: credentials, nonces, MACs, tokens.
fn secrets(body: &[u8], hmac: Option<&str>) -> Vec<String> {
    let mut secrets = Vec::new();
    let mac = hmac.and_then(|header| header.split("mac=").nth(1));
    secrets.extend(mac.map(|mac| mac.split([',', ' ']).next().unwrap_or_default().to_owned()));
    let encoding = Encoding::detect(None, body);
    let message = encoding.and_then(|encoding| Message::decode(body, encoding, &Limits::DEFAULT));
    let Ok(message) = message else {
        return secrets;
    };
    secrets.extend(message.header.cred.map(|cred| cred.data));
    let token = message.header.resp_uri.as_deref();
    secrets.extend(
        token
            .and_then(|uri| uri.split("sid=").nth(1))
            .map(str::to_owned),
    );
    for command in message.commands {
        if let Command::Status(status) = command {
            secrets.extend(status.chal.and_then(|chal| chal.next_nonce));
        }
    }
    secrets
}

/// A text, its octets as numbers, and what it stands for where it is base64.
fn spellings(secret: &str) -> Vec<String> {
    let list = |octets: &[u8]| {
        let numbers: Vec<_> = octets.iter().take(8).map(u8::to_string).collect();
        numbers.join(", ")
    };
    let decoded = Base64::decode_vec(secret).or_else(|_| Base64UrlUnpadded::decode_vec(secret));
    let mut all = vec![secret.to_owned(), list(secret.as_bytes())];
    if let Ok(octets) = decoded {
        all.push(list(&octets));
        all.extend(String::from_utf8(octets));
    }
    all
}

/// Fails where `shown` holds a password, or a secret of the message that was sent or received just now.
pub(crate) fn hidden(shown: &str, body: &[u8], hmac: Option<&str>) {
    assert!(!shows_secret(shown, body, hmac), "a secret is shown");
}

fn shows_secret(shown: &str, body: &[u8], hmac: Option<&str>) -> bool {
    let mut secrets = secrets(body, hmac);
    secrets.extend(KNOWN.map(str::to_owned));
    // Shorter ones are found anywhere.
    let spellings = secrets
        .iter()
        .filter(|secret| secret.len() >= 8)
        .flat_map(|secret| spellings(secret));
    spellings
        .filter(|text| text.len() >= 8)
        .any(|text| shown.contains(&text))
}

#[test]
fn a38_a_secret_would_be_found() {
    let body = crate::peer::request(
        1,
        &crate::peer::cred("md5", "Zz6EivR3yeaaENcRN6lpAQ=="),
        &crate::peer::of_header(1, 401, &crate::peer::chal("md5", Some("LG3iZQhhdmKNHg=="))),
    )
    .write();
    let hmac = Some("username=\"a\", mac=urdCeS3JUmjFgi8SX3webw==, algorithm=MD5");
    for shown in [
        "x Zz6EivR3yeaaENcRN6lpAQ== x",
        "the nonce LG3iZQhhdmKNHg==",
        "[44, 109, 226, 101, 8, 97, 118, 98, 141, 30]",
        "mac=urdCeS3JUmjFgi8SX3webw==",
        "Bruce2:OhBehave",
        "[79, 104, 66, 101, 104, 97, 118, 101]",
    ] {
        assert!(shows_secret(shown, &body, hmac), "{shown}");
    }
    hidden("Bruce2 and 401", &body, hmac);
}

#[test]
fn a38_while_a_ticket_is_open_the_server_s_password_is_not_at_rest() {
    let credentials = Base64::encode_string(b"mgmt:SrvPw-1");
    let setup = crate::pair::Setup {
        server: crate::pair::password("mgmt", "SrvPw-1", &[omadm::Scheme::Basic]),
        ..crate::pair::Setup::default()
    };
    let mut device = crate::peer::Device::new(&setup);
    device.say();
    let ask =
        "<Alert><CmdID>2</CmdID><Data>1101</Data><Item/><Item><Data>Now?</Data></Item></Alert>";
    let body = format!("{}{ask}", crate::peer::of_header(1, 200, ""));
    let header = crate::peer::cred("basic", &credentials);
    let events = device.hear(&crate::peer::reply(1, &header, &body));
    assert!(matches!(
        events[..],
        [omadm::ClientEvent::Interaction { .. }]
    ));
    let saved = device.client.save().unwrap();
    let is_there = |secret: &str| {
        let mut windows = saved.state.windows(secret.len());
        windows.any(|window| window == secret.as_bytes())
    };
    assert!(!is_there(&credentials) && !is_there("SrvPw-1"));
    device.client = setup.rested_client(&device.client);
    let outcome = omadm::Outcome::status(200);
    let tree = &mut device.tree;
    device.client.complete(tree, 1, &outcome).unwrap();
    assert_eq!(crate::say::codes(&device.say()), [212, 200]);
}

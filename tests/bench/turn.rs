//! The turns of `scene.js`, played natively: `turn FOLDER ENCODING INDEX (live | resting) COUNT` prints microseconds per turn, and
//! `turn FOLDER ENCODING INDEX reply` the reply itself. The folder holds the requests as `ENCODING-INDEX`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a program that is run by the bench alone"
)]

use std::io::Write as _;
use std::time::{Duration, Instant};

use omadm::{
    Account, AccountState, Binding, Credential, Data, Env, Format, Limits, NewCommand, NewItem,
    Party, Received, Saved, Scheme, Secret, ServerConfig, ServerSession,
};

const URL: &str = "https://desk.example/dm";

fn config() -> ServerConfig {
    ServerConfig {
        accept_mo: None,
        server_id: "desk.example".to_owned(),
        url: URL.to_owned(),
        binding: Binding::RespUri,
        strangers: Vec::new(),
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

fn party(user: &str, password: &str, schemes: &[Scheme]) -> Party {
    let secret = Secret::Password(password.as_bytes().to_vec().into());
    Party::Credential(Credential::new(user.to_owned(), secret, schemes.to_vec()).unwrap())
}

fn nonce(seed: u8) -> Option<Vec<u8>> {
    let octet = |at: u8| seed.wrapping_add(at.wrapping_mul(29));
    Some((0..16).map(octet).collect())
}

fn account() -> Account {
    Account {
        notification: None,
        device_id: "IMEI:490154203237518".to_owned(),
        server_id: "desk.example".to_owned(),
        client: party("device", "OhBehave", &[Scheme::Md5, Scheme::Basic]),
        server: party("desk", "SheSmiles", &[Scheme::Md5]),
        state: AccountState {
            client_nonce: nonce(17),
            server_nonce: nonce(91),
            ..AccountState::default()
        },
    }
}

fn entropy() -> Vec<u8> {
    (0..32u8)
        .map(|at| at.wrapping_mul(37).wrapping_add(11))
        .collect()
}

/// What the host queues in each turn.
fn pushed(index: usize) -> Vec<NewCommand> {
    let get = |uri: String| NewCommand::Get(vec![uri]);
    let set = |at| {
        NewCommand::Replace(vec![NewItem {
            uri: format!("./Vendor/Tideline/Policy/Rule{at}/Value"),
            data: Some(Data::Text(format!("rule <{at}> & its value"))),
            format: Some(Format::Int),
            mime: Some("text/plain".to_owned()),
        }])
    };
    match index {
        0 => (0..20)
            .map(|at| get(format!("./Vendor/Tideline/Radio/Channel{at}/Frequency")))
            .collect(),
        1 => (0..100).map(set).collect(),
        _ => vec![get("./DevDetail/SwV".to_owned())],
    }
}

/// One of the turns, with all that was before it.
struct Turn {
    index: usize,
    body: Vec<u8>,
    url: String,
    account: Account,
    before: Option<Saved>,
}

impl Turn {
    fn session(&self) -> ServerSession {
        match &self.before {
            Some(saved) => ServerSession::restore(saved, config()).unwrap(),
            None => ServerSession::new(config()),
        }
    }

    fn play(&self, session: &mut ServerSession) -> Vec<u8> {
        let entropy = entropy();
        let env = Env::new(1_700_000_000_000, &entropy).unwrap();
        let received = Received {
            url: Some(&self.url),
            ..Received::body(&self.body)
        };
        let events = session.receive(&received, Some(&self.account)).unwrap();
        assert!(!events.is_empty());
        for command in pushed(self.index) {
            session.push(command).unwrap();
        }
        session.respond(&env).unwrap().body
    }
}

fn turns(folder: &str, encoding: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let (mut account, mut before) = (account(), None);
    for index in 0..3 {
        let token = base64ct_url(&entropy()[16..]);
        let url = match index {
            0 => URL.to_owned(),
            _ => format!("{URL}?sid={token}"),
        };
        let turn = Turn {
            index,
            body: std::fs::read(format!("{folder}/{encoding}-{index}")).unwrap(),
            url,
            account: account.clone(),
            before: before.take(),
        };
        let mut session = turn.session();
        turn.play(&mut session);
        let saved = session.save().unwrap();
        account.state = saved.account.clone();
        before = Some(saved);
        turns.push(turn);
    }
    turns
}

fn base64ct_url(octets: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    Base64UrlUnpadded::encode_string(octets)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, encoding, index, mode, count @ ..] = arguments.as_slice() else {
        // Also what `cargo test` calls, without any argument.
        return;
    };
    let turns = turns(folder, encoding);
    let turn = &turns[index.parse::<usize>().unwrap()];
    if mode == "reply" {
        let reply = turn.play(&mut turn.session());
        std::io::stdout().write_all(&reply).unwrap();
        return;
    }
    let count: u32 = count[0].parse().unwrap();
    let spent = match mode.as_str() {
        "live" => live(turn, count),
        "resting" => resting(turn, count),
        _ => panic!("live or resting"),
    };
    println!("{}", spent.as_secs_f64() * 1e6 / f64::from(count));
}

/// Sessions that are there already.
fn live(turn: &Turn, count: u32) -> Duration {
    let mut sessions: Vec<_> = (0..count).map(|_| turn.session()).collect();
    let start = Instant::now();
    for session in &mut sessions {
        turn.play(session);
    }
    start.elapsed()
}

/// Sessions that are stored between messages, as a Worker does it.
fn resting(turn: &Turn, count: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        let mut session = turn.session();
        turn.play(&mut session);
        session.save().unwrap();
    }
    start.elapsed()
}

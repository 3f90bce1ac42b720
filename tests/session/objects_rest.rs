//! Large objects at rest, on both sides: parts that are written once, and what no session is restored from.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::collections::BTreeMap;

use omadm::{
    AlertCode, ClientAlert, ClientConfig, ClientSession, Code, Data, Encoding, NewCommand, Part,
    Result, Saved, ServerSession,
};

use crate::objects_device::{answer, begun};
use crate::objects_received::chunk as result;
use crate::objects_results::{items, kept, phone_with, takes};
use crate::objects_server::{BOTH, Line, meta, replace, take_all};
use crate::pair::Setup;
use crate::peer::{NEXT, PACKAGE_1};
use crate::phone::{ENCODINGS, Phone, chunk, size};

/// What a host writes: each part by its id, once.
#[derive(Default)]
struct Store {
    parts: BTreeMap<String, Vec<u8>>,
    writes: usize,
    longest: usize,
    /// Octets of all states that were written.
    states: usize,
}

impl Store {
    fn write(&mut self, saved: &Saved) {
        for part in &saved.parts {
            let before = self.parts.insert(part.id.clone(), part.bytes.clone());
            assert!(before.as_ref().is_none_or(|before| *before == part.bytes));
            self.writes += usize::from(before.is_none());
        }
        self.longest = self.longest.max(saved.state.len());
        self.states += saved.state.len();
    }
}

#[test]
fn l14_a_device_writes_each_chunk_once_and_a_state_that_does_not_grow() {
    for encoding in ENCODINGS {
        let longest = [10, 100].map(|chunks: usize| {
            let mut phone = Phone::new(&Setup::default(), encoding);
            let mut store = Store::default();
            let octets = "v".repeat(1_000);
            for at in 1..=chunks {
                let meta = if at == 1 {
                    size(1_000 * chunks)
                } else {
                    String::new()
                };
                phone.hear(&chunk(&meta, &octets, at < chunks).write(), at == chunks);
                store.write(&phone.client.save().unwrap());
                answer(&mut phone);
                store.write(&phone.client.save().unwrap());
            }
            // The last chunk is executed before anybody could store it.
            assert_eq!(store.writes, chunks - 1);
            phone.assert_empty();
            assert!(phone.value("./A").is_some());
            // Twice for each chunk, of a thousand octets.
            assert!(store.states < 4 * chunks * 1_000, "{}", store.states);
            store.longest
        });
        // Numbers become longer.
        assert!(longest[1] < longest[0] + 40, "{longest:?}");
    }
}

#[test]
fn l14_a_server_writes_each_chunk_once_and_a_state_that_does_not_grow() {
    for encoding in BOTH {
        let longest = [20, 100].map(|chunks: usize| {
            let mut line = asked(encoding);
            let mut store = Store::default();
            let octets = "v".repeat(1_000);
            for at in 1..=chunks {
                let size = (chunks * 1_000).to_string();
                let said = if at == 1 { size.as_str() } else { "" };
                line.say("", &result(2, said, &octets, at == chunks), at == chunks);
                store.write(&line.server.save().unwrap());
            }
            assert_eq!(store.writes, chunks - 1);
            assert!(store.states < 4 * chunks * 1_000, "{}", store.states);
            assert_eq!(line.held(), 0);
            store.longest
        });
        // This device answers none of the alerts that ask it for the next chunk: MsgID and CmdID of each are remembered.
        assert!(longest[1] < longest[0] + 40 + 2 * 80, "{longest:?}");

        // What goes out is written when it is queued, and never again.
        let mut line = Line::new(encoding);
        let value = Data::Text("v".repeat(3_000_000));
        line.server.push(replace("./A", value)).unwrap();
        let first = line.say(&meta(200_000, None), PACKAGE_1, true);
        let (got, ..) = take_all(&mut line, first);
        assert_eq!((got.octets.len(), line.written), (3_000_000, 3_000_000));
    }
}

#[test]
fn l14_what_is_stored_is_not_saved_again() {
    let mut phone = begun(Encoding::Xml);
    let mut line = asked(Encoding::Xml);
    line.say("", &result(2, "6", "abc", false), false);
    let saved = [phone.client.save(), line.server.save()].map(Result::unwrap);
    let stored = saved.map(|saved| saved.parts.into_iter().map(|part| part.id));
    let [of_phone, of_line] = stored.map(|ids| ids.chain(["7.0".to_owned()]));
    phone.hear(&chunk("", "de", true).write(), false);
    line.say("", &result(2, "", "de", false), false);
    let since = [
        phone.client.save_since(of_phone).unwrap(),
        line.server.save_since(of_line).unwrap(),
    ];
    let whole = [phone.client.save(), line.server.save()].map(Result::unwrap);
    for (since, whole) in since.into_iter().zip(whole) {
        assert_eq!(since.gone, ["7.0"]);
        assert!(since.parts.len() == 1 && since.parts[0].bytes == b"de");
        assert!(since.state == whole.state && since.parts == whole.parts[1..]);
    }
}

#[test]
fn l14_a_large_alert_lies_in_its_parts_alone_until_it_is_answered() {
    for encoding in ENCODINGS {
        let mut phone = phone_with(&[], encoding);
        phone.hear_with(&takes(2_000), NEXT, true);
        let alert = ClientAlert {
            code: AlertCode::GENERIC_ALERT,
            alert_type: "urn:oma:at:test:1.0".to_owned(),
            format: None,
            mark: None,
            source: Some("./DevInfo".to_owned()),
            target: None,
            correlator: None,
            data: Data::Text("v".repeat(20_000)),
        };
        phone.client.raise(alert).unwrap();
        let mut message = phone.say();
        let mut said = 0;
        loop {
            let (cmd_id, item) = items(&message)[0].clone();
            said += item
                .data
                .as_ref()
                .and_then(Data::as_text)
                .map_or(0, str::len);
            let saved = phone.client.save().unwrap();
            assert!(saved.state.len() < 5_000, "{}", saved.state.len());
            assert_eq!(phone.client.object_bytes(), 20_000);
            assert_eq!(saved.parts.len(), 1);
            let config = Setup::default().client_config();
            phone.client =
                ClientSession::restore(&saved, ClientConfig { encoding, ..config }).unwrap();
            let code = if item.more_data { 213 } else { 200 };
            let status = kept(message.header.msg_id, cmd_id, code);
            phone.hear(&status, true);
            if !item.more_data {
                break;
            }
            message = phone.say();
        }
        assert_eq!((said, phone.client.object_bytes()), (20_000, 0));
    }
}

/// A server that has asked for `./A`.
fn asked(encoding: Encoding) -> Line {
    let mut line = Line::new(encoding);
    let get = NewCommand::Get(vec!["./A".to_owned()]);
    line.server.push(get).unwrap();
    line.say("", PACKAGE_1, true);
    line
}

/// Other states and other parts than were saved.
fn others(saved: &Saved) -> Vec<(String, Saved)> {
    let mut all = Vec::new();
    let mut of = |name: String, state: Vec<u8>, parts: Vec<Part>| {
        let account = saved.account.clone();
        all.push((
            name,
            Saved {
                state,
                account,
                parts,
            },
        ));
    };
    let parts = || saved.parts.clone();
    for end in 0..saved.state.len() {
        of(
            format!("cut at {end}"),
            saved.state[..end].to_vec(),
            parts(),
        );
    }
    for bit in 0..saved.state.len() * 8 {
        let mut state = saved.state.clone();
        state[bit / 8] ^= 1 << (bit % 8);
        of(format!("bit {bit}"), state, parts());
    }
    let mut newer = saved.state.clone();
    newer[5] += 1;
    of("newer".to_owned(), newer, parts());
    of(
        "longer".to_owned(),
        [&saved.state[..], &[0]].concat(),
        parts(),
    );
    let mut with = |name: &str, change: &dyn Fn(&mut Vec<Part>)| {
        let mut parts = saved.parts.clone();
        change(&mut parts);
        of(name.to_owned(), saved.state.clone(), parts);
    };
    with("none", &|parts| parts.clear());
    with("the first is missing", &|parts| drop(parts.remove(0)));
    with("the last is missing", &|parts| drop(parts.pop()));
    with("swapped", &|parts| {
        let (first, rest) = parts.split_first_mut().unwrap();
        std::mem::swap(&mut first.bytes, &mut rest[0].bytes);
    });
    with("changed", &|parts| parts[1].bytes[0] ^= 1);
    with("shorter", &|parts| parts[1].bytes.truncate(1));
    with("longer", &|parts| parts[1].bytes.push(0));
    with("twice", &|parts| parts.push(parts[0].clone()));
    with("another number", &|parts| parts[0].id = "77".to_owned());
    with("another place", &|parts| parts[0].id = "0.2".to_owned());
    with("a number in other words", &|parts| {
        parts[0].id = format!("0{}", parts[0].id);
    });
    all
}

fn is_snapshot<T>(restored: Result<T>) -> bool {
    restored.is_err_and(|error| error.code() == Code::Snapshot)
}

#[test]
fn l14_no_device_comes_back_from_what_was_not_saved() {
    let config = || Setup::default().client_config();
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        phone.hear(&chunk("", "de", true).write(), false);
        let saved = phone.client.save().unwrap();
        assert_eq!(saved.parts.len(), 2);
        assert!(ClientSession::restore(&saved, config()).is_ok());
        for (name, other) in others(&saved) {
            assert!(
                is_snapshot(ClientSession::restore(&other, config())),
                "{name}"
            );
        }
        for (name, change) in [
            (
                "device",
                (|config| config.account.device_id.push('1')) as fn(&mut omadm::ClientConfig),
            ),
            ("server", |config| config.account.server_id.push('1')),
        ] {
            let mut config = config();
            change(&mut config);
            assert!(
                is_snapshot(ClientSession::restore(&saved, config)),
                "{name}"
            );
        }
        let side = ServerSession::restore(&saved, crate::pair::server_config());
        assert!(is_snapshot(side));
        // The session that was saved, and its tree, know nothing of all that.
        answer(&mut phone);
        phone.hear(&chunk("", "f", false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        assert_eq!(phone.value("./A"), crate::pair::text("abcdef"));
    }
}

#[test]
fn l14_no_server_comes_back_from_what_was_not_saved() {
    for encoding in BOTH {
        let mut line = asked(encoding);
        line.say("", &result(2, "6", "abc", false), false);
        line.say("", &result(2, "", "de", false), false);
        let saved = line.server.save().unwrap();
        assert_eq!(saved.parts.len(), 2);
        assert!(ServerSession::restore(&saved, line.config.clone()).is_ok());
        for (name, other) in others(&saved) {
            let restored = ServerSession::restore(&other, line.config.clone());
            assert!(is_snapshot(restored), "{name}");
        }
        let mut config = line.config.clone();
        config.server_id.push('1');
        assert!(is_snapshot(ServerSession::restore(&saved, config)));
        let side = ClientSession::restore(&saved, Setup::default().client_config());
        assert!(is_snapshot(side));
        let heard = line.say("", &result(2, "", "f", true), true);
        let is_whole = |event: &omadm::ServerEvent| matches!(event, omadm::ServerEvent::Results { items, .. } if items[0].data == crate::pair::text("abcdef"));
        assert!(heard.events.iter().any(is_whole));
    }
}

#[test]
fn l14_the_session_of_one_device_is_not_for_another() {
    let mut line = asked(Encoding::Xml);
    line.say("", &result(2, "6", "abc", false), false);
    let before = line.server.save().unwrap();
    line.msg_id += 1;
    let octets = line.written("", &result(2, "", "def", true), true);
    let other = String::from_utf8(octets)
        .unwrap()
        .replace(crate::pair::DEVICE, "IMEI:1");
    let mut account = crate::pair::account(
        &omadm::Party::Transport,
        &omadm::Party::Transport,
        crate::pair::nonces(None, None),
    );
    account.device_id = "IMEI:1".to_owned();
    let received = omadm::Received::body(other.as_bytes());
    let refused = line.server.receive(&received, Some(&account)).unwrap_err();
    assert_eq!(refused.code(), Code::State);
    assert!(line.server.save().unwrap() == before);
}

#[test]
fn l14_a_device_that_says_no_213_does_not_make_the_state_grow() {
    for encoding in BOTH {
        let mut commands: Vec<NewCommand> = (0..40)
            .map(|at| crate::peer::get(&format!("./Some/Node/{at}")))
            .collect();
        commands.push(replace("./A", Data::Text("v".repeat(60_000))));
        let mut line = Line::new(encoding);
        line.server.push(NewCommand::Sequence(commands)).unwrap();
        let mut heard = line.say(&meta(6500, None), PACKAGE_1, true);
        let (mut least, mut most, mut chunks) = (usize::MAX, 0, 0);
        while !heard.message.is_final {
            // What is at rest beside the last reply.
            let state = line.server.save().unwrap().state.len() - heard.out.body.len();
            (least, most) = (state.min(least), state.max(most));
            chunks += 1;
            let body = crate::objects_server::answer(heard.message.header.msg_id, &[], true);
            heard = line.say("", &body, false);
        }
        assert!(chunks > 9, "{chunks}");
        assert!(most < least + 500, "{least} to {most}");
    }
}

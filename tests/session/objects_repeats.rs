//! Bad input, rows S01 to S03, in the middle of a large object: on both sides nothing is counted twice, and nothing is lost.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, NewCommand, Received, ServerEvent};

use crate::objects_device::{answer, begun};
use crate::objects_received::chunk as result;
use crate::objects_server::{BOTH, Line};
use crate::pair::text;
use crate::peer::{PACKAGE_1, told};
use crate::phone::{ENCODINGS, chunk};
use crate::say::others;

#[test]
fn s02_s03_l12_a_device_takes_neither_other_octets_nor_an_older_number_inside_an_object() {
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        let known = phone.next_body("", &chunk("", "d", true).write(), false);
        phone.try_hear(&known).unwrap();
        assert_eq!(answer(&mut phone), [213]);
        let before = phone.client.save().unwrap();
        for number in [2, 1] {
            // The same number, and the one of the first chunk.
            phone.msg_id = number - 1;
            let other = phone.next_body("", &chunk("", "x", true).write(), false);
            assert_eq!(phone.try_hear(&other).unwrap_err().code(), Code::State);
            assert!(phone.client.save().unwrap() == before);
        }
        let said = phone.said;
        assert_eq!(phone.try_hear(&known).unwrap(), []);
        assert_eq!(phone.say().header.msg_id, said, "the stored message");
        phone.msg_id = 2;
        phone.hear(&chunk("", "ef", false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        assert_eq!(phone.value("./A"), text("abcdef"));
        phone.assert_empty();
    }
}

/// A server that has asked for `./A`, and has a chunk of it; and the message that brought that.
fn begun_at(line: &mut Line) -> Vec<u8> {
    let get = NewCommand::Get(vec!["./A".to_owned()]);
    line.server.push(get).unwrap();
    line.say("", PACKAGE_1, true);
    line.say("", &result(2, "6", "abc", false), false);
    line.written("", &result(2, "6", "abc", false), false)
}

fn values(events: &[ServerEvent]) -> usize {
    let is_value = |event: &&ServerEvent| match event {
        ServerEvent::Results { items, .. } => items[0].data == text("abcdef"),
        _ => false,
    };
    events.iter().filter(is_value).count()
}

#[test]
fn s01_l12_a_server_replies_alike_to_a_chunk_that_comes_again() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        let known = begun_at(&mut line);
        let before = line.server.save().unwrap();
        let [first, second] = [(); 2].map(|()| line.hear(&known));
        for again in [&first, &second] {
            assert!(again.out.repeated && again.events == [ServerEvent::Repeated]);
        }
        assert!(first.out.body == second.out.body);
        assert!(line.server.save().unwrap() == before);
        let heard = line.say("", &result(2, "", "def", true), true);
        assert_eq!((values(&heard.events), line.held()), (1, 0));
    }
}

#[test]
fn s02_l12_other_octets_with_the_number_of_a_chunk_end_the_session() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        begun_at(&mut line);
        let other = line.written("", &result(2, "6", "xyz", false), false);
        let heard = line.hear(&other);
        assert_eq!(others(&heard.message), ["1223"]);
        assert_eq!(values(&heard.events), 0);
        assert!(heard.out.done && told(&heard.events).contains(&"0 unknown".to_owned()));
        assert_eq!(line.held(), 0);
    }
}

#[test]
fn s03_l13_an_older_number_changes_nothing_of_an_object_at_a_server() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        let first = begun_at(&mut line);
        line.say("", &result(2, "", "de", false), false);
        let before = line.server.save().unwrap();
        let account = crate::pair::account(
            &omadm::Party::Transport,
            &omadm::Party::Transport,
            crate::pair::nonces(None, None),
        );
        line.msg_id = 2;
        let other = line.written("", &result(2, "", "f", true), true);
        line.msg_id = 3;
        for octets in [first, other] {
            let refused = line
                .server
                .receive(&Received::body(&octets), Some(&account));
            assert_eq!(refused.unwrap_err().code(), Code::State);
            assert!(line.server.save().unwrap() == before);
        }
        let heard = line.say("", &result(2, "", "f", true), true);
        assert_eq!((values(&heard.events), line.held()), (1, 0));
    }
}

#[test]
fn s01_l14_a_device_that_begins_with_the_same_octets_again_breaks_its_object_off() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        begun_at(&mut line);
        line.msg_id = 0;
        let heard = line.say("", PACKAGE_1, true);
        assert!(!heard.out.repeated && heard.out.done);
        assert_eq!(line.held(), 0, "nothing of it is kept");
        assert!(told(&heard.events).contains(&"0 unknown".to_owned()));
    }
}

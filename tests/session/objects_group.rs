//! Size in the Meta of a group: it says nothing of the chunk inside, and what is no number there does no harm to the message.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Encoding, Limits, Message};

use crate::objects_device::answer;
use crate::pair::{Setup, text};
use crate::peer::reply;
use crate::phone::{ENCODINGS, Phone, chunk, size};

fn within(groups: &[&str], meta: &str, inside: &str) -> String {
    let around = |inside: String, (at, group): (usize, &&str)| {
        format!("<{group}><CmdID>{}</CmdID>{meta}{inside}</{group}>", 7 + at)
    };
    groups.iter().enumerate().fold(inside.to_owned(), around)
}

#[test]
fn l04_a_size_of_a_group_that_is_no_number_is_not_that_of_the_chunk() {
    for encoding in ENCODINGS {
        for groups in [&["Atomic"][..], &["Sequence"]] {
            for odd in ["many", "-1", "4294967296", "", "7"] {
                let meta = format!("<Meta>{}</Meta>", size(odd));
                let own = size(6);
                let said = |own: &str, data: &str, more| {
                    within(groups, &meta, &chunk(own, data, more).write())
                };
                let mut phone = Phone::new(&Setup::default(), encoding);
                phone.hear(&said(&own, "abc", true), false);
                assert!(answer(&mut phone).contains(&213), "{groups:?} {odd}");
                // The last is no chunk with more behind it: there Size is a number, or the message none.
                if odd == "7" {
                    phone.hear(&said("", "def", false), true);
                    assert_eq!(phone.value("./A"), text("abcdef"));
                }
                let mut phone = Phone::new(&Setup::default(), encoding);
                phone.hear(&said("", "abc", true), false);
                assert!(answer(&mut phone).contains(&411), "{groups:?} {odd}");
                assert_eq!(phone.value("./A"), None);
                phone.assert_empty();
            }
        }
    }
}

#[test]
fn l04_a_size_of_a_group_without_chunks_is_a_number() {
    let meta = format!("<Meta>{}</Meta>", size("many"));
    let beside = chunk(&size(6), "abc", true).write();
    for (body, is_taken) in [
        (
            within(&["Atomic"], &meta, &chunk("", "x", false).write()),
            false,
        ),
        (within(&["Atomic"], &meta, &beside), true),
        (within(&["Sequence", "Atomic"], &meta, &beside), true),
        // A chunk that stands beside the group is none of it.
        (
            beside.clone() + &within(&["Sequence"], &meta, &chunk("", "x", false).write()),
            false,
        ),
    ] {
        let body = reply(1, "", &body).write();
        let message = Message::decode(&body, Encoding::Xml, &Limits::DEFAULT);
        assert_eq!(
            message.map_err(|error| error.code()).err(),
            (!is_taken).then_some(Code::Number)
        );
    }
}

//! Neighbours of the catalogue's rows on sizes and ends.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::pair::{Setup, decode};
use crate::peer::{ABORT, Device, PACKAGE_1, asked, reply, request, trusting};
use crate::say::{codes, others, statuses};

#[test]
fn s17_the_status_of_an_abort_stands_in_its_place() {
    let mut desk = asked();
    let event = |id| {
        format!("<Alert><CmdID>{id}</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>")
    };
    let abort = ABORT.replace("<CmdID>1<", "<CmdID>7<");
    let body = format!("{}{abort}{}", event(5), event(9));
    let heard = desk.hear(&request(2, "", &body));
    assert_eq!(
        statuses(&heard.message),
        [
            "2/0 SyncHdr 200",
            "2/5 Alert 200",
            "2/7 Alert 200",
            "2/9 Alert 200"
        ]
    );
}

#[test]
fn s26_sizes_that_are_just_none_and_just_enough() {
    let meta = |size: &str| {
        format!("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{size}</MaxMsgSize></Meta>")
    };
    let long = "9".repeat(64);
    let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    for (size, is_taken) in [
        ("1000", true),
        ("0001000", true),
        (" 1000\n", true),
        ("4294967295", true),
        ("4294967296", true),
        (&long, true),
        ("999", false),
        ("", false),
        ("+1000", false),
        ("1e6", false),
        ("1000.0", false),
        ("0x4000", false),
        ("\u{663}\u{660}\u{660}\u{660}", false),
        ("1 000", false),
    ] {
        let heard = trusting().hear(&request(1, &meta(size), PACKAGE_1));
        let alerts = others(&heard.message);
        match is_taken {
            true => assert_eq!(
                (codes(&heard.message)[0], alerts.len()),
                (200, 0),
                "{size:?}"
            ),
            false => assert_eq!(
                (codes(&heard.message), alerts),
                (vec![400], vec!["1223".to_owned()]),
                "{size:?}"
            ),
        }
        let mut device = Device::new(&Setup::default());
        device.say();
        device.hear(&reply(1, &meta(size), get));
        let out = device.next().unwrap();
        let message = decode(&out.body);
        let code = if is_taken { 200 } else { 400 };
        assert_eq!(
            (codes(&message)[0], out.done),
            (code, !is_taken),
            "{size:?}"
        );
    }
}

/// Where both sides end the session at once, neither asks the other to.
#[test]
fn s17_both_sides_abort_at_once() {
    let mut desk = asked();
    desk.server.abort(None);
    let heard = desk.hear(&request(2, "", ABORT));
    assert_eq!(
        statuses(&heard.message),
        ["2/0 SyncHdr 200", "2/1 Alert 200"]
    );
    assert!(others(&heard.message).is_empty() && heard.out.done);
}

//! Neighbours of the catalogue's rows on sizes and ends.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{AbortedBy, ClientEvent, Limits, ServerEvent};

use crate::pair::{Setup, decode};
use crate::peer::{ABORT, Device, Letter, NEXT, PACKAGE_1, asked, reply, request, trusting};
use crate::say::{codes, others, statuses};

const TAKES_1000: &str = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";

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

/// A message of a device whose package goes on.
fn goes_on(msg_id: u32, body: &str) -> Vec<u8> {
    let letter = Letter {
        is_final: false,
        ..request(msg_id, TAKES_1000, body)
    };
    letter.write()
}

/// A device sends commands by the hundred, and takes replies with room for a few Statuses.
#[test]
fn s27_s29_a_server_does_not_owe_more_and_more() {
    let events = |from: u32| -> String {
        let event = |id| {
            format!(
                "<Alert><CmdID>{id}</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>"
            )
        };
        (from..from + 900).map(event).collect()
    };
    let mut desk = trusting();
    let first = desk.hear_at(&goes_on(1, &format!("{PACKAGE_1}{}", events(3))), None);
    assert_eq!(others(&first.message), ["1222"]);
    let second = desk.hear_at(&goes_on(2, &events(1)), None);
    assert_eq!(others(&second.message), ["1222"]);
    let third = desk.hear_at(&goes_on(3, &events(1)), None);
    assert_eq!(others(&third.message), ["1223"]);
    assert!(third.out.done && third.out.body.len() <= 1000);
    let by = AbortedBy::Server;
    let is_told =
        |event: &ServerEvent| matches!(event, ServerEvent::Aborted { by: told, .. } if *told == by);
    assert_eq!(
        third.events.iter().filter(|event| is_told(event)).count(),
        1
    );

    // What one message may hold is answered to the last command.
    let mut desk = trusting();
    let all = format!("{PACKAGE_1}{}", events(3));
    let mut heard = desk.hear(&request(1, TAKES_1000, &all));
    let mut answered = statuses(&heard.message);
    for msg_id in 2.. {
        if heard.out.done {
            break;
        }
        heard = desk.hear_at(&goes_on(msg_id, NEXT), None);
        answered.extend(statuses(&heard.message));
    }
    let of_first = answered.iter().filter(|status| status.starts_with("1/"));
    assert_eq!(of_first.count(), 903);
}

/// A server sends commands by the hundred instead of asking for the answers to the first.
#[test]
fn s13_s29_a_device_does_not_owe_more_and_more() {
    let gets: String = (2..902)
        .map(|id| format!("<Get><CmdID>{id}</CmdID><Item><Target><LocURI>./None</LocURI></Target></Item></Get>"))
        .collect();
    let limits = Limits {
        items: 1000,
        ..Limits::DEFAULT
    };
    let mut device = Device::new(&Setup {
        limits,
        ..Setup::default()
    });
    device.say();
    device.hear(&reply(1, TAKES_1000, &gets));
    assert!(!device.say().is_final);
    assert_eq!(device.hear(&reply(2, "", &gets)), []);
    assert!(!device.say().is_final);
    let events = device.hear(&reply(3, "", &gets));
    assert!(matches!(
        events.as_slice(),
        [ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some(_)
        }]
    ));
    let out = device.next().unwrap();
    assert!(out.done && out.body.len() <= 1000);
    assert_eq!(others(&decode(&out.body)), ["1223"]);
    assert!(device.next().is_none());
}

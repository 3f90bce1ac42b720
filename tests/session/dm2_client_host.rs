//! Values that the host keeps, at the device in DM 2.0: asked for, written, and taken back where the command fails.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::tree::{Node, Owner};
use omadm::{ClientEvent, Outcome};

use crate::dm2_client_commands::{begun, codes};
use crate::dm2_device::{Asked, Device, fetched, http, json, leaf};

const M: &str = "urn:oma:mo:ext-acme-pump:1.0";

/// The device with a leaf that the host keeps.
fn kept_by_host(uris: &[&str]) -> Device {
    let mut device = begun(Dialect::Approved);
    for uri in uris {
        let node = leaf("old").owned_by(Owner::Host);
        device.tree.set(uri, node).unwrap();
    }
    device
}

#[test]
fn values_of_the_host_are_asked_for() {
    let body = format!(
        r#"{{"CMD":[["GET","{M}/south/Mode"],["HPUT","https://repo.example.org/x","{M}/south/Serial","{M}/south/Mode"],["GET","{M}/south/Mode"]]}}"#
    );
    let mut device = kept_by_host(&["./Pump/south/Mode"]);
    let mut events = device.hears(&body);
    for value in ["a", "b"] {
        let [ClientEvent::Read { ticket, uri }] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(uri, "./Pump/south/Mode");
        events = device.tells(*ticket, &Outcome::Value(leaf(value)));
    }
    let Asked { ticket, body, .. } = http(&events);
    let sent = format!(
        r#"[{{"ClientURI":"{M}/south/Serial","MOData":{{"Serial":"P-200"}}}},{{"ClientURI":"{M}/south/Mode","MOData":{{"Mode":"b"}}}}]"#
    );
    assert_eq!(crate::dm2_device::masked(body), json(&sent));
    let events = device.tells(ticket, &fetched(200, ""));
    let [ClientEvent::Read { ticket, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    // A value that cannot be read.
    assert_eq!(device.tells(*ticket, &Outcome::status(500)), []);
    let third = format!(
        r#"{{"Status":[{{"sc":200,"MO":[{{"ClientURI":"{M}/south/Mode","MOData":{{"Mode":"a"}}}}]}},{{"sc":200}},{{"sc":500}}]}}"#
    );
    assert_eq!(device.sends().1, json(&third));
}

#[test]
fn d40_what_the_host_cannot_write_is_taken_back() {
    let body = format!(r#"{{"CMD":[["HGET","https://repo.example.org/x","{M}/south/"]]}}"#);
    let document = format!(
        r#"[{{"ClientURI":"{M}/south/","MOData":{{"Pump":{{"Serial":"P-9","Mode":"new","Other":"x"}}}}}}]"#
    );
    for is_written in [true, false] {
        let mut device = kept_by_host(&["./Pump/south/Mode", "./Pump/south/Serial"]);
        let before = device.tree.clone();
        let events = device.hears(&body);
        let mut events = device.tells(http(&events).ticket, &fetched(200, &document));
        let mut written = Vec::new();
        for status in [200, if is_written { 200 } else { 500 }] {
            let [
                ClientEvent::Write {
                    ticket, uri, data, ..
                },
            ] = &events[..]
            else {
                panic!("{events:?}");
            };
            written.push((uri.clone(), data.clone().unwrap()));
            assert!(device.tree == before);
            events = device.tells(*ticket, &Outcome::status(status));
        }
        if is_written {
            assert!(
                events
                    .iter()
                    .all(|event| matches!(event, ClientEvent::Changed { .. }))
            );
            assert!(device.tree.find("./Pump/south/Other").unwrap().is_some());
            assert!(device.tree.find("./Pump/south/Run").unwrap().is_none());
            assert_eq!(codes(&mut device), [200]);
        } else {
            let [
                ClientEvent::Undo {
                    ticket, uri, data, ..
                },
            ] = &events[..]
            else {
                panic!("{events:?}");
            };
            assert_eq!(*uri, written[0].0);
            assert_eq!(data.as_ref().and_then(|data| data.as_text()), Some("old"));
            assert_eq!(device.tells(*ticket, &Outcome::status(200)), []);
            assert!(device.tree == before);
            assert_eq!(codes(&mut device), [500]);
        }
    }
}

#[test]
fn an_abort_takes_back_what_was_written() {
    let document = format!(
        r#"[{{"ClientURI":"{M}/south/","MOData":{{"Pump":{{"Serial":"P-9","Mode":"new"}}}}}}]"#
    );
    let mut device = kept_by_host(&["./Pump/south/Mode", "./Pump/south/Serial"]);
    let before = device.tree.clone();
    let events = device.hears(&format!(
        r#"{{"CMD":[["HGET","https://repo.example.org/x","{M}/south/"]]}}"#
    ));
    let events = device.tells(http(&events).ticket, &fetched(200, &document));
    let [ClientEvent::Write { ticket, uri, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    let written = uri.clone();
    let events = device.tells(*ticket, &Outcome::status(200));
    assert!(matches!(&events[..], [ClientEvent::Write { .. }]));
    let events = device.session.abort(Some("enough".to_owned()));
    device.rest();
    assert_eq!(device.session.abort(None), []);
    let [
        ClientEvent::Undo {
            ticket, uri, data, ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(*uri, written);
    assert_eq!(data.as_ref().and_then(|data| data.as_text()), Some("old"));
    let events = device.tells(*ticket, &Outcome::status(200));
    assert_eq!(crate::dm2_device::aborted(&events).1, "enough");
    assert!(device.tree == before);
    assert!(device.is_over());
}

#[test]
fn d40_what_was_written_is_taken_back_where_a_value_is_refused_behind_it() {
    let mut device = kept_by_host(&[
        "./Pump/north/Serial",
        "./Pump/south/Serial",
        "./Pump/south/Mode",
    ]);
    let events = device.hears(&format!(
        r#"{{"CMD":[["HGET","https://repo.example.org/x","{M}/(x)/Mode?nv=(x)/Serial:P-9"]]}}"#
    ));
    let document =
        format!(r#"[{{"ClientURI":"{M}/(x)/Mode?nv=(x)/Serial:P-9","MOData":{{"Mode":"new"}}}}]"#);
    let mut events = events;
    let mut is_written = false;
    loop {
        events = match &events[..] {
            [ClientEvent::Read { ticket, uri }] if uri.contains("/east/") => {
                assert!(is_written);
                device.tells(*ticket, &Outcome::status(500))
            }
            [ClientEvent::Read { ticket, uri }] => {
                let serial = if uri.contains("/south/") {
                    "P-9"
                } else {
                    "P-1"
                };
                device.tells(*ticket, &Outcome::Value(leaf(serial)))
            }
            [ClientEvent::Write { ticket, uri, .. }] => {
                assert_eq!(uri, "./Pump/south/Mode");
                // Meanwhile there is one more instance to ask about.
                let east = Node::interior(Some(M.to_owned()));
                device.tree.set("./Pump/east", east).unwrap();
                let serial = leaf("P-2").owned_by(Owner::Host);
                device.tree.set("./Pump/east/Serial", serial).unwrap();
                is_written = true;
                device.tells(*ticket, &Outcome::status(200))
            }
            [ClientEvent::Http { ticket, .. }] => device.tells(*ticket, &fetched(200, &document)),
            _ => break,
        };
    }
    let [
        ClientEvent::Undo {
            ticket, uri, data, ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(uri, "./Pump/south/Mode");
    assert_eq!(data.as_ref().and_then(|data| data.as_text()), Some("old"));
    assert_eq!(device.tells(*ticket, &Outcome::status(200)), []);
    assert_eq!(codes(&mut device), [500]);
}

//! What a device says of itself goes whole: where it fits no message, the host is told, and not left to wonder what the server knows.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Env, Error, Fault, Limits};

use crate::package::takes;
use crate::pair::{Setup, leaf};
use crate::peer::{Device, Letter, NEXT, of_header, reply};
use crate::say::others;

/// A device of no message longer than `bytes`, with values of so many octets.
fn device(bytes: u32, values: &[(&str, usize)]) -> Device {
    let mut setup = Setup {
        limits: Limits {
            bytes,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    };
    for (uri, octets) in values {
        setup.tree.set(uri, leaf(&"x".repeat(*octets))).unwrap();
    }
    Device::new(&setup)
}

/// Nothing goes out, and nothing has changed.
fn refused(device: &mut Device) -> Error {
    let before = device.client.save().unwrap();
    let env = Env::new(0, &[1; 32]).unwrap();
    let error = device.client.send(&device.tree, &env).unwrap_err();
    assert!(device.client.save().unwrap() == before);
    assert_eq!((error.code(), error.fault()), (Code::Limit, Fault::Caller));
    error
}

#[test]
fn a_value_that_fits_no_message_is_an_error_until_it_is_shorter() {
    let mut device = device(3_000, &[("./DevInfo/Ext/A", 9), ("./DevInfo/Ext/B", 3_000)]);
    for _ in 0..2 {
        assert_eq!(refused(&mut device).path(), Some("./DevInfo/Ext/B"));
    }
    device.tree.set("./DevInfo/Ext/B", leaf("short")).unwrap();
    assert_eq!(others(&device.say()), ["1200", "Replace"]);
}

#[test]
fn a_session_that_cannot_begin_can_be_aborted() {
    let mut device = device(3_000, &[("./DevInfo/Ext/B", 3_000)]);
    refused(&mut device);
    assert_eq!(device.client.abort(None).len(), 1);
    assert!(device.next().is_none());
}

#[test]
fn a_server_that_takes_less_than_before_does_not_lose_a_value_in_silence() {
    for (octets, is_held) in [(1_400, false), (200, true)] {
        let values = [("./DevInfo/Ext/A", 1_400), ("./DevInfo/Ext/C", octets)];
        let mut device = device(2_100, &values);
        let first = device.say();
        assert_eq!(
            (others(&first), first.is_final),
            (vec!["1200".to_owned(), "Replace".to_owned()], false)
        );
        let body = format!("{}{}", of_header(1, 200, ""), NEXT.replace(">1<", ">2<"));
        device.hear(&Letter {
            header: &takes("1000"),
            is_final: false,
            ..reply(1, "", &body)
        });
        if is_held {
            assert_eq!(others(&device.say()), ["Replace"]);
            continue;
        }
        assert_eq!(refused(&mut device).path(), Some("./DevInfo/Ext/C"));
        assert_eq!(device.client.abort(None).len(), 1);
        assert_eq!(others(&device.say()), ["1223"]);
        assert!(device.next().is_none());
    }
}

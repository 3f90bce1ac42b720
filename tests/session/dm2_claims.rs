//! What the change request on packages demands of a session, where no worked session shows it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::notification::{Draft, DraftOption};
use omadm::{ClientEvent, ClientSession, Env, Notification, Outcome, Trigger};

use crate::dm2_device::{Device, PUMP, SERVER, config, fetched, http, json, leaf, pumps};
use crate::dm2_server_desk::{Desk, HELLO, INITIATION, delete, get, hget, of, show};
use crate::pair::entropy;

fn notified(options: Vec<DraftOption>) -> Device {
    let notification = Notification::Draft(Draft {
        options,
        ..Draft::new(SERVER.to_owned(), 0x4d2)
    });
    let mut config = config(Dialect::Draft);
    config.objects.index = [(2, PUMP.to_owned())].into();
    let tree = pumps("urn:oma:mo:oma-dm-devinfo:1.0");
    let mut device = Device::with(config, Trigger::Client, tree);
    let body = notification.encode(None).unwrap();
    let entropy = entropy(0);
    let env = Env::new(0, &entropy).unwrap();
    let config = device.config.clone();
    device.session = ClientSession::notified(
        config,
        &body,
        // The notification alone says it.
        vec![PUMP.to_owned()],
        &omadm::auth::NotificationPolicy {
            form: notification.form(),
            ..omadm::auth::NotificationPolicy::default()
        },
        &env,
    )
    .unwrap();
    device
}

#[test]
fn nothing_is_said_of_objects_that_no_notification_asks_for() {
    let bearer = DraftOption {
        number: DraftOption::PREFERRED_BEARER,
        value: vec![1],
    };
    let list = DraftOption {
        number: DraftOption::REQ_MOS,
        value: Vec::new(),
    };
    for options in [vec![], vec![bearer], vec![list]] {
        let (_, first) = notified(options).sends();
        assert!(first.get("MOD").is_none(), "{first}");
    }
    for trigger in [Trigger::Client, Trigger::Bootstrap] {
        let (_, first) = Device::new(Dialect::Draft, trigger).sends();
        assert!(first.get("MOD").is_none(), "{first}");
    }
    let requested = DraftOption {
        number: DraftOption::REQUESTED_MO,
        value: vec![2],
    };
    let (_, first) = notified(vec![requested]).sends();
    assert_eq!(first["MOD"].as_array().map(Vec::len), Some(2), "{first}");
}

#[test]
fn commands_are_carried_out_one_after_another_whatever_each_waits_for() {
    let cases = [
        (
            Dialect::Draft,
            format!(
                r#"{{"SessionInfo":{{"SessionID":"7F","PkgSeq":1}},"Cmds":[{{"GET":["{PUMP}/north/Mode"]}},
                {{"HGET":["https://repo.example.org/a","{PUMP}/north/Mode"]}},{{"GET":["{PUMP}/north/Mode"]}},
                {{"EXEC":["{PUMP}/north/Reset"]}},{{"DELETE":["{PUMP}/north/"]}},{{"GET":["{PUMP}/north/Mode"]}},{{"SHOW":["https://ui.example.org/"]}}]}}"#
            ),
        ),
        (
            Dialect::Approved,
            format!(
                r#"{{"CMD":[["GET","{PUMP}/north/Mode"],["HGET","https://repo.example.org/a","{PUMP}/north/Mode"],["GET","{PUMP}/north/Mode"],
                ["EXEC","{PUMP}/north/Reset"],["DELETE","{PUMP}/north/"],["GET","{PUMP}/north/Mode"],["SHOW","https://ui.example.org/"]]}}"#
            ),
        ),
    ];
    for (dialect, body) in cases {
        let mut device = Device::new(
            dialect,
            Trigger::Server {
                session_id: 0x7f,
                requested: vec![],
            },
        );
        device.next().unwrap();
        let mut events = device.hears(&body);
        // Nothing behind a ticket is done before that is answered.
        assert!(device.tree.find("./Pump/north").unwrap().is_some());
        let ticket = http(&events).ticket;
        let document =
            format!(r#"[{{"ClientURI":"{PUMP}/north/Mode","MOData":{{"Mode":"eco"}}}}]"#);
        events = device.tells(ticket, &fetched(200, &document));
        let mut kinds = Vec::new();
        while let Some((ticket, kind)) = events.iter().find_map(|event| match event {
            ClientEvent::Exec { ticket, .. } => Some((*ticket, "exec")),
            ClientEvent::Show { ticket, .. } => Some((*ticket, "show")),
            _ => None,
        }) {
            kinds.push((kind, device.tree.find("./Pump/north").unwrap().is_some()));
            events = device.tells(ticket, &Outcome::status(200));
        }
        assert_eq!(kinds, [("exec", true), ("show", false)], "{dialect:?}");
        let (_, said) = device.sends();
        let (codes, data) = match dialect {
            Dialect::Draft => (&said["Results"], ["MOD", "MO"]),
            Dialect::Approved => (&said["Status"], ["MO", "MOData"]),
        };
        let code = |of: &serde_json::Value| of.get("Code").or(of.get("sc")).cloned();
        let codes_of: Vec<_> = codes.as_array().unwrap().iter().filter_map(code).collect();
        assert_eq!(codes_of, [200, 200, 200, 200, 200, 404, 200], "{said}");
        for (at, mode) in [(0, "auto"), (2, "eco")] {
            assert!(codes[at][data[0]].to_string().contains(mode), "{said}");
        }
    }
}

#[test]
fn a_server_says_its_commands_in_the_order_in_which_they_came() {
    let mut desk = Desk::new();
    let mode = format!("{PUMP}/north/Mode");
    desk.push([
        get(&mode),
        hget("https://repo.example.org/a", Some(&mode)),
        get(&mode),
    ]);
    desk.push([delete(&mode), show("https://ui.example.org/"), get(&mode)]);
    let (_, said) = desk.say(of(INITIATION), HELLO[0]);
    let expected = json(&format!(
        r#"[{{"GET":["{mode}"]}},{{"HGET":["https://repo.example.org/a","{mode}"]}},{{"GET":["{mode}"]}},
        {{"DELETE":["{mode}"]}},{{"SHOW":["https://ui.example.org/"]}},{{"GET":["{mode}"]}}]"#
    ));
    assert_eq!(said["Cmds"], expected);
}

#[test]
fn what_the_host_has_run_is_told_whatever_the_tree_has_become() {
    let run = |report_to: &str| {
        format!(
            r#"{{"CMD":[["EXEC","{PUMP}/(x)/Reset?nv=(x)/Mode:auto&nv=(x)/Serial:P-200"{report_to}]]}}"#
        )
    };
    let own = format!(r#","{}""#, crate::dm2_device::URL);
    for (report_to, status, code) in [
        ("", 200, 200),
        (&own, 200, 202),
        ("", 500, 500),
        (&own, 500, 500),
    ] {
        for is_gone in [false, true] {
            let mut device = Device::new(Dialect::Approved, Trigger::Client);
            device.next().unwrap();
            let events = device.hears(&run(report_to));
            let [ClientEvent::Exec { ticket, .. }] = &events[..] else {
                panic!("{events:?}");
            };
            match is_gone {
                true => drop(device.tree.remove("./Pump/south").unwrap()),
                false => device.tree.set("./Pump/south/Mode", leaf("busy")).unwrap(),
            }
            device.tells(*ticket, &Outcome::status(status));
            let third = json(&format!(r#"{{"Status":[{{"sc":{code}}}]}}"#));
            assert_eq!(device.sends().1, third, "{report_to} {status}");
        }
    }
}

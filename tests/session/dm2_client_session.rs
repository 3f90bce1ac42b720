//! What a session of DM 2.0 at the device comes to: how it begins, what it takes for an answer, how it ends, and how it rests.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::auth::{Ignored, NotificationPolicy};
use omadm::dm2::Dialect;
use omadm::notification::{Approved, Draft, DraftOption};
use omadm::{
    AbortedBy, AlertCode, ClientAlert, ClientConfig, ClientEvent, ClientSession, Code, Data, Env,
    Notification, NotificationForm, StatusCode, Trigger,
};

use crate::dm2_device::{Device, EPOCH, PUMP, SERVER, aborted, config, json, masked, pumps};
use crate::pair::entropy;

fn session(session_id: u16) -> Trigger {
    Trigger::Server {
        session_id,
        requested: Vec::new(),
    }
}

fn alert(kind: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: kind.to_owned(),
        format: None,
        mark: Some("warning".to_owned()),
        source: None,
        target: None,
        correlator: None,
        data: Data::Text("x".to_owned()),
    }
}

fn notified(config: ClientConfig, notification: &Notification) -> omadm::Result<ClientSession> {
    let policy = NotificationPolicy {
        form: notification.form(),
        ..NotificationPolicy::default()
    };
    let body = notification.encode(None).unwrap();
    let entropy = entropy(0);
    let env = Env::new(1_700_000_000_000, &entropy).unwrap();
    ClientSession::notified(config, &body, Vec::new(), &policy, &env)
}

const DEVINFO: &str = "urn:oma:mo:oma-dm-devinfo:1.0";

/// A device in the draft dialect whose session a notification has asked for.
fn asked(options: Vec<DraftOption>) -> Device {
    let mut config = config(Dialect::Draft);
    config.objects.index = [
        (1, "oma:mo:oma-dm-devinfo:1.0"),
        (2, "oma:mo:ext-acme-pump:1.0"),
        (9, "oma:mo:none:1.0"),
    ]
    .map(|(index, moid)| (index, moid.to_owned()))
    .into();
    let notification = Notification::Draft(Draft {
        options,
        ..Draft::new(SERVER.to_owned(), 0x4d2)
    });
    let mut device = Device::with(config, Trigger::Client, pumps(DEVINFO));
    device.session = notified(device.config.clone(), &notification).unwrap();
    device
}

fn with_cv(index: u16, cv: &str) -> DraftOption {
    DraftOption {
        number: DraftOption::REQUESTED_MO_CV,
        value: [&index.to_be_bytes()[..], cv.as_bytes()].concat(),
    }
}

#[test]
fn s2_d71_what_the_server_has_is_not_sent_again() {
    let tree = pumps(DEVINFO);
    let cv = |path: &str| tree.validator(EPOCH, path).unwrap();
    let mut device = asked(vec![
        with_cv(1, &cv("DevInfo")),
        with_cv(2, &cv("Pump/south")),
    ]);
    device.tree = tree.clone();
    let (kind, first) = device.sends();
    assert_eq!(kind, "initiation");
    assert_eq!(
        first,
        json(
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200},
                "MOD":[{"URI":"urn:oma:mo:oma-dm-devinfo:1.0/","Code":304},
                       {"URI":"urn:oma:mo:ext-acme-pump:1.0/north/","CV":"*","MO":{"Serial":"P-100","Mode":"auto",
                        "Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}}}},
                       {"URI":"urn:oma:mo:ext-acme-pump:1.0/south/","Code":304}]}"#
        )
    );
    let events =
        device.hears(r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},"Cmds":[{"END":[]}]}"#);
    assert_eq!(events, [ClientEvent::Finished]);
    assert!(device.is_over());
}

#[test]
fn what_a_notification_asks_for_without_validators() {
    let requested = |index: u8| DraftOption {
        number: DraftOption::REQUESTED_MO,
        value: vec![index],
    };
    let list = DraftOption {
        number: DraftOption::REQ_MOS,
        value: Vec::new(),
    };
    // 9 is none that the device has, 8 stands for nothing.
    let mut device = asked(vec![
        requested(1),
        requested(8),
        requested(9),
        with_cv(1, "5f.0"),
        list,
    ]);
    device.tree.remove("./Pump/south").unwrap();
    let (_, first) = device.sends();
    assert_eq!(first["MOD"].as_array().unwrap().len(), 1);
    assert_eq!(first["MOD"][0]["MO"]["Man"], "Acme");
    let listed = json(
        r#"[{"MOID":"urn:oma:mo:ext-acme-pump:1.0","Path":["/"]},{"MOID":"urn:oma:mo:oma-dm-devinfo:1.0","Path":["/"]}]"#,
    );
    assert_eq!(first["MOS"], listed);
}

#[test]
fn notifications_of_the_other_form_are_none() {
    let approved = Notification::Approved(Approved {
        id: Some(4660),
        request_mos: true,
        ..Approved::new(SERVER.to_owned())
    });
    let draft = Notification::Draft(Draft::new(SERVER.to_owned(), 7));
    let refused = |dialect, notification: &Notification| {
        notified(config(dialect), notification).unwrap_err().code()
    };
    assert_eq!(refused(Dialect::Draft, &approved), Code::Arg);
    assert_eq!(refused(Dialect::Approved, &draft), Code::Arg);
    let foreign = Notification::Draft(Draft::new("other".to_owned(), 7));
    assert_eq!(refused(Dialect::Draft, &foreign), Code::Auth);

    let mut device = Device::new(Dialect::Approved, Trigger::Client);
    device.session = notified(device.config.clone(), &approved).unwrap();
    let (_, first) = device.sends();
    assert_eq!(first["Alert"][0]["Data"]["NotificationID"], 4660);
    assert_eq!(first["MOS"][0]["MOID"], PUMP);
    // The same again is known by its number.
    let body = approved.encode(None).unwrap();
    let policy = NotificationPolicy {
        form: NotificationForm::Approved,
        ..NotificationPolicy::default()
    };
    let again = device.session.notify(&body, &policy, 0).unwrap();
    assert_eq!(again.unwrap_err(), Ignored::Repeated);
    // The policy of another form is the caller's mistake.
    let other = NotificationPolicy::default();
    let error = device.session.notify(&body, &other, 0).unwrap_err();
    assert_eq!(error.code(), Code::Arg);
}

#[test]
fn d60_a_bootstrap_is_told_in_both_dialects() {
    let mut device = Device::new(Dialect::Approved, Trigger::Bootstrap);
    let first = r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}"#;
    assert_eq!(device.sends().1, json(first));

    let mut device = Device::new(Dialect::Draft, Trigger::Bootstrap);
    let number = device
        .session
        .raise(alert("urn:oma:at:acme:1.0:a"))
        .unwrap();
    let (_, first) = device.sends();
    assert_eq!(first["SessionInfo"]["ReasonForSession"], 1201);
    let kinds: Vec<&str> = first["Alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| alert["Item"]["Type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "urn:oma:at:dm:2.0:BootstrapComplete",
            "urn:oma:at:acme:1.0:a"
        ]
    );
    let id = first["SessionInfo"]["SessionID"].as_str().unwrap();
    // The first result is of the alert that is not the host's.
    let events = device.hears(&format!(
        r#"{{"SessionInfo":{{"SessionID":"{id}","PkgSeq":1}},"Cmds":[{{"END":[]}}],"Results":[{{"Code":200}},{{"Code":202}}]}}"#
    ));
    let answered = ClientEvent::Answered {
        alert: number,
        code: StatusCode(202),
    };
    assert_eq!(events, [answered, ClientEvent::Finished]);
}

#[test]
fn d25_alerts_that_nobody_takes_along_come_back() {
    let mut device = Device::new(Dialect::Draft, session(1));
    let told = device.session.raise(alert("a")).unwrap();
    device.sends();
    let late = device.session.raise(alert("b")).unwrap();
    let events =
        device.hears(r#"{"SessionInfo":{"SessionID":"1","PkgSeq":1},"Cmds":[{"END":[]}]}"#);
    let unanswered = |alert| ClientEvent::Unanswered { alert };
    assert_eq!(
        events,
        [unanswered(told), unanswered(late), ClientEvent::Finished]
    );
    assert_eq!(
        device.session.raise(alert("c")).unwrap_err().code(),
        Code::State
    );
}

#[test]
fn d13_the_answer_to_another_package_is_none() {
    for info in [
        r#"{"SessionID":"2","PkgSeq":1}"#,
        r#"{"SessionID":"1","PkgSeq":2}"#,
        r#"{"SessionID":"1","PkgSeq":1.5}"#,
        r#"{"SessionID":"1"}"#,
    ] {
        let mut device = Device::new(Dialect::Draft, session(1));
        device.sends();
        let events = device.hears(&format!(
            r#"{{"SessionInfo":{info},"Cmds":[{{"DELETE":["oma:mo:ext-acme-pump:1.0/south/"]}},{{"END":[]}}]}}"#
        ));
        assert_eq!(aborted(&events).0, AbortedBy::Device, "{info}");
        assert!(device.tree.find("./Pump/south").unwrap().is_some());
        assert!(device.is_over());
    }
}

#[test]
fn d54_how_the_device_aborts() {
    let draft = Dialect::Draft;
    // Nothing has begun.
    let mut device = Device::new(draft, session(1));
    assert_eq!(aborted(&device.session.abort(None)).0, AbortedBy::Device);
    assert!(device.is_over());
    // An answer is awaited.
    let mut device = Device::new(draft, session(1));
    device.sends();
    device.session.abort(None);
    device.rest();
    let out = device.next().unwrap();
    assert!(out.done);
    let last = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"1","PkgSeq":2},"Results":[],"Alerts":[{"Code":1223}]}"#,
    );
    assert_eq!(masked(&out.body), last);
    assert!(device.is_over());
    // Nobody waits for what became of the last package.
    let mut device = Device::new(draft, session(1));
    device.sends();
    device.hears(
        r#"{"SessionInfo":{"SessionID":"1","PkgSeq":1},"Cmds":[{"EXEC":["oma:mo:ext-acme-pump:1.0/south/Reset"]},{"END":[]}]}"#,
    );
    device.session.abort(None);
    assert!(device.is_over());
    // The approved dialect has no word for it.
    let mut device = Device::new(Dialect::Approved, session(1));
    device.sends();
    device.hears(r#"{"CMD":[["GET","urn:oma:mo:ext-acme-pump:1.0/south/Mode"]]}"#);
    assert_eq!(aborted(&device.session.abort(None)).0, AbortedBy::Device);
    assert!(device.is_over());
}

#[test]
fn a_session_has_an_end() {
    for dialect in Dialect::ALL {
        let mut device = Device::new(dialect, session(1));
        device.config.limits.messages = 3;
        device.rest();
        let mut seq = 0;
        let events = loop {
            device.next().unwrap();
            seq += 1;
            let events = device.hears(&match dialect {
                Dialect::Draft => format!(
                    r#"{{"SessionInfo":{{"SessionID":"1","PkgSeq":{seq}}},"Cmds":[{{"FROB":[]}}]}}"#
                ),
                Dialect::Approved => r#"{"CMD":[["FROB"]]}"#.to_owned(),
            });
            if !events.is_empty() {
                break events;
            }
        };
        assert_eq!(
            (seq, aborted(&events)),
            (3, (AbortedBy::Device, "too many messages"))
        );
        if dialect == Dialect::Draft {
            let out = device.next().unwrap();
            assert_eq!(masked(&out.body)["Alerts"], json(r#"[{"Code":1223}]"#));
        }
        assert!(device.is_over());
    }
}

#[test]
fn b22_a_session_at_rest_is_of_its_account_and_dialect() {
    let mut device = Device::new(Dialect::Draft, session(1));
    device.sends();
    let saved = device.session.save().unwrap();
    let refused = |config: ClientConfig| {
        let error = ClientSession::restore(&saved, config).unwrap_err();
        assert_eq!(error.code(), Code::Snapshot);
    };
    refused(config(Dialect::Approved));
    refused(ClientConfig {
        dm2: None,
        ..config(Dialect::Draft)
    });
    let mut other = config(Dialect::Draft);
    other.account.device_id = "other".to_owned();
    refused(other);
    for bit in 0..saved.state.len() * 8 {
        let mut damaged = saved.clone();
        damaged.state[bit / 8] ^= 1 << (bit % 8);
        assert!(ClientSession::restore(&damaged, config(Dialect::Draft)).is_err());
    }
}

#[test]
fn calls_out_of_turn_change_nothing() {
    let mut device = Device::new(Dialect::Approved, session(1));
    let reply = omadm::Received::body(br#"{"CMD":[["END"]]}"#);
    let early = device.session.receive(&mut device.tree, &reply);
    assert_eq!(early.unwrap_err().code(), Code::State);
    device.sends();
    device.hears(r#"{"CMD":[["EXEC","urn:oma:mo:ext-acme-pump:1.0/south/Reset"]]}"#);
    let entropy = entropy(9);
    let env = Env::new(0, &entropy).unwrap();
    let open = device.session.send(&device.tree, &env);
    assert_eq!(open.unwrap_err().code(), Code::State);
    let twice = device.session.receive(&mut device.tree, &reply);
    assert_eq!(twice.unwrap_err().code(), Code::State);
}

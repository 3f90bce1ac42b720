//! What package 1 of the draft dialect tells of the tree: alerts 1227 and 1228 (decision 53 of the notes).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::{AlertCode, ClientAlert, ClientConfig, ClientEvent, Data, StatusCode, Tree, Trigger};
use serde_json::Value;

use crate::dm2_device::{Device, config, json, leaf, pumps};

/// A device whose server knows the tree as it was before a change.
fn changed(dialect: Dialect, change: fn(&mut Tree), tune: fn(&mut ClientConfig)) -> Device {
    let mut tree = pumps("urn:oma:mo:oma-dm-devinfo:1.0");
    let mut config = config(dialect);
    config.tree_alerts = true;
    config.account.state.tree_revision = Some(tree.revision());
    tune(&mut config);
    change(&mut tree);
    Device::with(config, Trigger::Client, tree)
}

fn alerts(device: &mut Device) -> Value {
    device.sends().1["Alerts"].take()
}

const UNCHANGED: &str = r#"[{"Code":1227}]"#;

#[test]
fn d53_package_1_tells_what_others_have_changed() {
    let mode = |tree: &mut Tree| tree.set("./Pump/north/Mode", leaf("off")).unwrap();
    let same: fn(&mut ClientConfig) = |_| {};
    type Case = (fn(&mut Tree), fn(&mut ClientConfig), &'static str);
    let cases: [Case; 7] = [
        (|_| {}, same, UNCHANGED),
        (
            mode,
            same,
            r#"[{"Code":1228,"Item":{"Source":"urn:oma:mo:ext-acme-pump:1.0/north/Mode"}}]"#,
        ),
        (
            |tree| {
                tree.set("./Pump/south/Run/1/State", leaf("hot")).unwrap();
                tree.set("./DevInfo/Lang", leaf("fr")).unwrap();
            },
            same,
            r#"[{"Code":1228,"Item":[{"Source":"urn:oma:mo:oma-dm-devinfo:1.0/Lang"},
                {"Source":"urn:oma:mo:ext-acme-pump:1.0/south/Run/1/State"}]}]"#,
        ),
        // What is in no object has no address.
        (|tree| tree.set("./Other", leaf("1")).unwrap(), same, "null"),
        (
            mode,
            |config| config.objects.granted = Some(vec!["oma:mo:oma-dm-devinfo:1.0".to_owned()]),
            "null",
        ),
        (mode, |config| config.tree_alerts = false, "null"),
        (
            mode,
            |config| config.account.state.tree_revision = None,
            "null",
        ),
    ];
    for (at, (change, tune, expected)) in cases.into_iter().enumerate() {
        let mut device = changed(Dialect::Draft, change, tune);
        assert_eq!(alerts(&mut device), json(expected), "{at}");
    }
    // The approved dialect has no words for it.
    let mut device = changed(Dialect::Approved, mode, same);
    let kinds = r#"[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]"#;
    assert_eq!(device.sends().1["Alert"], json(kinds));
}

#[test]
fn d53_what_the_server_has_been_told_is_known_to_it() {
    let mut device = changed(Dialect::Draft, |_| {}, |_| {});
    let alert = ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "a.b".to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text("x".to_owned()),
    };
    let number = device.session.raise(alert).unwrap();
    let body = device.sends().1;
    assert_eq!(body["Alerts"][0], json(r#"{"Code":1227}"#));
    let id = body["SessionInfo"]["SessionID"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = |seq: u32, rest: &str| {
        format!(r#"{{"SessionInfo":{{"SessionID":"{id}","PkgSeq":{seq}}},"Cmds":[{rest}}}"#)
    };
    // The answer to the first of the two is the tree's.
    let delete = r#"{"DELETE":["urn:oma:mo:ext-acme-pump:1.0/north/Mode"]}],"Results":[{"Code":200},{"Code":202}]"#;
    let events = device.hears(&said(1, delete));
    let code = StatusCode(202);
    assert_eq!(
        events[0],
        ClientEvent::Answered {
            alert: number,
            code
        }
    );
    assert_eq!(alerts(&mut device), Value::Null);
    let events = device.hears(&said(2, r#"{"END":[]}]"#));
    assert_eq!(events, [ClientEvent::Finished]);
    // What the server itself has changed, too.
    let known = device.session.save().unwrap().account.tree_revision;
    assert_eq!(
        known, None,
        "the changes were forgotten where the tree rested"
    );
    // Told again, behind a bootstrap, which has an alert of its own in front.
    let mut device = changed(Dialect::Draft, |_| {}, |_| {});
    let revision = device.tree.revision();
    device = Device::with(device.config, Trigger::Bootstrap, device.tree);
    let body = device.sends().1;
    assert_eq!(body["Alerts"][1], json(r#"{"Code":1227}"#));
    let id = body["SessionInfo"]["SessionID"].as_str().unwrap();
    let end = format!(
        r#"{{"SessionInfo":{{"SessionID":"{id}","PkgSeq":1}},"Cmds":[{{"END":[]}}],"Results":[{{"Code":200}},{{"Code":200}}]}}"#
    );
    assert_eq!(device.hears(&end), [ClientEvent::Finished]);
    let known = device.session.save().unwrap().account.tree_revision;
    assert_eq!(known, Some(revision));
}

//! A device and a server of DM 2.0 back to back, in either dialect; both rest after every step.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::{
    AlertCode, ClientAlert, ClientEvent, Data, NewCommand, Outcome, Outgoing, Received,
    ServerEvent, Trigger,
};

use crate::dm2_device::{Device, fetched};
use crate::dm2_server_desk::Desk;

const PUMP: &str = "urn:oma:mo:ext-acme-pump:1.0";

/// What one has sent, as the other has it.
fn carry<'o>(out: &'o Outgoing, headers: &'o [(&'o str, &'o str)]) -> Received<'o> {
    Received {
        content_type: Some(out.content_type),
        headers,
        status: out.status,
        url: out.url.as_deref(),
        ..Received::body(&out.body)
    }
}

fn headers(out: &Outgoing) -> Vec<(&str, &str)> {
    let pairs = out.headers.iter();
    pairs.map(|(name, value)| (*name, value.as_str())).collect()
}

/// The whole session: what the server learns, and what the device is asked.
fn play(device: &mut Device, desk: &mut Desk) -> (Vec<ServerEvent>, Vec<ClientEvent>) {
    let (mut heard, mut seen) = (Vec::new(), Vec::new());
    while let Some(out) = device.next() {
        let events = desk
            .session
            .receive(&carry(&out, &headers(&out)), desk.account.as_ref());
        heard.extend(events.unwrap());
        let reply = desk.reply();
        let mut events = device.takes(&carry(&reply, &headers(&reply)));
        while let Some(event) = events.pop() {
            let answer = match &event {
                ClientEvent::Http { ticket, method, .. } => {
                    let body = match *method {
                        "GET" => format!(
                            r#"[{{"ClientURI":"{PUMP}/east/","MOData":{{"Pump":{{"Mode":"off"}}}}}}]"#
                        ),
                        _ => String::new(),
                    };
                    Some((*ticket, fetched(200, &body)))
                }
                ClientEvent::Exec { ticket, .. } | ClientEvent::Show { ticket, .. } => {
                    Some((*ticket, Outcome::status(200)))
                }
                _ => None,
            };
            seen.push(event);
            if let Some((ticket, outcome)) = answer {
                events.extend(device.tells(ticket, &outcome));
            }
        }
    }
    (heard, seen)
}

#[test]
fn a_whole_session_in_either_dialect() {
    for dialect in Dialect::ALL {
        let mut device = Device::new(dialect, Trigger::Client);
        device.config.objects.always_listed = true;
        device.rest();
        let alert = device.session.raise(ClientAlert {
            code: AlertCode::GENERIC_ALERT,
            alert_type: "urn:oma:at:acme:1.0:hot".to_owned(),
            format: None,
            mark: None,
            source: Some("./Pump/north/Run/2/State".to_owned()),
            target: None,
            correlator: None,
            data: Data::Text("hot".to_owned()),
        });
        let alert = alert.unwrap();
        let mut desk = Desk::new();
        let north = format!("{PUMP}/north/");
        desk.push([
            NewCommand::Get(vec![format!("{PUMP}/*/Mode"), format!("{PUMP}/west/")]),
            NewCommand::Hget {
                from: "https://repo.example.org/new.json".to_owned(),
                to: None,
            },
            NewCommand::Hput {
                from: vec![format!("{PUMP}/south/Run/"), north.clone()],
                to: "https://repo.example.org/in".to_owned(),
            },
            NewCommand::Exec {
                uri: format!("{PUMP}/south/Reset"),
                data: None,
                format: None,
                mime: None,
                correlator: None,
                report_to: None,
            },
            NewCommand::Show {
                url: "https://ui.example.org/".to_owned(),
            },
            NewCommand::Delete(vec![north]),
        ]);
        let (heard, seen) = play(&mut device, &mut desk);
        let mut codes = Vec::new();
        let (mut values, mut created, mut has_alert) = (0, Vec::new(), false);
        for event in &heard {
            match event {
                ServerEvent::Status {
                    code,
                    command,
                    created: at,
                    ..
                } => {
                    codes.push((*command, code.0));
                    created.extend(at.iter().cloned());
                }
                ServerEvent::Results { objects, .. } => values += objects.len(),
                ServerEvent::Alert { item, .. } => {
                    let source = item.source.as_ref().unwrap();
                    has_alert = source.uri == format!("{PUMP}/north/Run/2/State");
                }
                ServerEvent::Unknown { .. }
                | ServerEvent::Violation { .. }
                | ServerEvent::Aborted { .. } => {
                    panic!("{event:?}");
                }
                _ => {}
            }
        }
        codes.sort_unstable();
        codes.dedup();
        let expected = [
            (0, 200),
            (0, 404),
            (1, 200),
            (2, 200),
            (3, 200),
            (4, 200),
            (5, 200),
        ];
        assert_eq!(codes, expected, "{dialect:?}");
        assert_eq!((values, has_alert), (2, true), "{dialect:?}");
        assert_eq!(created, [format!("{PUMP}/m1/")], "{dialect:?}");
        assert!(heard.iter().any(
            |event| matches!(event, ServerEvent::Supported { objects } if objects.len() == 2)
        ));
        assert_eq!(seen.last(), Some(&ClientEvent::Finished));
        let is_told = |event: &ClientEvent| match event {
            ClientEvent::Answered { alert: of, .. } => dialect == Dialect::Draft && *of == alert,
            ClientEvent::Delivered { alert: of } => dialect == Dialect::Approved && *of == alert,
            _ => false,
        };
        assert!(seen.iter().any(is_told), "{seen:?}");
        assert!(device.tree.find("./Pump/north").unwrap().is_none());
    }
}

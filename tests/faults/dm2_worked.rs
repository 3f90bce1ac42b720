//! DM 2.0: the worked sessions of the notes in which something goes wrong, package by package.

use omadm::dm2::Dialect;
use omadm::{AbortedBy, ClientEvent};

use super::dm2_every::clean;
use super::dm2_fault::{Fault, Kind};
use super::dm2_flow::{Flow, S8, flows};
use super::dm2_play::{Case, Report, play};
use super::fault::Hurt;
use super::flow::Side;

fn in_both(name: &str) -> impl Iterator<Item = Flow> {
    flows().into_iter().filter(move |flow| flow.name == name)
}

fn with(flow: &Flow, kind: Kind, at: usize) -> Report {
    let report = play(&Case {
        faults: vec![Fault { kind, at }],
        ..clean(flow)
    });
    assert_eq!(report.struck, 1, "{kind:?}");
    report
}

/// Why the device says that the session is over.
fn end(report: &Report) -> (AbortedBy, String) {
    match report.heard.last() {
        Some(ClientEvent::Aborted { by, reason }) => (*by, reason.clone().unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn s4_the_device_is_switched_off() {
    for flow in in_both("S4 the device aborts") {
        let report = play(&clean(&flow));
        assert_eq!(report.told, flow.told);
        assert_eq!(end(&report).0, AbortedBy::Device);
        let said: Vec<(Side, &str)> = report
            .said
            .iter()
            .map(|(side, text)| (*side, &**text))
            .collect();
        let posted = r#"["https://repo.example.org/in","urn:oma:mo:oma-dm-devinfo:1.2//","urn:oma:mo:ext-acme-pump:1.0/north/"]"#;
        let level = r#"["urn:oma:mo:ext-acme-pump:1.0/south/Level"]"#;
        match flow.dialect {
            Dialect::Draft => {
                let asks = format!(
                    r#"{{"SessionInfo":{{"SessionID":"4D2","PkgSeq":1}},"Cmds":[{{"HPOST":{posted}}},{{"GET":{level}}}]}}"#
                );
                let all = [
                    (
                        Side::Device,
                        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200}}"#,
                    ),
                    (Side::Server, &*asks),
                    (
                        Side::Device,
                        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},"Results":[{"Code":200},{"Code":200}],"Alerts":[{"Code":1223}]}"#,
                    ),
                    (
                        Side::Server,
                        r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":2},"Cmds":[{"END":[]}],"Results":[{"Code":200}]}"#,
                    ),
                ];
                assert_eq!(said, all);
            }
            // Nothing says it; the next session tells that the server has no answer.
            Dialect::Approved => assert_eq!(said.len(), 2),
        }
    }
}

#[test]
fn s8_failures_of_http() {
    for flow in in_both(S8) {
        let all_done = play(&clean(&flow));
        // The session is never opened.
        for (kind, status) in [(Kind::OtherType, 415), (Kind::OtherAccept, 406)] {
            let report = with(&flow, kind, 1);
            assert!(report.told.is_empty(), "{:?}", report.told);
            let expected = (AbortedBy::Server, format!("http status {status}"));
            assert_eq!(end(&report), expected);
            assert_eq!(report.said.len(), 1);
        }
        // Without credentials, then with them: the same package; and likewise with the next.
        let kind = Kind::Anonymous;
        let faults = vec![Fault { kind, at: 1 }, Fault { kind, at: 2 }];
        let report = play(&Case {
            faults,
            ..clean(&flow)
        });
        assert_eq!(report.struck, 2);
        assert_eq!(report.heard, all_done.heard);
        assert_eq!(report.told, flow.told);
        let mut said = report.said.clone();
        said.dedup();
        assert_eq!(report.said.len(), said.len() + 2);
        assert_eq!(said, all_done.said);
        // Credentials that are not taken either are the end.
        let faults = [Kind::Challenge, kind].map(|kind| Fault { kind, at: 1 });
        let report = play(&Case {
            faults: faults.to_vec(),
            ..clean(&flow)
        });
        assert_eq!(report.struck, 2);
        let expected = (AbortedBy::Server, "http status 401".to_owned());
        assert_eq!(end(&report), expected);
        assert!(report.told.is_empty());
        // A package 3 that is cut ends the session, and the whole one is unknown then.
        let report = with(&flow, Kind::HurtRequest(Hurt::Cut(12)), 2);
        assert_eq!(report.told[0], "started");
        assert!(
            report.told[1].starts_with("aborted Server"),
            "{:?}",
            report.told
        );
        assert_eq!(report.told[2..], ["0 ?"]);
        let expected = (AbortedBy::Server, "http status 400".to_owned());
        assert_eq!(end(&report), expected);
        // What is no package 2 ends it at the device, which sends nothing more.
        for kind in [Kind::NoPackage, Kind::HurtReply(Hurt::Page)] {
            for at in 1..=2 {
                let report = with(&flow, kind, at);
                assert_eq!(end(&report).0, AbortedBy::Device);
                assert_eq!(report.packages, at, "{kind:?}");
                assert_eq!(report.done.len(), at - 1, "{kind:?}");
            }
        }
    }
}

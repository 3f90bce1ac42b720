//! What devices tell of their own accord: Generic Alert, Client Event, and what becomes of it (DM protocol, section 6.7).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    AccountState, AlertCode, Binding, ClientAlert, ClientEvent, Code, Command, Data, Encoding,
    Format, Limits, Party, Scheme, ServerConfig, ServerEvent, Version,
};

use crate::commands::get;
use crate::pair::{Host, Setup, bruce, nonces};
use crate::peer::{Desk, Device, PACKAGE_1, config, of_header, reply, request};
use crate::say::{codes, others, statuses};

pub(crate) const TYPE: &str = "urn:oma:at:x:1.0:event";

pub(crate) fn generic(data: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: TYPE.to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text(data.to_owned()),
    }
}

fn event(data: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::CLIENT_EVENT,
        alert_type: "com.example/Login".to_owned(),
        ..generic(data)
    }
}

fn setup() -> Setup {
    Setup {
        alert_types: vec![TYPE.to_owned()],
        ..Setup::default()
    }
}

/// `number code`, or `number -` for an alert that the server said nothing of.
fn verdicts(events: &[ClientEvent]) -> Vec<String> {
    let say = |event: &ClientEvent| match event {
        ClientEvent::Answered { alert, code } => Some(format!("{alert} {code}")),
        ClientEvent::Unanswered { alert } => Some(format!("{alert} -")),
        _ => None,
    };
    events.iter().filter_map(say).collect()
}

/// The data of the alerts that a server's host is told of.
fn heard(events: &[ServerEvent]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Alert { item, .. } => item.data.as_ref().and_then(Data::as_text),
            _ => None,
        })
        .collect()
}

#[test]
fn alerts_go_out_with_package_1_or_with_the_next_answers_and_are_answered_one_by_one() {
    let foreign = ClientAlert {
        alert_type: "urn:oma:at:y:1.0:event".to_owned(),
        ..generic("foreign")
    };
    let run = Setup {
        alerts: vec![
            (1, generic("first")),
            (1, foreign),
            (1, event("login")),
            (2, generic("second")),
            (3, event("third")),
        ],
        commands: vec![(1, get(&["./DevInfo/Man"])), (2, get(&["./DevInfo/Man"]))],
        ..setup()
    }
    .run();
    assert_eq!(
        others(&run.messages[0]),
        ["1201", "Replace", "1226", "1226", "1224"]
    );
    assert_eq!(others(&run.messages[2]), ["Results", "1226"]);
    assert_eq!(others(&run.messages[4]), ["Results", "1224"]);
    assert_eq!(
        statuses(&run.messages[1])[1..],
        [
            "1/1 Alert 200",
            "1/2 Replace 200",
            "1/3 Alert 200",
            "1/4 Alert 415",
            "1/5 Alert 200"
        ]
    );
    assert_eq!(
        heard(&run.server_events),
        ["first", "foreign", "login", "second", "third"]
    );
    assert_eq!(
        verdicts(&run.client_events),
        ["0 200", "1 415", "2 200", "3 200", "4 200"]
    );
    assert_eq!(run.client_events.last(), Some(&ClientEvent::Finished));
}

#[test]
fn an_alert_says_all_of_section_6_7_1() {
    let whole = ClientAlert {
        format: Some(Format::Int),
        mark: Some("critical".to_owned()),
        source: Some("./DevInfo".to_owned()),
        target: Some("./DevInfo/Man".to_owned()),
        correlator: Some("abc123".to_owned()),
        ..generic("7")
    };
    let octets = ClientAlert {
        data: Data::Octets(vec![0, 255]),
        ..generic("")
    };
    let markup = ClientAlert {
        data: Data::Markup("<a xmlns=\"\">1</a>".to_owned()),
        ..generic("")
    };
    let run = Setup {
        alerts: vec![(1, whole), (1, markup), (1, generic("")), (1, octets)],
        ..setup()
    }
    .run_at(Host {
        encoding: Encoding::Xml,
        rests: true,
        repeats: false,
    });
    let alerts: Vec<_> = run.messages[0]
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Alert(alert) if !alert.items.is_empty() => Some(alert),
            _ => None,
        })
        .collect();
    let item = &alerts[0].items[0];
    let meta = item.meta.as_ref().unwrap();
    assert_eq!(alerts[0].correlator.as_deref(), Some("abc123"));
    assert_eq!(item.source.as_ref().unwrap().uri, "./DevInfo");
    assert_eq!(item.target.as_ref().unwrap().uri, "./DevInfo/Man");
    assert_eq!(
        [&meta.format, &meta.mime, &meta.mark].map(|part| part.as_deref()),
        [Some("int"), Some(TYPE), Some("critical")]
    );
    let formats: Vec<_> = alerts
        .iter()
        .map(|alert| alert.items[0].meta.as_ref().unwrap().format.as_deref())
        .collect();
    let written = [Some("int"), Some("xml"), Some("chr"), Some("b64")];
    assert_eq!(formats, written, "octets are base64 in XML");
    assert_eq!(
        verdicts(&run.client_events),
        ["0 200", "1 200", "2 200", "3 200"]
    );
    let correlators: Vec<_> = run
        .server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Alert {
                correlator,
                alert_type,
                ..
            } => Some((correlator.as_deref(), alert_type.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(
        correlators[..2],
        [(Some("abc123"), Some(TYPE)), (None, Some(TYPE))]
    );
}

#[test]
fn the_hosts_verdict_comes_back_to_the_device() {
    for (verdict, code) in [
        (None, 200),
        (Some(202), 202),
        (Some(406), 406),
        (Some(500), 500),
    ] {
        let setup = setup();
        let mut device = setup.device();
        let mut tree = setup.tree.clone();
        let entropy = crate::pair::entropy(1);
        let env = omadm::Env::new(0, &entropy).unwrap();
        device.raise(generic("x")).unwrap();
        let out = device.send(&tree, &env).unwrap().unwrap();
        let mut server = omadm::ServerSession::new(setup.server_config());
        let account = crate::pair::account(&setup.client, &setup.server, AccountState::default());
        let events = server
            .receive(&omadm::Received::body(&out.body), Some(&account))
            .unwrap();
        for event in &events {
            if let (ServerEvent::Alert { id, .. }, Some(verdict)) = (event, verdict) {
                server.answer(*id, verdict).unwrap();
            }
        }
        let reply = server.respond(&env).unwrap();
        let events = device
            .receive(&mut tree, &omadm::Received::body(&reply.body))
            .unwrap();
        assert_eq!(verdicts(&events), [format!("0 {code}")]);
    }
}

#[test]
fn a_challenge_makes_alerts_go_out_again_and_count_once() {
    for schemes in [[Scheme::Md5], [Scheme::Basic]] {
        let run = Setup {
            client: bruce(&schemes),
            binding: Binding::RespUri,
            server_state: nonces(Some(b"fresh"), None),
            device_state: nonces(Some(b"stale"), None),
            alerts: vec![(1, generic("once"))],
            ..setup()
        }
        .run();
        let is_stale = schemes == [Scheme::Md5];
        assert_eq!(others(&run.messages[0]), ["1201", "Replace", "1226"]);
        if is_stale {
            assert_eq!(codes(&run.messages[1]), [401; 4]);
            assert_eq!(others(&run.messages[2]), ["1201", "Replace", "1226"]);
        }
        assert_eq!(heard(&run.server_events), ["once"]);
        assert_eq!(verdicts(&run.client_events), ["0 200"]);
    }
}

/// A Status for a command of the first message, behind that for its header.
fn status_of(cmd_ref: u32, code: u16) -> String {
    format!(
        "<Status><CmdID>8</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>Alert</Cmd><Data>{code}</Data></Status>"
    )
}

#[test]
fn alerts_that_the_server_says_nothing_of_stay_without_an_answer() {
    let end = of_header(1, 200, "");
    for (body, before, told) in [
        (end.clone(), 1, vec!["0 -"]),
        ([end.clone(), status_of(3, 202)].concat(), 1, vec!["0 202"]),
        (
            [end.clone(), status_of(4, 200)].concat(),
            2,
            vec!["1 200", "0 -"],
        ),
        (
            [end.clone(), status_of(3, 200), status_of(3, 500)].concat(),
            1,
            vec!["0 200"],
        ),
        (
            format!(
                "{end}{}",
                crate::peer::ABORT.replace("<CmdID>1", "<CmdID>7")
            ),
            1,
            vec!["0 -"],
        ),
    ] {
        let mut device = Device::new(&Setup::default());
        for _ in 0..before {
            device.client.raise(generic("x")).unwrap();
        }
        device.say();
        let late = device.client.raise(event("late")).unwrap();
        assert_eq!(late, before);
        let events = device.hear(&reply(1, "", &body));
        let mut expected: Vec<String> = told.iter().map(|text| (*text).to_owned()).collect();
        expected.push(format!("{late} -"));
        assert_eq!(verdicts(&events), expected, "{body}");
        assert!(matches!(
            events.last(),
            Some(ClientEvent::Finished | ClientEvent::Aborted { .. })
        ));
        assert_eq!(
            device.client.raise(event("too late")).unwrap_err().code(),
            Code::State
        );
    }
}

#[test]
fn alerts_of_a_session_that_the_device_aborts_stay_without_an_answer() {
    for said in [false, true] {
        let mut device = Device::new(&Setup::default());
        device.client.raise(generic("x")).unwrap();
        if said {
            device.say();
        }
        device.client.raise(event("late")).unwrap();
        let events = device.client.abort(None);
        assert_eq!(verdicts(&events), ["0 -", "1 -"]);
        assert!(matches!(events.last(), Some(ClientEvent::Aborted { .. })));
        assert_eq!(device.client.abort(None), []);
    }
}

#[test]
fn the_word_of_a_server_that_has_not_proved_itself_counts_for_nothing() {
    let mut device = Device::new(&Setup {
        server: bruce(&[Scheme::Md5]),
        ..Setup::default()
    });
    device.client.raise(generic("x")).unwrap();
    device.say();
    let get = "<Get><CmdID>5</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    let body = [of_header(1, 200, ""), status_of(3, 200), get.to_owned()].concat();
    let events = device.hear(&reply(1, "", &body));
    assert_eq!(verdicts(&events), [""; 0]);
    assert_eq!(codes(&device.say()), [407, 407]);
}

#[test]
fn alerts_of_a_refused_type_mark_place_or_version_are_not_raised() {
    let with = |change: fn(&mut ClientAlert)| {
        let mut alert = generic("x");
        change(&mut alert);
        alert
    };
    for bad in [
        with(|alert| alert.code = AlertCode::DISPLAY),
        with(|alert| alert.code = AlertCode::TREE_CHANGED),
        with(|alert| alert.alert_type = " ".to_owned()),
        with(|alert| alert.mark = Some("loud".to_owned())),
        with(|alert| alert.source = Some("/A".to_owned())),
        with(|alert| alert.target = Some(String::new())),
    ] {
        let error = Setup::default().device().raise(bad).unwrap_err();
        assert_eq!(error.code(), Code::Arg);
    }
    let unwritable = with(|alert| alert.data = Data::Text("\u{1}".to_owned()));
    let error = Setup::default().device().raise(unwritable).unwrap_err();
    assert_eq!(error.code(), Code::Char);

    let old = Setup {
        version: Version::V1_1,
        ..Setup::default()
    };
    assert_eq!(
        old.device().raise(generic("x")).unwrap_err().code(),
        Code::Arg
    );
    let late = ClientAlert {
        correlator: Some("c".to_owned()),
        ..event("x")
    };
    assert_eq!(old.device().raise(late).unwrap_err().code(), Code::Arg);
    let run = Setup {
        alerts: vec![(1, event("x"))],
        ..old
    }
    .run();
    assert_eq!(others(&run.messages[0]), ["1201", "Replace", "1224"]);
    assert_eq!(heard(&run.server_events), ["x"]);
    let mut device = Setup {
        limits: Limits {
            commands: 3,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    }
    .device();
    let raised: Vec<_> = (0..4).map(|_| device.raise(event("x")).is_ok()).collect();
    assert_eq!(raised, [true, true, true, false]);
}

#[test]
fn s21_types_are_compared_without_the_blank_behind_the_prefix_and_formats_must_be_known() {
    let alert = |kind: &str, format: &str| {
        format!(
            "<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">{kind}</Type>\
            <Format xmlns=\"syncml:metinf\">{format}</Format></Meta><Data>d</Data></Item></Alert>"
        )
    };
    for (kind, format, code) in [
        ("Reversed-Domain-Name: org.domain.samplealert", "chr", 200),
        ("Reversed-Domain-Name:org.domain.samplealert", "xml", 200),
        ("Reversed-Domain-Name:org.domain.other", "xml", 415),
        ("org.domain.samplealert", "chr", 415),
        ("Reversed-Domain-Name:org.domain.samplealert", "text", 415),
        ("Reversed-Domain-Name:org.domain.samplealert", "", 415),
    ] {
        let config = ServerConfig {
            alert_types: vec!["Reversed-Domain-Name: org.domain.samplealert".to_owned()],
            ..config(Binding::Transport, Limits::DEFAULT)
        };
        let mut desk = Desk::new(&Party::Transport, &Party::Transport, config);
        let body = format!("{}{}", PACKAGE_1, alert(kind, format));
        assert_eq!(
            codes(&desk.hear(&request(1, "", &body)).message)[3],
            code,
            "{kind} {format}"
        );
    }
}

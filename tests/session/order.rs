//! Bad input, group S: messages that come twice, too late, out of turn or from elsewhere.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{AbortedBy, Binding, Code, Limits, NewCommand, Party, Scheme, ServerEvent};

use crate::pair::{Setup, bruce, password, server_config};
use crate::peer::{
    ABORT, BASIC, Desk, Device, Letter, NEXT, PACKAGE_1, asked, chal, config, cred, get, of_header,
    reply, request, status, told, trusting,
};
use crate::say::{codes, others, statuses};

#[test]
fn s01_the_same_message_again_gets_the_same_reply() {
    let mut desk = asked();
    let first = request(2, "", &status(1, 4, 200)).write();
    desk.server.push(get("./B")).unwrap();
    let heard = desk.hear_at(&first, None);
    desk.server.push(get("./C")).unwrap();
    for _ in 0..3 {
        let again = desk.hear_at(&first, None);
        assert_eq!(again.events, [ServerEvent::Repeated]);
        assert!(again.out.repeated);
        assert_eq!(again.out.body, heard.out.body);
    }
    let heard = desk.hear(&request(3, "", &status(2, 2, 200)));
    assert_eq!(told(&heard.events), ["1 200"]);
    assert_eq!(others(&heard.message), ["Get"]);
}

#[test]
fn s01_msg_id_1_after_the_end_is_a_new_session_though_the_bytes_be_equal() {
    let mut desk = trusting();
    let first = request(1, "", PACKAGE_1);
    for _ in 0..3 {
        let heard = desk.hear(&first);
        assert!(heard.out.done && !heard.out.repeated);
        assert!(matches!(heard.events[1], ServerEvent::Started { .. }));
    }
}

#[test]
fn s01_a_device_takes_the_same_reply_once() {
    let mut device = Device::new(&Setup::default());
    let one = device.next().unwrap();
    assert_eq!(device.next().unwrap().body, one.body);
    let add = "<Add><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>a</Data></Item></Add>";
    let letter = reply(1, "", add);
    let before = device.tree.revision();
    device.hear(&letter);
    assert_eq!(device.refuse(&letter.write()).code(), Code::State);
    let two = device.next().unwrap();
    assert!(device.hear(&letter).is_empty());
    assert_eq!(device.next().unwrap().body, two.body);
    assert_eq!(device.tree.revision(), before + 1);
}

#[test]
fn s02_the_same_number_with_other_bytes_ends_the_session_of_whoever_has_proved_itself() {
    let mut desk = asked();
    desk.hear(&Letter {
        is_final: false,
        ..request(2, "", &status(1, 4, 200))
    });
    desk.server.push(get("./B")).unwrap();
    let heard = desk.hear(&request(2, "", PACKAGE_1));
    assert_eq!(told(&heard.events), ["Server"]);
    assert_eq!(statuses(&heard.message), ["2/0 SyncHdr 400"]);
    assert_eq!(others(&heard.message), ["1223"]);
    assert!(heard.out.done && heard.message.is_final);
    let error = desk.refuse(&request(3, "", "").write());
    assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
}

#[test]
fn s02_the_same_number_with_other_bytes_from_a_stranger_changes_nothing() {
    let config = config(Binding::RespUri, Limits::DEFAULT);
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
    desk.server.push(get("./A")).unwrap();
    let first = desk.hear(&request(1, &cred("basic", BASIC), PACKAGE_1));
    let url = first.message.header.resp_uri;
    let get_said = status(1, 4, 200);
    let body = Letter {
        is_final: false,
        ..request(2, "", &get_said)
    };
    desk.hear_at(&body.write(), url.as_deref());
    for header in [String::new(), cred("basic", "QnJ1Y2UyOng=")] {
        for body in [PACKAGE_1, ABORT, &status(1, 4, 404)] {
            let error = desk.refuse(&request(2, &header, body).write());
            assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
        }
    }
    desk.server.push(get("./B")).unwrap();
    let heard = desk.hear_at(&request(3, "", "").write(), url.as_deref());
    assert_eq!(others(&heard.message), ["Get"]);
}

#[test]
fn s02_a_device_takes_no_two_messages_of_one_number() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    device.hear(&reply(1, "", get));
    device.say();
    let error = device.refuse(&reply(1, "", NEXT).write());
    assert_eq!(error.code(), Code::State);
}

#[test]
fn s02_only_who_proves_itself_restarts_a_session() {
    let config = config(Binding::RespUri, Limits::DEFAULT);
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
    desk.server.push(get("./A")).unwrap();
    let right = cred("basic", BASIC);
    desk.hear(&request(1, &right, PACKAGE_1));
    for header in [String::new(), cred("basic", "QnJ1Y2UyOng=")] {
        let error = desk.refuse(&request(1, &header, NEXT).write());
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    let heard = desk.hear(&request(1, &right, &format!("{PACKAGE_1} ")));
    assert!(matches!(heard.events[1], ServerEvent::Started { .. }));
}

#[test]
fn s03_an_old_message_is_refused_and_a_number_may_be_left_out() {
    let mut desk = asked();
    desk.hear(&Letter {
        is_final: false,
        ..request(5, "", "")
    });
    for msg_id in [2, 3, 4] {
        let error = desk.refuse(&request(msg_id, "", &status(1, 4, 200)).write());
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    let heard = desk.hear(&request(9, "", &status(1, 4, 200)));
    assert_eq!(told(&heard.events), ["0 200"]);

    let mut device = Device::new(&Setup::default());
    device.say();
    let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    device.hear(&reply(4, "", get));
    device.say();
    assert_eq!(
        device.refuse(&reply(3, "", get).write()).code(),
        Code::State
    );
    device.hear(&reply(7, "", get));
    assert_eq!(statuses(&device.say())[0], "7/0 SyncHdr 200");
}

#[test]
fn s06_another_session_or_device_is_kept_apart() {
    let mut desk = asked();
    for letter in [
        Letter {
            session: "2",
            ..request(2, "", PACKAGE_1)
        },
        Letter {
            session: "01",
            ..request(1, "", PACKAGE_1)
        },
        Letter {
            source: "IMEI:1",
            ..request(2, "", &status(1, 4, 200))
        },
    ] {
        let error = desk.refuse(&letter.write());
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    let mut device = Device::new(&Setup::default());
    device.say();
    for letter in [
        Letter {
            session: "2",
            ..reply(1, "", NEXT)
        },
        Letter {
            target: "IMEI:1",
            ..reply(1, "", NEXT)
        },
    ] {
        assert_eq!(device.refuse(&letter.write()).code(), Code::State);
    }
}

#[test]
fn s07_what_is_not_for_us_is_404_and_from_another_device_401() {
    let mut desk = trusting();
    for target in [
        "https://mgmt.example/dm2",
        "http://mgmt.example/dm",
        "https://evil.example/dm",
        "",
    ] {
        let heard = desk.hear(&Letter {
            target,
            ..request(1, "", PACKAGE_1)
        });
        assert_eq!(codes(&heard.message), [404], "{target}");
        assert!(heard.out.done && others(&heard.message).is_empty());
        assert!(
            !told(&heard.events)
                .iter()
                .any(|event| event.contains("Started"))
        );
    }
    for (client, header) in [
        (bruce(&[Scheme::Basic]), cred("basic", BASIC)),
        (Party::Transport, String::new()),
    ] {
        let mut desk = Desk::new(&client, &Party::Transport, server_config());
        let heard = desk.hear(&Letter {
            source: "IMEI:1",
            ..request(1, &header, PACKAGE_1)
        });
        assert_eq!(codes(&heard.message), [401, 401, 401]);
        assert!(
            heard
                .events
                .iter()
                .all(|event| matches!(event, ServerEvent::Unauthenticated { .. }))
        );
    }
}

#[test]
fn s07_a_stranger_does_not_end_a_session_that_is_not_his() {
    let config = config(Binding::RespUri, Limits::DEFAULT);
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
    desk.server.push(get("./A")).unwrap();
    let first = desk.hear(&request(1, &cred("basic", BASIC), PACKAGE_1));
    let url = first.message.header.resp_uri;
    let small = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1</MaxMsgSize></Meta>";
    for letter in [
        Letter {
            target: "https://evil.example/",
            ..request(2, "", "")
        },
        Letter {
            ver_proto: "DM/9.9",
            ..request(2, "", "")
        },
        request(2, small, ""),
        request(2, "", ABORT),
    ] {
        let heard = desk.hear(&letter);
        assert!(!heard.out.done, "{:?}", heard.events);
        assert!(!told(&heard.events).contains(&"Server".to_owned()));
        assert!(!told(&heard.events).contains(&"Device".to_owned()));
    }
    desk.server.push(get("./B")).unwrap();
    let heard = desk.hear_at(&request(2, "", &status(1, 4, 200)).write(), url.as_deref());
    assert_eq!(told(&heard.events), ["0 200"]);
    assert_eq!(others(&heard.message), ["Get"]);
}

#[test]
fn s07_a_stranger_uses_up_nothing_of_a_session_that_is_not_his() {
    let limits = Limits {
        messages: 10,
        ..Limits::DEFAULT
    };
    let server = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
    let config = config(Binding::RespUri, limits);
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &server, config);
    desk.server.push(get("./A")).unwrap();
    let first = desk.hear(&request(1, &cred("basic", BASIC), PACKAGE_1));
    let url = first.message.header.resp_uri;
    for _ in 0..30 {
        assert_eq!(codes(&desk.hear(&request(2, "", "")).message), [407]);
    }
    // The device has seen our first reply only, and refuses our credentials in it.
    let asks = of_header(1, 401, &chal("md5", Some("AAAAAAAAAAAAAAAAAAAAAA==")));
    let body = request(2, "", &format!("{asks}{}", status(1, 4, 401))).write();
    let heard = desk.hear_at(&body, url.as_deref());
    assert_eq!(told(&heard.events), [""; 0]);
    assert_eq!(others(&heard.message), ["Get"]);
}

#[test]
fn s08_a_status_is_for_the_command_that_it_names_and_only_once() {
    let mut desk = asked();
    let body = [
        status(1, 5, 200),
        status(1, 1, 200),
        status(2, 4, 200),
        status(7, 4, 200),
        status(1, 4, 404),
        status(1, 4, 200),
    ]
    .concat();
    let heard = desk.hear(&request(2, "", &body));
    assert_eq!(
        told(&heard.events),
        [
            "violation",
            "violation",
            "violation",
            "violation",
            "0 404",
            "violation"
        ]
    );
    let heard = desk.refuse(&request(3, "", &status(1, 4, 200)).write());
    assert_eq!(heard.code(), Code::State, "the session is over");
}

#[test]
fn s08_a_status_may_name_the_items_that_it_is_for() {
    let mut desk = trusting();
    let uris = ["./A", "./B", "./C"].map(str::to_owned).to_vec();
    desk.server.push(NewCommand::Get(uris)).unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let of = |uris: &[&str]| {
        let named: String = uris
            .iter()
            .map(|uri| format!("<TargetRef>{uri}</TargetRef>"))
            .collect();
        status(1, 4, 404).replace("<Data>", &format!("{named}<Data>"))
    };
    let body = [of(&["./B", "A"]), of(&["./X"]), of(&["./B"])].concat();
    let heard = desk.hear(&request(2, "", &body));
    assert_eq!(
        told(&heard.events),
        ["0 404", "0 404", "violation", "violation", "0 unknown"]
    );
    let items: Vec<_> = heard
        .events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Status { item, uri, .. } => Some((*item, uri.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(items, [(Some(1), Some("./B")), (Some(0), Some("A"))]);
}

#[test]
fn s10_results_count_as_far_as_they_were_asked_for() {
    let item =
        |uri: &str| format!("<Item><Source><LocURI>{uri}</LocURI></Source><Data>x</Data></Item>");
    let results = |items: &str| {
        format!("<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>{items}</Results>")
    };
    let body = results(&[item("./A"), item("./B"), item("./A/B"), item("A")].concat());
    let heard = asked().hear(&request(2, "", &body));
    assert_eq!(told(&heard.events), ["violation", "2 items", "0 unknown"]);
    let foreign = body.replace("<CmdRef>4", "<CmdRef>3");
    let heard = asked().hear(&request(2, "", &foreign));
    assert_eq!(told(&heard.events), ["violation", "0 unknown"]);
    let many = results(&"<Item/>".repeat(10_001));
    let error = asked().refuse(&request(2, "", &many).write());
    assert_eq!(
        (error.code(), error.exceeded()),
        (Code::Limit, Some("items"))
    );
}

#[test]
fn s11_what_is_not_answered_is_unknown() {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    desk.server
        .push(NewCommand::Sequence(vec![get("./B"), get("./C")]))
        .unwrap();
    desk.server
        .push(NewCommand::Delete(vec!["./D".to_owned(), "./E".to_owned()]))
        .unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let partial = "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>8</CmdRef><Cmd>Delete</Cmd><TargetRef>./E</TargetRef><Data>200</Data></Status>";
    let body = format!("{}{}{partial}", status(1, 4, 200), status(1, 6, 404));
    let heard = desk.hear(&request(2, "", &body));
    assert_eq!(
        told(&heard.events),
        [
            "0 200",
            "1 404",
            "2 200",
            "1 unknown",
            "1 unknown",
            "2 unknown"
        ]
    );
}

#[test]
fn s12_s13_s14_a_package_that_goes_on_is_asked_for_and_nothing_more() {
    let mut desk = asked();
    desk.server.push(get("./B")).unwrap();
    let alert = "<Alert><CmdID>5</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>";
    let heard = desk.hear(&Letter {
        is_final: false,
        ..request(2, "", &format!("{}{alert}", status(1, 4, 200)))
    });
    assert_eq!(
        statuses(&heard.message),
        ["2/0 SyncHdr 200", "2/5 Alert 200"]
    );
    assert_eq!(others(&heard.message), ["1222"]);
    assert!(!heard.message.is_final && !heard.out.done);
    let heard = desk.hear(&request(3, "", ""));
    assert_eq!(others(&heard.message), ["Get"]);
    assert!(heard.message.is_final);

    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&Letter {
        is_final: false,
        ..reply(1, "", &of_header(1, 200, ""))
    });
    let told = device.say();
    assert_eq!(others(&told), ["1222"]);
    assert!(!told.is_final, "the server's package goes on");
}

#[test]
fn s15_nobody_asks_for_the_next_message_for_ever() {
    let mut desk = asked();
    for msg_id in 2..10 {
        let heard = desk.hear(&Letter {
            is_final: false,
            ..request(msg_id, "", NEXT)
        });
        assert_eq!(others(&heard.message), ["1222"]);
    }
    let heard = desk.hear(&Letter {
        is_final: false,
        ..request(10, "", NEXT)
    });
    assert_eq!(others(&heard.message), ["1223"]);
    assert!(heard.out.done && heard.message.is_final);
    assert_eq!(told(&heard.events), ["Server", "0 unknown"]);

    let mut device = Device::new(&Setup::default());
    device.say();
    for msg_id in 1..9 {
        device.hear(&Letter {
            is_final: false,
            ..reply(msg_id, "", NEXT)
        });
        assert_eq!(others(&device.say()), ["1222"], "{msg_id}");
    }
    device.hear(&Letter {
        is_final: false,
        ..reply(9, "", NEXT)
    });
    let told = device.say();
    assert_eq!(others(&told), ["1223"]);
    assert!(told.is_final);
    assert_eq!(device.next(), None);
}

#[test]
fn s17_either_side_aborts_at_any_step() {
    for steps in 0..3 {
        let mut desk = trusting();
        for step in 0..steps {
            desk.server.push(get("./A")).unwrap();
            let body = if step == 0 { PACKAGE_1 } else { "" };
            desk.hear(&request(step + 1, "", body));
        }
        desk.server.push(get("./B")).unwrap();
        let heard = desk.hear(&request(steps + 1, "", ABORT));
        assert!(heard.out.done);
        assert_eq!(codes(&heard.message), [200, 200]);
        assert!(others(&heard.message).is_empty() && heard.message.is_final);
        assert!(told(&heard.events).contains(&format!("{:?}", AbortedBy::Device)));
    }
    for steps in 1..3 {
        let mut device = Device::new(&Setup::default());
        let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
        for step in 1..steps {
            device.say();
            device.hear(&reply(step, "", get));
        }
        device.say();
        device.hear(&reply(steps, "", &format!("{ABORT}{get}")));
        assert_eq!(device.next(), None);
    }
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    desk.server.abort(None);
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(others(&heard.message), ["1223"]);
    assert_eq!(codes(&heard.message), [200, 200, 200]);
    assert!(heard.out.done && heard.message.is_final);

    let mut device = Device::new(&Setup::default());
    device.say();
    device.client.abort(None);
    let farewell = device.say();
    assert_eq!(
        (others(&farewell), farewell.header.msg_id),
        (vec!["1223".to_owned()], 2)
    );
    assert_eq!(
        device.refuse(&reply(1, "", NEXT).write()).code(),
        Code::State
    );
    let mut silent = Device::new(&Setup::default());
    silent.client.abort(None);
    assert_eq!(silent.next(), None);
}

#[test]
fn s18_after_the_end_nothing_is_taken() {
    let mut desk = trusting();
    assert!(desk.hear(&request(1, "", PACKAGE_1)).out.done);
    for msg_id in [2, 3, 77] {
        let error = desk.refuse(&request(msg_id, "", PACKAGE_1).write());
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
    let mut device = Device::new(&Setup::default());
    assert_eq!(
        device.refuse(&reply(1, "", NEXT).write()).code(),
        Code::State
    );
    device.say();
    device.hear(&reply(1, "", &of_header(1, 200, "")));
    assert_eq!(device.next(), None);
    assert_eq!(
        device.refuse(&reply(2, "", NEXT).write()).code(),
        Code::State
    );
}

#[test]
fn p21_a_reply_of_nothing_but_status_or_of_nothing_at_all_ends_the_session() {
    for body in [
        reply(1, "", "").write(),
        reply(1, "", &of_header(1, 200, "")).write(),
        vec![],
    ] {
        let mut device = Device::new(&Setup::default());
        device.say();
        let events = device.try_hear(&body).unwrap();
        assert_eq!(events, [omadm::ClientEvent::Finished]);
        assert_eq!(device.next(), None);
    }
}

//! What chapters 7.1 and 8 demand and no other test of large objects looks at: the demand for the next message, LrgObj, every version.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{DevDetail, Found};
use omadm::{ClientEvent, Data, Format, Limits, NewCommand, NewItem, ServerEvent, Version};

use crate::objects_server::{BOTH, Line};
use crate::pair::{Setup, leaf, text};
use crate::peer::{PACKAGE_1, get};
use crate::phone::{ENCODINGS, Phone, chunk, size};
use crate::say::{codes, others};

#[test]
fn l01_a_chunk_with_other_commands_has_213_and_the_demand_for_the_next() {
    for encoding in ENCODINGS {
        // The Results of another Get do not make the demand superfluous where the server's package goes on.
        let mut phone = Phone::new(&Setup::default(), encoding);
        let get = "<Get><CmdID>3</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
        phone.hear(
            &(get.to_owned() + &chunk(&size(6), "abc", true).write()),
            false,
        );
        let message = phone.say();
        assert_eq!(codes(&message), [200, 200, 213]);
        assert_eq!(others(&message), ["Results", "1222"]);
        assert!(!message.is_final);
        // A server in the same place says nothing else: no Get, which would be too soon.
        let mut line = Line::new(encoding);
        for uri in ["./A", "./B"] {
            line.server.push(crate::peer::get(uri)).unwrap();
        }
        line.say("", PACKAGE_1, true);
        line.server.push(crate::peer::get("./C")).unwrap();
        let meta = format!("<Meta>{}</Meta>", size(6));
        let results = |meta: &str, data: &str, more: &str| {
            format!(
                "<Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI></Source>\
                {meta}<Data>{data}</Data>{more}</Item></Results>"
            )
        };
        let heard = line.say("", &results(&meta, "abc", "<MoreData/>"), false);
        assert_eq!(codes(&heard.message), [200, 213]);
        assert_eq!(others(&heard.message), ["1222"]);
        assert!(!heard.message.is_final && !heard.out.done);
        let heard = line.say("", &results("", "def", ""), true);
        assert_eq!(codes(&heard.message), [200, 200]);
        assert_eq!(others(&heard.message), ["Get"]);
    }
}

#[test]
fn a_client_with_the_standard_objects_tells_that_it_takes_large_ones() {
    for encoding in BOTH {
        let mut setup = Setup::default();
        let of = |text: &str| text.to_owned();
        setup
            .tree
            .set_dev_detail(&DevDetail {
                dev_typ: of("phone"),
                oem: of("O"),
                versions: ["f", "s", "h"].map(of),
                max_depth: 20,
                max_tot_len: 127,
                max_seg_len: 32,
            })
            .unwrap();
        let mut phone = Phone::new(&setup, encoding);
        let get = "<Get><CmdID>3</CmdID><Item><Target><LocURI>./DevDetail/LrgObj</LocURI></Target></Item></Get>";
        phone.hear(get, true);
        assert_eq!(
            crate::say::values(&phone.say()),
            ["./DevDetail/LrgObj=true"]
        );
        phone.hear(&chunk(&size(6), "abc", true).write(), false);
        assert_eq!(codes(&phone.say()), [200, 213]);
        phone.hear(&chunk("", "def", false).write(), true);
        assert_eq!(codes(&phone.say()), [200, 200]);
        assert_eq!(phone.value("./A"), text("abcdef"));
    }
}

#[test]
fn l01_l24_large_values_of_every_format_in_every_version() {
    let octets: Vec<u8> = (0..2500u32).map(|octet| (octet * 7) as u8).collect();
    let markup = format!("<a>{}</a>", "x&amp;y".repeat(300));
    let base64 = {
        use base64ct::Encoding as _;
        base64ct::Base64::encode_string(&octets)
    };
    let kinds = [
        (Format::Chr, Data::Text("é<".repeat(1200))),
        (Format::Bin, Data::Octets(octets.clone())),
        (Format::B64, Data::Text(base64.clone())),
        (Format::Xml, Data::Markup(markup)),
    ];
    let plain = |data: Option<Data>, format: Format| match data {
        Some(Data::Text(text)) if matches!(format, Format::Bin | Format::B64) => {
            use base64ct::Encoding as _;
            Data::Octets(base64ct::Base64::decode_vec(&text).unwrap())
        }
        data => data.unwrap(),
    };
    for version in [Version::V1_1, Version::V1_2, Version::V1_3] {
        for (format, data) in &kinds {
            for around in 0..3 {
                let mut setup = Setup {
                    version,
                    limits: Limits {
                        bytes: 1500,
                        ..Limits::DEFAULT
                    },
                    ..Setup::default()
                };
                setup.tree.set("./A", leaf("old")).unwrap();
                let replace = NewCommand::Replace(vec![NewItem {
                    uri: "./A".to_owned(),
                    data: Some(data.clone()),
                    format: Some(*format),
                    mime: None,
                }]);
                let replace = match around {
                    0 => replace,
                    1 => NewCommand::Sequence(vec![replace]),
                    _ => NewCommand::Atomic(vec![replace]),
                };
                setup.commands = vec![(1, replace), (2, get("./A"))];
                // The codes and values are compared between the encodings by value.
                for run in crate::objects_pair::run_all(&setup) {
                    let is_good = |event: &ServerEvent| match event {
                        ServerEvent::Status { code, .. } => code.0 == 200,
                        ServerEvent::Violation { .. } | ServerEvent::Unknown { .. } => false,
                        _ => true,
                    };
                    let events = &run.server_events;
                    assert!(
                        events.iter().all(is_good),
                        "{version:?} {format:?} {events:?}"
                    );
                    let Some(Found::Leaf(node)) = run.tree.find("./A").unwrap() else {
                        panic!("no value");
                    };
                    assert_eq!(
                        plain(node.data().cloned(), *format),
                        plain(Some(data.clone()), *format)
                    );
                    let found = events.iter().find_map(|event| match event {
                        ServerEvent::Results { items, .. } => Some(items[0].data.clone()),
                        _ => None,
                    });
                    assert_eq!(
                        plain(found.unwrap(), *format),
                        plain(Some(data.clone()), *format)
                    );
                    let is_of_server =
                        |event: &ServerEvent| matches!(event, ServerEvent::Progress { .. });
                    let is_of_client =
                        |event: &ClientEvent| matches!(event, ClientEvent::Progress { .. });
                    let is_in_chunks = events.iter().filter(|event| is_of_server(event)).count()
                        > 2
                        && run.client_events.iter().any(is_of_client);
                    assert!(is_in_chunks, "both ways");
                }
            }
        }
    }
}

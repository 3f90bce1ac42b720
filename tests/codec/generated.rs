//! Messages of every shape: what is written is what is read.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{
    Alert, Atomic, Attributes, Chal, Cred, Header, Location, Meta, Operation, RawChild, RawElement,
    Results, Status, Unknown,
};
use omadm::{AlertCode, Command, Data, Encoding, Item, Limits, Message, StatusCode};

/// A browser is slower.
const CASES: u32 = if cfg!(target_arch = "wasm32") {
    100
} else {
    1000
};

/// A value in which white space around it means nothing.
fn token() -> BoxedStrategy<String> {
    "([!-~é😀]([ -~\t\n\r]{0,8}[!-~é😀])?)?".boxed()
}

/// A value in which every character counts.
fn value() -> BoxedStrategy<String> {
    prop_oneof![
        "[ -~\t\n\r]{0,20}",
        "[<>&\"' \u{85}\u{2028}é日😀\u{fffd}]{0,10}",
        Just("]]>".to_owned()),
        Just("<Final/>".to_owned()),
    ]
    .boxed()
}

/// A name that means nothing to SyncML.
fn name() -> BoxedStrategy<String> {
    "[a-z_é][a-zA-Z0-9._é-]{0,6}".boxed()
}

fn namespace() -> BoxedStrategy<String> {
    prop_oneof![
        Just(String::new()),
        Just("SYNCML:SYNCML1.2".to_owned()),
        Just("syncml:metinf".to_owned()),
        "urn:[a-z&<']{1,5}",
    ]
    .boxed()
}

/// Attributes, with or without namespace.
fn attributes() -> BoxedStrategy<Attributes> {
    let key = prop_oneof![
        name(),
        ("urn:[a-z]{1,3}", name()).prop_map(|(ns, name)| format!("{{{ns}}}{name}")),
    ];
    btree_map(key, value(), 0..3)
        .prop_map(|mut attributes| {
            attributes.remove("xmlns");
            attributes
        })
        .boxed()
}

/// Text has neighbours only where a reader can tell them apart.
fn children(children: Vec<RawChild>) -> Vec<RawChild> {
    let mut kept: Vec<RawChild> = Vec::new();
    for child in children {
        let is_text = matches!(child, RawChild::Text(_));
        if is_text && matches!(kept.last(), Some(RawChild::Text(_))) {
            continue;
        }
        kept.push(child);
    }
    kept
}

fn raw() -> BoxedStrategy<RawElement> {
    let content = "[ -~é]{0,8}[!-~é]";
    let element = move |inner: BoxedStrategy<RawChild>| {
        (namespace(), name(), attributes(), vec(inner, 0..4)).prop_map(
            |(ns, name, attributes, inner)| RawElement {
                ns,
                name,
                attributes,
                children: children(inner),
            },
        )
    };
    let leaf = element(content.prop_map(RawChild::Text).boxed()).boxed();
    leaf.prop_recursive(3, 8, 3, move |inner| {
        let child = prop_oneof![
            content.prop_map(RawChild::Text),
            inner.prop_map(RawChild::Element),
        ];
        element(child.boxed())
    })
    .boxed()
}

fn extra() -> BoxedStrategy<Vec<RawElement>> {
    vec(raw(), 0..2).boxed()
}

fn location() -> BoxedStrategy<Location> {
    (token(), of(token()))
        .prop_map(|(uri, name)| Location { uri, name })
        .boxed()
}

fn meta() -> BoxedStrategy<Meta> {
    let sizes = (of(any::<u32>()), of(any::<u32>()), of(any::<u32>()));
    let texts = (of(token()), of(token()), of(token()), of(token()));
    (texts, sizes, extra())
        .prop_map(
            |((format, mime, mark, next_nonce), (size, max_msg_size, max_obj_size), extra)| Meta {
                format,
                mime,
                mark,
                size,
                next_nonce,
                max_msg_size,
                max_obj_size,
                extra,
            },
        )
        .boxed()
}

fn data() -> BoxedStrategy<Data> {
    let markup = prop_oneof![
        Just("<a xmlns=\"urn:x\">\n<b c='d'/>&#233;</a>"),
        Just(" <MgmtTree xmlns='syncml:dmddf1.2'/>\t"),
        Just("text<!-- c --><x:y xmlns:x=\"urn:y\"><![CDATA[<]]></x:y>"),
    ];
    prop_oneof![
        4 => value().prop_map(Data::Text),
        1 => markup.prop_map(|markup| Data::Markup(markup.to_owned())),
    ]
    .boxed()
}

fn item() -> BoxedStrategy<Item> {
    let places = (of(location()), of(location()));
    (places, of(meta()), of(data()), any::<bool>(), extra())
        .prop_map(|((target, source), meta, data, more_data, extra)| Item {
            target,
            source,
            meta,
            data,
            more_data,
            extra,
        })
        .boxed()
}

fn items() -> BoxedStrategy<Vec<Item>> {
    vec(item(), 0..3).boxed()
}

fn cred() -> BoxedStrategy<Cred> {
    (token(), of(token()), token())
        .prop_map(|(kind, format, data)| Cred { kind, format, data })
        .boxed()
}

fn chal() -> BoxedStrategy<Chal> {
    (token(), of(token()), of(token()))
        .prop_map(|(kind, format, next_nonce)| Chal {
            kind,
            format,
            next_nonce,
        })
        .boxed()
}

/// An operation; only Exec has a Correlator.
fn operation(is_exec: bool) -> BoxedStrategy<Operation> {
    let correlator = if is_exec {
        of(token()).boxed()
    } else {
        Just(None).boxed()
    };
    (
        of(token()),
        any::<bool>(),
        of(meta()),
        correlator,
        items(),
        extra(),
    )
        .prop_map(
            |(cmd_id, no_resp, meta, correlator, items, extra)| Operation {
                cmd_id,
                no_resp,
                meta,
                correlator,
                items,
                extra,
            },
        )
        .boxed()
}

fn alert() -> BoxedStrategy<Alert> {
    let code = of(any::<u32>().prop_map(AlertCode));
    (
        of(token()),
        any::<bool>(),
        code,
        of(token()),
        items(),
        extra(),
    )
        .prop_map(|(cmd_id, no_resp, code, correlator, items, extra)| Alert {
            cmd_id,
            no_resp,
            code,
            correlator,
            items,
            extra,
        })
        .boxed()
}

fn status() -> BoxedStrategy<Status> {
    let refs = (of(token()), of(token()), of(token()), token());
    let uris = (vec(token(), 0..3), vec(token(), 0..3));
    let proof = (of(cred()), of(chal()));
    let code = (0..1000u16).prop_map(StatusCode);
    (refs, uris, proof, code, items(), attributes(), extra())
        .prop_map(
            |(
                (cmd_id, msg_ref, cmd_ref, cmd),
                (target_refs, source_refs),
                (cred, chal),
                code,
                items,
                attributes,
                extra,
            )| Status {
                cmd_id,
                msg_ref,
                cmd_ref,
                cmd,
                target_refs,
                source_refs,
                cred,
                chal,
                code,
                items,
                attributes,
                extra,
            },
        )
        .boxed()
}

fn results() -> BoxedStrategy<Results> {
    let refs = (of(token()), of(token()), of(token()));
    let uris = (of(token()), of(token()));
    (refs, of(meta()), uris, items(), extra())
        .prop_map(
            |((cmd_id, msg_ref, cmd_ref), meta, (target_ref, source_ref), items, extra)| Results {
                cmd_id,
                msg_ref,
                cmd_ref,
                meta,
                target_ref,
                source_ref,
                items,
                extra,
            },
        )
        .boxed()
}

fn unknown() -> BoxedStrategy<Unknown> {
    (
        raw(),
        of(token().prop_filter("empty text is no child", |id| !id.is_empty())),
    )
        .prop_map(|(mut element, cmd_id)| {
            if let Some(id) = &cmd_id {
                element.children.push(RawChild::Element(RawElement {
                    ns: "SYNCML:SYNCML1.2".to_owned(),
                    name: "CmdID".to_owned(),
                    attributes: Attributes::new(),
                    children: vec![RawChild::Text(id.clone())],
                }));
            }
            Unknown { cmd_id, element }
        })
        .boxed()
}

fn command() -> BoxedStrategy<Command> {
    let leaf = prop_oneof![
        operation(false).prop_map(Command::Add),
        operation(false).prop_map(Command::Replace),
        operation(false).prop_map(Command::Delete),
        operation(false).prop_map(Command::Copy),
        operation(false).prop_map(Command::Get),
        operation(true).prop_map(Command::Exec),
        alert().prop_map(Command::Alert),
        status().prop_map(Command::Status),
        results().prop_map(Command::Results),
        unknown().prop_map(Command::Unknown),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let group = (of(token()), any::<bool>(), of(meta()), vec(inner, 0..4))
            .prop_map(|(cmd_id, no_resp, meta, commands)| Atomic {
                cmd_id,
                no_resp,
                meta,
                commands,
                extra: Vec::new(),
            })
            .boxed();
        prop_oneof![
            group.clone().prop_map(Command::Atomic),
            group.prop_map(Command::Sequence),
        ]
    })
    .boxed()
}

fn header() -> BoxedStrategy<Header> {
    let versions = (prop_oneof![Just("1.1"), Just("1.2")], token());
    let session = ("[!-~é]{1,32}", 1..=u32::MAX);
    let places = (location(), location(), of(token()));
    let sizes = (of(any::<u32>()), of(any::<u32>()));
    (
        versions,
        session,
        places,
        any::<bool>(),
        of(cred()),
        sizes,
        extra(),
    )
        .prop_map(
            |(
                (ver_dtd, ver_proto),
                (session_id, msg_id),
                (target, source, resp_uri),
                no_resp,
                cred,
                (max_msg_size, max_obj_size),
                extra,
            )| Header {
                ver_dtd: ver_dtd.to_owned(),
                ver_proto,
                session_id,
                msg_id,
                target,
                source,
                resp_uri,
                no_resp,
                cred,
                max_msg_size,
                max_obj_size,
                extra,
            },
        )
        .boxed()
}

fn message() -> BoxedStrategy<Message> {
    (header(), vec(command(), 0..4), any::<bool>())
        .prop_map(|(header, commands, is_final)| Message {
            header,
            commands,
            is_final,
        })
        .boxed()
}

/// The same cases in every run.
fn check<T: std::fmt::Debug>(
    strategy: &BoxedStrategy<T>,
    test: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    if let Err(error) = runner.run(strategy, test) {
        panic!("{error}");
    }
}

#[test]
fn what_is_written_is_read() {
    check(&message(), |message| {
        let limits = Limits::UNBOUNDED;
        let body = message.encode(Encoding::Xml, false).unwrap();
        let read = Message::decode(&body, Encoding::Xml, &limits).unwrap();
        prop_assert_eq!(&read, &message, "{}", String::from_utf8_lossy(&body));
        let again = read.encode(Encoding::Xml, false).unwrap();
        prop_assert_eq!(again, body);
        Ok(())
    });
}

#[test]
fn indentation_changes_no_command() {
    check(&message(), |message| {
        let shown = message.encode(Encoding::Xml, true).unwrap();
        let read = Message::decode(&shown, Encoding::Xml, &Limits::UNBOUNDED).unwrap();
        prop_assert_eq!(read.header.source, message.header.source);
        prop_assert_eq!(read.commands.len(), message.commands.len());
        for (read, command) in read.commands.iter().zip(&message.commands) {
            prop_assert_eq!(read.cmd_id(), command.cmd_id());
            if let (Command::Replace(read), Command::Replace(command)) = (read, command) {
                let data = |operation: &Operation| {
                    operation
                        .items
                        .iter()
                        .map(|item| item.data.clone())
                        .collect::<Vec<_>>()
                };
                prop_assert_eq!(data(read), data(command));
            }
        }
        Ok(())
    });
}

#[test]
fn any_octets_are_read_or_refused() {
    let octets = vec(any::<u8>(), 0..200).boxed();
    check(&octets, |octets| {
        prop_assert!(Message::decode(&octets, Encoding::Xml, &Limits::DEFAULT).is_err());
        let _ = Encoding::detect(None, &octets);
        Ok(())
    });
}

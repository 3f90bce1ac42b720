//! What is written: the order of the DTD, nothing that is not well-formed, octets as base64.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{
    Alert, Atomic, Chal, Cred, Header, Location, Meta, Operation, RawChild, RawElement, Results,
    Status,
};
use omadm::{AlertCode, Code, Command, Data, Encoding, Item, Message, StatusCode};

use crate::text::{data, decode, encode};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// An element that the model has no name for there.
fn raw(ns: &str, name: &str) -> RawElement {
    RawElement {
        ns: ns.to_owned(),
        name: name.to_owned(),
        attributes: Default::default(),
        children: vec![RawChild::Text("x".to_owned())],
    }
}

/// A message with everything that it can hold, but markup and octets.
fn full() -> Message {
    let meta = Meta {
        format: some("chr"),
        mime: some("text/plain"),
        mark: some("critical"),
        size: Some(3000),
        next_nonce: some("AA=="),
        max_msg_size: Some(1),
        max_obj_size: Some(2),
        text: some("t"),
        extra: vec![],
    };
    let item = Item {
        target: Some(Location {
            uri: "./A?list=Struct".to_owned(),
            name: some("a & b"),
            extra: vec![raw("SYNCML:SYNCML1.2", "Filter")],
        }),
        source: Some(Location::of("./B")),
        meta: Some(meta.clone()),
        data: Some(Data::Text(" x\r\n\t<&>\"'".to_owned())),
        attributes: [("{urn:x}a".to_owned(), " <\t>".to_owned())].into(),
        more_data: true,
        extra: vec![],
    };
    let operation = Operation {
        cmd_id: some("2"),
        no_resp: true,
        meta: Some(meta.clone().into()),
        correlator: None,
        items: vec![item.clone(), Item::default()],
        extra: vec![],
    };
    let exec = Operation {
        correlator: some("c"),
        ..operation.clone()
    };
    let cred = Cred {
        kind: "syncml:auth-md5".to_owned(),
        format: some("b64"),
        data: "AA==".to_owned(),
        extra: vec![raw("urn:x", "Beside"), raw("syncml:metinf", "Mark")],
    };
    let chal = Chal {
        kind: "syncml:auth-md5".to_owned(),
        format: some("b64"),
        next_nonce: some("AA=="),
        extra: vec![raw("urn:x", "Beside"), raw("syncml:metinf", "Mark")],
    };
    let status = Status {
        cmd_id: some("1"),
        msg_ref: some("1"),
        cmd_ref: some("0"),
        cmd: "SyncHdr".to_owned(),
        target_refs: vec!["a".to_owned(), "b".to_owned()],
        source_refs: vec!["c".to_owned()],
        cred: Some(cred.clone().into()),
        chal: Some(chal.into()),
        code: StatusCode(212),
        items: vec![item.clone()],
        ..Status::default()
    };
    let results = Results {
        cmd_id: some("3"),
        msg_ref: some("1"),
        cmd_ref: some("2"),
        meta: Some(meta.clone().into()),
        target_ref: some("t"),
        source_ref: some("s"),
        items: vec![item.clone()],
        extra: vec![],
    };
    let alert = Alert {
        cmd_id: some("4"),
        no_resp: true,
        code: Some(AlertCode(1226)),
        correlator: some("c"),
        items: vec![item],
        attributes: [("a".to_owned(), "1".to_owned())].into(),
        extra: vec![],
    };
    let group = Atomic {
        cmd_id: some("5"),
        no_resp: true,
        meta: Some(meta.into()),
        commands: vec![
            Command::Add(operation.clone()),
            Command::Copy(operation.clone()),
            Command::Delete(operation.clone()),
        ],
        extra: vec![],
    };
    Message {
        header: Header {
            ver_dtd: "1.2".to_owned(),
            ver_proto: "DM/1.3".to_owned(),
            session_id: "FFFF".to_owned(),
            msg_id: u32::MAX,
            target: Location::of("http://s/dm?a=b&c=d"),
            source: Location {
                uri: "IMEI:1".to_owned(),
                name: some("Bruce2"),
                extra: vec![],
            },
            resp_uri: some("http://s/dm?sid=1&x=2"),
            no_resp: true,
            cred: Some(cred),
            max_msg_size: Some(5000),
            max_obj_size: Some(0),
            extra: vec![],
        },
        commands: vec![
            Command::Status(status),
            Command::Results(results),
            Command::Alert(alert),
            Command::Atomic(group.clone()),
            Command::Sequence(group),
            Command::Exec(exec),
            Command::Get(operation.clone()),
            Command::Replace(operation),
        ],
        is_final: true,
    }
}

/// The names of all elements, in order.
fn names(text: &str) -> Vec<&str> {
    text.split('<')
        .skip(1)
        .filter(|tag| !tag.starts_with('/'))
        .map(|tag| tag.split([' ', '>', '/']).next().unwrap())
        .collect()
}

#[test]
fn r5_elements_stand_in_the_order_of_the_dtd() {
    let text = encode(&full());
    let orders = [
        "SyncHdr VerDTD VerProto SessionID MsgID Target LocURI Source LocURI LocName RespURI NoResp Cred Meta Format Type Mark Data Beside Meta MaxMsgSize MaxObjSize SyncBody",
        "Status CmdID MsgRef CmdRef Cmd TargetRef TargetRef SourceRef Cred Meta Format Type Mark Data Beside Chal Meta Format Type NextNonce Mark Beside Data Item",
        "Item Target LocURI LocName Filter Source LocURI Meta Format Type Mark Size NextNonce MaxMsgSize MaxObjSize Data MoreData",
        "Results CmdID MsgRef CmdRef Meta Format Type Mark Size NextNonce MaxMsgSize MaxObjSize TargetRef SourceRef Item",
        "Alert CmdID NoResp Data Correlator Item",
        "Atomic CmdID NoResp Meta Format",
        "Exec CmdID NoResp Meta Format Type Mark Size NextNonce MaxMsgSize MaxObjSize Correlator Item",
    ];
    let written = names(&text).join(" ");
    for order in orders {
        assert!(written.contains(order), "{order}\nin\n{written}");
    }
    assert!(written.ends_with("Final"));
    let meta = Meta {
        size: Some(3000),
        format: some("b64"),
        mime: some("bin"),
        ..Meta::default()
    };
    let item = Item {
        meta: Some(meta),
        ..Item::default()
    };
    let written = encode(&replace(item));
    assert!(written.contains(
        "<Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">bin</Type><Size xmlns=\"syncml:metinf\">3000</Size></Meta>"
    ), "{written}");
}

fn replace(item: Item) -> Message {
    let operation = Operation {
        cmd_id: some("1"),
        items: vec![item],
        ..Operation::default()
    };
    Message {
        commands: vec![Command::Replace(operation)],
        ..decode(&crate::text::item(""))
    }
}

#[test]
fn what_is_written_is_read_again() {
    let message = full();
    assert_eq!(decode(&encode(&message)), message);
}

#[test]
fn indentation_is_for_people_and_changes_no_value() {
    let message = full();
    let shown = message.encode(Encoding::Xml, true).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.lines().count() > 100);
    assert_eq!(decode(&shown), message);
}

#[test]
fn octets_are_written_as_base64_and_say_so() {
    for format in [None, some("bin")] {
        let meta = format.map(|format| Meta {
            format: Some(format),
            mime: some("x/y"),
            ..Meta::default()
        });
        let message = replace(Item {
            meta: meta.clone(),
            data: Some(Data::Octets(vec![0, 1, 0xff])),
            ..Item::default()
        });
        let read = decode(&encode(&message));
        assert_eq!(data(&read), Some(&Data::Text("AAH/".to_owned())));
        let Command::Replace(operation) = &read.commands[0] else {
            panic!("{read:?}")
        };
        let written = operation.items[0].meta.as_ref().unwrap();
        assert_eq!(written.format.as_deref(), Some("b64"));
        assert_eq!(written.mime, meta.and_then(|meta| meta.mime));
    }
}

#[test]
fn x62_what_cannot_stand_in_xml_is_not_written() {
    for bad in ["\0", "\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let text = format!("a{bad}b");
        let in_data = replace(Item::text(text.as_str()));
        let in_uri = replace(Item::at(text.as_str()));
        let mut in_header = full();
        in_header.header.resp_uri = Some(text.clone());
        let mut in_attribute = full();
        if let Command::Status(status) = &mut in_attribute.commands[0] {
            status.attributes.insert("a".to_owned(), text);
        }
        for message in [in_data, in_uri, in_header, in_attribute] {
            let error = message.encode(Encoding::Xml, false).unwrap_err();
            assert_eq!(error.code(), Code::Char, "{bad:?}");
        }
    }
}

#[test]
fn x50_only_markup_that_may_stand_there_is_written() {
    for bad in [
        "<a>",
        "</Data>",
        "</Data><Final/><Data>",
        "<a></b>",
        "<?xml version='1.0'?><a/>",
        "<!DOCTYPE a><a/>",
        "<x:a/>",
        "&foo;",
        "<a b=1/>",
        "<a/>\u{1}",
        "<a/>]]>",
    ] {
        let message = replace(Item {
            data: Some(Data::Markup(bad.to_owned())),
            ..Item::default()
        });
        assert!(message.encode(Encoding::Xml, false).is_err(), "{bad}");
    }
}

#[test]
fn names_that_are_none_are_not_written() {
    for bad in ["", "a b", "1a", "a>", "a:b", "<", "é\u{1}"] {
        let element = RawElement {
            ns: "urn:x".to_owned(),
            name: bad.to_owned(),
            attributes: Default::default(),
            children: vec![RawChild::Text("x".to_owned())],
        };
        let message = replace(Item {
            extra: vec![element],
            ..Item::default()
        });
        assert!(message.encode(Encoding::Xml, false).is_err(), "{bad:?}");
    }
}

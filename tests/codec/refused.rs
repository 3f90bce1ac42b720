//! What must be refused, and where the error says that it is.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Encoding, Fault, Limits, Message};

use crate::text::{HEADER, NS, decode, item, message, read};

fn code(text: &str) -> Code {
    let error = read(text).unwrap_err();
    assert_eq!(error.fault(), Fault::Input, "{error}");
    assert!(error.offset().is_some_and(|at| at <= text.len()), "{error}");
    error.code()
}

#[test]
fn x42_r3_the_frame_of_a_message() {
    let header = format!("<SyncHdr>{HEADER}</SyncHdr>");
    let body = "<SyncBody><Final/></SyncBody>";
    let root = |inner: &str| format!("<SyncML{NS}>{inner}</SyncML>");
    assert!(read(&root(&format!("{header}{body}"))).is_ok());
    for bad in [
        format!("{header}{header}{body}"),
        format!("{body}{header}"),
        body.to_owned(),
        header.clone(),
        String::new(),
        format!("{header}{body}{body}"),
        format!("{header}{body}<Status/>"),
        format!("<Foo/>{header}{body}"),
        format!("{header}<x:SyncBody xmlns:x='urn:x'/>"),
    ] {
        assert_eq!(code(&root(&bad)), Code::Schema, "{bad}");
    }
    assert_eq!(code(&root("").replace("SyncML", "SyncMl")), Code::Schema);
    for gone in [
        "VerDTD",
        "VerProto",
        "SessionID",
        "MsgID",
        "Target",
        "Source",
    ] {
        let start = HEADER.find(&format!("<{gone}>")).unwrap();
        let close = format!("</{gone}>");
        let end = HEADER.find(&close).unwrap() + close.len();
        let fewer = format!("{}{}", &HEADER[..start], &HEADER[end..]);
        let error = read(&message(&fewer, "<Final/>")).unwrap_err();
        assert_eq!(error.code(), Code::Schema);
        assert!(error.to_string().contains(gone), "{error}");
    }
}

#[test]
fn x43_a_field_twice_with_different_values() {
    for (again, same) in [
        ("<SessionID>2</SessionID>", "<SessionID>1</SessionID>"),
        ("<MsgID>2</MsgID>", "<MsgID> 1 </MsgID>"),
        (
            "<Source><LocURI>x</LocURI></Source>",
            "<Source><LocURI>IMEI:1</LocURI></Source>",
        ),
        (
            "<Target><LocURI>x</LocURI></Target>",
            "<Target><LocURI>http://s/dm</LocURI></Target>",
        ),
        ("<VerProto>DM/1.3</VerProto>", "<VerProto>DM/1.2</VerProto>"),
        (
            "<Cred><Data>a</Data></Cred><Cred><Data>b</Data></Cred>",
            "<Cred><Data>a</Data></Cred><Cred><Data>a</Data></Cred>",
        ),
    ] {
        let with = |more: &str| message(&format!("{HEADER}{more}"), "<Final/>");
        assert_eq!(code(&with(again)), Code::Schema, "{again}");
        assert!(read(&with(same)).is_ok(), "{same}");
    }
    for bad in [
        "<Data>a</Data><Data>b</Data>",
        "<Target><LocURI>a</LocURI><LocURI>b</LocURI></Target>",
        "<Meta><Type>a</Type><Type>b</Type></Meta>",
    ] {
        assert_eq!(code(&item(bad)), Code::Schema, "{bad}");
    }
}

#[test]
fn x52_numbers_of_messages() {
    let with = |id: &str| {
        message(
            &HEADER.replace("<MsgID>1", &format!("<MsgID>{id}")),
            "<Final/>",
        )
    };
    let long = "1".repeat(40);
    for bad in [
        "0",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "0x1",
        "１",
        "4294967296",
        &long,
        "",
        " ",
        "1 1",
    ] {
        assert_eq!(code(&with(bad)), Code::Number, "{bad}");
    }
    for (good, id) in [(" 1 ", 1), ("4294967295", u32::MAX), ("007", 7)] {
        assert_eq!(decode(&with(good)).header.msg_id, id);
    }
}

#[test]
fn codes_that_are_none() {
    let status = |code: &str| {
        message(
            HEADER,
            &format!("<Status><CmdID>1</CmdID><Data>{code}</Data></Status>"),
        )
    };
    for bad in ["", "x", "1000", "-1", "20 0", "65736"] {
        assert_eq!(code(&status(bad)), Code::Number, "{bad}");
    }
    assert_eq!(
        code(&message(HEADER, "<Status><CmdID>1</CmdID></Status>")),
        Code::Schema
    );
    let alert = |code: &str| message(HEADER, &format!("<Alert><Data>{code}</Data></Alert>"));
    assert_eq!(code(&alert("4294967296")), Code::Number);
    assert_eq!(code(&alert("<b/>")), Code::Schema);
}

#[test]
fn text_between_elements() {
    let target = "<Target><LocURI>a</LocURI></Target>";
    let body = |inner: &str| message(HEADER, inner);
    let header = |inner: &str| message(&format!("{HEADER}{inner}"), "<Final/>");
    // Each with ! where blanks may stand and nothing else.
    for (pattern, name) in [
        (
            body("<Final/>").replace("<SyncHdr>", "!<SyncHdr>"),
            "SyncML",
        ),
        (
            body("<Final/>").replace("</SyncML>", "!</SyncML>"),
            "SyncML",
        ),
        (header("!"), "SyncHdr"),
        (
            header(&target.replace("</T", "!</T")).replace("http://s/dm", "a"),
            "Target",
        ),
        (header("<Cred><Data/>!</Cred>"), "Cred"),
        (
            header("<Cred><Meta><Type>t</Type>!</Meta><Data/></Cred>"),
            "Meta",
        ),
        (
            header("<Meta>!<MaxMsgSize>5000</MaxMsgSize></Meta>"),
            "Meta",
        ),
        (body("!<Final/>"), "SyncBody"),
        (body("<Add>!<Item/></Add>"), "Add"),
        (body("<Alert>!</Alert>"), "Alert"),
        (body("<Results>!<Item/></Results>"), "Results"),
        (body("<Atomic><CmdID>1</CmdID>!<Add/></Atomic>"), "Atomic"),
        (body("<Sequence>!</Sequence>"), "Sequence"),
        (body("<Status><Data>200</Data>!</Status>"), "Status"),
        (
            body("<Status><Chal>!<Meta><Type>t</Type></Meta></Chal><Data>401</Data></Status>"),
            "Chal",
        ),
        (
            body("<Status><Chal><Meta><Type>t</Type>!</Meta></Chal><Data>401</Data></Status>"),
            "Meta",
        ),
        (item(&format!("{target}!<Data/>")), "Item"),
        (item("<Source><LocURI>a</LocURI>!</Source>"), "Source"),
        (
            item("<Meta><MetInf xmlns='syncml:metinf'>!<Type>t</Type></MetInf></Meta>"),
            "MetInf",
        ),
    ] {
        assert_eq!(
            decode(&pattern.replace('!', " \n\t")),
            decode(&pattern.replace('!', ""))
        );
        for stray in ["x", "&#160;", "<![CDATA[x]]>", " &amp; "] {
            let text = pattern.replace('!', stray);
            let error = read(&text).unwrap_err();
            assert_eq!(code(&text), Code::Schema, "{text}");
            let problem = format!("text between the elements of {name}");
            assert!(error.to_string().contains(&problem), "{error} in {text}");
        }
    }
}

#[test]
fn flags_that_hold_something() {
    for pattern in [
        message(HEADER, "<Final>!</Final>"),
        message(HEADER, "<Get><NoResp>!</NoResp></Get>"),
        message(HEADER, "<Alert><NoResp>!</NoResp></Alert>"),
        message(HEADER, "<Atomic><NoResp>!</NoResp></Atomic>"),
        message(&format!("{HEADER}<NoResp>!</NoResp>"), "<Final/>"),
        item("<MoreData>!</MoreData>"),
    ] {
        assert!(read(&pattern.replace('!', " \n")).is_ok());
        for bad in ["1", "false", "<x/>"] {
            assert_eq!(code(&pattern.replace('!', bad)), Code::Schema, "{pattern}");
        }
    }
}

#[test]
fn attributes_of_data_twice() {
    let again = |first: &str, second: &str| {
        item(&format!(
            "<Data a='{first}'>x</Data><Data a='{second}'>x</Data>"
        ))
    };
    assert!(read(&again("1", "1")).is_ok());
    assert_eq!(code(&again("1", "2")), Code::Schema);
}

#[test]
fn x50_a_declaration_inside_data() {
    assert_eq!(
        code(&item("<Data><?xml version='1.0'?><a/></Data>")),
        Code::Syntax
    );
}

#[test]
fn r3_declarations_and_depth() {
    let entities = format!(
        "<!DOCTYPE SyncML [<!ENTITY a 'b'>]>{}",
        item("<Data>&a;</Data>")
    );
    assert_eq!(code(&entities), Code::Dtd);
    let deep = |levels: usize| {
        let (open, close) = ("<Sequence>".repeat(levels), "</Sequence>".repeat(levels));
        message(HEADER, &format!("{open}{close}"))
    };
    assert!(read(&deep(30)).is_ok());
    let error = read(&deep(31)).unwrap_err();
    assert_eq!(
        (error.code(), error.exceeded()),
        (Code::Limit, Some("depth"))
    );
}

#[test]
fn every_limit_has_its_name() {
    let limits = Limits {
        bytes: 2000,
        items: 3,
        commands: 4,
        ..Limits::DEFAULT
    };
    let exceeded = |body: &str| {
        Message::decode(message(HEADER, body).as_bytes(), Encoding::Xml, &limits)
            .err()
            .and_then(|error| error.exceeded())
    };
    let get = |items: usize| format!("<Get>{}</Get>", "<Item/>".repeat(items));
    assert_eq!(exceeded(&get(3)), None);
    assert_eq!(exceeded(&get(4)), Some("items"));
    assert_eq!(exceeded(&get(2).repeat(2)), Some("items"));
    assert_eq!(exceeded(&"<Get/>".repeat(4)), None);
    assert_eq!(exceeded(&"<Get/>".repeat(5)), Some("commands"));
    assert_eq!(
        exceeded(&format!("<Sequence>{}</Sequence>", "<Get/>".repeat(4))),
        Some("commands")
    );
    assert_eq!(exceeded(&" ".repeat(2000)), Some("bytes"));
}

/// Commands are read before the rest of the message is; what is wrong is said as if they were not.
#[test]
fn what_is_wrong_is_said_in_the_order_of_the_grammar() {
    let bad = "<Get><CmdID>1</CmdID></Get><Get><CmdID>1</CmdID><CmdID>2</CmdID></Get>";
    let whole = message(HEADER, bad);
    let error = read(&whole).unwrap_err();
    assert_eq!(error.code(), Code::Schema);
    assert_eq!(error.path(), Some("SyncBody/Get[2]/CmdID[2]"));
    let twice = whole.find("<CmdID>2").unwrap();
    assert_eq!(error.offset(), Some(twice));
    let cut = &whole[..whole.len() - 3];
    assert_eq!(code(cut), Code::Truncated);
    let mixed = message(HEADER, &format!("{bad}text"));
    let error = read(&mixed).unwrap_err();
    assert_eq!(error.path(), Some("SyncBody"));
    let second = whole.replace("</SyncML>", "<SyncHdr/></SyncML>");
    let error = read(&second).unwrap_err();
    assert_eq!(error.path(), Some("SyncHdr[2]"));
}

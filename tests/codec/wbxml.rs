//! Messages in WBXML: the vectors, what OPAQUE values are, and that both encodings say the same.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, Meta, PublicId, WbxmlForm};
use omadm::{Code, Command, Data, Encoding, Item, Limits, Message};

use crate::text::{HEADER, message};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn read(body: &[u8]) -> (Message, Form) {
    Message::decode_with_form(body, Encoding::Wbxml, &Limits::DEFAULT).unwrap()
}

fn from_xml(text: &str) -> Message {
    Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap()
}

/// The head and header of the vectors about DM 1.2, up to the open SyncBody.
const UP_TO_BODY: &str = "02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b";

const V2: &str = "02a4016a006d6c7103312e3200017203444d2f312e3200016503413100015b033100016e5703687474703a2f2f732f64\
    6d000101675703494d45493a31000156034272756365320001014e5a000147036236340001530373796e636d6c3a6175\
    74682d6d643500010100004f035a7a36456976523379656161454e63524e366c7041513d3d0001015a00014c03353030\
    300001010100006b464b033100014f0331323030000101604b03330001546757032e2f446576496e666f2f4c616e6700\
    01015a0001470363687200015303746578742f706c61696e00010100004fc305656e2d5553010101120101";
const V3: &str = "029f536a006d6c7103312e3100017203444d2f312e31000165033100015b033100016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b534b03340001546e57032e2f446576496e666f0001010101120101";
const V4: &str = "02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b694b033100015c033100014c033000014a0353796e6348647200016f036874\
    74703a2f2f732f646d00016803494d45493a310001495a000147036236340001530373796e636d6c3a617574682d6d64\
    3500015003546d39755932553d0001010100004f03343037000101120101";
const V5: &str = "02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b454b03340001546e57032e2f580001015a00014703786d6c00015303617070\
    6c69636174696f6e2f766e642e73796e636d6c2e646d746e64732b7762786d6c00010100004fc3690200006a1b2d2f2f\
    4f4d412f2f4454442d444d2d44444620312e322f2f454e000002607703312e3200016466035800016f5c250175510363\
    6f6d2e782f312e302f58000101016466034c00016f5c0b01756103746578742f706c61696e0001010176037600010101\
    01010101120101";
const V7: &str = "02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b604b03350001546e57032e2f426c6f620001015a0001470362696e00015303\
    6170706c69636174696f6e2f6f637465742d73747265616d00010100004fc30400ff1000010101120101";

/// The header of the vectors.
fn vector(body: &str) -> String {
    let header = HEADER
        .replace(">http://s/dm<", ">T<")
        .replace(">IMEI:1<", ">http://s/dm<")
        .replace(">T<", ">IMEI:1<");
    message(&header, body)
}

#[test]
fn vectors_are_the_messages_that_they_stand_for() {
    let meta = |format: &str, mime: &str| {
        format!(
            "<Meta><Format xmlns='syncml:metinf'>{format}</Format><Type xmlns='syncml:metinf'>{mime}</Type></Meta>"
        )
    };
    let tnds = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><Format><node/></Format>\
        <Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties><Node><NodeName>L</NodeName><RTProperties><Format><chr/></Format><Type>\
        <MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></Node></MgmtTree>";
    let v2 = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>A1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>http://s/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI><LocName>Bruce2</LocName></Source>\
        <Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type></Meta>\
        <Data>Zz6EivR3yeaaENcRN6lpAQ==</Data></Cred><Meta><MaxMsgSize xmlns=\"syncml:metinf\">5000</MaxMsgSize></Meta></SyncHdr><SyncBody>\
        <Alert><CmdID>1</CmdID><Data>1200</Data></Alert><Replace><CmdID>3</CmdID><Item><Source><LocURI>./DevInfo/Lang</LocURI></Source>\
        <Meta><Format xmlns=\"syncml:metinf\">chr</Format><Type xmlns=\"syncml:metinf\">text/plain</Type></Meta><Data>en-US</Data></Item>\
        </Replace><Final/></SyncBody></SyncML>";
    for (name, octets, text, is_canonical) in [
        // Text as OPAQUE is one of two ways to write it, and not ours.
        ("V2", V2, v2.to_owned(), false),
        (
            "V3",
            V3,
            vector("<Get><CmdID>4</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get><Final/>")
                .replace("1.2<", "1.1<")
                .replace("SYNCML1.2", "SYNCML1.1"),
            true,
        ),
        (
            "V4",
            V4,
            vector(&format!(
                "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>http://s/dm</TargetRef>\
                <SourceRef>IMEI:1</SourceRef><Chal>{}</Chal><Data>407</Data></Status><Final/>",
                meta("b64", "syncml:auth-md5")
                    .replace("</Meta>", "<NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta>")
            )),
            true,
        ),
        (
            "V5",
            V5,
            vector(&format!(
                "<Add><CmdID>4</CmdID><Item><Target><LocURI>./X</LocURI></Target>{}<Data>{tnds}</Data></Item></Add><Final/>",
                meta("xml", "application/vnd.syncml.dmtnds+xml")
            )),
            true,
        ),
    ] {
        let octets = hex(octets);
        let (message, form) = read(&octets);
        assert_eq!(message, from_xml(&text), "{name}");
        let again = message.encode_as(&form).unwrap();
        assert_eq!(again == octets, is_canonical, "{name}");
        assert_eq!(read(&again), (message.clone(), form), "{name}");
        assert_eq!(message.encode(Encoding::Wbxml, false).unwrap(), again, "{name}");
        let through_xml = from_xml(&String::from_utf8(message.encode(Encoding::Xml, false).unwrap()).unwrap());
        assert_eq!(through_xml, message, "{name}");
    }
}

fn items(message: &Message) -> &[Item] {
    match &message.commands[0] {
        Command::Add(operation) | Command::Replace(operation) => &operation.items,
        other => panic!("{other:?}"),
    }
}

#[test]
fn v7_octets_are_base64_in_xml() {
    let octets = hex(V7);
    let (message, form) = read(&octets);
    let item = &items(&message)[0];
    assert_eq!(item.data, Some(Data::Octets(vec![0x00, 0xff, 0x10, 0x00])));
    assert_eq!(item.meta, Some(Meta::of("bin", "application/octet-stream")));
    assert_eq!(message.encode_as(&form).unwrap(), octets);
    let text = String::from_utf8(message.encode(Encoding::Xml, false).unwrap()).unwrap();
    assert!(
        text.contains(">b64</Format>") && text.contains("<Data>AP8QAA==</Data>"),
        "{text}"
    );
}

/// A Replace whose one Item has this Meta and Data: tokens behind the head.
fn value(meta: &str, data: &str) -> Vec<u8> {
    hex(&format!(
        "{UP_TO_BODY}604b03350001545a0001{meta}010000{data}010112 0101"
    ))
}

const CHR: &str = "470363687200 01";
const BIN: &str = "470362696e00 01";
const XML: &str = "4703786d6c00 01";
const TEXT_XML: &str = "5303746578742f786d6c00 01";

#[test]
fn p14_w12_what_an_opaque_value_is() {
    let text = |text: &str| Some(Data::Text(text.to_owned()));
    let octets = |octets: &[u8]| Some(Data::Octets(octets.to_vec()));
    let markup = |text: &str| Some(Data::Markup(text.to_owned()));
    for (meta, data, expected) in [
        ("", "0f", text("")),
        ("", "4f01", text("")),
        ("", "4f03 00 01", text("")),
        ("", "4fc300 01", text("")),
        (BIN, "4fc300 01", octets(&[])),
        (BIN, "4f03 6100 01", text("a")),
        ("", "4fc303 616263 01", text("abc")),
        (CHR, "4fc303 616263 01", text("abc")),
        (BIN, "4fc303 616263 01", octets(b"abc")),
        ("", "4f036100c3016203630001", text("abc")),
        ("", "4fc3016102 3a c30162 01", text("a:b")),
        (CHR, "4fc302 6100 01", octets(b"a\0")),
        (CHR, "4fc302 6101 01", octets(b"a\x01")),
        (CHR, "4fc302 61ff 01", octets(b"a\xff")),
        (CHR, "4fc304 3c612f3e 01", text("<a/>")),
        (XML, "4fc304 3c612f3e 01", markup("<a/>")),
        (TEXT_XML, "4fc304 3c612f3e 01", markup("<a/>")),
        (XML, "4f03 3c612f3e 00 01", text("<a/>")),
        (XML, "4fc303 3c613e 01", text("<a>")),
        (XML, "4fc302 2661 01", text("&a")),
    ] {
        let body = value(meta, data);
        let (message, form) = read(&body);
        assert_eq!(items(&message)[0].data, expected, "{meta} {data}");
        let again = message.encode_as(&form).unwrap();
        assert_eq!(read(&again).0, message, "{meta} {data}");
    }
}

#[test]
fn a_format_around_an_item_holds_for_it() {
    // Replace with Meta Format bin, and an Item with an OPAQUE value and no Meta.
    let body = hex(&format!(
        "{UP_TO_BODY}604b033500 01 5a 0001 {BIN} 01 0000 54 4fc30161 01 01 01 12 0101"
    ));
    let (message, form) = read(&body);
    assert_eq!(items(&message)[0].data, Some(Data::Octets(b"a".to_vec())));
    assert_eq!(message.encode_as(&form).unwrap(), body);
}

#[test]
fn octets_that_would_be_taken_for_text_are_called_bin() {
    let item = |format: Option<&str>, data: Data| Item {
        meta: format.map(|format| Meta {
            format: Some(format.to_owned()),
            ..Meta::default()
        }),
        data: Some(data),
        ..Item::default()
    };
    let mut message = from_xml(&vector("<Replace><CmdID>5</CmdID><Item/></Replace>"));
    for (format, data, written) in [
        (None, Data::Octets(b"abc".to_vec()), Some("bin")),
        (Some("chr"), Data::Octets(b"abc".to_vec()), Some("bin")),
        (Some("chr"), Data::Octets(b"\xff".to_vec()), Some("chr")),
        (None, Data::Octets(b"\xff".to_vec()), None),
        (None, Data::Markup("<a/>".to_owned()), None),
        (Some("chr"), Data::Markup("<a/>".to_owned()), Some("chr")),
        (
            Some("bin"),
            Data::Markup("<a b='c'>\n</a>".to_owned()),
            Some("bin"),
        ),
        (Some("xml"), Data::Markup("<a/>".to_owned()), Some("xml")),
    ] {
        let Command::Replace(operation) = &mut message.commands[0] else {
            panic!("no Replace");
        };
        operation.items = vec![item(format, data.clone())];
        let body = message.encode(Encoding::Wbxml, false).unwrap();
        assert_eq!(items(&read(&body).0), [item(written, data)], "{format:?}");
    }
}

#[test]
fn damaged_documents_stay_octets() {
    let at = V5.find("02607703").unwrap();
    let damaged = format!("{}0260ff03{}", &V5[..at], &V5[at + 8..]);
    let (message, form) = read(&hex(&damaged));
    let item = &items(&message)[0];
    assert!(matches!(&item.data, Some(Data::Octets(octets)) if octets.len() == 0x69));
    let mime = item.meta.as_ref().and_then(|meta| meta.mime.as_deref());
    assert_eq!(mime, Some("application/vnd.syncml.dmtnds+wbxml"));
    assert_eq!(message.encode_as(&form).unwrap(), hex(&damaged));
}

#[test]
fn next_nonce_as_octets_is_base64() {
    let octets = V4.replace("5003546d39755932553d0001", "50c3054e6f6e636501");
    assert_eq!(read(&hex(&octets)).0, read(&hex(V4)).0);
}

#[test]
fn v8_ver_dtd_decides_the_version() {
    let body = V3
        .replace("534b03340001", "534b0334000155036465 0001")
        .replace("9f53", "a401");
    let (message, form) = read(&hex(&body));
    let Command::Get(get) = &message.commands[0] else {
        panic!("{message:?}");
    };
    assert_eq!(get.extra[0].ns, "SYNCML:SYNCML1.1");
    let Form::Wbxml(form) = form else {
        panic!("{form:?}");
    };
    assert_eq!(form.public_id, PublicId::Number(0x1201));
    let again = message.encode_as(&Form::Wbxml(form)).unwrap();
    assert_eq!(again, hex(&body));
    let through_xml = message.encode(Encoding::Xml, false).unwrap();
    assert_eq!(from_xml(&String::from_utf8(through_xml).unwrap()), message);
}

#[test]
fn detection_by_octets_and_by_type() {
    let (xml, wbxml) = (
        "application/vnd.syncml.dm+xml",
        "application/vnd.syncml.dm+wbxml",
    );
    let v3 = hex(V3);
    assert_eq!(Encoding::detect(None, &v3), Ok(Encoding::Wbxml));
    assert_eq!(Encoding::detect(Some(wbxml), &v3), Ok(Encoding::Wbxml));
    assert_eq!(
        Encoding::detect(
            Some(" Application/vnd.SyncML.DM+WBXML ; charset=utf-8"),
            &v3
        ),
        Ok(Encoding::Wbxml)
    );
    assert_eq!(Encoding::detect(None, b" \n<a/>"), Ok(Encoding::Xml));
    for (declared, body) in [
        (wbxml, &b"<SyncML/>"[..]),
        (wbxml, b" \n<SyncML/>"),
        (wbxml, b"\xef\xbb\xbf<SyncML/>"),
        (xml, &v3),
        (xml, b"\x03\x01\x6a\x00"),
    ] {
        let error = Encoding::detect(Some(declared), body).unwrap_err();
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Schema, Some(0)),
            "{error}"
        );
    }
    for (body, code) in [
        (&b""[..], Code::Truncated),
        (b" \r\n", Code::Truncated),
        (b"{}", Code::Syntax),
        (b"SyncML", Code::Syntax),
        (b"\xff\xfe<\0", Code::Encoding),
        (b"\0<", Code::Encoding),
        (b"\x80", Code::Encoding),
    ] {
        assert_eq!(
            Encoding::detect(None, body).unwrap_err().code(),
            code,
            "{body:?}"
        );
    }
    for version in [0x00, 0x04, 0x7f] {
        let mut body = v3.clone();
        body[0] = version;
        let encoding = Encoding::detect(None, &body).unwrap();
        let error = Message::decode(&body, encoding, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), Code::Version, "w02 {version}");
    }
}

#[test]
fn default_forms_are_version_2_with_a_number() {
    for (ver_dtd, number) in [("1.0", 0x0fd1), ("1.1", 0x0fd3), ("1.2", 0x1201)] {
        let form = WbxmlForm::of_version(ver_dtd);
        assert_eq!(
            (form.version, form.public_id),
            (2, PublicId::Number(number))
        );
    }
}

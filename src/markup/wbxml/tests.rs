//! The vectors of WBXML for device management, and what must be refused: group W of the catalogue, at the level of tokens.

use super::*;
use crate::error::Code;
use crate::markup::xml;

mod refused;

/// Octets from hex.
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

/// The body of V1 behind its root tag.
const REST: &str = "6c7103312e3200017203444d2f312e33000165033100015b033200016e5703494d45493a310001016757\
    03687474703a2f2f732f646d000101016b694b033100015c033200014c033000014a0353796e6348647200014f03323030000101120101";

fn v1() -> Vec<u8> {
    hex(&format!("02a4016a006d{REST}"))
}

fn read(octets: &[u8]) -> Whole<'_> {
    parse(octets, &Limits::DEFAULT).unwrap()
}

fn error(octets: &[u8]) -> Error {
    let error = parse(octets, &Limits::DEFAULT).err().unwrap();
    assert!(
        error.offset().is_some_and(|at| at <= octets.len()),
        "{error}"
    );
    error
}

fn code(octets: &[u8]) -> Code {
    error(octets).code()
}

fn xml(document: &Document<'_>) -> String {
    String::from_utf8(xml::emit(document, false).unwrap()).unwrap()
}

fn canonical(text: &str) {
    let octets = hex(text);
    let whole = read(&octets);
    assert_eq!(emit(&whole.document, &whole.form).unwrap(), octets);
}

const R1: &str = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.3</VerProto><SessionID>1</SessionID>\
    <MsgID>2</MsgID><Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>http://s/dm</LocURI></Source></SyncHdr><SyncBody><Status>\
    <CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/></SyncBody></SyncML>";

#[test]
fn v1_is_r1_both_ways() {
    let octets = v1();
    let whole = read(&octets);
    assert_eq!(xml(&whole.document), R1);
    assert_eq!(whole.form, WbxmlForm::of_version("1.2"));
    let document = xml::parse(R1.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(document, whole.document);
    assert_eq!(emit(&document, &whole.form).unwrap(), octets);
}

#[test]
fn v6_a_tree_of_its_own() {
    let octets = hex(
        "0200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f454e000002607703312e3200016466035800016f5c\
        2501755103636f6d2e782f312e302f58000101010101",
    );
    let whole = read(&octets);
    assert_eq!(
        xml(&whole.document),
        "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><Format><node/></Format>\
        <Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties></Node></MgmtTree>"
    );
    assert_eq!(emit(&whole.document, &whole.form).unwrap(), octets);
}

#[test]
fn q1_to_q8_are_v1_in_other_forms() {
    let v1 = v1();
    let expected = read(&v1);
    let text = |public_id: &str, unterminated| WbxmlForm {
        public_id: PublicId::Text(public_id.to_owned()),
        unterminated,
        ..WbxmlForm::of_version("1.2")
    };
    let number = |version, number, string_table| WbxmlForm {
        version,
        public_id: PublicId::Number(number),
        string_table,
        unterminated: false,
    };
    let fpi = "2d2f2f53594e434d4c2f2f4454442053796e634d4c20312e322f2f454e";
    let first = "5703494d45493a310001";
    let with = |uri: &str| format!("02a4016a006d{}", REST.replace(first, uri));
    for (name, octets, form) in [
        (
            "Q1",
            format!("0200006a1d{fpi}6d{REST}"),
            text("-//SYNCML//DTD SyncML 1.2//EN", true),
        ),
        (
            "Q2",
            format!("0200006a1e{fpi}006d{REST}"),
            text("-//SYNCML//DTD SyncML 1.2//EN", false),
        ),
        (
            "Q3",
            format!(
                "03a4016a13494d45493a3100687474703a2f2f732f646d006d{}",
                REST.replace(first, "57830001")
                    .replace("5703687474703a2f2f732f646d0001", "57830701")
            ),
            number(3, 0x1201, true),
        ),
        (
            "Q4",
            format!("02a4016a06786d6c6e7300ed04000353594e434d4c3a53594e434d4c312e320001{REST}"),
            number(2, 0x1201, true),
        ),
        (
            "Q4b",
            format!("02a4016a00ed04000353594e434d4c3a53594e434d4c312e320001{REST}"),
            number(2, 0x1201, false),
        ),
        ("Q5", with("57c306494d45493a3101"), number(2, 0x1201, false)),
        (
            "Q6",
            with("5703494d454900023a03310001"),
            number(2, 0x1201, false),
        ),
        ("Q7", format!("02016a006d{REST}"), number(2, 1, false)),
        (
            "Q8",
            with("57c38080808006494d45493a3101"),
            number(2, 0x1201, false),
        ),
        (
            "W12: US-ASCII",
            format!("02a40103006d{REST}"),
            number(2, 0x1201, false),
        ),
        (
            "P12: unknown character set",
            format!("01a40100006d{REST}"),
            number(1, 0x1201, false),
        ),
        (
            "the case of a public identifier",
            format!(
                "0200006a1d{}6d{REST}",
                fpi.replace("53796e634d4c", "53594e434d4c")
            ),
            text("-//SYNCML//DTD SYNCML 1.2//EN", true),
        ),
        (
            "P16: pages to and fro",
            format!("02a4016a000000000100006d{REST}"),
            number(2, 0x1201, false),
        ),
        (
            "a processing instruction",
            format!("02a4016a026100430400034100016d{REST}"),
            number(2, 0x1201, true),
        ),
    ] {
        let octets = hex(&octets);
        let whole = read(&octets);
        assert_eq!(whole.form, form, "{name}");
        if name == "Q5" || name == "Q8" {
            // What is OPAQUE stays so until its reader knows what it is.
            let shown = xml(&whole.document).replace("SU1FSTox", "IMEI:1");
            assert_eq!(shown, R1, "{name}");
        } else {
            assert_eq!(whole.document, expected.document, "{name}");
        }
    }
}

#[test]
fn forms_are_written_as_they_were_read() {
    let fpi = "2d2f2f53594e434d4c2f2f4454442053796e634d4c20312e322f2f454e";
    canonical(&format!("0200006a1d{fpi}6d{REST}"));
    canonical(&format!("0200006a1e{fpi}006d{REST}"));
    canonical(&format!("01a4016a006d{REST}"));
    canonical(&format!("03a4016a006d{REST}"));
    canonical(&format!("02016a006d{REST}"));
    canonical(&format!("029f536a006d{REST}"));
}

#[test]
fn a_string_table_holds_what_is_said_twice() {
    let text = R1.replace("<Cmd>SyncHdr</Cmd>", "<Cmd>http://s/dm</Cmd>");
    let document = xml::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
    let form = WbxmlForm {
        string_table: true,
        ..WbxmlForm::of_version("1.2")
    };
    let octets = emit(&document, &form).unwrap();
    assert!(octets.starts_with(b"\x02\xa4\x01\x6a\x0chttp://s/dm\0\x6d"));
    let whole = read(&octets);
    assert_eq!(whole.document, document);
    assert_eq!(whole.form, form);
    assert_eq!(emit(&whole.document, &whole.form).unwrap(), octets);
}

#[test]
fn w19_literals_have_the_namespace_around_them() {
    let text = R1.replace(
        "<Final/>",
        "<Foo><CmdID>2</CmdID><Bar>x</Bar><Bar/></Foo><Final/>",
    );
    let document = xml::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
    let octets = emit(&document, &WbxmlForm::of_version("1.2")).unwrap();
    assert!(octets.starts_with(b"\x02\xa4\x01\x6a\x08Foo\0Bar\0\x6d"));
    assert_eq!(read(&octets).document, document);
}

#[test]
fn what_wbxml_has_no_place_for_is_not_written() {
    for more in [
        "<Foo a=\"b\"/>",
        "<Foo xmlns=\"urn:x\"/>",
        "<MgmtTree xmlns=\"syncml:dmddf1.2\"/>",
    ] {
        let text = R1.replace("<Final/>", more);
        let document = xml::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
        let error = emit(&document, &WbxmlForm::of_version("1.2")).unwrap_err();
        assert_eq!(error.code(), Code::Schema, "{more}");
        let path = error.path().unwrap();
        assert!(
            path == "SyncBody/Foo" || path == "SyncBody/MgmtTree",
            "{path}"
        );
    }
}

#[test]
fn trees_stand_inline_in_data_alone() {
    // Add with an Item whose Data holds SWITCH_PAGE 2, MgmtTree, VerDTD.
    let inline = |data: &str| hex(&format!("02a4016a006d6b45545a0100004f{data}010101010101"));
    let octets =
        hex("02a4016a006d6b454b0331000154 4f 0002 60 7703312e320001 01 0000 01 01 01 01 01");
    let whole = read(&octets);
    assert_eq!(
        xml(&whole.document),
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Add><CmdID>1</CmdID><Item><Data><MgmtTree xmlns=\"syncml:dmddf1.2\">\
        <VerDTD>1.2</VerDTD></MgmtTree></Data></Item></Add></SyncBody></SyncML>"
    );
    assert_eq!(code(&inline("0003")), Code::Token);
}

#[test]
fn reading_stops_behind_the_element_that_was_looked_for() {
    let mut octets = v1();
    let at = octets.iter().position(|octet| *octet == 0x6b).unwrap();
    octets.truncate(at);
    octets.extend([0x43, 0xff, 0xff]);
    let whole = parse_until(&octets, "SyncHdr", &Limits::DEFAULT).unwrap();
    assert_eq!(whole.document.root().elements().count(), 1);
}

#[test]
fn what_could_be_read_of_a_broken_document_is_there() {
    let octets = v1();
    let partial = parse_partial(&octets[..60], Notes(Some(Vec::new())), &Limits::DEFAULT);
    assert_eq!(
        partial.error.map(|error| error.code()),
        Some(Code::Truncated)
    );
    let names: Vec<_> = partial
        .notes
        .0
        .iter()
        .flatten()
        .map(|note| (note.name, note.start, note.end))
        .collect();
    assert_eq!(
        names,
        [
            ("version", 0, 1),
            ("public identifier", 1, 3),
            ("character set", 3, 4),
            ("string table", 4, 5)
        ]
    );
    let document = partial.document.unwrap();
    assert_eq!(document.root().elements().count(), 1);
}

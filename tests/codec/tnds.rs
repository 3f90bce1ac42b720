//! Serialised management trees: the vectors, what is tolerated, what values are.

#[path = "tnds/refused.rs"]
mod refused;
#[path = "tnds/resolve.rs"]
mod resolve;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, Format, PublicId, WbxmlForm};
use omadm::tnds::{MEDIA_TYPE_WBXML, MEDIA_TYPE_XML, Tnds, TndsNode};
use omadm::{Code, Command, Data, Encoding, Error, Limits, Message};

/// V5: what is inside the Add.
const V5: &str = "0200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f454e000002607703312e3200016466035800016f5c250175510363\
    6f6d2e782f312e302f58000101016466034c00016f5c0b01756103746578742f706c61696e000101017603760001010101";
const V6: &str = "0200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f454e000002607703312e3200016466035800016f5c250175510363\
    6f6d2e782f312e302f58000101010101";
/// B1: the account in the bootstrap message.
const B1: &str = "0200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f454e000002607703312e3200016466033100016f46034765743d6d\
    2e6578616d706c65265265706c6163653d6d2e6578616d706c652644656c6574653d6d2e6578616d706c6500015c250175510375726e3a6f\
    6d613a6d6f3a6f6d612d646d2d646d6163633a312e3000010101646603417070494400016f5c0b01756103746578742f706c61696e000101\
    0176037737000101646603536572766572494400016f5c0b01756103746578742f706c61696e0001010176036d2e6578616d706c65000101\
    6466034170704164647200016f5c2501751101016466033100016f5c2501751101016466034164647200016f5c0b01756103746578742f70\
    6c61696e00010101760368747470733a2f2f6d2e6578616d706c652f646d00010101016466034170704175746800016f5c25017511010164\
    66033100016f5c25017511010164660341417574684c6576656c00016f5c0b01756103746578742f706c61696e000101017603434c435245\
    4400010164660341417574685479706500016f5c0b01756103746578742f706c61696e000101017603444947455354000101646603414175\
    74684e616d6500016f5c0b01756103746578742f706c61696e00010101760375000101646603414175746853656372657400016f5c0b0175\
    6103746578742f706c61696e0001010176037300010101010101";

const T3: &str = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><Format><node/></Format>\
    <Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties><Node><NodeName>L</NodeName><RTProperties><Format><chr/></Format>\
    <Type><MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></Node></MgmtTree>";
const V6_XML: &str = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><Format><node/></Format>\
    <Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties></Node></MgmtTree>";
const B1_XML: &str = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>1</NodeName><RTProperties>\
    <ACL>Get=m.example&amp;Replace=m.example&amp;Delete=m.example</ACL><Format><node/></Format><Type>\
    <DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties><Node><NodeName>AppID</NodeName><RTProperties><Format>\
    <chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>w7</Value></Node><Node><NodeName>ServerID</NodeName>\
    <RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>m.example</Value></Node><Node>\
    <NodeName>AppAddr</NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties><Node><NodeName>1\
    </NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties><Node><NodeName>Addr</NodeName>\
    <RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>https://m.example/dm</Value>\
    </Node></Node></Node><Node><NodeName>AppAuth</NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type>\
    </RTProperties><Node><NodeName>1</NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties><Node>\
    <NodeName>AAuthLevel</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>\
    <Value>CLCRED</Value></Node><Node><NodeName>AAuthType</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain\
    </MIME></Type></RTProperties><Value>DIGEST</Value></Node><Node><NodeName>AAuthName</NodeName><RTProperties><Format><chr/>\
    </Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>u</Value></Node><Node><NodeName>AAuthSecret</NodeName>\
    <RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>s</Value></Node></Node></Node>\
    </Node></MgmtTree>";

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

/// A document with this inside the root.
fn tree(inside: &str) -> String {
    format!("<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>{inside}</MgmtTree>")
}

fn read(text: &str) -> Result<Tnds, Error> {
    Tnds::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT)
}

fn decode(text: &str) -> Tnds {
    read(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn text(tnds: &Tnds) -> String {
    String::from_utf8(tnds.encode(Encoding::Xml, false).unwrap()).unwrap()
}

fn value(text: &str) -> Option<Data> {
    Some(Data::Text(text.to_owned()))
}

/// A leaf as it is written.
fn leaf(name: &str, value: &str) -> TndsNode {
    TndsNode {
        name: Some(name.to_owned()),
        format: Some(Format::Chr),
        mime: Some("text/plain".to_owned()),
        data: Some(Data::Text(value.to_owned())),
        ..TndsNode::default()
    }
}

fn interior(name: &str, children: Vec<TndsNode>) -> TndsNode {
    TndsNode {
        name: Some(name.to_owned()),
        format: Some(Format::Node),
        children,
        ..TndsNode::default()
    }
}

fn tnds(nodes: Vec<TndsNode>) -> Tnds {
    Tnds {
        nodes,
        ..Tnds::default()
    }
}

#[test]
fn vectors_are_the_trees_that_they_stand_for() {
    for (name, octets, written) in [("V5", V5, T3), ("V6", V6, V6_XML), ("B1", B1, B1_XML)] {
        let octets = hex(octets);
        let (tnds, form) =
            Tnds::decode_with_form(&octets, Encoding::Wbxml, &Limits::DEFAULT).unwrap();
        assert_eq!(form, Form::Wbxml(Tnds::wbxml_form()), "{name}");
        assert_eq!(decode(written), tnds, "{name}");
        assert_eq!(text(&tnds), written, "{name}");
        assert_eq!(
            tnds.encode(Encoding::Wbxml, false).unwrap(),
            octets,
            "{name}"
        );
        assert_eq!(tnds.encode_as(&form).unwrap(), octets, "{name}");
        let indented = tnds.encode(Encoding::Xml, true).unwrap();
        let again = Tnds::decode(&indented, Encoding::Xml, &Limits::DEFAULT).unwrap();
        assert_eq!(again, tnds, "{name}");
    }
    assert_eq!(hex(B1).len(), 530);
    let mut x = interior("X", vec![leaf("L", "v")]);
    x.mime = Some("com.x/1.0/X".to_owned());
    assert_eq!(decode(T3), tnds(vec![x]));
    let account = &decode(B1_XML).nodes[0];
    assert_eq!(
        account.acl.as_deref(),
        Some("Get=m.example&Replace=m.example&Delete=m.example"),
        "t25 an ACL inside"
    );
    assert_eq!(account.mime.as_deref(), Some("urn:oma:mo:oma-dm-dmacc:1.0"));
    assert_eq!(account.children[2].mime, None);
}

#[test]
fn other_forms_of_wbxml_say_the_same() {
    let tnds = decode(B1_XML);
    for (version, public_id, string_table, unterminated) in [
        (1, PublicId::Number(1), false, false),
        (3, PublicId::Number(1), true, false),
        (2, Tnds::wbxml_form().public_id, false, true),
        (3, Tnds::wbxml_form().public_id, true, false),
    ] {
        let form = Form::Wbxml(WbxmlForm {
            version,
            public_id,
            string_table,
            unterminated,
        });
        let body = tnds.encode_as(&form).unwrap();
        let read = Tnds::decode_with_form(&body, Encoding::Wbxml, &Limits::DEFAULT).unwrap();
        assert_eq!(read.0, tnds, "{form:?}");
        assert_eq!(
            body.len() < 530,
            string_table || read.1 != Form::Wbxml(Tnds::wbxml_form())
        );
    }
}

#[test]
fn what_real_peers_write_differently_is_read() {
    let written = "<Node><NodeName>A</NodeName><RTProperties><Format><int/></Format><Type><MIME>text/plain</MIME></Type>\
        </RTProperties><Value>1</Value></Node>";
    let expected = decode(&tree(written));
    for variant in [
        // Namespaces.
        tree(written).replace(" xmlns=\"syncml:dmddf1.2\"", ""),
        tree(written).replace("dmddf1.2", "dmddf"),
        tree(written).replace("1.2</VerDTD>", "1.1.2</VerDTD>"),
        tree(written).replace("<VerDTD>1.2</VerDTD>", ""),
        tree(written).replace("MgmtTree xmlns=", "MgmtTree xmlns:x='urn:x' xmlns="),
        format!("\n<?a b?>{}<!-- c -->\n", tree(written)),
        // Names and sizes that are known without them, descriptions, and what others have added.
        tree(&written.replace("<Format>", "<Name>B</Name><Size>x</Size><Format>")),
        tree(&written.replace(
            "<RTProperties>",
            "<DFProperties><AccessType/>x</DFProperties><RTProperties>",
        )),
        tree(&written.replace(
            "<RTProperties>",
            "<A xmlns='urn:x'><Value/>y</A><RTProperties>",
        )),
        tree(&written.replace("<int/>", "<A xmlns='urn:x'/><int/>")),
        // Text where elements belong, and blanks.
        tree(&written.replace("<int/>", "int")),
        tree(&written.replace("<int/>", "\n <int> </int>\n")),
        tree(&written.replace("<MIME>text/plain</MIME>", " text/plain ")),
        tree(&written.replace("MIME>", "DDFName>")),
        tree(&written.replace(">A<", ">\n A <")),
        tree(&written.replace("><", ">\n  <")),
        // Any order.
        tree(
            "<Node><Value>1</Value><RTProperties><Type><MIME>text/plain</MIME></Type><Format><int/></Format></RTProperties>\
            <NodeName>A</NodeName></Node>",
        ),
    ] {
        assert_eq!(read(&variant).as_ref(), Ok(&expected), "{variant}");
    }
    let bare = decode(&tree("<Man>M</Man><Mod>N</Mod><Node/>"));
    assert_eq!(
        (bare.man.as_deref(), bare.model.as_deref()),
        (Some("M"), Some("N"))
    );
    assert_eq!(bare.nodes, [TndsNode::default()]);
    let empty = decode(&tree(
        "<Node><NodeName/><Path/><RTProperties><ACL/><Format/><Title> T </Title><Type><MIME/></Type>\
        <VerNo>65535</VerNo></RTProperties><Value/></Node>",
    ));
    let expected = TndsNode {
        name: Some(String::new()),
        path: Some(String::new()),
        acl: Some(String::new()),
        title: Some(" T ".to_owned()),
        ver_no: Some(65535),
        data: value(""),
        ..TndsNode::default()
    };
    assert_eq!(empty.nodes, [expected]);
    // The names of its children as the value of an interior node.
    let aosp = decode(&tree(
        "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format><Type><MIME/></Type></RTProperties>\
        <Value>B/C</Value><Node><NodeName>B</NodeName></Node></Node>",
    ));
    assert_eq!(
        (aosp.nodes[0].data.as_ref(), aosp.nodes[0].children.len()),
        (None, 1)
    );
    assert_eq!(
        text(&decode(&tree(
            "<Node><NodeName>A</NodeName><Node><NodeName>B</NodeName><Value>v</Value></Node></Node>"
        ))),
        tree(
            "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties>\
            <Node><NodeName>B</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>\
            <Value>v</Value></Node></Node>"
        ),
        "everything that is known is written"
    );
}

/// A document in WBXML with one node of this Format, whose Value holds these tokens.
fn opaque(format: &str, tokens: &str) -> Tnds {
    let body = format!("0201 6a 00 0002 60 64 660341 0001 6f 5c{format}01 01 76{tokens}01 01 01");
    Tnds::decode(&hex(&body), Encoding::Wbxml, &Limits::DEFAULT).unwrap()
}

#[test]
fn t_values_of_octets() {
    let octets = |octets: &[u8]| Some(Data::Octets(octets.to_vec()));
    let markup = |text: &str| Some(Data::Markup(text.to_owned()));
    for (format, tokens, expected) in [
        ("09", "c30400ff1000", octets(&[0, 255, 16, 0])),
        ("09", "c303616263", octets(b"abc")),
        ("09", "c30161c30162", octets(b"ab")),
        ("09", "c300", octets(b"")),
        ("09", "0341503851 41413d3d00", octets(&[0, 255, 16, 0])),
        ("08", "0341513d3d00", value("AQ==")),
        ("08", "c30441513d3d", value("AQ==")),
        ("08", "c301ff", value("/w==")),
        ("0b", "c303616263", value("abc")),
        ("0b", "036100c3026263", value("abc")),
        ("0b", "c302ff00", octets(&[255, 0])),
        ("0b", "c3026100", octets(b"a\0")),
        ("0b", "c3043c612f3e", value("<a/>")),
        ("39", "c3043c612f3e", markup("<a/>")),
        ("39", "c3033c613e", value("<a>")),
        ("39", "033c612f3e00", value("<a/>")),
    ] {
        assert_eq!(
            opaque(format, tokens).nodes[0].data,
            expected,
            "{format} {tokens}"
        );
    }
    let node = |format: Option<&str>, value: &str| {
        let format = format.map_or(String::new(), |format| {
            format!("<RTProperties><Format><{format}/></Format></RTProperties>")
        });
        read(&tree(&format!(
            "<Node>{format}<Value>{value}</Value></Node>"
        )))
    };
    for (format, written, expected) in [
        (Some("bin"), "AP8Q\n AA==", octets(&[0, 255, 16, 0])),
        (Some("bin"), "", octets(b"")),
        (Some("b64"), "AQ==", value("AQ==")),
        (Some("b64"), "?", value("?")),
        (Some("chr"), " a<![CDATA[<b>]]> ", value(" a<b> ")),
        (
            Some("xml"),
            "<a xmlns='u' b='c'> </a>",
            markup("<a xmlns='u' b='c'> </a>"),
        ),
        (Some("xml"), "&lt;a/>", value("<a/>")),
        (Some("null"), "", value("")),
        (None, "<a/>", markup("<a/>")),
    ] {
        assert_eq!(
            node(format, written).unwrap().nodes[0].data,
            expected,
            "{written}"
        );
    }
    let error = node(Some("bin"), "*").unwrap_err();
    assert_eq!(
        (error.code(), error.path()),
        (Code::Syntax, Some("Node/Value"))
    );
}

#[test]
fn formats_are_written_so_that_values_are_read_again() {
    let octets = Data::Octets(b"abc".to_vec());
    let markup = Data::Markup("<a xmlns=\"u\"/>".to_owned());
    for (format, data, in_xml, in_wbxml) in [
        (None, octets.clone(), Format::Bin, Format::Bin),
        (Some(Format::Chr), octets.clone(), Format::Bin, Format::Bin),
        (Some(Format::Bin), octets.clone(), Format::Bin, Format::Bin),
        (None, markup.clone(), Format::Xml, Format::Xml),
        (Some(Format::Bin), markup.clone(), Format::Xml, Format::Xml),
        (Some(Format::Chr), markup.clone(), Format::Chr, Format::Xml),
        (None, Data::Text("a".to_owned()), Format::Chr, Format::Chr),
        (
            Some(Format::Int),
            Data::Text("1".to_owned()),
            Format::Int,
            Format::Int,
        ),
    ] {
        for (encoding, expected) in [(Encoding::Xml, in_xml), (Encoding::Wbxml, in_wbxml)] {
            let node = TndsNode {
                format,
                data: Some(data.clone()),
                ..leaf("A", "")
            };
            let body = tnds(vec![node]).encode(encoding, false).unwrap();
            let read = Tnds::decode(&body, encoding, &Limits::DEFAULT).unwrap();
            assert_eq!(read.nodes[0].format, Some(expected));
            assert_eq!(read.nodes[0].data.as_ref(), Some(&data));
        }
    }
    for (format, data, expected) in [
        (Format::B64, octets, Data::Text("YWJj".to_owned())),
        (
            Format::Bin,
            Data::Text("abc".to_owned()),
            Data::Octets(b"abc".to_vec()),
        ),
    ] {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let node = TndsNode {
                format: Some(format),
                data: Some(data.clone()),
                ..leaf("A", "")
            };
            let body = tnds(vec![node]).encode(encoding, false).unwrap();
            let read = Tnds::decode(&body, encoding, &Limits::DEFAULT).unwrap();
            assert_eq!(
                (read.nodes[0].format, read.nodes[0].data.as_ref()),
                (Some(format), Some(&expected))
            );
        }
    }
}

#[test]
fn trees_are_read_from_values_of_items() {
    let expected = decode(T3);
    let base64 = "AgAAahstLy9PTUEvL0RURC1ETS1EREYgMS4yLy9FTgAAAmB3AzEuMgABZGYDWAABb1wlAXVRA2NvbS54LzEuMC9YAAEBAQEB";
    for (data, mime, expected) in [
        (Data::Markup(T3.to_owned()), MEDIA_TYPE_XML, &expected),
        (Data::Text(T3.to_owned()), MEDIA_TYPE_XML, &expected),
        (
            Data::Text(format!("\n{T3}")),
            "Application/vnd.SyncML.dmtnds+XML; charset=utf-8",
            &expected,
        ),
        (
            Data::Octets(T3.as_bytes().to_vec()),
            MEDIA_TYPE_XML,
            &expected,
        ),
        (Data::Octets(hex(V5)), MEDIA_TYPE_WBXML, &expected),
        (
            Data::Text(base64.to_owned()),
            MEDIA_TYPE_WBXML,
            &decode(V6_XML),
        ),
    ] {
        assert_eq!(
            Tnds::of_data(&data, mime, &Limits::DEFAULT).as_ref(),
            Ok(expected),
            "{data:?}"
        );
    }
    for (data, mime, code) in [
        (
            Data::Markup(T3.to_owned()),
            "application/vnd.syncml.dmddf+xml",
            Code::Schema,
        ),
        (Data::Text("*".to_owned()), MEDIA_TYPE_XML, Code::Syntax),
        (Data::Text(String::new()), MEDIA_TYPE_XML, Code::Truncated),
        (Data::Octets(Vec::new()), MEDIA_TYPE_WBXML, Code::Truncated),
        (Data::Octets(vec![2]), MEDIA_TYPE_WBXML, Code::Truncated),
    ] {
        let error = Tnds::of_data(&data, mime, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    let few = Limits {
        bytes: 10,
        ..Limits::DEFAULT
    };
    let error = Tnds::of_data(&Data::Text(T3.to_owned()), MEDIA_TYPE_XML, &few).unwrap_err();
    assert_eq!(error.exceeded(), Some("bytes"));
    // The item of a message, in either encoding.
    let message = format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody><Add>\
        <CmdID>1</CmdID><Item><Meta><Format xmlns='syncml:metinf'>xml</Format><Type xmlns='syncml:metinf'>{MEDIA_TYPE_XML}</Type>\
        </Meta><Data>{T3}</Data></Item></Add></SyncBody></SyncML>"
    );
    let mut message = Message::decode(message.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let body = message.encode(encoding, false).unwrap();
        message = Message::decode(&body, encoding, &Limits::DEFAULT).unwrap();
        let Command::Add(add) = &message.commands[0] else {
            panic!("{message:?}");
        };
        let data = add.items[0].data.as_ref().unwrap();
        assert_eq!(
            Tnds::of_data(data, MEDIA_TYPE_XML, &Limits::DEFAULT),
            Ok(decode(T3))
        );
    }
}

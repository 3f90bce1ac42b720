//! Rows of the catalogue of bad inputs, by their ids.

use super::*;
use crate::error::Code;
use crate::limits::MAX_DEPTH;
use crate::markup::element::{Child, Element};

const SAMPLE: &str = "\u{feff}<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?>\n\
    <!-- é --><!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"http://example.org/x.dtd\">\n\
    <?pi data?><SyncML xmlns='SYNCML:SYNCML1.2' xmlns:m=\"syncml:metinf\"><SyncHdr a='&lt;&#x41;\t'>\
    <m:Type m:x='1' >text/plain</m:Type ><MaxMsgSize xmlns=\"syncml:metinf\">1</MaxMsgSize></SyncHdr>\
    <SyncBody>a<![CDATA[b]]>&#99;<!-- x -->&amp;d\r\né<Final/></SyncBody></SyncML>";

fn read(input: impl AsRef<[u8]>) -> Result<()> {
    parse(input.as_ref(), &Limits::DEFAULT).map(drop)
}

fn code(input: impl AsRef<[u8]>) -> Code {
    let input = input.as_ref();
    match read(input) {
        Ok(()) => panic!("accepted: {}", String::from_utf8_lossy(input)),
        Err(error) => {
            assert!(error.offset().unwrap() <= input.len(), "{error}");
            error.code()
        }
    }
}

fn all(inputs: &[&str], expected: Code) {
    for input in inputs {
        assert_eq!(code(input), expected, "{input}");
    }
}

/// The document as its one spelling.
fn spelt(input: impl AsRef<[u8]>) -> String {
    let document = parse(input.as_ref(), &Limits::DEFAULT).unwrap();
    String::from_utf8(emit(&document, false).unwrap()).unwrap()
}

#[test]
fn p01_mark_declaration_and_trailing_misc() {
    let input = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a/>\n<!-- x -->\n<?p?>\n";
    assert_eq!(spelt(input), "<a/>");
    assert_eq!(
        spelt("<?xml version='1.0' encoding='US-ASCII' ?><a/>"),
        "<a/>"
    );
    assert_eq!(spelt("<?xml version = '1.1'?><a/>"), "<a/>");
}

#[test]
fn p02_doctype_without_internal_subset() {
    for doctype in [
        "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"http://example.org/\">",
        "<!DOCTYPE SyncML SYSTEM 'a>\"]['>",
        "<!DOCTYPE a:b  SYSTEM \"x\"  >",
        "<!DOCTYPE SyncML>",
        "<!DOCTYPE SyncML >",
        "<!DOCTYPE MgmtTree [<!-- ]> --><?pi ]> ?>\n] >",
        "<!DOCTYPE MgmtTree PUBLIC '-//OMA//' 'x'[]>",
        "<!DOCTYPE MgmtTree [<!-->-->]>",
    ] {
        assert_eq!(spelt(format!("{doctype}\n<x/>")), "<x/>");
    }
}

#[test]
fn p03_spellings_of_namespaces_are_one() {
    let plain = "<S xmlns=\"s\"><Meta><Type xmlns=\"syncml:metinf\">x</Type></Meta></S>";
    for other in [
        "<S xmlns='s'><Meta><m:Type xmlns:m='syncml:metinf'>x</m:Type></Meta></S>",
        "<s:S xmlns:s='s'><s:Meta xmlns='syncml:metinf'><Type>x</Type></s:Meta></s:S>",
        "<S xmlns='s' xmlns:m='syncml:metinf'><Meta><m:Type>x</m:Type></Meta></S>",
    ] {
        assert_eq!(spelt(other), plain);
    }
}

#[test]
fn p04_blanks_in_text_are_kept() {
    assert_eq!(
        spelt("<VerProto> DM/1.3</VerProto>"),
        "<VerProto> DM/1.3</VerProto>"
    );
}

#[test]
fn p06_pieces_of_text_are_one() {
    let input =
        b"<Data>a<![CDATA[b]]>&#99;<!-- x -->&amp;<?p?>d\r\n\r<![CDATA[<&\r]]>&#13;&#10;</Data>";
    let document = parse(input, &Limits::DEFAULT).unwrap();
    let children: Vec<_> = document.root().children().collect();
    assert!(matches!(children[..], [Child::Text("abc&d\n\n<&\n\r\n")]));
}

#[test]
fn text_names_and_values_are_borrowed() {
    let input = SAMPLE.as_bytes();
    let borrowed = |part: &str| input.as_ptr_range().contains(&part.as_ptr());
    let document = parse(input, &Limits::DEFAULT).unwrap();
    let header = document.root().elements().next().unwrap();
    let kind = header.elements().next().unwrap();
    assert!(borrowed(kind.name()) && borrowed(kind.ns()) && borrowed(kind.inner().unwrap()));
    assert!(
        kind.attributes()
            .all(|(ns, name, value)| [ns, name, value].into_iter().all(borrowed))
    );
    assert!(matches!(kind.children().next(), Some(Child::Text(text)) if borrowed(text)));
}

#[test]
fn values_are_normalized() {
    let input = b"<a b='x\t\r\n\n\ry&#9;&#xA;&apos;&quot;&lt;\"' xml:lang=\"de\" c = \"'\"/>";
    let document = parse(input, &Limits::DEFAULT).unwrap();
    let attributes: Vec<_> = document.root().attributes().collect();
    let xml = "http://www.w3.org/XML/1998/namespace";
    assert_eq!(
        attributes,
        [
            ("", "b", "x    y\t\n'\"<\""),
            (xml, "lang", "de"),
            ("", "c", "'")
        ]
    );
}

#[test]
fn x01_x02_x03_declarations_are_refused_where_they_stand() {
    for (doctype, at) in [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>", 13),
        ("<!DOCTYPE a [\n%pe;]>", 14),
        ("<!DOCTYPE a [<!-- x --><!ELEMENT a ANY>]>", 23),
        (
            "<!DOCTYPE a SYSTEM 'x' [<?p ?><!ATTLIST a b CDATA #IMPLIED>]>",
            30,
        ),
        (
            "<!DOCTYPE a [<!NOTATION n SYSTEM 'file:///etc/passwd'>]>",
            13,
        ),
        (
            "<!DOCTYPE a [<!ENTITY e SYSTEM 'http://169.254.169.254/'>]>",
            13,
        ),
        ("<!DOCTYPE a [<!nonsense]>", 13),
        ("<!DOCTYPE MgmtTree [<!ENTITY b 'c'>]>", 20),
        ("<!DOCTYPE a []>", 12),
        ("<!DOCTYPE a [<!-- x -->]>", 12),
        ("<!DOCTYPE a [ nonsense ]>", 12),
    ] {
        let error = read(format!("{doctype}<a>&b;</a>")).unwrap_err();
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Dtd, Some(at)),
            "{doctype}"
        );
    }
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!("<!DOCTYPE a [<!ENTITY l0 'lol'>{laughs}]><a>&l9;</a>");
    assert_eq!(code(bomb), Code::Dtd);
}

#[test]
fn doctype_syntax() {
    all(
        &[
            "<!doctype a><a/>",
            "<!DOCTYPEa><a/>",
            "<!DOCTYPE><a/>",
            "<!DOCTYPE 1><a/>",
            "<!DOCTYPE a:b:c><a/>",
            "<!DOCTYPE a SYSTEM><a/>",
            "<!DOCTYPE a SYSTEM'x'><a/>",
            "<!DOCTYPE a PUBLIC 'x'><a/>",
            "<!DOCTYPE a PUBLIC 'x''y'><a/>",
            "<!DOCTYPE a PUBLIC '\t' 'y'><a/>",
            "<!DOCTYPE a PUBLIC 'é' 'y'><a/>",
            "<!DOCTYPE a system 'x'><a/>",
            "<!DOCTYPE a SYSTEM 'x' x><a/>",
            "<!DOCTYPE a><!DOCTYPE a><a/>",
            "<a><!DOCTYPE a></a>",
            "<!DOCTYPE MgmtTree [ nonsense ]><a/>",
            "<!DOCTYPE MgmtTree [<!-- -- -->]><a/>",
            "<!DOCTYPE MgmtTree [<?xml version='1.0'?>]><a/>",
            "<!DOCTYPE MgmtTree [] x><a/>",
            "<!ELEMENT a ANY><a/>",
        ],
        Code::Syntax,
    );
    assert_eq!(code("<a/><!DOCTYPE a>"), Code::Trailing);
}

#[test]
fn x08_undefined_entity() {
    all(
        &["<a>&nbsp;</a>", "<a>x&SyncML;</a>", "<a b='&nbsp;'/>"],
        Code::Entity,
    );
}

#[test]
fn x09_x10_x11_x12_references_to_no_character() {
    for number in [
        "#0",
        "#x0",
        "#1",
        "#x1F",
        "#xFFFE",
        "#xFFFF",
        "#xD800",
        "#x110000",
        "#4294967296",
        "#99999999999999999999",
    ] {
        assert_eq!(code(format!("<a>x&{number};</a>")), Code::Char);
        assert_eq!(code(format!("<a b='x&{number};'/>")), Code::Char);
    }
    assert_eq!(code("<a>&#xD83D;&#xDE00;</a>"), Code::Char);
}

#[test]
fn ampersands_without_reference() {
    all(
        &[
            "<a>&</a>",
            "<a>& </a>",
            "<a>a&b</a>",
            "<a>&a &b;</a>",
            "<a>&;</a>",
            "<a>&#;</a>",
            "<a>&#X41;</a>",
            "<a>& amp;</a>",
            "<a>&&amp;</a>",
            "<a b='&'/>",
            "<a b='a&b' c=';'/>",
            "<a b='&#x;'/>",
        ],
        Code::Syntax,
    );
}

#[test]
fn x14_forbidden_characters() {
    let octets = (0..0x20u8).filter(|octet| !b"\t\n\r".contains(octet));
    let characters: Vec<char> = octets
        .map(char::from)
        .chain(['\u{fffe}', '\u{ffff}'])
        .collect();
    assert_eq!(characters.len(), 31);
    for character in characters {
        for (before, after) in [
            ("<a>some text", "</a>"),
            ("<a b='", "'/>"),
            ("<a><!-- ", "--></a>"),
            ("<a><?p ", "?></a>"),
            ("<a><![CDATA[", "]]></a>"),
            ("<a", "/>"),
            ("<a></a", ">"),
            ("<a/>", ""),
            (" ", "<a/>"),
            ("<a>&am", "p;</a>"),
        ] {
            let error = read(format!("{before}{character}{after}")).unwrap_err();
            let place = (error.code(), error.offset());
            assert_eq!(place, (Code::Char, Some(before.len())), "{before}");
        }
    }
}

#[test]
fn x16_not_utf8() {
    let wrong: [&[u8]; 5] = [
        b"\x80",
        b"\xc0\xbc",
        b"\xe0\x80\xbc",
        b"\xf5\x80\x80\x80",
        b"\xed\xa0\x80",
    ];
    for octets in wrong {
        for (before, after) in [
            ("<a>", "</a>"),
            ("<a b='", "'/>"),
            ("<a><!--", "--></a>"),
            ("<a/>", ""),
        ] {
            let input = [before.as_bytes(), octets, after.as_bytes()].concat();
            let error = read(&input).unwrap_err();
            let place = (error.code(), error.offset());
            assert_eq!(place, (Code::Encoding, Some(before.len())));
        }
    }
}

#[test]
fn x18_utf16() {
    let text = "<?xml version='1.0'?><a/>";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(code(&little), Code::Encoding);
    assert_eq!(code(&big), Code::Encoding);
    assert_eq!(code([&[0xff, 0xfe], &little[..]].concat()), Code::Encoding);
    assert_eq!(code([&[0xfe, 0xff], &big[..]].concat()), Code::Encoding);
    assert_eq!(code([0, 0, 0, b'<', 0, 0, 0, b'a']), Code::Encoding);
    assert_eq!(code([b'<', 0, 0, 0, b'a', 0, 0, 0]), Code::Encoding);
    assert_eq!(code(b"\0<a/>"), Code::Char);
}

#[test]
fn x19_other_declared_encodings() {
    for name in [
        "iso-8859-1",
        "UTF-16",
        "utf-7",
        "utf8",
        "windows-1252",
        "ASCII",
    ] {
        for mark in ["", "\u{feff}"] {
            let error =
                read(format!("{mark}<?xml version='1.0' encoding='{name}'?><a/>")).unwrap_err();
            assert_eq!(
                (error.code(), error.offset()),
                (Code::Encoding, Some(30 + mark.len() - 1))
            );
        }
    }
    let error = read("<?xml version='1.0' encoding='us-ascii'?><a>é</a>").unwrap_err();
    assert_eq!((error.code(), error.offset()), (Code::Encoding, Some(44)));
}

#[test]
fn x20_bad_declarations() {
    for declaration in [
        "encoding='utf-8'",
        "version='1.0' encoding=' utf-8'",
        "version='1.0' encoding='a/b'",
        "version='1.0' encoding=''",
        "version='1.0' encoding='8'",
        "encoding='utf-8' version='1.0'",
        "version='1.0' standalone='yes' encoding='utf-8'",
        "version='1.0' standalone=yes",
        "version='1.0' standalone='YES'",
        "version='1.0\"",
        "version=\"1.0'",
        "version='1.0'encoding='utf-8'",
        "version='1.0' version='1.0'",
        "version='1.0' valid='no'",
        "version='2.0'",
        "version='1.'",
        "version='1.0a'",
        "version='1.0' encoding",
        "VERSION='1.0'",
        "",
    ] {
        assert_eq!(
            code(format!("<?xml {declaration}?><a/>")),
            Code::Syntax,
            "{declaration}"
        );
    }
    all(
        &[
            "<?xml?><a/>",
            " <?xml version='1.0'?><a/>",
            "<!-- --><?xml version='1.0'?><a/>",
            "<?XML version='1.0'?><a/>",
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            "<a/><?xml version='1.0'?>",
            "\u{feff}\u{feff}<a/>",
        ],
        Code::Syntax,
    );
    assert_eq!(spelt("<?xml-stylesheet?><a/>"), "<a/>");
}

#[test]
fn x22_x23_nothing_or_not_closed() {
    all(
        &[
            "",
            " \r\n\t",
            "<!-- x -->",
            "\u{feff}",
            "<?xml version='1.0'?>",
            "<!DOCTYPE a>",
            "<SyncML>",
            "<a><b/>",
            "<a><b></b>",
            "<a>text",
            "<a",
            "<",
            "<a b",
            "<a b='x>y</a>",
            "<a><!-- </a>",
            "<a><![CDATA[</a>",
            "<a><?p </a>",
            "<a>&am",
            "<a></",
            "<a></a ",
        ],
        Code::Truncated,
    );
}

#[test]
fn x24_cut_at_every_octet() {
    let small = "<a b:c='d' xmlns:b='e'>&#x41;<![CDATA[x]]><?p q?><!-- r -->\u{1f600}</a >";
    let tree = "<!DOCTYPE MgmtTree PUBLIC \"-//OMA//DTD\" \"x\" [<!-- c --> <?p q?>]><MgmtTree/>";
    let sample = SAMPLE.to_owned();
    for whole in [
        &sample,
        small,
        tree,
        "<é ü='ß'/>",
        "<a:b xmlns:a='x'></a:b>",
    ] {
        read(whole).unwrap();
        for cut in 0..whole.len() {
            let error = read(&whole.as_bytes()[..cut]).unwrap_err();
            assert_eq!(
                (error.code(), error.offset()),
                (Code::Truncated, Some(whole.floor_char_boundary(cut))),
                "{cut}"
            );
        }
    }
    let error = read(b"<a/>\xc3").unwrap_err();
    assert_eq!(error.code(), Code::Truncated);
}

#[test]
fn x25_outside_the_root() {
    all(
        &[
            "<a/><b/>",
            "<a/>x",
            "<a/><![CDATA[x]]>",
            "<a/>&#32;",
            "<a></a>&amp;",
            "<a/><b",
            "<a/>\u{feff}",
        ],
        Code::Trailing,
    );
    all(
        &["x<a/>", "<![CDATA[]]><a/>", "&#32;<a/>", "\u{a0}<a/>"],
        Code::Syntax,
    );
}

#[test]
fn x26_tags_that_do_not_match() {
    all(
        &[
            "<a></b>",
            "</a>",
            "<a/></a>",
            "<a><b></a></b>",
            "<a></A>",
            "<a></ a>",
            "<a></a b=''>",
            "<p:a xmlns:p='x' xmlns:q='x'></q:a>",
            "<a></a/>",
            "<a></>",
            "<a></ab",
            "<a><b></a",
        ],
        Code::Syntax,
    );
}

#[test]
fn x27_cdata() {
    all(
        &[
            "<a>]]></a>",
            "<a>x]]>y</a>",
            "<a><![CDATA[ <![CDATA[ ]]> ]]></a>",
            "<a><![cdata[]]></a>",
            "<a><![CDATA []]></a>",
        ],
        Code::Syntax,
    );
    assert_eq!(code("<a><![CDATA[ ]] ></a>"), Code::Truncated);
    assert_eq!(
        spelt("<a><![CDATA[]]]]]]><![CDATA[>]]></a>"),
        "<a>]]]]&gt;</a>"
    );
    assert_eq!(spelt("<a>]]<!---->></a>"), "<a>]]&gt;</a>");
}

#[test]
fn comments_and_instructions() {
    all(
        &[
            "<a><!-- -- --></a>",
            "<a><!-- ---></a>",
            "<!- x --><a/>",
            "<a><??></a>",
            "<a><? p?></a>",
            "<a><?p/q?></a>",
            "<a><?a:b?></a>",
            "<a><?>?></a>",
            "<a><?xml version='1.0'?></a>",
            "<a><?xMl?></a>",
        ],
        Code::Syntax,
    );
    assert_eq!(spelt("<a><!--><&--><!--->--><?p <&>?></a>"), "<a/>");
}

#[test]
fn x29_attributes_given_twice() {
    all(
        &[
            "<a b='' c='' b=''/>",
            "<a xmlns='x' xmlns='x'/>",
            "<a xmlns:p='x' xmlns:p='y'/>",
            "<a xmlns:p='x' xmlns:q='x' p:b='' q:b=''/>",
            "<a p:b='' xmlns:p='x' q:b='' xmlns:q='&#120;'/>",
        ],
        Code::Syntax,
    );
    assert_eq!(
        spelt("<a xmlns='x' xmlns:p='x' b='1' p:b='2'/>"),
        "<a xmlns=\"x\" b=\"1\" xmlns:ns0=\"x\" ns0:b=\"2\"/>"
    );
    let limits = Limits {
        attributes: 1000,
        ..Limits::DEFAULT
    };
    let many: String = (0..100).map(|n| format!(" a{n}=''")).collect();
    parse(format!("<a{many}/>").as_bytes(), &limits).unwrap();
    let error = parse(format!("<a{many} a7=''/>").as_bytes(), &limits).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        (Code::Syntax, Some(many.len() + 3))
    );
}

#[test]
fn attribute_syntax() {
    all(
        &[
            "<a b/>",
            "<a b=/>",
            "<a b=c/>",
            "<a b='c'd='e'/>",
            "<a b 'c'/>",
            "<a ='c'/>",
            "<a b='<'/>",
            "<a b=''\"/>",
            "<a / >",
            "<a/ >",
            "< a/>",
            "<a b='' / >",
            "<>",
            "</>",
            "<a \u{a0}b=''/>",
            "<a b=''c/>",
            "<a b='>' c></a>",
        ],
        Code::Syntax,
    );
}

#[test]
fn x31_bad_names() {
    all(
        &[
            "<0A/>",
            "<-A/>",
            "<A@/>",
            "<:a/>",
            "<a:/>",
            "<a:b:c/>",
            "<a :b=''/>",
            "<a b:=''/>",
            "<a 1='x'/>",
            "<\u{d7}/>",
            "<a xmlns:=''/>",
            "<a xmlns:1='x'/>",
            "<a xmlns:a:b='x'/>",
        ],
        Code::Syntax,
    );
}

#[test]
fn x32_x33_the_first_attribute_too_many_is_refused_at_once() {
    let many =
        |name: &str| -> String { (0..80_000).map(|n| format!(" {name}{n:05}='x'")).collect() };
    for (name, limit, size) in [("a", "attributes", 11), ("xmlns:p", "namespaces", 17)] {
        let attributes = many(name);
        for end in ["/>", "></a>", "", " <<<"] {
            let limits = Limits {
                bytes: 1 << 24,
                ..Limits::DEFAULT
            };
            let error = parse(format!("<a{attributes}{end}").as_bytes(), &limits).unwrap_err();
            assert_eq!((error.code(), error.exceeded()), (Code::Limit, Some(limit)));
            assert_eq!(error.offset(), Some(3 + 16 * size));
        }
        let just: String = attributes[..16 * size].to_owned();
        read(format!("<a{just}/>")).unwrap();
    }
}

#[test]
fn x35_nesting() {
    let limits = Limits {
        bytes: 1 << 24,
        depth: 1_000_000,
        ..Limits::DEFAULT
    };
    for depth in [MAX_DEPTH as usize + 1, 10_000, 1_000_000] {
        let error = parse("<a>".repeat(depth).as_bytes(), &limits).unwrap_err();
        assert_eq!(error.exceeded(), Some("depth"));
        assert_eq!(error.offset(), Some(MAX_DEPTH as usize * 3));
    }
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    parse(nested(256).as_bytes(), &limits).unwrap();
    read(nested(32)).unwrap();
    let error = read(nested(33)).unwrap_err();
    assert_eq!(error.exceeded(), Some("depth"));
    assert_eq!(read(nested(31).replacen("</a>", "<b/></a>", 1)), Ok(()));
    assert!(read(nested(32).replacen("</a>", "<b/></a>", 1)).is_err());
}

#[test]
fn x37_text_and_bytes() {
    let limits = Limits {
        text_bytes: 10,
        bytes: 60,
        ..Limits::DEFAULT
    };
    let read = |input: &str| parse(input.as_bytes(), &limits).map(drop);
    read("<a>0123456789</a>").unwrap();
    read("<a>0123\r\n<b>&amp;5</b><![CDATA[\r\n78]]></a>").unwrap();
    for input in [
        "<a>01234567890</a>",
        "<a>0123\r\n<b>&amp;5</b><![CDATA[\r\n789]]></a>",
    ] {
        assert_eq!(read(input).unwrap_err().exceeded(), Some("textBytes"));
    }
    let long = format!("<a>{}</a>", " ".repeat(54));
    assert_eq!(read(&long).unwrap_err().exceeded(), Some("bytes"));
}

#[test]
fn x39_namespaces() {
    all(
        &[
            "<p:a/>",
            "<a p:b=''/>",
            "<a xmlns:p=''/>",
            "<a xmlns:xml='x'/>",
            "<a xmlns:xmlns='x'/>",
            "<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
            "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
            "<xmlns:a/>",
            "<a><b xmlns:p='x'/><p:c/></a>",
        ],
        Code::Ns,
    );
    let xml = "<xml:a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:b=''/>";
    assert_eq!(spelt(xml), "<xml:a xml:b=\"\"/>");
    assert_eq!(
        spelt("<a xmlns='x'><b xmlns=''><c/></b><d/></a>"),
        "<a xmlns=\"x\"><b xmlns=\"\"><c/></b><d/></a>"
    );
}

#[test]
fn x50_markup_in_data() {
    assert_eq!(code("<Data><?xml version='1.0'?><a/></Data>"), Code::Syntax);
    let input = b"<Data xmlns='s'><x  y = '&lt;'>z&#65;</x ><!-- c --></Data>";
    let document = parse(input, &Limits::DEFAULT).unwrap();
    let inner = document.root().inner();
    assert_eq!(inner, Some("<x  y = '&lt;'>z&#65;</x ><!-- c -->"));
}

#[test]
fn x51_escaped_markup_stays_text() {
    let input = "<Data>&lt;/Data&gt;&lt;Final/&gt;</Data>";
    assert_eq!(spelt(input), input);
}

#[test]
fn errors_say_where() {
    let error = read("\u{feff}<S><A/><B><C>x&y;</C></B></S>").unwrap_err();
    assert_eq!(error.to_string(), "undefined entity `y` in B/C at byte 17");
    let long = format!("<S>&{};</S>", "x".repeat(1000));
    assert!(read(long).unwrap_err().to_string().len() < 100);
    let error = read("<S><A></B></S>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "end tag of `B`, expected `</A>` in A at byte 6"
    );
}

#[test]
fn the_header_is_read_alone() {
    let limits = Limits::DEFAULT;
    for rest in ["<Body></SyncML>", "", "\u{1}", "<", "</x>"] {
        let input = format!("<SyncML xmlns='s'><SyncHdr><A><SyncHdr/></A>1</SyncHdr>{rest}");
        let document = parse_until(input.as_bytes(), "SyncHdr", &limits).unwrap();
        let whole = "<SyncML xmlns=\"s\"><SyncHdr><A><SyncHdr/></A>1</SyncHdr></SyncML>";
        assert_eq!(emit(&document, false).unwrap(), whole.as_bytes());
        let document = parse_until(b"<a><SyncHdr/>\xff", "SyncHdr", &limits).unwrap();
        assert_eq!(emit(&document, false).unwrap(), b"<a><SyncHdr/></a>");
    }
    assert!(parse_until(b"<SyncML><SyncHdr>", "SyncHdr", &limits).is_err());
    assert!(parse_until(b"<SyncHdr/>x", "SyncHdr", &limits).is_err());
    parse_until(b"<SyncML><SyncBody/></SyncML>", "SyncHdr", &limits).unwrap();
}

fn find<'d>(element: Element<'d>, name: &str) -> Option<Element<'d>> {
    let mut found = element.elements();
    found.find(|child| child.name() == name)
}

#[test]
fn inner_is_kept_only_where_it_means_the_same_elsewhere() {
    let inner = |input: &str| -> bool {
        let document = parse(input.as_bytes(), &Limits::DEFAULT).unwrap();
        find(document.root(), "D").unwrap().inner().is_some()
    };
    for portable in [
        "<S xmlns='s'><D><x/></D></S>",
        "<S><D/></S>",
        "<S xmlns:p='p'><D p:a=''>text</D></S>",
        "<S xmlns='s'><D><p:x xmlns:p='p' p:y=''><p:z/></p:x><y xmlns='t'><z/></y></D></S>",
        "<s:S xmlns:s='s'><s:D><x xmlns=''/></s:D></s:S>",
        "<S xmlns='s'><D xml:lang='x'><x xml:lang='y'/></D></S>",
        "<S xmlns='s'><D xmlns='t'><x/></D></S>",
    ] {
        assert!(inner(portable), "{portable}");
    }
    for bound in [
        "<S xmlns:p='p'><D><p:x/></D></S>",
        "<S xmlns:p='p'><D><x><y p:z=''/></x></D></S>",
        "<S><D xmlns:p='p'><p:x/></D></S>",
        "<S xmlns='s'><p:D xmlns:p='p'><x/></p:D></S>",
        "<p:S xmlns:p='p'><p:D><x/></p:D></p:S>",
        "<S xmlns='s'><p:D xmlns:p='p'><y xmlns:q='q'><x/></y></p:D></S>",
    ] {
        assert!(!inner(bound), "{bound}");
    }
}

#[test]
fn fragments() {
    let check = |markup: &str| check_fragment(markup, "s", &Limits::DEFAULT);
    for good in [
        "",
        "text",
        "<a/>",
        "x<a b='1'>y</a>z<!-- --><?p?>",
        "\u{feff}\u{feff}<a/>",
        "]]",
    ] {
        check(good).unwrap();
    }
    for (bad, code) in [
        ("<a>", Code::Truncated),
        ("</a>", Code::Syntax),
        ("</>", Code::Syntax),
        ("</x><x>", Code::Syntax),
        ("]]>", Code::Syntax),
        ("<?xml version='1.0'?>", Code::Syntax),
        ("<!DOCTYPE a>", Code::Syntax),
        ("<p:a/>", Code::Ns),
        ("&x;", Code::Entity),
        ("a\u{0}", Code::Char),
        ("a&am", Code::Truncated),
    ] {
        assert_eq!(check(bad).unwrap_err().code(), code, "{bad}");
    }
    let deep = "<a>".repeat(32) + &"</a>".repeat(32);
    assert_eq!(check(&deep).unwrap_err().exceeded(), Some("depth"));
    let limits = Limits {
        bytes: 3,
        ..Limits::DEFAULT
    };
    assert_eq!(
        check_fragment("<a/>", "", &limits).unwrap_err().exceeded(),
        Some("bytes")
    );
}

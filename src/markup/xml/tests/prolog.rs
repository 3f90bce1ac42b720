//! Encoding, declaration, DOCTYPE, and where a document begins and ends.

use super::*;

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

//! Tags, attributes, nesting and namespaces.

use super::*;
use crate::limits::MAX_DEPTH;

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
fn p25_names_with_colons_that_end_no_prefix() {
    let input = "<A:._-0 xmlns=\"s\" :=\"\" b:.=\"\"><::._-0/><A.-:\u{300}\u{b7}>x</A.-:\u{300}\u{b7}><:/></A:._-0>";
    assert_eq!(spelt(input), input);
    let document = parse(input.as_bytes(), &Limits::DEFAULT).unwrap();
    let root = document.root();
    assert_eq!((root.ns(), root.name()), ("s", "A:._-0"));
    let names: Vec<_> = root.attributes().map(|(ns, name, _)| (ns, name)).collect();
    assert_eq!(names, [("", ":"), ("", "b:.")]);
    assert_eq!(code("<a><?b:.?></a>"), Code::Syntax);
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

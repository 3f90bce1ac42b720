//! Text, references, comments, what is kept of the source, and fragments.

use super::*;
use crate::markup::element::{Child, Element};

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

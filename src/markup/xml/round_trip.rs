//! Properties of reading and writing together.

use proptest::prelude::*;

use super::*;
use crate::markup::element::{Builder, Element, NsId};

const NAMESPACES: [&str; 4] = ["", "SYNCML:SYNCML1.2", "a\"&<'\t\n", namespaces::XML];

#[derive(Clone, Debug)]
enum Step {
    Open(usize, &'static str),
    Attribute(usize, &'static str, String),
    Text(String),
    Octets(Vec<u8>),
    Close,
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "Data", "_-.1", "é\u{b7}", "xml", "ns0", ":", "a:.b",
    ])
}

fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        " ",
        "\n",
        "\r",
        "\t",
        "&",
        "<",
        ">",
        "]]>",
        "]",
        "\"",
        "'",
        "é",
        "\u{feff}",
        "&amp;",
        "\u{1f600}",
        "\u{fffd}",
        "<![CDATA[",
        "\u{85}",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..6).prop_map(|pieces| pieces.concat())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4usize, name()).prop_map(|(ns, name)| Step::Open(ns, name)),
        3 => (0..4usize, name(), text()).prop_map(|(ns, name, value)| Step::Attribute(ns, name, value)),
        3 => text().prop_map(Step::Text),
        3 => Just(Step::Close),
    ]
}

/// Any steps make a document: those that do not fit are left out.
fn build(steps: &[Step]) -> Document<'_> {
    let mut builder = Builder::new();
    let ids: Vec<NsId> = NAMESPACES.iter().map(|ns| builder.namespace(*ns)).collect();
    builder.open(ids[1], "SyncML", 0);
    let mut given = Some(Vec::new());
    for step in steps {
        match step {
            Step::Open(3, name) if name.contains(':') => {}
            Step::Attribute(1.., name, _) if name.contains(':') => {}
            Step::Open(ns, name) if builder.depth() < 20 => {
                builder.open(ids[*ns], name, 0);
                given = Some(Vec::new());
            }
            Step::Attribute(ns, name, value) => {
                if let Some(given) = &mut given
                    && !given.contains(&(ns, name))
                {
                    builder.attribute(ids[*ns], name, &**value, 0..0);
                    given.push((ns, name));
                }
            }
            Step::Text(text) => {
                builder.text(&**text, 0..0);
                given = None;
            }
            Step::Octets(octets) => {
                builder.octets(&**octets, 0..0);
                given = None;
            }
            Step::Close if builder.depth() > 1 => {
                builder.close(None, 0);
                given = None;
            }
            Step::Open(..) | Step::Close => {}
        }
    }
    builder.finish_at(0).unwrap()
}

/// XML as someone might write it, most often well-formed.
fn source() -> impl Strategy<Value = String> {
    let tags = vec![
        ("<a>", "</a>"),
        ("<p:a>", "</p:a>"),
        ("<a xmlns=''>", "</a>"),
        ("<q:a xmlns=\"s\" >", "</q:a\n>"),
        ("<q:a xmlns:q='s'>", "</q:a>"),
        ("<a p:b='1' c='&lt;'>", "</a>"),
        ("<p:a xmlns:p='t' p:b='1'>", "</p:a>"),
        ("<a xmlns='u' xmlns:q='u'>", "</a>"),
    ];
    let leaf = prop::sample::select(vec![
        "x",
        "&amp;",
        "<![CDATA[<]]>",
        "<!-- c -->",
        "<?p?>",
        "\r\n",
        "&#13;",
        "<b/>",
        "<p:b/>",
        "<q:b q:c=''/>",
    ])
    .prop_map(str::to_owned);
    let content = leaf.prop_recursive(6, 40, 5, move |inner| {
        let children = prop::collection::vec(inner, 0..5);
        (prop::sample::select(tags.clone()), children)
            .prop_map(|((start, end), children)| format!("{start}{}{end}", children.concat()))
    });
    prop::collection::vec(content, 0..4).prop_map(|children| {
        format!(
            "<r xmlns='s' xmlns:p='p' xmlns:q='q'>{}</r>",
            children.concat()
        )
    })
}

/// Compares what is kept of the source of each element with what the element means.
fn check_inner(element: Element<'_>) {
    let mut elements = vec![element];
    while let Some(element) = elements.pop() {
        let escaped = element.ns().replace('&', "&amp;");
        let meaning = emit_inner(element).unwrap();
        check_fragment(&meaning, element.ns(), &Limits::DEFAULT).unwrap();
        let elsewhere = |inner: &str| -> Option<String> {
            let input = format!("<z xmlns='{escaped}'>{inner}</z>");
            let document = parse(input.as_bytes(), &Limits::DEFAULT).ok()?;
            let meant = emit_inner(document.root()).unwrap();
            Some(meant)
        };
        assert_eq!(elsewhere(&meaning).as_ref(), Some(&meaning));
        if let Some(inner) = element.inner() {
            assert_eq!(elsewhere(inner), Some(meaning));
        }
        elements.extend(element.elements());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_as_it_was(steps in prop::collection::vec(step(), 0..60)) {
        let document = build(&steps);
        let limits = Limits { attributes: 100, namespaces: 100, ..Limits::DEFAULT };
        let written = emit(&document, false).unwrap();
        let read = parse(&written, &limits).unwrap();
        prop_assert!(read == document, "{}", String::from_utf8_lossy(&written));
        prop_assert_eq!(emit(&read, false).unwrap(), written);
        let shown = emit(&document, true).unwrap();
        let text: Vec<u8> = shown.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
        let plain: Vec<u8> = emit(&document, false).unwrap();
        let plain: Vec<u8> = plain.into_iter().filter(|octet| !octet.is_ascii_whitespace()).collect();
        prop_assert_eq!(text, plain);
        parse(&shown, &limits).unwrap();
    }

    #[test]
    fn inner_means_the_same_elsewhere(source in source()) {
        if let Ok(document) = parse(source.as_bytes(), &Limits::DEFAULT) {
            check_inner(document.root());
        }
    }

    #[test]
    fn damage_never_panics(
        source in source(),
        at in any::<prop::sample::Index>(),
        piece in prop::sample::select(vec!["<", ">", "&", "'", "\"", "]]>", "--", "?>", "<!", "/", ":", "\0", "=", "", "<!DOCTYPE r ["]),
        removed in 0..4usize,
    ) {
        let mut octets = source.into_bytes();
        let at = at.index(octets.len());
        let end = (at + removed).min(octets.len());
        octets.splice(at..end, piece.bytes());
        if let Ok(document) = parse(&octets, &Limits::DEFAULT) {
            let written = emit(&document, false).unwrap();
            prop_assert!(parse(&written, &Limits::DEFAULT).unwrap() == document);
        }
    }
}

#[test]
fn octets_are_written_as_base64() {
    let steps = [Step::Octets(vec![0, 255, 16]), Step::Text("<".into())];
    let written = emit(&build(&steps), false).unwrap();
    assert_eq!(
        written,
        b"<SyncML xmlns=\"SYNCML:SYNCML1.2\">AP8Q&lt;</SyncML>"
    );
}

#[test]
fn markup_is_written_as_it_stands() {
    let mut builder = Builder::new();
    builder.open(NsId::NONE, "a", 0);
    builder.markup("<b  c=''/>");
    builder.text("]", 0..0);
    builder.markup("]");
    builder.markup(">x");
    builder.close(None, 0);
    let written = emit(&builder.finish().unwrap(), true).unwrap();
    assert_eq!(written, b"<a><b  c=''/>]&#93;>x</a>");
    read(&written, None, &Limits::DEFAULT).unwrap();
}

#[test]
fn indentation_leaves_text_alone() {
    let input = b"<a><b><c/><d>x<e><f/></e></d></b><g></g></a>";
    let document = parse(input, &Limits::DEFAULT).unwrap();
    let shown = String::from_utf8(emit(&document, true).unwrap()).unwrap();
    assert_eq!(
        shown,
        "<a>\n  <b>\n    <c/>\n    <d>x<e><f/></e></d>\n  </b>\n  <g/>\n</a>"
    );
}

#[test]
fn x62_what_xml_cannot_say_is_refused() {
    use crate::error::Code;
    let code = |steps: &[Step]| emit(&build(steps), false).unwrap_err().code();
    for character in ['\0', '\u{1}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        assert_eq!(code(&[Step::Text(format!("a{character}"))]), Code::Char);
        assert_eq!(
            code(&[Step::Attribute(0, "a", character.into())]),
            Code::Char
        );
    }
    assert_eq!(code(&[Step::Open(0, "a:b")]), Code::Syntax);
    assert_eq!(code(&[Step::Open(0, "a b")]), Code::Syntax);
    assert_eq!(code(&[Step::Open(0, "a:")]), Code::Syntax);
    assert_eq!(code(&[Step::Attribute(0, "xmlns", "x".into())]), Code::Ns);
    assert_eq!(code(&[Step::Attribute(0, "xmlns:.", "x".into())]), Code::Ns);
    let mut builder = Builder::new();
    builder.open(NsId::NONE, "a", 0);
    let ns = builder.namespace("s");
    builder.attribute(ns, "b:.", "", 0..0);
    let error = emit(&builder.finish_at(0).unwrap(), false).unwrap_err();
    assert_eq!(error.code(), Code::Syntax);
    let steps = [
        Step::Open(1, "b"),
        Step::Open(1, "c"),
        Step::Text("\0".into()),
    ];
    let error = emit(&build(&steps), false).unwrap_err();
    assert_eq!(error.path(), Some("b/c"));
}

#[test]
fn long_namespaces_do_not_multiply_without_end() {
    let long = "u".repeat(1 << 19);
    let uses = "<a><p:x/></a>".repeat(1000);
    let input = format!("<r xmlns:p='{long}'>{uses}</r>");
    let error = parse(input.as_bytes(), &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.exceeded(), Some("textBytes"));
    let document = parse(input.as_bytes(), &Limits::UNBOUNDED).unwrap();
    assert_eq!(
        emit(&document, false).unwrap_err().exceeded(),
        Some("bytes")
    );
    assert!(emit_inner(document.root()).is_err());
}

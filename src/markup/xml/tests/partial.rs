//! Where things stand, and what can be read of XML that is broken.

use super::*;
use crate::markup::outline::Outline;

/// Every piece as a line: how deep, the name, what stands there in the input, and the text.
fn lines(input: &str) -> (Vec<String>, Option<Error>) {
    let (outline, error) = outline(input.as_bytes(), &Limits::DEFAULT);
    let mut lines = Vec::new();
    let mut open: Vec<(usize, &Outline)> = vec![(0, &outline)];
    while let Some((depth, piece)) = open.pop() {
        let text = piece
            .text
            .as_ref()
            .map_or(String::new(), |text| format!(" = {text}"));
        let indent = "  ".repeat(depth);
        lines.push(format!(
            "{indent}{} {}{text}",
            piece.name,
            &input[piece.start..piece.end]
        ));
        open.extend(piece.children.iter().rev().map(|child| (depth + 1, child)));
    }
    (lines, error)
}

#[test]
fn everything_has_a_range() {
    let input = "\u{feff}<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'a'><!--é--><a  p:b = '&lt;' xmlns:p='p' c=''>\
        x<b>1<!-- -->&amp;<![CDATA[2]]></b ><c/>y</a><?p q ?>\n";
    let (lines, error) = lines(input);
    assert_eq!(error, None);
    let whole = format!("xml {input}");
    let root = &input[input.find("<a").unwrap()..input.find("<?p").unwrap()];
    assert_eq!(
        lines,
        [
            &*whole,
            "  ?xml <?xml version='1.0'?> = version='1.0'",
            "  !DOCTYPE <!DOCTYPE a SYSTEM 'a'> = a SYSTEM 'a'",
            "  #comment <!--é--> = é",
            &format!("  a {root}"),
            "    @b p:b = '&lt;' = <",
            "    @c c='' = ",
            "    #text x = x",
            "    b <b>1<!-- -->&amp;<![CDATA[2]]></b > = 1&2",
            "    c <c/>",
            "    #text y = y",
            "  ?p <?p q ?> = q",
        ]
    );
}

#[test]
fn broken_input_is_outlined_up_to_the_error() {
    for (input, expected, code) in [
        ("", &["xml "][..], Code::Truncated),
        (
            "<!-- --><a",
            &["xml <!-- --><a", "  #comment <!-- --> =  "],
            Code::Truncated,
        ),
        (
            "<a><b>x</b><c d='1'>yz",
            &[
                "xml <a><b>x</b><c d='1'>yz",
                "  a <a><b>x</b><c d='1'>yz",
                "    b <b>x</b> = x",
                "    c <c d='1'>yz = yz",
                "      @d d='1' = 1",
            ],
            Code::Truncated,
        ),
        (
            "<a><b>x&nope;</b></a>",
            &["xml <a><b>x&nope;</b></a>", "  a <a><b>x", "    b <b>x = x"],
            Code::Entity,
        ),
        (
            "<a><b/></c>",
            &["xml <a><b/></c>", "  a <a><b/>", "    b <b/>"],
            Code::Syntax,
        ),
        (
            "<a>1</a>x<!-- -->",
            &["xml <a>1</a>x<!-- -->", "  a <a>1</a> = 1"],
            Code::Trailing,
        ),
        ("<a><p:b/></a>", &["xml <a><p:b/></a>", "  a <a>"], Code::Ns),
        (
            "<a><b p:c=''/></a>",
            &["xml <a><b p:c=''/></a>", "  a <a>", "    b "],
            Code::Ns,
        ),
        (
            "<!DOCTYPE a [<!ENTITY b ''>]><a/>",
            &["xml <!DOCTYPE a [<!ENTITY b ''>]><a/>"],
            Code::Dtd,
        ),
    ] {
        let (lines, error) = lines(input);
        assert_eq!(lines, expected, "{input}");
        assert_eq!(error.unwrap().code(), code, "{input}");
    }
}

#[test]
fn x18_what_is_no_text_has_no_outline_but_the_whole() {
    for (input, code) in [
        (&b"\xff\xfe<\0a\0/\0>\0"[..], Code::Encoding),
        (b"", Code::Truncated),
    ] {
        let (found, error) = outline(input, &Limits::DEFAULT);
        assert_eq!(found, Outline::new("xml", 0..input.len(), None));
        assert_eq!(error.unwrap().code(), code);
        assert!(parse_partial(input, &Limits::DEFAULT).0.is_none());
    }
    let (found, error) = outline(b"<a>\xff</a>", &Limits::DEFAULT);
    assert_eq!(found.children, [Outline::new("a", 0..3, None)]);
    assert_eq!(error.unwrap().offset(), Some(3));
}

#[test]
fn whole_documents_are_partial_ones_too() {
    let (partial, error) = parse_partial(SAMPLE.as_bytes(), &Limits::DEFAULT);
    assert_eq!(error, None);
    assert!(partial.unwrap() == parse(SAMPLE.as_bytes(), &Limits::DEFAULT).unwrap());
}

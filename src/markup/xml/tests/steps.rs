//! Work grows no faster than the input, counted in steps.

use super::*;
use crate::steps::count;

/// A family of inputs: how it is called, and its member of about so many octets.
type Family = (&'static str, fn(usize) -> String);

fn within(content: &str) -> String {
    format!("<a>{content}</a>")
}

/// As many of the pieces, each made of its number, as fit between what stands before and behind them.
fn filled(size: usize, before: &str, piece: impl Fn(usize) -> String, behind: &str) -> String {
    let mut text = before.to_owned();
    for number in 0.. {
        text += &piece(number);
        if text.len() + behind.len() >= size {
            break;
        }
    }
    text + behind
}

/// The piece over and over in an element.
fn repeated(size: usize, piece: &str) -> String {
    within(&piece.repeat(size / piece.len()))
}

/// Trees as deep as may be, one beside the other.
fn deep(size: usize, start: &str, end: &str) -> String {
    let tree = start.repeat(31) + &end.repeat(31);
    repeated(size, &tree)
}

/// Sixteen items, all of it as long as `size`, in start tags of at most `most` octets.
fn tags(size: usize, most: usize, item: impl Fn(usize, &str) -> String) -> String {
    let filler = "n".repeat(most.min(size) / 16 - 16);
    let tag: String = (0..16).map(|number| item(number, &filler)).collect();
    let tag = format!("<b{tag}/>");
    repeated(size, &tag)
}

const FAMILIES: [Family; 44] = [
    ("siblings", |size| repeated(size, "<b/>")),
    ("siblings with end tags", |size| repeated(size, "<b></b>")),
    ("siblings of different names", |size| {
        filled(size, "<a>", |n| format!("<b{n}/>"), "</a>")
    }),
    ("nesting", |size| deep(size, "<b>", "</b>")),
    ("nesting too deep", |size| repeated(size, "<b>")),
    ("long text", |size| repeated(size, "text ")),
    ("blanks", |size| repeated(size, " ")),
    ("blanks before the root", |size| " ".repeat(size) + "<a/>"),
    ("blanks behind the root", |size| {
        "<a/>".to_owned() + &" ".repeat(size)
    }),
    ("byte order marks", |size| {
        "\u{feff}<a>".to_owned() + &"\u{feff}".repeat(size / 3) + "</a>"
    }),
    ("CDATA sections", |size| repeated(size, "<![CDATA[]]>")),
    ("CDATA sections with text", |size| {
        repeated(size, "x<![CDATA[y\r]]>")
    }),
    ("one CDATA section", |size| {
        within(&format!("<![CDATA[{}]]>", "]]".repeat(size / 2)))
    }),
    ("references", |size| repeated(size, "&#65;")),
    ("long references", |size| {
        within(&format!("&#{}65;", "0".repeat(size)))
    }),
    ("references in a value", |size| {
        format!("<a b='{}'/>", "&amp;\n".repeat(size / 6))
    }),
    ("elements with attributes", |size| {
        repeated(size, "<b c='' d='1' e='2' f=''/>")
    }),
    ("attributes with long names alike", |size| {
        tags(size, usize::MAX, |n, filler| format!(" {filler}{n:02}=''"))
    }),
    ("attributes with names alike", |size| {
        tags(size, 8192, |n, filler| format!(" {filler}{n:02}=''"))
    }),
    ("long values", |size| {
        tags(size, usize::MAX, |n, filler| format!(" b{n:02}='{filler}'"))
    }),
    ("prefixes alike", |size| {
        tags(size, 8192, |n, filler| format!(" xmlns:{filler}{n:02}='x'"))
    }),
    ("long prefixes alike", |size| {
        tags(size, usize::MAX, |n, filler| {
            format!(" xmlns:{filler}{n:02}='x'")
        })
    }),
    ("namespaces alike", |size| {
        tags(size, 8192, |n, filler| {
            format!(" xmlns:p{n:02}='{filler}{n:02}'")
        })
    }),
    ("declarations on nested elements", |size| {
        deep(size, "<b xmlns='x' xmlns:c='y'>", "</b>")
    }),
    ("declarations of one namespace", |size| {
        repeated(
            size,
            "<b xmlns='0123456789012345678901234567890123456789'/>",
        )
    }),
    ("declarations of different namespaces", |size| {
        filled(size, "<a>", |n| format!("<b xmlns='{n:0100}'/>"), "</a>")
    }),
    ("declarations of different prefixes", |size| {
        filled(
            size,
            "<a>",
            |n| format!("<p{n:050}:b xmlns:p{n:050}='x'/>"),
            "</a>",
        )
    }),
    ("uses of one prefix", |size| {
        filled(size, "<a xmlns:p='x'>", |_| "<p:b p:c=''/>".into(), "</a>")
    }),
    ("uses of many prefixes", |size| {
        let mut start = String::new();
        for depth in 0..30 {
            let declared: String = (0..16)
                .map(|n| format!(" xmlns:p{depth:02}{n:02}='{depth:02}{n:02}'"))
                .collect();
            start += &format!("<b{declared}>");
        }
        filled(
            size,
            &start,
            |n| format!("<p{:02}{:02}:c/>", n % 30, n % 16),
            &"</b>".repeat(30),
        )
    }),
    ("a long namespace and its uses", |size| {
        filled(
            size,
            &format!("<a xmlns='{}'>", "n".repeat(size / 2)),
            |_| "<b/>".into(),
            "</a>",
        )
    }),
    ("a long prefix and its uses", |size| {
        let prefix = "p".repeat(size / 64);
        filled(
            size,
            &format!("<a xmlns:{prefix}='x'>"),
            |_| format!("<{prefix}:b/>"),
            "</a>",
        )
    }),
    ("comments", |size| repeated(size, "<!---->")),
    ("a long comment", |size| {
        within(&format!("<!--{}-->", "- ".repeat(size / 2)))
    }),
    ("instructions", |size| repeated(size, "<?p?>")),
    ("a long instruction", |size| {
        within(&format!("<?p {}?>", "? ".repeat(size / 2)))
    }),
    ("line ends", |size| repeated(size, "\r\n")),
    ("brackets", |size| repeated(size, "]")),
    ("brackets, and one more", |size| repeated(size, "]]]]]>")),
    ("nothing closed", |size| {
        "<a>".to_owned() + &"<b/>x".repeat(size / 5)
    }),
    ("a quote not closed", |size| repeated(size, "<b c='/>")),
    ("a comment not closed", |size| {
        "<a><!--".to_owned() + &"-".repeat(size)
    }),
    ("an error behind many siblings", |size| {
        "<a>".to_owned() + &"<b/>".repeat(size / 4) + "<b>&x;"
    }),
    ("long names", |size| {
        within(&format!("<{0}></{0}>", "n".repeat(size / 2)))
    }),
    ("end tags with blanks", |size| {
        within(&format!("<b></b{}>", " ".repeat(size)))
    }),
];

/// The steps for a member of a family, of everything that is done with an input.
fn steps(input: &str) -> usize {
    // Uses of a long namespace count as text, and would end the work early.
    let limits = Limits {
        text_bytes: u32::MAX,
        ..Limits::DEFAULT
    };
    count(|| {
        let (document, _) = parse_partial(input.as_bytes(), &limits);
        if let Some(document) = document {
            let _ = emit(&document, true);
        }
    })
}

#[test]
fn work_is_linear() {
    // The longest are as long as a message may be.
    let sizes = [1 << 14, 1 << 17, (1 << 20) - 4096];
    for (name, member) in FAMILIES {
        let counted = sizes.map(|size| {
            let input = member(size);
            assert!(
                input.len().abs_diff(size) <= size / 32,
                "{name}: no {size} octets"
            );
            let steps = steps(&input);
            assert!(steps >= 2 * input.len(), "{name}: {steps} steps");
            steps
        });
        for pair in counted.windows(2) {
            assert!(10 * pair[1] <= 88 * pair[0], "{name}: {counted:?}");
        }
    }
}

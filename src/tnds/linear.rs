//! Work on serialised trees grows no faster than they do, counted in steps: reading, writing, finding out where nodes belong, and making a
//! document of a list. Looking up names takes a logarithm more, which is let pass.

use crate::limits::Limits;
use crate::steps::count;
use crate::syncml::Encoding;

use super::{Placement, Tnds, TndsNode};

/// A family of inputs: how it is called, and its member of about so many octets.
type Family = (&'static str, fn(usize) -> String);

/// A document with the pieces, each made of its number, inside one node.
fn filled(size: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = "<MgmtTree><Node><NodeName>X</NodeName>".to_owned();
    for number in 0.. {
        text += &piece(number);
        if text.len() + 100 >= size {
            break;
        }
    }
    text + "</Node></MgmtTree>"
}

fn leaf(number: usize, format: &str, value: &str) -> String {
    format!(
        "<Node><NodeName>{number}</NodeName><RTProperties><Format><{format}/></Format></RTProperties><Value>{value}</Value></Node>"
    )
}

const FAMILIES: [Family; 12] = [
    ("siblings", |size| {
        filled(size, |n| format!("<Node><NodeName>{n}</NodeName></Node>"))
    }),
    ("siblings without names", |size| {
        filled(size, |_| "<Node/>".to_owned())
    }),
    ("nesting", |size| {
        let inside = "<Node><NodeName>a</NodeName>".repeat(40) + &"</Node>".repeat(40);
        filled(size, |n| {
            format!("<Node><NodeName>{n}</NodeName>{inside}</Node>")
        })
    }),
    ("nesting too deep", |size| {
        "<MgmtTree>".to_owned() + &"<Node>".repeat(size / 6)
    }),
    ("paths", |size| {
        filled(size, |n| {
            format!("</Node><Node><NodeName>{n}</NodeName><Path>X</Path>")
        })
    }),
    ("long paths", |size| {
        let path = format!("X{}", "/a".repeat(60));
        filled(size, |n| {
            format!("</Node><Node><NodeName>{n}</NodeName><Path>{path}</Path>")
        })
    }),
    ("paths from the last to the first", |size| {
        let count = size / 60;
        filled(size, |n| {
            let above = count.saturating_sub(n) / 2;
            format!("</Node><Node><NodeName>{n}</NodeName><Path>X/{above}</Path>")
        })
    }),
    ("values", |size| filled(size, |n| leaf(n, "chr", "value"))),
    ("one value", |size| {
        filled(size, |n| leaf(n, "chr", &"a&amp;".repeat(size / 6)))
    }),
    ("one value of octets", |size| {
        filled(size, |n| leaf(n, "bin", &"YWJj\n".repeat(size / 5)))
    }),
    ("markup", |size| {
        filled(size, |n| leaf(n, "xml", &"<a xmlns='b'/>".repeat(9)))
    }),
    ("unknown elements", |size| {
        filled(size, |_| "<a xmlns='b'><c>d</c></a>".to_owned())
    }),
];

fn list(tnds: Tnds) -> Option<Vec<(String, TndsNode)>> {
    let found = tnds.resolve("./X", Placement::Target).ok()?;
    let paths = (0..found.nodes.len()).map(|index| found.path(index));
    Some(
        paths
            .map(|path| (path, TndsNode::default()))
            .collect::<Vec<_>>(),
    )
}

/// What is done with a tree, in steps.
fn steps(input: &[u8]) -> usize {
    let limits = Limits::UNBOUNDED;
    let mut paths = None;
    let mut steps = count(|| {
        let Ok(tnds) = Tnds::decode(input, Encoding::Xml, &limits) else {
            return;
        };
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            if let Ok(body) = tnds.encode(encoding, false) {
                assert_eq!(
                    Tnds::decode(&body, encoding, &limits).unwrap().nodes.len(),
                    tnds.nodes.len()
                );
            }
        }
        paths = list(tnds);
    });
    if let Some(paths) = paths {
        let octets: usize = paths.iter().map(|(path, _)| path.len()).sum();
        // Paths are longer than what they were read from: each its own.
        steps += count(|| Tnds::of_nodes(paths)) * input.len() / (octets + input.len());
    }
    steps
}

#[test]
fn work_is_linear() {
    for (name, member) in FAMILIES {
        let counted = [1 << 12, 1 << 15, 1 << 18].map(|size| {
            let input = member(size);
            let steps = steps(input.as_bytes());
            assert!(
                name == "nesting too deep" || steps >= input.len() / 2,
                "{name}: {steps} steps for {}",
                input.len()
            );
            (input.len(), steps)
        });
        for pair in counted.windows(2) {
            let [(small, few), (large, many)] = [pair[0], pair[1]];
            assert!(10 * many * small <= 13 * few * large, "{name}: {counted:?}");
        }
    }
}

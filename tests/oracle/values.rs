//! Messages whose items carry what Format and Type say: text, octets, markup, and trees as documents of their own.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use omadm::syncml::Meta;
use omadm::{Data, Message};

use crate::strategies::{like, message, value};
use crate::visit::{Part, visit};

/// Format, Type and a value that goes with them; nothing where the item stays as it is.
type Value = Option<(Option<&'static str>, Option<&'static str>, Data)>;

const FORMATS: [&str; 7] = ["chr", "int", "bool", "float", "date", "time", "b64"];
const XML_TYPES: [&str; 4] = [
    "text/xml",
    "application/xml",
    "application/vnd.example+xml",
    "text/plain",
];
const TREE_TYPES: [&str; 2] = [
    "application/vnd.syncml.dmtnds+xml",
    "application/vnd.syncml.dmddf+xml",
];

/// Text as it is written in markup.
fn text() -> BoxedStrategy<String> {
    like("([!-%'-;=?-~é日]|&amp;|&lt;)([ !-%'-;=?-~é日😀]|&amp;|&lt;){0,11}")
        .prop_filter("no blank at the end", |text| !text.ends_with(' '))
        .boxed()
}

fn element(name: &'static str, content: BoxedStrategy<String>) -> BoxedStrategy<String> {
    content
        .prop_map(move |content| format!("<{name}>{content}</{name}>"))
        .boxed()
}

fn maybe(name: &'static str) -> BoxedStrategy<String> {
    of(element(name, text()))
        .prop_map(Option::unwrap_or_default)
        .boxed()
}

/// RTProperties of a node.
fn properties() -> BoxedStrategy<String> {
    let format = select(&["chr", "int", "node", "xml", "bin", "b64", "bool", "null"][..]);
    let kind = prop_oneof![
        element("MIME", text()),
        element("DDFName", text()),
        Just("<DDFName/>".to_owned()),
    ];
    let texts = (maybe("ACL"), maybe("Name"), maybe("Size"));
    let more = (maybe("Title"), maybe("TStamp"), maybe("VerNo"));
    (texts, format, more, kind)
        .prop_map(|((acl, name, size), format, (title, stamp, version), kind)| {
            format!(
                "<RTProperties>{acl}<Format><{format}/></Format>{name}{size}{title}{stamp}<Type>{kind}</Type>{version}</RTProperties>"
            )
        })
        .boxed()
}

/// A serialised tree, as it is written here.
fn tree() -> BoxedStrategy<String> {
    // Made here: what follows is called anew for every tree.
    let named = (
        element("NodeName", text()),
        maybe("Path"),
        of(properties()).boxed(),
    );
    let node = move |inner: BoxedStrategy<String>| {
        (named.clone(), inner)
            .prop_map(|((name, path, properties), inner)| {
                let properties = properties.unwrap_or_default();
                format!("<Node>{name}{path}{properties}{inner}</Node>")
            })
            .boxed()
    };
    let leaf = node(maybe("Value"));
    let nodes = leaf.prop_recursive(3, 8, 3, move |inner| {
        node(vec(inner, 1..3).prop_map(|nodes| nodes.concat()).boxed())
    });
    (vec(nodes, 1..3), maybe("Man"), maybe("Mod"))
        .prop_map(|(nodes, maker, model)| {
            let nodes = nodes.concat();
            format!(
                "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>{maker}{model}{nodes}</MgmtTree>"
            )
        })
        .boxed()
}

fn values() -> BoxedStrategy<Value> {
    let markup = prop_oneof![
        Just("<a xmlns=\"urn:x\">b</a>"),
        Just("<a><b c='d'/>\n</a>"),
        Just("&lt;<a/>"),
    ];
    prop_oneof![
        2 => Just(None),
        2 => (of(select(&FORMATS[..])), of(Just("text/plain")), value())
            .prop_map(|(format, mime, text)| Some((format, mime, Data::Text(text)))),
        1 => (of(select(&["bin", "chr"][..])), of(Just("application/octet-stream")), vec(any::<u8>(), 0..12))
            .prop_map(|(format, mime, octets)| Some((format, mime, Data::Octets(octets)))),
        1 => (of(Just("xml")), of(select(&XML_TYPES[..])), markup)
            .prop_map(|(format, mime, markup)| Some((format, mime, Data::Markup(markup.to_owned())))),
        2 => (of(Just("xml")), select(&TREE_TYPES[..]), tree())
            .prop_map(|(format, mime, tree)| Some((format, Some(mime), Data::Markup(tree)))),
    ]
    .boxed()
}

/// Messages, in some of whose items stand such values.
pub(crate) fn messages() -> BoxedStrategy<Message> {
    (message(), vec(values(), 1..4))
        .prop_map(|(mut message, values)| {
            let mut next = values.iter().cycle();
            visit(&mut message, &mut |part, _| {
                let Part::Item(item) = part else { return };
                if let Some(Some((format, mime, data))) = next.next() {
                    item.meta = Some(Meta {
                        format: format.map(str::to_owned),
                        mime: mime.map(str::to_owned),
                        ..item.meta.take().unwrap_or_default()
                    });
                    item.data = Some(data.clone());
                }
            });
            message
        })
        .boxed()
}

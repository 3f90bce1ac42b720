//! Published device descriptions are read, compiled and instantiated. What is asserted of them are numbers and names.
//!
//! They are not part of this repository. Where they are missing the tests say how many they skipped.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only published descriptions are read, and what is skipped must be said"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use omadm::ddf::{
    AccessType, Ddf, DdfNode, Description, Microsoft, Occurrence, ValueType, Violation,
};
use omadm::{Data, Format, Limits};

/// File, all nodes, leaves among them, placeholders, nodes with allowed values, nodes that exist from the start (those that the Path names
/// included).
const FILES: [(&str, usize, usize, usize, usize, usize); 11] = [
    ("Bitlocker_AreaDDF.xml", 2, 1, 0, 1, 6),
    ("DMAcc.xml", 36, 26, 4, 27, 2),
    ("DMClient.xml", 109, 92, 2, 80, 11),
    ("DevInfo.xml", 8, 6, 0, 0, 8),
    ("Office.xml", 14, 8, 2, 2, 12),
    ("Reboot.xml", 6, 4, 0, 3, 9),
    ("RemoteWipe.xml", 12, 10, 0, 0, 15),
    ("Update_AreaDDF.xml", 76, 75, 0, 69, 6),
    ("Wifi_AreaDDF.xml", 9, 8, 0, 8, 6),
    ("WindowsLicensing.xml", 27, 22, 1, 7, 26),
    ("eUICCs.xml", 25, 17, 3, 6, 4),
];

/// Runs a test with the descriptions, or says that they are missing.
fn with_corpus(test: impl FnOnce(&Path)) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/ddf");
    if corpus.is_dir() {
        test(&corpus);
    } else {
        let cases = FILES.len();
        let line = format!("skipped {cases} cases: ../shared/corpus/ddf is missing");
        writeln!(std::io::stderr(), "{line}").unwrap();
    }
}

fn decode(corpus: &Path, file: &str) -> Ddf {
    let body = fs::read(corpus.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    Ddf::decode(&body, &Limits::DEFAULT).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn nodes(ddf: &Ddf) -> Vec<&DdfNode> {
    let mut found = Vec::new();
    let mut open: Vec<&DdfNode> = ddf.nodes.iter().collect();
    while let Some(node) = open.pop() {
        found.push(node);
        open.extend(&node.nodes);
    }
    found
}

fn microsoft(node: &DdfNode) -> Option<&Microsoft> {
    node.properties.microsoft.as_deref()
}

#[test]
fn every_description_is_read_compiled_and_instantiated() {
    with_corpus(|corpus| {
        let mut files: Vec<String> = fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let found: Vec<_> = files
            .iter()
            .map(|file| {
                let ddf = decode(corpus, file);
                let all = nodes(&ddf);
                let count =
                    |test: fn(&DdfNode) -> bool| all.iter().filter(|node| test(node)).count();
                let description = Description::of(std::slice::from_ref(&ddf)).unwrap();
                assert_eq!(description.rules().count(), all.len(), "{file}");
                let start = description.instantiate();
                for node in &start {
                    let parent = node.uri.rsplit_once('/').unwrap().0;
                    assert!(parent == "." || start.iter().any(|node| node.uri == parent));
                    assert_eq!(node.value.is_none(), node.format == Format::Node);
                }
                let allows = |node: &DdfNode| {
                    microsoft(node).is_some_and(|microsoft| microsoft.allowed_values.is_some())
                };
                (
                    file.as_str(),
                    all.len(),
                    count(|node| node.properties.format != Format::Node),
                    count(|node| node.name.is_none()),
                    count(allows),
                    start.len(),
                )
            })
            .collect();
        assert_eq!(found, FILES);
    });
}

#[test]
fn nothing_in_them_is_unknown() {
    with_corpus(|corpus| {
        let ddfs: Vec<Ddf> = FILES
            .iter()
            .map(|(file, ..)| decode(corpus, file))
            .collect();
        let all: Vec<&DdfNode> = ddfs.iter().flat_map(nodes).collect();
        let extensions = || all.iter().filter_map(|node| microsoft(node));
        let others: Vec<_> = extensions().flat_map(|found| &found.others).collect();
        assert!(others.is_empty(), "{others:?}");
        let count = |test: fn(&Microsoft) -> bool| extensions().filter(|found| test(found)).count();
        let counts = [
            count(|found| found.applicability.is_some()),
            count(|found| found.dynamic_node_naming.is_some()),
            count(|found| found.allowed_values.is_some()),
            count(|found| found.reboot_behavior.is_some()),
            count(|found| found.gp_mapping.is_some()),
            count(|found| found.deprecated.is_some()),
            count(|found| !found.dependency_behavior.is_empty()),
            count(|found| found.conflict_resolution.is_some()),
        ];
        assert_eq!(counts, [148, 12, 203, 1, 70, 1, 2, 86]);
        let kinds = [
            (ValueType::Enum, 96),
            (ValueType::Flag, 2),
            (ValueType::None, 75),
            (ValueType::Range, 28),
            (ValueType::RegEx, 2),
        ];
        for (kind, expected) in kinds {
            let values = extensions().filter_map(|found| found.allowed_values.as_ref());
            let found = values.filter(|values| values.value_type == kind).count();
            assert_eq!(found, expected, "{}", kind.name());
        }
        let description = Description::of(&ddfs).unwrap();
        assert_eq!(
            description.rules().count(),
            all.len(),
            "no two describe the same node"
        );
        assert!(description.rules().all(|(_, rule)| rule.is_enforced()));
    });
}

#[test]
fn their_rules_hold() {
    with_corpus(|corpus| {
        let ddfs: Vec<Ddf> = FILES
            .iter()
            .map(|(file, ..)| decode(corpus, file))
            .collect();
        let description = Description::of(&ddfs).unwrap();
        let find = |uri: &str| {
            let segments: Vec<&str> = uri.split('/').collect();
            description
                .find(&segments)
                .unwrap_or_else(|| panic!("{uri}"))
        };
        let check = |uri: &str, value: &str, format| {
            find(uri).check(&Data::Text(value.to_owned()), format, None)
        };
        let refused = |kind| Err(Violation::NotAllowed(kind));
        let update = "Device/Vendor/MSFT/Policy/Config/Update/ActiveHoursEnd";
        assert_eq!(check(update, "23", Format::Int), Ok(()));
        assert_eq!(check(update, "24", Format::Int), refused(ValueType::Range));
        assert_eq!(check(update, "23", Format::Chr), Err(Violation::Format));
        let account = "SyncML/DMAcc/1f9a";
        assert_eq!(
            check(&format!("{account}/AppID"), "w7", Format::Chr),
            Ok(())
        );
        assert_eq!(
            check(&format!("{account}/AppID"), "w8", Format::Chr),
            refused(ValueType::Enum)
        );
        assert!(
            find(account).access(AccessType::Delete)
                && !find("SyncML/DMAcc").access(AccessType::Delete)
        );
        assert_eq!(find(account).occurrence, Occurrence::ZeroOrMore);
        assert_eq!(description.max_children(&["SyncML", "DMAcc"]), None);
        assert_eq!(
            description.max_children(&["SyncML", "DMAcc", "1", "AppAddr"]),
            Some(1)
        );
        let reboot = find("Device/Vendor/MSFT/Reboot/RebootNow");
        assert!(reboot.access(AccessType::Exec));
        let start = description.instantiate();
        let lang = start
            .iter()
            .find(|node| node.uri == "./DevInfo/Lang")
            .unwrap();
        assert_eq!(
            (lang.format, lang.value.clone()),
            (Format::Chr, Some(Data::Text(String::new())))
        );
    });
}

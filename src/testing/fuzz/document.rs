//! The bodies for serialised trees and device descriptions.

use crate::ddf::{Ddf, Description};
use crate::error::Code;
use crate::limits::Limits;
use crate::syncml::{Encoding, Format};
use crate::tnds::{Placement, Tnds};
use crate::tree::Tree;
use crate::uri;

use super::{check_error, check_multiplied, text};

/// Where documents are placed.
const TARGETS: [(&str, Placement); 4] = [
    (".", Placement::Target),
    ("./X", Placement::Target),
    ("./A/B/X", Placement::Target),
    ("./Inbox", Placement::Inbox),
];

/// Serialised trees: read, written and read again; placed; put into a tree.
pub fn tnds(input: &[u8]) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        match Tnds::decode_with_form(input, encoding, &Limits::DEFAULT) {
            Ok((tnds, form)) => {
                assert_eq!(form.encoding(), encoding);
                document(&tnds);
            }
            Err(error) => check_error(&error, input),
        }
    }
}

fn document(tnds: &Tnds) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        match tnds.encode(encoding, false) {
            Ok(body) => match Tnds::decode(&body, encoding, &Limits::UNBOUNDED) {
                Ok(again) => {
                    let more = again.encode(encoding, false);
                    assert_eq!(more.as_ref(), Ok(&body), "{:?}", text(&body));
                }
                Err(error) => panic!("{error} in {:?}", text(&body)),
            },
            Err(error) if encoding == Encoding::Xml && error.exceeded() == Some("bytes") => {
                check_multiplied(&error);
            }
            Err(error) => {
                assert!(
                    matches!(error.code(), Code::Schema | Code::Limit),
                    "{error:?}"
                );
            }
        }
    }
    for (target, placement) in TARGETS {
        let Ok(found) = tnds.clone().resolve(target, placement) else {
            continue;
        };
        for (index, node) in found.nodes.iter().enumerate() {
            assert!(node.parent.is_none_or(|parent| parent < index));
            assert!(node.parent.is_none_or(|parent| {
                found
                    .nodes
                    .get(parent)
                    .is_some_and(|parent| parent.is_interior())
            }));
            let has_value = !matches!(node.format, Format::Node | Format::Null);
            assert_eq!(node.data.is_some(), has_value);
            let path = found.path(index);
            let is_address = uri::NodeUri::parse(&uri::display(&path))
                .is_ok_and(|address| address.path() == path);
            assert!(is_address, "{path:?}");
        }
        let mut tree = Tree::new(&Limits::DEFAULT);
        let before = tree.clone();
        match tree.set_tnds(target, tnds.clone()) {
            Ok(()) => check_tree(&tree),
            Err(_) => assert!(tree == before),
        }
    }
}

/// Device descriptions: read, compiled, and a tree made of them.
pub fn ddf(input: &[u8]) {
    let ddf = match Ddf::decode(input, &Limits::DEFAULT) {
        Ok(ddf) => ddf,
        Err(error) => return check_error(&error, input),
    };
    let Ok(description) = Description::of(std::slice::from_ref(&ddf)) else {
        return;
    };
    for (uri, _) in description.rules() {
        let path = uri.strip_prefix("./").unwrap_or_default();
        let segments: Vec<&str> = uri::segments(path).collect();
        assert!(description.find(&segments).is_some(), "{uri}");
    }
    if let Ok(tree) = Tree::described(&[input], &Limits::DEFAULT) {
        assert!(tree.len() as usize > description.instantiate().len());
        check_tree(&tree);
    }
}

/// What must hold of every tree.
pub(super) fn check_tree(tree: &Tree) {
    let paths = tree.paths("");
    assert_eq!(paths.len(), tree.len() as usize);
    let saved = match tree.save() {
        Ok(saved) => saved,
        Err(error) => panic!("{error}"),
    };
    match Tree::restore(&saved, &[], &Limits::UNBOUNDED) {
        Ok(restored) => {
            assert!(restored == *tree);
            assert_eq!(restored.save().as_ref(), Ok(&saved));
        }
        Err(error) => panic!("{error}"),
    }
}

//! DM 2.0: its JSON, its packages, its headers, and the addresses in them.

use crate::dm2::{
    Accept, ClientUri, Command, Dialect, Headers, MediaType, MoDocument, Package, Response,
    distribute, fold, inspect as look,
};
use crate::error::{Code, Result};
use crate::json;
use crate::limits::Limits;
use crate::syncml::{Data, Format};
use crate::tree::{HostValues, Instances, Node, Owner, Resolved, Spelling, Tree};

use super::{check_error, check_pieces};

/// JSON, and packages and data of it: what is read is the same when it is written and read again, and results are of commands that there are.
pub fn dm2(input: &[u8]) {
    let (outline, broken) = look(input, &Limits::DEFAULT);
    check_pieces(&outline, input.len());
    match json::parse(input, &Limits::DEFAULT) {
        Ok(document) => {
            assert!(broken.is_none());
            let Some(root) = document.root() else {
                panic!("a document without a value");
            };
            let json = root.to_json();
            for indent in [false, true] {
                let written = json::write(&json, indent).unwrap_or_default();
                let again = json::parse(&written, &Limits::UNBOUNDED);
                let again = again
                    .ok()
                    .and_then(|document| Some(document.root()?.to_json()));
                assert_eq!(again.as_ref(), Some(&json), "indent {indent}");
            }
        }
        Err(error) => {
            assert_eq!(broken.as_ref(), Some(&error));
            check_error(&error, input);
        }
    }
    match MoDocument::decode(input, &Limits::DEFAULT) {
        Ok(document) => check_data(&document),
        Err(error) => check_error(&error, input),
    }
    let of = |kind: MediaType| Headers {
        content_type: Some(kind.name().to_owned()),
        device_id: Some("d".to_owned()),
        ..Headers::default()
    };
    let declared = MediaType::ALL.map(of).into_iter();
    for headers in declared.chain([Headers::default()]) {
        match Package::decode(input, &headers, &Limits::DEFAULT) {
            Ok((package, dialect)) => check_package(&package, dialect, &headers),
            Err(error) => check_error(&error, input),
        }
    }
}

/// What is written of data is read again. A document without any has no dialect of its own.
fn check_data(document: &MoDocument) {
    let written = match document.encode(false) {
        Ok(written) => written,
        Err(error) => panic!("{error}: {document:?}"),
    };
    let again = MoDocument::decode(&written, &Limits::UNBOUNDED);
    assert!(again.as_ref() == Ok(document), "{again:?}, {document:?}");
    for item in &document.items {
        item.value(Some("R"));
    }
}

fn check_package(package: &Package, dialect: Dialect, headers: &Headers) {
    let written = match package.encode(dialect, false) {
        Ok(written) => written,
        // What may be read without it is not written without.
        Err(error) => {
            assert_eq!(error.code(), Code::Schema, "{error}: {package:?}");
            return;
        }
    };
    let again = match Package::decode(&written, headers, &Limits::UNBOUNDED) {
        Ok((again, found)) => {
            assert_eq!(found, dialect);
            again
        }
        Err(error) => panic!("{error}: {package:?}"),
    };
    // Of commands END goes last, and of alerts the reason for the session first: from then on nothing moves.
    assert_eq!(again.encode(dialect, false).as_ref(), Ok(&written));
    match (package, &again) {
        (Package::Response(own), Package::Response(read)) => {
            assert_eq!(own, read);
            check_results(own, dialect);
        }
        (Package::Request(own), Package::Request(read)) => {
            assert!(own.ends() == read.ends());
            let others = |commands: &[Command]| {
                let others = commands.iter().filter(|command| **command != Command::End);
                others.cloned().collect::<Vec<_>>()
            };
            assert_eq!(others(&own.commands), others(&read.commands));
        }
        (Package::Initiation(own), Package::Initiation(read)) => {
            assert_eq!((own.reason, &own.data), (read.reason, &read.data));
        }
        _ => panic!("{package:?} is {again:?}"),
    }
}

/// However many results there are, each counts once at the most, and none for a command that is not there.
fn check_results(response: &Response, dialect: Dialect) {
    let hput = Command::Hput {
        from: vec!["a//".to_owned(); 2],
        to: "https://a".to_owned(),
    };
    let commands = [Command::End, hput, Command::End];
    let results = response.results.clone();
    let (count, is_aborted) = (results.len(), response.aborts());
    match distribute(&commands, results, dialect, is_aborted) {
        Ok(outcomes) => {
            assert_eq!(outcomes.commands.len(), commands.len());
            let counted: usize = outcomes.commands.iter().map(|one| one.results.len()).sum();
            assert!(counted <= count && (outcomes.mismatch || counted == count));
            for outcome in outcomes.commands {
                assert!(outcome.results.len() <= outcome.expected);
                let is_one = !outcome.results.is_empty();
                assert_eq!(fold(outcome.results).is_some(), is_one);
            }
        }
        Err(error) => assert!(count > 3 && error.code() == Code::Schema),
    }
}

/// A tree with objects of every kind of place.
fn tree() -> Result<Tree> {
    let mut tree = Tree::new(&Limits::DEFAULT);
    let object = |moid: &str| Node::interior(Some(moid.to_owned()));
    let leaf = |format: Format, value: &str| {
        let data = Some(Data::Text(value.to_owned()));
        Node::leaf(format, None, data).unwrap_or_else(|_| Node::interior(None))
    };
    for (uri, node) in [
        ("./D", object("d")),
        ("./D/a", leaf(Format::Chr, "1")),
        ("./M/n", object("urn:m")),
        ("./M/s", object("m")),
        ("./M/n/R/1/a", leaf(Format::Int, "01")),
        ("./M/n/R/2/a", leaf(Format::Int, "2")),
        ("./M/s/R/1/a", leaf(Format::Int, "1")),
        ("./M/s/h", leaf(Format::Chr, "").owned_by(Owner::Host)),
        ("./X/M/s", object("m")),
        ("./o", object("o/1")),
    ] {
        tree.set(uri, node)?;
    }
    Ok(tree)
}

/// Any text as an address: it leads to nodes of the instances alone, and so does what is written of it.
pub fn client_uri(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = Accept::parse(&text).map(|accept| accept.quality("a/b"));
    let _ = Headers::read([("omadm-devid", &*text), ("accept", &*text)]);
    if let Ok(uri) = ClientUri::parse(&text) {
        assert_eq!(ClientUri::parse(&uri.to_string()).as_ref(), Ok(&uri));
    }
    let tree = match tree() {
        Ok(tree) => tree,
        Err(error) => panic!("{error}"),
    };
    let instances = Instances::of(&tree, |_| true);
    for spelling in [Spelling::Instance, Spelling::Path] {
        let mut values = HostValues::new();
        // Each answer is asked for once.
        for _ in 0..2 {
            match instances.resolve(&tree, &text, spelling, &values) {
                Err(status) => assert!(matches!(status.0, 400 | 404), "{status:?}"),
                Ok((_, Resolved::Ask(calls))) => {
                    assert!(!calls.is_empty());
                    for call in calls {
                        assert!(!values.contains_key(&call.path), "{call:?}");
                        values.insert(call.path, Node::interior(None));
                    }
                }
                Ok((uri, Resolved::Places(places))) => {
                    assert!(!places.is_empty());
                    for place in &places {
                        let root = &place.instance.path;
                        let below = place.path.strip_prefix(&**root);
                        assert!(below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
                        assert!(tree.paths("").contains(&place.path));
                        let own = instances.address(place, spelling);
                        match instances.resolve(&tree, &own, spelling, &values) {
                            Ok((_, Resolved::Places(again))) => {
                                assert_eq!(&again[..], std::slice::from_ref(place))
                            }
                            other => panic!("{own}: {other:?}"),
                        }
                    }
                    assert!(
                        uri.cv.is_none()
                            || places.iter().all(|place| Some(place.instance)
                                == places.first().map(|first| first.instance))
                    );
                }
            }
        }
    }
}

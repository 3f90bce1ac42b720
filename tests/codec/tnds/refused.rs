//! What is no serialised tree, where the error says that it is, what is beyond limits, damaged or of any shape.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::Format;
use omadm::tnds::{Placement, Tnds, TndsNode};
use omadm::{Code, Data, Encoding, Fault, Limits};

use crate::strategies::{some_token, token, value};

use super::{B1, B1_XML, T3, V5, decode, hex, interior, leaf, read, tnds, tree};

#[test]
fn t25_what_is_no_serialised_tree() {
    let node = |inside: &str| {
        tree(&format!(
            "<Node><NodeName>A</NodeName></Node><Node>{inside}</Node>"
        ))
    };
    let properties = |inside: &str| node(&format!("<RTProperties>{inside}</RTProperties>"));
    for (text, code, path) in [
        ("<SyncML/>".to_owned(), Code::Schema, ""),
        ("<MgmtTree xmlns='urn:x'/>".to_owned(), Code::Version, ""),
        (
            tree("<Node/>").replace("1.2<", "2.0<"),
            Code::Version,
            "VerDTD",
        ),
        (
            tree("<VerDTD>1.2</VerDTD><Node/>"),
            Code::Schema,
            "VerDTD[2]",
        ),
        (tree(""), Code::Schema, ""),
        (tree("<A xmlns='urn:x'/>"), Code::Schema, ""),
        (tree("x<Node/>"), Code::Schema, ""),
        (tree("<Nod/>"), Code::Schema, "Nod"),
        (
            node("<NodeName>A</NodeName><NodeName>A</NodeName>"),
            Code::Schema,
            "Node[2]/NodeName[2]",
        ),
        (
            node("<NodeName><A/></NodeName>"),
            Code::Schema,
            "Node[2]/NodeName",
        ),
        (node("<Data/>"), Code::Schema, "Node[2]/Data"),
        (node("x<Node/>"), Code::Schema, "Node[2]"),
        (node("<Value/><Value/>"), Code::Schema, "Node[2]/Value[2]"),
        (node("<Value/><Node/>"), Code::Schema, "Node[2]/Value"),
        (
            node("<RTProperties/><RTProperties/>"),
            Code::Schema,
            "Node[2]/RTProperties[2]",
        ),
        (properties("x"), Code::Schema, "Node[2]/RTProperties"),
        (
            properties("<Value/>"),
            Code::Schema,
            "Node[2]/RTProperties/Value",
        ),
        (
            properties("<Format><int/><chr/></Format>"),
            Code::Schema,
            "Node[2]/RTProperties/Format/chr",
        ),
        (
            properties("<Format><int>1</int></Format>"),
            Code::Schema,
            "Node[2]/RTProperties/Format/int",
        ),
        (
            properties("<Format><int/>x</Format>"),
            Code::Schema,
            "Node[2]/RTProperties/Format",
        ),
        (
            properties("<Format>Chr</Format>"),
            Code::Schema,
            "Node[2]/RTProperties/Format",
        ),
        (
            properties("<Type><MIME/><MIME/></Type>"),
            Code::Schema,
            "Node[2]/RTProperties/Type/MIME[2]",
        ),
        (
            properties("<Type><A/></Type>"),
            Code::Schema,
            "Node[2]/RTProperties/Type/A",
        ),
        (
            properties("<VerNo>65536</VerNo>"),
            Code::Number,
            "Node[2]/RTProperties/VerNo",
        ),
        (
            properties("<VerNo>+1</VerNo>"),
            Code::Number,
            "Node[2]/RTProperties/VerNo",
        ),
        (
            properties("<VerNo/>"),
            Code::Number,
            "Node[2]/RTProperties/VerNo",
        ),
    ] {
        let error = read(&text).unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (code, Fault::Input),
            "{error} in {text}"
        );
        assert_eq!(error.path().unwrap_or_default(), path, "{text}");
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.split('[').next().unwrap_or_default();
        let at = error.offset().unwrap();
        assert!(
            text[at..].starts_with(&format!("<{name}")),
            "{error} in {text}"
        );
    }
    // The same places are told in WBXML: a second NodeName.
    let body = hex("0201 6a 00 0002 60 64 660341 0001 660341 0001 01 01");
    let error = Tnds::decode(&body, Encoding::Wbxml, &Limits::DEFAULT).unwrap_err();
    assert_eq!(
        (error.path(), error.offset()),
        (Some("Node/NodeName[2]"), Some(13))
    );
}

#[test]
fn t25_one_bad_node_of_a_thousand() {
    let nodes: String = (0..1000)
        .map(|n| {
            let format = if n == 499 { "bad" } else { "chr" };
            format!("<Node><NodeName>{n}</NodeName><RTProperties><Format><{format}/></Format></RTProperties></Node>")
        })
        .collect();
    let error = read(&tree(&nodes)).unwrap_err();
    assert_eq!(error.path(), Some("Node[500]/RTProperties/Format"));
}

#[test]
fn what_cannot_be_written() {
    let both = TndsNode {
        children: vec![leaf("B", "")],
        ..leaf("A", "1")
    };
    let below = TndsNode {
        data: None,
        ..both.clone()
    };
    let valued = TndsNode {
        data: Some(Data::Text("v".to_owned())),
        ..interior("A", vec![])
    };
    let forbidden = TndsNode {
        title: Some("\u{1}".to_owned()),
        ..leaf("A", "1")
    };
    let markup = TndsNode {
        data: Some(Data::Markup("<a>".to_owned())),
        format: Some(Format::Xml),
        ..leaf("A", "")
    };
    let chain = (0..252).fold(leaf("z", ""), |inside, _| interior("z", vec![inside]));
    for (document, code, path) in [
        (tnds(vec![]), Code::Schema, None),
        (
            tnds(vec![leaf("B", ""), both]),
            Code::Schema,
            Some("Node[2]"),
        ),
        (tnds(vec![below]), Code::Schema, Some("Node")),
        (tnds(vec![valued]), Code::Schema, Some("Node")),
        (
            tnds(vec![forbidden]),
            Code::Char,
            Some("Node/RTProperties/Title"),
        ),
        (
            tnds(vec![chain.clone()]),
            Code::Limit,
            Some(["Node"; 253].join("/").as_str()),
        ),
    ] {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let error = document.encode(encoding, false).unwrap_err();
            assert_eq!((error.code(), error.path()), (code, path), "{error}");
        }
    }
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let error = tnds(vec![markup.clone()]).encode(encoding, false);
        assert_eq!(error.unwrap_err().code(), Code::Truncated);
    }
    // One level less can be written, and read again.
    let deepest = tnds(chain.children);
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let body = deepest.encode(encoding, false).unwrap();
        assert_eq!(
            Tnds::decode(&body, encoding, &Limits::DEFAULT),
            Ok(deepest.clone())
        );
    }
}

#[test]
fn limits_hold_at_their_figures() {
    let nested = |depth: usize| tree(&("<Node>".repeat(depth) + &"</Node>".repeat(depth)));
    assert!(read(&nested(255)).is_ok());
    assert_eq!(read(&nested(256)).unwrap_err().exceeded(), Some("depth"));
    let limits = |nodes, text_bytes| Limits {
        nodes,
        text_bytes,
        ..Limits::DEFAULT
    };
    let body = B1_XML.as_bytes();
    let text: u32 = 180;
    for (limits, exceeded) in [
        (limits(12, u32::MAX), None),
        (limits(11, u32::MAX), Some("nodes")),
        (limits(0, u32::MAX), Some("nodes")),
        (limits(12, text), Some("textBytes")),
    ] {
        for (body, encoding) in [(body, Encoding::Xml), (&hex(B1), Encoding::Wbxml)] {
            let error = Tnds::decode(body, encoding, &limits).err();
            assert_eq!(error.and_then(|error| error.exceeded()), exceeded);
        }
    }
    let error = Tnds::decode(body, Encoding::Xml, &limits(11, u32::MAX)).unwrap_err();
    assert_eq!(error.path(), Some("Node/Node[4]/Node/Node[4]"));
}

#[test]
fn millions_of_octets_are_read_where_the_caller_lets_them() {
    let nodes = (0..20_000).map(|n| leaf(&n.to_string(), "some value of some length"));
    let document = tnds(vec![interior("A", nodes.collect())]);
    let body = document.encode(Encoding::Xml, false).unwrap();
    assert!(body.len() > 3_000_000);
    let error = Tnds::decode(&body, Encoding::Xml, &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.exceeded(), Some("bytes"));
    let limits = Limits {
        bytes: 1 << 23,
        text_bytes: 1 << 23,
        ..Limits::DEFAULT
    };
    let read = Tnds::decode(&body, Encoding::Xml, &limits).unwrap();
    assert_eq!(read, document);
    let found = read.resolve("./A", Placement::Target).unwrap();
    assert_eq!(found.nodes.len(), 20_001);
}

/// Reads what can be read, and writes that.
fn visit(body: &[u8], encoding: Encoding) -> bool {
    match Tnds::decode(body, encoding, &Limits::DEFAULT) {
        Ok(tnds) => {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                // What is read can be written, but for nodes below what calls itself a leaf.
                if let Ok(written) = tnds.encode(encoding, false) {
                    assert!(Tnds::decode(&written, encoding, &Limits::UNBOUNDED).is_ok());
                }
            }
            let _ = tnds.resolve("./X", Placement::Target);
            true
        }
        Err(error) => {
            assert!(error.offset().is_some_and(|at| at <= body.len()), "{error}");
            assert!(error.to_string().len() < 400);
            false
        }
    }
}

#[test]
fn w04_x03_a_tree_that_is_cut_off_is_none() {
    for (body, encoding) in [
        (hex(B1), Encoding::Wbxml),
        (hex(V5), Encoding::Wbxml),
        (B1_XML.as_bytes().to_vec(), Encoding::Xml),
        (T3.as_bytes().to_vec(), Encoding::Xml),
    ] {
        assert!(visit(&body, encoding));
        for cut in 0..body.len() {
            assert!(!visit(&body[..cut], encoding), "{cut}");
            visit(&body[cut..], encoding);
        }
    }
}

#[test]
fn a_flipped_bit_is_read_as_it_stands_or_refused() {
    for (body, encoding) in [
        (hex(V5), Encoding::Wbxml),
        (T3.as_bytes().to_vec(), Encoding::Xml),
    ] {
        let mut read = 0;
        for bit in 0..body.len() * 8 {
            let mut damaged = body.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            read += usize::from(visit(&damaged, encoding));
        }
        assert!(read > 0 && read < body.len() * 8, "{read}");
    }
}

/// The same cases in every run; a browser is slower.
fn check<T: std::fmt::Debug>(
    strategy: &BoxedStrategy<T>,
    test: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = Config {
        cases: if cfg!(target_arch = "wasm32") {
            100
        } else {
            400
        },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(strategy, test) {
        panic!("{error}");
    }
}

/// A leaf's Format and value, in the one form in which they are read again.
fn content() -> BoxedStrategy<(Format, Option<Data>)> {
    let text = [
        Format::B64,
        Format::Bool,
        Format::Chr,
        Format::Int,
        Format::Null,
        Format::Xml,
        Format::Date,
        Format::Time,
        Format::Float,
    ];
    let markup = prop_oneof![
        Just("<a/>".to_owned()),
        "<a xmlns=\"u\" b=\"[a-z]{0,3}\"><c>[a-z ]{0,5}</c></a>\n?",
    ];
    prop_oneof![
        (prop::sample::select(text.to_vec()), of(value()))
            .prop_map(|(format, text)| (format, text.map(Data::Text))),
        vec(any::<u8>(), 0..8).prop_map(|octets| (Format::Bin, Some(Data::Octets(octets)))),
        markup.prop_map(|markup| (Format::Xml, Some(Data::Markup(markup)))),
    ]
    .boxed()
}

fn node() -> BoxedStrategy<TndsNode> {
    let properties = || {
        let texts = (of(token()), of(value()), of(token()), of(any::<u16>()));
        (of(token()), of(token()), texts)
    };
    let leaf = (properties(), some_token(), content()).prop_map(
        |((name, path, (acl, title, tstamp, ver_no)), mime, (format, data))| TndsNode {
            name,
            path,
            format: Some(format),
            mime: Some(mime),
            data,
            acl,
            title,
            tstamp,
            ver_no,
            children: vec![],
        },
    );
    leaf.prop_recursive(6, 24, 4, move |inner| {
        (properties(), of(some_token()), vec(inner, 0..4)).prop_map(
            |((name, path, (acl, title, tstamp, ver_no)), mime, children)| TndsNode {
                name,
                path,
                format: Some(Format::Node),
                mime,
                data: None,
                acl,
                title,
                tstamp,
                ver_no,
                children,
            },
        )
    })
    .boxed()
}

#[test]
fn what_is_written_is_read() {
    let documents = (of(token()), of(token()), vec(node(), 1..4))
        .prop_map(|(man, model, nodes)| Tnds { man, model, nodes })
        .boxed();
    check(&documents, |document| {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let body = document.encode(encoding, false).unwrap();
            let (read, form) = Tnds::decode_with_form(&body, encoding, &Limits::UNBOUNDED).unwrap();
            prop_assert_eq!(&read, &document, "{}", String::from_utf8_lossy(&body));
            prop_assert_eq!(read.encode_as(&form).unwrap(), body);
        }
        Ok(())
    });
}

#[test]
fn any_octets_are_read_or_refused() {
    check(&vec(any::<u8>(), 0..200).boxed(), |octets| {
        prop_assert!(Tnds::decode(&octets, Encoding::Xml, &Limits::DEFAULT).is_err());
        let head = hex("0201 6a 00 0002 60");
        let body = [&head[..], &octets].concat();
        let _ = Tnds::decode(&body, Encoding::Wbxml, &Limits::DEFAULT);
        Ok(())
    });
}

#[test]
fn plain_values_have_the_names_of_the_interface() {
    let mut document = decode(T3);
    document.model = Some("M".to_owned());
    let node = &mut document.nodes[0].children[0];
    node.ver_no = Some(7);
    node.path = Some("P".to_owned());
    let expected = serde_json::json!({
        "mod": "M",
        "nodes": [{
            "name": "X", "format": "node", "type": "com.x/1.0/X",
            "children": [{
                "name": "L", "path": "P", "format": "chr", "type": "text/plain", "data": "v", "verNo": 7, "children": [],
            }],
        }],
    });
    assert_eq!(serde_json::to_value(&document).unwrap(), expected);
}

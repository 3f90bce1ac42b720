//! The rules that device descriptions come to, and the nodes that are there from the start.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{
    AccessType, CaseSense, Description, Occurrence, Rule, Scope, StartNode, ValueType, Violation,
};
use omadm::{Code, Data, Format};

use crate::ddf::{at, decode, describe, interior, leaf, occurs};

fn allowed(kind: &str, values: &str) -> String {
    format!("<MSFT:AllowedValues ValueType='{kind}'>{values}</MSFT:AllowedValues>")
}

fn one_of(values: &[&str]) -> String {
    let one = |value: &&str| format!("<MSFT:Enum><MSFT:Value>{value}</MSFT:Value></MSFT:Enum>");
    values.iter().map(one).collect()
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

#[test]
fn every_kind_of_allowed_values() {
    let list = "<MSFT:List Delimiter='\\xF000'/>";
    for (format, kind, values, enforced, good, bad) in [
        ("chr", "None", "".to_owned(), true, &["", "x"][..], &[][..]),
        (
            "chr",
            "ENUM",
            one_of(&["a", "B"]),
            true,
            &["a", "B"],
            &["", "b", "a "],
        ),
        (
            "int",
            "ENUM",
            one_of(&["0", "0x10", "-1"]),
            true,
            &["0", "00", "16", "-1"],
            &["1", "10"],
        ),
        ("bool", "ENUM", one_of(&["1"]), true, &["true"], &["false"]),
        (
            "bool",
            "ENUM",
            one_of(&["true", "False"]),
            true,
            &["true", "false"],
            &[],
        ),
        (
            "int",
            "Flag",
            one_of(&["0x0", "1", "4", "8"]),
            true,
            &["0", "1", "13"],
            &["2", "16", "-1"],
        ),
        ("int", "Flag", one_of(&["x"]), false, &["2"], &[]),
        (
            "int",
            "Range",
            "<MSFT:Value>[-1-999]</MSFT:Value>".to_owned(),
            true,
            &["-1", "0", "999"],
            &["-2", "1000"],
        ),
        (
            "int",
            "Range",
            "<MSFT:Value>[0-1],[5]</MSFT:Value>".to_owned(),
            true,
            &["1", "5"],
            &["2", "6"],
        ),
        (
            "chr",
            "Range",
            "<MSFT:Value>[0-9]</MSFT:Value>".to_owned(),
            true,
            &["9"],
            &["x", "", "10"],
        ),
        (
            "int",
            "Range",
            "<MSFT:Value>small</MSFT:Value>".to_owned(),
            false,
            &["5"],
            &[],
        ),
        (
            "chr",
            "RegEx",
            "<MSFT:Value>^(\\d\\.)?(\\d)$</MSFT:Value>".to_owned(),
            true,
            &["1", "1.2"],
            &["1.", "12"],
        ),
        (
            "chr",
            "RegEx",
            "<MSFT:Value>[a-z]+</MSFT:Value>".to_owned(),
            true,
            &["abc"],
            &["abc1", "1abc", ""],
        ),
        (
            "chr",
            "RegEx",
            "<MSFT:Value>(?=x)</MSFT:Value>".to_owned(),
            false,
            &["y"],
            &[],
        ),
        (
            "chr",
            "JSON",
            "".to_owned(),
            true,
            &["{\"a\":[1]}"],
            &["", "{a:1}"],
        ),
        (
            "chr",
            "XSD",
            "<MSFT:Value><![CDATA[<x/>]]></MSFT:Value>".to_owned(),
            false,
            &["", "x"],
            &[],
        ),
        ("chr", "ADMX", "".to_owned(), false, &["x"], &[]),
        ("chr", "SDDL", "".to_owned(), false, &["x"], &[]),
        (
            "chr",
            "ENUM",
            one_of(&["a", "b"]) + list,
            true,
            &["", "a", "a\u{f000}b", "b\u{f000}"],
            &["a\u{f000}c", "a;b", "a\u{f000}\u{f000}b"],
        ),
        (
            "chr",
            "RegEx",
            "<MSFT:Value>\\d+</MSFT:Value><MSFT:List Delimiter=', '/>".to_owned(),
            true,
            &["1", "1, 22"],
            &["1,2", "1, x"],
        ),
        ("null", "ENUM", one_of(&["a"]), true, &[""], &[]),
        ("node", "ENUM", one_of(&["a"]), true, &["", "x"], &[]),
    ] {
        let description = describe(&leaf("A", format, &allowed(kind, &values)));
        let rule = description.find(&["A"]).unwrap();
        assert_eq!(rule.is_enforced(), enforced, "{kind} {values}");
        for value in good {
            let checked = rule.check(&text(value), rule.formats[0], Some("text/plain"));
            assert_eq!(checked, Ok(()), "{kind} {values} {value}");
        }
        for value in bad {
            let error = rule.check(&text(value), rule.formats[0], None).unwrap_err();
            assert!(
                matches!(error, Violation::NotAllowed(found) if found.name() == kind),
                "{kind} {values} {value}: {error}"
            );
        }
    }
}

#[test]
fn values_have_format_and_type() {
    let description =
        describe(&(leaf("A", "int", "") + &leaf("B", "bin", "") + &interior("C", "", "")));
    let check = |name, value: &Data, format, mime| {
        description
            .find(&[name])
            .unwrap()
            .check(value, format, mime)
    };
    let one = text("1");
    assert_eq!(check("A", &one, Format::Int, None), Ok(()));
    assert_eq!(
        check("A", &one, Format::Int, Some("Text/Plain ; charset=utf-8")),
        Ok(())
    );
    assert_eq!(
        check("A", &one, Format::Int, Some("text/plainer")),
        Err(Violation::Type)
    );
    assert_eq!(check("A", &one, Format::Chr, None), Err(Violation::Format));
    assert_eq!(
        check("A", &text("x"), Format::Int, None),
        Err(Violation::Malformed(Format::Int))
    );
    let octets = Data::Octets(vec![255]);
    assert_eq!(
        check("A", &octets, Format::Int, None),
        Err(Violation::Malformed(Format::Int))
    );
    assert_eq!(check("B", &octets, Format::B64, None), Ok(()));
    assert_eq!(
        check("B", &text("!"), Format::B64, None),
        Err(Violation::Malformed(Format::B64))
    );
    assert_eq!(check("C", &text(""), Format::Node, Some("x/y")), Ok(()));
    assert_eq!(
        check("C", &text(""), Format::Chr, None),
        Err(Violation::Format)
    );
    assert_eq!(
        Violation::Malformed(Format::Int).to_string(),
        "a value that is no int"
    );
}

#[test]
fn rules_are_found_fixed_names_first() {
    let inside = leaf("", "int", &occurs("<ZeroOrMore/>"))
        + &leaf("fixed", "chr", "<DFTitle>F</DFTitle>")
        + &interior("*", "", &leaf("deep", "bool", ""));
    let root = at("./Vendor/MSFT", &interior("Root", "", &inside));
    let description = describe(&root);
    let title = |segments: &[&str]| {
        description
            .find(segments)
            .map(|rule| (rule.placeholder, rule.formats.clone()))
    };
    assert_eq!(
        title(&["Vendor", "MSFT", "Root"]),
        Some((false, vec![Format::Node]))
    );
    assert_eq!(
        title(&["Vendor", "MSFT", "Root", "fixed"]),
        Some((false, vec![Format::Chr]))
    );
    let merged = Some((true, vec![Format::Int, Format::Node]));
    assert_eq!(title(&["Vendor", "MSFT", "Root", "any"]), merged);
    assert_eq!(
        title(&["Vendor", "MSFT", "Root", "any", "deep"]),
        Some((false, vec![Format::Bool]))
    );
    for missing in [
        &["Vendor"][..],
        &[],
        &["vendor", "MSFT", "Root"],
        &["Vendor", "MSFT", "Root", "fixed", "deep"],
        &["Vendor", "MSFT", "Root", "Any", "deep", "er"],
    ] {
        assert_eq!(title(missing), None, "{missing:?}");
    }
    let all: Vec<String> = description.rules().map(|(uri, _)| uri).collect();
    let expected = [
        "./Vendor/MSFT/Root",
        "./Vendor/MSFT/Root/*",
        "./Vendor/MSFT/Root/fixed",
        "./Vendor/MSFT/Root/*/deep",
    ];
    assert_eq!(all, expected);
    assert_eq!(
        description.max_children(&["Vendor", "MSFT", "Root"]),
        None,
        "one of the two has no bound"
    );
    assert_eq!(description.max_children(&["Vendor"]), None);
    assert_eq!(description.max_children(&["Elsewhere"]), None);
}

#[test]
fn case_counts_unless_it_is_said_not_to() {
    let below = leaf("Inner", "chr", "")
        + &interior(
            "Strict",
            "<CaseSense><CS/></CaseSense>",
            &leaf("Leaf", "chr", ""),
        );
    let description = describe(&interior("Outer", "<CaseSense><CIS/></CaseSense>", &below));
    for (path, found) in [
        (&["Outer"][..], true),
        (&["OUTER", "inNER"], true),
        (&["outer", "Strict", "Leaf"], true),
        (&["outer", "strict"], false),
        (&["outer", "Strict", "leaf"], false),
    ] {
        assert_eq!(description.find(path).is_some(), found, "{path:?}");
    }
    let sense = |path: &[&str]| description.find(path).unwrap().case_sense;
    assert_eq!(sense(&["outer", "inner"]), CaseSense::Cis);
    assert_eq!(sense(&["outer", "Strict", "Leaf"]), CaseSense::Cs);
    let description = describe(&(leaf("a", "chr", "") + &leaf("A", "int", "")));
    assert_eq!(description.find(&["A"]).unwrap().formats, [Format::Int]);
}

#[test]
fn descriptions_merge() {
    let one = at(
        "./V",
        &interior(
            "N",
            "<DFTitle>one</DFTitle>",
            &leaf("A", "int", &allowed("ENUM", &one_of(&["1"]))),
        ),
    );
    let two = at(
        "V",
        &interior(
            "N",
            "<DFTitle>two</DFTitle><Scope><Permanent/></Scope>",
            &(leaf(
                "A",
                "int",
                &(occurs("<ZeroOrN>3</ZeroOrN>") + &allowed("ENUM", &one_of(&["2"]))),
            )
            .replace("<Get/>", "<Replace/>")
                + &leaf("A", "bool", "").replace("text/plain", "x/y")
                + &leaf("B", "chr", "")),
        ),
    );
    let elsewhere = at(".", &interior("W", "", ""));
    let ddfs = [decode(&one), decode(&two), decode(&elsewhere)];
    let description = Description::of(&ddfs).unwrap();
    let find = |path: &[&str]| description.find(path).unwrap();
    let root: &Rule = find(&["V", "N"]);
    assert_eq!(
        (root.title.as_deref(), root.scope),
        (Some("one"), Scope::Permanent)
    );
    let merged = find(&["V", "N", "A"]);
    assert_eq!(merged.formats, [Format::Int, Format::Bool]);
    assert_eq!(merged.mimes(), ["text/plain", "x/y"]);
    assert_eq!(merged.occurrence, Occurrence::ZeroOrN(3));
    let access: Vec<AccessType> = merged.access_types().iter().collect();
    assert_eq!(access, [AccessType::Get, AccessType::Replace]);
    assert!(merged.access(AccessType::Get) && !merged.access(AccessType::Add));
    for value in ["1", "2"] {
        assert_eq!(merged.check(&text(value), Format::Int, None), Ok(()));
    }
    let refused = merged.check(&text("3"), Format::Int, None);
    assert_eq!(refused, Err(Violation::NotAllowed(ValueType::Enum)));
    assert_eq!(
        merged.check(&text("true"), Format::Bool, Some("x/y")),
        Ok(())
    );
    find(&["V", "N", "B"]);
    find(&["W"]);
    assert_eq!(description.rules().count(), 4);
}

#[test]
fn a_path_must_be_a_uri() {
    for (path, root) in [
        (".", "./A"),
        ("./", "./A"),
        ("./B/C/", "./B/C/A"),
        ("B", "./B/A"),
        ("./B/*", "./B/*/A"),
    ] {
        let description = describe(&at(path, &leaf("A", "chr", "")));
        let uris: Vec<String> = description.rules().map(|(uri, _)| uri).collect();
        assert_eq!(uris, [root], "{path}");
    }
    for path in ["/", "/A", "A//B", "../A", "./A/./B", ""] {
        let ddf = decode(&at(path, &leaf("A", "chr", "")));
        assert_eq!(
            Description::of(&[ddf]).unwrap_err().code(),
            Code::Schema,
            "{path}"
        );
    }
    for name in [".", ".."] {
        let ddf = decode(&interior("A", "", &leaf(name, "chr", "")));
        let error = Description::of(&[ddf]).unwrap_err();
        assert_eq!(
            (error.code(), error.path()),
            (Code::Schema, Some("./A")),
            "{name}"
        );
    }
    let whole = describe(&interior(".", "", &leaf("A", "chr", "")));
    let uris: Vec<String> = whole.rules().map(|(uri, _)| uri).collect();
    assert_eq!(uris, [".", "./A"]);
    assert!(whole.find(&[]).is_some());
}

#[test]
fn what_is_there_from_the_start() {
    let default = |value: &str| format!("<DefaultValue>{value}</DefaultValue>");
    let formats = [
        "b64", "bin", "bool", "chr", "int", "null", "xml", "date", "time", "float",
    ];
    let neutral: String = formats
        .iter()
        .map(|format| leaf(format, format, ""))
        .collect();
    let inside = neutral
        + &leaf("d1", "chr", &default(" x "))
        + &leaf("d2", "bool", &default("1"))
        + &leaf("d3", "int", &default("many"))
        + &leaf("d4", "bin", &default("x"))
        + &leaf("d5", "int", &default("7")).replace("<MIME>text/plain</MIME>", "<MIME/>")
        + &leaf("d6", "chr", &default("x"))
            .replace("</DFProperties>", "</DFProperties><Value>y</Value>")
        + &leaf("", "chr", "")
        + &leaf("no1", "chr", &occurs("<ZeroOrOne/>"))
        + &leaf("yes", "chr", &occurs("<OneOrN>2</OneOrN>"))
        + &interior("no2", &occurs("<ZeroOrMore/>"), &leaf("no3", "chr", ""));
    let root = interior("R", "", &inside).replacen("<DDFName/>", "<DDFName>urn:x</DDFName>", 1);
    let found = describe(&at("./V", &root)).instantiate();
    let start = |uri: &str, format, value: Option<Data>| StartNode {
        uri: uri.to_owned(),
        format,
        mime: if value.is_some() { "text/plain" } else { "" }.to_owned(),
        value,
    };
    let leaf = |name: &str, format, value: &str| {
        start(&format!("./V/R/{name}"), format, Some(text(value)))
    };
    let octets = |name: &str, format, octets: &[u8]| {
        start(
            &format!("./V/R/{name}"),
            format,
            Some(Data::Octets(octets.to_vec())),
        )
    };
    let expected = [
        start("./V", Format::Node, None),
        StartNode {
            mime: "urn:x".to_owned(),
            ..start("./V/R", Format::Node, None)
        },
        octets("b64", Format::B64, b""),
        octets("bin", Format::Bin, b""),
        leaf("bool", Format::Bool, "false"),
        leaf("chr", Format::Chr, ""),
        leaf("int", Format::Int, "0"),
        leaf("null", Format::Null, ""),
        leaf("xml", Format::Xml, ""),
        leaf("date", Format::Date, "1970-01-01"),
        leaf("time", Format::Time, "00:00:00"),
        leaf("float", Format::Float, "0"),
        leaf("d1", Format::Chr, " x "),
        leaf("d2", Format::Bool, "true"),
        leaf("d3", Format::Int, "0"),
        octets("d4", Format::Bin, b"x"),
        leaf("d5", Format::Int, "7"),
        leaf("d6", Format::Chr, "y"),
        leaf("yes", Format::Chr, ""),
    ];
    assert_eq!(found, expected);
}

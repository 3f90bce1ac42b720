//! Device descriptions: what is read and what is refused. The texts are made up here.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{
    AdmxBacked, AllowedValue, AllowedValues, Applicability, ConflictResolution, Ddf, DdfNode,
    Dependency, DependencyGroup, DependencyKind, Deprecated, Description, DfType,
    DynamicNodeNaming, Extension, GpMapping, Microsoft, Occurrence, RebootBehavior,
    ReplaceBehavior, Scope, ValueType,
};
use omadm::{Code, Format, Limits};

const MS: &str = "xmlns:MSFT='http://schemas.microsoft.com/MobileDevice/DM'";
const LEAF: &str = "<AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/plain</MIME></DFType>";
const INTERIOR: &str =
    "<AccessType><Get/></AccessType><DFFormat><node/></DFFormat><DFType><DDFName/></DFType>";

pub(crate) fn document(inside: &str) -> String {
    format!("<MgmtTree {MS}><VerDTD>1.2</VerDTD>{inside}</MgmtTree>")
}

pub(crate) fn node(name: &str, properties: &str, inside: &str) -> String {
    format!(
        "<Node><NodeName>{name}</NodeName><DFProperties>{properties}</DFProperties>{inside}</Node>"
    )
}

pub(crate) fn leaf(name: &str, format: &str, more: &str) -> String {
    let properties = LEAF.replace("chr", format);
    node(name, &format!("{properties}{more}"), "")
}

pub(crate) fn interior(name: &str, more: &str, inside: &str) -> String {
    node(name, &format!("{INTERIOR}{more}"), inside)
}

pub(crate) fn at(path: &str, node: &str) -> String {
    node.replacen("<DFP", &format!("<Path>{path}</Path><DFP"), 1)
}

pub(crate) fn occurs(occurrence: &str) -> String {
    format!("<Occurrence>{occurrence}</Occurrence>")
}

pub(crate) fn decode(inside: &str) -> Ddf {
    let text = document(inside);
    Ddf::decode(text.as_bytes(), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn describe(inside: &str) -> Description {
    Description::of(&[decode(inside)]).unwrap()
}

fn only(inside: &str) -> DdfNode {
    decode(inside).nodes.remove(0)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn every_element_of_the_framework() {
    let body = "\u{feff}<?xml version='1.0'?><!DOCTYPE MgmtTree PUBLIC '-//OMA//DTD-DM-DDF 1.2//EN' 'x' [<?oma-dm-ddf-ver \
        supported-versions='1.2'?>]><MgmtTree xmlns='syncml:dmddf1.2' xmlns:o='urn:other'><VerDTD> 1.2 </VerDTD><Man>Acme</Man>\
        <Mod>One</Mod><o:x>skipped<y/></o:x><Node><NodeName>A</NodeName><Path>./B</Path>\
        <RTProperties><ACL>Get=*</ACL><Format><chr/></Format><Name/><Size/><Title>t</Title><TStamp/><Type><MIME>text/plain</MIME></Type>\
        <VerNo/></RTProperties><DFProperties><AccessType><Replace/><Add/><Copy/><Delete/><Exec/><Get/></AccessType>\
        <DefaultValue> d </DefaultValue><Description>\n <![CDATA[says <it>]]> \n</Description><DFFormat><chr/></DFFormat>\
        <Occurrence><ZeroOrN>2</ZeroOrN></Occurrence><Scope><Permanent/></Scope><DFTitle>Title</DFTitle>\
        <DFType><MIME>text/plain</MIME><MIME/><MIME>text/html</MIME></DFType><CaseSense><CIS/></CaseSense></DFProperties>\
        <Value> v </Value></Node></MgmtTree>";
    let ddf = Ddf::decode(body.as_bytes(), &Limits::DEFAULT).unwrap();
    let json = serde_json::to_value(&ddf).unwrap();
    let expected = serde_json::json!({
        "verDtd": "1.2", "man": "Acme", "mod": "One",
        "nodes": [{
            "name": "A", "path": "./B",
            "rtProperties": {
                "acl": "Get=*", "format": "chr", "name": "", "size": "", "title": "t", "tStamp": "", "verNo": "",
                "type": { "mime": ["text/plain"] }
            },
            "properties": {
                "access": ["add", "copy", "delete", "exec", "get", "replace"],
                "defaultValue": " d ", "description": "says <it>", "format": "chr", "occurrence": { "zeroOrN": 2 },
                "scope": "permanent", "title": "Title", "type": { "mime": ["text/plain", "text/html"] }, "caseSense": "cis"
            },
            "value": " v "
        }]
    });
    assert_eq!(json, expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    for name in ["", "*", " \n"] {
        let node = only(&leaf(name, "int", ""));
        assert_eq!(node.name, None, "{name}");
        assert_eq!(node.path, None);
        assert_eq!(node.properties.occurrence, Occurrence::One);
        assert_eq!(node.properties.scope, Scope::Dynamic);
        assert_eq!(node.properties.case_sense, None);
        assert_eq!(node.properties.microsoft, None);
        assert_eq!(node.properties.format, Format::Int);
    }
    let root = only(&interior("A", "", ""));
    assert_eq!(root.properties.df_type, DfType::DdfName(String::new()));
    let json = serde_json::to_value(root).unwrap();
    let expected = serde_json::json!({ "name": "A", "properties": {
        "access": ["get"], "format": "node", "occurrence": "one", "scope": "dynamic", "type": { "ddfName": "" }
    } });
    assert_eq!(json, expected);
}

#[test]
fn every_format() {
    for name in [
        "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float",
    ] {
        let format = only(&leaf("A", name, "")).properties.format;
        assert_eq!(format.name(), name);
    }
}

#[test]
fn every_occurrence() {
    for (written, read, min, max) in [
        ("<One/>", Occurrence::One, 1, Some(1)),
        ("<ZeroOrOne/>", Occurrence::ZeroOrOne, 0, Some(1)),
        ("<ZeroOrMore/>", Occurrence::ZeroOrMore, 0, None),
        ("<OneOrMore/>", Occurrence::OneOrMore, 1, None),
        ("<ZeroOrN> 2 </ZeroOrN>", Occurrence::ZeroOrN(2), 0, Some(2)),
        (
            "<OneOrN>65536</OneOrN>",
            Occurrence::OneOrN(65_536),
            1,
            Some(65_536),
        ),
    ] {
        let occurrence = only(&leaf("A", "chr", &occurs(written)))
            .properties
            .occurrence;
        assert_eq!(occurrence, read);
        assert_eq!((read.min(), read.max()), (min, max));
        let inside = format!(
            "{}{}",
            leaf("", "chr", &occurs(written)),
            leaf("B", "chr", "")
        );
        let description = describe(&interior("A", "", &inside));
        assert_eq!(description.max_children(&["A"]), max, "{written}");
        assert_eq!(description.max_children(&["A", "B"]), Some(0));
        assert_eq!(description.max_children(&[]), None);
    }
    for bad in ["1", "0", "65537", "-2", "+2", "x", "", "99999999999"] {
        let body = document(&leaf(
            "A",
            "chr",
            &occurs(&format!("<OneOrN>{bad}</OneOrN>")),
        ));
        let error = Ddf::decode(body.as_bytes(), &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), Code::Number, "{bad}");
        assert_eq!(error.path(), Some("Node/DFProperties/Occurrence/OneOrN"));
        assert_eq!(error.offset(), body.find("<OneOrN"));
    }
}

#[test]
fn what_breaks_the_grammar_is_refused_with_its_place() {
    let good = document(&interior("A", "", &leaf("B", "chr", "")));
    assert!(Ddf::decode(good.as_bytes(), &Limits::DEFAULT).is_ok());
    let below = "Node/Node/DFProperties";
    for (from, to, path, place) in [
        ("<VerDTD>1.2</VerDTD>", "", None, "<MgmtTree"),
        (
            "<NodeName>B</NodeName>",
            "",
            Some("Node/Node"),
            "<Node><DFP",
        ),
        (
            "<NodeName>B",
            "<NodeName>B/C",
            Some("Node/Node/NodeName"),
            "<NodeName>B/C",
        ),
        (
            "<NodeName>B",
            "<NodeName>B<One/>",
            Some("Node/Node/NodeName/One"),
            "<One/>",
        ),
        (
            "<NodeName>B",
            "<NodeName>C</NodeName><NodeName>B",
            Some("Node/Node/NodeName[2]"),
            "<NodeName>B",
        ),
        (
            "<NodeName>B",
            "text<NodeName>B",
            Some("Node/Node"),
            "<Node>text",
        ),
        ("</VerDTD>", "</VerDTD><Foo/>", Some("Foo"), "<Foo/>"),
        (
            "<DFFormat><chr/></DFFormat>",
            "",
            Some(below),
            "<DFProperties><AccessType><Get/></AccessType><DFType><MIME",
        ),
        (
            "<chr/>",
            "",
            Some("Node/Node/DFProperties/DFFormat"),
            "<DFFormat></",
        ),
        (
            "<chr/>",
            "<chr/><int/>",
            Some("Node/Node/DFProperties/DFFormat/int"),
            "<int/>",
        ),
        (
            "<chr/>",
            "<char/>",
            Some("Node/Node/DFProperties/DFFormat/char"),
            "<char/>",
        ),
        (
            "<chr/>",
            "<chr>x</chr>",
            Some("Node/Node/DFProperties/DFFormat/chr"),
            "<chr>x",
        ),
        (
            "<chr/>",
            "<chr><One/></chr>",
            Some("Node/Node/DFProperties/DFFormat/chr"),
            "<chr><",
        ),
        (
            "<MIME>",
            "<DDFName/><MIME>",
            Some("Node/Node/DFProperties/DFType/MIME"),
            "<MIME>",
        ),
        (
            "<MIME>text/plain</MIME>",
            "",
            Some("Node/Node/DFProperties/DFType"),
            "<DFType></",
        ),
        (
            "<MIME>text/plain</MIME>",
            "<Type/>",
            Some("Node/Node/DFProperties/DFType/Type"),
            "<Type/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "</DFProperties></Node><Value/></Node>",
            Some("Node/Node"),
            "<Node><NodeName>B",
        ),
        (
            "</DFProperties></Node></Node>",
            "<Scope><Fixed/></Scope></DFProperties></Node></Node>",
            Some("Node/Node/DFProperties/Scope/Fixed"),
            "<Fixed/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "<CaseSense/></DFProperties></Node></Node>",
            Some("Node/Node/DFProperties/CaseSense"),
            "<CaseSense/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "<CaseSense><Cs/></CaseSense></DFProperties></Node></Node>",
            Some("Node/Node/DFProperties/CaseSense/Cs"),
            "<Cs/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "<Occurrence><Two/></Occurrence></DFProperties></Node></Node>",
            Some("Node/Node/DFProperties/Occurrence/Two"),
            "<Two/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "<RWAccess/></DFProperties></Node></Node>",
            Some("Node/Node/DFProperties/RWAccess"),
            "<RWAccess/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "</DFProperties><RTProperties/></Node></Node>",
            Some("Node/Node/RTProperties"),
            "<RTProperties/>",
        ),
        (
            "</DFProperties></Node></Node>",
            "</DFProperties><DFProperties/></Node></Node>",
            Some("Node/Node/DFProperties[2]"),
            "<DFProperties/>",
        ),
    ] {
        let (before, after) = good.rsplit_once(from).unwrap();
        let body = format!("{before}{to}{after}");
        let error = Ddf::decode(body.as_bytes(), &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), Code::Schema, "{body}");
        assert_eq!(error.path(), path, "{body}");
        assert_eq!(error.offset(), body.rfind(place), "{body}");
    }
    let access = good.replacen("<Get/>", "<Get/><Get/>", 1);
    let error = Ddf::decode(access.as_bytes(), &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.path(), Some("Node/DFProperties/AccessType/Get[2]"));
    for (body, code) in [
        ("<SyncML/>", Code::Schema),
        ("<MgmtTree xmlns='urn:x'/>", Code::Schema),
        ("<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>", Code::Schema),
        (
            "<MgmtTree><VerDTD>2.0</VerDTD><Node/></MgmtTree>",
            Code::Version,
        ),
        (
            "<!DOCTYPE MgmtTree [<!ENTITY a 'b'>]><MgmtTree/>",
            Code::Dtd,
        ),
        ("<MgmtTree><VerDTD>1.2</VerDTD>", Code::Truncated),
    ] {
        let error = Ddf::decode(body.as_bytes(), &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), code, "{body}");
    }
}

#[test]
fn limits_hold() {
    let two = document(&interior("A", "", &leaf("B", "chr", "")));
    for (nodes, ok) in [(1, false), (2, true)] {
        let limits = Limits {
            nodes,
            ..Limits::DEFAULT
        };
        let decoded = Ddf::decode(two.as_bytes(), &limits);
        let exceeded = decoded.as_ref().err().and_then(|error| error.exceeded());
        assert_eq!((decoded.is_ok(), exceeded), (ok, (!ok).then_some("nodes")));
    }
    let deep = |depth| {
        let inside = (1..depth).fold(leaf("A", "chr", ""), |inside, _| interior("A", "", &inside));
        document(&inside)
    };
    let limits = Limits {
        depth: 256,
        ..Limits::DEFAULT
    };
    let ddf = Ddf::decode(deep(250).as_bytes(), &limits).unwrap();
    assert_eq!(ddf.clone(), ddf);
    assert_eq!(
        Description::of(&[ddf]).unwrap_err().code(),
        Code::Schema,
        "no URI has 250 segments"
    );
    assert_eq!(
        Ddf::decode(deep(260).as_bytes(), &limits)
            .unwrap_err()
            .code(),
        Code::Limit
    );
    let ddf = Ddf::decode(deep(64).as_bytes(), &limits).unwrap();
    assert_eq!(Description::of(&[ddf]).unwrap().rules().count(), 64);
    let long = [decode(&leaf(&"x".repeat(1024), "chr", ""))];
    assert_eq!(Description::of(&long).unwrap_err().code(), Code::Schema);
}

#[test]
fn every_extension() {
    let extensions = "<MSFT:Applicability><MSFT:OsBuildVersion>10.0.1</MSFT:OsBuildVersion><MSFT:CspVersion>1.0</MSFT:CspVersion>\
        <MSFT:EditionAllowList>0x4; 0x88*;</MSFT:EditionAllowList><MSFT:RequiresAzureAd/></MSFT:Applicability>\
        <MSFT:DynamicNodeNaming><MSFT:UniqueName>[a-z]+</MSFT:UniqueName></MSFT:DynamicNodeNaming>\
        <MSFT:AllowedValues ValueType='ADMX'><MSFT:AdmxBacked Area='a' Name='b' File='c.admx'/></MSFT:AllowedValues>\
        <MSFT:ReplaceBehavior><MSFT:Append/></MSFT:ReplaceBehavior><MSFT:RebootBehavior>Automatic</MSFT:RebootBehavior>\
        <MSFT:GpMapping GpEnglishName='n' GpAreaPath='p' GpElement='e'/>\
        <MSFT:CommonErrorResults><MSFT:CommonErrorOne>x</MSFT:CommonErrorOne><MSFT:CommonErrorTwo>y</MSFT:CommonErrorTwo>\
        </MSFT:CommonErrorResults><MSFT:Deprecated OsBuildDeprecated='10.0.2'/><MSFT:DependencyBehavior>\
        <MSFT:DependencyGroup FriendlyId='g'><MSFT:DependencyChangedAllowedValues ValueType='Range'><MSFT:Value>[1-2]</MSFT:Value>\
        </MSFT:DependencyChangedAllowedValues><MSFT:Dependency Type='Not'><MSFT:DependencyUri>A/[B]</MSFT:DependencyUri>\
        <MSFT:DependencyAllowedValue ValueType='ENUM'><MSFT:Enum><MSFT:Value>1</MSFT:Value><MSFT:ValueDescription>on\
        </MSFT:ValueDescription></MSFT:Enum></MSFT:DependencyAllowedValue></MSFT:Dependency></MSFT:DependencyGroup>\
        </MSFT:DependencyBehavior><MSFT:ConflictResolution>LastWrite</MSFT:ConflictResolution><MSFT:AtomicRequired/>\
        <MSFT:RWAccess>3</MSFT:RWAccess><MSFT:MaxLength> 255 </MSFT:MaxLength>\
        <MSFT:RebootBehavior>Never</MSFT:RebootBehavior><MSFT:AllowedValues ValueType='New'>z</MSFT:AllowedValues>";
    let values = |value_type, value: &str, description: Option<&str>| AllowedValues {
        value_type,
        values: vec![AllowedValue {
            value: value.to_owned(),
            description: description.map(str::to_owned),
        }],
        admx_backed: None,
        delimiter: None,
    };
    let other = |name: &str, text: &str| Extension {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let expected = Microsoft {
        applicability: Some(Applicability {
            os_build_version: some("10.0.1"),
            csp_version: some("1.0"),
            edition_allow_list: vec!["0x4".to_owned(), "0x88*".to_owned()],
            requires_azure_ad: true,
        }),
        dynamic_node_naming: Some(DynamicNodeNaming::UniqueName("[a-z]+".to_owned())),
        allowed_values: Some(AllowedValues {
            value_type: ValueType::Admx,
            values: Vec::new(),
            admx_backed: Some(AdmxBacked {
                area: "a".to_owned(),
                name: "b".to_owned(),
                file: "c.admx".to_owned(),
            }),
            delimiter: None,
        }),
        replace_behavior: Some(ReplaceBehavior::Append),
        reboot_behavior: Some(RebootBehavior::Automatic),
        gp_mapping: Some(GpMapping {
            english_name: "n".to_owned(),
            area_path: "p".to_owned(),
            element: some("e"),
        }),
        common_error_results: vec!["x".to_owned(), "y".to_owned()],
        deprecated: Some(Deprecated {
            os_build: some("10.0.2"),
        }),
        dependency_behavior: vec![DependencyGroup {
            friendly_id: "g".to_owned(),
            changed_allowed_values: Some(values(ValueType::Range, "[1-2]", None)),
            dependencies: vec![Dependency {
                kind: DependencyKind::Not,
                uri: "A/[B]".to_owned(),
                allowed_value: Some(values(ValueType::Enum, "1", Some("on"))),
            }],
        }],
        conflict_resolution: Some(ConflictResolution::LastWrite),
        atomic_required: true,
        others: vec![
            other("RWAccess", "3"),
            other("MaxLength", "255"),
            other("RebootBehavior", "Never"),
            other("AllowedValues", "z"),
        ],
    };
    let body = document(&leaf("A", "chr", extensions));
    for body in [body.clone(), body.replace("'http:", "'https:")] {
        let ddf = Ddf::decode(body.as_bytes(), &Limits::DEFAULT).unwrap();
        let microsoft = ddf.nodes[0].properties.microsoft.as_deref();
        assert_eq!(microsoft, Some(&expected));
    }
    let json = serde_json::to_value(&expected).unwrap();
    assert_eq!(json["allowedValues"]["valueType"], "ADMX");
    assert_eq!(json["dynamicNodeNaming"]["uniqueName"], "[a-z]+");
    assert_eq!(
        json["dependencyBehavior"][0]["dependencies"][0]["type"],
        "not"
    );
    let foreign = body.replace("schemas.microsoft.com", "example.com");
    let ddf = Ddf::decode(foreign.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(
        ddf.nodes[0].properties.microsoft, None,
        "elements of others are skipped"
    );
}

//! Work on descriptions grows no faster than they do, counted in steps: reading, compiling, listing, instantiating, finding.

use super::{Ddf, Description};
use crate::limits::Limits;
use crate::steps::count;
use crate::syncml::{Data, Format};

/// A family of inputs: how it is called, and what its member of about so many octets has between VerDTD and the end.
type Family = (&'static str, fn(usize) -> String);

const LEAF: &str =
    "<AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME/></DFType>";

fn node(name: &str, more: &str, inside: &str) -> String {
    format!(
        "<Node><NodeName>{name}</NodeName><DFProperties>{LEAF}{more}</DFProperties>{inside}</Node>"
    )
}

fn many(size: usize, one: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    let mut index = 0;
    while out.len() < size {
        out += &one(index);
        index += 1;
    }
    out
}

fn allowed(kind: &str, values: &str) -> String {
    node(
        "a",
        &format!("<m:AllowedValues ValueType='{kind}'>{values}</m:AllowedValues>"),
        "",
    )
}

const FAMILIES: [Family; 14] = [
    ("nodes side by side", |size| {
        many(size, |index| node(&format!("n{index}"), "", ""))
    }),
    ("the same node", |size| many(size, |_| node("a", "", ""))),
    ("placeholders", |size| many(size, |_| node("", "", ""))),
    ("nodes below a long name", |size| {
        let inside = many(size, |index| node(&format!("n{index}"), "", ""));
        node(&"x".repeat(900), "", &inside)
    }),
    ("nesting", |size| {
        many(size, |index| {
            (0..50).fold(node("leaf", "", ""), |inside, _| {
                node(&format!("n{index}"), "", &inside)
            })
        })
    }),
    ("long paths", |size| {
        let path = "a/".repeat(50);
        many(size, |index| {
            node(&format!("n{index}"), "", "")
                .replace("<DFP", &format!("<Path>./{path}{index}</Path><DFP"))
        })
    }),
    ("names in which case does not count", |size| {
        let inside = many(size, |index| node(&format!("N{index}"), "", ""));
        node("a", "<CaseSense><CIS/></CaseSense>", &inside)
    }),
    ("a long text", |size| {
        let text = "x ".repeat(size / 2);
        node("a", &format!("<Description>{text}</Description>"), "")
    }),
    ("defaults", |size| {
        many(size, |index| {
            let value = "x".repeat(200);
            let default = format!("<DefaultValue>{value}</DefaultValue>");
            node(&format!("n{index}"), &default, "")
        })
    }),
    ("enumerated values", |size| {
        let values = many(size, |index| {
            format!("<m:Enum><m:Value>{index}</m:Value></m:Enum>")
        });
        allowed("ENUM", &values)
    }),
    ("ranges", |size| {
        let ranges = many(size, |index| format!("[{}-{}],", 3 * index, 3 * index + 1));
        allowed("Range", &format!("<m:Value>{ranges}</m:Value>"))
    }),
    ("patterns", |size| {
        many(size, |_| allowed("RegEx", "<m:Value>\\d{1,2000}</m:Value>"))
    }),
    ("types", |size| {
        let mimes = many(size, |index| format!("<MIME>x/{index}</MIME>"));
        node("a", "", "").replace("<MIME/>", &mimes)
    }),
    ("elements of others", |size| {
        let elements = many(size, |_| "<m:a>x</m:a><o:b><o:c/></o:b>".to_owned());
        node("a", &elements, "")
    }),
];

fn document(inside: &str) -> String {
    format!(
        "<MgmtTree xmlns:m='http://schemas.microsoft.com/MobileDevice/DM' xmlns:o='urn:o'><VerDTD>1.2</VerDTD>{inside}</MgmtTree>"
    )
}

fn limits() -> Limits {
    Limits {
        bytes: 8 << 20,
        text_bytes: 8 << 20,
        ..Limits::UNBOUNDED
    }
}

fn work(body: &str) -> usize {
    count(|| {
        let ddf = Ddf::decode(body.as_bytes(), &limits()).unwrap();
        let description = Description::of(&[ddf]).unwrap();
        let rules = description.rules().count();
        assert!(rules > 0);
        let value = Data::Text("1".to_owned());
        for (_, rule) in description.rules() {
            let _ = rule.check(&value, Format::Chr, Some("text/plain"));
        }
        description.find(&["a", "n1"]);
        description.instantiate()
    })
}

/// Steps for each octet of two members of a family, of about these sizes.
fn steps((name, family): &Family, sizes: [usize; 2]) {
    let [small, large] = sizes.map(|size| {
        let body = document(&family(size));
        work(&body) as f64 / body.len() as f64
    });
    assert!(
        large <= 1.3 * small,
        "{name}: {small} {large} steps an octet"
    );
    assert!(
        (1.0..=40.0).contains(&large),
        "{name}: {large} steps an octet"
    );
}

#[test]
fn work_is_linear() {
    for family in &FAMILIES {
        steps(family, [1 << 16, 1 << 19]);
    }
}

#[test]
fn work_on_4_megabytes_is_linear() {
    steps(&FAMILIES[0], [1 << 18, 1 << 22]);
}

//! ClientURI as a text.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::StatusCode;
use omadm::dm2::{ClientUri, Condition, Step};

const M: &str = "urn:oma:mo:ext-acme-pump:1.0";

fn name(text: &str) -> Step {
    Step::Name(text.to_owned())
}

#[test]
fn what_a_client_uri_says() {
    let uri = ClientUri::parse(&format!(
        "{M}/(x)/Run/*/n%2Fo?nv=(x)/A/B%3A:a:b%26&nv=(x)/C:&cv=5f.12"
    ))
    .unwrap();
    let condition = |path: &[&str], value: &str| Condition {
        letter: 'x',
        path: path.iter().map(|name| name.to_string()).collect(),
        value: value.to_owned(),
    };
    let expected = ClientUri {
        moid: M.to_owned(),
        instance: Some(Step::Any('x')),
        path: vec![name("Run"), Step::All, name("n/o")],
        conditions: vec![condition(&["A", "B:"], "a:b&"), condition(&["C"], "")],
        cv: Some("5f.12".to_owned()),
    };
    assert_eq!(uri, expected);
    assert_eq!(
        uri.to_string(),
        format!("{M}/(x)/Run/*/n%2Fo?nv=(x)/A/B%3A:a:b%26&nv=(x)/C:&cv=5f.12")
    );
}

#[test]
fn spellings_of_one_address() {
    let of = |text: &str| ClientUri::parse(&format!("{M}{text}")).unwrap();
    assert_eq!(of("/north"), of("/north/"));
    assert_eq!(of("/north/Run"), of("/n%6Frth/Run/"));
    assert_eq!(of("//").instance, None);
    assert!(of("//").is_root() && of("/*/").is_root() && !of("//Man").is_root());
    for text in [
        "//",
        "/north/",
        "//Man",
        "/*/Run/(r)/Hours?nv=(r)/State:hot",
        "/a%28x%29/%2A%25%3F%23%26",
        "/é/ /日本",
    ] {
        let uri = of(text);
        assert_eq!(
            ClientUri::parse(&uri.to_string()),
            Ok(uri.clone()),
            "{text}"
        );
    }
    // An identifier of the old form.
    let old = ClientUri::parse("com.acme%2F1.0%2Fpump/north/A").unwrap();
    assert_eq!(
        (&*old.moid, old.to_string()),
        (
            "com.acme/1.0/pump",
            "com.acme%2F1.0%2Fpump/north/A".to_owned()
        )
    );
    let known = ["com.acme/1.0", "com.acme/1.0/pump", "com.acme"];
    assert_eq!(
        ClientUri::parse_known("com.acme/1.0/pump/north/A", known),
        Ok(old)
    );
    assert_eq!(
        ClientUri::parse("com.acme/1.0/pump").unwrap().moid,
        "com.acme"
    );
}

#[test]
fn j17_malformed_addresses() {
    for text in [
        "",
        "/",
        "//",
        "../..",
        "%2e%2e",
        "%2e%2e/x",
        "?prop=ACL",
        "M",
        "M/",
        "M?cv=1",
        "M/?cv=1",
        "M/../north",
        "M/./",
        "M/%2e%2e/x",
        "M/north/../south",
        "M//..",
        "M/north//Mode",
        "M/north//",
        "M///",
        "M/(xy)/Mode",
        "M/(1)/Mode",
        "M/()/",
        "M/(x)/Mode",
        "M/a*/",
        "M/a(b)/",
        "M/a#b/",
        "M/a&b/",
        "M/%/",
        "M/%2/",
        "M/%zz/",
        "M/%ff/",
        "M/%00/",
        "M/a\n/",
        "M/north/?",
        "M/north/?depth=1",
        "M/north/?prop=ACL",
        "M/north/?cv=",
        "M/north/?cv=1&cv=1",
        "M/north/?cv=1&",
        "M/*/Mode?cv=r7",
        "M/north/Mode?nv=(z)/Serial:P-100",
        "M/(x)/(x)?nv=(x)/A:1",
        "M/(x)/?nv=(x)/A",
        "M/(x)/?nv=(x):1",
        "M/(x)/?nv=(x)/:1",
        "M/(x)/?nv=x/A:1",
        "M/(x)/?nv=(x)/*:1",
        "M/(x)/?nv=(x)/(y):1",
        "M/(x)/?nv=(x)/../A:1",
        "M/(x)/?nv=(x)/A:%",
        "M/(x)/?nv=(x)/A:1#2",
        "M/(x)/?NV=(x)/A:1",
        "https://a.example/x",
        "http://a//b",
    ] {
        assert_eq!(
            ClientUri::parse(text),
            Err(StatusCode::BAD_REQUEST),
            "{text}"
        );
    }
    let long = |count: usize| format!("M/north/{}", vec!["a"; count].join("/"));
    assert!(ClientUri::parse(&long(64)).is_ok());
    for long in [long(65), format!("M/{}/", "a".repeat(5000))] {
        assert_eq!(ClientUri::parse(&long), Err(StatusCode::BAD_REQUEST));
    }
    // One letter of two cases is two letters.
    assert!(ClientUri::parse("M/(x)/(X)?nv=(x)/A:1&nv=(X)/B:2").is_ok());
}

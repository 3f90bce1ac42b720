//! Media types and headers.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{Accept, Dialect, Headers, MediaType, Package};
use omadm::{Code, Fault};

use super::vectors::{VECTORS, text};
use super::{decode, device};

#[test]
fn media_types() {
    for kind in MediaType::ALL {
        let of = |text: String| {
            MediaType::of_content_type(&text).map_err(|error| (error.code(), error.http()))
        };
        assert_eq!(of(kind.name().to_owned()), Ok(Some(kind)));
        assert_eq!(
            of(format!(
                " {} ; x=y; Charset=\"UTF-8\"",
                kind.name().to_uppercase()
            )),
            Ok(Some(kind))
        );
        assert_eq!(
            of(format!("{}; charset=iso-8859-1", kind.name())),
            Err((Code::Charset, Some(415)))
        );
        assert_eq!(of(format!("{}x", kind.name())), Ok(None));
    }
    assert_eq!(
        MediaType::of_content_type("text/plain; charset=iso-8859-1"),
        Ok(None)
    );
}

#[test]
fn headers_of_packages() {
    for (name, kind, dialect, _) in VECTORS.iter().filter(|vector| vector.1 != MediaType::Mo) {
        let (package, _) = decode(text(name)).unwrap();
        let headers = Headers::of(&package, *dialect).unwrap();
        let mut expected = vec![("content-type", kind.name())];
        if *kind != MediaType::Request {
            expected.push(("accept", "application/vnd.oma.dm.request+json"));
            if *dialect == Dialect::Approved {
                expected.push(("omadm-devid", "MEID:A1000012345678"));
            }
        }
        assert_eq!(headers.list().collect::<Vec<_>>(), expected, "{name}");
        assert_eq!(Headers::read(headers.list()).unwrap(), headers);
    }
    let accept = Headers {
        accept_mo: Some("a/b".into()),
        ..Headers::default()
    };
    let limits = omadm::Limits::DEFAULT;
    let (package, _) = Package::decode(br#"{"CMD":[["END"]]}"#, &accept, &limits).unwrap();
    let written = Headers::of(&package, Dialect::Approved).unwrap();
    assert_eq!(written.list().last(), Some(("omadm-accept", "a/b")));
    // A name from a body that would break out of its header.
    let Package::Initiation(mut package) = decode(text("V_A01")).unwrap().0 else {
        panic!()
    };
    for bad in ["a\r\nx: y", "", "é", " a", "a\0"] {
        package.device_id = Some(bad.into());
        let error =
            Headers::of(&Package::Initiation(package.clone()), Dialect::Approved).unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (Code::Schema, Fault::Caller),
            "{bad:?}"
        );
    }
}

#[test]
fn headers_are_read_strictly() {
    let both = [
        ("OMADM-DEVID", " a "),
        ("x", "\r"),
        ("omadm-accept", "a/b"),
        ("OMADM-Accept", "c/d;q=0.1"),
    ];
    let found = Headers::read(both).unwrap();
    assert_eq!(
        (found.device_id.as_deref(), found.accept_mo.as_deref()),
        (Some("a"), Some("a/b, c/d;q=0.1"))
    );
    for bad in [
        &[("omadm-devid", "a"), ("OMADM-DevID", "a")][..],
        &[("omadm-devid", "")],
        &[("omadm-devid", "a\nb")],
        &[("omadm-devid", "é")],
        &[("content-type", "a/b"), ("content-type", "a/c")],
    ] {
        let error = Headers::read(bad.iter().copied()).unwrap_err();
        assert_eq!(
            (error.code(), error.fault(), error.http()),
            (Code::Schema, Fault::Peer, Some(400)),
            "{bad:?}"
        );
    }
    assert!(Headers::read([("content-type", "a/b"), ("content-type", "a/b")]).is_ok());
    assert_eq!(device().list().count(), 1);
}

#[test]
fn what_is_accepted() {
    let takes = |accept: Option<&str>| {
        let accept = accept.map(str::to_owned);
        Headers {
            accept,
            ..Headers::default()
        }
        .takes_request()
        .map_err(|error| error.http())
    };
    for good in [
        None,
        Some("*/*"),
        Some("text/html, Application/*;q=0.1"),
        Some("application/vnd.oma.dm.request+json"),
    ] {
        assert_eq!(takes(good), Ok(true), "{good:?}");
    }
    for other in [
        "text/html",
        "*/*;q=0",
        "application/vnd.oma.dm.request+json;q=0, */*",
    ] {
        assert_eq!(takes(Some(other)), Ok(false), "{other}");
    }
    for bad in [
        "",
        ",",
        "x",
        "*/b",
        "a/b;q=2",
        "a/b;q=0.1234",
        "a/b;q=x",
        "a/b;q",
        "a b/c",
        "/b",
    ] {
        assert_eq!(takes(Some(bad)), Err(Some(400)), "{bad}");
    }
    let offered = [
        "application/vnd.oma.dm.mo+json",
        "application/vnd.syncml.dmtnds+xml",
    ];
    let best = |text: &str| Accept::parse(text).unwrap().best(&offered);
    assert_eq!(
        best("application/vnd.oma.dm.mo+json, application/vnd.syncml.dmtnds+xml;q=0.5"),
        Some(offered[0])
    );
    assert_eq!(
        best("application/*;q=0.2, application/vnd.syncml.dmtnds+xml;q=0.5"),
        Some(offered[1])
    );
    assert_eq!(best("*/*"), Some(offered[0]));
    assert_eq!(best("text/*"), None);
}

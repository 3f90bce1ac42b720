//! The one recording of DM 2.0 that there is, outside the repository.

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_corpus_is_read() {
    use omadm::Limits;
    use omadm::dm2::{Dialect, Headers, MoDocument, Package};
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dm2");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let mut skipped = 0;
    for name in ["package1", "package2", "package3"] {
        let (Some(body), Some(head)) = (
            read(&format!("{name}.json")),
            read(&format!("{name}.http-headers.txt")),
        ) else {
            skipped += 1;
            continue;
        };
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let headers = Headers::read(lines).unwrap();
        let (package, dialect) =
            Package::decode(body.as_bytes(), &headers, &Limits::DEFAULT).unwrap();
        assert_eq!(
            (dialect, package.kind().media_type()),
            (Dialect::Approved, headers.media_type().unwrap().unwrap())
        );
        let written = package.encode(dialect, false).unwrap();
        assert_eq!(super::json(written), super::json(body), "{name}");
        let own = Headers::of(&package, dialect).unwrap();
        assert_eq!(own, headers, "{name}");
    }
    match read("mos.json") {
        Some(body) => {
            let document = MoDocument::decode(body.as_bytes(), &Limits::DEFAULT).unwrap();
            assert_eq!(
                super::json(document.encode(true).unwrap()),
                super::json(body)
            );
        }
        None => skipped += 1,
    }
    if skipped > 0 {
        println!("skipped: {skipped} recordings are not here");
    }
}

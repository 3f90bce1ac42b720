//! Damaged packages: no octet that is missing, and no bit that is flipped, makes the codec panic.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::Limits;
use omadm::dm2::{MoDocument, Package, inspect};

use super::device;
use super::vectors::text;

/// Reads what can be read, and writes that.
fn visit(body: &[u8]) -> bool {
    let (outline, broken) = inspect(body, &Limits::DEFAULT);
    assert_eq!((outline.start, outline.end), (0, body.len()));
    let document = MoDocument::decode(body, &Limits::DEFAULT);
    if let Ok(document) = &document {
        let written = document.encode(false).unwrap();
        let again = MoDocument::decode(&written, &Limits::UNBOUNDED).unwrap();
        assert!(again == *document || document.items.is_empty());
    }
    match Package::decode(body, &device(), &Limits::DEFAULT) {
        Ok((package, dialect)) => {
            assert!(broken.is_none());
            // A package may be read that says less than it should.
            if let Ok(written) = package.encode(dialect, false) {
                let again = Package::decode(&written, &device(), &Limits::UNBOUNDED).unwrap();
                let twice = again.0.encode(dialect, false).unwrap();
                assert_eq!((again.1, twice), (dialect, written));
            }
            true
        }
        Err(error) => {
            assert!(
                error.offset().is_some_and(|at| at <= body.len()),
                "{error:?}"
            );
            assert!(error.to_string().len() < 400);
            document.is_ok()
        }
    }
}

/// Something of everything.
fn samples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = ["V_D02", "V_D03", "V_D05", "V_A02", "V_A04", "V_A05"];
    names.into_iter().map(|name| (name, text(name)))
}

#[test]
fn a_package_that_is_cut_off_is_none() {
    for (name, text) in samples() {
        let text = text.as_bytes();
        assert!(visit(text), "{name}");
        for cut in 0..text.len() {
            assert!(!visit(&text[..cut]), "{name} {cut}");
            visit(&text[cut..]);
        }
    }
}

#[test]
fn a_flipped_bit_is_read_as_it_stands_or_refused() {
    let mut read = 0;
    for (_, text) in samples() {
        for bit in 0..text.len() * 8 {
            let mut damaged = text.as_bytes().to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            read += usize::from(visit(&damaged));
        }
    }
    assert!(read > 1000, "{read}");
}

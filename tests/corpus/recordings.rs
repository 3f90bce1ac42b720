//! Where the recordings are, which are not part of this repository.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    corpus.is_dir().then_some(corpus)
}

/// Runs a test with the recordings, or says that they are missing.
pub(crate) fn with_corpus(cases: usize, test: impl FnOnce(&Path)) {
    match corpus() {
        Some(corpus) => test(&corpus),
        None => say(&format!(
            "skipped {cases} cases: ../shared/corpus is missing"
        )),
    }
}

/// Says it even where the output of tests that pass is not shown: that of `eprintln` is kept back.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

//! libxml2, one process for many documents.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// What libxml2 reads in each of the documents, in the notation of `omadm::testing::xml_events`; nothing where it refuses. They are put
/// into a folder of this name meanwhile.
pub(crate) fn events(folder: &str, documents: &[Vec<u8>]) -> Vec<Option<String>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&folder).unwrap();
    let mut list = String::new();
    for (number, document) in documents.iter().enumerate() {
        let path = folder.join(number.to_string());
        fs::write(&path, document).unwrap();
        list += &format!("{}\n", path.display());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/w3c/libxml2.js");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("no Node ({error}): run `make setup`"));
    let mut input = node.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(move || input.write_all(list.as_bytes()).unwrap());
        node.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "tests/w3c/libxml2.js failed");
    fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut found: Vec<Option<String>> = Vec::new();
    for line in text.lines() {
        match (line, found.last_mut()) {
            // No event begins so.
            (line, _) if line.starts_with("# ") => found.push(Some(String::new())),
            ("!", Some(last)) => *last = None,
            (event, Some(Some(last))) => {
                *last += event;
                *last += "\n";
            }
            (line, _) => panic!("{line}"),
        }
    }
    assert_eq!(found.len(), documents.len());
    found
}

//! libwbxml, one process for each document.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

/// What `wbxml2xml` makes of a document: its XML, or what it says.
pub(crate) fn to_xml(body: &[u8]) -> Result<Vec<u8>, String> {
    run("wbxml2xml", &["-m", "0", "-k", "-o", "-", "-"], body)
}

/// What `xml2wbxml` makes of a document.
pub(crate) fn to_wbxml(body: &[u8], version: &str, string_table: bool) -> Result<Vec<u8>, String> {
    let mut arguments = vec!["-k", "-v", version];
    if !string_table {
        arguments.push("-n");
    }
    arguments.extend(["-o", "-", "-"]);
    run("xml2wbxml", &arguments, body)
}

fn run(tool: &str, arguments: &[&str], body: &[u8]) -> Result<Vec<u8>, String> {
    let mut child = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("no {tool} ({error}): run `make setup-oracle`"));
    let mut input = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // A tool that gives up early reads no more.
        scope.spawn(move || input.write_all(body).unwrap_or_default());
        child.wait_with_output().unwrap()
    });
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{tool}: {}, {}", output.status, said.trim()))
}

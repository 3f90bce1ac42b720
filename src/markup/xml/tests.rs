//! Rows of the catalogue of bad inputs, by their ids.

mod content;
mod partial;
mod prolog;
mod steps;
mod tags;

use super::*;
use crate::error::Code;

const SAMPLE: &str = "\u{feff}<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?>\n\
    <!-- é --><!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"http://example.org/x.dtd\">\n\
    <?pi data?><SyncML xmlns='SYNCML:SYNCML1.2' xmlns:m=\"syncml:metinf\"><SyncHdr a='&lt;&#x41;\t'>\
    <m:Type m:x='1' >text/plain</m:Type ><MaxMsgSize xmlns=\"syncml:metinf\">1</MaxMsgSize></SyncHdr>\
    <SyncBody>a<![CDATA[b]]>&#99;<!-- x -->&amp;d\r\né<Final/></SyncBody></SyncML>";

fn read(input: impl AsRef<[u8]>) -> Result<()> {
    parse(input.as_ref(), &Limits::DEFAULT).map(drop)
}

fn code(input: impl AsRef<[u8]>) -> Code {
    let input = input.as_ref();
    match read(input) {
        Ok(()) => panic!("accepted: {}", String::from_utf8_lossy(input)),
        Err(error) => {
            assert!(error.offset().unwrap() <= input.len(), "{error}");
            error.code()
        }
    }
}

fn all(inputs: &[&str], expected: Code) {
    for input in inputs {
        assert_eq!(code(input), expected, "{input}");
    }
}

/// The document as its one spelling.
fn spelt(input: impl AsRef<[u8]>) -> String {
    let document = parse(input.as_ref(), &Limits::DEFAULT).unwrap();
    String::from_utf8(emit(&document, false).unwrap()).unwrap()
}

//! The bodies of the fuzz targets: each takes any octets and panics where something does not hold that must hold of all of them.
//!
//! Everything is read under the default limits, and read again without any: what was written may be longer than what was read.
#![allow(
    clippy::panic,
    reason = "a panic is how a body says that something does not hold"
)]

use std::collections::BTreeSet;

use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::markup::element::{Child, Document, Element};
use crate::markup::outline::Outline;
use crate::markup::pages::{DMDDF, METINF};
use crate::markup::wbxml;
use crate::markup::xml;
use crate::syncml::{Encoding, Form, Inspection, Message, inspect as inspection};

mod address;
mod client;
mod dm2;
mod dm2_session;
mod document;
mod letter;
mod notification;
mod octets;
mod operations;
mod restore;
mod server;
mod value;

pub use address::{acl, uri};
pub use client::client_session;
pub use dm2::{client_uri, dm2};
pub use dm2_session::{dm2_client, dm2_server};
pub use document::{ddf, tnds};
pub use notification::notification;
pub use operations::tree;
pub use restore::restore;
pub use server::server_session;

/// Octets of the input that an error may quote.
const MAX_QUOTED: usize = 64;
/// Octets of an error text, its path left out.
const MAX_TEXT: usize = 320;
/// Octets of a step of a path: a name, which may be cut, and its count.
const MAX_STEP: usize = 64;
/// Octets of an input of which the inside of every element is compared, which is quadratic in its depth.
const MAX_COMPARED: usize = 1 << 12;

/// The namespace of the prefix `xml`.
const XML_NS: &str = "http://www.w3.org/XML/1998/namespace";

/// A body by the name of its target.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 19] = [
    ("xml", xml),
    ("wbxml", wbxml),
    ("message_xml", message_xml),
    ("message_wbxml", message_wbxml),
    ("inspect", inspect),
    ("detect", detect),
    ("uri", uri),
    ("acl", acl),
    ("tnds", tnds),
    ("ddf", ddf),
    ("tree", tree),
    ("restore", restore),
    ("server_session", server_session),
    ("client_session", client_session),
    ("notification", notification),
    ("dm2", dm2),
    ("client_uri", client_uri),
    ("dm2_server", dm2_server),
    ("dm2_client", dm2_client),
];

/// Reading XML: a document that was read is the same when it is written and read again.
pub fn xml(input: &[u8]) {
    let document = match xml::parse(input, &Limits::DEFAULT) {
        Ok(document) => document,
        Err(error) => return check_error(&error, input),
    };
    check_ranges(&document, input.len());
    if let Err(error) = xml::parse_until(input, "SyncHdr", &Limits::DEFAULT) {
        panic!("whole, but not up to SyncHdr: {error}");
    }
    let written = match xml::emit(&document, false) {
        Ok(written) => written,
        Err(error) => return check_multiplied(&error),
    };
    let read = match xml::parse(&written, &Limits::UNBOUNDED) {
        Ok(read) => read,
        Err(error) => panic!("{error} in {:?}", text(&written)),
    };
    assert!(read == document, "not the same: {:?}", text(&written));
    assert_eq!(xml::emit(&read, false).as_ref(), Ok(&written));
    let shown = xml::emit(&document, true).unwrap_or_default();
    if let Err(error) = xml::parse(&shown, &Limits::UNBOUNDED) {
        panic!("indented: {error} in {:?}", text(&shown));
    }
    if input.len() <= MAX_COMPARED {
        check_inside(document.root());
    }
}

/// What is kept of the source of each element means the same elsewhere.
fn check_inside(root: Element<'_>) {
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        waiting.extend(element.elements());
        // No element without prefix is in the namespace of `xml`.
        let Some(inner) = element.inner().filter(|_| element.ns() != XML_NS) else {
            continue;
        };
        let meaning = match xml::emit_inner(element) {
            Ok(meaning) => meaning,
            Err(error) => return check_multiplied(&error),
        };
        if let Err(error) = xml::check_fragment(inner, element.ns(), &Limits::UNBOUNDED) {
            panic!("inside of {element:?}: {error} in {inner:?}");
        }
        let ns = element.ns().replace('&', "&amp;").replace('<', "&lt;");
        let ns = ns.replace('\'', "&apos;").replace('\t', "&#9;");
        let ns = ns.replace('\n', "&#10;").replace('\r', "&#13;");
        let elsewhere = format!("<z xmlns='{ns}'>{inner}</z>");
        let meant = xml::parse(elsewhere.as_bytes(), &Limits::UNBOUNDED)
            .and_then(|document| xml::emit_inner(document.root()));
        assert_eq!(meant.as_ref(), Ok(&meaning), "{inner:?}");
    }
}

/// Reading WBXML: a document that was read is the same when it is written in its form and read again.
pub fn wbxml(input: &[u8]) {
    let whole = match wbxml::parse(input, &Limits::DEFAULT) {
        Ok(whole) => whole,
        Err(error) => return check_error(&error, input),
    };
    check_ranges(&whole.document, input.len());
    if let Err(error) = wbxml::parse_until(input, "SyncHdr", &Limits::DEFAULT) {
        panic!("whole, but not up to SyncHdr: {error}");
    }
    let written = match wbxml::emit(&whole.document, &whole.form) {
        Ok(written) => written,
        Err(error) => return check_refused(&whole.document, &error),
    };
    let again = match wbxml::parse(&written, &Limits::UNBOUNDED) {
        Ok(again) => again,
        Err(error) => panic!("{error} in {written:02x?}"),
    };
    // A namespace that the root names itself is not written: the form has none.
    let (root, read) = (whole.document.root(), again.document.root());
    if !whole.names_itself || root.ns() == read.ns() {
        assert!(
            again.document == whole.document,
            "not the same: {written:02x?}"
        );
    }
    let mut form = whole.form.clone();
    // There may have been nothing to share.
    form.string_table = again.form.string_table;
    if again.form.string_table {
        form.unterminated = again.form.unterminated;
    }
    assert_eq!(again.form, form);
    assert_eq!(
        wbxml::emit(&again.document, &whole.form).as_ref(),
        Ok(&written)
    );
}

/// What can be read, but not be written: a root that is the root of nothing known, be it in no code page or on that of Meta; and a tree
/// inside a message, which is a document of its own when it is written.
fn check_refused(document: &Document<'_>, error: &Error) {
    let is_of_root = error.path().is_none() && ["", METINF].contains(&document.root().ns());
    let is_of_tree = error.code() == Code::Schema && holds(document, DMDDF);
    assert!(
        is_of_tree || is_of_root && matches!(error.code(), Code::Schema | Code::Arg),
        "{error:?}"
    );
}

/// Whether an element is in this namespace.
fn holds(document: &Document<'_>, ns: &str) -> bool {
    let mut waiting = vec![document.root()];
    while let Some(element) = waiting.pop() {
        if element.ns() == ns {
            return true;
        }
        waiting.extend(element.elements());
    }
    false
}

/// Messages in XML: decode, encode, decode.
pub fn message_xml(input: &[u8]) {
    message(input, Encoding::Xml);
}

/// Messages in WBXML: decode, encode, decode.
pub fn message_wbxml(input: &[u8]) {
    message(input, Encoding::Wbxml);
}

fn message(input: &[u8], encoding: Encoding) {
    let header = Message::peek(input, encoding, &Limits::DEFAULT);
    if let Err(error) = &header {
        check_error(error, input);
    }
    let decoded = Message::decode_with_form(input, encoding, &Limits::DEFAULT);
    let (message, form) = match decoded {
        Ok(decoded) => decoded,
        Err(error) => return check_error(&error, input),
    };
    assert_eq!(form.encoding(), encoding);
    assert_eq!(Encoding::detect(None, input), Ok(encoding));
    match header {
        Ok(peek) => {
            let header = &message.header;
            assert_eq!(
                (&peek.ver_dtd, peek.msg_id),
                (&header.ver_dtd, header.msg_id)
            );
            assert_eq!(peek.source, header.source.uri);
            assert_eq!(peek.session_id, header.session_id);
        }
        Err(error) => panic!("a message, but no header: {error}"),
    }
    let other = match encoding {
        Encoding::Xml => Encoding::Wbxml,
        Encoding::Wbxml => Encoding::Xml,
    };
    match written(&message, &form) {
        // XML has a place for everything that it said.
        Ok(again) => assert!(again == message || encoding == Encoding::Wbxml),
        Err(error) if encoding == Encoding::Xml => check_multiplied(&error),
        Err(error) => assert!(is_unwritable(&message, &error), "{error:?}"),
    }
    let form = Form::of_version(other, &message.header.ver_dtd);
    if let Err(error) = written(&message, &form) {
        match other {
            Encoding::Xml => check_multiplied(&error),
            Encoding::Wbxml => assert_eq!(error.code(), Code::Schema, "{error:?}"),
        }
    }
    let shown = message.encode(Encoding::Xml, true);
    let shown = shown.map(|body| Message::decode(&body, Encoding::Xml, &Limits::UNBOUNDED));
    match shown {
        Ok(Ok(shown)) => assert_eq!(shown.commands.len(), message.commands.len()),
        Ok(Err(error)) => panic!("indented: {error}"),
        Err(error) => check_multiplied(&error),
    }
}

/// What can be read in WBXML, but not be written: a tree in the Data of an unknown element; unknown elements of a message whose VerDTD is
/// unknown, while its public identifier is not; and what stands in the Meta of Header, Cred or Chal without belonging there.
fn is_unwritable(message: &Message, error: &Error) -> bool {
    let is_known = ["1.0", "1.1", "1.2"].contains(&message.header.ver_dtd.as_str());
    let is_in_meta = error.path().is_some_and(|path| path.contains("Meta/"));
    let is_stray = is_in_meta && value::holds(message, METINF);
    error.code() == Code::Schema && (!is_known || is_stray || value::holds(message, DMDDF))
}

/// Writes a message that was read, and reads it again: it has the same value, and is the same from then on.
fn written(message: &Message, form: &Form) -> Result<Message> {
    let decode = |body: &[u8]| match Message::decode(body, form.encoding(), &Limits::UNBOUNDED) {
        Ok(message) => message,
        Err(error) => panic!("{error:?} in {:?} {body:02x?}", text(body)),
    };
    let encode = |message: &Message| message.encode_as(form);
    let body = encode(message)?;
    let again = decode(&body);
    let before = value::of(message);
    let after = value::of(&again);
    assert_eq!(after, before, "{:?} {body:02x?}", text(&body));
    let more = encode(&again);
    assert_eq!(more.as_ref(), Ok(&body), "{:?}", text(&body));
    Ok(again)
}

/// What any octets are seen as: pieces inside pieces, all of them inside the input. Its length says what it is declared as.
pub fn inspect(input: &[u8]) {
    let content_type = match input.len() % 4 {
        0 | 1 => None,
        2 => Some(Encoding::Xml.media_type()),
        _ => Some(Encoding::Wbxml.media_type()),
    };
    let Inspection {
        outline,
        message,
        error,
    } = inspection(input, content_type, &Limits::DEFAULT);
    check_pieces(&outline, input.len());
    if let Some(error) = &error {
        check_error(error, input);
    }
    let decoded = Encoding::detect(content_type, input)
        .and_then(|encoding| Message::decode_with_form(input, encoding, &Limits::DEFAULT));
    match (message, error) {
        (Some(message), None) => assert_eq!(Ok(message), decoded),
        (None, Some(error)) => assert_eq!(Err(error), decoded),
        (message, error) => panic!("{message:?} and {error:?}"),
    }
}

/// Pieces stand in the order of the input, none over another.
fn check_pieces(outline: &Outline, end: usize) {
    assert_eq!((outline.start, outline.end), (0, end));
    let mut waiting = vec![outline];
    while let Some(piece) = waiting.pop() {
        let mut at = piece.start;
        for child in &piece.children {
            assert!(
                at <= child.start && child.start <= child.end && child.end <= piece.end,
                "{} at {}..{} in {} at {}..{}, from {at}",
                child.name,
                child.start,
                child.end,
                piece.name,
                piece.start,
                piece.end
            );
            at = child.end;
            waiting.push(child);
        }
    }
}

/// How a body is written: the first line is a content type, what follows is the body.
pub fn detect(input: &[u8]) {
    let mut parts = input.splitn(2, |octet| *octet == b'\n');
    let content_type = parts.next().and_then(|line| str::from_utf8(line).ok());
    let body = parts.next().unwrap_or_default();
    for body in [body, input] {
        let declared = content_type.map(|declared| Encoding::detect(Some(declared), body));
        if let Some(Err(error)) = &declared {
            check_error(error, content_type.unwrap_or_default().as_bytes());
            check_error(error, body);
        }
        let seen = Encoding::detect(None, body);
        match &seen {
            Ok(seen) => {
                let declared = Encoding::detect(Some(seen.media_type()), body);
                assert_eq!(declared.as_ref(), Ok(seen));
            }
            Err(error) => check_error(error, body),
        }
        if let (Some(Ok(declared)), Some(content_type)) = (declared, content_type) {
            assert_eq!(Encoding::of_content_type(content_type), Ok(declared));
        }
    }
}

/// What must hold of every error that the input is blamed for.
fn check_error(error: &Error, input: &[u8]) {
    assert!(
        error.offset().is_none_or(|at| at <= input.len()),
        "{error} of {}",
        input.len()
    );
    let path = error.path().unwrap_or_default();
    assert!(
        path.split('/').all(|step| step.len() <= MAX_STEP),
        "a long name in {path}"
    );
    let shown = error.to_string().replacen(&format!(" in {path}"), "", 1);
    assert!(shown.len() <= MAX_TEXT, "{} octets: {shown}", shown.len());
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    // By their sums alone: the engine would learn from a comparison of octets what an error says, and say it first.
    let said: BTreeSet<u64> = sums(shown.as_bytes()).collect();
    assert!(
        said.is_empty() || !sums(input).any(|sum| said.contains(&sum)),
        "more than {MAX_QUOTED} octets quoted: {shown}"
    );
}

/// A sum of each run of one octet more than may be quoted.
fn sums(octets: &[u8]) -> impl Iterator<Item = u64> {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let first = (0..=MAX_QUOTED).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let leaving = octets.iter().map(|octet| u64::from(*octet) + 1);
    let leaving = std::iter::repeat_n(0, MAX_QUOTED + 1).chain(leaving);
    let mut sum = 0u64;
    let sums = octets.iter().zip(leaving).map(move |(octet, gone)| {
        sum = sum.wrapping_mul(FACTOR).wrapping_add(u64::from(*octet) + 1);
        sum = sum.wrapping_sub(first.wrapping_mul(gone));
        sum
    });
    sums.skip(MAX_QUOTED)
}

/// The one reason why XML that was read cannot be written: its namespaces would be said too often.
fn check_multiplied(error: &Error) {
    assert_eq!(error.exceeded(), Some("bytes"), "{error:?}");
}

/// Elements stand in the order of the input, inside the elements that hold them.
fn check_ranges(document: &Document<'_>, end: usize) {
    let root = document.root();
    assert!(root.range().end <= end);
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        let around = element.range();
        let mut at = around.start;
        let mut children = element.children();
        loop {
            let range = children.next_range();
            let Some(child) = children.next() else {
                break;
            };
            assert!(
                at <= range.start && range.start <= range.end && range.end <= around.end,
                "{range:?} in {element:?} at {around:?}, from {at}"
            );
            at = range.end;
            if let Child::Element(child) = child {
                waiting.push(child);
            }
        }
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

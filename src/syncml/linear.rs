//! Work on messages grows no faster than they do, counted in steps: reading, telling what values are, and writing in both encodings.

use crate::limits::Limits;
use crate::steps::count;

use super::{Encoding, Form, Message, WbxmlForm, inspect};

/// A family of inputs: how it is called, and its member of about so many octets.
type Family = (&'static str, fn(usize) -> Vec<u8>);

/// SyncHdr and the start of SyncBody, as tokens.
const HEADER: &[u8] =
    b"\x6c\x71\x031.2\0\x01\x72\x03DM/1.2\0\x01\x65\x031\0\x01\x5b\x031\0\x01\x6e\x57\x03a\0\x01\x01\x67\x57\x03b\0\x01\x01\x01\x6b";

/// A message with a string table.
fn tokens(table: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = b"\x02\xa4\x01\x6a".to_vec();
    number(&mut out, table.len());
    out.extend_from_slice(table);
    out.push(0x6d);
    out.extend_from_slice(HEADER);
    out.extend_from_slice(body);
    out.extend(b"\x01\x01");
    out
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend([21, 14, 7].map(|shift| 0x80 | (number >> shift & 0x7f) as u8));
    out.push((number & 0x7f) as u8);
}

/// A Replace with one Item whose Data holds the pieces.
fn value(size: usize, table: &[u8], piece: &[u8]) -> Vec<u8> {
    let pieces = piece.repeat(size / piece.len());
    let body = [b"\x60\x4b\x032\0\x01\x54\x4f", &pieces[..], b"\x01\x01\x01"].concat();
    tokens(table, &body)
}

/// A Replace with as many Items as fit, at most 9,000, each with its share of what the Items hold.
fn items(size: usize, item: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let (count, share) = ((size / 32).min(9000), size / (size / 32).min(9000));
    let mut body = b"\x60\x4b\x032\0\x01".to_vec();
    for _ in 0..count {
        body.push(0x54);
        body.extend(item(share - 2));
        body.push(0x01);
    }
    body.push(0x01);
    tokens(b"", &body)
}

/// SyncBody with the pieces.
fn body(size: usize, table: &[u8], piece: &[u8]) -> Vec<u8> {
    tokens(table, &piece.repeat(size / piece.len()))
}

fn opaque(inside: &[u8]) -> Vec<u8> {
    let mut out = vec![0xc3];
    number(&mut out, inside.len());
    out.extend_from_slice(inside);
    out
}

/// The same message in XML.
fn xml(size: usize, body: &str) -> Vec<u8> {
    let frame = format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody>{}</SyncBody></SyncML>",
        body.repeat(size / body.len())
    );
    frame.into_bytes()
}

const FAMILIES: [Family; 26] = [
    ("short strings", |size| value(size, b"", b"\x03a\0")),
    ("empty strings", |size| value(size, b"", b"\x03\0")),
    ("one string", |size| {
        value(
            size,
            b"",
            &[b"\x03", &vec![b'a'; size - 2][..], b"\0"].concat(),
        )
    }),
    ("references to a short string", |size| {
        value(size, b"ab\0", b"\x83\0")
    }),
    ("references to a longer string", |size| {
        let table = [&vec![b'a'; 40][..], b"\0"].concat();
        value(size, &table, b"\x83\0")
    }),
    ("an unused string table", |size| {
        tokens(&[&b"a".repeat(size)[..], b"\0"].concat(), b"")
    }),
    ("entities", |size| value(size, b"", b"\x02\x41")),
    ("opaque pieces", |size| value(size, b"", b"\xc3\x01a")),
    ("empty opaque pieces", |size| value(size, b"", b"\xc3\0")),
    ("opaque pieces that are no text", |size| {
        value(size, b"", b"\xc3\x01\xff")
    }),
    ("pages to and fro", |size| body(size, b"", b"\0\x01\0\0")),
    ("instructions", |size| {
        body(size, b"a\0", b"\x43\x04\0\x03b\0\x01")
    }),
    ("unknown elements", |size| {
        tokens(
            b"ab\0",
            &[b"\x05\x44\0", &b"\x44\0\x01".repeat(size / 3)[..], b"\x01"].concat(),
        )
    }),
    ("unknown elements without content", |size| {
        tokens(
            b"ab\0",
            &[b"\x44\0", &b"\x04\0".repeat(size / 2)[..], b"\x01"].concat(),
        )
    }),
    ("nesting", |size| {
        let tree = [&b"\x44\0".repeat(20)[..], &b"\x01".repeat(20)].concat();
        tokens(
            b"ab\0",
            &[b"\x44\0", &tree.repeat(size / tree.len())[..], b"\x01"].concat(),
        )
    }),
    ("nesting too deep", |size| body(size, b"", b"\x64")),
    ("nothing closed", |size| {
        value(size, b"", b"\x03a\0")
            .into_iter()
            .take(size)
            .collect()
    }),
    ("items without anything", |size| items(size, |_| Vec::new())),
    ("values as opaque data", |size| {
        items(size, |share| {
            [&b"\x4f"[..], &opaque(&b"a".repeat(share)), b"\x01"].concat()
        })
    }),
    ("markup as opaque data", |size| {
        items(size, |share| {
            let inside = format!("<a>{}</a>", "<b/>".repeat(share / 4));
            [
                &b"\x5a\0\x01\x47\x03xml\0\x01\x01\0\0\x4f"[..],
                &opaque(inside.as_bytes()),
                b"\x01",
            ]
            .concat()
        })
    }),
    ("embedded documents", |size| {
        items(size, |share| {
            let nodes = b"\x64\x01".repeat(share / 16);
            let inside = [&b"\x02\x01\x6a\0\0\x02\x60"[..], &nodes, b"\x01"].concat();
            let mime = b"\x5a\0\x01\x53\x03application/vnd.syncml.dmtnds+wbxml\0\x01\x01\0\0\x4f";
            [&mime[..], &opaque(&inside), b"\x01"].concat()
        })
    }),
    ("a long type around items", |size| {
        let mime = [
            b"\x5a\0\x01\x53\x03",
            &b"a".repeat(size / 2)[..],
            b"\0\x01\x01\0\0",
        ]
        .concat();
        let item = b"\x54\x4f\xc3\x02ab\x01\x01".repeat((size / 64).min(9000));
        let filler = b"\x54\x4f\x03".to_vec();
        let rest = size - mime.len() - item.len();
        tokens(
            b"",
            &[
                &b"\x60\x4b\x032\0\x01"[..],
                &mime,
                &item,
                &filler,
                &b"a".repeat(rest),
                b"\0\x01\x01\x01",
            ]
            .concat(),
        )
    }),
    ("statuses in XML", |size| {
        xml(
            size,
            "<Status><CmdID>1</CmdID><Data>200</Data><a/><b/><c/><d/></Status>",
        )
        .to_vec()
    }),
    ("references of a status in XML", |size| {
        let mut text = xml(
            size,
            "<TargetRef>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</TargetRef>",
        );
        let at = text
            .windows(10)
            .position(|window| window == b"<SyncBody>")
            .map_or(0, |at| at + 10);
        text.splice(at..at, *b"<Status><Data>200</Data>");
        let end = text.len() - b"</SyncBody></SyncML>".len();
        text.splice(end..end, *b"</Status>");
        text
    }),
    ("unknown elements in XML", |size| {
        xml(
            size,
            "<a><b c='d'>text<e xmlns='urn:x'/></b><CmdID>1</CmdID><f/><f/><f/><f/><f/><f/><f/><f/><f/><f/><f/><f/><f/></a>",
        )
    }),
    ("the same header field in XML", |size| {
        let text = String::from_utf8(xml(0, "x")).unwrap_or_default();
        let uri = "<LocURI>a</LocURI>";
        text.replacen(uri, &uri.repeat(size / uri.len()), 1)
            .into_bytes()
    }),
];

/// What is done with a message, in steps.
fn steps(input: &[u8]) -> usize {
    count(|| {
        // Long texts that are said again would end the work early.
        let limits = Limits {
            text_bytes: 1 << 28,
            commands: u32::MAX,
            ..Limits::DEFAULT
        };
        let encoding = Encoding::detect(None, input).unwrap_or_default();
        let _ = inspect(input, None, &limits);
        if let Ok((message, form)) = Message::decode_with_form(input, encoding, &limits) {
            let shared = Form::Wbxml(WbxmlForm {
                string_table: true,
                ..WbxmlForm::of_version("1.2")
            });
            let _ = message.encode_as(&form);
            let _ = message.encode_as(&shared);
            let _ = message.encode(Encoding::Xml, true);
        }
    })
}

#[test]
fn work_is_linear() {
    for (name, member) in FAMILIES {
        let counted = [1 << 12, 1 << 15, 1 << 18].map(|size| {
            let input = member(size);
            let steps = steps(&input);
            assert!(
                name == "nesting too deep" || steps >= input.len() / 2,
                "{name}: {steps} steps for {}",
                input.len()
            );
            (input.len(), steps)
        });
        for pair in counted.windows(2) {
            let [(small, few), (large, many)] = [pair[0], pair[1]];
            // As many steps for each octet, and a tenth.
            assert!(10 * many * small <= 11 * few * large, "{name}: {counted:?}");
        }
    }
}

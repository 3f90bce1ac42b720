//! Damaged messages: no octet that is missing, and no bit that is flipped, makes the codec panic.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Encoding, Limits, Message};

use crate::text::{HEADER, message};

/// A message that holds something of everything.
fn sample() -> Vec<u8> {
    let body = "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
        <Chal><Meta><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type><NextNonce xmlns=\"syncml:metinf\">Tm9uY2U=</NextNonce></Meta></Chal><Data>407</Data></Status>\
        <Sequence><CmdID>2</CmdID><Alert><CmdID>3</CmdID><Data>1101</Data><Item/><Item><Data>a<![CDATA[<b>]]>&#xe9;</Data></Item></Alert></Sequence>\
        <Replace><CmdID>4</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data><x xmlns='u'>é<!-- c --></x></Data></Item></Replace><Final/>";
    let text = message(HEADER, body);
    format!("<?xml version=\"1.0\"?>\n{text}\n").into_bytes()
}

/// Reads what can be read, and writes that.
fn visit(body: &[u8]) -> bool {
    let _ = Message::peek(body, Encoding::Xml, &Limits::DEFAULT);
    match Message::decode(body, Encoding::Xml, &Limits::DEFAULT) {
        Ok(message) => {
            let written = message.encode(Encoding::Xml, false).unwrap();
            let again = Message::decode(&written, Encoding::Xml, &Limits::UNBOUNDED).unwrap();
            assert_eq!(again, message);
            true
        }
        Err(error) => {
            assert!(error.offset().is_none_or(|at| at <= body.len()), "{error}");
            assert!(error.to_string().len() < 400);
            false
        }
    }
}

#[test]
fn a_message_that_is_cut_off_is_none() {
    let sample = sample();
    assert!(visit(&sample));
    let end = sample.len() - 1;
    for cut in 0..end {
        assert!(!visit(&sample[..cut]), "{cut}");
        visit(&sample[cut..]);
    }
}

#[test]
fn a_flipped_bit_is_read_as_it_stands_or_refused() {
    let sample = sample();
    let mut read = 0;
    for bit in 0..sample.len() * 8 {
        let mut damaged = sample.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        read += usize::from(visit(&damaged));
    }
    assert!(read > 0 && read < sample.len() * 8, "{read}");
}

#[test]
fn an_octet_too_many_is_read_as_it_stands_or_refused() {
    let sample = sample();
    for at in 0..sample.len() {
        for octet in *b"<>&\0\xff" {
            let mut damaged = sample.clone();
            damaged.insert(at, octet);
            visit(&damaged);
        }
    }
}

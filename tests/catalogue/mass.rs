//! Rows that are many cases each, made here.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, PublicId, WbxmlForm, inspect};
use omadm::{Code, Encoding, Limits, Message};

use crate::cases::{check_written, decode};
use crate::table::Table;

/// Of the longest tests WebAssembly without optimization has time for every so many cases only. The package is tried with all of them.
const STEP: usize = if cfg!(target_arch = "wasm32") { 17 } else { 1 };

/// The octets that no XML may hold, whatever stands around them.
fn forbidden() -> impl Iterator<Item = u8> {
    (0..0x20).filter(|octet| ![b'\t', b'\n', b'\r'].contains(octet))
}

/// Octets that are no UTF-8.
const NOT_UTF8: [&[u8]; 14] = [
    b"\x80",
    b"\xbf",
    b"\xc0\xbc",
    b"\xc1\xbf",
    b"\xe0\x80\xbc",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\xbc",
    b"\xf5\x80\x80\x80",
    b"\xf4\x90\x80\x80",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xfe",
    b"\xff",
    b"\xc3",
];

/// Every place of a message, with `^` for what is put there.
fn places(table: &Table) -> Vec<String> {
    let (item, data) = (table.part("item"), table.part("data"));
    let (end, close) = (table.part("meti"), table.part("atad"));
    let whole = format!("{data}a{close}");
    vec![
        format!("{data}a^b{close}"),
        format!("{data}^{close}"),
        format!("{item}<Data a=\"x^y\">a{close}"),
        format!("{item}<Data a='^'>a{close}"),
        format!("{data}<!--x^y-->{close}"),
        format!("<!--^-->{whole}"),
        format!("{data}<![CDATA[x^]]>{close}"),
        format!("{data}<?p x^?>{close}"),
        format!("{data}<a^b/>{close}"),
        format!("{item}<Data ^a='b'>a{close}"),
        format!("{item}<Data a^='b'>a{close}"),
        format!("{item}<Da^ta>a{close}"),
        format!("{item}^<Data/>{end}"),
        format!("{data}a</Data^>{end}"),
        format!("<!DOCTYPE SyncML SYSTEM '^'>{whole}"),
        format!("<!DOCTYPE SyncML PUBLIC 'x^' 'y'>{whole}"),
        format!("<?xml version='1.0' encoding='utf^-8'?>{whole}"),
        format!("<?xml version='1.0'?>^{whole}"),
        format!("{whole}^"),
        format!("{whole}<!-- ^ -->"),
        whole.replace("DM/1.2", "DM/^1.2"),
    ]
}

/// Puts octets in every place, and finds that they are refused there, with this code.
fn put_everywhere(octets: &[u8], code: Code) {
    let table = Table::read();
    let places = places(&table);
    for place in &places {
        let at = place.find('^').unwrap();
        let mut body = place.as_bytes()[..at].to_vec();
        body.extend_from_slice(octets);
        body.extend_from_slice(&place.as_bytes()[at + 1..]);
        // A character that the input ends in is cut off.
        let is_cut = octets == b"\xc3" && at + 1 == place.len();
        let code = if is_cut { Code::Truncated } else { code };
        let error = decode(&body, None).unwrap_err();
        assert_eq!(
            (error.code(), error.offset()),
            (code, Some(at)),
            "{octets:x?} in {place}: {error}"
        );
        assert_eq!(inspect(&body, None, &Limits::DEFAULT).error, Some(error));
    }
    assert!(places.len() > 20);
}

#[test]
fn x14_every_forbidden_octet_everywhere() {
    assert_eq!(forbidden().count(), 29);
    for octet in forbidden() {
        put_everywhere(&[octet], Code::Char);
    }
    for character in ["\u{fffe}", "\u{ffff}"] {
        put_everywhere(character.as_bytes(), Code::Char);
    }
}

#[test]
fn x16_what_is_no_utf_8_everywhere() {
    for octets in NOT_UTF8 {
        put_everywhere(octets, Code::Encoding);
    }
}

/// Forms of WBXML: every version, every kind of public identifier, with and without strings that are shared.
fn forms() -> Vec<Form> {
    let mut forms = Vec::new();
    for (version, public_id) in [
        (1, PublicId::Number(0x1201)),
        (2, PublicId::Number(1)),
        (
            3,
            PublicId::Text("-//SYNCML//DTD SyncML 1.2//EN".to_owned()),
        ),
    ] {
        for string_table in [false, true] {
            forms.push(WbxmlForm {
                version,
                public_id: public_id.clone(),
                string_table,
                unterminated: false,
            });
        }
    }
    forms.push(WbxmlForm {
        unterminated: true,
        string_table: false,
        ..forms[4].clone()
    });
    assert!(matches!(forms[4].public_id, PublicId::Text(_)));
    forms.into_iter().map(Form::Wbxml).collect()
}

fn sample(text: &str) -> Message {
    decode(text.as_bytes(), None)
        .unwrap_or_else(|error| panic!("{error} in {text}"))
        .0
}

/// Every beginning of a message is refused, and it is the end that is missing.
fn cut_everywhere(body: &[u8], encoding: Encoding, message: &Message) {
    let (whole, _) = decode(body, Some(encoding.media_type())).unwrap();
    assert_eq!(whole, *message);
    for end in (0..body.len()).step_by(STEP) {
        let cut = &body[..end];
        for content_type in [None, Some(encoding.media_type())] {
            let error = decode(cut, content_type).err();
            let error = error.unwrap_or_else(|| panic!("a shorter message of {end} octets"));
            let is_whole_text = std::str::from_utf8(cut).is_ok();
            let is_expected = match error.code() {
                Code::Truncated => true,
                // The character that is cut, or the length that is too long now.
                Code::Encoding => encoding == Encoding::Xml && !is_whole_text,
                Code::Range => encoding == Encoding::Wbxml,
                _ => false,
            };
            assert!(is_expected, "{end}: {error:?}");
            assert!(
                error.offset().is_some_and(|at| at <= end),
                "{end}: {error:?}"
            );
        }
        let seen = inspect(cut, None, &Limits::DEFAULT);
        assert!(seen.error.is_some() && seen.message.is_none());
    }
}

#[test]
fn x24_every_sample_cut_at_every_octet() {
    let table = Table::read();
    assert_eq!(table.samples().len(), 20);
    for text in table.samples() {
        let message = sample(text);
        cut_everywhere(text.as_bytes(), Encoding::Xml, &message);
        for indent in [false, true] {
            let mut written = message.encode(Encoding::Xml, indent).unwrap();
            while written.last() == Some(&b'\n') {
                written.pop();
            }
            // Blanks between elements that are not known are kept.
            let (written_message, _) = decode(&written, None).unwrap();
            assert!(indent || written_message == message);
            cut_everywhere(&written, Encoding::Xml, &written_message);
        }
    }
}

#[test]
fn w01_w31_every_sample_cut_at_every_octet() {
    let table = Table::read();
    for text in table.samples() {
        let message = sample(text);
        for form in forms() {
            cut_everywhere(
                &message.encode_as(&form).unwrap(),
                Encoding::Wbxml,
                &message,
            );
        }
    }
}

#[test]
fn w30_every_octet_replaced_by_every_other() {
    let table = Table::read();
    let mut messages: Vec<Message> = table.samples().into_iter().map(sample).collect();
    messages.sort_by_key(|message| message.encode(Encoding::Wbxml, false).unwrap().len());
    let every_form = forms();
    let (mut taken, mut refused) = (0u32, 0u32);
    // Short ones with something of everything, each in another form.
    for (message, form) in [(0, 0), (2, 4), (7, 1), (9, 3), (12, 5)] {
        let body = messages[message].encode_as(&every_form[form]).unwrap();
        assert!(body.len() <= 300, "{}", body.len());
        for at in 0..body.len() {
            let mut damaged = body.clone();
            for octet in (0..=255).step_by(STEP) {
                damaged[at] = octet;
                match Message::decode_with_form(&damaged, Encoding::Wbxml, &Limits::DEFAULT) {
                    Ok((message, form)) => {
                        taken += 1;
                        if let Err(problem) = check_written(&message, &form) {
                            panic!("{problem}: octet {at} of {body:02x?} is {octet:02x}");
                        }
                    }
                    Err(error) => {
                        refused += 1;
                        assert!(
                            error.offset().is_some_and(|at| at <= body.len()),
                            "{error:?}"
                        );
                    }
                }
            }
        }
    }
    assert!(taken > 1000 && refused > 1000, "{taken} {refused}");
}

/// Exactly as much as a limit allows, and one more, in both encodings.
#[test]
fn x37_text_up_to_the_limit() {
    let table = Table::read();
    let (data, end) = (table.part("data"), table.part("atad"));
    for (unit, octets) in [
        ("a", 1),
        ("é", 2),
        ("&amp;", 1),
        ("&#x1F600;", 4),
        ("<![CDATA[<]]>", 1),
        ("a<!-- -->", 1),
    ] {
        for count in [10usize, 100, 3000] {
            let text = format!("{data}{}{end}", unit.repeat(count));
            let message = sample(&text);
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let body = match encoding {
                    Encoding::Xml => text.clone().into_bytes(),
                    Encoding::Wbxml => message.encode(encoding, false).unwrap(),
                };
                let header = smallest_text(table.part("data"));
                let exact = Limits {
                    text_bytes: (header + count * octets) as u32,
                    ..Limits::DEFAULT
                };
                assert_eq!(
                    Message::decode(&body, encoding, &exact).as_ref(),
                    Ok(&message)
                );
                let less = Limits {
                    text_bytes: exact.text_bytes - 1,
                    ..exact
                };
                let error = Message::decode(&body, encoding, &less).unwrap_err();
                assert_eq!(
                    (error.code(), error.exceeded()),
                    (Code::Limit, Some("textBytes"))
                );
                assert_eq!(error.path(), Some("SyncBody/Replace/Item/Data"));
                let bytes = Limits {
                    bytes: body.len() as u32,
                    ..Limits::DEFAULT
                };
                assert_eq!(
                    Message::decode(&body, encoding, &bytes).as_ref(),
                    Ok(&message)
                );
                let bytes = Limits {
                    bytes: bytes.bytes - 1,
                    ..bytes
                };
                let error = Message::decode(&body, encoding, &bytes).unwrap_err();
                assert_eq!(
                    (error.exceeded(), error.offset()),
                    (Some("bytes"), Some(body.len() - 1))
                );
            }
        }
    }
}

/// The octets of text in XML without references.
fn smallest_text(xml: &str) -> usize {
    let pieces = xml.split('<').filter_map(|piece| piece.split_once('>'));
    pieces.map(|(_, text)| text.len()).sum()
}

#[test]
fn x35_groups_nest_no_deeper_than_messages_do() {
    let table = Table::read();
    let read = |groups: usize| {
        let groups = "<Sequence>".repeat(groups) + &"</Sequence>".repeat(groups);
        let text = format!("{}{groups}{}", table.part("head"), table.part("tail"));
        let limits = Limits {
            depth: 256,
            ..Limits::DEFAULT
        };
        Message::decode(text.as_bytes(), Encoding::Xml, &limits)
    };
    assert!(read(32).is_ok());
    assert_eq!(read(33).unwrap_err().exceeded(), Some("depth"));
    assert_eq!(read(254).unwrap_err().exceeded(), Some("depth"));
}

#[test]
fn x35_w20_depth_up_to_the_limit() {
    let table = Table::read();
    for depth in [4u32, 8, 24, 32] {
        let limits = Limits {
            depth,
            ..Limits::DEFAULT
        };
        for (more, is_read) in [(0, true), (1, false)] {
            let levels = depth as usize - 2 + more;
            let groups = "<Sequence>".repeat(levels) + &"</Sequence>".repeat(levels);
            let text = format!("{}{groups}{}", table.part("head"), table.part("tail"));
            let roomy = Limits {
                depth: 60,
                ..Limits::DEFAULT
            };
            let xml = Message::decode(text.as_bytes(), Encoding::Xml, &limits);
            assert_eq!(xml.is_ok(), is_read, "{depth}");
            if let Err(error) = xml {
                assert_eq!(error.exceeded(), Some("depth"));
            }
            let message = Message::decode(text.as_bytes(), Encoding::Xml, &roomy).unwrap();
            let body = message.encode(Encoding::Wbxml, false).unwrap();
            let wbxml = Message::decode(&body, Encoding::Wbxml, &limits);
            assert_eq!(wbxml.is_ok(), is_read, "{depth}");
        }
    }
}

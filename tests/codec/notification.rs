//! Notifications as octets: known answers, what is refused and where, and that reading and writing are each other's reverse.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::notification::{
    Approved, ApprovedOption, Decoded, Draft, DraftOption, Initiator, MEDIA_TYPE, MEDIA_TYPE_2,
    Push, Requested, UiMode, V1, session_text,
};
use omadm::{Code, Limits, Notification, NotificationForm};
/// The worked example of the specification behind a digest for the password `srvpw` and the nonce `Nonce`.
pub(crate) const N1: &str =
    "59af2bf6f16d21f0b7a0b9d318606da702d0000000123412636f6d2e6d676d747372762e6d616e616765";
const N2: &str = "291cd675cfb6925cc92b7c48cf85cfec02e80000000001106d676d742e6578616d706c652e636f6d";
const N3: &str = "5ddec3f141099d66145239c31431b4d402f8000000ffff106d676d742e6578616d706c652e636f6d";
const N4: &str = "6f72a80cb224615d39bc74969c6bb07502c800000000a10173deadbeef";
const N5: &str = "119a14c76c32e994e2a393e4ee30ec29031800000000a1106d676d742e6578616d706c652e636f6d";
pub(crate) const A1: &str = "208015737276 2d31";
const A2: &str = "220015 7372762d31 120201 121234 30";
const A3: &str = "20801f0968747470733a2f2f646d2e6578616d706c652e6f72672f61";
const A4: &str = "22 00 15 73 72 76 2D 31 22 00 2A 1F 11 9D DF FD D3 81 4C 12 31 69 F5 ED 4A AB FE 7E F8 AF EA 8A 89 51 72 50 AB 70 4B 3C 00 88 62 EE 21 14 65 53 F1 00";
pub(crate) const D1: &str = "20 B0 04 D2 10 05 73 72 76 2D 31";
const D2: &str = "21 B0 04 D2 10 05 73 72 76 2D 31 70 04 00 01 72 37 70 05 00 02 72 34 31";
const D3: &str = "6B BF 5E E8 E4 D8 15 50 3C 91 AF 9A 08 EA A9 3A";

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let octet = |pair: &[u32]| (pair[0] << 4 | pair[1]) as u8;
    digits.chunks(2).map(octet).collect()
}

pub(crate) fn decode(body: &[u8], form: NotificationForm) -> omadm::Result<Decoded> {
    Notification::decode(body, form, &Limits::DEFAULT)
}

/// Code, offset and path of what is wrong.
fn wrong(body: &[u8], form: NotificationForm) -> (Code, usize, String) {
    let error = decode(body, form).unwrap_err();
    let path = error.path().unwrap_or_default().to_owned();
    (error.code(), error.offset().unwrap(), path)
}

fn v1(version: u16, ui_mode: UiMode, initiator: Initiator, session_id: u16, name: &str) -> V1 {
    V1 {
        version,
        ui_mode,
        initiator,
        ..V1::new(name, session_id)
    }
}

/// Every vector, and what it says.
fn known() -> Vec<(Vec<u8>, Notification)> {
    use Initiator::{Server, User};
    let name = "mgmt.example.com";
    let vendor = V1 {
        vendor: vec![0xde, 0xad, 0xbe, 0xef],
        ..v1(11, UiMode::Unspecified, Server, 0xa1, "s")
    };
    let n1 = v1(11, UiMode::Background, User, 0x1234, "com.mgmtsrv.manage");
    let asks = |index, validator: &[u8]| DraftOption {
        number: DraftOption::REQUESTED_MO_CV,
        value: [&[0, index][..], validator].concat(),
    };
    let draft = Draft {
        ui_mode: UiMode::Background,
        ..Draft::new("srv-1", 0x4d2)
    };
    let asking = Draft {
        options: vec![asks(1, b"r7"), asks(2, b"r41")],
        ..draft.clone()
    };
    let v1s = [
        (N1, n1),
        (N2, v1(11, UiMode::Informative, Server, 1, name)),
        (N3, v1(11, UiMode::Interaction, Server, 0xffff, name)),
        (N4, vendor),
        (N5, v1(12, UiMode::Background, Server, 0xa1, name)),
    ];
    let drafts = [
        (D1.to_owned(), draft),
        (D2.to_owned(), asking.clone()),
        (format!("{D2}{D3}"), asking),
    ];
    let approved = [
        (A1, Approved::new("srv-1")),
        (
            A2,
            Approved {
                connection: vec![2, 1],
                id: Some(0x1234),
                request_mos: true,
                ..Approved::new("srv-1")
            },
        ),
        (A3, Approved::new("https://dm.example.org/a")),
        (
            A4,
            Approved {
                id: Some(42),
                timestamp: Some(1_700_000_000),
                ..Approved::new("srv-1")
            },
        ),
    ];
    let v1s = v1s.map(|(hex, v1)| (octets(hex), Notification::V1(v1)));
    let drafts = drafts.map(|(hex, draft)| (octets(&hex), Notification::Draft(draft)));
    let approved = approved.map(|(hex, of)| (octets(hex), Notification::Approved(of)));
    [v1s.to_vec(), drafts.to_vec(), approved.to_vec()].concat()
}

#[test]
fn known_answers_of_every_form() {
    for (body, expected) in known() {
        let Decoded {
            notification,
            digest,
        } = decode(&body, expected.form()).unwrap();
        assert_eq!(notification, expected);
        let digest = digest.map(|digest| &body[digest]);
        assert_eq!(notification.encode(digest), Ok(body.clone()), "{body:02x?}");
    }
    let digests = known().into_iter().map(|(body, of)| {
        let digest = decode(&body, of.form()).unwrap().digest;
        digest.map(|digest| (digest.start, digest.end))
    });
    let none = None;
    let v1 = [Some((0, 16)); 5].to_vec();
    let drafts = vec![none, none, Some((24, 40))];
    let approved = vec![none, none, none, Some((13, 45))];
    assert_eq!(digests.collect::<Vec<_>>(), [v1, drafts, approved].concat());
}

#[test]
fn what_a_draft_asks_for() {
    let body = octets(&format!(
        "22 b0 04 d2 {} 30 01 01 30 02 0102 70 03 0003 72 80 00",
        &D1[12..]
    ));
    let Notification::Draft(draft) = decode(&body, NotificationForm::Draft).unwrap().notification
    else {
        unreachable!();
    };
    let asked: Vec<Requested> = draft.requested().collect();
    let ask = |index, validator: Option<&[u8]>| Requested {
        index,
        validator: validator.map(<[u8]>::to_vec),
    };
    assert_eq!(asked, [ask(1, None), ask(0x102, None), ask(3, Some(b"r"))]);
    assert!(draft.requests_list());
    let (body, _) = &known()[6];
    let Notification::Draft(draft) = decode(body, NotificationForm::Draft).unwrap().notification
    else {
        unreachable!();
    };
    assert!(!draft.requests_list());
}

#[test]
fn n01_what_is_shorter_than_digest_and_header() {
    let body = octets(N1);
    for length in 0..24 {
        let expected = (Code::Truncated, length, String::new());
        assert_eq!(wrong(&body[..length], NotificationForm::V1), expected);
    }
}

#[test]
fn n02_lengths_of_the_name_and_what_is_behind_it() {
    let at = |length: u8| {
        let mut body = octets(N1);
        body[23] = length;
        body
    };
    let path = "header/length".to_owned();
    for length in [0x13, 0x40, 0xff] {
        let expected = (Code::Range, 23, path.clone());
        assert_eq!(wrong(&at(length), NotificationForm::V1), expected);
    }
    let expected = (Code::Schema, 23, path.clone());
    assert_eq!(wrong(&at(0), NotificationForm::V1), expected);
    for end in 24..octets(N1).len() {
        let cut = &octets(N1)[..end];
        assert_eq!(
            wrong(cut, NotificationForm::V1),
            (Code::Range, 23, path.clone())
        );
    }
    // What is not the name is the vendor's.
    let Notification::V1(shorter) = decode(&at(3), NotificationForm::V1).unwrap().notification
    else {
        unreachable!();
    };
    assert_eq!(
        (&*shorter.server_id, &*shorter.vendor),
        ("com", &b".mgmtsrv.manage"[..])
    );
}

#[test]
fn n10_versions_that_are_none() {
    for version in (0..1024_u16).filter(|version| !(10..=13).contains(version)) {
        let mut body = octets(N1);
        body[16..18].copy_from_slice(&(version << 6 | 0x10).to_be_bytes());
        let expected = (Code::Version, 16, "header/version".to_owned());
        assert_eq!(wrong(&body, NotificationForm::V1), expected);
        let of = V1 {
            version,
            ..V1::new("s", 1)
        };
        let error = Notification::V1(of).encode(Some(&[0; 16])).unwrap_err();
        assert_eq!(error.code(), Code::Arg);
    }
    for ver in (0..16).filter(|ver| *ver != 2) {
        for (hex, form) in [
            (D1, NotificationForm::Draft),
            (A1, NotificationForm::Approved),
        ] {
            let mut body = octets(hex);
            body[0] = ver << 4 | body[0] & 15;
            let expected = (Code::Version, 0, "header/VER".to_owned());
            assert_eq!(wrong(&body, form), expected);
        }
    }
}

#[test]
fn n13_the_number_of_a_session_as_text() {
    for (number, text) in [
        (0xa, "A"),
        (0xffff, "FFFF"),
        (0xa1, "A1"),
        (1, "1"),
        (0x1000, "1000"),
    ] {
        assert_eq!(session_text(number), text);
        let of = Notification::V1(V1::new("s", number));
        assert_eq!(of.session_id().as_deref(), Some(text));
    }
    assert_eq!(
        Notification::Approved(Approved::new("s")).session_id(),
        None
    );
}

#[test]
fn options_that_are_wrong_and_where() {
    use Code::{Encoding, Range, Schema, Trailing, Truncated};
    let draft = |rest: &str, count: u16| {
        let mut body = octets(&format!("{D1}{rest}"));
        let head = 0x2030 | count << 7;
        body[..2].copy_from_slice(&head.to_be_bytes());
        (body, NotificationForm::Draft)
    };
    let approved = |rest: &str, count: u16| {
        let mut body = octets(&format!("{A1}{rest}"));
        body[..2].copy_from_slice(&(0x2000 | count << 7).to_be_bytes());
        (body, NotificationForm::Approved)
    };
    let bare = |hex: &str, form| (octets(hex), form);
    for ((body, form), code, offset) in [
        (draft("", 2), Truncated, 11),
        (draft("", 0), Schema, 0),
        (draft("20", 1), Trailing, 11),
        (draft(&"00".repeat(15), 1), Trailing, 11),
        (draft(&"00".repeat(17), 1), Trailing, 11),
        (draft("2000", 2), Schema, 11),
        (draft("2003010203", 2), Schema, 11),
        (draft("200201", 2), Range, 11),
        (draft("4000", 2), Schema, 11),
        (draft("5000", 2), Schema, 11),
        (draft("70020001", 2), Schema, 11),
        (draft("800100", 2), Schema, 11),
        (draft("80008000", 3), Schema, 13),
        (draft("300101200101", 3), Schema, 14),
        (draft("1001aa", 2), Schema, 11),
        (draft("0000", 2), Schema, 11),
        (bare("20b004d2", NotificationForm::Draft), Truncated, 4),
        (
            bare("20b004d23001011001aa", NotificationForm::Draft),
            Schema,
            4,
        ),
        (bare("20b004d21000", NotificationForm::Draft), Schema, 4),
        (bare("20b004d21001ff", NotificationForm::Draft), Encoding, 6),
        (approved("", 2), Truncated, 8),
        (approved("", 0), Trailing, 2),
        (approved("00", 1), Trailing, 8),
        (approved("012a", 2), Schema, 8),
        (approved("10", 2), Schema, 8),
        (approved("21002a", 2), Schema, 8),
        (approved("23002a00", 2), Schema, 8),
        (approved("31aa", 2), Schema, 8),
        (approved("43002a00", 2), Schema, 8),
        (approved("5100", 2), Schema, 8),
        (approved("480020000000000000", 2), Code::Number, 9),
        (approved("5000", 3), Schema, 9),
        (approved("9300", 2), Range, 8),
        (approved("9f", 2), Truncated, 9),
        (bare("2080", NotificationForm::Approved), Truncated, 2),
        (bare("2000", NotificationForm::Approved), Schema, 2),
        (bare("208010", NotificationForm::Approved), Schema, 2),
        (bare("20802102", NotificationForm::Approved), Schema, 2),
        (bare("20800173", NotificationForm::Approved), Schema, 2),
        (bare("208011ff", NotificationForm::Approved), Encoding, 3),
    ] {
        let Err(found) = decode(&body, form) else {
            panic!("{body:02x?}");
        };
        assert_eq!(
            (found.code(), found.offset()),
            (code, Some(offset)),
            "{body:02x?} {found}"
        );
    }
    // What is not known is kept, and reserved bits are.
    let (body, form) = approved("9200ff", 2);
    let expected = Notification::Approved(Approved {
        options: vec![ApprovedOption {
            number: 10,
            value: vec![0, 0xff],
        }],
        ..Approved::new("srv-1")
    });
    let read = decode(&body, form).unwrap();
    assert_eq!(read.notification, expected);
    round(&read, &body);
    let (body, form) = approved("51000000004600", 2);
    assert!(decode(&body, form).is_err());
    let mut body = octets(A1);
    body[1] |= 0x7f;
    let Notification::Approved(odd) = decode(&body, form).unwrap().notification else {
        unreachable!();
    };
    assert_eq!(odd.reserved, 0x7f);
    // Eight octets of time.
    let (body, form) = approved("480000000100000000", 2);
    let Notification::Approved(late) = decode(&body, form).unwrap().notification else {
        unreachable!();
    };
    assert_eq!(late.timestamp, Some(1 << 32));
    assert!(!late.long_timestamp);
    let (body, form) = approved("48000000006553f100", 2);
    let read = decode(&body, form).unwrap();
    round(&read, &body);
    let Notification::Approved(long) = read.notification else {
        unreachable!();
    };
    assert!(long.long_timestamp);
}

#[test]
fn what_no_form_has_a_place_for() {
    let v1 = |name: &str, reserved| {
        let mut v1 = V1::new(name, 1);
        v1.reserved = reserved;
        Notification::V1(v1).encode(Some(&[0; 16])).map(drop)
    };
    assert_eq!(v1(&"n".repeat(255), (1 << 27) - 1), Ok(()));
    let approved = |name: &str, connection, reserved| {
        let approved = Approved {
            reserved,
            connection,
            ..Approved::new(name)
        };
        Notification::Approved(approved).encode(None).map(drop)
    };
    assert_eq!(approved(&"n".repeat(270), vec![0; 270], 127), Ok(()));
    let others = |options: Vec<(u16, usize)>, long_timestamp| {
        let option = |(number, length)| ApprovedOption {
            number,
            value: vec![b'x'; length],
        };
        let approved = Approved {
            options: options.into_iter().map(option).collect(),
            long_timestamp,
            ..Approved::new("n")
        };
        Notification::Approved(approved).encode(None).map(drop)
    };
    let most = (1..=30).map(|step| (1 + 15 * step, 270)).collect();
    assert_eq!(others(most, false), Ok(()));
    assert_eq!(others(vec![(7, 0), (7, 0)], false), Ok(()));
    let draft = |name: &str, options: Vec<(u8, usize)>, reserved| {
        let option = |(number, length)| DraftOption {
            number,
            value: vec![b'x'; length],
        };
        let draft = Draft {
            reserved,
            options: options.into_iter().map(option).collect(),
            ..Draft::new(name, 1)
        };
        Notification::Draft(draft).encode(None).map(drop)
    };
    let most = vec![(15, 4095); 30];
    assert_eq!(draft(&"n".repeat(256), most, 15), Ok(()));
    for refused in [
        v1("", 0),
        v1(&"n".repeat(256), 0),
        v1("n", 1 << 27),
        approved("", vec![], 0),
        approved(&"n".repeat(271), vec![], 0),
        approved("n", vec![0; 271], 0),
        approved("n", vec![], 128),
        others(vec![(6, 0)], false),
        others(vec![(17, 0)], false),
        others(vec![(8, 0), (7, 0)], false),
        others(vec![(7, 271)], false),
        others(vec![(7, 0); 31], false),
        others(vec![], true),
        draft("", vec![], 0),
        draft(&"n".repeat(257), vec![], 0),
        draft("n", vec![], 16),
        draft("n", vec![(15, 1); 31], 0),
        draft("n", vec![(16, 1)], 0),
        draft("n", vec![(0, 0)], 0),
        draft("n", vec![(1, 1)], 0),
        draft("n", vec![(3, 1), (2, 1)], 0),
        draft("n", vec![(5, 4096)], 0),
        draft("n", vec![(8, 0), (8, 0)], 0),
        Notification::V1(V1::new("n", 1)).encode(None).map(drop),
        Notification::V1(V1::new("n", 1))
            .encode(Some(&[0; 32]))
            .map(drop),
        Notification::Draft(Draft::new("n", 1))
            .encode(Some(&[0; 32]))
            .map(drop),
        Notification::Approved(Approved::new("n"))
            .encode(Some(&[0; 16]))
            .map(drop),
        Notification::Approved(Approved::new("n"))
            .encode(Some(&[]))
            .map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!((error.code(), error.offset()), (Code::Arg, None), "{error}");
    }
}

#[test]
fn limits_hold_at_the_door() {
    let limits = Limits {
        bytes: 41,
        ..Limits::DEFAULT
    };
    for form in NotificationForm::ALL {
        let error = Notification::decode(&octets(N1), form, &limits).unwrap_err();
        assert_eq!(
            (error.code(), error.exceeded()),
            (Code::Limit, Some("bytes"))
        );
    }
}

/// Every cut and every flip of a bit of every vector, in every form: an error or a notification, and what is inspected is the same.
#[test]
fn no_damage_makes_it_fail() {
    for (body, _) in known() {
        let cuts = (0..body.len()).map(|end| body[..end].to_vec());
        let flips = (0..body.len() * 8).map(|bit| {
            let mut flipped = body.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        });
        for damaged in cuts.chain(flips) {
            for form in NotificationForm::ALL {
                let (outline, decoded) = Notification::inspect(&damaged, form, &Limits::DEFAULT);
                assert_eq!((outline.start, outline.end), (0, damaged.len()));
                assert!(
                    outline
                        .children
                        .iter()
                        .all(|piece| { piece.start <= piece.end && piece.end <= damaged.len() })
                );
                assert_eq!(decoded, decode(&damaged, form));
                match decoded {
                    Ok(decoded) => round(&decoded, &damaged),
                    Err(error) => assert!(error.offset().unwrap() <= damaged.len()),
                }
            }
            NotificationForm::detect(None, &damaged);
            let _ = Push::unwrap(&damaged);
        }
    }
}

/// Written and read again it is the same.
pub(crate) fn round(decoded: &Decoded, body: &[u8]) {
    let digest = decoded.digest.clone().map(|digest| &body[digest]);
    let written = decoded.notification.encode(digest).unwrap();
    let again = decode(&written, decoded.notification.form()).unwrap();
    assert_eq!(again.notification, decoded.notification);
    assert_eq!(again.digest.map(|digest| &written[digest]), digest);
    assert_eq!(written, body);
}

#[test]
fn forms_are_told_apart() {
    use NotificationForm::{Approved, Draft, V1};
    for (body, of) in known() {
        let form = of.form();
        assert_eq!(
            NotificationForm::detect(None, &body),
            Some(form),
            "{body:02x?}"
        );
        let media_type = format!("{} ; charset=x", form.media_type().to_uppercase());
        assert_eq!(
            NotificationForm::detect(Some(&media_type), &body),
            Some(form)
        );
        assert_eq!(NotificationForm::detect(Some("text/plain"), &body), None);
    }
    // Declared and damaged: what it was meant to be.
    for (hex, declared, form) in [
        (&A2[..11], MEDIA_TYPE_2, Approved),
        (&D2[..29], MEDIA_TYPE_2, Draft),
        ("", MEDIA_TYPE_2, Approved),
        ("108015", MEDIA_TYPE_2, Approved),
        ("", MEDIA_TYPE, V1),
        (A1, MEDIA_TYPE, V1),
    ] {
        assert_eq!(
            NotificationForm::detect(Some(declared), &octets(hex)),
            Some(form)
        );
        assert_eq!(
            NotificationForm::detect(None, &octets(hex)),
            (hex == A1).then_some(Approved)
        );
    }
    // Nothing else is taken for one: neither XML, whatever it holds, nor WBXML.
    let xml = "<SyncML xmlns='SYNCML:SYNCML1.2'/>";
    for text in [
        xml,
        "",
        " ",
        "  <a/>",
        "\u{feff}<a/>",
        "text of twenty octets and more",
    ] {
        assert_eq!(NotificationForm::detect(None, text.as_bytes()), None);
    }
    let wbxml = b"\x02\xa4\x01\x6a\x00\x6d\x6c\x71\x031.2\0\x01\x72\x03x\0\x01\x65\x031\0\x01\x5b\x031\0\x01";
    assert_eq!(NotificationForm::detect(None, wbxml), None);
    let mut reserved = octets(N1);
    reserved[19] = 1;
    assert_eq!(NotificationForm::detect(None, &reserved), None);
}

/// What can be read in both forms of DM 2.0.
#[test]
fn a_draft_stays_one() {
    let draft = |ui_mode, session_id, length| {
        let draft = Draft {
            ui_mode,
            initiator: Initiator::User,
            ..Draft::new("n".repeat(length), session_id)
        };
        Notification::Draft(draft).encode(None).unwrap()
    };
    for ui_mode in [UiMode::Unspecified, UiMode::Background] {
        for (session_id, length) in [(0x1f07, 20), (0x1e61, 11)] {
            let body = draft(ui_mode, session_id, length);
            assert!(decode(&body, NotificationForm::Approved).is_ok());
            for content_type in [None, Some(MEDIA_TYPE_2)] {
                let found = NotificationForm::detect(content_type, &body);
                assert_eq!(found, Some(NotificationForm::Draft), "{body:02x?}");
            }
        }
    }
}

/// WBXML 1.2 with an empty VerDTD and two switches of the page where a header of DM 1.x is.
#[test]
fn what_is_wbxml_stays_wbxml() {
    let head = b"\x02\xa4\x01\x6a\0\x6d\x6c\x72\x031234\0\x01\x71";
    let body = [&head[..], b"\x03\0\0\0\0\0\x01\x01\x6b\x01\x01"].concat();
    assert!(decode(&body, NotificationForm::V1).is_ok());
    assert_eq!(NotificationForm::detect(None, &body), None);
    let cut = &body[..25];
    assert_eq!(NotificationForm::detect(None, cut), None);
    let mut torn = body.clone();
    torn[5] = 0x6c;
    torn[6] = 0x01;
    let form = Some(NotificationForm::V1);
    assert_eq!(NotificationForm::detect(None, &torn), form);
}

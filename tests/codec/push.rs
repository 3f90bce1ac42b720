//! Notifications as WAP Push, wrapped and unwrapped.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::notification::{Push, Wrapper};
use omadm::{Code, NotificationForm};

use crate::notification::{A1, D1, N1, octets};

#[test]
fn wap_push_both_ways() {
    let n1 = octets(N1);
    let wsp = Push {
        wrapper: Wrapper::Wsp,
        transaction: 1,
        form: NotificationForm::V1,
    };
    let sms = Push {
        wrapper: Wrapper::Sms { source: 0xc002 },
        ..wsp
    };
    let pdu = format!("010603c4af87{N1}");
    for (push, hex) in [(wsp, pdu.clone()), (sms, format!("0605040b84c002{pdu}"))] {
        assert_eq!(push.wrap(&n1), octets(&hex));
        let (read, body) = Push::unwrap(&octets(&hex)).unwrap();
        assert_eq!((read, &octets(&hex)[body]), (push, &n1[..]));
    }
    for (form, hex) in [
        (NotificationForm::Draft, D1),
        (NotificationForm::Approved, A1),
    ] {
        let push = Push { form, ..wsp };
        let wrapped = push.wrap(&octets(hex));
        assert_eq!(wrapped[..6], octets("010603d8af87"));
        assert_eq!(Push::unwrap(&wrapped).unwrap(), (push, 6..wrapped.len()));
    }
    // Other headers, and one short message of one, are passed over.
    for hex in [
        "010601c4",
        "010605c4b481af87",
        "010607c48d03616263af",
        "0b05040b84c002 0003 05 01 01 010603c4af87",
        "01068003c4af87",
        // The media type with a parameter, and with a long length.
        "01060603c481eaaf87",
        "0106071f03c481eaaf87",
        // The application by its long number and by its name, and behind a header whose name is text.
        "010604c4af0107",
        "01061ec4af782d7761702d6170706c69636174696f6e3a73796e636d6c2e646d00",
        "010609c4582d59006100af87",
        "010607c4582d59006100",
        "010617c4582d5761702d4170706c69636174696f6e2d49640087",
        "010605c48d00af87",
        "010607c48d1f03616263",
    ] {
        let hex = format!("{hex}{N1}");
        let hex = hex.replace("010607c48d03616263af", "010608c48d03616263af87");
        let (_, body) = Push::unwrap(&octets(&hex)).unwrap();
        assert_eq!(octets(&hex)[body], n1, "{hex}");
    }
}

#[test]
fn what_is_no_wap_push_of_a_notification() {
    for (hex, code, offset) in [
        ("", Code::Truncated, 0),
        ("01", Code::Range, 0),
        ("0106", Code::Truncated, 2),
        ("010604c4af87", Code::Range, 2),
        ("010600", Code::Schema, 3),
        ("010603b6af87", Code::Schema, 3),
        ("010603c4af86", Code::Schema, 4),
        ("01060603c481eaaf86", Code::Schema, 7),
        ("010604c4af0186", Code::Schema, 4),
        // Behind a header whose name is text, and under that name.
        ("010609c4582d59006100af90", Code::Schema, 4),
        (
            "010617c4582d5761702d4170706c69636174696f6e2d49640090",
            Code::Schema,
            4,
        ),
        ("010607c4af87af90af87", Code::Schema, 4),
        // What cannot be read is not passed over.
        ("010603c4af07", Code::Schema, 3),
        ("010605c4af056162", Code::Schema, 3),
        ("010605c4af616263", Code::Schema, 3),
        ("010602c4af", Code::Schema, 3),
        ("010605c47f01af87", Code::Schema, 3),
        ("010604c401af87", Code::Schema, 3),
        ("010604c4582d59", Code::Schema, 3),
        ("010607c4582d5900af90", Code::Schema, 3),
        ("010606c4af1fffffff", Code::Schema, 3),
        ("01060203c4", Code::Schema, 3),
        ("0106ffffffff7f", Code::Number, 2),
        ("0605040b84c002", Code::Truncated, 7),
        ("0605040b84c00201", Code::Truncated, 8),
        ("0605040b84c0020107", Code::Schema, 8),
        ("0605040b85c002010603c4af87", Code::Schema, 3),
        ("0605050b84c00201", Code::Range, 2),
        ("0f05040b84", Code::Range, 0),
        ("050003050201010603c4af87", Code::Schema, 1),
        ("0b05040b84c00200030502010106", Code::Schema, 7),
        ("020900010603c4af87", Code::Schema, 0),
    ] {
        let Err(error) = Push::unwrap(&octets(hex)) else {
            panic!("{hex}");
        };
        assert_eq!(
            (error.code(), error.offset()),
            (code, Some(offset)),
            "{hex} {error}"
        );
    }
}

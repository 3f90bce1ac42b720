//! What must be refused, by the rows of the catalogue.

use super::*;

/// V1 with another head.
fn head(head: &str) -> Vec<u8> {
    hex(&format!("{head}6d{REST}"))
}

/// A SyncML whose SyncBody holds these octets.
fn body(inside: &str) -> Vec<u8> {
    hex(&format!("02a4016a006d6b{inside}0101"))
}

/// The same with a string table "ab\0c".
fn with_table(inside: &str) -> Vec<u8> {
    hex(&format!("02a4016a04616200636d6b{inside}0101"))
}

#[test]
fn w01_w31_every_cut() {
    for head in ["02a4016a00", "0200006a00", "02016a00"] {
        let octets = hex(head);
        for cut in 0..octets.len() {
            assert_eq!(code(&octets[..cut]), Code::Truncated, "{head} {cut}");
        }
    }
    let v1 = v1();
    for cut in 0..v1.len() {
        let code = code(&v1[..cut]);
        assert!(matches!(code, Code::Truncated), "{cut} {code:?}");
    }
}

#[test]
fn w02_versions() {
    for version in [0x00, 0x04, 0x05, 0x10, 0x12, 0x3c, 0x7f, 0x80, 0xff] {
        let mut octets = v1();
        octets[0] = version;
        let error = error(&octets);
        assert_eq!((error.code(), error.offset()), (Code::Version, Some(0)));
    }
}

#[test]
fn w03_numbers() {
    for (octets, at) in [
        (head("02ffffffff7f6a00"), 1),
        (head("0280808080808080016a00"), 1),
        (head("02a4018080808080806a00"), 3),
        (body("4f 02 9080808000 01"), 9),
    ] {
        let error = error(&octets);
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Range, Some(at)),
            "{error}"
        );
    }
}

#[test]
fn w05_public_identifiers() {
    for unknown in ["02076a00", "028b046a00", "02a4006a00", "0200006a03787900"] {
        assert_eq!(code(&head(unknown)), Code::Version, "{unknown}");
    }
    for outside in ["0200006a00", "0200046a03787900", "02008fffffff7f6a03787900"] {
        assert_eq!(code(&head(outside)), Code::Range, "{outside}");
    }
    // An identifier that says nothing, before a root that is not known: a private table of tokens.
    assert_eq!(code(&hex("01016a005e5d0101")), Code::Version);
}

#[test]
fn w06_character_sets() {
    for charset in ["ce0f", "8777", "04", "8fffffff7f"] {
        let error = error(&head(&format!("02a401{charset}00")));
        assert_eq!((error.code(), error.offset()), (Code::Charset, Some(3)));
    }
}

#[test]
fn w07_string_tables_that_reach_too_far() {
    for length in ["ff7f", "8880808000", "8fffffff7f"] {
        let error = error(&head(&format!("02a4016a{length}")));
        assert_eq!((error.code(), error.offset()), (Code::Range, Some(4)));
    }
}

#[test]
fn w08_w09_w13_references() {
    for (reference, offset) in [("8304", 10), ("8305", 10), ("838fffffff7f", 10)] {
        let error = error(&with_table(&format!("4f{reference}01")));
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Range, Some(offset + 2))
        );
    }
    assert_eq!(code(&body("4f830001")), Code::Range, "no table");
    assert_eq!(
        code(&with_table("4f830301")),
        Code::Range,
        "the string at 3 has no NUL"
    );
    assert!(parse(&with_table("4f830001"), &Limits::DEFAULT).is_ok());
    assert!(
        parse(&with_table("4f830101"), &Limits::DEFAULT).is_ok(),
        "the end of a string is one"
    );
    for literal in ["0404", "0405", "04 8fffffff7f", "0403", "4404 01"] {
        assert_eq!(code(&with_table(literal)), Code::Range, "{literal}");
    }
    assert_eq!(code(&body("0400")), Code::Range, "no table");
    assert!(parse(&with_table("0400"), &Limits::DEFAULT).is_ok());
    assert_eq!(code(&with_table("0402")), Code::Syntax, "an empty name");
}

#[test]
fn w10_w11_lengths() {
    assert_eq!(code(&hex("02a4016a006d4f0341")), Code::Truncated);
    for length in ["0a", "8fffffff7f", "8ffffffe70"] {
        let error = error(&body(&format!("4fc3{length}41")));
        assert_eq!((error.code(), error.offset()), (Code::Range, Some(9)));
    }
}

#[test]
fn w15_entities() {
    for entity in ["00", "01", "83b000", "83ff7e", "c48000", "8fffffff7f", "0b"] {
        let error = error(&body(&format!("4f02{entity}01")));
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Char, Some(8)),
            "{entity}"
        );
    }
    assert!(parse(&body("4f0283ec0001"), &Limits::DEFAULT).is_ok());
}

#[test]
fn w16_attributes() {
    for bad in [
        "c5",
        "85",
        "c501",
        "c5040001",
        "8504000341000101",
        "84 00",
        "c4 00",
    ] {
        assert_eq!(code(&with_table(bad)), Code::Token, "{bad}");
    }
    let root = |attributes: &str| hex(&format!("02a4016a0261 00 ed{attributes}{REST}"));
    for bad in ["04000341000 1", "0503410001", "01", "c301 41"] {
        assert_eq!(code(&root(bad)), Code::Token, "{bad}");
    }
    assert_eq!(code(&root("0401034100 01")), Code::Token, "the empty name");
    assert_eq!(
        code(&hex(&format!("02a4016a00ed0401034100 01{REST}"))),
        Code::Range
    );
    let twice = format!("02a4016a00ed0400034100040003410001{REST}");
    assert_eq!(code(&hex(&twice)), Code::Token);
}

#[test]
fn w17_w19_tokens() {
    for page in 2..=255u8 {
        assert_eq!(code(&body(&format!("00{page:02x}"))), Code::Token, "{page}");
    }
    assert_eq!(code(&hex("02a4016a006d00")), Code::Truncated);
    for tag in [0x30, 0x3d, 0x3e, 0x3f] {
        for flags in [0x00, 0x40] {
            let error = error(&body(&format!("{:02x}", tag | flags)));
            assert_eq!((error.code(), error.offset()), (Code::Token, Some(7)));
        }
    }
    assert_eq!(code(&body("000117")), Code::Token);
    for extension in ["40", "41", "42", "80", "81", "82", "c0", "c1", "c2"] {
        assert_eq!(code(&body(&format!("{extension}00"))), Code::Token);
    }
}

#[test]
fn w20_depth() {
    let nested = |levels: usize| {
        hex(&format!(
            "02a4016a006d6b{}{}0101",
            "64".repeat(levels),
            "01".repeat(levels)
        ))
    };
    assert!(parse(&nested(30), &Limits::DEFAULT).is_ok());
    for levels in [31, 38_000, 500_000] {
        let error = error(&nested(levels));
        assert_eq!(
            (error.code(), error.exceeded()),
            (Code::Limit, Some("depth"))
        );
    }
}

#[test]
fn w21_w22_ends() {
    assert_eq!(code(&hex("02a4016a0001")), Code::Syntax);
    assert_eq!(code(&hex("02a4016a00034100")), Code::Syntax);
    for trailing in ["01", "00", "0000", "6d01", "034100", "ff"] {
        let mut octets = v1();
        let end = octets.len();
        octets.extend(hex(trailing));
        let error = error(&octets);
        assert_eq!((error.code(), error.offset()), (Code::Trailing, Some(end)));
    }
}

#[test]
fn w25_w26_characters() {
    for bad in ["80", "c080", "eda080", "f5808080", "e080bc"] {
        let error = error(&body(&format!("4f0341{bad}0001")));
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Encoding, Some(10)),
            "{bad}"
        );
        let length = bad.len() / 2 + 2;
        let table = hex(&format!("02a4016a{length:02x}41{bad}006d6b0101"));
        let error = parse(&table, &Limits::DEFAULT).err().unwrap();
        assert_eq!(
            (error.code(), error.offset()),
            (Code::Encoding, Some(6)),
            "{bad}"
        );
    }
    assert_eq!(
        code(&hex("02a40103006d6b4f03c3a900010101")),
        Code::Encoding,
        "not US-ASCII"
    );
    for control in (0x01..0x20).filter(|octet| ![0x09, 0x0a, 0x0d].contains(octet)) {
        assert_eq!(
            code(&body(&format!("4f03{control:02x}0001"))),
            Code::Char,
            "{control}"
        );
    }
    assert_eq!(code(&body("4f03efbfbf0001")), Code::Char);
}

#[test]
fn w32_a_long_string_many_times() {
    let table = "61".repeat(500_000) + "00";
    let size = |octets: usize| {
        let mut number = Vec::new();
        super::super::octets::push_number(&mut number, octets as u32);
        number
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>()
    };
    for piece in ["4f830001", "4f8300830001", "0400"] {
        let octets = hex(&format!(
            "02a4016a{}{table}6d6b{}0101",
            size(500_001),
            piece.repeat(10_000)
        ));
        let error = error(&octets);
        assert_eq!(
            (error.code(), error.exceeded()),
            (Code::Limit, Some("textBytes")),
            "{piece}"
        );
    }
}

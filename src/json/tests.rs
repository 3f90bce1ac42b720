use super::*;
use crate::error::Code;
use crate::limits::Limits;
use crate::steps;

fn wrong(input: impl AsRef<[u8]>) -> (Code, usize, String) {
    let input = input.as_ref();
    let error = parse(input, &Limits::DEFAULT).unwrap_err();
    let path = error.path().unwrap_or_default().to_owned();
    (error.code(), error.offset().unwrap(), path)
}

fn json(text: &str) -> Json {
    let document = parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
    document.root().unwrap().to_json()
}

#[test]
fn json_is_told_from_what_is_none() {
    for text in [
        "{}",
        "[]",
        " [ 1 , -0.5e+3, \"a\\u00e9\\n\" , true,false,null ] ",
        "{\"a\":{\"b\":[{}]},\"c\":0}",
        "0",
        "\"x\"",
    ] {
        assert!(is_json(text), "{text}");
        assert!(parse(text.as_bytes(), &Limits::DEFAULT).is_ok(), "{text}");
    }
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\"}",
        "[1 2]",
        "01",
        "1.",
        "-",
        "1e",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "[}",
        "{]",
        "nul",
        "1 1",
        "],",
        "\"a",
        "[1}",
    ] {
        assert!(!is_json(text), "{text}");
        assert!(parse(text.as_bytes(), &Limits::DEFAULT).is_err(), "{text}");
    }
    assert!(is_json(&("[".repeat(100_000) + &"]".repeat(100_000))));
}

#[test]
fn every_error_says_where() {
    for (text, code, offset, path) in [
        ("", Code::Schema, 0, ""),
        ("{\"a\":[1,{\"b\":x}]}", Code::Syntax, 13, "a[2]/b"),
        ("{\"a\":[1,[2,", Code::Truncated, 11, "a[2]/[2]"),
        ("{\"a\":[1,[2", Code::Truncated, 10, "a[2]"),
        ("{\"a\" 1}", Code::Syntax, 5, "a"),
        ("{\"a\":1 \"b\"}", Code::Syntax, 7, ""),
        (
            "{\"a\":1,\"b\":{\"c\":1,\"d\":2,\"c\":3}}",
            Code::Schema,
            24,
            "b/c",
        ),
        ("{\"a\":1,\"\\u0061\":1}", Code::Schema, 7, "a"),
        ("{\"a\":\"\\x\"}", Code::Syntax, 6, "a"),
        ("{\"a\":\"\\ud800\"}", Code::Char, 6, "a"),
        ("{\"a\":\"\\ud800\\u0041\"}", Code::Char, 6, "a"),
        ("{\"a\":\"\\udc00\"}", Code::Char, 6, "a"),
        ("{\"a\":\"\\udc00\\ud800\"}", Code::Syntax, 6, "a"),
        ("{\"a\":\"\u{1}\"}", Code::Syntax, 6, "a"),
        ("{\"a\":1e999}", Code::Number, 5, "a"),
        ("{\"a\":01}", Code::Syntax, 6, "a"),
        ("{} {}", Code::Trailing, 3, ""),
        ("\u{feff}{}x", Code::Trailing, 5, ""),
        ("{\"a\":tru", Code::Truncated, 8, "a"),
        ("[trux]", Code::Syntax, 4, "[1]"),
    ] {
        assert_eq!(wrong(text), (code, offset, path.to_owned()), "{text}");
    }
    assert_eq!(wrong(b"{\"a\":\"\xff\"}"), (Code::Encoding, 6, "a".into()));
    assert_eq!(wrong(b"{}\xff"), (Code::Encoding, 2, String::new()));
    assert_eq!(wrong(b"{\"a\":\"\xe9\""), (Code::Encoding, 6, "a".into()));
    assert_eq!(wrong(b"{\"a\":\"\xc3"), (Code::Truncated, 6, "a".into()));
    assert_eq!(wrong(b"\xef\xbb"), (Code::Truncated, 0, String::new()));
}

#[test]
fn limits_hold_at_the_door() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(deep(64).as_bytes(), &Limits::DEFAULT).is_ok());
    assert_eq!(wrong(deep(65)).0, Code::Limit);
    let few = Limits {
        items: 1,
        commands: 0,
        ..Limits::DEFAULT
    };
    let error = parse(b"[1,2,3,4,5,6,7,8,9,10,11,12]", &few).unwrap_err();
    assert_eq!(
        (error.exceeded(), error.offset()),
        (Some("items"), Some(25))
    );
    assert!(parse(b"[1,2,3,4,5,6,7,8,9,10,11]", &few).is_ok());
    let short = Limits {
        text_bytes: 3,
        bytes: 10,
        ..Limits::DEFAULT
    };
    assert_eq!(
        parse(b"[\"ab\",\"cd\"]", &short).unwrap_err().exceeded(),
        Some("bytes")
    );
    assert_eq!(
        parse(b"[\"ab\",\"c\"", &short).unwrap_err().code(),
        Code::Truncated
    );
    assert_eq!(
        parse(b"[\"a\",\"bcd\"", &short).unwrap_err().exceeded(),
        Some("textBytes")
    );
}

#[test]
fn values_are_kept_as_they_are() {
    let text = "{\"__proto__\":{\"x\":1},\"n\":[9007199254740993,1.0,1e2],\"s\":\"\\u0000\\ud83d\\ude00\\/\\b\\f\\t\u{7f}\"}";
    let value = json(text);
    assert_eq!(
        value
            .get("__proto__")
            .and_then(|inner| inner.get("x"))
            .and_then(Json::as_i64),
        Some(1)
    );
    assert_eq!(
        value.get("s").and_then(Json::as_str),
        Some("\0😀/\u{8}\u{c}\t\u{7f}")
    );
    let written = write(&value, false).unwrap();
    assert_eq!(
        String::from_utf8(written).unwrap(),
        "{\"__proto__\":{\"x\":1},\"n\":[9007199254740993,1.0,1e2],\"s\":\"\\u0000😀/\\u0008\\u000c\\t\u{7f}\"}"
    );
    let shown = write(&json("{\"a\":[1,{}],\"b\":[],\"c\":\"[\"}"), true).unwrap();
    assert_eq!(
        String::from_utf8(shown).unwrap(),
        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": \"[\"\n}"
    );
}

#[test]
fn what_is_too_deep_to_be_read_is_not_written() {
    let mut deep = Json::Null;
    for _ in 0..=crate::limits::MAX_DEPTH {
        deep = Json::Array(vec![deep]);
    }
    assert_eq!(write(&deep, false).unwrap_err().code(), Code::Limit);
    let Json::Array(mut inner) = deep else {
        unreachable!();
    };
    let inner = inner.remove(0);
    let written = write(&inner, true).unwrap();
    let read = parse(&written, &Limits::UNBOUNDED).unwrap();
    assert_eq!(read.root().unwrap().to_json(), inner);
}

/// What serde_json takes is taken here, and the other way round, but for names that stand twice.
#[test]
fn another_reader_agrees() {
    let sample =
        "{\"a\":[1,-2.5e3,true,null,\"x\\n\\u00e9\\ud83d\\ude00é\"],\"b\":{\"c\":{},\"d\":[[]]}}";
    let mut taken = 0;
    for at in 0..sample.len() {
        for octet in *b"{}[],:\"\\0e-. u\x00\xff9a" {
            for insert in [false, true] {
                let mut body = sample.as_bytes().to_vec();
                match insert {
                    true => body.insert(at, octet),
                    false => body[at] = octet,
                }
                let theirs = serde_json::from_slice::<serde_json::Value>(&body);
                let own = parse(&body, &Limits::DEFAULT);
                match own {
                    Ok(document) => {
                        taken += 1;
                        let own = document.root().unwrap().to_json();
                        let own = write(&own, false).unwrap();
                        let own: serde_json::Value = serde_json::from_slice(&own).unwrap();
                        assert_eq!(own, theirs.unwrap());
                    }
                    Err(error) if error.to_string().contains("twice") => {}
                    Err(error) => assert!(theirs.is_err(), "{error} {body:?}"),
                }
            }
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn work_is_linear() {
    let many = |count: usize| {
        let members = (0..count).map(|at| format!("\"some name {at}\":[\"\\u0061\",{at}]"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    let count = |text: &str| {
        steps::count(|| {
            parse(text.as_bytes(), &Limits::DEFAULT).map(|found| found.root().unwrap().to_json())
        })
    };
    let (one, eight) = (count(&many(1000)), count(&many(8000)));
    assert!(eight < 11 * one, "{one} {eight}");
}

//! Addresses: what none is, what is too long, and that two spellings never reach one node with different rights.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Node, StatusCode, Tree};

use crate::desk::{acl, add, code, copy, delete, exec, get, leaf, replace, rooted, value, with};

#[test]
fn t20_malformed_addresses_are_400_and_all_others_exactly_one_node() {
    let mut tree = with(&[
        ("./a/b", "b"),
        ("./%2F", "escaped"),
        ("./\u{e9}", "nfc"),
        ("./A", "upper"),
        ("./a b", "blank"),
        ("./..%2f", "dots"),
    ]);
    for (uri, expected) in [
        ("a/b", Ok("b")),
        ("./a/b", Ok("b")),
        ("  ./a/b\n", Ok("b")),
        ("./%2F", Ok("escaped")),
        ("./..%2f", Ok("dots")),
        ("./\u{e9}", Ok("nfc")),
        ("./A", Ok("upper")),
        ("./a b", Ok("blank")),
        ("./%2f", Err(404)),
        ("./e\u{301}", Err(404)),
        ("./a%20b", Err(404)),
        ("./a/B", Err(404)),
        ("./a\u{a0}/b", Err(404)),
        ("./a/../b", Err(400)),
        ("./a/./b", Err(400)),
        (".//a", Err(400)),
        ("././a", Err(400)),
        ("a/", Err(400)),
        ("./", Err(400)),
        ("/a", Err(400)),
        ("/", Err(400)),
        ("", Err(400)),
        ("..", Err(400)),
        ("../a", Err(400)),
        ("a//b", Err(400)),
        ("./a?prop=ACL?prop=Name", Err(400)),
        ("./a??", Err(400)),
        ("./a?prop=ACL&prop=Name", Err(406)),
        ("?prop=ACL", Err(400)),
        ("./ a/b", Err(400)),
        ("./a /b", Err(400)),
        ("./a/?prop=ACL", Err(400)),
    ] {
        match expected {
            Ok(text) => assert_eq!(value(&tree, uri), text, "{uri}"),
            Err(status) => {
                for body in [get(uri), replace(uri, "x"), delete(uri), exec(uri)] {
                    assert_eq!(code(&mut tree, &body), status, "{body}");
                }
                if status != 404 {
                    assert_eq!(code(&mut tree, &add(uri, "x")), status, "{uri}");
                    assert_eq!(code(&mut tree, &copy("./a/b", uri)), status, "{uri}");
                    assert_eq!(code(&mut tree, &copy(uri, "./new")), status, "{uri}");
                }
                let found = tree.find(uri);
                match status {
                    404 => assert_eq!(found, Ok(None)),
                    _ => assert_eq!(found.unwrap_err().code(), Code::Arg, "{uri}"),
                }
            }
        }
    }
    assert_eq!(value(&tree, "."), "%2F/..%2f/A/a/a b/\u{e9}");
}

#[test]
fn t20_no_spelling_reaches_a_node_with_other_rights() {
    let mut tree = rooted("Add=*&Get=*&Replace=*&Delete=*");
    tree.set("./S", Node::interior(None).with_acl(acl("Exec=T")))
        .unwrap();
    tree.set("./S/L", leaf("secret")).unwrap();
    for uri in [
        "./S/L",
        "S/L",
        " S/L ",
        "./S/./L",
        "./S//L",
        "././S/L",
        "./x/../S/L",
        "S/L/",
        "/S/L",
        "./%53/L",
        "./s/l",
        "./S/L?",
        "./S/L#",
        "./S\\L",
        "./S/L\u{85}",
        "./S%2FL",
        "\u{feff}./S/L",
        "./\u{ff33}/L",
    ] {
        for body in [get(uri), replace(uri, "x"), delete(uri)] {
            let status = code(&mut tree, &body);
            assert!(matches!(status, 400 | 404 | 406 | 425), "{uri} {status}");
        }
    }
}

#[test]
fn t21_one_over_what_the_device_publishes_is_414() {
    for (name, limit, longest) in [
        ("MaxDepth", "3", "./a/b/c"),
        ("MaxTotLen", "9", "./a/b/c/d"),
        ("MaxSegLen", "4", "./\u{1F600}\u{e9}ab/abcd"),
    ] {
        let mut tree = with(&[(&format!("./DevDetail/URI/{name}"), limit), (longest, "x")]);
        assert_eq!(code(&mut tree, &get(longest)), 200, "{name}");
        let longer = match name {
            "MaxDepth" => format!("{longest}/d"),
            _ => format!("{longest}e"),
        };
        for body in [
            get(&longer),
            replace(&longer, "x"),
            add(&longer, "x"),
            delete(&longer),
            exec(&longer),
            copy(longest, &longer),
        ] {
            assert_eq!(code(&mut tree, &body), 414, "{body}");
        }
        // 0 is no limit, what is no number neither.
        for none in ["0", "", "none", "-1", "65536", "1e3"] {
            tree.set(&format!("./DevDetail/URI/{name}"), leaf(none))
                .unwrap();
            assert_eq!(code(&mut tree, &get(&longer)), 404, "{none}");
        }
        // The host is not held to it.
        tree.set(&format!("./DevDetail/URI/{name}"), leaf("1"))
            .unwrap();
        assert!(tree.find(longest).unwrap().is_some());
    }
    let mut tree = with(&[("./DevDetail/URI/MaxTotLen", "12"), ("./A", "a")]);
    assert_eq!(code(&mut tree, &get("./A?prop=ACL")), 200);
    assert_eq!(code(&mut tree, &get("./A?prop=Name")), 414);
    tree.set("./DevDetail/URI/MaxTotLen", leaf("3")).unwrap();
    assert_eq!(code(&mut tree, &get("./A")), 200);
    assert_eq!(code(&mut tree, &replace("A", "b")), 200);
}

#[test]
fn t21_there_is_an_end_even_without_limits() {
    let mut tree = with(&[]);
    let deep = ["a"; 64].join("/");
    tree.set(&deep, leaf("x")).unwrap();
    assert_eq!(value(&tree, &deep), "x");
    assert_eq!(code(&mut tree, &get(&format!("{deep}/a"))), 414);
    assert_eq!(code(&mut tree, &add(&"a".repeat(1024), "x")), 200);
    assert_eq!(code(&mut tree, &add(&"a".repeat(1025), "x")), 414);
    let restored = Tree::restore(&tree.save().unwrap(), &[], &omadm::Limits::DEFAULT).unwrap();
    assert_eq!(restored, tree);
    assert_eq!(
        tree.set(&"a".repeat(1025), leaf("x")).unwrap_err().code(),
        Code::Arg
    );
}

#[test]
fn t31_names_are_kept_exactly() {
    let names = [
        "__proto__",
        "constructor",
        "toString",
        "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        "a.b",
        ".a",
        "a.",
        "...",
        "%",
        "%2e%2e",
        "*",
        "a&b",
        "a<b",
        "a\"b'",
        "a+b",
        "a=b",
        "#",
        "\u{e9}",
        "e\u{301}",
        "\u{202e}abc",
        "x y",
        &"n".repeat(255),
    ];
    let mut tree = with(&[]);
    for name in names {
        assert_eq!(
            code(&mut tree, &add(&format!("./{name}"), name)),
            200,
            "{name}"
        );
        assert_eq!(
            code(&mut tree, &add(&format!("./{name}"), name)),
            418,
            "{name}"
        );
    }
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(value(&tree, "."), sorted.join("/"));
    for name in names {
        assert_eq!(value(&tree, &format!("./{name}")), name);
        assert_eq!(value(&tree, &format!("./{name}?prop=Name")), name);
    }
    for name in names {
        assert_eq!(
            code(&mut tree, &delete(&format!("./{name}"))),
            200,
            "{name}"
        );
    }
    assert_eq!(tree.len(), 1);
    assert_eq!(
        StatusCode(code(&mut tree, &get("./__proto__"))),
        StatusCode::NOT_FOUND
    );
}

//! Trees that are as device descriptions say: what they start with, and what can be done with them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Limits, Node, Tree};

use crate::desk::{
    DESK, TNDS, acl, add, add_node, code, copy, delete, document, exec, get, leaf, replace, set,
    shown, value,
};

fn node(name: &str, access: &str, format: &str, more: &str, inside: &str) -> String {
    let access: String = access
        .split(' ')
        .filter(|one| !one.is_empty())
        .map(|one| format!("<{one}/>"))
        .collect();
    let kind = match (format, more.contains("<DFType>")) {
        (_, true) => "",
        ("node", _) => "<DFType><DDFName/></DFType>",
        _ => "<DFType><MIME>text/plain</MIME></DFType>",
    };
    // In the order of the DTD: what stands before the type, and what behind it.
    let (before, behind) = more.split_once('|').unwrap_or((more, ""));
    let name = if name == "*" {
        "<NodeName/>".to_owned()
    } else {
        format!("<NodeName>{name}</NodeName>")
    };
    format!(
        "<Node>{name}<DFProperties><AccessType>{access}</AccessType>{}<DFFormat><{format}/></DFFormat>{}{kind}{behind}</DFProperties>{inside}</Node>",
        before.split("<Occurrence>").next().unwrap(),
        before.find("<Occurrence>").map_or("", |at| &before[at..]),
    )
}

fn tree(inside: &str) -> Tree {
    let source = document(inside);
    let mut tree = Tree::described(&[source.as_bytes()], &Limits::DEFAULT).unwrap();
    tree.set(
        ".",
        Node::interior(None).with_acl(acl("Add=*&Delete=*&Exec=*&Get=*&Replace=*")),
    )
    .unwrap();
    tree
}

const ALL: &str = "Add Copy Delete Exec Get Replace";

/// A description with something of everything.
fn example() -> Tree {
    let dynamic = "<Occurrence><ZeroOrMore/></Occurrence><Scope><Dynamic/></Scope>";
    let permanent = "<Occurrence><One/></Occurrence><Scope><Permanent/></Scope>";
    let few = "<Occurrence><ZeroOrN>2</ZeroOrN></Occurrence>";
    let leaves = [
        node(
            "Level",
            "Add Get Replace",
            "int",
            "<Occurrence><ZeroOrOne/></Occurrence>",
            "",
        ),
        node(
            "Name",
            "Get Replace",
            "chr",
            &format!("<DefaultValue>anon</DefaultValue>{permanent}"),
            "",
        ),
        node("Fixed", "Get", "chr", permanent, ""),
        node("Run", "Exec", "null", permanent, ""),
    ];
    let user = node(
        "*",
        "Add Delete Get Replace",
        "node",
        dynamic,
        &node(
            "Age",
            ALL,
            "int",
            "<Occurrence><ZeroOrOne/></Occurrence>",
            "",
        ),
    );
    let limited = node("*", "Add Delete Get", "chr", few, "");
    let inside = leaves.concat()
        + &node("Users", "Get Add", "node", permanent, &user)
        + &node(
            "Few",
            "Get Add",
            "node",
            permanent,
            &(limited
                + &node(
                    "Known",
                    "Get Add Delete",
                    "chr",
                    "<Occurrence><ZeroOrOne/></Occurrence>",
                    "",
                )),
        );
    tree(&node("X", "Get", "node", permanent, &inside))
}

#[test]
fn it_starts_with_what_must_be_there() {
    assert_eq!(value(&example(), "./X"), "Few/Fixed/Name/Run/Users");
    assert_eq!(value(&example(), "./X/Name"), "anon");
    assert_eq!(value(&example(), "./X/Users"), "");
    assert_eq!(value(&example(), "./X/Fixed"), "");
}

#[test]
fn each_command_is_allowed_where_the_description_allows_it() {
    for (body, status) in [
        (get("./X"), 200),
        (get("./X/Fixed"), 200),
        (get("./X/Run"), 405),
        (replace("./X/Name", "n"), 200),
        (replace("./X/Fixed", "n"), 405),
        // The item is silent on its format, which is then that of the description.
        (add("./X/Level", "5"), 200),
        (set("Add", "./X/Level", "int", "", "5"), 200),
        (set("Add", "./X/Level", "chr", "", "5"), 415),
        (set("Add", "./X/Level", "int", "", "high"), 415),
        (set("Add", "./X/Level", "int", "text/x", "5"), 415),
        (add_node("./X/Level"), 415),
        (add("./X/Other", "o"), 405),
        (add("./X/Fixed/Y", "o"), 405),
        (add_node("./X/Users/1"), 200),
        (add("./X/Users/1", "leaf"), 415),
        (delete("./X/Name"), 405),
        (delete("./X"), 405),
        (delete("./X/Users"), 405),
        (replace("./X/Name?prop=Name", "N"), 405),
        (exec("./X/Name"), 405),
        (copy("./X/Name", "./X/Level"), 405),
        (set("Replace", "./X/Name", "int", "", "5"), 415),
        (set("Replace", "./X/Name", "", "text/x", "5"), 415),
        // Beside what is described nothing is said.
        (add("./Y", "y"), 200),
    ] {
        assert_eq!(code(&mut example(), &body), status, "{body}");
    }
    let ran = DESK.run_with(&mut example(), &exec("./X/Run"), &|_, _| crate::desk::ok());
    assert_eq!(ran.codes(), [200]);
    let mut tree = example();
    assert_eq!(code(&mut tree, &add_node("./X/Users/1")), 200);
    for (body, status) in [
        (set("Add", "./X/Users/1/Age", "int", "", "7"), 200),
        (set("Replace", "./X/Users/1/Age", "int", "", "8"), 200),
        (replace("./X/Users/1/Age", "9"), 200),
        (add("./X/Users/1/Other", "o"), 405),
        (replace("./X/Users/1?prop=Name", "2"), 200),
        (copy("./X/Users/2/Age", "./X/Users/2/Other"), 405),
        (delete("./X/Users/2"), 200),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
}

#[test]
fn there_are_no_more_of_a_node_than_there_may_be() {
    let mut tree = example();
    for (body, status) in [
        (add("./X/Few/a", "a"), 200),
        (add("./X/Few/Known", "k"), 200),
        (add("./X/Few/b", "b"), 200),
        (add("./X/Few/c", "c"), 420),
        (replace("./X/Few/a?prop=Name", "c"), 200),
        (replace("./X/Few/Known?prop=Name", "d"), 405),
        (delete("./X/Few/b"), 200),
        (replace("./X/Few/c?prop=Name", "Known"), 418),
        (add("./X/Few/e", "e"), 200),
        (add("./X/Few/f", "f"), 420),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
    let before = shown(&tree);
    let nodes: String = (0..3)
        .map(|at| format!("<Node><NodeName>{at}</NodeName><Value>x</Value></Node>"))
        .collect();
    let body = set(
        "Replace",
        "./X/Few",
        "xml",
        TNDS,
        &document(&format!("<Node><NodeName>Few</NodeName>{nodes}</Node>")),
    );
    assert_eq!(code(&mut tree, &body), 405, "Few cannot be replaced");
    assert_eq!(shown(&tree), before);
}

#[test]
fn a_document_obeys_the_description_as_single_commands_do() {
    let user = |name: &str, age: &str, format: &str| {
        document(&format!(
            "<Node><NodeName>{name}</NodeName><Node><NodeName>Age</NodeName><RTProperties><Format><{format}/></Format><Type><MIME>text/plain</MIME></Type>\
            </RTProperties><Value>{age}</Value></Node></Node>"
        ))
    };
    let mut tree = example();
    for (document, status) in [
        (user("1", "5", "chr"), 415),
        (user("1", "old", "int"), 415),
        (user("1", "5", "int").replace("Age", "Size"), 405),
        (user("1", "5", "int"), 200),
        (user("1", "5", "int"), 418),
    ] {
        assert_eq!(
            code(
                &mut tree,
                &set("Add", "./X/Users/1", "xml", TNDS, &document)
            ),
            status,
            "{document}"
        );
    }
    for (document, status) in [
        (user("1", "old", "int"), 415),
        (user("1", "6", "int").replace("Age", "Size"), 405),
        (user("1", "6", "int"), 200),
    ] {
        assert_eq!(
            code(
                &mut tree,
                &set("Replace", "./X/Users/1", "xml", TNDS, &document)
            ),
            status,
            "{document}"
        );
    }
    assert_eq!(value(&tree, "./X/Users/1/Age"), "6");
}

#[test]
fn t20_where_case_does_not_count_two_spellings_are_one_node() {
    let sense = "<Occurrence><ZeroOrMore/></Occurrence>|<CaseSense><CIS/></CaseSense>";
    let inside = node(
        "*",
        ALL,
        "node",
        sense,
        &node(
            "*",
            ALL,
            "chr",
            "<Occurrence><ZeroOrMore/></Occurrence>",
            "",
        ),
    );
    let mut tree = tree(&node("X", ALL, "node", "", &inside));
    for (body, status) in [
        (add_node("./X/Abc"), 200),
        (add_node("./X/ABC"), 418),
        (add("./X/aBC/Leaf", "l"), 200),
        (add("./X/Abc/LEAF", "l"), 418),
        (get("./x/Abc"), 404),
        (replace("./X/ABC/leaf", "m"), 200),
        (
            replace("./X/abc?prop=ACL", "Get=*&Delete=*&Replace=*&Add=*"),
            200,
        ),
        (replace("./X/abc/leaf?prop=Name", "LeaF"), 200),
        (add("./X/Abc/Other", "o"), 200),
        (replace("./X/abc/other?prop=Name", "lEAf"), 418),
        (copy("./X/abc/other", "./X/abc/LEAf"), 200),
        (
            set(
                "Add",
                "./X/New",
                "xml",
                TNDS,
                &document(
                    "<Node><NodeName>New</NodeName><Node><NodeName>a</NodeName><Value>1</Value></Node><Node><NodeName>A</NodeName><Value>2</Value></Node></Node>",
                ),
            ),
            418,
        ),
        (add("./X/abc/\u{c9}", "1"), 200),
        // Of other letters case counts.
        (add("./X/abc/\u{e9}", "2"), 200),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
    assert_eq!(value(&tree, "./X/aBc"), "LeaF/Other/\u{c9}/\u{e9}");
    assert_eq!(value(&tree, "./X/ABC/LEAF"), "o");
    assert_eq!(value(&tree, "./X/ABC/LEAF?prop=Name"), "LeaF");
    // Rights are those of the node, however it is spelled.
    tree.set("./X/ABC/leaf", leaf("o").with_acl(acl("Exec=T")))
        .unwrap();
    for uri in ["./X/Abc/LeaF", "./X/abc/leaf", "./X/ABC/LEAF"] {
        assert_eq!(code(&mut tree, &get(uri)), 425, "{uri}");
    }
    let restored = Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
    assert_eq!(restored, tree);
    let mut tree = restored;
    assert_eq!(code(&mut tree, &get("./X/ABC/LEAF")), 425);
    assert_eq!(code(&mut tree, &delete("./X/ABC")), 200);
    assert_eq!(code(&mut tree, &get("./X/abc")), 404);
    assert_eq!(code(&mut tree, &add_node("./X/abc")), 200);
    // A copy of something deeper, and its new place.
    assert_eq!(code(&mut tree, &add("./X/abc/One", "1")), 200);
    assert_eq!(code(&mut tree, &copy("./X/ABC", "./X/def")), 200);
    assert_eq!(value(&tree, "./X/DEF/ONE"), "1");
    assert_eq!(code(&mut tree, &replace("./X/def?prop=Name", "ghi")), 200);
    assert_eq!(value(&tree, "./X/GHI/one"), "1");
}

#[test]
fn values_obey_what_is_allowed() {
    let ms = "xmlns:MSFT='http://schemas.microsoft.com/MobileDevice/DM'";
    let allowed = format!(
        "<Occurrence><One/></Occurrence>|<MSFT:AllowedValues {ms} ValueType='Range'><MSFT:Value>[1-5]</MSFT:Value></MSFT:AllowedValues>"
    );
    let mut tree = tree(&node(
        "X",
        ALL,
        "int",
        &format!("<DefaultValue>3</DefaultValue>{allowed}"),
        "",
    ));
    assert_eq!(value(&tree, "./X"), "3");
    for (text, status) in [
        ("1", 200),
        ("5", 200),
        ("6", 415),
        ("0", 415),
        ("x", 415),
        ("", 415),
    ] {
        assert_eq!(
            code(&mut tree, &set("Replace", "./X", "int", "", text)),
            status,
            "{text}"
        );
    }
    assert_eq!(value(&tree, "./X"), "5");
}

#[test]
fn a_type_that_is_not_told_is_that_of_the_description() {
    let kind = "<Occurrence><One/></Occurrence><DFType><MIME>application/x</MIME><MIME>text/x</MIME></DFType>";
    let mut tree = tree(&node("X", ALL, "chr", kind, ""));
    assert_eq!(value(&tree, "./X?prop=Type"), "application/x");
    for (mime, status) in [
        ("", 200),
        ("text/x", 200),
        ("text/plain", 415),
        ("application/x", 200),
    ] {
        assert_eq!(
            code(&mut tree, &set("Replace", "./X", "", mime, "v")),
            status,
            "{mime}"
        );
    }
}

#[test]
fn the_host_may_do_what_descriptions_do_not_foresee() {
    let mut tree = example();
    tree.set("./X/Unforeseen", leaf("u")).unwrap();
    assert_eq!(value(&tree, "./X/Unforeseen"), "u");
    let bad = document("<Node><NodeName>X</NodeName></Node>");
    let error = Tree::described(&[bad.as_bytes()], &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.code(), Code::Schema);
    let source = document(&node("X", ALL, "node", "", &node("Y", ALL, "chr", "", "")));
    let limits = Limits {
        nodes: 2,
        ..Limits::DEFAULT
    };
    let error = Tree::described(&[source.as_bytes()], &limits).unwrap_err();
    assert_eq!(error.code(), Code::Limit);
    assert!(Tree::described(&[], &limits).unwrap().is_empty());
}

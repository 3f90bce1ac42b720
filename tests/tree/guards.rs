//! Ways round a rule: each is refused as the straight way is, and leaves the tree as it was.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{Acl, Scope};
use omadm::{Data, Format, Node, Tree};

use crate::desk::{
    add, add_node, as_server, code, copy, document, get, leaf, open, replace, rooted, set, shown,
    value,
};

const TNDS: &str = "application/vnd.syncml.dmtnds+xml";
const DMACC: &str = "urn:oma:mo:oma-dm-dmacc:1.0";

/// What is refused with this code, and leaves no trace.
fn refused(tree: &mut Tree, body: &str, status: u16) {
    let before = shown(tree);
    assert_eq!(code(tree, body), status, "{body}");
    assert_eq!(shown(tree), before, "{body}");
}

#[test]
fn no_name_makes_a_node_one_of_the_device() {
    let mut tree = open();
    for uri in ["./X", "./X/URI"] {
        assert_eq!(code(&mut tree, &add_node(uri)), 200);
    }
    assert_eq!(code(&mut tree, &add("./X/URI/MaxSegLen", "1")), 200);
    for name in ["DevInfo", "DevDetail", "Inbox"] {
        refused(&mut tree, &replace("./X?prop=Name", name), 405);
        refused(&mut tree, &copy("./X", &format!("./{name}")), 405);
        refused(&mut tree, &add(&format!("./{name}"), "x"), 405);
    }
}

#[test]
fn what_is_built_in_keeps_place_and_format() {
    let mut tree = open();
    let built_in = |format: Format, value: &str| {
        let node = Node::leaf(format, None, Some(Data::Text(value.to_owned()))).unwrap();
        node.with_scope(Scope::Permanent)
    };
    tree.set("./X/P", built_in(Format::Int, "1")).unwrap();
    tree.set("./S", leaf("s")).unwrap();
    let two = Node::leaf(Format::Int, None, Some(Data::Text("2".to_owned()))).unwrap();
    tree.set("./Two", two).unwrap();
    refused(&mut tree, &replace("./X?prop=Name", "Y"), 405);
    refused(&mut tree, &copy("./S", "./X/P"), 405);
    assert_eq!(code(&mut tree, &copy("./Two", "./X/P")), 200);
    assert_eq!(value(&tree, "./X/P"), "2");
}

#[test]
fn nothing_is_kept_in_the_inbox() {
    let mut tree = open();
    tree.set_inbox(Acl::parse("Add=*").unwrap()).unwrap();
    tree.set("./S", leaf("s")).unwrap();
    refused(&mut tree, &copy("./S", "./Inbox/s"), 405);
    refused(&mut tree, &add("./Inbox/x/y", "z"), 404);
}

#[test]
fn an_object_that_the_device_places_gives_no_right_beside_it() {
    let mut tree = rooted("Add=*&Get=*");
    tree.set_inbox(Acl::parse("Add=*").unwrap()).unwrap();
    let account = format!(
        "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format><Type><DDFName>{DMACC}</DDFName></Type></RTProperties></Node>"
    );
    let body = set("Add", "./Inbox", "xml", TNDS, &document(&account));
    assert_eq!(as_server("A").code(&mut tree, &body), 200);
    assert_eq!(tree.instances(DMACC), ["./DMAcc/A"]);
    let delete = crate::desk::delete("./DMAcc");
    assert_eq!(as_server("A").code(&mut tree, &delete), 425);
    assert_eq!(
        as_server("A").code(&mut tree, &crate::desk::delete("./DMAcc/A")),
        200
    );
}

#[test]
fn an_account_stays_one_while_it_holds_secrets() {
    let mut tree = open();
    tree.set("./DMAcc/x", Node::interior(Some(DMACC.to_owned())))
        .unwrap();
    tree.set("./DMAcc/x/AppAuth/1/AAuthSecret", leaf("s"))
        .unwrap();
    let as_type = |kind: &str| {
        let inner = "<Node><NodeName>AppAuth</NodeName><Node><NodeName>1</NodeName><Node><NodeName>AAuthSecret</NodeName><Value>s</Value></Node></Node></Node>";
        let node = format!(
            "<Node><NodeName>x</NodeName><RTProperties><Format><node/></Format><Type><DDFName>{kind}</DDFName></Type></RTProperties>{inner}</Node>"
        );
        set("Replace", "./DMAcc/x", "xml", TNDS, &document(&node))
    };
    refused(&mut tree, &as_type("com.example/1.0/x"), 405);
    for same in [DMACC, "urn:oma:mo:oma-dm-dmacc"] {
        assert_eq!(code(&mut tree, &as_type(same)), 200, "{same}");
        assert_eq!(
            code(&mut tree, &get("./DMAcc/x/AppAuth/1/AAuthSecret")),
            405
        );
    }
}

#[test]
fn a_server_without_identifier_has_what_all_have() {
    for id in ["*", "a+b", "a&Replace=*", ""] {
        let id: &'static str = id;
        let mut tree = rooted("Add=*&Get=*&Replace=S");
        assert_eq!(as_server(id).code(&mut tree, &add_node("./X")), 200);
        let acl = tree.find("./X").unwrap().map(|found| match found {
            omadm::tree::Found::Interior(node, _) | omadm::tree::Found::Leaf(node) => {
                node.acl().to_string()
            }
        });
        assert_eq!(acl.as_deref(), Some("Get=*"), "{id}");
        assert_eq!(
            as_server(id).code(&mut tree, &replace("./X?prop=Title", "t")),
            425
        );
    }
}

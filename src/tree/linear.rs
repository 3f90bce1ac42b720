//! Work on trees, counted in steps: what concerns one node costs no more among many than among few but for a logarithm, and what concerns
//! many costs each of them alike.

use crate::limits::Limits;
use crate::status::StatusCode;
use crate::steps::{count, need_even_cost};
use crate::syncml::{Command, Data, Format, Item, Location, Meta, Operation};

use super::{
    Acl, Actor, Effect, Execution, HostValues, ImplicitAdd, Node, Progress, Terms, Tree, Verdict,
};

const ACTOR: Actor<'_> = Actor {
    server: "S",
    now: Some(0),
};

fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

fn item(uri: &str, value: &str) -> Item {
    Item {
        data: Some(Data::Text(value.to_owned())),
        ..Item::at(uri)
    }
}

fn copied(from: &str, to: &str) -> Item {
    Item {
        source: Some(Location::of(from.to_owned())),
        ..Item::at(to)
    }
}

fn document(uri: &str, text: String) -> Item {
    Item {
        meta: Some(Meta::of("xml", crate::tnds::MEDIA_TYPE_XML)),
        data: Some(Data::Markup(text)),
        ..Item::at(uri)
    }
}

fn open(list: &str) -> Tree {
    let mut tree = Tree::new(&Limits::UNBOUNDED);
    let root = Node::interior(None).with_acl(Acl::parse(list).unwrap());
    tree.set(".", root).unwrap();
    tree
}

const ALL: &str = "Add=*&Delete=*&Get=*&Replace=*";

/// So many leaves below one node.
fn flat(size: usize) -> Tree {
    let mut tree = open(ALL);
    for at in 0..size {
        tree.set(&format!("./A/{at:06}"), leaf("v")).unwrap();
    }
    tree
}

/// So many nodes in chains of 50.
fn deep(size: usize) -> Tree {
    let mut tree = open(ALL);
    let chain = ["a"; 49].join("/");
    for at in 0..size / 50 {
        let uri = format!("./A/{:06}/{chain}", at);
        tree.set(&uri, leaf("v")).unwrap();
    }
    tree
}

/// So many leaves where case does not count, of which there may be a million.
fn folded(size: usize) -> Tree {
    let source = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><DFProperties><AccessType><Get/></AccessType>\
        <DFFormat><node/></DFFormat><DFType><DDFName/></DFType></DFProperties><Node><NodeName/><DFProperties><AccessType><Add/><Copy/>\
        <Delete/><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat><Occurrence><ZeroOrN>65536</ZeroOrN></Occurrence><DFType>\
        <MIME>text/plain</MIME></DFType><CaseSense><CIS/></CaseSense></DFProperties></Node></Node></MgmtTree>";
    let mut tree = Tree::described(&[source.as_bytes()], &Limits::UNBOUNDED).unwrap();
    let root = Node::interior(None).with_acl(Acl::parse(ALL).unwrap());
    tree.set(".", root).unwrap();
    for at in 0..size.min(65_000) {
        tree.set(&format!("./A/N{at:06}"), leaf("v")).unwrap();
    }
    tree
}

fn found(effect: Result<Effect, StatusCode>) {
    assert!(matches!(effect, Ok(Effect::Found(_))), "{effect:?}");
}

fn changed(effect: Result<Effect, StatusCode>) {
    assert!(matches!(effect, Ok(Effect::Changed(_))), "{effect:?}");
}

/// What is done with a single node of each tree: where the nodes are, and a leaf among them.
fn single(tree: &mut Tree, around: &str, at: &str) -> [usize; 9] {
    let new = format!("{around}/zz");
    let other = format!("{around}/yy");
    let none = HostValues::new();
    [
        count(|| found(tree.get(at, &ACTOR, &none))),
        count(|| changed(tree.replace(&item(at, "x"), None, &ACTOR))),
        count(|| changed(tree.add(&item(&new, "x"), None, &ACTOR, ImplicitAdd::No))),
        count(|| {
            let name = format!("{new}?prop=Name");
            changed(tree.replace(&item(&name, "xx"), None, &ACTOR));
        }),
        count(|| changed(tree.copy(&copied(at, &other), &ACTOR, &none))),
        count(|| changed(tree.delete(&item(&other, ""), &ACTOR))),
        count(|| tree.set(&new, leaf("x")).unwrap()),
        count(|| assert!(tree.find(&new).unwrap().is_some())),
        count(|| assert!(tree.remove(&new).unwrap())),
    ]
}

#[test]
fn one_node_among_many_costs_no_more_than_among_few() {
    type Family = (&'static str, fn(usize) -> Tree, &'static str, String);
    let chain = format!("./A/000003/{}", ["a"; 49].join("/"));
    let families: [Family; 3] = [
        ("flat", flat, "./A", "./A/000500".into()),
        ("deep", deep, "./A", chain),
        (
            "without case",
            folded,
            "./A",
            "./a/N000500".replace("/a/", "/A/"),
        ),
    ];
    for (name, member, around, at) in families {
        let counted = [1_000, 100_000].map(|size| single(&mut member(size), around, &at));
        for (few, many) in counted[0].iter().zip(counted[1]) {
            assert!(*few > 0 && many <= 2 * few + 40, "{name}: {counted:?}");
        }
    }
    // Another spelling costs no more.
    let none = HostValues::new();
    let counted = [1_000, 65_000].map(|size| {
        let tree = folded(size);
        count(|| found(tree.get("./A/n000500", &ACTOR, &none)))
    });
    assert!(counted[1] <= 2 * counted[0], "{counted:?}");
}

fn nodes(size: usize) -> String {
    let node = |at| format!("<Node><NodeName>{at:06}</NodeName><Value>v</Value></Node>");
    (0..size).map(node).collect()
}

fn subtree(name: &str, size: usize) -> String {
    format!(
        "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>{name}</NodeName>{}</Node></MgmtTree>",
        nodes(size)
    )
}

fn get(tree: &Tree, uri: &str) -> usize {
    count(|| found(tree.get(uri, &ACTOR, &HostValues::new())))
}

/// Executes so many commands in an Atomic, with a rest in the midst of them.
fn atomic(size: usize) -> usize {
    let mut tree = flat(size);
    tree.set("./H", leaf("h").owned_by(super::Owner::Host))
        .unwrap();
    let operation = |at: usize, item| Operation {
        cmd_id: Some(at.to_string()),
        items: vec![item],
        ..Operation::default()
    };
    let mut commands: Vec<Command> = (0..size)
        .map(|at| Command::Replace(operation(at + 2, item(&format!("./A/{at:06}"), "w"))))
        .collect();
    commands.insert(size / 2, Command::Replace(operation(1, item("./H", "x"))));
    let group = crate::syncml::Atomic {
        cmd_id: Some("1000000".to_owned()),
        commands,
        ..Default::default()
    };
    let commands = [Command::Atomic(group)];
    let terms = Terms {
        actor: ACTOR,
        implicit_add: ImplicitAdd::No,
        alert: &|_| Verdict::Ask,
        fits: &|_| true,
        settled: &|_, _| None,
        takes: &|_, _| true,
    };
    count(|| {
        let mut execution = Execution::new();
        let asked = execution
            .run(&commands, &mut tree, &terms, &mut Vec::new())
            .unwrap();
        assert!(matches!(asked, Progress::Asked(_)));
        let saved = postcard::to_allocvec(&execution).unwrap();
        execution = postcard::from_bytes(&saved).unwrap();
        let done = super::Reply::Status(StatusCode::OK, Vec::new());
        execution.reply(&commands, done).unwrap();
        let done = execution
            .run(&commands, &mut tree, &terms, &mut Vec::new())
            .unwrap();
        assert_eq!(done, Progress::Done);
        assert!(
            execution
                .answers()
                .iter()
                .all(|answer| answer.code == StatusCode::OK)
        );
    })
}

/// What concerns many nodes, by their number.
type Family = (&'static str, fn(usize) -> usize);

const FAMILIES: [Family; 18] = [
    ("names of children", |size| get(&flat(size), "./A")),
    ("structure", |size| get(&flat(size), ".?list=Struct")),
    ("structure, deep", |size| get(&deep(size), ".?list=Struct")),
    ("values", |size| get(&flat(size), "./A?list=StructData")),
    ("a document", |size| get(&flat(size), "./A?list=TNDS")),
    ("a document, deep", |size| get(&deep(size), "./A?list=TNDS")),
    ("a long list", |size| {
        let servers: Vec<String> = (0..size / 10).map(|at| format!("s{at:05}")).collect();
        let text = format!("Get={}", servers.join("+"));
        count(|| assert!(Acl::parse(&text).is_some()))
    }),
    ("adding a document", |size| {
        let given = document("./X", subtree("X", size));
        let mut tree = open(ALL);
        count(|| changed(tree.add(&given, None, &ACTOR, ImplicitAdd::No)))
    }),
    ("exchanging a document", |size| {
        let given = document("./A", subtree("A", size));
        let mut tree = flat(size);
        count(|| changed(tree.replace(&given, None, &ACTOR)))
    }),
    ("a document in the place of another", |size| {
        let given = document(
            "./A",
            subtree("A", size).replace("<NodeName>0", "<NodeName>x"),
        );
        let mut tree = flat(size);
        count(|| changed(tree.replace(&given, None, &ACTOR)))
    }),
    ("objects in the inbox", |size| {
        let one = "<Node><NodeName/><RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type>\
            </RTProperties><Node><NodeName>a</NodeName></Node></Node>";
        let text = format!(
            "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>{}</MgmtTree>",
            one.repeat(size)
        );
        let mut tree = open(ALL);
        tree.set_inbox(Acl::parse("Add=*").unwrap()).unwrap();
        let given = document("./Inbox", text);
        count(|| changed(tree.add(&given, None, &ACTOR, ImplicitAdd::No)))
    }),
    ("copying a sub-tree", |size| {
        let mut tree = flat(size);
        let given = copied("./A", "./B");
        count(|| changed(tree.copy(&given, &ACTOR, &HostValues::new())))
    }),
    ("renaming and deleting a sub-tree", |size| {
        let mut tree = flat(size);
        count(|| {
            changed(tree.replace(&item("./A?prop=Name", "B"), None, &ACTOR));
            changed(tree.delete(&item("./B", ""), &ACTOR));
        })
    }),
    ("setting many", |size| count(|| flat(size))),
    ("saving and restoring", |size| {
        let tree = flat(size);
        count(|| {
            let saved = tree.save().unwrap();
            assert_eq!(
                Tree::restore(&saved, &[], &Limits::UNBOUNDED).unwrap(),
                tree
            );
        })
    }),
    ("saving and restoring what has changed", |size| {
        // No more changes are remembered.
        let mut tree = flat(size.min(5_000));
        let (saved, revision) = (tree.save().unwrap(), tree.revision());
        for at in 0..size.min(5_000) {
            tree.set(&format!("./A/{at:06}"), leaf("w")).unwrap();
        }
        count(|| {
            let delta = tree.save_since(revision).unwrap().unwrap();
            Tree::restore(&saved, &[&delta], &Limits::UNBOUNDED).unwrap()
        })
    }),
    ("an atomic with a rest", atomic),
    ("servers that are gone", |size| {
        let mut tree = flat(size);
        count(|| tree.forget_server("S"))
    }),
];

#[test]
fn many_nodes_cost_each_alike() {
    need_even_cost(&FAMILIES, [500, 5_000], 50);
}

#[test]
fn a_long_list_is_not_looked_at_for_each_node() {
    let servers: Vec<String> = (0..900).map(|at| format!("srv{at:04}")).collect();
    let [short, long] = [String::new(), servers.join("+") + "+"].map(|others| {
        let mut tree = open(&format!("Add=*&Get={others}S"));
        for at in 0..1000 {
            tree.set(&format!("./{at:06}"), leaf("v")).unwrap();
        }
        get(&tree, ".?list=Struct")
    });
    assert!(long > short && long < short + 10 * 900, "{short} {long}");
}

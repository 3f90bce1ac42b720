//! The body for operations on a tree: octets are commands, in and out of an Atomic, with a host that answers now this, now that.

use crate::error::{Code, Error, Fault, Result};
use crate::limits::Limits;
use crate::status::StatusCode;
use crate::syncml::{Atomic, Command, Data, Format, Item, Location, Meta, Operation};
use crate::tnds;
use crate::tree::{
    Acl, Actor, Execution, ImplicitAdd, Node, Owner, Progress, Question, Reply, Scope, Terms, Tree,
    Verdict,
};

use super::document::check_tree;
use super::octets::Octets;

/// Names of nodes.
const NAMES: [&str; 8] = ["a", "b", "c", "H", "P", "Inbox", "AAuthSecret", "A"];

/// What URIs end with.
const QUERIES: [&str; 10] = [
    "",
    "",
    "",
    "?prop=ACL",
    "?prop=Name",
    "?prop=Title",
    "?prop=Size",
    "?list=Struct",
    "?list=StructData",
    "?list=TNDS-TStamp",
];

/// Values, names, lists and documents.
const VALUES: [&str; 10] = [
    "",
    "v",
    "b",
    "AQI=",
    "Add=*&Get=S",
    "Get=*&Replace=*&Add=*&Delete=*",
    "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>a</NodeName><Node><NodeName>b</NodeName><Value>1</Value></Node></Node></MgmtTree>",
    "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>b</NodeName><Value>2</Value></Node><Node><NodeName>c</NodeName></Node></MgmtTree>",
    "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName/><RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties><Node><NodeName>AAuthSecret</NodeName><Value>s</Value></Node></Node></MgmtTree>",
    "<a/>",
];

const FORMATS: [&str; 6] = ["", "chr", "node", "b64", "int", "xml"];

impl Octets<'_> {
    fn uri(&mut self) -> String {
        let count = self.next() % 5;
        let names: Vec<&str> = (0..count).map(|_| self.one(&NAMES)).collect();
        let path = match names.is_empty() {
            true => ".".to_owned(),
            false => format!("./{}", names.join("/")),
        };
        path + self.one(&QUERIES)
    }

    fn item(&mut self) -> Item {
        let (uri, value, format) = (self.uri(), self.one(&VALUES), self.one(&FORMATS));
        let is_markup = value.starts_with('<');
        let mime = match value.contains("MgmtTree") {
            true => tnds::MEDIA_TYPE_XML,
            false => "",
        };
        Item {
            source: Some(Location::of(self.uri())),
            meta: Some(Meta::of(format, mime)),
            data: Some(match is_markup {
                true => Data::Markup(value.to_owned()),
                false => Data::Text(value.to_owned()),
            }),
            ..Item::at(&uri)
        }
    }

    fn command(&mut self, cmd_id: &mut u32) -> Command {
        *cmd_id += 1;
        let kind = self.next();
        let count = 1 + self.next() / 200;
        let operation = Operation {
            cmd_id: Some(cmd_id.to_string()),
            items: (0..count).map(|_| self.item()).collect(),
            ..Operation::default()
        };
        match kind % 8 {
            0 => Command::Get(operation),
            1 | 2 => Command::Add(operation),
            3 | 4 => Command::Replace(operation),
            5 => Command::Delete(operation),
            6 => Command::Copy(operation),
            _ => Command::Exec(operation),
        }
    }
}

/// A tree with a bit of everything.
fn start() -> Result<Tree> {
    let limits = Limits {
        nodes: 40,
        ..Limits::DEFAULT
    };
    let mut tree = Tree::new(&limits);
    let list = |text| Acl::parse(text).unwrap_or_default();
    let leaf = |value: &str| {
        let data = Some(Data::Text(value.to_owned()));
        Node::leaf(Format::Chr, None, data).unwrap_or_else(|_| Node::interior(None))
    };
    let all = list("Add=*&Delete=*&Exec=*&Get=*&Replace=*");
    tree.set(".", Node::interior(None).with_acl(all))?;
    tree.set("./H", leaf("h").owned_by(Owner::Host))?;
    tree.set("./a/H", leaf("h").owned_by(Owner::Host))?;
    tree.set("./P/P", leaf("p").with_scope(Scope::Permanent))?;
    tree.set("./c", Node::interior(None).with_acl(list("Get=*")))?;
    tree.set_inbox(list("Add=*&Get=*"))?;
    Ok(tree)
}

/// Operations on a tree: whatever is asked, it stays a tree; what fails changes nothing; a rest at any question changes nothing; what is
/// saved is what is there.
pub fn tree(input: &[u8]) {
    if let Err(error) = operations(&mut Octets::of(input)) {
        panic!("{error}");
    }
}

fn operations(octets: &mut Octets<'_>) -> Result<()> {
    let mut tree = start()?;
    let (full, mut saved, mut deltas) = (tree.save()?, tree.revision(), Vec::new());
    let mut cmd_id = 0;
    while !octets.is_empty() {
        let (before, kind) = (tree.clone(), octets.next());
        let command = match kind % 4 {
            0 => {
                cmd_id += 1;
                let (own, count) = (cmd_id, octets.next() % 6);
                Command::Atomic(Atomic {
                    cmd_id: Some(own.to_string()),
                    commands: (0..count).map(|_| octets.command(&mut cmd_id)).collect(),
                    ..Atomic::default()
                })
            }
            _ => octets.command(&mut cmd_id),
        };
        let is_changed = execute(&mut tree, &[command], octets, kind)?;
        if !is_changed {
            assert!(tree == before);
        }
        if kind % 16 == 7 {
            check_tree(&tree);
            let delta = tree.save_since(saved)?;
            deltas.extend(delta);
            saved = tree.revision();
            let given: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
            assert!(Tree::restore(&full, &given, &Limits::DEFAULT)? == tree);
        }
    }
    check_tree(&tree);
    assert!(tree.len() <= 40);
    Ok(())
}

/// Executes commands, as this kind says; tells whether anything may have changed.
fn execute(
    tree: &mut Tree,
    commands: &[Command],
    octets: &mut Octets<'_>,
    kind: usize,
) -> Result<bool> {
    let terms = Terms {
        actor: Actor {
            server: if kind & 16 == 0 { "S" } else { "T" },
            now: Some(0),
        },
        implicit_add: if kind & 32 == 0 {
            ImplicitAdd::No
        } else {
            ImplicitAdd::Yes
        },
        alert: &|_| Verdict::Answer(StatusCode::OK),
        fits: &|answers| kind & 64 == 0 || answers.len() < 4,
        settled: &|_, _| None,
        takes: &|_, _| true,
    };
    let mut execution = Execution::new();
    let mut changed = Vec::new();
    let mut by_host = false;
    while let Progress::Asked(question) = execution.run(commands, tree, &terms, &mut changed)? {
        if kind & 128 != 0 {
            let restored = postcard::to_allocvec(&execution)
                .and_then(|saved| postcard::from_bytes::<Execution>(&saved));
            assert!(restored.as_ref() == Ok(&execution));
            execution = restored.unwrap_or(execution);
        }
        let answer = octets.next();
        if answer & 64 != 0 {
            by_host = true;
            tree.remove("./a")?;
        }
        let is_read = matches!(&question, Question::Call(call) if call.kind == crate::tree::HostCallKind::Read);
        let reply = match (answer % 4, is_read) {
            (0, _) => Reply::Status(StatusCode::COMMAND_FAILED, Vec::new()),
            (_, false) => Reply::Status(StatusCode::OK, Vec::new()),
            (_, true) => {
                let data = Some(Data::Text("read".to_owned()));
                let node = Node::leaf(Format::Chr, None, data);
                Reply::Value(node.map_err(|_| Error::new(Code::State, Fault::Caller, "no leaf"))?)
            }
        };
        execution.reply(commands, reply)?;
    }
    let is_failed = execution
        .answers()
        .iter()
        .all(|answer| !answer.code.is_success() || answer.code == StatusCode::ROLLED_BACK);
    assert!(!is_failed || changed.is_empty());
    assert!(!tree.is_held());
    Ok(by_host || !is_failed)
}

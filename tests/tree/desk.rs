//! Commands as a server writes them, a host that answers by the book, and what comes of both.

use omadm::syncml::Alert;
use omadm::tree::{
    Acl, Actor, Answer, Change, Execution, ImplicitAdd, Progress, Question, Reply, Terms, Verdict,
};
use omadm::{Command, Data, Encoding, Format, Limits, Message, Node, StatusCode, Tree};

/// The moment at which everything happens, in milliseconds, and as a property.
pub(crate) const NOW: u64 = 994_869_497_000;
pub(crate) const STAMP: &str = "20010711T163817Z";

pub(crate) const TNDS: &str = "application/vnd.syncml.dmtnds+xml";

/// A leaf of text.
pub(crate) fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

pub(crate) fn acl(list: &str) -> Acl {
    Acl::parse(list).unwrap()
}

/// A tree on whose root everybody may do everything.
pub(crate) fn open() -> Tree {
    rooted("Add=*&Delete=*&Exec=*&Get=*&Replace=*")
}

pub(crate) fn rooted(list: &str) -> Tree {
    let mut tree = Tree::new(&Limits::DEFAULT);
    tree.set(".", Node::interior(None).with_acl(acl(list)))
        .unwrap();
    tree
}

/// The open tree with leaves.
pub(crate) fn with(leaves: &[(&str, &str)]) -> Tree {
    let mut tree = open();
    for (uri, value) in leaves {
        tree.set(uri, leaf(value)).unwrap();
    }
    tree
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn meta(format: &str, mime: &str) -> String {
    let field = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("<{name} xmlns='syncml:metinf'>{value}</{name}>"),
    };
    match (format, mime) {
        ("", "") => String::new(),
        _ => format!(
            "<Meta>{}{}</Meta>",
            field("Format", format),
            field("Type", mime)
        ),
    }
}

pub(crate) fn one(name: &str, item: &str) -> String {
    format!("<{name}><CmdID/><Item>{item}</Item></{name}>")
}

pub(crate) fn target(uri: &str) -> String {
    format!("<Target><LocURI>{}</LocURI></Target>", escaped(uri))
}

/// A command with format, type and value; an empty one is left out but for the value.
pub(crate) fn set(name: &str, uri: &str, format: &str, mime: &str, value: &str) -> String {
    let data = match (format, mime) {
        ("xml", _) | (_, TNDS) => value.to_owned(),
        _ => escaped(value),
    };
    one(
        name,
        &format!("{}{}<Data>{data}</Data>", target(uri), meta(format, mime)),
    )
}

pub(crate) fn add(uri: &str, value: &str) -> String {
    set("Add", uri, "", "", value)
}

pub(crate) fn add_node(uri: &str) -> String {
    one("Add", &format!("{}{}", target(uri), meta("node", "")))
}

pub(crate) fn replace(uri: &str, value: &str) -> String {
    set("Replace", uri, "", "", value)
}

pub(crate) fn get(uri: &str) -> String {
    one("Get", &target(uri))
}

pub(crate) fn delete(uri: &str) -> String {
    one("Delete", &target(uri))
}

pub(crate) fn exec(uri: &str) -> String {
    one("Exec", &target(uri))
}

pub(crate) fn copy(from: &str, to: &str) -> String {
    let source = format!("<Source><LocURI>{}</LocURI></Source>", escaped(from));
    one("Copy", &format!("{}{source}", target(to)))
}

pub(crate) fn confirm() -> String {
    "<Alert><CmdID/><Data>1101</Data><Item><Data>MINDT=1</Data></Item><Item><Data>go on?</Data></Item></Alert>".to_owned()
}

pub(crate) fn group(name: &str, commands: &[String]) -> String {
    format!("<{name}><CmdID/>{}</{name}>", commands.concat())
}

/// A document with this inside the root.
pub(crate) fn document(inside: &str) -> String {
    format!("<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>{inside}</MgmtTree>")
}

/// The commands of a body, numbered from 1 in the order in which they begin.
pub(crate) fn commands(body: &str) -> Vec<Command> {
    let mut pieces = body.split("<CmdID/>");
    let mut numbered = pieces.next().unwrap().to_owned();
    for (number, piece) in pieces.enumerate() {
        numbered += &format!("<CmdID>{}</CmdID>{piece}", number + 1);
    }
    let message = format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>\
        <SyncBody>{numbered}<Final/></SyncBody></SyncML>"
    );
    let limits = Limits {
        bytes: 1 << 26,
        text_bytes: 1 << 26,
        ..Limits::DEFAULT
    };
    let message = Message::decode(message.as_bytes(), Encoding::Xml, &limits);
    message
        .unwrap_or_else(|error| panic!("{error} in {numbered}"))
        .commands
}

/// Under which terms commands are executed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk {
    pub(crate) server: &'static str,
    pub(crate) implicit_add: ImplicitAdd,
    /// How many answers of an Atomic fit a message.
    pub(crate) room: usize,
}

pub(crate) const DESK: Desk = Desk {
    server: "S",
    implicit_add: ImplicitAdd::No,
    room: usize::MAX,
};

/// What has come of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) answers: Vec<Answer>,
    pub(crate) changed: Vec<String>,
    pub(crate) asked: Vec<Question>,
}

impl Ran {
    /// The statuses, in the order of the response.
    pub(crate) fn codes(&self) -> Vec<u16> {
        self.answers.iter().map(|answer| answer.code.0).collect()
    }

    /// What was found, each as `URI format type value`; what is missing is `-`.
    pub(crate) fn found(&self) -> Vec<String> {
        let values = self.answers.iter().flat_map(|answer| &answer.results);
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        values
            .map(|value| {
                let data = match &value.data {
                    None => "-".to_owned(),
                    Some(Data::Text(text) | Data::Markup(text)) => text.clone(),
                    Some(Data::Octets(octets)) => format!("{octets:?}"),
                };
                format!(
                    "{} {} {} {data}",
                    value.uri,
                    shown(&value.format),
                    shown(&value.mime)
                )
            })
            .collect()
    }
}

/// Whether commands rest at every question: saved, and restored on a tree that was saved as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rests {
    Never,
    Always,
}

impl Desk {
    pub(crate) fn terms<'t>(
        &self,
        alert: &'t dyn Fn(&Alert) -> Verdict,
        fits: &'t dyn Fn(&[Answer]) -> bool,
    ) -> Terms<'t> {
        Terms {
            actor: Actor {
                server: self.server,
                now: Some(NOW),
            },
            implicit_add: self.implicit_add,
            alert,
            fits,
            settled: &|_, _| None,
            takes: &|_, _| true,
        }
    }

    /// Executes a body, in one go and with a rest at every question, which must come to the same. The host is told how many questions came
    /// before.
    pub(crate) fn run_with(
        &self,
        tree: &mut Tree,
        body: &str,
        host: &dyn Fn(&Question, usize) -> Reply,
    ) -> Ran {
        let mut other = tree.clone();
        let other_ran = self.run_once(&mut other, body, host, Rests::Always);
        let ran = self.run_once(tree, body, host, Rests::Never);
        assert_eq!(ran, other_ran);
        assert_eq!(*tree, other);
        ran
    }

    fn run_once(
        &self,
        tree: &mut Tree,
        body: &str,
        host: &dyn Fn(&Question, usize) -> Reply,
        rests: Rests,
    ) -> Ran {
        let commands = commands(body);
        let fits = |answers: &[Answer]| answers.len() <= self.room;
        let terms = self.terms(&|_| Verdict::Ask, &fits);
        let mut execution = Execution::new();
        let (mut changed, mut asked) = (Vec::new(), Vec::new());
        while let Progress::Asked(question) = execution
            .run(&commands, tree, &terms, &mut changed)
            .unwrap()
        {
            if rests == Rests::Always {
                let saved = postcard::to_allocvec(&execution).unwrap();
                let restored: Execution = postcard::from_bytes(&saved).unwrap();
                assert_eq!(restored, execution);
                assert_eq!(postcard::to_allocvec(&restored).unwrap(), saved);
                execution = restored;
                let before = tree.clone();
                *tree = Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
                assert_eq!(*tree, before);
            }
            let reply = host(&question, asked.len());
            asked.push(question);
            execution.reply(&commands, reply).unwrap();
        }
        let changed = changed
            .into_iter()
            .map(|changed| format!("{:?} {}", changed.by, changed.path));
        Ran {
            changed: changed.collect(),
            answers: execution.into_answers(),
            asked,
        }
    }

    /// Executes a body about which the host is not asked.
    pub(crate) fn run(&self, tree: &mut Tree, body: &str) -> Ran {
        self.run_with(tree, body, &|question, _| panic!("asked: {question:?}"))
    }

    /// The statuses of a body; where all of them are errors, nothing has changed.
    pub(crate) fn codes(&self, tree: &mut Tree, body: &str) -> Vec<u16> {
        let before = tree.clone();
        let ran = self.run(tree, body);
        let codes = ran.codes();
        if codes.iter().all(|code| *code >= 300) {
            assert_eq!(*tree, before, "{body}: {codes:?}");
            assert!(ran.changed.is_empty() && ran.found().is_empty());
        }
        codes
    }

    /// The status of one command.
    pub(crate) fn code(&self, tree: &mut Tree, body: &str) -> u16 {
        let codes = self.codes(tree, body);
        assert_eq!(codes.len(), 1, "{body}: {codes:?}");
        codes[0]
    }
}

/// As server `S`.
pub(crate) fn code(tree: &mut Tree, body: &str) -> u16 {
    DESK.code(tree, body)
}

pub(crate) fn as_server(server: &'static str) -> Desk {
    Desk { server, ..DESK }
}

/// The value that a Get finds.
pub(crate) fn value(tree: &Tree, uri: &str) -> String {
    let mut tree = tree.clone();
    let ran = DESK.run(&mut tree, &get(uri));
    assert_eq!(ran.codes(), [200], "{uri}");
    let answer = &ran.answers[0];
    assert_eq!(answer.results.len(), 1, "{uri}");
    match answer.results[0].data.clone() {
        Some(Data::Text(text) | Data::Markup(text)) => text,
        data => panic!("{uri}: {data:?}"),
    }
}

pub(crate) fn ok() -> Reply {
    Reply::Status(StatusCode::OK, Vec::new())
}

pub(crate) fn failed() -> Reply {
    Reply::Status(StatusCode::COMMAND_FAILED, Vec::new())
}

/// All there is but TStamp and VerNo, one line a node: path, format, type, value, list, title.
pub(crate) fn shown(tree: &Tree) -> String {
    use omadm::tree::Found;
    let mut lines = String::new();
    for path in tree.entries(".").unwrap() {
        let uri = if path.is_empty() {
            ".".to_owned()
        } else {
            path
        };
        let node = match tree.find(&uri).unwrap().unwrap() {
            Found::Leaf(node) | Found::Interior(node, _) => node,
        };
        let (format, mime, data) = (node.format().name(), node.mime(), node.data());
        lines += &format!(
            "{uri} {format} {mime:?} {data:?} {} {}\n",
            node.acl(),
            node.title()
        );
    }
    lines
}

/// Changes as `server by path`.
pub(crate) fn told(changes: &[&Change]) -> Vec<String> {
    let told = |change: &&Change| {
        let server = change.server.as_deref().unwrap_or("-");
        format!("{server} {:?} {}", change.by, change.path)
    };
    changes.iter().map(told).collect()
}

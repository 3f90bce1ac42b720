//! Families of input for tests of growth: ordinary ones, and those by which a peer could make us work.
//!
//! Each is a function that makes of a size, in octets, the work that is done with a member of about that size. `tests/growth.rs` counts what
//! the work allocates, the test below counts its steps.

use crate::auth::{Account, AccountState, Party};
use crate::ddf::{Ddf, Description};
use crate::dm2::{ClientUri, Headers, MoDocument, Package};
use crate::env::Env;
use crate::limits::Limits;
use crate::notification::{Decoded, Draft, DraftOption, Notification, NotificationForm};
use crate::session::{
    Binding, ClientConfig, ClientSession, NewCommand, NewItem, Received, ServerConfig,
    ServerSession, Trigger, Version,
};
use crate::syncml::{Data, Encoding, Form, Message, WbxmlForm, inspect};
use crate::tnds::{Placement, Tnds};
use crate::tree::{Acl, Node, Tree};

/// Work that is to be counted. It is done once.
pub type Work = Box<dyn FnOnce()>;

/// What a family is called, and the work on its member of about so many octets.
pub type Family = (&'static str, fn(usize) -> Work);

/// Every family.
pub const FAMILIES: [Family; 24] = [
    ("XML: statuses", |size| message(xml(&status(size)))),
    ("XML: results", |size| {
        message(xml(&numbered(size, |at| {
            format!(
                "<Results><CmdID>{at}</CmdID><MsgRef>1</MsgRef><CmdRef>{at}</CmdRef><Item><Source><LocURI>./A/{at}</LocURI></Source><Meta>\
                <Format xmlns='syncml:metinf'>chr</Format><Type xmlns='syncml:metinf'>text/plain</Type></Meta><Data>a &lt; {at}</Data></Item></Results>"
            )
        })))
    }),
    ("XML: one value in pieces", |size| {
        let data = "&#97;<![CDATA[>]]>\r\n".repeat(size / 20);
        message(xml(&format!(
            "<Add><CmdID>1</CmdID><Item><Data>{data}</Data></Item></Add>"
        )))
    }),
    ("XML: unknown elements and attributes", |size| {
        message(xml(&numbered(size, |at| {
            format!("<p:a xmlns:p='urn:{at}' b='{at}' p:c='d'><p:e/>f</p:a>")
        })))
    }),
    ("XML: nesting", |size| {
        let nested = ["<a>".repeat(20), "</a>".repeat(20)].concat();
        message(xml(&nested.repeat(size / nested.len())))
    }),
    ("XML: cut off, outlined", |size| {
        let input = xml(&status(size)).replace("</SyncBody></SyncML>", "");
        Box::new(move || drop(inspect(input.as_bytes(), None, &LIMITS)))
    }),
    ("WBXML: statuses", |size| message_in_wbxml(&status(size))),
    ("WBXML: references to strings", |size| {
        let table = [&[b'a'; 60][..], b"\0"].concat();
        let pieces = b"\x83\0".repeat(size / 2);
        let body = [b"\x60\x4b\x032\0\x01\x54\x4f", &pieces[..], b"\x01\x01\x01"].concat();
        tokens(&table, &body)
    }),
    ("WBXML: opaque pieces", |size| {
        let items = b"\x54\x4f\xc3\x02ab\xc3\x01\xff\x01\x01".repeat(size / 16);
        tokens(b"", &[b"\x60\x4b\x032\0\x01", &items[..], b"\x01"].concat())
    }),
    ("WBXML: unknown elements", |size| {
        tokens(
            b"ab\0",
            &[
                b"\x44\0",
                &b"\x44\0\x04\0\x01".repeat(size / 5)[..],
                b"\x01",
            ]
            .concat(),
        )
    }),
    ("WBXML: trees within", |size| {
        let data = "&lt;MgmtTree>".to_owned() + &"&lt;Node/>".repeat(size / 10) + "&lt;/MgmtTree>";
        message_in_wbxml(&format!(
            "<Add><CmdID>1</CmdID><Item><Meta><Format xmlns='syncml:metinf'>xml</Format></Meta><Data>{data}</Data></Item></Add>"
        ))
    }),
    ("TNDS: nodes", |size| {
        tnds(numbered(size, |at| {
            format!(
                "<Node><NodeName>{at}</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>v</Value></Node>"
            )
        }))
    }),
    ("TNDS: long paths", |size| {
        let path = format!("X{}", "/a".repeat(60));
        tnds(numbered(size, |at| {
            format!("</Node><Node><NodeName>{at}</NodeName><Path>{path}</Path>")
        }))
    }),
    ("DDF: nodes", |size| {
        ddf(numbered(size, |at| {
            format!("<Node><NodeName>n{at}</NodeName><DFProperties>{LEAF}</DFProperties></Node>")
        }))
    }),
    ("DDF: allowed values", |size| {
        let values = numbered(size, |at| {
            format!("<m:Enum><m:Value>{at}</m:Value></m:Enum>")
        });
        ddf(format!(
            "<Node><NodeName>a</NodeName><DFProperties>{LEAF}<m:AllowedValues ValueType='ENUM'>{values}</m:AllowedValues></DFProperties></Node>"
        ))
    }),
    ("JSON: a management object", |size| {
        let nodes = numbered(size, |at| {
            format!(r#""N{at}":{{"a":"some \u0061","b":{at}}},"#)
        });
        let text = format!(r#"[{{"ClientURI":"a/1/","MOData":{{"Root":{{{nodes}"z":1}}}}}}]"#);
        Box::new(move || {
            if let Ok(document) = MoDocument::decode(text.as_bytes(), &LIMITS) {
                drop(document.encode(true));
            }
        })
    }),
    ("JSON: commands", |size| {
        let commands = numbered(size, |at| format!(r#"{{"HGET":["a/{at}","b/{at}"]}},"#));
        let text = format!(r#"{{"CMD":[{commands}{{"END":[]}}]}}"#);
        Box::new(move || {
            drop(Package::decode(
                text.as_bytes(),
                &Headers::default(),
                &LIMITS,
            ))
        })
    }),
    ("JSON: nesting", |size| {
        let text = "[".repeat(30) + &"1,".repeat(size / 2) + "1" + &"]".repeat(30);
        Box::new(move || drop(MoDocument::decode(text.as_bytes(), &LIMITS)))
    }),
    ("a notification with options", |size| {
        let mut draft = Draft::new("a", 1);
        let option = DraftOption {
            number: 15,
            value: vec![0; size / 30],
        };
        draft.options = vec![option; 30];
        let written = Notification::Draft(draft).encode(None).unwrap_or_default();
        Box::new(move || {
            let read = Notification::decode(&written, NotificationForm::Draft, &LIMITS);
            if let Ok(Decoded { notification, .. }) = read {
                drop(notification.encode(None));
            }
        })
    }),
    ("addresses of DM 2.0", |size| {
        let texts: Vec<String> = (0..size / 100)
            .map(|at| "urn:oma:mo:a:1.0/".to_owned() + &format!("x{at}/").repeat(20))
            .collect();
        Box::new(move || texts.iter().for_each(|text| drop(ClientUri::parse(text))))
    }),
    ("addresses of nodes", |size| {
        let nodes = (size / 100) as u32;
        Box::new(move || {
            let mut tree = Tree::new(&LIMITS);
            for at in 0..nodes {
                let value = Node::leaf(Default::default(), None, Some(Data::Text("v".to_owned())));
                if let Ok(value) = value {
                    drop(tree.set(&format!("./A/{}{at}", "b/".repeat(20)), value));
                }
            }
        })
    }),
    ("access control lists", |size| {
        let list = format!("Get={}z&Add=*", numbered(2_000, |at| format!("s{at}+")));
        let times = size / 2_000;
        Box::new(move || (0..times).for_each(|_| drop(Acl::parse(&list))))
    }),
    ("a session in XML", |size| session(size, Encoding::Xml)),
    ("a session in WBXML", |size| session(size, Encoding::Wbxml)),
];

const LEAF: &str =
    "<AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME/></DFType>";

/// Those on size and commands out of the way: they would end the work early.
const LIMITS: Limits = Limits {
    bytes: 1 << 24,
    text_bytes: 1 << 24,
    commands: 100_000,
    items: 100_000,
    ..Limits::DEFAULT
};

/// Pieces, each made of its number, up to a size.
fn numbered(size: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut at = 0;
    while text.len() < size {
        at += 1;
        text += &piece(at);
    }
    text
}

fn status(size: usize) -> String {
    numbered(size, |at| {
        format!(
            "<Status><CmdID>{at}</CmdID><MsgRef>1</MsgRef><CmdRef>{at}</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/{at}</TargetRef><Data>200</Data></Status>"
        )
    })
}

/// A message with this inside SyncBody.
fn xml(body: &str) -> String {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody>{body}</SyncBody></SyncML>"
    )
}

/// A message with a string table and this inside SyncBody.
fn tokens(table: &[u8], body: &[u8]) -> Work {
    let mut input = b"\x02\xa4\x01\x6a".to_vec();
    input.push(table.len() as u8);
    input.extend_from_slice(table);
    input.extend(
        b"\x6d\x6c\x71\x031.2\0\x01\x72\x03DM/1.2\0\x01\x65\x031\0\x01\x5b\x031\0\x01\x6e\x57\x03a\0\x01\x01\x67\x57\x03b\0\x01\x01\x01\x6b",
    );
    input.extend_from_slice(body);
    input.extend(b"\x01\x01");
    both_ways(input, Encoding::Wbxml)
}

fn message(text: String) -> Work {
    both_ways(text.into_bytes(), Encoding::Xml)
}

fn message_in_wbxml(body: &str) -> Work {
    let message = Message::decode(xml(body).as_bytes(), Encoding::Xml, &LIMITS).unwrap_or_default();
    let input = message.encode(Encoding::Wbxml, false).unwrap_or_default();
    both_ways(input, Encoding::Wbxml)
}

/// Reading, and writing again in all forms.
fn both_ways(input: Vec<u8>, encoding: Encoding) -> Work {
    Box::new(move || {
        if let Ok(message) = Message::decode(&input, encoding, &LIMITS) {
            let shared = Form::Wbxml(WbxmlForm {
                string_table: true,
                ..WbxmlForm::of_version("1.2")
            });
            drop(message.encode(Encoding::Xml, true));
            drop(message.encode_as(&shared));
        }
    })
}

fn tnds(nodes: String) -> Work {
    let text = format!("<MgmtTree><Node><NodeName>X</NodeName>{nodes}</Node></MgmtTree>");
    Box::new(move || {
        if let Ok(tnds) = Tnds::decode(text.as_bytes(), Encoding::Xml, &LIMITS) {
            drop(tnds.encode(Encoding::Wbxml, false));
            drop(tnds.resolve("./X", Placement::Target));
        }
    })
}

fn ddf(nodes: String) -> Work {
    let text = format!(
        "<MgmtTree xmlns:m='http://schemas.microsoft.com/MobileDevice/DM'><VerDTD>1.2</VerDTD>{nodes}</MgmtTree>"
    );
    Box::new(move || {
        if let Ok(ddf) = Ddf::decode(text.as_bytes(), &LIMITS) {
            drop(Description::of(&[ddf]));
        }
    })
}

/// A session in which a server sets and reads nodes, both sides of it.
fn session(size: usize, encoding: Encoding) -> Work {
    let nodes = size / 100;
    Box::new(move || drop(play(nodes, encoding)))
}

fn play(nodes: usize, encoding: Encoding) -> crate::error::Result<()> {
    let random: Vec<u8> = (0..32).collect();
    let env = Env::new(0, &random)?;
    let url = "https://mgmt.example/dm";
    let account = Account {
        device_id: "IMEI:490154203237518".into(),
        server_id: "mgmt.example".into(),
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    };
    let mut tree = Tree::new(&LIMITS);
    let config = ClientConfig {
        account: account.clone(),
        url: url.into(),
        version: Version::V1_2,
        encoding,
        origins: vec![],
        interactions: vec![],
        implicit_add: true,
        tree_alerts: false,
        dm2: None,
        objects: Default::default(),
        max_msg_size: None,
        max_obj_size: None,
        limits: LIMITS,
    };
    let mut device = ClientSession::new(config, Trigger::Client, &env);
    let mut server = ServerSession::new(ServerConfig {
        accept_mo: None,
        server_id: "mgmt.example".into(),
        url: url.into(),
        binding: Binding::RespUri,
        strangers: vec![],
        alert_types: vec![],
        max_msg_size: None,
        max_obj_size: None,
        limits: LIMITS,
    });
    for at in 0..nodes {
        let uri = format!("./A/{at}");
        server.push(NewCommand::Add(vec![NewItem {
            uri: uri.clone(),
            data: Some(Data::Text("value".to_owned())),
            format: None,
            mime: None,
        }]))?;
        server.push(NewCommand::Get(vec![uri]))?;
    }
    while let Some(out) = device.send(&tree, &env)? {
        let request = Received {
            url: out.url.as_deref(),
            ..Received::body(&out.body)
        };
        server.receive(&request, Some(&account))?;
        let reply = server.respond(&env)?;
        device.receive(&mut tree, &Received::body(&reply.body))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::count;

    /// The steps of the work on an input, and of that on one eight times as long.
    fn steps(family: fn(usize) -> Work) -> [usize; 2] {
        [1 << 12, 1 << 15].map(|size| {
            let work = family(size);
            count(work)
        })
    }

    /// Eight times as many, and a fourth for a logarithm; half of them at least, or most of the work is not counted.
    fn is_linear([few, many]: [usize; 2]) -> bool {
        (4 * few..=10 * few).contains(&many)
    }

    #[test]
    fn steps_grow_no_faster_than_the_input() {
        for (name, family) in FAMILIES {
            let steps = steps(family);
            assert!(is_linear(steps), "{name}: {steps:?}");
        }
    }

    #[test]
    fn what_is_quadratic_is_seen() {
        let quadratic = |size: usize| -> Work { Box::new(move || crate::steps::add(size * size)) };
        assert!(!is_linear(steps(quadratic)));
    }
}

//! Lists of whole sub-trees: `?list=` (TND, section on Get; TNDS).

use crate::ddf::AccessType;
use crate::status::StatusCode;
use crate::syncml::{Data, Encoding, Item, Location, Meta};
use crate::tnds::{self, Tnds, TndsNode};
use crate::uri::{self, NodeUri};

use super::acl::Right;
use super::node::Node;
use super::operation::{Effect, HostValues};
use super::property::stamp;
use super::rights::Actor;
use super::store::Tree;

/// What a list holds.
enum List {
    /// Every node with its Meta; of leaves also the values.
    Struct { with_data: bool },
    /// One document.
    Tnds(Properties),
}

/// Which properties a document tells of, beside names and structure.
#[derive(Clone, Copy)]
struct Properties {
    acl: bool,
    format: bool,
    title: bool,
    tstamp: bool,
    kind: bool,
    ver_no: bool,
    value: bool,
}

impl Properties {
    const fn all(listed: bool) -> Self {
        Self {
            acl: listed,
            format: listed,
            title: listed,
            tstamp: listed,
            kind: listed,
            ver_no: listed,
            value: listed,
        }
    }

    fn slot(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "ACL" => &mut self.acl,
            "Format" => &mut self.format,
            "Title" => &mut self.title,
            "TStamp" => &mut self.tstamp,
            "Type" => &mut self.kind,
            "VerNo" => &mut self.ver_no,
            "Value" => &mut self.value,
            _ => return None,
        })
    }

    /// What `+A+B` or `-A-B` leaves; a mix of both means nothing.
    fn parse(text: &str) -> Option<Self> {
        let Some(sign) = text.chars().next() else {
            return Some(Self::all(true));
        };
        let is_listed = match sign {
            '+' => true,
            '-' => false,
            _ => return None,
        };
        let mut properties = Self::all(!is_listed);
        for name in text.get(1..)?.split(sign) {
            *properties.slot(name)? = is_listed;
        }
        Some(properties)
    }
}

impl List {
    fn parse(query: &str) -> Option<Self> {
        match query.strip_prefix("list=")? {
            "Struct" => Some(Self::Struct { with_data: false }),
            "StructData" => Some(Self::Struct { with_data: true }),
            tnds => Properties::parse(tnds.strip_prefix("TNDS")?).map(Self::Tnds),
        }
    }

    fn needs_values(&self) -> bool {
        match self {
            Self::Struct { with_data } => *with_data,
            Self::Tnds(properties) => properties.value,
        }
    }
}

impl Tree {
    /// Get of a list: the nodes that the server may read. What lies behind a node that it may not read, or that nobody may, is left out with
    /// it. A mix of `+` and `-`, a property that is unknown, or none of those that a document holds (Name, Size) is 406.
    pub(super) fn list(
        &self,
        uri: &NodeUri,
        actor: &Actor<'_>,
        values: &HostValues,
    ) -> Result<Effect, StatusCode> {
        let list = uri
            .query()
            .and_then(List::parse)
            .ok_or(StatusCode::UNSUPPORTED_FEATURE)?;
        let path = uri.path();
        let entry = self.entry(path).ok_or(StatusCode::NOT_FOUND)?;
        self.need(Right::Get, path, actor)?;
        self.need_access(AccessType::Get, path)?;
        let (mut found, mut call) = (Vec::new(), None);
        // What a list grants holds for all that is below without one.
        entry.visit_with(path, true, |path, entry, from_above| {
            let is_granted = match entry.node.acl() {
                acl if acl.is_empty() => from_above,
                acl => acl.allows(Right::Get, actor.server),
            };
            let is_readable = is_granted && self.need_access(AccessType::Get, path).is_ok();
            if !is_readable || call.is_some() {
                return None;
            }
            let node = match list.needs_values() {
                true => self.value(path, &entry.node, values),
                false => Ok(&entry.node),
            };
            match node {
                Ok(node) => found.push((path.to_owned(), entry.node.acl(), node)),
                Err(ask) => {
                    call.get_or_insert(ask);
                }
            }
            Some(is_granted)
        });
        if let Some(call) = call {
            return Ok(Effect::Ask(call));
        }
        let items = match list {
            List::Struct { with_data } => {
                let item = |(path, _, node): (String, _, &Node)| Item {
                    source: Some(Location::of(uri::display(&path))),
                    meta: node.meta(),
                    data: node.data().cloned().filter(|_| with_data),
                    ..Item::default()
                };
                found.into_iter().map(item).collect()
            }
            List::Tnds(properties) => {
                let nodes = found.into_iter().map(|(path, acl, node)| {
                    let acl = (properties.acl && !acl.is_empty()).then(|| acl.to_string());
                    (path, tnds_node(node, acl, properties))
                });
                let tnds = Tnds::of_nodes(nodes).map_err(|_| StatusCode::COMMAND_FAILED)?;
                let text = tnds.encode(Encoding::Xml, false);
                let text = text.ok().and_then(|text| String::from_utf8(text).ok());
                vec![Item {
                    source: Some(Location::of(uri::display(path))),
                    meta: Some(Meta::of("xml", tnds::MEDIA_TYPE_XML)),
                    data: Some(Data::Markup(text.ok_or(StatusCode::COMMAND_FAILED)?)),
                    ..Item::default()
                }]
            }
        };
        Ok(Effect::Found(items))
    }
}

fn tnds_node(node: &Node, acl: Option<String>, listed: Properties) -> TndsNode {
    let title = node.title();
    TndsNode {
        format: listed.format.then(|| node.format()),
        mime: node.mime().filter(|_| listed.kind).map(str::to_owned),
        data: node.data().cloned().filter(|_| listed.value),
        acl,
        title: (listed.title && !title.is_empty()).then(|| title.to_owned()),
        tstamp: node.changed().filter(|_| listed.tstamp).map(stamp),
        ver_no: listed.ver_no.then(|| node.ver_no()),
        ..TndsNode::default()
    }
}

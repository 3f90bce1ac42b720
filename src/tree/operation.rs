//! What the commands of a server do to the tree, and the status of each outcome (TND, section on commands).
//!
//! The order of the checks is always: the address, whether the node exists, the rights of the server, what the device can do there, the
//! value. Where a command fails, nothing has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ddf::{AccessType, Rule};
use crate::status::StatusCode;
use crate::syncml::{Data, Format, Item, Location, Meta};
use crate::tnds;
use crate::uri::{self, NodeUri};

use super::acl::{Acl, Right, is_server_id};
use super::change::By;
use super::node::{Known, Node, Owner};
use super::objects;
use super::property::named;
use super::rights::Actor;
use super::store::{Descent, Entry, Tree};

/// Whether Add makes the nodes above a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImplicitAdd {
    /// They must exist.
    #[default]
    No,
    /// They are made.
    Yes,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nodes have changed: their paths, and what by.
    Changed(Vec<(String, By)>),
    /// What a Get has found.
    Found(Vec<Item>),
    /// The host has done it, with this status.
    Done(StatusCode),
    /// The host is asked first; nothing has changed.
    Ask(HostCall),
}

/// What the host is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCall {
    /// What is asked.
    pub kind: HostCallKind,
    /// The node.
    pub path: String,
    /// The value to write, or what goes with Exec.
    pub data: Option<Data>,
    /// Its format.
    pub format: Option<String>,
    /// Its media type.
    pub mime: Option<String>,
}

/// What the host can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostCallKind {
    /// Start what the node stands for.
    Exec,
    /// Give the value.
    Read,
    /// Take a value.
    Write,
}

/// Values that the host has given while a command is carried out, by the paths of their nodes.
pub type HostValues = BTreeMap<String, Node>;

impl Tree {
    /// Get of one URI: a value, the names of children, a property, or a list.
    ///
    /// All children are named, whoever may read them; only a list leaves out what the server may not read.
    pub fn get(
        &self,
        uri: &str,
        actor: &Actor<'_>,
        values: &HostValues,
    ) -> Result<Effect, StatusCode> {
        let uri = self.resolve(uri)?;
        if let Some(query) = uri.query() {
            return match named(query)? {
                Some(property) => {
                    let item = self.get_property(&uri, property, actor)?;
                    Ok(Effect::Found(vec![item]))
                }
                None => self.list(&uri, actor, values),
            };
        }
        let path = uri.path();
        let entry = self.entry(path).ok_or(StatusCode::NOT_FOUND)?;
        self.need(Right::Get, path, actor)?;
        self.need_access(AccessType::Get, path)?;
        let node = match self.value(path, &entry.node, values) {
            Ok(node) => node,
            Err(call) => return Ok(Effect::Ask(call)),
        };
        let data = if node.is_interior() {
            let names: Vec<&str> = entry.children.names().map(|name| &**name).collect();
            Data::Text(names.join("/"))
        } else {
            let data = node.data().cloned();
            data.unwrap_or_else(|| Data::Text(String::new()))
        };
        Ok(Effect::Found(vec![Item {
            source: Some(Location::of(uri.to_string())),
            meta: node.meta(),
            data: Some(data),
            ..Item::default()
        }]))
    }

    /// A node with its value, or what the host is to be asked for it.
    pub(super) fn value<'n>(
        &self,
        path: &str,
        node: &'n Node,
        values: &'n HostValues,
    ) -> Result<&'n Node, HostCall> {
        if node.owner() == Owner::Tree || node.is_interior() {
            return Ok(node);
        }
        values.get(path).ok_or_else(|| HostCall {
            kind: HostCallKind::Read,
            path: path.to_owned(),
            data: None,
            format: None,
            mime: None,
        })
    }

    /// Add of one Item.
    ///
    /// A node below a leaf is 405, one below nothing 404 unless parents are made; then all of them are made or none, and the status of an
    /// intermediate node is that of the whole. The root exists: 418.
    pub fn add(
        &mut self,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
        implicit: ImplicitAdd,
    ) -> Result<Effect, StatusCode> {
        let uri = self.changeable(item)?;
        let path = uri.path();
        if let Some(name) = objects::inbox_name(self, path) {
            return self.add_to_inbox(path, name, item, meta, actor);
        }
        if self.node(path).is_some() {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        let missing = self.missing_above(path, implicit)?;
        let first = missing.first().map_or(path, String::as_str);
        let parent = uri::split(first).map_or("", |(parent, _)| parent);
        self.need(Right::Add, parent, actor)?;
        for path in missing.iter().map(String::as_str).chain([path]) {
            self.need_access_to_add(path)?;
        }
        if is_tnds(item, meta) {
            return self.add_subtree(path, missing, item, meta, actor);
        }
        let rule = self.rule(path);
        let known = Known {
            formats: rule.map(|rule| rule.formats.clone()).unwrap_or_default(),
            mimes: rule.map(Rule::mimes).unwrap_or_default(),
            before: None,
        };
        let node = Node::of_item(item, meta, &known)?;
        self.need_fitting(path, &node)?;
        let mut nodes: Vec<(String, Node)> = missing
            .into_iter()
            .map(|path| (path, Node::interior(None)))
            .collect();
        nodes.push((path.to_owned(), node));
        self.add_all(nodes, By::Add, actor)
    }

    /// The interior nodes that are missing above a path, from the top.
    pub(super) fn missing_above(
        &self,
        path: &str,
        implicit: ImplicitAdd,
    ) -> Result<Vec<String>, StatusCode> {
        let mut missing = Vec::new();
        let mut at = path;
        while let Some((parent, _)) = uri::split(at) {
            match self.node(parent) {
                Some(node) if node.is_interior() => break,
                Some(_) => return Err(StatusCode::NOT_ALLOWED),
                None if implicit == ImplicitAdd::No => return Err(StatusCode::NOT_FOUND),
                None => missing.push(parent.to_owned()),
            }
            at = parent;
        }
        missing.reverse();
        Ok(missing)
    }

    /// Makes nodes, parents before children: all of them or none.
    pub(super) fn add_all(
        &mut self,
        nodes: Vec<(String, Node)>,
        by: By,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let limits = self.uri_limits();
        let mut next = self.draft();
        let mut changed = Vec::with_capacity(nodes.len());
        for (path, mut node) in nodes {
            limits.need(&path)?;
            next.need_occurrence(&path)?;
            if node.acl().is_empty() && node.is_interior() {
                node.set_acl(next.acl_for_new(&path, actor));
            }
            if node.changed().is_none() {
                node.touch_first(actor.seconds());
            }
            next.insert(&path, Arc::new(Entry::of(node)), by, Some(actor.server))?;
            changed.push((path, by));
        }
        self.adopt(next);
        Ok(Effect::Changed(changed))
    }

    /// The list of a new interior node: who makes it can change it also where it may not change the one above. It can read it as well,
    /// which the specification forgets: the list above no longer holds. All may, where all may read what is above.
    fn acl_for_new(&self, path: &str, actor: &Actor<'_>) -> Acl {
        let parent = uri::split(path).map_or("", |(parent, _)| parent);
        let mut acl = Acl::default();
        if self.grants(Right::Replace, parent, actor) {
            return acl;
        }
        let all_read = self
            .effective_acl(parent)
            .is_some_and(|above| above.allows_all(Right::Get));
        if all_read || is_server_id(actor.server) {
            acl.grant_new(Right::Get, if all_read { "*" } else { actor.server });
        }
        if is_server_id(actor.server) {
            for right in [Right::Add, Right::Delete, Right::Replace] {
                acl.grant_new(right, actor.server);
            }
        }
        acl
    }

    /// Replace of one Item: a value, a property, or a subtree. What does not exist is not made.
    ///
    /// Where the item is silent on format or type, those of a node that is built in stay; any other has what its description names first
    /// if that rules the defaults out, which are `chr` and `text/plain`. Another format or type of what is built in is 405 where no
    /// description allows for it, a value that does not fit 415, a missing value 412.
    ///
    /// A document that is nothing but one node of that name takes a leaf's place; any other is the value of the leaf, as it stands.
    pub fn replace(
        &mut self,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let uri = self.resolve(target(item))?;
        let path = uri.path();
        if let Some(query) = uri.query() {
            let property = named(query)?.ok_or(StatusCode::NOT_ALLOWED)?;
            let to = self.replace_property(&uri, property, item.data.as_ref(), actor)?;
            return Ok(Effect::Changed(vec![to]));
        }
        let node = self.node(path).ok_or(StatusCode::NOT_FOUND)?;
        self.need(Right::Replace, path, actor)?;
        if is_tnds(item, meta) && (node.is_interior() || self.tnds_stands_for(path, item, meta)) {
            self.need_access(AccessType::Replace, path)?;
            return self.replace_subtree(path, item, meta, actor);
        }
        if node.is_interior() {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.need_access(AccessType::Replace, path)?;
        let rule = self.rule(path);
        let is_permanent = self.is_permanent(path);
        let own_mime = node.mime().filter(|_| is_permanent);
        let known = Known {
            formats: match rule {
                _ if is_permanent => vec![node.format()],
                rule => rule.map(|rule| rule.formats.clone()).unwrap_or_default(),
            },
            mimes: match rule {
                _ if own_mime.is_some() => own_mime.into_iter().collect(),
                rule => rule.map(Rule::mimes).unwrap_or_default(),
            },
            before: Some(node.format()),
        };
        let value = Node::of_item(item, meta, &known)?;
        if value.is_interior() {
            return Err(StatusCode::UNSUPPORTED_FORMAT);
        }
        let is_same = value.format() == node.format() && value.mime() == node.mime();
        if is_permanent && rule.is_none() && !is_same {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.need_fitting(path, &value)?;
        if node.owner() == Owner::Host {
            return Ok(Effect::Ask(HostCall {
                kind: HostCallKind::Write,
                path: path.to_owned(),
                data: value.data().cloned(),
                format: Some(value.format().name().to_owned()),
                mime: value.mime().map(str::to_owned),
            }));
        }
        self.set_value(path, value, actor)
    }

    /// Gives a leaf another value; what is no leaf any more stays what it is.
    pub(super) fn set_value(
        &mut self,
        path: &str,
        value: Node,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        if self.node(path).is_some_and(Node::is_interior) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.edit(path, By::Replace, Some(actor.server), |node| {
            node.take_value(value);
            node.touch(actor.seconds());
        })?;
        Ok(Effect::Changed(vec![(path.to_owned(), By::Replace)]))
    }

    /// Delete of one Item, with all that is below.
    ///
    /// Rights and AccessType are those of the addressed node alone: what is below goes with it even where it could not be deleted by itself.
    /// But where anything below is built in, all stays (405).
    pub fn delete(&mut self, item: &Item, actor: &Actor<'_>) -> Result<Effect, StatusCode> {
        let uri = self.changeable(item)?;
        let path = uri.path();
        if self.node(path).is_none() {
            return Err(StatusCode::NOT_FOUND);
        }
        self.need(Right::Delete, path, actor)?;
        if self.is_permanent(path) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.need_access(AccessType::Delete, path)?;
        if self.holds_permanent(path) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.take(path, By::Delete, Some(actor.server))?;
        Ok(Effect::Changed(vec![(path.to_owned(), By::Delete)]))
    }

    /// Whether anything below a path is built in.
    pub(super) fn holds_permanent(&self, path: &str) -> bool {
        let mut found = false;
        if let Some(entry) = self.entry(path) {
            entry.visit(path, |below, _| {
                found |= below != path && self.is_permanent(below);
                if found { Descent::Stop } else { Descent::On }
            });
        }
        found
    }

    /// Copy of one Item: a leaf over a leaf, or a subtree to where nothing is.
    ///
    /// It takes the right to read everything that is copied, and those of Replace on a target that exists, of Add on its parent otherwise;
    /// AccessType likewise, with Copy on the source. Properties are not copied: the new nodes are made by this server. An interior node in
    /// the way is 418; onto itself, into itself, over a leaf with what is none, or over a value of the host is 403.
    pub fn copy(
        &mut self,
        item: &Item,
        actor: &Actor<'_>,
        values: &HostValues,
    ) -> Result<Effect, StatusCode> {
        let source = item.source.as_ref().map_or("", |source| &source.uri);
        let from = self.without_query(source)?;
        let to = self.changeable(item)?;
        let (from, to) = (from.path(), to.path());
        let entry = self.entry(from).ok_or(StatusCode::NOT_FOUND)?;
        let (mut nodes, mut call, mut refused) = (Vec::new(), None, None);
        let is_granted = self.grants(Right::Get, from, actor);
        entry.visit_with(from, is_granted, |path, entry, from_above| {
            let is_granted = match entry.node.acl() {
                acl if acl.is_empty() => from_above,
                acl => acl.allows(Right::Get, actor.server),
            };
            let readable = match is_granted {
                true => self.need_access(AccessType::Get, path),
                false => Err(StatusCode::PERMISSION_DENIED),
            };
            if let Err(code) = readable {
                refused.get_or_insert(code);
            }
            if refused.is_some() || call.is_some() {
                return None;
            }
            match self.value(path, &entry.node, values) {
                Ok(node) => {
                    let below = path.get(from.len()..).unwrap_or_default();
                    nodes.push((format!("{to}{below}"), node.as_new(actor.seconds())));
                }
                Err(ask) => {
                    call.get_or_insert(ask);
                }
            }
            Some(is_granted)
        });
        if let Some(code) = refused {
            return Err(code);
        }
        self.need_access(AccessType::Copy, from)?;
        let is_below = to
            .strip_prefix(from)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if from.is_empty() || is_below {
            return Err(StatusCode::FORBIDDEN);
        }
        match self.node(to) {
            Some(there) if there.is_interior() => return Err(StatusCode::ALREADY_EXISTS),
            Some(there) => {
                self.need(Right::Replace, to, actor)?;
                self.need_access(AccessType::Replace, to)?;
                if entry.node.is_interior() || there.owner() == Owner::Host {
                    return Err(StatusCode::FORBIDDEN);
                }
                let is_same = |(_, node): &(String, Node)| {
                    node.format() == there.format() && node.mime() == there.mime()
                };
                if self.is_permanent(to) && !nodes.first().is_some_and(is_same) {
                    return Err(StatusCode::NOT_ALLOWED);
                }
            }
            None => {
                self.missing_above(to, ImplicitAdd::No)?;
                let parent = uri::split(to).map_or("", |(parent, _)| parent);
                self.need(Right::Add, parent, actor)?;
                for (path, _) in &nodes {
                    self.need_access_to_add(path)?;
                }
            }
        }
        for (path, node) in &nodes {
            self.need_fitting(path, node)?;
        }
        if let Some(call) = call {
            return Ok(Effect::Ask(call));
        }
        if self.node(to).is_none() {
            return self.add_all(nodes, By::Copy, actor);
        }
        let Some((path, value)) = nodes.into_iter().next() else {
            return Err(StatusCode::NOT_FOUND);
        };
        self.edit(&path, By::Copy, Some(actor.server), |node| {
            node.take_value(value);
            node.touch(actor.seconds());
        })?;
        Ok(Effect::Changed(vec![(path, By::Copy)]))
    }

    /// Exec of one Item: always for the host to do. What nobody stands behind, neither the host nor a description, is 405.
    pub fn exec(
        &self,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let uri = self.changeable(item)?;
        let path = uri.path();
        if self.node(path).is_none() {
            return Err(StatusCode::NOT_FOUND);
        }
        self.need(Right::Exec, path, actor)?;
        self.need_startable(path)?;
        let field = |field: fn(&Meta) -> Option<&String>| {
            let own = item.meta.as_ref().and_then(field);
            own.or_else(|| meta.and_then(field)).cloned()
        };
        Ok(Effect::Ask(HostCall {
            kind: HostCallKind::Exec,
            path: path.to_owned(),
            data: item.data.clone(),
            format: field(|meta| meta.format.as_ref()),
            mime: field(|meta| meta.mime.as_ref()),
        }))
    }

    /// 405 unless somebody stands behind a node, the host or a description, and the device can start it.
    pub(super) fn need_startable(&self, path: &str) -> Result<(), StatusCode> {
        let is_startable = self.is_of_host(path)
            || self
                .rule(path)
                .is_some_and(|rule| rule.access(AccessType::Exec));
        if !is_startable {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.need_access(AccessType::Exec, path)
    }

    /// What the host has done, or not done, is noted.
    pub(super) fn called(
        &mut self,
        call: HostCall,
        code: StatusCode,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        if call.kind != HostCallKind::Write || !code.is_success() {
            return Ok(Effect::Done(code));
        }
        let format = call.format.as_deref().and_then(Format::from_name);
        let value = Node::leaf(format.unwrap_or_default(), call.mime, call.data)?;
        self.set_value(&call.path, value, actor)
    }

    /// The address in an Item's Target, for a command that there is none of for properties: 405 with one, 406 with another query.
    fn changeable(&self, item: &Item) -> Result<NodeUri, StatusCode> {
        self.without_query(target(item))
    }

    fn without_query(&self, uri: &str) -> Result<NodeUri, StatusCode> {
        let uri = self.resolve(uri)?;
        match uri.query().map(named) {
            None => Ok(uri),
            Some(Ok(_)) => Err(StatusCode::NOT_ALLOWED),
            Some(Err(code)) => Err(code),
        }
    }
}

/// The URI in an Item's Target.
fn target(item: &Item) -> &str {
    item.target.as_ref().map_or("", |target| &target.uri)
}

/// Whether an Item's value is a serialised tree.
pub(super) fn is_tnds(item: &Item, meta: Option<&Meta>) -> bool {
    let mime = |meta: Option<&Meta>| meta.and_then(|meta| meta.mime.clone());
    let mime = mime(item.meta.as_ref()).or_else(|| mime(meta));
    mime.is_some_and(|mime| tnds::is_media_type(&mime))
}

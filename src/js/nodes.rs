//! `TndsNode` as the caller gives it.

use crate::error::{Error, Fault};
use crate::limits::{Limits, MAX_DEPTH};
use crate::syncml::Encoding;
use crate::tnds::{Tnds, TndsNode};

use super::arguments::{data, format};
use super::read::Given;
use super::write::JsResult;

/// Nodes of one document, at the most: an array that holds itself has no end.
const MAX_NODES: u32 = 1_000_000;

/// The nodes directly under MgmtTree.
pub(super) fn nodes(given: &Given) -> JsResult<Vec<TndsNode>> {
    let mut left = MAX_NODES;
    given.each(|node| self::node(node, MAX_DEPTH, &mut left))
}

/// Recursion is bounded by [`MAX_DEPTH`], the number of nodes by `left`.
fn node(given: &Given, depth: u32, left: &mut u32) -> JsResult<TndsNode> {
    if depth == 0 {
        let problem = format!("more than {MAX_DEPTH} nodes in each other");
        return Err(Error::limit("depth", problem).blaming(Fault::Caller).into());
    }
    *left = left.checked_sub(1).ok_or_else(|| {
        Error::limit("nodes", format!("more than {MAX_NODES} nodes")).blaming(Fault::Caller)
    })?;
    given.only(&[
        "name", "path", "format", "type", "data", "acl", "title", "tstamp", "verNo", "children",
    ])?;
    let children = given.maybe("children", |children| {
        children.each(|child| node(child, depth - 1, left))
    })?;
    Ok(TndsNode {
        name: given.maybe("name", Given::string)?,
        path: given.maybe("path", Given::string)?,
        format: given.maybe("format", format)?,
        mime: given.maybe("type", Given::string)?,
        data: given.maybe("data", data)?,
        acl: given.maybe("acl", Given::string)?,
        title: given.maybe("title", Given::string)?,
        tstamp: given.maybe("tstamp", Given::string)?,
        ver_no: given.maybe("verNo", Given::short)?,
        children: children.unwrap_or_default(),
    })
}

/// A document as octets, or its nodes.
pub(super) fn tnds(given: &Given) -> JsResult<Tnds> {
    if !given.is_octets() {
        return Ok(Tnds {
            nodes: nodes(given)?,
            ..Tnds::default()
        });
    }
    let body = given.octets()?;
    let read = Encoding::detect(None, &body)
        .and_then(|encoding| Tnds::decode(&body, encoding, &Limits::UNBOUNDED));
    Ok(read.map_err(|error| error.blaming(Fault::Caller))?)
}

//! `SyncMlMessage` as the caller gives it.
//!
//! Recursion is bounded by [`MAX_DEPTH`]: what is deeper is an error of the caller's.

use crate::error::{Error, Fault};
use crate::limits::MAX_DEPTH;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{
    Alert, Atomic, Attributes, Chal, Command, Cred, Header, Item, Location, Message, Meta,
    Operation, RawChild, RawElement, Results, Status, Unknown,
};

use super::arguments::data;
use super::read::Given;
use super::write::{Failure, JsResult};

pub(super) fn read(given: &Given) -> JsResult<Message> {
    given.only(&["header", "commands", "final"])?;
    Ok(Message {
        header: header(&given.need("header")?)?,
        commands: given
            .need("commands")?
            .each(|command| self::command(command, MAX_DEPTH))?,
        is_final: given.need("final")?.boolean()?,
    })
}

fn header(given: &Given) -> JsResult<Header> {
    given.only(&[
        "verDtd",
        "verProto",
        "sessionId",
        "msgId",
        "target",
        "source",
        "respUri",
        "noResp",
        "cred",
        "maxMsgSize",
        "maxObjSize",
        "extra",
    ])?;
    Ok(Header {
        ver_dtd: given.need("verDtd")?.string()?,
        ver_proto: given.need("verProto")?.string()?,
        session_id: given.need("sessionId")?.string()?,
        msg_id: given.need("msgId")?.number()?,
        target: location(&given.need("target")?)?,
        source: location(&given.need("source")?)?,
        resp_uri: given.maybe("respUri", Given::string)?,
        no_resp: flag(given, "noResp")?,
        cred: given.maybe("cred", self::cred)?,
        max_msg_size: given.maybe("maxMsgSize", Given::number)?,
        max_obj_size: given.maybe("maxObjSize", Given::number)?,
        extra: extra(given)?,
    })
}

fn flag(given: &Given, key: &'static str) -> JsResult<bool> {
    Ok(given.maybe(key, Given::boolean)?.unwrap_or(false))
}

fn location(given: &Given) -> JsResult<Location> {
    given.only(&["uri", "name", "extra"])?;
    Ok(Location {
        uri: given.need("uri")?.string()?,
        name: given.maybe("name", Given::string)?,
        extra: extra(given)?,
    })
}

fn cred(given: &Given) -> JsResult<Cred> {
    given.only(&["type", "format", "data", "extra"])?;
    Ok(Cred {
        kind: given.need("type")?.string()?,
        format: given.maybe("format", Given::string)?,
        data: given.need("data")?.string()?,
        extra: extra(given)?,
    })
}

fn chal(given: &Given) -> JsResult<Chal> {
    given.only(&["type", "format", "nextNonce", "extra"])?;
    Ok(Chal {
        kind: given.need("type")?.string()?,
        format: given.maybe("format", Given::string)?,
        next_nonce: given.maybe("nextNonce", Given::string)?,
        extra: extra(given)?,
    })
}

fn meta(given: &Given) -> JsResult<Meta> {
    given.only(&[
        "format",
        "type",
        "mark",
        "size",
        "nextNonce",
        "maxMsgSize",
        "maxObjSize",
        "text",
        "extra",
    ])?;
    Ok(Meta {
        format: given.maybe("format", Given::string)?,
        mime: given.maybe("type", Given::string)?,
        mark: given.maybe("mark", Given::string)?,
        size: given.maybe("size", Given::number)?,
        next_nonce: given.maybe("nextNonce", Given::string)?,
        max_msg_size: given.maybe("maxMsgSize", Given::number)?,
        max_obj_size: given.maybe("maxObjSize", Given::number)?,
        text: given.maybe("text", Given::string)?,
        extra: extra(given)?,
    })
}

fn item(given: &Given) -> JsResult<Item> {
    given.only(&[
        "target",
        "source",
        "meta",
        "data",
        "attributes",
        "moreData",
        "extra",
    ])?;
    let data = given.maybe("data", data)?;
    Ok(Item {
        target: given.maybe("target", location)?,
        source: given.maybe("source", location)?,
        meta: given.maybe("meta", meta)?,
        attributes: attributes_beside(given, "data", data.is_some())?,
        data,
        more_data: flag(given, "moreData")?,
        extra: extra(given)?,
    })
}

fn items(given: &Given) -> JsResult<Vec<Item>> {
    given.need("items")?.each(item)
}

fn command(given: &Given, depth: u32) -> JsResult<Command> {
    Ok(match &*given.need("type")?.text()? {
        "add" => Command::Add(operation(given)?),
        "replace" => Command::Replace(operation(given)?),
        "delete" => Command::Delete(operation(given)?),
        "copy" => Command::Copy(operation(given)?),
        "get" => Command::Get(operation(given)?),
        "exec" => Command::Exec(exec(given)?),
        "alert" => Command::Alert(alert(given)?),
        "atomic" => Command::Atomic(group(given, depth)?),
        "sequence" => Command::Sequence(group(given, depth)?),
        "status" => Command::Status(status(given)?),
        "results" => Command::Results(results(given)?),
        "unknown" => Command::Unknown(unknown(given)?),
        _ => return Err(given.wrong("a type of command, such as get")),
    })
}

fn operation(given: &Given) -> JsResult<Operation> {
    given.only(&["type", "cmdId", "noResp", "meta", "items", "extra"])?;
    request(given)
}

fn exec(given: &Given) -> JsResult<Operation> {
    given.only(&[
        "type",
        "cmdId",
        "noResp",
        "meta",
        "correlator",
        "items",
        "extra",
    ])?;
    Ok(Operation {
        correlator: given.maybe("correlator", Given::string)?,
        ..request(given)?
    })
}

fn request(given: &Given) -> JsResult<Operation> {
    Ok(Operation {
        cmd_id: given.maybe("cmdId", Given::string)?,
        no_resp: flag(given, "noResp")?,
        meta: given.maybe("meta", meta)?.map(Box::new),
        correlator: None,
        items: items(given)?,
        extra: extra(given)?,
    })
}

fn alert(given: &Given) -> JsResult<Alert> {
    given.only(&[
        "type",
        "cmdId",
        "noResp",
        "code",
        "correlator",
        "items",
        "attributes",
        "extra",
    ])?;
    let code = given.maybe("code", Given::number)?.map(AlertCode);
    Ok(Alert {
        cmd_id: given.maybe("cmdId", Given::string)?,
        no_resp: flag(given, "noResp")?,
        code,
        correlator: given.maybe("correlator", Given::string)?,
        items: items(given)?,
        attributes: attributes_beside(given, "code", code.is_some())?,
        extra: extra(given)?,
    })
}

fn results(given: &Given) -> JsResult<Results> {
    given.only(&[
        "type",
        "cmdId",
        "msgRef",
        "cmdRef",
        "meta",
        "targetRef",
        "sourceRef",
        "items",
        "extra",
    ])?;
    Ok(Results {
        cmd_id: given.maybe("cmdId", Given::string)?,
        msg_ref: given.maybe("msgRef", Given::string)?,
        cmd_ref: given.maybe("cmdRef", Given::string)?,
        meta: given.maybe("meta", meta)?.map(Box::new),
        target_ref: given.maybe("targetRef", Given::string)?,
        source_ref: given.maybe("sourceRef", Given::string)?,
        items: items(given)?,
        extra: extra(given)?,
    })
}

fn unknown(given: &Given) -> JsResult<Unknown> {
    given.only(&["type", "cmdId", "element"])?;
    Ok(Unknown {
        cmd_id: given.maybe("cmdId", Given::string)?,
        element: raw(&given.need("element")?, MAX_DEPTH)?,
    })
}

fn group(given: &Given, depth: u32) -> JsResult<Atomic> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    given.only(&["type", "cmdId", "noResp", "meta", "commands", "extra"])?;
    Ok(Atomic {
        cmd_id: given.maybe("cmdId", Given::string)?,
        no_resp: flag(given, "noResp")?,
        meta: given.maybe("meta", meta)?.map(Box::new),
        commands: given
            .need("commands")?
            .each(|command| self::command(command, depth))?,
        extra: extra(given)?,
    })
}

fn status(given: &Given) -> JsResult<Status> {
    given.only(&[
        "type",
        "cmdId",
        "msgRef",
        "cmdRef",
        "cmd",
        "targetRefs",
        "sourceRefs",
        "cred",
        "chal",
        "code",
        "items",
        "attributes",
        "extra",
    ])?;
    Ok(Status {
        cmd_id: given.maybe("cmdId", Given::string)?,
        msg_ref: given.maybe("msgRef", Given::string)?,
        cmd_ref: given.maybe("cmdRef", Given::string)?,
        cmd: given.need("cmd")?.string()?,
        target_refs: given.need("targetRefs")?.strings()?,
        source_refs: given.need("sourceRefs")?.strings()?,
        cred: given.maybe("cred", cred)?.map(Box::new),
        chal: given.maybe("chal", chal)?.map(Box::new),
        code: StatusCode(given.need("code")?.short()?),
        items: items(given)?,
        attributes: attributes(given)?,
        extra: extra(given)?,
    })
}

fn extra(given: &Given) -> JsResult<Vec<RawElement>> {
    let elements = given.maybe("extra", |given| {
        given.each(|element| raw(element, MAX_DEPTH))
    })?;
    Ok(elements.unwrap_or_default())
}

fn raw(given: &Given, depth: u32) -> JsResult<RawElement> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    given.only(&["ns", "name", "attributes", "children"])?;
    let child = |child: &Given| {
        if child.is_string() {
            return child.string().map(RawChild::Text);
        }
        if child.is_octets() {
            return child.octets().map(RawChild::Octets);
        }
        raw(child, depth).map(RawChild::Element)
    };
    Ok(RawElement {
        ns: given.need("ns")?.string()?,
        name: given.need("name")?.string()?,
        attributes: attributes(given)?,
        children: given.need("children")?.each(child)?,
    })
}

fn attributes(given: &Given) -> JsResult<Attributes> {
    let mut attributes = Attributes::new();
    let entries = given.maybe("attributes", Given::entries)?;
    for (name, value) in entries.into_iter().flatten() {
        attributes.insert(name, value.string()?);
    }
    Ok(attributes)
}

/// Attributes on an element that is written only where there is a value for it.
fn attributes_beside(given: &Given, key: &'static str, has_value: bool) -> JsResult<Attributes> {
    let attributes = attributes(given)?;
    if has_value || attributes.is_empty() {
        Ok(attributes)
    } else {
        Err(given.wrong(format!("{key} beside attributes")))
    }
}

fn too_deep() -> Failure {
    Error::limit("depth", format!("deeper than {MAX_DEPTH}"))
        .blaming(Fault::Caller)
        .into()
}

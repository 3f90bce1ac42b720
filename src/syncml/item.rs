//! Item: one thing that a command is about.

use serde::Serialize;

use crate::error::Result;
use crate::markup::element::Element;

use super::carried::Content;
use super::data::Data;
use super::header::Location;
use super::is_unset;
use super::meta::{Meta, Sizes};
use super::raw::{
    Attributes, RawElement, attributes, emit_ahead, emit_attributes, emit_rest, sort,
};
use super::read::{Reader, elements, flag, name, once};
use super::write::Writer;

/// What the DTD puts between Source and Meta. DM uses none of it.
const AHEAD: [&str; 2] = ["SourceParent", "TargetParent"];

/// One thing that a command is about: where it is, what is known of it, and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What the command acts on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Location>,
    /// What the value comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Location>,
    /// Format and type of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// The value; absent is not the same as empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
    /// Attributes on Data; they count only where there is a value. A name in a namespace is written `{namespace}name`.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// More chunks of the value follow in the next message.
    #[serde(skip_serializing_if = "is_unset")]
    pub more_data: bool,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

impl Item {
    /// An item that addresses a node.
    pub fn at(uri: impl Into<String>) -> Self {
        Self {
            target: Some(Location::of(uri)),
            ..Self::default()
        }
    }

    /// An item that holds nothing but text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            data: Some(Data::Text(text.into())),
            ..Self::default()
        }
    }

    /// Reads an item and puts it behind others. It is read in its place: items are large, and there are many.
    pub(super) fn parse(
        element: Element<'_>,
        reader: &mut Reader<'_>,
        items: &mut Vec<Self>,
    ) -> Result<()> {
        reader.count_item(element)?;
        items.push(Self::default());
        let Some(item) = items.last_mut() else {
            return Ok(());
        };
        let mut data = None;
        let sizes = Sizes::of_item(element);
        reader.chunks += u32::from(sizes == Sizes::OfChunk);
        for child in elements(element)? {
            match name(child) {
                "Target" => once(&mut item.target, Location::parse(child)?, child)?,
                "Source" => once(&mut item.source, Location::parse(child)?, child)?,
                "Meta" => once(&mut item.meta, Meta::parse_with(child, sizes)?, child)?,
                "Data" => once(&mut data, (Data::parse(child)?, attributes(child)), child)?,
                "MoreData" => item.more_data = flag(child)?,
                _ => item.extra.push(RawElement::parse(child)),
            }
        }
        if let Some((data, attributes)) = data {
            item.data = Some(data);
            item.attributes = attributes;
        }
        sort(&mut item.extra, &AHEAD);
        Ok(())
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) -> Result<()> {
        out.open("Item");
        if let Some(target) = &self.target {
            target.emit("Target", out);
        }
        if let Some(source) = &self.source {
            source.emit("Source", out);
        }
        emit_ahead(&self.extra, &AHEAD, out);
        let meta = self.meta.as_ref();
        let carried = self.data.as_ref().map(|data| out.carried(data, meta));
        let carried = carried.transpose()?;
        let (format, mime) = match &carried {
            Some(carried) => (carried.format, carried.mime.as_deref()),
            None => (None, None),
        };
        match meta {
            Some(meta) => meta.emit_as(format, mime, out),
            None if format.is_some() || mime.is_some() => NO_META.emit_as(format, mime, out),
            None => {}
        }
        if let Some(carried) = &carried {
            out.open("Data");
            emit_attributes(&self.attributes, out);
            match &carried.content {
                Content::Text(text) => out.text(text),
                Content::Octets(octets) => out.octets(octets),
                Content::Markup(markup) => out.markup(markup)?,
                Content::Marked(markup) => {
                    out.octets(&[]);
                    out.octets(markup.as_bytes());
                }
            }
            out.close();
        }
        out.flag("MoreData", self.more_data);
        emit_rest(&self.extra, &AHEAD, out);
        out.close();
        Ok(())
    }
}

const NO_META: &Meta = &Meta {
    format: None,
    mime: None,
    mark: None,
    size: None,
    next_nonce: None,
    max_msg_size: None,
    max_obj_size: None,
    text: None,
    extra: Vec::new(),
};

/// The items among the children of a command, for which `meta` holds.
pub(super) fn emit_items<'a>(
    items: &'a [Item],
    meta: Option<&'a Meta>,
    out: &mut Writer<'a>,
) -> Result<()> {
    let around = out.enter(meta);
    items.iter().try_for_each(|item| item.emit(out))?;
    out.leave(around);
    Ok(())
}

//! Writing elements in the order in which they are called for.

use std::borrow::Cow;
use std::mem;

use crate::error::Result;
use crate::limits::Limits;
use crate::markup::element::{Builder, Document, NsId};
use crate::markup::xml;

use super::carried::{Carried, Qualities};
use super::data::Data;
use super::encoding::Encoding;
use super::meta::Meta;
use super::read::{METINF, namespace};

/// About how many nodes a command takes.
const NODES: usize = 16;

/// Builds the document of one message.
pub(super) struct Writer<'a> {
    builder: Builder<'a>,
    syncml: NsId,
    metinf: NsId,
    syncml_name: &'static str,
    encoding: Encoding,
    /// Format and Type as they hold for the items to come.
    qualities: Qualities<'a>,
}

impl<'a> Writer<'a> {
    /// For so many commands.
    pub(super) fn new(ver_dtd: &str, encoding: Encoding, commands: usize) -> Self {
        let mut builder = Builder::with_room(NODES * (commands + 3));
        let syncml_name = namespace(ver_dtd);
        let syncml = builder.namespace(syncml_name);
        let metinf = builder.namespace(METINF);
        Self {
            builder,
            syncml,
            metinf,
            syncml_name,
            encoding,
            qualities: Qualities::default(),
        }
    }

    /// What `meta` says holds for what is written until [`leave`](Self::leave) is given the result.
    pub(super) fn enter(&mut self, meta: Option<&'a Meta>) -> Qualities<'a> {
        let inside = self.qualities.within(meta);
        mem::replace(&mut self.qualities, inside)
    }

    pub(super) fn leave(&mut self, before: Qualities<'a>) {
        self.qualities = before;
    }

    /// How the value of an item travels.
    pub(super) fn carried(&self, data: &'a Data, meta: Option<&Meta>) -> Result<Carried<'a>> {
        match self.encoding {
            Encoding::Xml => Ok(Carried::in_xml(data)),
            Encoding::Wbxml => Carried::in_wbxml(data, self.qualities.within(meta), meta)
                .map_err(|error| error.within(self.path())),
        }
    }

    pub(super) fn open(&mut self, name: &'static str) {
        self.builder.open(self.syncml, name, 0);
    }

    pub(super) fn close(&mut self) {
        self.builder.close(None, 0);
    }

    pub(super) fn text(&mut self, text: impl Into<Cow<'a, str>>) {
        self.builder.text(text, 0..0);
    }

    pub(super) fn octets(&mut self, octets: impl Into<Cow<'a, [u8]>>) {
        self.builder.octets(octets, 0..0);
    }

    /// Markup, after a look whether it may stand there.
    pub(super) fn markup(&mut self, markup: &'a str) -> Result<()> {
        xml::check_fragment(markup, self.syncml_name, &Limits::UNBOUNDED)
            .map_err(|error| error.within(self.path()))?;
        self.builder.markup(markup);
        Ok(())
    }

    /// Where we are, for an error.
    pub(super) fn path(&self) -> String {
        self.builder.path()
    }

    /// An element that holds only text.
    pub(super) fn leaf(&mut self, name: &'static str, text: impl Into<Cow<'a, str>>) {
        self.open(name);
        self.text(text);
        self.close();
    }

    /// The same where there is a value.
    pub(super) fn optional(&mut self, name: &'static str, text: Option<&'a str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// An empty element where the flag is set.
    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        if flag {
            self.open(name);
            self.close();
        }
    }

    /// An element of Meta where there is a value.
    pub(super) fn meta_leaf(&mut self, name: &'static str, text: Option<impl Into<Cow<'a, str>>>) {
        if let Some(text) = text {
            self.builder.open(self.metinf, name, 0);
            self.text(text);
            self.close();
        }
    }

    /// An element of any namespace.
    pub(super) fn open_raw(&mut self, ns: &'a str, name: &'a str) {
        let ns = self.builder.namespace(ns);
        self.builder.open(ns, name, 0);
    }

    /// An attribute of the element just opened.
    pub(super) fn attribute(&mut self, ns: &'a str, name: &'a str, value: &'a str) {
        let ns = self.builder.namespace(ns);
        self.builder.attribute(ns, name, value, 0..0);
    }

    pub(super) fn finish(self) -> Option<Document<'a>> {
        self.builder.finish()
    }
}

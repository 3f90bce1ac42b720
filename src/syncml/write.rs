//! Writing elements in the order in which they are called for.

use std::mem;

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::element::step;
use crate::markup::sink::Sink;
use crate::markup::{wbxml, xml};

use super::carried::{Carried, Qualities};
use super::data::Data;
use super::encoding::Form;
use super::meta::Meta;
use super::read::{METINF, namespace};

/// About how many octets a command takes, in XML and in WBXML.
const OF_COMMAND: (usize, usize) = (288, 112);

/// Writes one message. What cannot be written is known at its end.
pub(super) struct Writer<'a> {
    out: Out<'a>,
    trail: Trail<'a>,
    error: Option<Error>,
    syncml: &'static str,
    /// Format and Type as they hold for the items to come.
    qualities: Qualities<'a>,
}

/// What the elements are written to.
enum Out<'a> {
    Xml(xml::Writer<'a>),
    Wbxml(wbxml::Writer<'a>),
}

/// The same for both encodings, by the methods that both have.
macro_rules! both {
    ($out:expr, $writer:ident => $write:expr) => {
        match $out {
            Out::Xml($writer) => $write,
            Out::Wbxml($writer) => $write,
        }
    };
}

impl<'a> Writer<'a> {
    /// For so many commands.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a form that no reader takes.
    pub(super) fn new(
        ver_dtd: &str,
        form: &'a Form,
        indent: bool,
        commands: usize,
    ) -> Result<Self> {
        let syncml = namespace(ver_dtd);
        // The header is about as long as three of them.
        let room = |of_command| of_command * (commands + 3);
        let (in_xml, in_wbxml) = OF_COMMAND;
        let out = match form {
            Form::Xml => Out::Xml(xml::Writer::new(room(in_xml), indent)),
            Form::Wbxml(form) => {
                Out::Wbxml(wbxml::Writer::new(syncml, "SyncML", form, room(in_wbxml))?)
            }
        };
        Ok(Self {
            out,
            trail: Trail::default(),
            error: None,
            syncml,
            qualities: Qualities::default(),
        })
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
        match self.out {
            Out::Xml(_) => Ok(Carried::in_xml(data)),
            Out::Wbxml(_) => Carried::in_wbxml(data, self.qualities.within(meta), meta)
                .map_err(|error| error.within(self.trail.path())),
        }
    }

    pub(super) fn open(&mut self, name: &'static str) {
        self.open_known(self.syncml, name);
    }

    fn open_known(&mut self, ns: &'static str, name: &'static str) {
        self.trail.open(name);
        self.put(|out| match out {
            Out::Xml(out) => out.begin(ns, name),
            Out::Wbxml(out) => out.open(ns, name),
        });
    }

    pub(super) fn close(&mut self) {
        self.trail.close();
        self.put(|out| {
            both!(out, out => out.close());
            Ok(())
        });
    }

    pub(super) fn text(&mut self, text: &str) {
        self.put(|out| both!(out, out => out.text(text)));
    }

    pub(super) fn octets(&mut self, octets: &[u8]) {
        self.put(|out| both!(out, out => out.octets(octets)));
    }

    /// Markup, after a look whether it may stand there.
    pub(super) fn markup(&mut self, markup: &str) -> Result<()> {
        xml::check_fragment(markup, self.syncml, &Limits::UNBOUNDED)
            .and_then(|()| both!(&mut self.out, out => out.markup(markup)))
            .map_err(|error| error.within(self.trail.path()))
    }

    /// An element that holds only text.
    pub(super) fn leaf(&mut self, name: &'static str, text: &str) {
        self.open(name);
        self.text(text);
        self.close();
    }

    /// The same where there is a value.
    pub(super) fn optional(&mut self, name: &'static str, text: Option<&str>) {
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
    pub(super) fn meta_leaf(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.open_known(METINF, name);
            self.text(text);
            self.close();
        }
    }

    /// The same of a number.
    pub(super) fn meta_number(&mut self, name: &'static str, number: Option<u32>) {
        self.meta_leaf(name, number.map(|number| number.to_string()).as_deref());
    }

    /// An element of any namespace.
    pub(super) fn open_raw(&mut self, ns: &'a str, name: &'a str) {
        self.trail.open(name);
        self.put(|out| both!(out, out => out.open(ns, name)));
    }

    /// An attribute of the element just opened.
    pub(super) fn attribute(&mut self, ns: &'a str, name: &str, value: &str) {
        self.put(|out| both!(out, out => out.attribute(ns, name, value)));
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// The first thing that could not be written.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(both!(self.out, out => out.finish())),
        }
    }

    /// Writes, unless something before it could not be written.
    #[inline]
    fn put(&mut self, write: impl FnOnce(&mut Out<'a>) -> Result<()>) {
        if self.error.is_none()
            && let Err(error) = write(&mut self.out)
        {
            self.error = Some(error.within(self.trail.path()));
        }
    }
}

/// The elements that have been written, to say where an error is.
#[derive(Default)]
struct Trail<'a> {
    /// Each with the one around it, by its place here.
    names: Vec<(u32, &'a str)>,
    open: Vec<u32>,
}

impl<'a> Trail<'a> {
    #[inline]
    fn open(&mut self, name: &'a str) {
        let index = self.names.len() as u32;
        let around = self.open.last().copied().unwrap_or(index);
        self.names.push((around, name));
        self.open.push(index);
    }

    #[inline]
    fn close(&mut self) {
        self.open.pop();
    }

    /// Where we are: `SyncBody/Replace[2]`, the root left out.
    #[cold]
    fn path(&self) -> String {
        let place = |at: &u32| {
            let named = self.names.get(*at as usize)?;
            let before = self.names.get(named.0 as usize + 1..*at as usize)?;
            let count = before.iter().filter(|other| *other == named).count();
            Some(step(named.1, count + 1))
        };
        let inside = self.open.get(1..).unwrap_or_default();
        inside
            .iter()
            .filter_map(place)
            .collect::<Vec<_>>()
            .join("/")
    }
}

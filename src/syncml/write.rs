//! Writing elements in the order in which they are called for.

use std::mem;

use crate::error::{Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::sink::Sink as _;
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
    sink: Sink<'a>,
    trail: Trail<'a>,
    error: Option<Error>,
    syncml: &'static str,
    /// Format and Type as they hold for the items to come.
    qualities: Qualities<'a>,
}

/// What the elements are written to.
enum Sink<'a> {
    Xml(xml::Writer<'a>),
    Wbxml(wbxml::Writer<'a>),
}

/// The same for both encodings, by the methods that both have.
macro_rules! both {
    ($sink:expr, $writer:ident => $write:expr) => {
        match $sink {
            Sink::Xml($writer) => $write,
            Sink::Wbxml($writer) => $write,
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
        let sink = match form {
            Form::Xml => Sink::Xml(xml::Writer::new(room(in_xml), indent)),
            Form::Wbxml(form) => {
                Sink::Wbxml(wbxml::Writer::new(syncml, "SyncML", form, room(in_wbxml))?)
            }
        };
        Ok(Self {
            sink,
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
        match self.sink {
            Sink::Xml(_) => Ok(Carried::in_xml(data)),
            Sink::Wbxml(_) => Carried::in_wbxml(data, self.qualities.within(meta), meta)
                .map_err(|error| error.within(self.trail.path())),
        }
    }

    pub(super) fn open(&mut self, name: &'static str) {
        self.open_known(self.syncml, name);
    }

    fn open_known(&mut self, ns: &'static str, name: &'static str) {
        self.trail.open(name);
        let done = match &mut self.sink {
            Sink::Xml(out) => out.begin(ns, name),
            Sink::Wbxml(out) => out.open(ns, name),
        };
        self.note(done);
    }

    pub(super) fn close(&mut self) {
        self.trail.close();
        both!(&mut self.sink, out => out.close());
    }

    pub(super) fn text(&mut self, text: &str) {
        let done = both!(&mut self.sink, out => out.text(text));
        self.note(done);
    }

    pub(super) fn octets(&mut self, octets: &[u8]) {
        let done = both!(&mut self.sink, out => out.octets(octets));
        self.note(done);
    }

    /// Markup, after a look whether it may stand there.
    pub(super) fn markup(&mut self, markup: &str) -> Result<()> {
        xml::check_fragment(markup, self.syncml, &Limits::UNBOUNDED)
            .and_then(|()| both!(&mut self.sink, out => out.markup(markup)))
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
        let done = both!(&mut self.sink, out => out.open(ns, name));
        self.note(done);
    }

    /// An attribute of the element just opened.
    pub(super) fn attribute(&mut self, ns: &'a str, name: &str, value: &str) {
        let done = both!(&mut self.sink, out => out.attribute(ns, name, value));
        self.note(done);
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// The first thing that could not be written.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(both!(self.sink, out => out.finish())),
        }
    }

    #[inline]
    fn note(&mut self, done: Result<()>) {
        if let Err(error) = done
            && self.error.is_none()
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
            // A path is for people too: no error says names of any length.
            let name = excerpt(named.1);
            Some(match count {
                0 => name,
                _ => format!("{name}[{}]", count + 1),
            })
        };
        let inside = self.open.get(1..).unwrap_or_default();
        inside
            .iter()
            .filter_map(place)
            .collect::<Vec<_>>()
            .join("/")
    }
}

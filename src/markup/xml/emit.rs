//! Elements to XML: one spelling for every document.

use base64ct::{Base64, Encoding as _};

use super::chars::{is_char, is_ncname, is_unprefixed};
use super::is_text;
use super::namespaces::{XML, XMLNS};
use super::prolog::forbidden;
use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::{Document, Element};
use crate::markup::scan::{alike, below, count_before, equal};
use crate::markup::sink::{self, Sink, same};
use crate::steps;

/// Octets that namespace declarations may take up in one output. A message names a namespace once and uses it often, so
/// what it makes us write could otherwise be very much longer than itself.
const MAX_DECLARED: usize = 1 << 24;

/// About how many octets a node of a document takes.
const OCTETS: usize = 24;

/// Writes a document, as a [`Writer`] does.
pub(crate) fn emit(document: &Document<'_>, indent: bool) -> Result<Vec<u8>> {
    let mut writer = Writer::new(document.nodes() * OCTETS, indent);
    sink::whole(document.root(), &mut writer)?;
    Ok(writer.finish())
}

/// Writes the inside of an element, for a place where the default namespace is that of the element.
pub(crate) fn emit_inner(element: Element<'_>) -> Result<String> {
    let mut writer = Writer::new(0, false);
    writer.around = element.ns();
    sink::inside(element, &mut writer)?;
    Ok(writer.out)
}

/// An element whose end tag is still to be written.
struct Open<'a> {
    name: &'a str,
    /// It is of the one namespace that has a prefix.
    is_prefixed: bool,
    /// The default namespace its children inherit.
    default: &'a str,
    /// Where its content begins in the output.
    content: usize,
    /// How many lines there are up to its content.
    lines: usize,
    /// There is something other than elements in it.
    is_mixed: bool,
}

/// Writes elements: without XML declaration, with default namespaces declared only where they change, without prefixes
/// except on attributes. Indented, for people, with two spaces per level, outside elements that hold text.
pub(crate) struct Writer<'a> {
    out: String,
    open: Vec<Open<'a>>,
    /// The default namespace where none of them is open.
    around: &'a str,
    /// Where lines begin, and how many elements are around them, if there are to be any: what an element holds is not known before its end.
    lines: Option<Vec<(usize, usize)>>,
    /// The namespaces that attributes of this element have had.
    prefixes: Vec<&'a str>,
    /// Octets of namespace declarations so far.
    declared: usize,
}

impl<'a> Writer<'a> {
    /// With room for so many octets.
    pub(crate) fn new(room: usize, indent: bool) -> Self {
        Self {
            out: String::with_capacity(room),
            open: Vec::new(),
            around: "",
            lines: indent.then(Vec::new),
            prefixes: Vec::new(),
            declared: 0,
        }
    }

    /// Begins an element whose name is known to be one.
    #[inline]
    pub(crate) fn begin(&mut self, ns: &'a str, name: &'a str) -> Result<()> {
        let around = self.open.last().map_or(self.around, |open| open.default);
        if !self.open.is_empty() {
            self.line();
        }
        self.out.push('<');
        // This one namespace must not be a default.
        let is_prefixed = ns == XML;
        let default = if is_prefixed { around } else { ns };
        if is_prefixed {
            self.out.push_str("xml:");
        }
        self.out.push_str(name);
        if !same(default, around) {
            self.declare("", default)?;
        }
        self.out.push('>');
        self.prefixes.clear();
        self.open.push(Open {
            name,
            is_prefixed,
            default,
            content: self.out.len(),
            lines: self.lines.as_ref().map_or(0, Vec::len),
            is_mixed: false,
        });
        Ok(())
    }

    /// The output, once all is closed.
    pub(crate) fn finish(self) -> Vec<u8> {
        let Some(lines) = self.lines else {
            return self.out.into_bytes();
        };
        let mut shown = String::with_capacity(self.out.len() * 2);
        let mut done = 0;
        for (at, depth) in lines {
            shown.push_str(self.out.get(done..at).unwrap_or_default());
            shown.push('\n');
            for _ in 0..depth {
                shown.push_str("  ");
            }
            done = at;
        }
        shown.push_str(self.out.get(done..).unwrap_or_default());
        shown.into_bytes()
    }

    fn line(&mut self) {
        if let Some(lines) = &mut self.lines {
            lines.push((self.out.len(), self.open.len()));
        }
    }

    fn mix(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.is_mixed = true;
        }
    }

    fn declare(&mut self, suffix: &str, ns: &str) -> Result<()> {
        if ns == XMLNS {
            return Err(Error::input(Code::Ns, "the namespace of `xmlns` used"));
        }
        self.declared += ns.len();
        if self.declared > MAX_DECLARED {
            let problem = format!("more than {MAX_DECLARED} octets of namespace declarations");
            return Err(Error::limit("bytes", problem));
        }
        self.out.push_str(" xmlns");
        self.out.push_str(suffix);
        self.value(ns)
    }

    fn value(&mut self, value: &str) -> Result<()> {
        self.out.push_str("=\"");
        escape(&mut self.out, value, true)?;
        self.out.push('"');
        Ok(())
    }
}

impl<'a> Sink<'a> for Writer<'a> {
    fn open(&mut self, ns: &'a str, name: &'a str) -> Result<()> {
        check_name(name, ns == XML)?;
        self.begin(ns, name)
    }

    #[cold]
    fn attribute(&mut self, ns: &'a str, name: &str, value: &str) -> Result<()> {
        // The end of its tag.
        self.out.pop();
        let prefix = match ns {
            "" if name == "xmlns" || name.starts_with("xmlns:") => {
                let problem = "a namespace declaration given as an attribute";
                return Err(Error::input(Code::Ns, problem));
            }
            "" => String::new(),
            XML => "xml:".to_owned(),
            _ => {
                let known = self.prefixes.iter().position(|other| same(other, ns));
                let number = known.unwrap_or(self.prefixes.len());
                if known.is_none() {
                    self.declare(&format!(":ns{number}"), ns)?;
                    self.prefixes.push(ns);
                }
                format!("ns{number}:")
            }
        };
        check_name(name, !prefix.is_empty())?;
        self.out.push(' ');
        self.out.push_str(&prefix);
        self.out.push_str(name);
        self.value(value)?;
        self.out.push('>');
        if let Some(open) = self.open.last_mut() {
            open.content = self.out.len();
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        if !text.is_empty() {
            self.mix();
        }
        escape(&mut self.out, text, false)
    }

    /// OPAQUE is one more way to write text, and binary data where it cannot be text.
    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.mix();
        match str::from_utf8(octets) {
            Ok(text) if is_text(text) => escape(&mut self.out, text, false),
            _ => {
                self.out.push_str(&Base64::encode_string(octets));
                Ok(())
            }
        }
    }

    /// Writes markup as it stands, unless it would complete a `]]>` that what is before it has begun.
    fn markup(&mut self, markup: &str) -> Result<()> {
        self.mix();
        let rest = match markup.strip_prefix(']') {
            Some(rest) if self.out.ends_with(']') => {
                self.out.push_str("&#93;");
                rest
            }
            _ => match markup.strip_prefix('>') {
                Some(rest) if self.out.ends_with(']') => {
                    self.out.push_str("&gt;");
                    rest
                }
                _ => markup,
            },
        };
        steps::add(rest.len());
        self.out.push_str(rest);
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        if self.out.len() == open.content {
            self.out.pop();
            self.out.push_str("/>");
            return;
        }
        match &mut self.lines {
            Some(lines) if open.is_mixed => lines.truncate(open.lines),
            _ => self.line(),
        }
        steps::add(open.name.len());
        self.out.push_str("</");
        if open.is_prefixed {
            self.out.push_str("xml:");
        }
        self.out.push_str(open.name);
        self.out.push('>');
    }
}

#[inline(never)]
fn check_name(name: &str, is_prefixed: bool) -> Result<()> {
    steps::add(name.len());
    if is_ncname(name) || (!is_prefixed && is_unprefixed(name)) {
        return Ok(());
    }
    let problem = format!("bad name `{}`", excerpt(name));
    Err(Error::input(Code::Syntax, problem))
}

/// Appends text so that reading it gives the same text again.
fn escape(out: &mut String, text: &str, in_value: bool) -> Result<()> {
    let octets = text.as_bytes();
    let (mut done, mut at) = (0, 0);
    while let Some(rest) = octets.get(at..) {
        steps::add(1);
        // Among these are blanks, and what begins U+FFFE and U+FFFF.
        at += count_before(rest, |word| {
            let of_markup = alike(word, b'<', 2) | equal(word, b'&') | equal(word, b'"');
            of_markup | below(word, 0x20) | equal(word, 0xef)
        });
        let replacement = match octets.get(at) {
            None => break,
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'\r') => "&#13;",
            Some(b'"') if in_value => "&quot;",
            Some(b'\t') if in_value => "&#9;",
            Some(b'\n') if in_value => "&#10;",
            Some(_) => {
                let character = text.get(at..).and_then(|rest| rest.chars().next());
                if let Some(character) = character.filter(|character| !is_char(*character)) {
                    return Err(forbidden(character));
                }
                at += 1;
                continue;
            }
        };
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push_str(replacement);
        at += 1;
        done = at;
    }
    steps::add(text.len());
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(())
}

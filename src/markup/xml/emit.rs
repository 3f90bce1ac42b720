//! Document to XML: one spelling for every document.

use base64ct::{Base64, Encoding as _};

use super::chars::{is_char, is_ncname, is_unprefixed};
use super::is_text;
use super::namespaces::{XML, XMLNS};
use super::prolog::forbidden;
use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::{Child, Children, Document, Element};
use crate::steps;

/// Octets that namespace declarations may take up in one output. A message names a namespace once and uses it often, so
/// what it makes us write could otherwise be very much longer than itself.
const MAX_DECLARED: usize = 1 << 24;

/// About how many octets a node of a document takes.
const OCTETS: usize = 24;

/// Writes a document: without XML declaration, with default namespaces declared only where they change, without prefixes
/// except on attributes. `indent` is for people: two spaces per level, outside elements that hold text.
pub(crate) fn emit(document: &Document<'_>, indent: bool) -> Result<Vec<u8>> {
    let mut writer = Writer::new(indent);
    writer.out.reserve(document.nodes() * OCTETS);
    writer.start(document.root(), "")?;
    writer.run()?;
    Ok(writer.out.into_bytes())
}

/// Writes the inside of an element, for a place where the default namespace is that of the element.
pub(crate) fn emit_inner(element: Element<'_>) -> Result<String> {
    let mut writer = Writer::new(false);
    writer.open.push(Open {
        element,
        children: element.children(),
        default: element.ns(),
        content: None,
        indent: false,
    });
    writer.run()?;
    Ok(writer.out)
}

/// An element whose end tag is still to be written.
struct Open<'d> {
    element: Element<'d>,
    children: Children<'d>,
    /// The default namespace its children inherit.
    default: &'d str,
    /// Where its content begins in the output; nothing if its tags are not written.
    content: Option<usize>,
    /// Whether its children get lines of their own.
    indent: bool,
}

struct Writer<'d> {
    out: String,
    open: Vec<Open<'d>>,
    indent: bool,
    /// Octets of namespace declarations so far.
    declared: usize,
}

impl<'d> Writer<'d> {
    fn new(indent: bool) -> Self {
        Self {
            out: String::new(),
            open: Vec::new(),
            indent,
            declared: 0,
        }
    }

    fn run(&mut self) -> Result<()> {
        while let Some(open) = self.open.last_mut() {
            let (element, default) = (open.element, open.default);
            match open.children.next() {
                Some(Child::Element(child)) => {
                    if open.indent {
                        self.line();
                    }
                    self.start(child, default)?;
                }
                Some(Child::Text(text)) => {
                    escape(&mut self.out, text, false).map_err(|error| placed(error, element))?;
                }
                // OPAQUE is one more way to write text, and binary data where it cannot be text.
                Some(Child::Octets(octets)) => match str::from_utf8(octets) {
                    Ok(text) if is_text(text) => escape(&mut self.out, text, false)
                        .map_err(|error| placed(error, element))?,
                    _ => self.out.push_str(&Base64::encode_string(octets)),
                },
                Some(Child::Markup(markup)) => self.markup(markup),
                None => self.end(),
            }
        }
        Ok(())
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.open.len() {
            self.out.push_str("  ");
        }
    }

    /// Writes markup as it stands, unless it would complete a `]]>` that what is before it has begun.
    fn markup(&mut self, markup: &str) {
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
    }

    fn start(&mut self, element: Element<'d>, around: &'d str) -> Result<()> {
        let ns = element.ns();
        self.out.push('<');
        // This one namespace must not be a default.
        let default = if ns == XML { around } else { ns };
        if ns == XML {
            self.out.push_str("xml:");
        }
        self.name(element.name(), ns == XML, element)?;
        if !same(default, around) {
            self.declare("", default, element)?;
        }
        self.attributes(element)?;
        self.out.push('>');
        let indented = self.open.last().map_or(self.indent, |open| open.indent);
        let holds_elements_only = |child| matches!(child, Child::Element(_));
        self.open.push(Open {
            element,
            children: element.children(),
            default,
            content: Some(self.out.len()),
            indent: indented && element.children().all(holds_elements_only),
        });
        Ok(())
    }

    fn attributes(&mut self, element: Element<'d>) -> Result<()> {
        let mut prefixes: Vec<&str> = Vec::new();
        for (ns, name, value) in element.attributes() {
            let prefix = match ns {
                "" if name == "xmlns" || name.starts_with("xmlns:") => {
                    let problem = "a namespace declaration given as an attribute";
                    return Err(element.error(Code::Ns, problem));
                }
                "" => String::new(),
                XML => "xml:".to_owned(),
                _ => {
                    let known = prefixes.iter().position(|other| same(other, ns));
                    let number = known.unwrap_or(prefixes.len());
                    if known.is_none() {
                        self.declare(&format!(":ns{number}"), ns, element)?;
                        prefixes.push(ns);
                    }
                    format!("ns{number}:")
                }
            };
            self.out.push(' ');
            self.out.push_str(&prefix);
            self.name(name, !prefix.is_empty(), element)?;
            self.value(value, element)?;
        }
        Ok(())
    }

    fn declare(&mut self, suffix: &str, ns: &str, element: Element<'_>) -> Result<()> {
        if ns == XMLNS {
            return Err(element.error(Code::Ns, "the namespace of `xmlns` used"));
        }
        self.declared += ns.len();
        if self.declared > MAX_DECLARED {
            let problem = format!("more than {MAX_DECLARED} octets of namespace declarations");
            return Err(placed(Error::limit("bytes", problem), element));
        }
        self.out.push_str(" xmlns");
        self.out.push_str(suffix);
        self.value(ns, element)
    }

    fn name(&mut self, name: &str, prefixed: bool, element: Element<'_>) -> Result<()> {
        steps::add(name.len());
        if !is_ncname(name) && (prefixed || !is_unprefixed(name)) {
            let problem = format!("bad name `{}`", excerpt(name));
            return Err(element.error(Code::Syntax, problem));
        }
        self.out.push_str(name);
        Ok(())
    }

    fn value(&mut self, value: &str, element: Element<'_>) -> Result<()> {
        self.out.push_str("=\"");
        escape(&mut self.out, value, true).map_err(|error| placed(error, element))?;
        self.out.push('"');
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open {
            element,
            content: Some(content),
            indent,
            ..
        }) = self.open.pop()
        else {
            return;
        };
        if self.out.len() == content {
            self.out.pop();
            self.out.push_str("/>");
            return;
        }
        if indent {
            self.line();
        }
        steps::add(element.name().len());
        self.out.push_str("</");
        if element.ns() == XML {
            self.out.push_str("xml:");
        }
        self.out.push_str(element.name());
        self.out.push('>');
    }
}

/// Whether two namespaces are the same. In a document one name is mostly at one place, and that costs less than to compare
/// what may be a very long name for each of very many elements.
fn same(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || {
        steps::add(if one.len() == other.len() {
            one.len()
        } else {
            1
        });
        one == other
    }
}

fn placed(error: Error, element: Element<'_>) -> Error {
    let path = element.path();
    let error = error.at(element.offset());
    if path.is_empty() {
        error
    } else {
        error.within(path)
    }
}

/// Appends text so that reading it gives the same text again.
fn escape(out: &mut String, text: &str, in_value: bool) -> Result<()> {
    steps::add(2 * text.len());
    let mut done = 0;
    for (at, octet) in text.bytes().enumerate() {
        let replacement = match octet {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'\r' => "&#13;",
            b'"' if in_value => "&quot;",
            b'\t' if in_value => "&#9;",
            b'\n' if in_value => "&#10;",
            0..0x20 | 0xef => {
                let character = text.get(at..).and_then(|rest| rest.chars().next());
                match character {
                    Some(character) if !is_char(character) => return Err(forbidden(character)),
                    _ => continue,
                }
            }
            _ => continue,
        };
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push_str(replacement);
        done = at + 1;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(())
}

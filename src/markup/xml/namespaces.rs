//! The namespaces in scope (Namespaces in XML 1.0).

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::{Builder, NsId};
use crate::steps;

/// What the prefix `xml` is bound to.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` is bound to.
pub(super) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A namespace and the depth of the element that declares it, 0 for what holds without declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) ns: NsId,
    pub(super) depth: usize,
}

/// What a declaration has changed.
#[derive(Debug)]
struct Change<'a> {
    prefix: &'a str,
    /// What was bound to the prefix.
    before: Option<Binding>,
    /// The name, if it was not in scope and will not be found otherwise.
    name: Option<Cow<'a, str>>,
}

/// The bindings in scope, and how to go back to those of the element around.
///
/// Looking up a prefix must not cost more where many are in scope, and equal names in scope must have equal ids, or a message
/// could make us compare the same long names over and over. Names that are no longer in scope are forgotten: how much there
/// is to look through is then bounded by depth and declarations, not by the length of the message.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    names: BTreeMap<Cow<'a, str>, NsId>,
    default: Binding,
    prefixes: BTreeMap<&'a str, Binding>,
    undo: Vec<Change<'a>>,
}

impl<'a> Scope<'a> {
    /// Nothing but the prefix `xml`.
    pub(super) fn new() -> Self {
        let none = Binding {
            ns: NsId::NONE,
            depth: 0,
        };
        Self {
            names: BTreeMap::new(),
            default: none,
            prefixes: BTreeMap::new(),
            undo: Vec::new(),
        }
    }

    /// The default namespace in scope.
    pub(super) fn default(&self) -> Binding {
        self.default
    }

    /// Where to come back to when the element that is about to begin ends.
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Forgets all declarations since the mark.
    pub(super) fn reset(&mut self, mark: usize) {
        while self.undo.len() > mark
            && let Some(change) = self.undo.pop()
        {
            let prefix = change.prefix;
            steps::add_lookup(prefix.len(), self.prefixes.len());
            if let Some(name) = change.name {
                steps::add_lookup(name.len(), self.names.len());
                self.names.remove(&name);
            }
            match change.before {
                Some(binding) if prefix.is_empty() => self.default = binding,
                Some(binding) => {
                    self.prefixes.insert(prefix, binding);
                }
                None => {
                    self.prefixes.remove(prefix);
                }
            }
        }
    }

    /// Binds `prefix`, or the default namespace if it is empty, on the element at `depth`.
    pub(super) fn declare(
        &mut self,
        prefix: &'a str,
        name: Cow<'a, str>,
        depth: usize,
        builder: &mut Builder<'a>,
    ) -> Result<()> {
        let problem = match (prefix, &*name) {
            ("xml", XML) => return Ok(()),
            ("xml", _) => Some("the prefix `xml` bound to another namespace"),
            ("xmlns", _) => Some("the prefix `xmlns` declared"),
            (_, XML) => Some("the namespace of `xml` bound to another prefix"),
            (_, XMLNS) => Some("the namespace of `xmlns` bound to a prefix"),
            ("", _) => None,
            (_, "") => Some("a prefix bound to no namespace"),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(Error::input(Code::Ns, problem));
        }
        let (ns, name) = self.intern(name, builder);
        steps::add_lookup(prefix.len(), self.prefixes.len());
        let binding = Binding { ns, depth };
        let before = if prefix.is_empty() {
            Some(std::mem::replace(&mut self.default, binding))
        } else {
            self.prefixes.insert(prefix, binding)
        };
        self.undo.push(Change {
            prefix,
            before,
            name,
        });
        Ok(())
    }

    /// What a prefix that is not empty is bound to.
    pub(super) fn resolve(&mut self, prefix: &str, builder: &mut Builder<'a>) -> Result<Binding> {
        steps::add_lookup(prefix.len(), self.prefixes.len());
        if let Some(binding) = self.prefixes.get(prefix) {
            return Ok(*binding);
        }
        if prefix == "xml" {
            let (ns, _) = self.intern(Cow::Borrowed(XML), builder);
            return Ok(Binding { ns, depth: 0 });
        }
        let problem = format!("undeclared prefix `{}`", excerpt(prefix));
        Err(Error::input(Code::Ns, problem))
    }

    /// The id of a name, and the name itself if it is to be forgotten again.
    fn intern(
        &mut self,
        name: Cow<'a, str>,
        builder: &mut Builder<'a>,
    ) -> (NsId, Option<Cow<'a, str>>) {
        if name.is_empty() {
            return (NsId::NONE, None);
        }
        if let Some(ns) = builder.familiar(&name) {
            return (ns, None);
        }
        steps::add_lookup(name.len(), self.names.len());
        if let Some(ns) = self.names.get(&*name) {
            return (*ns, None);
        }
        let ns = builder.add_namespace(name.clone());
        if Builder::is_familiar(ns) {
            return (ns, None);
        }
        steps::add_lookup(name.len(), self.names.len());
        self.names.insert(name.clone(), ns);
        (ns, Some(name))
    }
}

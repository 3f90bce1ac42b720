//! One node: its value, its properties, and the rules of its value.

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::ddf::AccessTypes;
use crate::limits::Limits;
use crate::markup::xml;
use crate::status::StatusCode;
use crate::syncml::{Data, Format, Item, Meta};

use super::acl::Acl;

/// The media type of a value that says nothing else.
const TEXT_PLAIN: &str = "text/plain";

/// Octets of the longest Title.
const MAX_TITLE: usize = 255;

/// A node: interior with [`Format::Node`], else a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    format: Format,
    mime: Option<String>,
    data: Option<Data>,
    acl: Acl,
    title: Option<String>,
    /// Seconds since 1970 of the last change, where that is known.
    changed: Option<u64>,
    ver_no: u16,
    access: AccessTypes,
    owner: Owner,
    scope: Scope,
}

/// Whose business the value of a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// The tree keeps it.
    #[default]
    Tree,
    /// The host is asked whenever it is read, written or executed.
    Host,
}

/// How a node comes and goes (DDF, Scope).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Servers make and remove it.
    #[default]
    Dynamic,
    /// It is built in: neither added nor deleted nor renamed by a server.
    Permanent,
}

/// What is known of the node that an Item is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Known<'k> {
    /// The formats that it may have: where the item says nothing it is `chr`, or the first if that is none of them.
    pub(super) formats: Vec<Format>,
    /// Its media types, likewise; `text/plain` is the default.
    pub(super) mimes: Vec<&'k str>,
    /// The format of the node that is replaced.
    pub(super) before: Option<Format>,
}

impl Node {
    /// An interior node; the type is that of a management object or nothing.
    pub fn interior(mime: Option<String>) -> Self {
        Self::of(Format::Node, mime, None)
    }

    fn of(format: Format, mime: Option<String>, data: Option<Data>) -> Self {
        Self {
            format,
            mime,
            data,
            acl: Acl::default(),
            title: None,
            changed: None,
            ver_no: 0,
            access: AccessTypes::ALL,
            owner: Owner::Tree,
            scope: Scope::Dynamic,
        }
    }

    /// The node with an access control list of its own.
    #[must_use]
    pub fn with_acl(mut self, acl: Acl) -> Self {
        self.acl = acl;
        self
    }

    /// The node with a title. The error is the status to answer: 413 where it is longer than 255 octets, 415 where no message could
    /// carry it.
    pub fn with_title(mut self, title: &str) -> Result<Self, StatusCode> {
        self.set_title(title)?;
        Ok(self)
    }

    /// The node with what the device can do on it (DDF, AccessType).
    #[must_use]
    pub fn with_access(mut self, access: AccessTypes) -> Self {
        self.access = access;
        self
    }

    /// The node with all of another one but its value and its type.
    #[must_use]
    pub fn keeping(mut self, before: &Self) -> Self {
        self.acl = before.acl.clone();
        self.title.clone_from(&before.title);
        self.access = before.access;
        self.owner = before.owner;
        self.scope = before.scope;
        self
    }

    /// The node as one of the host.
    #[must_use]
    pub fn owned_by(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    /// The node as one that is built in, or not.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// A leaf whose value fits its format. The error is the status to answer: 415 where it does not, 412 where there is none.
    ///
    /// `int` is a decimal number of 32 bits with sign, `bool` is `true` or `false`, `null` has no value; dates, times and floating numbers
    /// are looked at only where a description says of them.
    pub fn leaf(
        format: Format,
        mime: Option<String>,
        data: Option<Data>,
    ) -> Result<Self, StatusCode> {
        let data = match (format, data) {
            (Format::Node, _) => return Err(StatusCode::UNSUPPORTED_FORMAT),
            (Format::Null, _) => None,
            (_, None) => return Err(StatusCode::INCOMPLETE),
            // Base64 by nature: the value is the text.
            (Format::B64, Some(Data::Octets(octets))) => {
                Some(Data::Text(Base64::encode_string(&octets)))
            }
            (_, Some(data)) => Some(data),
        };
        let fits = match (format, &data) {
            (Format::Bin, Some(data)) => matches!(data, Data::Octets(_)),
            (_, Some(Data::Octets(_))) => false,
            (Format::Int, Some(data)) => data.as_text().is_some_and(is_int),
            (Format::B64, Some(data)) => data
                .as_text()
                .is_some_and(|text| Data::decode_base64(text).is_ok()),
            (Format::Bool, Some(data)) => matches!(data.as_text(), Some("true" | "false")),
            _ => true,
        };
        // What no message could carry must not be stored.
        let is_writable = match &data {
            Some(Data::Text(text)) => xml::is_text(text),
            Some(Data::Markup(markup)) => {
                xml::check_fragment(markup, "", &Limits::UNBOUNDED).is_ok()
            }
            Some(Data::Octets(_)) | None => true,
        };
        if !fits || !is_writable || !mime.as_deref().is_none_or(xml::is_text) {
            return Err(StatusCode::UNSUPPORTED_FORMAT);
        }
        let mime = mime.or_else(|| Some(TEXT_PLAIN.to_owned()));
        Ok(Self::of(format, mime, data))
    }

    /// The node that an Item of Add or Replace describes. `meta` is what the command says for all its items.
    pub(super) fn of_item(
        item: &Item,
        meta: Option<&Meta>,
        known: &Known<'_>,
    ) -> Result<Self, StatusCode> {
        let own = item.meta.as_ref();
        let format = own
            .and_then(|meta| meta.format.as_deref())
            .or_else(|| meta?.format.as_deref());
        let mime = own
            .and_then(|meta| meta.mime.as_deref())
            .or_else(|| meta?.mime.as_deref());
        let format = match format {
            None | Some("") if known.formats.contains(&Format::Chr) => Format::Chr,
            None | Some("") => known
                .formats
                .first()
                .copied()
                .filter(|format| *format != Format::Node || item.data.is_none())
                .unwrap_or_default(),
            Some(name) => Format::from_name(name).ok_or(StatusCode::UNSUPPORTED_FORMAT)?,
        };
        let mime = mime.filter(|mime| !mime.is_empty()).or_else(|| {
            let others = known.mimes.contains(&TEXT_PLAIN) || format == Format::Node;
            known.mimes.first().copied().filter(|_| !others)
        });
        let mime = mime.map(str::to_owned);
        match (format, item.data.clone()) {
            (Format::Node, _) => Ok(Self::interior(mime)),
            // Binary values travel as base64 in XML; only a node that is base64 by nature keeps the text (TND, property Format).
            (Format::B64, Some(Data::Text(text))) => {
                let octets = Data::decode_base64(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
                match known.before {
                    Some(Format::B64) => Self::leaf(Format::B64, mime, Some(Data::Text(text))),
                    _ => Self::leaf(Format::Bin, mime, Some(Data::Octets(octets))),
                }
            }
            (Format::B64, Some(Data::Octets(octets))) => {
                Self::leaf(Format::Bin, mime, Some(Data::Octets(octets)))
            }
            (format, data) => Self::leaf(format, mime, data),
        }
    }

    /// The property Format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The property Type.
    pub fn mime(&self) -> Option<&str> {
        self.mime.as_deref()
    }

    /// The value of a leaf.
    pub fn data(&self) -> Option<&Data> {
        self.data.as_ref()
    }

    /// The access control list; empty where that of a node above holds.
    pub fn acl(&self) -> &Acl {
        &self.acl
    }

    /// The property Title; empty where there is none.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }

    /// The property VerNo: counts the changes, and begins anew after 65535.
    pub fn ver_no(&self) -> u16 {
        self.ver_no
    }

    /// When the node was changed last, in seconds since 1970, where that is known.
    pub fn changed(&self) -> Option<u64> {
        self.changed
    }

    /// What the device can do on it.
    pub fn access(&self) -> AccessTypes {
        self.access
    }

    /// Whose business its value is.
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// How it comes and goes.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    pub(super) fn set_acl(&mut self, acl: Acl) {
        self.acl = acl;
    }

    pub(super) fn set_title(&mut self, title: &str) -> Result<(), StatusCode> {
        Self::check_title(title)?;
        self.put_title(title);
        Ok(())
    }

    /// 413 or 415 unless a text can be a title.
    pub(super) fn check_title(title: &str) -> Result<(), StatusCode> {
        if title.len() > MAX_TITLE {
            return Err(StatusCode::TOO_LARGE);
        }
        if !xml::is_text(title) {
            return Err(StatusCode::UNSUPPORTED_FORMAT);
        }
        Ok(())
    }

    /// Takes a text that can be a title.
    pub(super) fn put_title(&mut self, title: &str) {
        self.title = (!title.is_empty()).then(|| title.to_owned());
    }

    /// Sets what a document says of the last change and of their number.
    pub(super) fn set_history(&mut self, changed: Option<u64>, ver_no: u16) {
        self.changed = changed;
        self.ver_no = ver_no;
    }

    /// Notes a change; `now` is in seconds since 1970.
    pub(super) fn touch(&mut self, now: Option<u64>) {
        self.ver_no = self.ver_no.wrapping_add(1);
        self.changed = now.or(self.changed);
    }

    /// Notes when a node was made.
    pub(super) fn touch_first(&mut self, now: Option<u64>) {
        self.changed = now;
    }

    /// Goes on counting where another node stood.
    pub(super) fn follow(&mut self, before: &Self) {
        self.ver_no = before.ver_no.wrapping_add(1);
    }

    /// Takes the place of a node, which stays what it was for the device.
    pub(super) fn stand_in_for(&mut self, before: &Self, now: Option<u64>) {
        self.access = before.access;
        self.owner = before.owner;
        self.scope = before.scope;
        self.follow(before);
        self.changed = now.or(before.changed);
    }

    /// Whether its type is more than the default.
    pub(super) fn says_type(&self) -> bool {
        self.mime().is_some_and(|mime| mime != TEXT_PLAIN)
    }

    pub(super) fn set_mime(&mut self, mime: Option<&str>) {
        self.mime = mime.map(str::to_owned);
    }

    /// Whether value, format and type are those of another node.
    pub(super) fn has_value_of(&self, other: &Self) -> bool {
        (self.format, &self.mime, &self.data) == (other.format, &other.mime, &other.data)
    }

    /// Its value in a new node.
    pub(super) fn as_new(&self, now: Option<u64>) -> Self {
        let mut node = Self::of(self.format, self.mime.clone(), self.data.clone());
        node.changed = now;
        node
    }

    /// Takes another value; everything else stays as it is.
    pub(super) fn take_value(&mut self, other: Self) {
        self.format = other.format;
        self.mime = other.mime;
        self.data = other.data;
    }

    /// Octets of the value, base64 undone: the property Size.
    pub(super) fn size(&self) -> usize {
        match (&self.data, self.format) {
            (Some(Data::Text(text)), Format::B64) => {
                Data::decode_base64(text).map_or(text.len(), |octets| octets.len())
            }
            (data, _) => data.as_ref().map_or(0, Data::len),
        }
    }

    /// The identifier of the object (MOID) of which it is the root: the Type of an interior node.
    pub(super) fn object(&self) -> Option<&str> {
        let mime = self.mime().filter(|_| self.is_interior());
        mime.filter(|mime| !mime.is_empty())
    }

    /// Whether the node is interior.
    pub fn is_interior(&self) -> bool {
        self.format == Format::Node
    }

    /// Meta as an Item needs it: what has the default value is left out.
    pub(crate) fn meta(&self) -> Option<Meta> {
        let format = (self.format != Format::Chr).then(|| self.format.name().to_owned());
        let mime = self
            .mime
            .clone()
            .filter(|mime| mime != TEXT_PLAIN && !self.is_interior());
        (format.is_some() || mime.is_some()).then(|| Meta {
            format,
            mime,
            ..Meta::default()
        })
    }
}

/// A decimal number of 32 bits with sign.
fn is_int(text: &str) -> bool {
    !text.starts_with('+') && text.parse::<i32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<Data> {
        Some(Data::Text(text.to_owned()))
    }

    #[test]
    fn values_fit_their_formats() {
        for (format, good, bad) in [
            (Format::Int, "-2147483648", "2147483648"),
            (Format::Chr, "a\tb", "a\u{1}b"),
            (Format::Int, "7", "7.0"),
            (Format::Int, "0", "+1"),
            (Format::Bool, "true", "1"),
            (Format::B64, "AQI=", "AQI"),
        ] {
            assert!(Node::leaf(format, None, text(good)).is_ok(), "{good}");
            assert_eq!(
                Node::leaf(format, None, text(bad)),
                Err(StatusCode::UNSUPPORTED_FORMAT),
                "{bad}"
            );
        }
        assert_eq!(
            Node::leaf(Format::Chr, None, None),
            Err(StatusCode::INCOMPLETE)
        );
        assert!(
            Node::leaf(Format::Null, None, None)
                .unwrap()
                .data()
                .is_none()
        );
        assert_eq!(
            Node::leaf(Format::Bin, None, text("x")),
            Err(StatusCode::UNSUPPORTED_FORMAT)
        );
        assert_eq!(
            Node::leaf(Format::Chr, None, Some(Data::Octets(vec![1]))),
            Err(StatusCode::UNSUPPORTED_FORMAT)
        );
    }

    #[test]
    fn p18_meta_of_the_command_holds_where_the_item_is_silent() {
        let meta = Meta::of("b64", "application/x");
        let mut item = Item {
            data: text("AQI="),
            ..Item::at("./x")
        };
        let node = Node::of_item(&item, Some(&meta), &Known::default()).unwrap();
        assert_eq!(
            (node.format(), node.mime()),
            (Format::Bin, Some("application/x"))
        );
        assert_eq!(node.data(), Some(&Data::Octets(vec![1, 2])));
        item.meta = Some(Meta {
            mime: Some("application/y".to_owned()),
            ..Meta::default()
        });
        let known = Known {
            before: Some(Format::B64),
            ..Known::default()
        };
        let node = Node::of_item(&item, Some(&meta), &known).unwrap();
        assert_eq!(
            (node.format(), node.mime(), node.data()),
            (Format::B64, Some("application/y"), item.data.as_ref())
        );
        item.data = text("*");
        assert_eq!(
            Node::of_item(&item, Some(&meta), &Known::default()),
            Err(StatusCode::BAD_REQUEST)
        );
    }

    #[test]
    fn defaults_are_left_out_of_meta() {
        assert_eq!(
            Node::leaf(Format::Chr, None, text("x")).unwrap().meta(),
            None
        );
        let meta = Node::leaf(Format::Int, None, text("1"))
            .unwrap()
            .meta()
            .unwrap();
        assert_eq!((meta.format.as_deref(), meta.mime), (Some("int"), None));
        assert_eq!(
            Node::interior(None).meta().unwrap().format.as_deref(),
            Some("node")
        );
    }
}

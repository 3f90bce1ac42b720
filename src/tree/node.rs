//! One node and the rules of its value.

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::markup::xml;
use crate::status::StatusCode;
use crate::syncml::{Data, Format, Item, Meta};

/// The media type of a value that says nothing else.
const TEXT_PLAIN: &str = "text/plain";

/// A node: interior with [`Format::Node`], else a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    format: Format,
    mime: Option<String>,
    data: Option<Data>,
}

impl Node {
    /// An interior node; the type is that of a management object or nothing.
    pub fn interior(mime: Option<String>) -> Self {
        Self {
            format: Format::Node,
            mime,
            data: None,
        }
    }

    /// A leaf whose value fits its format. The error is the status to answer: 415 where it does not, 412 where there is none.
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
        Ok(Self {
            format,
            mime: mime.or_else(|| Some(TEXT_PLAIN.to_owned())),
            data,
        })
    }

    /// The node that an Item of Add or Replace describes. `meta` is what the command says for all its items, `before` the format of
    /// the node that is replaced.
    pub(super) fn of_item(
        item: &Item,
        meta: Option<&Meta>,
        before: Option<Format>,
    ) -> Result<Self, StatusCode> {
        let own = item.meta.as_ref();
        let format = own
            .and_then(|meta| meta.format.as_deref())
            .or_else(|| meta?.format.as_deref());
        let mime = own
            .and_then(|meta| meta.mime.as_deref())
            .or_else(|| meta?.mime.as_deref());
        let mime = mime.filter(|mime| !mime.is_empty()).map(str::to_owned);
        let format = match format {
            None | Some("") => Format::Chr,
            Some(name) => Format::from_name(name).ok_or(StatusCode::UNSUPPORTED_FORMAT)?,
        };
        match (format, item.data.clone()) {
            (Format::Node, _) => Ok(Self::interior(mime)),
            // Binary values travel as base64 in XML; only a node that is base64 by nature keeps the text (TND, property Format).
            (Format::B64, Some(Data::Text(text))) => {
                let octets = Data::decode_base64(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
                match before {
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
        let node = Node::of_item(&item, Some(&meta), None).unwrap();
        assert_eq!(
            (node.format(), node.mime()),
            (Format::Bin, Some("application/x"))
        );
        assert_eq!(node.data(), Some(&Data::Octets(vec![1, 2])));
        item.meta = Some(Meta {
            mime: Some("application/y".to_owned()),
            ..Meta::default()
        });
        let node = Node::of_item(&item, Some(&meta), Some(Format::B64)).unwrap();
        assert_eq!(
            (node.format(), node.mime(), node.data()),
            (Format::B64, Some("application/y"), item.data.as_ref())
        );
        item.data = text("*");
        assert_eq!(
            Node::of_item(&item, Some(&meta), None),
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

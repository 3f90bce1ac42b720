//! Values of leaves as JSON has them, and the other way round.

use base64ct::{Base64, Encoding as _};

use crate::json::{Json, Number};
use crate::limits::Limits;
use crate::markup::xml;
use crate::status::StatusCode;
use crate::syncml::{Data, Format};
use crate::tree::instances::float;
use crate::tree::node::Node;

/// The value of a leaf; an object without members for an interior node.
pub(super) fn json_of(node: &Node) -> Json {
    let text = match node.data() {
        _ if node.is_interior() => return Json::Object(Vec::new()),
        None => return Json::Null,
        Some(Data::Octets(octets)) => return Json::String(Base64::encode_string(octets)),
        Some(Data::Text(text) | Data::Markup(text)) => text,
    };
    let typed = match node.format() {
        Format::Int => text.parse::<i64>().ok().map(Json::from),
        Format::Float => {
            let number = float(text).and_then(|number| Number::new(number.to_string()));
            number.map(Json::Number)
        }
        Format::Bool => text.parse::<bool>().ok().map(Json::from),
        Format::B64 => {
            let octets = Data::decode_base64(text).ok();
            octets.map(|octets| Json::String(Base64::encode_string(&octets)))
        }
        _ => None,
    };
    typed.unwrap_or_else(|| Json::String(text.clone()))
}

/// The leaf that a value of JSON makes where it may have these formats, the first that it fits; where nothing is said of them, that of its
/// type. A text is taken for every format, as it is written there. 400 where it fits none.
pub(super) fn leaf_of(
    json: &Json,
    formats: &[Format],
    mime: Option<&str>,
) -> Result<Node, StatusCode> {
    let own;
    let formats = match formats {
        [] => {
            own = [natural(json).ok_or(StatusCode::BAD_REQUEST)?];
            &own
        }
        formats => formats,
    };
    let mime = || mime.map(str::to_owned);
    let made = |format: &Format| Node::leaf(*format, mime(), data_of(json, *format)?).ok();
    let mut made = formats.iter().filter_map(made);
    made.next().ok_or(StatusCode::BAD_REQUEST)
}

fn natural(json: &Json) -> Option<Format> {
    Some(match json {
        Json::Null => Format::Null,
        Json::Bool(_) => Format::Bool,
        Json::String(_) => Format::Chr,
        Json::Number(number) => match number.as_i64().map(i32::try_from) {
            Some(Ok(_)) => Format::Int,
            _ => Format::Float,
        },
        Json::Array(_) | Json::Object(_) => return None,
    })
}

/// What a leaf of a format holds, which may be nothing; nothing at all where the value is none of the format.
#[allow(clippy::option_option, reason = "a value of null has no data")]
fn data_of(json: &Json, format: Format) -> Option<Option<Data>> {
    let text = |text: String| Some(Some(Data::Text(text)));
    match (format, json) {
        (Format::Null, Json::Null) => Some(None),
        (Format::Null, Json::String(text)) if text.is_empty() => Some(None),
        (Format::Int, Json::Number(number)) => text(number.as_i64()?.to_string()),
        (Format::Float, Json::Number(number)) => text(number.as_str().to_owned()),
        (Format::Float, Json::String(number)) => float(number).and_then(|_| text(number.clone())),
        (Format::Bool, Json::Bool(truth)) => text(truth.to_string()),
        (Format::Bin | Format::B64, Json::String(coded)) => {
            let octets = Base64::decode_vec(coded).ok()?;
            Some(Some(Data::Octets(octets)))
        }
        (Format::Xml, Json::String(markup)) => {
            let is_markup =
                markup.contains('<') && xml::check_fragment(markup, "", &Limits::UNBOUNDED).is_ok();
            Some(Some(match is_markup {
                true => Data::Markup(markup.clone()),
                false => Data::Text(markup.clone()),
            }))
        }
        (Format::Null | Format::Node, _) => None,
        (_, Json::String(value)) => text(value.clone()),
        _ => None,
    }
}

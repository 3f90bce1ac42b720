//! What a device tells a server of its own accord: Generic Alert and Client Event (DM protocol, section 6.7).

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::dm2::{self, AlertItem, Dialect, Json, Number};
use crate::error::{Error, Fault, Result};
use crate::status::AlertCode;
use crate::syncml::{Alert, Command, Data, Encoding, Format, Item, Location, Message, Meta};
use crate::tree::Node;
use crate::uri::NodeUri;

use super::v1::version::Version;

/// The severities that Mark may name, the worst first (section 6.7.1.8).
pub(super) const MARKS: [&str; 7] = [
    "fatal",
    "critical",
    "minor",
    "warning",
    "informational",
    "harmless",
    "indeterminate",
];

/// Whether two types are the same: printed examples have a blank behind the first colon.
pub(super) fn is_same_type(one: &str, two: &str) -> bool {
    let parts = |kind: &'_ str| -> (String, String) {
        let (prefix, name) = kind.split_once(':').unwrap_or(("", kind));
        (prefix.trim().to_owned(), name.trim().to_owned())
    };
    parts(one) == parts(two)
}

/// An alert of the host at the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAlert {
    /// [`AlertCode::CLIENT_EVENT`] or [`AlertCode::GENERIC_ALERT`].
    pub code: AlertCode,
    /// What it is about: `urn:oma:at:` with enabler, version and event, `Reversed-Domain-Name:` and a name, or `Content-Type:` and a media
    /// type. Types in use differ, so any is taken.
    pub alert_type: String,
    /// The format of the data, which they must have; left out, the one that their kind has.
    pub format: Option<Format>,
    /// How severe it is, one of `fatal`, `critical`, `minor`, `warning`, `informational`, `harmless`, `indeterminate`.
    pub mark: Option<String>,
    /// The node that it comes from.
    pub source: Option<String>,
    /// The node that it is for.
    pub target: Option<String>,
    /// The Correlator of the Exec whose outcome it tells.
    pub correlator: Option<String>,
    /// What it says.
    pub data: Data,
}

impl ClientAlert {
    /// Makes sure that a session of this version can carry it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) or the codec's own code, the fault being the caller's.
    pub(super) fn check(&self, version: Version) -> Result<()> {
        self.check_code()?;
        let is_late = self.code == AlertCode::GENERIC_ALERT || self.correlator.is_some();
        if version == Version::V1_1 && is_late {
            return Err(
                Error::arg("neither Generic Alert nor Correlator is in DM 1.1")
                    .expecting("1224 without correlator"),
            );
        }
        self.check_members()?;
        let message = Message {
            commands: vec![Command::Alert(self.to_alert("1".to_owned()))],
            ..Message::default()
        };
        message
            .encode(Encoding::Xml, false)
            .map_err(|error| error.blaming(Fault::Caller))?;
        self.check_format()
    }

    /// The same of a session of DM 2.0 in a dialect.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg).
    pub(super) fn check_dm2(&self, dialect: Dialect) -> Result<()> {
        self.check_code()?;
        let is_draft = self.code != AlertCode::GENERIC_ALERT || self.correlator.is_some();
        if dialect == Dialect::Approved && is_draft {
            let problem = "neither Client Event nor Correlator is in the approved dialect";
            return Err(Error::arg(problem).expecting("1226 without correlator"));
        }
        self.check_members()?;
        self.check_format()
    }

    fn check_code(&self) -> Result<()> {
        match self.code {
            AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT => Ok(()),
            _ => Err(Error::arg("no alert of a host").expecting("1224 or 1226")),
        }
    }

    /// Type, mark and places are what they must be.
    fn check_members(&self) -> Result<()> {
        if self.alert_type.trim().is_empty() {
            return Err(Error::arg("an alert without type").expecting("such as urn:oma:at:..."));
        }
        let is_mark = |mark: &String| MARKS.contains(&mark.as_str());
        if !self.mark.as_ref().is_none_or(is_mark) {
            return Err(Error::arg("no mark of an alert").expecting(MARKS.join(" or ")));
        }
        let is_node = |uri: &&String| NodeUri::parse(uri).is_ok();
        if !self
            .source
            .iter()
            .chain(&self.target)
            .all(|uri| is_node(&uri))
        {
            return Err(Error::arg("no URI of a node").expecting("a URI such as ./DevInfo/DevId"));
        }
        Ok(())
    }

    fn check_format(&self) -> Result<()> {
        if !self.has_format() {
            return Err(Error::arg("data that are not in the format of the alert")
                .expecting("data as the format has them"));
        }
        Ok(())
    }

    /// The format that the alert says.
    pub(super) fn said_format(&self) -> Format {
        match (self.format, &self.data) {
            (None | Some(Format::Chr), Data::Octets(_)) => Format::Bin,
            (None, Data::Markup(_)) => Format::Xml,
            (format, _) => format.unwrap_or_default(),
        }
    }

    /// Whether the data are in that format, as those of a node would have to be.
    fn has_format(&self) -> bool {
        match self.said_format() {
            Format::Null => self.data.is_empty(),
            format => Node::leaf(format, None, Some(self.data.clone())).is_ok(),
        }
    }

    /// The alert, with one Item. Format and Type are always said: section 6.7.1.5 leaves no default.
    pub(super) fn to_alert(&self, cmd_id: String) -> Alert {
        let format = self.said_format();
        let place = |uri: &Option<String>| uri.as_ref().map(|uri| Location::of(uri.trim()));
        Alert {
            cmd_id: Some(cmd_id),
            code: Some(self.code),
            correlator: self.correlator.clone(),
            items: vec![Item {
                target: place(&self.target),
                source: place(&self.source),
                meta: Some(Meta {
                    mark: self.mark.clone(),
                    ..Meta::of(format.name(), self.alert_type.trim())
                }),
                data: Some(self.data.clone()),
                ..Item::default()
            }],
            ..Alert::default()
        }
    }

    /// The same in DM 2.0. `address` is the ClientURI of a node; one that the server may not know of is not named.
    pub(super) fn to_dm2(&self, address: impl Fn(&str) -> Option<String>) -> dm2::Alert {
        let place = |uri: &Option<String>| uri.as_ref().and_then(|uri| address(uri.trim()));
        dm2::Alert {
            code: self.code,
            correlator: self.correlator.clone(),
            items: vec![AlertItem {
                kind: Some(self.alert_type.trim().to_owned()),
                source: place(&self.source),
                target: place(&self.target),
                mark: self.mark.clone(),
                format: Some(self.said_format().name().to_owned()),
                data: Some(self.json()),
            }],
        }
    }

    /// The data as JSON has them: numbers and truth values as such, octets as base64, everything else as text.
    fn json(&self) -> Json {
        let text = match &self.data {
            Data::Octets(octets) => return Json::String(Base64::encode_string(octets)),
            Data::Text(text) | Data::Markup(text) => text,
        };
        let typed = match self.said_format() {
            Format::Null => Some(Json::Null),
            Format::Int => text.trim().parse::<i64>().ok().map(Json::from),
            Format::Float => Number::new(text.trim()).map(Json::Number),
            Format::Bool => text.trim().parse::<bool>().ok().map(Json::from),
            _ => None,
        };
        typed.unwrap_or_else(|| Json::String(text.clone()))
    }
}

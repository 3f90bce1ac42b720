//! What a device tells a server of its own accord: Generic Alert and Client Event (DM protocol, section 6.7).

use serde::{Deserialize, Serialize};

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
        if !matches!(
            self.code,
            AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT
        ) {
            return Err(Error::arg("no alert of a host").expecting("1224 or 1226"));
        }
        let is_late = self.code == AlertCode::GENERIC_ALERT || self.correlator.is_some();
        if version == Version::V1_1 && is_late {
            return Err(
                Error::arg("neither Generic Alert nor Correlator is in DM 1.1")
                    .expecting("1224 without correlator"),
            );
        }
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
        let message = Message {
            commands: vec![Command::Alert(self.to_alert("1".to_owned()))],
            ..Message::default()
        };
        message
            .encode(Encoding::Xml, false)
            .map_err(|error| error.blaming(Fault::Caller))?;
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
}

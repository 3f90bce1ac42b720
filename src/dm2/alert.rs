//! Alerts: what a device tells a server of its own accord.

use crate::error::{Code, Error, Fault, Result};
use crate::json::{Json, Kind, Value};
use crate::limits::Limits;
use crate::status::AlertCode;

use super::approved::BOOTSTRAP;
use super::members::Members;
use super::read::{array, maybe_string, need, number, object, string, wrong};

/// Where the approved dialect puts what was alert data in DM 1.x.
const DM1X: &str = "DM1x";

/// An alert. The approved dialect knows Generic Alerts alone, each with one item, and has no correlator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is: 1226 for a Generic Alert, 1224 for a Client Event, 1223 where the session is aborted, 1227 and 1228 for a tree that has
    /// not and that has changed.
    pub code: AlertCode,
    /// What an Exec was sent with that this answers.
    pub correlator: Option<String>,
    /// What it is about.
    pub items: Vec<AlertItem>,
}

/// What an alert is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertItem {
    /// Its type: a URN or a reversed domain name.
    pub kind: Option<String>,
    /// The ClientURI of the node that it comes from.
    pub source: Option<String>,
    /// A further address.
    pub target: Option<String>,
    /// How grave it is: `fatal`, `critical`, `minor`, `warning`, `informational`, `harmless` or `indeterminate`.
    pub mark: Option<String>,
    /// The format or media type of the data.
    pub format: Option<String>,
    /// The data. In the approved dialect what is no object stands in `{"DM1x": ...}`.
    pub data: Option<Json>,
}

impl AlertItem {
    /// Whether it tells that the device was bootstrapped.
    pub(crate) fn is_bootstrap(&self) -> bool {
        self.kind.as_deref() == Some(BOOTSTRAP)
    }
}

impl Alert {
    /// A Generic Alert.
    pub fn generic(item: AlertItem) -> Self {
        Self {
            code: AlertCode::GENERIC_ALERT,
            correlator: None,
            items: vec![item],
        }
    }

    /// Whether it tells that the device has been bootstrapped, in the draft dialect, whose reasons for a session have no number for that.
    pub(crate) fn tells_bootstrap(&self) -> bool {
        self.code == AlertCode::GENERIC_ALERT && self.items.iter().any(AlertItem::is_bootstrap)
    }

    /// An element of `Alerts`.
    pub(super) fn parse_draft(value: Value<'_>, limits: &Limits) -> Result<Self> {
        let value = object(value)?;
        let items = match value.get("Item") {
            None => Vec::new(),
            Some(items) if items.kind() == Kind::Array => array(items, limits.items, "items")?
                .map(AlertItem::parse_draft)
                .collect::<Result<_>>()?,
            Some(item) => vec![AlertItem::parse_draft(item)?],
        };
        Ok(Self {
            code: AlertCode(number(need(value, "Code")?, 0..=u32::MAX)?),
            correlator: maybe_string(value, "Correlator")?,
            items,
        })
    }

    /// An element of `Alerts`.
    pub(super) fn emit_draft(&self) -> Json {
        let mut alert = Members::default();
        alert.put("Code", i64::from(self.code.0));
        alert.maybe("Correlator", self.correlator.as_deref());
        match &self.items[..] {
            [] => {}
            [item] => alert.put("Item", item.emit_draft()),
            items => alert.put(
                "Item",
                Json::Array(items.iter().map(AlertItem::emit_draft).collect()),
            ),
        }
        alert.into()
    }

    /// An element of `Alert`.
    pub(super) fn parse_approved(value: Value<'_>) -> Result<Self> {
        let value = object(value)?;
        let data = match value.get("Data") {
            None => None,
            Some(data) => match object(data)?.to_json() {
                Json::Object(mut members) if is_wrapped(&members) => {
                    members.pop().map(|(_, data)| data)
                }
                data => Some(data),
            },
        };
        Ok(Self::generic(AlertItem {
            kind: Some(string(need(value, "AlertType")?)?),
            source: maybe_string(value, "SourceURI")?,
            target: maybe_string(value, "TargetURI")?,
            mark: maybe_string(value, "Mark")?,
            format: maybe_string(value, "DataType")?,
            data,
        }))
    }

    /// An element of `Alert`.
    pub(super) fn emit_approved(&self) -> Result<Json> {
        let unsaid = |problem: &'static str| Err(Error::new(Code::Schema, Fault::Caller, problem));
        let [item] = &self.items[..] else {
            return unsaid("an alert that has not one item");
        };
        let Some(kind) = item
            .kind
            .as_deref()
            .filter(|_| self.code == AlertCode::GENERIC_ALERT)
        else {
            return unsaid("an alert that is none of the approved dialect")
                .map_err(|error| error.expecting("a Generic Alert with a type"));
        };
        if self.correlator.is_some() {
            return unsaid("the approved dialect has no correlator");
        }
        let mut alert = Members::default();
        alert.put("AlertType", kind);
        alert.maybe("SourceURI", item.source.as_deref());
        alert.maybe("TargetURI", item.target.as_deref());
        alert.maybe("Mark", item.mark.as_deref());
        alert.maybe("DataType", item.format.as_deref());
        alert.maybe(
            "Data",
            item.data.clone().map(|data| match data {
                Json::Object(_) => data,
                data => Json::Object(vec![(DM1X.to_owned(), data)]),
            }),
        );
        Ok(alert.into())
    }
}

/// Whether data is that of DM 1.x in its wrapper. An object in there is left as it is, so that it is written as it was read.
fn is_wrapped(members: &[(String, Json)]) -> bool {
    matches!(members, [(name, data)] if name == DM1X && !matches!(data, Json::Object(_)))
}

impl AlertItem {
    fn parse_draft(value: Value<'_>) -> Result<Self> {
        if value.kind() != Kind::Object {
            return Err(wrong(value, "an object, or an array of them"));
        }
        Ok(Self {
            kind: maybe_string(value, "Type")?,
            source: maybe_string(value, "Source")?,
            target: maybe_string(value, "Target")?,
            mark: maybe_string(value, "Mark")?,
            format: maybe_string(value, "Format")?,
            data: value.get("Data").map(Value::to_json),
        })
    }

    fn emit_draft(&self) -> Json {
        let mut item = Members::default();
        item.maybe("Source", self.source.as_deref());
        item.maybe("Target", self.target.as_deref());
        item.maybe("Type", self.kind.as_deref());
        item.maybe("Format", self.format.as_deref());
        item.maybe("Mark", self.mark.as_deref());
        item.maybe("Data", self.data.clone());
        item.into()
    }
}

//! The versions of DM 1 (DM protocol, chapter 12 on backward compatibility).

use serde::{Deserialize, Serialize};

use crate::error::excerpt;
use crate::status::StatusCode;
use crate::syncml::{Command, Data, Header, Item, Message};

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// DM 1.1.
    #[serde(rename = "1.1")]
    V1_1,
    /// DM 1.2.
    #[serde(rename = "1.2")]
    V1_2,
    /// DM 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

impl Version {
    /// All versions, the oldest first.
    pub(crate) const ALL: [Self; 3] = [Self::V1_1, Self::V1_2, Self::V1_3];

    /// VerProto.
    pub(crate) const fn ver_proto(self) -> &'static str {
        match self {
            Self::V1_1 => "DM/1.1",
            Self::V1_2 => "DM/1.2",
            Self::V1_3 => "DM/1.3",
        }
    }

    /// VerDTD.
    pub(crate) const fn ver_dtd(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 | Self::V1_3 => "1.2",
        }
    }

    /// The version that a header speaks. VerProto decides what is said, VerDTD how; either alone may be unknown. The error is the
    /// status to answer, with what would have been spoken.
    pub(crate) fn of(header: &Header) -> Result<Self, (StatusCode, Vec<String>)> {
        if !Self::ALL
            .iter()
            .any(|version| version.ver_dtd() == header.ver_dtd)
        {
            return Err((
                StatusCode::UNSUPPORTED_DTD,
                vec!["1.1".to_owned(), "1.2".to_owned()],
            ));
        }
        let spoken = || {
            Self::ALL
                .iter()
                .map(|version| version.ver_proto().to_owned())
                .collect()
        };
        let version = Self::ALL
            .into_iter()
            .find(|version| version.ver_proto() == header.ver_proto);
        version.ok_or_else(|| (StatusCode::UNSUPPORTED_PROTOCOL, spoken()))
    }
}

/// What a peer offers that does not speak the version of our message with this MsgID; nothing where it does.
pub(crate) fn offered(message: &Message, msg_id: u32) -> Option<String> {
    let status = message.commands.iter().find_map(|command| match command {
        Command::Status(status) if status.is_of_header() && status.answers(msg_id) => Some(status),
        _ => None,
    })?;
    let is_refusal = matches!(
        status.code,
        StatusCode::UNSUPPORTED_DTD | StatusCode::UNSUPPORTED_PROTOCOL
    );
    let text = |item: &Item| {
        item.data
            .as_ref()
            .and_then(Data::as_text)
            .map(str::to_owned)
    };
    let versions: Vec<String> = status.items.iter().filter_map(text).collect();
    is_refusal.then(|| excerpt(&versions.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ver_dtd: &str, ver_proto: &str) -> Result<Version, (StatusCode, Vec<String>)> {
        let header = Header {
            ver_dtd: ver_dtd.to_owned(),
            ver_proto: ver_proto.to_owned(),
            ..Header::default()
        };
        Version::of(&header)
    }

    #[test]
    fn s25_what_is_not_spoken_is_answered_with_what_is() {
        assert_eq!(of("1.1", "DM/1.1"), Ok(Version::V1_1));
        assert_eq!(of("1.2", "DM/1.2"), Ok(Version::V1_2));
        assert_eq!(of("1.2", "DM/1.3"), Ok(Version::V1_3));
        assert_eq!(of("1.1", "DM/1.2"), Ok(Version::V1_2));
        let (status, spoken) = of("1.2", "DM/1.9").unwrap_err();
        assert_eq!(
            (status, spoken.join(" ").as_str()),
            (StatusCode::UNSUPPORTED_PROTOCOL, "DM/1.1 DM/1.2 DM/1.3")
        );
        assert_eq!(
            of("1.2", "SyncML/1.2").unwrap_err().0,
            StatusCode::UNSUPPORTED_PROTOCOL
        );
        assert_eq!(
            of("1.9", "DM/1.2").unwrap_err(),
            (
                StatusCode::UNSUPPORTED_DTD,
                vec!["1.1".to_owned(), "1.2".to_owned()]
            )
        );
    }
}

//! Messages that are kept because they may have to be sent again, octet for octet.

use serde::{Deserialize, Serialize};

use crate::auth::{Credential, MacKey, Scheme};
use crate::error::{Error, Result};
use crate::syncml::{Encoding, Form, Header, Message};

/// A message as it was sent. Basic credentials are cut out of it and put back in, so that no password is ever at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) encoding: Encoding,
    #[serde(with = "serde_bytes")]
    before: Vec<u8>,
    /// What follows the credentials, where credentials were cut out.
    #[serde(with = "serde_bytes")]
    after: Option<Vec<u8>>,
    /// The header `x-syncml-hmac`.
    pub(super) hmac: Option<String>,
}

impl Kept {
    /// Writes a message and keeps it, with the MAC that goes with it; gives the octets to send.
    pub(super) fn write(
        message: &Message,
        form: &Form,
        mac: Option<&MacKey>,
    ) -> Result<(Self, Vec<u8>)> {
        let body = message.encode_as(form)?;
        Ok((Self::of(message, form, mac, &body), body))
    }

    /// Keeps a message that is written, with the MAC that goes with it.
    pub(super) fn of(message: &Message, form: &Form, mac: Option<&MacKey>, body: &[u8]) -> Self {
        let encoding = form.encoding();
        let hmac = mac.map(|key| key.header(body));
        let cred = message
            .header
            .cred
            .as_ref()
            .filter(|cred| Scheme::from_wire(&cred.kind) == Some(Scheme::Basic));
        let cut = cred.filter(|cred| !cred.data.is_empty()).and_then(|cred| {
            let data = cred.data.as_bytes();
            let at = body.windows(data.len()).position(|window| window == data)?;
            let (before, rest) = body.split_at_checked(at)?;
            Some((before.to_vec(), rest.get(data.len()..)?.to_vec()))
        });
        let (before, after) = match cut {
            Some((before, after)) => (before, Some(after)),
            None => (body.to_vec(), None),
        };
        Self {
            encoding,
            before,
            after,
            hmac,
        }
    }

    /// A reply of no octets, where no message is small enough.
    pub(super) fn nothing(encoding: Encoding) -> Self {
        Self {
            encoding,
            before: Vec::new(),
            after: None,
            hmac: None,
        }
    }

    /// The octets, once more.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) where the credentials were cut out and the account no longer holds them.
    pub(super) fn body(&self, credential: Option<&Credential>) -> Result<Vec<u8>> {
        let Some(after) = &self.after else {
            return Ok(self.before.clone());
        };
        let cred = credential.and_then(|credential| credential.cred(Scheme::Basic, &[]));
        let cred = cred.ok_or_else(|| {
            Error::arg("the account no longer holds the credentials of the stored message")
        })?;
        Ok([&self.before, cred.data.as_bytes(), after].concat())
    }
}

/// A message that came, without the credentials in its header: it may be at rest. Nothing, which no session is restored from, where it
/// cannot be written.
pub(super) fn without_cred(body: &[u8], encoding: Encoding, message: &Message) -> Vec<u8> {
    if message.header.cred.is_none() {
        return body.to_vec();
    }
    let header = Header {
        cred: None,
        ..message.header.clone()
    };
    let bare = Message {
        header,
        ..message.clone()
    };
    bare.encode(encoding, false).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::auth::Secret;
    use crate::limits::Limits;
    use crate::syncml::Cred;

    #[test]
    fn a_kept_message_holds_no_password_and_comes_back_octet_for_octet() {
        let secret = Secret::Password(Zeroizing::new(b"OhBehave".to_vec()));
        let credential = Credential::new(
            "Bruce2".to_owned(),
            secret,
            vec![Scheme::Basic, Scheme::Md5],
        )
        .unwrap();
        let forms = [Form::Xml, Form::of_version(Encoding::Wbxml, "1.2")];
        let cases =
            [Scheme::Basic, Scheme::Md5].map(|scheme| forms.clone().map(|form| (scheme, form)));
        for (scheme, form) in cases.into_iter().flatten() {
            let cred = credential.cred(scheme, b"Nonce");
            let header = Header {
                cred: cred.clone(),
                ver_dtd: "1.2".to_owned(),
                ..Header::default()
            };
            let message = Message {
                header,
                ..Message::default()
            };
            let (kept, body) = Kept::write(&message, &form, None).unwrap();
            assert_eq!(kept.body(Some(&credential)).unwrap(), body);
            assert_eq!(kept.after.is_some(), scheme == Scheme::Basic);
            if scheme == Scheme::Basic {
                let data = cred.unwrap().data.into_bytes();
                let saved = postcard::to_allocvec(&kept).unwrap();
                assert!(!saved.windows(data.len()).any(|window| window == data));
                assert!(kept.body(None).is_err());
            }
        }
    }

    #[test]
    fn a_message_that_came_is_kept_without_its_credentials() {
        let limits = Limits::DEFAULT;
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            // The first stands in the version too, and the second is written with a reference in XML.
            for data in ["1", "a<b", "QnJ1Y2UyOk9oQmVoYXZl"] {
                let cred = Cred {
                    kind: "syncml:auth-basic".to_owned(),
                    data: data.to_owned(),
                    ..Cred::default()
                };
                let header = Header {
                    cred: Some(cred),
                    ver_dtd: "1.2".to_owned(),
                    session_id: "1".to_owned(),
                    msg_id: 1,
                    ..Header::default()
                };
                let message = Message {
                    header,
                    ..Message::default()
                };
                let body = message.encode(encoding, false).unwrap();
                let message = Message::decode(&body, encoding, &limits).unwrap();
                let kept = without_cred(&body, encoding, &message);
                let read = Message::decode(&kept, encoding, &limits).unwrap();
                assert_eq!(read.header.cred, None);
                assert_eq!(read.commands, message.commands);
            }
        }
    }

    #[test]
    fn a22_a_kept_message_holds_its_mac_and_not_what_makes_it() {
        let secret = Secret::Password(Zeroizing::new(b"OhBehave".to_vec()));
        let credential = Credential::new("Bruce2".to_owned(), secret, vec![Scheme::Hmac]).unwrap();
        let message = Message::default();
        let key = credential.mac_key(b"Nonce");
        let (kept, body) = Kept::write(&message, &Form::Xml, Some(&key)).unwrap();
        assert_eq!(kept.hmac, Some(key.header(&body)));
        let saved = postcard::to_allocvec(&kept).unwrap();
        let holds = |secret: &[u8]| saved.windows(secret.len()).any(|window| window == secret);
        assert!(!holds(b"OhBehave") && !holds(b"PtEdr8lBQ45IbT1bZIkrOQ"));
        assert_eq!(postcard::from_bytes::<Kept>(&saved).unwrap(), kept);
    }
}

//! Messages that are kept because they may have to be sent again, octet for octet.

use serde::{Deserialize, Serialize};

use crate::auth::{Credential, Scheme};
use crate::error::{Error, Result};
use crate::syncml::{Encoding, Form, Message};

/// A message as it was sent. Basic credentials are cut out of it and put back in, so that no password is ever at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) encoding: Encoding,
    #[serde(with = "serde_bytes")]
    before: Vec<u8>,
    /// What follows the credentials, where credentials were cut out.
    #[serde(with = "serde_bytes")]
    after: Option<Vec<u8>>,
}

impl Kept {
    /// Writes a message and keeps it; gives the octets to send.
    pub(super) fn write(message: &Message, form: &Form) -> Result<(Self, Vec<u8>)> {
        let encoding = form.encoding();
        let body = message.encode_as(form)?;
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
        let kept = match cut {
            Some((before, after)) => Self {
                encoding,
                before,
                after: Some(after),
            },
            None => Self {
                encoding,
                before: body.clone(),
                after: None,
            },
        };
        Ok((kept, body))
    }

    /// A reply of no octets, where no message is small enough.
    pub(super) fn nothing(encoding: Encoding) -> Self {
        Self {
            encoding,
            before: Vec::new(),
            after: None,
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

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::auth::Secret;
    use crate::syncml::Header;

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
            let (kept, body) = Kept::write(&message, &form).unwrap();
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
}

//! `syncml:auth-MAC`: the header `x-syncml-hmac` (DM Security, section on integrity). Despite its name it is no HMAC of RFC 2104.

use std::fmt;

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

use super::hash::Hash;

/// Octets of the longest header that is looked at: the longest user, every character of it quoted, and the rest.
const MAX_HEADER: usize = 16_384;

/// What makes the MAC of a message: everything but its body.
pub(crate) struct MacKey {
    user: String,
    secret: Zeroizing<String>,
    nonce: Zeroizing<Vec<u8>>,
}

impl MacKey {
    pub(super) fn new(user: String, secret: Zeroizing<String>, nonce: &[u8]) -> Self {
        Self {
            user,
            secret,
            nonce: Zeroizing::new(nonce.to_vec()),
        }
    }

    /// The header that goes with this body, exactly as it is transported.
    pub(crate) fn header(&self, body: &[u8]) -> String {
        let mac = mac(&self.secret, &self.nonce, &hash_of_body(body));
        let quoted = self.user.replace('\\', "\\\\").replace('"', "\\\"");
        format!(
            "algorithm=MD5, username=\"{quoted}\", mac={}",
            Base64::encode_string(&mac)
        )
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(..)")
    }
}

/// B64(H(body)).
pub(super) fn hash_of_body(body: &[u8]) -> String {
    Base64::encode_string(&Hash::Md5.of(&[body]))
}

/// H(B64(H(user:password)):nonce:B64(H(body))).
pub(super) fn mac(secret: &str, nonce: &[u8], hash_of_body: &str) -> Vec<u8> {
    Hash::Md5.of(&[
        secret.as_bytes(),
        b":",
        nonce,
        b":",
        hash_of_body.as_bytes(),
    ])
}

/// What a header says.
#[derive(PartialEq, Eq)]
pub(super) struct MacHeader {
    pub(super) user: String,
    /// Base64, as it stands.
    pub(super) mac: String,
}

impl MacHeader {
    /// Reads a header: `name=value` in any order with commas between them, values as tokens or quoted strings. Without `algorithm` it is
    /// MD5. Names that are not known are passed over; nothing for anything else, whatever it is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_HEADER || text.chars().any(|c| c.is_control() && c != '\t') {
            return None;
        }
        let [mut algorithm, mut user, mut mac] = [None, None, None];
        let mut rest = text.trim_matches(BLANKS);
        loop {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = value(after.trim_start_matches(BLANKS))?;
            let slot = match name.trim_end_matches(BLANKS) {
                name if name.eq_ignore_ascii_case("algorithm") => Some(&mut algorithm),
                name if name.eq_ignore_ascii_case("username") => Some(&mut user),
                name if name.eq_ignore_ascii_case("mac") => Some(&mut mac),
                name if is_token(name) => None,
                _ => return None,
            };
            if slot.is_some_and(|slot| slot.replace(value).is_some()) {
                return None;
            }
            let after = after.trim_start_matches(BLANKS);
            if after.is_empty() {
                break;
            }
            rest = after.strip_prefix(',')?.trim_start_matches(BLANKS);
        }
        if algorithm.is_some_and(|algorithm: String| !algorithm.eq_ignore_ascii_case("MD5")) {
            return None;
        }
        Some(Self {
            user: user?,
            mac: mac?,
        })
    }

    /// The octets of the MAC, padded or not; none where it is no base64.
    pub(super) fn octets(&self) -> Vec<u8> {
        Base64::decode_vec(&self.mac)
            .or_else(|_| Base64Unpadded::decode_vec(&self.mac))
            .unwrap_or_default()
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// A value, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_end = |c: char| c == ',' || BLANKS.contains(&c);
        let (token, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        let is_value = !token.is_empty() && !token.contains('"');
        return is_value.then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

fn is_token(name: &str) -> bool {
    let is_letter =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    !name.is_empty() && name.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "PtEdr8lBQ45IbT1bZIkrOQ==";

    fn key(user: &str) -> MacKey {
        MacKey::new(user.to_owned(), Zeroizing::new(SECRET.to_owned()), b"Nonce")
    }

    fn parse(text: &str) -> Option<(String, String)> {
        MacHeader::parse(text).map(|header| (header.user, header.mac))
    }

    #[test]
    fn known_answers_of_hmac() {
        let one = "algorithm=MD5, username=\"Bruce2\", mac=urdCeS3JUmjFgi8SX3webw==";
        assert_eq!(key("Bruce2").header(b"<SyncML/>"), one);
        assert_eq!(hash_of_body(b"<SyncML/>"), "p7fHQr43AfxW0tZLC6QiAA==");
        let empty = "algorithm=MD5, username=\"Bruce2\", mac=gbjsdKI2jLRPFi9gmOstJg==";
        assert_eq!(key("Bruce2").header(b""), empty);
        assert_eq!(
            Base64::encode_string(&mac(SECRET, b"Nonce", "6efYnZhcwES1FEvxfks21w==")),
            "theH6nzjrIfK6JS4O/qK9g=="
        );
    }

    #[test]
    fn the_header_of_the_specification_is_read() {
        let sample = "algorithm=MD5, username=\"Robert Jordan\", mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk";
        let (user, mac) = parse(sample).unwrap();
        assert_eq!((user.as_str(), mac.len()), ("Robert Jordan", 43));
    }

    #[test]
    fn a19_headers_in_every_spelling() {
        for text in [
            "algorithm=MD5, username=\"a\", mac=eA==",
            "mac=eA==,username=\"a\"",
            "USERNAME = \"a\" ,\tMAC = eA== , Algorithm = md5",
            "  username=a, mac=\"eA==\"  ",
            "username=\"\\a\", mac=eA==, algorithm=\"MD5\", realm=\"x, mac=y\"",
        ] {
            assert_eq!(
                parse(text),
                Some(("a".to_owned(), "eA==".to_owned())),
                "{text}"
            );
        }
        let quoted = parse("username=\"a \\\"b\\\", c\\\\\", mac=x").unwrap();
        assert_eq!(quoted.0, "a \"b\", c\\");
    }

    #[test]
    fn a19_what_is_no_header() {
        let long = format!("username=\"{}\", mac=eA==", "a".repeat(65_536));
        for text in [
            "",
            " ",
            ",",
            "=",
            "mac=eA==",
            "username=\"a\"",
            "username=\"a\", mac=",
            "username=\"a\", mac",
            "username=\"a\" mac=eA==",
            "username=\"a\", mac=eA==,",
            "username=\"a\",, mac=eA==",
            "username=\"a, mac=eA==",
            "username=\"a\\",
            "username=\"a\"b, mac=eA==",
            "username=a\"b\", mac=eA==",
            "username=\"a\", mac=eA==, mac=eA==",
            "username=\"a\", username=\"a\", mac=eA==",
            "algorithm=MD5, algorithm=MD5, username=\"a\", mac=eA==",
            "algorithm=SHA1, username=\"a\", mac=eA==",
            "algorithm=, username=\"a\", mac=eA==",
            "username=\"a\", mac=eA==\r\nx: y",
            "username=\"a\n\", mac=eA==",
            "username=\"a\0\", mac=eA==",
            "user name=x, username=\"a\", mac=eA==",
            &long,
        ] {
            let shown: String = text.chars().take(64).collect();
            assert!(parse(text).is_none(), "{shown}");
        }
    }

    #[test]
    fn a19_what_is_written_is_read_and_no_text_makes_the_parser_fail() {
        for user in ["a", "Robert \"Bob\" Jordan", "a\\b", "a, mac=b", "="] {
            let header = key(user).header(b"x");
            assert_eq!(parse(&header).unwrap().0, user);
            for end in (0..header.len()).filter(|end| header.is_char_boundary(*end)) {
                let _ = parse(&header[..end]);
                let _ = parse(&header[end..]);
            }
        }
    }

    #[test]
    fn a_mac_is_read_with_and_without_padding() {
        let octets = |mac: &str| {
            let header = MacHeader {
                user: String::new(),
                mac: mac.to_owned(),
            };
            header.octets()
        };
        assert_eq!(octets("urdCeS3JUmjFgi8SX3webw==").len(), 16);
        assert_eq!(
            octets("urdCeS3JUmjFgi8SX3webw"),
            octets("urdCeS3JUmjFgi8SX3webw==")
        );
        assert!(octets("*").is_empty());
    }

    #[test]
    fn a38_a_key_shows_nothing() {
        assert_eq!(format!("{:?}", key("Bruce2")), "MacKey(..)");
    }
}

//! What nobody may be shown: passwords, and what stands for them.

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::flow::Flow;

/// The passwords of a flow, as they are and as they are told and hashed.
pub(crate) fn needles(flow: &Flow) -> Vec<Vec<u8>> {
    if !flow.has_credentials() {
        return Vec::new();
    }
    let spell = |(user, password): (&str, &str)| {
        let both = format!("{user}:{password}");
        [
            password.as_bytes().to_vec(),
            Base64::encode_string(both.as_bytes()).into_bytes(),
            Base64::encode_string(&Md5::digest(&both)).into_bytes(),
            Base64::encode_string(&Sha256::digest(&both)).into_bytes(),
        ]
    };
    [("Bruce2", "OhBehave"), ("mgmt", "SrvPw-1")]
        .into_iter()
        .flat_map(spell)
        .collect()
}

/// Whether any of them stands in these octets.
pub(crate) fn shows(needles: &[Vec<u8>], octets: &[u8]) -> bool {
    let found = |needle: &Vec<u8>| {
        let mut rest = octets;
        while let Some(at) = rest.iter().position(|octet| *octet == needle[0]) {
            rest = &rest[at..];
            if rest.starts_with(needle) {
                return true;
            }
            rest = &rest[1..];
        }
        false
    };
    needles.iter().any(found)
}

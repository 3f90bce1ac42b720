//! The accounts that stand in a tree: DM Account 1.2 (Standardized Objects), wherever they are kept.

use zeroize::Zeroizing;

use crate::auth::{Account, AccountState, Credential, Party, Scheme, Secret};
use crate::syncml::Data;
use crate::tree::{Found, Tree};

/// The accounts of a tree, by what they say at this moment; those that name no server are left out.
///
/// Where the credentials of a side are missing, or of a type that is not spoken here, the transport is to prove that side.
pub fn accounts(tree: &Tree) -> Vec<Account> {
    let device_id = text(tree, "./DevInfo/DevId").unwrap_or_default();
    let read = |root: &String| account(tree, root, &device_id);
    tree.instances("urn:oma:mo:oma-dm-dmacc")
        .iter()
        .filter_map(read)
        .collect()
}

fn account(tree: &Tree, root: &str, device_id: &str) -> Option<Account> {
    let server_id = text(tree, &format!("{root}/ServerID")).filter(|id| !id.is_empty())?;
    let mut account = Account {
        device_id: device_id.to_owned(),
        server_id,
        client: Party::Transport,
        server: Party::Transport,
        state: AccountState::default(),
    };
    let auth = format!("{root}/AppAuth");
    let Ok(Some(Found::Interior(_, names))) = tree.find(&auth) else {
        return Some(account);
    };
    for name in names {
        let field = |field: &str| text(tree, &format!("{auth}/{name}/{field}"));
        let nonce = octets(tree, &format!("{auth}/{name}/AAuthData"));
        let party = credential(&field).map(Party::Credential);
        match (field("AAuthLevel").as_deref(), party) {
            (Some("CLCRED"), Some(party)) => {
                account.client = party;
                account.state.client_nonce = nonce;
            }
            (Some("SRVCRED"), Some(party)) => {
                account.server = party;
                account.state.server_nonce = nonce;
            }
            _ => {}
        }
    }
    Some(account)
}

fn credential(field: &impl Fn(&str) -> Option<String>) -> Option<Credential> {
    let scheme = match field("AAuthType")?.as_str() {
        "BASIC" => Scheme::Basic,
        "DIGEST" => Scheme::Md5,
        _ => return None,
    };
    let password = Zeroizing::new(field("AAuthSecret")?.into_bytes());
    Credential::new(
        field("AAuthName")?,
        Secret::Password(password),
        vec![scheme],
    )
    .ok()
}

fn text(tree: &Tree, uri: &str) -> Option<String> {
    match tree.find(uri) {
        Ok(Some(Found::Leaf(node))) => node.data()?.as_text().map(str::to_owned),
        _ => None,
    }
}

fn octets(tree: &Tree, uri: &str) -> Option<Vec<u8>> {
    match tree.find(uri) {
        Ok(Some(Found::Leaf(node))) => match node.data()? {
            Data::Octets(octets) => Some(octets.clone()),
            Data::Text(text) => Data::decode_base64(text).ok(),
            Data::Markup(_) => None,
        },
        _ => None,
    }
}

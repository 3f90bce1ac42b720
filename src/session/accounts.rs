//! The accounts that stand in a tree: DM Account 1.2 (Standardized Objects), wherever they are kept.

use zeroize::Zeroizing;

use crate::auth::{Account, AccountState, Credential, Party, Scheme, Secret};
use crate::syncml::Data;
use crate::tree::{Found, Tree, is_server_id};
use crate::uri;

/// The accounts of a tree, by what they say at this moment; those that name no server are left out.
///
/// Where the credentials of a side are missing, or of a type that is not spoken here, the transport is to prove that side. Of several, those
/// of the type that AAuthPref names count, else the first.
pub fn accounts(tree: &Tree) -> Vec<Account> {
    let device_id = text(tree, "./DevInfo/DevId").unwrap_or_default();
    let read = |root: &String| account(tree, root, &device_id);
    tree.instances("urn:oma:mo:oma-dm-dmacc")
        .iter()
        .filter_map(read)
        .collect()
}

/// Whether an account in the tree, of DM 1.x or of DM 2.0, is of a server at that origin.
pub(crate) fn is_held_at(tree: &Tree, origin: &str) -> bool {
    let is_there = |uri: String| {
        let address = text(tree, &uri);
        address.and_then(|address| uri::origin(&address)).as_deref() == Some(origin)
    };
    tree.instances("urn:oma:mo:oma-dm-dmacc")
        .iter()
        .any(|root| {
            let addresses = format!("{root}/AppAddr");
            let names = match tree.find(&addresses) {
                Ok(Some(Found::Interior(_, names))) => names,
                _ => Vec::new(),
            };
            let mut addresses = names.iter().map(|name| format!("{addresses}/{name}/Addr"));
            is_there(format!("{root}/SrvURI")) || addresses.any(is_there)
        })
}

fn account(tree: &Tree, root: &str, device_id: &str) -> Option<Account> {
    let server_id = text(tree, &format!("{root}/ServerID")).filter(|id| is_server_id(id))?;
    let mut account = Account {
        device_id: device_id.to_owned(),
        server_id,
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    };
    let auth = format!("{root}/AppAuth");
    let Ok(Some(Found::Interior(_, names))) = tree.find(&auth) else {
        return Some(account);
    };
    let preferred = text(tree, &format!("{root}/AAuthPref")).filter(|kind| !kind.is_empty());
    // The preferred type counts, else what comes first.
    let (mut known, mut unknown) = ([0; 2], Vec::new());
    for name in names {
        let field = |field: &str| text(tree, &format!("{auth}/{name}/{field}"));
        let Some(credential) = credential(&field) else {
            // Whoever cannot be asked for a proof must not count as proved.
            let level = field("AAuthLevel").unwrap_or_default();
            let is_side = matches!(level.as_str(), "CLCRED" | "SRVCRED");
            if is_side && field("AAuthType").as_deref() != Some("TRANSPORT") {
                unknown.push(level);
            }
            continue;
        };
        let rank = 1 + u8::from(preferred.is_some() && field("AAuthType") == preferred);
        let nonce = octets(tree, &format!("{auth}/{name}/AAuthData"));
        let state = &mut account.state;
        let (party, slot, known) = match (field("AAuthLevel").as_deref(), &mut known) {
            (Some("CLCRED"), [known, _]) => (&mut account.client, &mut state.client_nonce, known),
            (Some("SRVCRED"), [_, known]) => (&mut account.server, &mut state.server_nonce, known),
            _ => continue,
        };
        if rank > *known {
            (*party, *slot) = (Party::Credential(credential), nonce);
            *known = rank;
        }
    }
    let is_unproved = |level: &String| match level.as_str() {
        "CLCRED" => known[0] == 0,
        _ => known[1] == 0,
    };
    (!unknown.iter().any(is_unproved)).then_some(account)
}

fn credential(field: &impl Fn(&str) -> Option<String>) -> Option<Credential> {
    let scheme = match field("AAuthType")?.as_str() {
        "BASIC" => Scheme::Basic,
        "DIGEST" => Scheme::Md5,
        "HMAC" => Scheme::Hmac,
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

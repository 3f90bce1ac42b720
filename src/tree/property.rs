//! The properties of nodes: `?prop=` (TND, section on properties).

use std::sync::Arc;

use crate::ddf::AccessType;
use crate::status::StatusCode;
use crate::syncml::{Data, Item, Location};
use crate::uri::{self, NodeUri};

use super::acl::{Acl, Right};
use super::change::By;
use super::node::{Node, Owner};
use super::objects;
use super::rights::Actor;
use super::store::{Descent, Tree};

/// A property of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Acl,
    Format,
    Name,
    Size,
    Title,
    TStamp,
    Type,
    VerNo,
}

impl Property {
    /// The property with this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ACL" => Self::Acl,
            "Format" => Self::Format,
            "Name" => Self::Name,
            "Size" => Self::Size,
            "Title" => Self::Title,
            "TStamp" => Self::TStamp,
            "Type" => Self::Type,
            "VerNo" => Self::VerNo,
            _ => return None,
        })
    }

    /// What it says of a node, where the node has it.
    pub(super) fn of(self, node: &Node, path: &str) -> Option<String> {
        Some(match self {
            Self::Acl => node.acl().to_string(),
            Self::Format => node.format().name().to_owned(),
            Self::Name => uri::split(path).map_or(".", |(_, name)| name).to_owned(),
            Self::Size if node.is_interior() => return None,
            Self::Size => node.size().to_string(),
            Self::Title => node.title().to_owned(),
            Self::TStamp => stamp(node.changed()?),
            Self::Type => node.mime().unwrap_or_default().to_owned(),
            Self::VerNo => node.ver_no().to_string(),
        })
    }
}

/// A moment as ISO 8601 writes it in its basic form; `seconds` since 1970.
pub(super) fn stamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of the year 0, in eras of 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The property that a query names, or the status: 406 for one that there is none of.
pub(super) fn named(query: &str) -> Result<Option<Property>, StatusCode> {
    match query.split_once('=') {
        Some(("prop", name)) => {
            let property = Property::from_name(name);
            property.map(Some).ok_or(StatusCode::UNSUPPORTED_FEATURE)
        }
        Some(("list", _)) => Ok(None),
        _ => Err(StatusCode::UNSUPPORTED_FEATURE),
    }
}

impl Tree {
    /// Get of a property. It is the node's right that counts, AccessType only for Size, which tells of the value; the size of what the host
    /// keeps is not known (406), nor is a moment that nobody has told (406).
    pub(super) fn get_property(
        &self,
        uri: &NodeUri,
        property: Property,
        actor: &Actor<'_>,
    ) -> Result<Item, StatusCode> {
        let path = uri.path();
        let node = self.node(path).ok_or(StatusCode::NOT_FOUND)?;
        self.need(Right::Get, path, actor)?;
        if property == Property::Size {
            self.need_access(AccessType::Get, path)?;
        }
        let is_elsewhere = property == Property::Size && node.owner() == Owner::Host;
        let value = property.of(node, path).filter(|_| !is_elsewhere);
        let value = value.ok_or(StatusCode::UNSUPPORTED_FEATURE)?;
        Ok(Item {
            source: Some(Location::of(uri.to_string())),
            data: Some(Data::Text(value)),
            ..Item::default()
        })
    }

    /// Replace of a property. Gives the path that the node has then.
    ///
    /// AccessType says nothing of properties. Each such change counts in VerNo and TStamp. A malformed list is 400, one that leaves the root
    /// without Add for all 405, a title of more than 255 octets 413, a name that is none 500.
    pub(super) fn replace_property(
        &mut self,
        uri: &NodeUri,
        property: Property,
        data: Option<&Data>,
        actor: &Actor<'_>,
    ) -> Result<(String, By), StatusCode> {
        let path = uri.path();
        let node = self.node(path).ok_or(StatusCode::NOT_FOUND)?;
        match property {
            Property::Acl => self.need_right_on_acl(path, node.is_interior(), actor)?,
            Property::Name | Property::Title => self.need(Right::Replace, path, actor)?,
            _ => return Err(StatusCode::NOT_ALLOWED),
        }
        let text = match data {
            None => return Err(StatusCode::INCOMPLETE),
            Some(data) => data.as_text().ok_or(StatusCode::UNSUPPORTED_FORMAT)?,
        };
        let seconds = actor.seconds();
        match property {
            Property::Name => return self.rename(path, text, actor).map(|to| (to, By::Rename)),
            Property::Title => {
                Node::check_title(text)?;
                self.edit(path, By::Replace, Some(actor.server), |node| {
                    node.put_title(text);
                    node.touch(seconds);
                })?;
            }
            _ => {
                let acl = Acl::parse(text).ok_or(StatusCode::BAD_REQUEST)?;
                if path.is_empty() && !acl.allows_all(Right::Add) {
                    return Err(StatusCode::NOT_ALLOWED);
                }
                self.edit(path, By::Replace, Some(actor.server), |node| {
                    node.set_acl(acl);
                    node.touch(seconds);
                })?;
            }
        }
        Ok((path.to_owned(), By::Replace))
    }

    /// The list of a leaf is changed with the right on its parent alone, that of an interior node with the right on either.
    pub(super) fn need_right_on_acl(
        &self,
        path: &str,
        is_interior: bool,
        actor: &Actor<'_>,
    ) -> Result<(), StatusCode> {
        let by_parent =
            uri::split(path).is_some_and(|(parent, _)| self.grants(Right::Replace, parent, actor));
        if by_parent || (is_interior && self.grants(Right::Replace, path, actor)) {
            Ok(())
        } else {
            Err(StatusCode::PERMISSION_DENIED)
        }
    }

    fn rename(&mut self, path: &str, name: &str, actor: &Actor<'_>) -> Result<String, StatusCode> {
        // A secret under another name would be none any more.
        if self.is_permanent(path) || objects::is_secret(self, path) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        let (parent, before) = uri::split(path).ok_or(StatusCode::NOT_ALLOWED)?;
        let to = uri::join(parent, name);
        let is_one_name = !name.is_empty() && !name.contains(['/', '?']) && name.trim() == name;
        match NodeUri::parse(&uri::display(&to)) {
            Err(StatusCode::URI_TOO_LONG) => return Err(StatusCode::URI_TOO_LONG),
            Ok(parsed) if is_one_name && parsed.path() == to => {}
            _ => return Err(StatusCode::COMMAND_FAILED),
        }
        if name == before {
            return Ok(to);
        }
        let resolved = self.resolve(&uri::display(&to))?;
        let is_itself = resolved.path() == path;
        if !is_itself && self.node(resolved.path()).is_some() {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        self.need_room_below(path, &to)?;
        // What is built in stays where it is, below the node too; and no other name gives what the device does not.
        let is_free = |path| self.rule(path).is_none_or(|rule| rule.placeholder);
        if self.holds_permanent(path)
            || objects::FIXED.contains(&to.as_str())
            || !(is_free(path) && is_free(&to))
        {
            return Err(StatusCode::NOT_ALLOWED);
        }
        if self.tells_secrets(path, &to) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        // Among those that are named at run time it is counted already.
        let is_counted = |path| self.rule(path).is_some_and(|rule| rule.placeholder);
        if !is_counted(path) {
            self.need_occurrence(&to)?;
        }
        // Nothing can fail any more; without a draft no value is copied.
        let mut entry = self.take(path, By::Rename, Some(actor.server))?;
        Arc::make_mut(&mut entry).node.touch(actor.seconds());
        self.insert(&to, entry, By::Rename, Some(actor.server))?;
        Ok(to)
    }

    /// Whether anything below a path is a secret that would be none below another one.
    fn tells_secrets(&self, from: &str, to: &str) -> bool {
        let mut found = false;
        if let Some(entry) = self.entry(from) {
            entry.visit(from, |path, _| {
                let called = [to, path.get(from.len()..).unwrap_or_default()].concat();
                found |=
                    objects::is_secret(self, path) && !objects::is_secret_as(self, path, &called);
                if found { Descent::Stop } else { Descent::On }
            });
        }
        found
    }

    /// 414 unless all that is at and below a path can be addressed below another one; 405 or 415 unless it may be there.
    fn need_room_below(&self, from: &str, to: &str) -> Result<(), StatusCode> {
        let entry = self.entry(from).ok_or(StatusCode::NOT_FOUND)?;
        let limits = self.uri_limits();
        let mut fits = Ok(());
        entry.visit(to, |path, entry| {
            let here = limits
                .need(path)
                .and_then(|()| self.need_described(path, &entry.node));
            fits = fits.and(here);
            if fits.is_ok() {
                Descent::On
            } else {
                Descent::Stop
            }
        });
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_iso_8601_writes_them() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (994_869_497, "20010711T163817Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (4_107_542_400, "21000301T000000Z"),
            (253_402_300_799, "99991231T235959Z"),
        ] {
            assert_eq!(stamp(seconds), text);
        }
    }
}

//! Whether octets are a notification, and of which form.

use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::wbxml;

use super::{MEDIA_TYPE, MEDIA_TYPE_2, Notification, NotificationForm};

pub(super) fn detect(content_type: Option<&str>, body: &[u8]) -> Option<NotificationForm> {
    let Some(content_type) = content_type else {
        return of_octets(body);
    };
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(MEDIA_TYPE) {
        Some(NotificationForm::V1)
    } else if media_type.eq_ignore_ascii_case(MEDIA_TYPE_2) {
        Some(of_dm_2(body).map_or_else(|| likelier(body), |read| read.form()))
    } else {
        None
    }
}

/// Where nothing says what octets are. XML holds no control characters, and each form of notification does where it begins; WBXML may, so
/// what can be read as such stays that.
fn of_octets(body: &[u8]) -> Option<NotificationForm> {
    if !has_version(body) {
        return None;
    }
    // What is reserved is zero: in the form of DM 1.x this is most of what tells it from anything else.
    let is_usual = |read: &Notification| read.reserved() == 0;
    let v1 = read(body, NotificationForm::V1).filter(is_usual);
    let form = v1.or_else(|| of_dm_2(body).filter(is_usual))?.form();
    let limits = Limits {
        depth: MAX_DEPTH,
        ..Limits::DEFAULT
    };
    let is_wbxml = wbxml::parse_until(body, "SyncHdr", &limits).is_ok();
    (!is_wbxml).then_some(form)
}

/// Whether a version is where a form has it, that of DM 1.x in ten bits and those of DM 2.0 in four: nearly all other documents are told
/// apart so, before anything is read.
fn has_version(body: &[u8]) -> bool {
    let begins =
        |at: usize, is_version: fn(u8) -> bool| body.get(at).copied().is_some_and(is_version);
    begins(16, |octet| matches!(octet, 2 | 3)) || begins(0, |octet| octet >> 4 == 2)
}

/// What octets say that can be read in a form of DM 2.0.
fn of_dm_2(body: &[u8]) -> Option<Notification> {
    let approved = read(body, NotificationForm::Approved);
    let draft = read(body, NotificationForm::Draft);
    let (Some(first), Some(second)) = (&approved, &draft) else {
        return approved.or(draft);
    };
    // No server has such a name: there the draft begins its first option.
    let is_odd = first.server_id().contains(['\u{10}', '\u{11}']);
    match (first.reserved() == 0, second.reserved() == 0) {
        (true, false) => approved,
        (false, true) => draft,
        _ if is_odd => draft,
        _ => approved,
    }
}

fn read(body: &[u8], form: NotificationForm) -> Option<Notification> {
    let decoded = Notification::decode(body, form, &Limits::DEFAULT).ok()?;
    Some(decoded.notification)
}

/// Of octets that cannot be read in either form of DM 2.0 the one to complain about: where the name of the server begins tells.
fn likelier(body: &[u8]) -> NotificationForm {
    let is_name = |at: usize| body.get(at).is_some_and(|octet| octet >> 4 == 1);
    match is_name(4) && !is_name(2) {
        true => NotificationForm::Draft,
        false => NotificationForm::Approved,
    }
}

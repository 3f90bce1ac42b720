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
        let mut forms = [NotificationForm::Approved, NotificationForm::Draft].into_iter();
        let is_read = |form: &NotificationForm| read(body, *form).is_some();
        Some(forms.find(is_read).unwrap_or(likelier(body)))
    } else {
        None
    }
}

/// Where nothing says what octets are. XML holds no control characters, and each form of notification does where it begins; WBXML may, so
/// what can be read as such stays that.
fn of_octets(body: &[u8]) -> Option<NotificationForm> {
    let forms = [
        NotificationForm::V1,
        NotificationForm::Approved,
        NotificationForm::Draft,
    ];
    let mut forms = forms.into_iter();
    // What is reserved is zero: in the form of DM 1.x this is most of what tells it from anything else.
    let form = forms.find(|form| read(body, *form).is_some_and(|read| read.reserved() == 0))?;
    let limits = Limits {
        depth: MAX_DEPTH,
        ..Limits::DEFAULT
    };
    let is_wbxml = wbxml::parse_until(body, "SyncHdr", &limits).is_ok();
    (!is_wbxml).then_some(form)
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

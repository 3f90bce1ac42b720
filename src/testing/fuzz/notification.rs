//! Notifications: their octets, their wrapping, and whether a forged one is believed.

use crate::auth::{
    Account, AccountState, Credential, Ignored, Nonce, NotificationPolicy, NotificationSecret,
    Party, Scheme, Secret, sign_notification, verify_notification,
};
use crate::limits::Limits;
use crate::notification::{Notification, NotificationForm, Push, Wrapper};

use super::check_error;

/// Any octets in every form: what is read is the same when it is written and read again, no octets are believed, and what is made of them is.
pub fn notification(input: &[u8]) {
    for form in NotificationForm::ALL {
        let (outline, decoded) = Notification::inspect(input, form, &Limits::DEFAULT);
        assert_eq!((outline.start, outline.end), (0, input.len()));
        for piece in &outline.children {
            assert!(piece.start <= piece.end && piece.end <= input.len());
        }
        match decoded {
            Err(error) => check_error(&error, input),
            Ok(decoded) => {
                let digest = decoded.digest.and_then(|range| input.get(range));
                check_written(&decoded.notification, digest);
                check_believed(&decoded.notification);
            }
        }
        let policy = NotificationPolicy {
            form,
            resync: true,
            ..NotificationPolicy::default()
        };
        let found = verify_notification(input, &account("mgmt.example"), &policy, 0);
        assert!(found.is_err(), "believed without its secret: {form:?}");
    }
    NotificationForm::detect(None, input);
    if let Err(error) = Push::unwrap(input) {
        check_error(&error, input);
    }
    check_wrapped(input);
}

/// Written and read again it is the same.
fn check_written(notification: &Notification, digest: Option<&[u8]>) {
    let written = match notification.encode(digest) {
        Ok(written) => written,
        Err(error) => panic!("{error}: {notification:?}"),
    };
    match Notification::decode(&written, notification.form(), &Limits::UNBOUNDED) {
        Ok(again) => {
            assert_eq!(&again.notification, notification);
            assert_eq!(again.digest.and_then(|range| written.get(range)), digest);
        }
        Err(error) => panic!("{error}: {written:02x?}"),
    }
}

/// Signed for the server that it names it is believed by its device, once.
fn check_believed(notification: &Notification) {
    let mut account = account(notification.server_id());
    // What a server does not send, such as reserved bits, is refused.
    let Ok(signed) = sign_notification(notification, &account, Nonce::Stored) else {
        return;
    };
    let policy = NotificationPolicy {
        form: notification.form(),
        max_age: u64::MAX,
        ..NotificationPolicy::default()
    };
    match verify_notification(&signed.body, &account, &policy, 0) {
        Ok(verified) => {
            assert_eq!(&verified.notification, notification);
            account.state = verified.state;
            let again = verify_notification(&signed.body, &account, &policy, 0);
            assert_eq!(again.err(), Some(Ignored::Repeated));
        }
        Err(ignored) => panic!("{}: {notification:?}", ignored.name()),
    }
}

/// What is wrapped is what was inside.
fn check_wrapped(input: &[u8]) {
    for wrapper in [Wrapper::Wsp, Wrapper::Sms { source: 1 }] {
        let push = Push {
            wrapper,
            transaction: 0xff,
            form: NotificationForm::V1,
        };
        let wrapped = push.wrap(input);
        match Push::unwrap(&wrapped) {
            Ok((read, range)) => {
                assert_eq!((read, wrapped.get(range)), (push, Some(input)));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn account(server_id: &str) -> Account {
    let secret = Secret::Password(b"a secret that no input holds".to_vec().into());
    let server = Credential::new("mgmt".to_owned(), secret, vec![Scheme::Md5]);
    let secret = NotificationSecret::new(b"another".to_vec().into(), b"data".to_vec().into());
    Account {
        device_id: "IMEI:1".to_owned(),
        server_id: server_id.to_owned(),
        client: Party::Transport,
        server: server.map_or(Party::Transport, Party::Credential),
        notification: secret.ok(),
        state: AccountState::default(),
    }
}

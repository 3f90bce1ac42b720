//! Notifications of every shape: what is written is read again, and no octets make the reader fail.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::notification::{Approved, ApprovedOption, Draft, DraftOption, Push, V1, Wrapper};
use omadm::{Notification, NotificationForm};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::generated::check;
use crate::notification::{decode, round};
use crate::strategies::like;

fn server_id(most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        like("[ -~]{1,20}"),
        like("[\u{0}-\u{7f}é日😀]{1,40}"),
        (1..=most).prop_map(|length| "n".repeat(length)),
    ]
}

fn notifications() -> impl Strategy<Value = Notification> {
    let header = (any::<u8>(), any::<u8>(), any::<u16>());
    let v1 = (
        10_u16..=13,
        header,
        0..1_u32 << 27,
        server_id(255),
        vec(any::<u8>(), 0..40),
    );
    let v1 = v1.prop_map(|(version, (ui, by, session_id), reserved, name, vendor)| {
        Notification::V1(V1 {
            version,
            ui_mode: ui.into(),
            initiator: by.into(),
            reserved,
            session_id,
            server_id: name,
            vendor,
        })
    });
    let option = prop_oneof![
        (2_u8..=3, vec(any::<u8>(), 1..=2)),
        (Just(4_u8), vec(any::<u8>(), 1)),
        (Just(7_u8), vec(any::<u8>(), 3..=256)),
        (9_u8..=15, vec(any::<u8>(), 0..=300)),
    ];
    let draft = (
        any::<(u8, u8, u16)>(),
        0_u8..16,
        server_id(256),
        vec(option, 0..=30),
    );
    let draft = draft.prop_map(|((ui, by, session_id), reserved, name, mut options)| {
        options.sort_by_key(|(number, _)| *number);
        let options = options.into_iter();
        Notification::Draft(Draft {
            ui_mode: ui.into(),
            initiator: by.into(),
            reserved,
            session_id,
            server_id: name,
            options: options
                .map(|(number, value)| DraftOption { number, value })
                .collect(),
        })
    });
    let approved = (
        0_u8..128,
        server_id(270),
        vec(any::<u8>(), 0..=270),
        of(any::<u16>()),
        of(prop_oneof![0..1_u64 << 33, 0..1_u64 << 53]),
        any::<(bool, bool)>(),
        vec((7_u16..=16, vec(any::<u8>(), 0..=270)), 0..=25),
    );
    let approved = approved.prop_map(
        |(reserved, server_id, connection, id, timestamp, (is_long, request_mos), mut options)| {
            options.sort_by_key(|(number, _)| *number);
            let options = options.into_iter();
            Notification::Approved(Approved {
                reserved,
                server_id,
                connection,
                id,
                timestamp,
                long_timestamp: is_long && timestamp.is_some_and(|time| time < 1 << 32),
                request_mos,
                options: options
                    .map(|(number, value)| ApprovedOption { number, value })
                    .collect(),
            })
        },
    );
    prop_oneof![v1, draft, approved]
}

#[test]
fn what_is_written_is_read_again() {
    let signed = (notifications(), any::<[u8; 32]>(), any::<bool>()).boxed();
    check(&signed, |(notification, digest, signs)| {
        let length = match notification.form() {
            NotificationForm::Approved => 32,
            NotificationForm::V1 | NotificationForm::Draft => 16,
        };
        let must = notification.form() == NotificationForm::V1;
        let digest = (signs || must).then_some(&digest[..length]);
        let body = notification.encode(digest).unwrap();
        let decoded = decode(&body, notification.form()).unwrap();
        prop_assert_eq!(&decoded.notification, &notification);
        prop_assert_eq!(decoded.digest.map(|range| &body[range]), digest);
        for wrapper in [Wrapper::Wsp, Wrapper::Sms { source: 1 }] {
            let form = notification.form();
            let push = Push {
                wrapper,
                transaction: 7,
                form,
            };
            let wrapped = push.wrap(&body);
            let (_, range) = Push::unwrap(&wrapped).unwrap();
            prop_assert_eq!(&wrapped[range], &body[..]);
        }
        Ok(())
    });
}

#[test]
fn no_octets_make_it_fail() {
    check(&vec(any::<u8>(), 0..80).boxed(), |body| {
        for form in NotificationForm::ALL {
            if let Ok(decoded) = decode(&body, form) {
                round(&decoded, &body);
            }
        }
        let _ = Push::unwrap(&body);
        Ok(())
    });
}

//! Packages of every shape: what is written is what is read.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{
    Alert, AlertItem, Command, Content, Dialect, Headers, Initiation, Json, MoItem, Number,
    Outcome, Package, Reason, Request, Response, SessionInfo, SupportedMo,
};
use omadm::{AlertCode, Limits, StatusCode};

use crate::generated::check;
use crate::strategies::like;

/// Any text, also one that looks like JSON.
fn text() -> BoxedStrategy<String> {
    like("([ -~]|[\"\\\\{}\u{0}\n\u{7f}é日😀\u{2028}]){0,8}")
}

/// A name that a header can hold.
fn visible() -> BoxedStrategy<String> {
    like("[!-~]([ -~]{0,8}[!-~])?")
}

fn address() -> BoxedStrategy<String> {
    like("urn:[a-z]{1,3}/[a-z]{0,3}/[A-Z]{1,2}")
}

fn url() -> BoxedStrategy<String> {
    like("https?://[a-z]{1,3}/[a-z?=]{0,3}")
}

fn json() -> BoxedStrategy<Json> {
    let number = like("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?");
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(|text| Json::Number(Number::new(text).unwrap())),
        text().prop_map(Json::String),
    ];
    let many = |inner: BoxedStrategy<Json>| {
        let member = prop_oneof![text(), Just("__proto__".to_owned())];
        let object = proptest::collection::btree_map(member, inner.clone(), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Json::Array),
            object.prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    };
    leaf.prop_recursive(3, 20, 4, move |inner| many(inner.boxed()))
        .boxed()
}

fn command() -> BoxedStrategy<Command> {
    let many = || vec(address(), 1..3);
    prop_oneof![
        (url(), of(address())).prop_map(|(from, to)| Command::Hget { from, to }),
        (many(), url()).prop_map(|(from, to)| Command::Hput { from, to }),
        (many(), url()).prop_map(|(from, to)| Command::Hpost { from, to }),
        address().prop_map(|uri| Command::Delete { uri }),
        (address(), of(url())).prop_map(|(uri, report_to)| Command::Exec { uri, report_to }),
        address().prop_map(|uri| Command::Get { uri }),
        url().prop_map(|url| Command::Show { url }),
        url().prop_map(|url| Command::Cont { url }),
        (url(), address()).prop_map(|(url, moid)| Command::Default { url, moid }),
        (url(), address()).prop_map(|(url, uri)| Command::Sub { url, uri }),
        address().prop_map(|uri| Command::Unsub { uri }),
        (like("[a-z]{0,4}"), vec(text(), 0..3))
            .prop_map(|(name, arguments)| Command::Unknown { name, arguments }),
        Just(Command::Malformed(Json::Null)),
    ]
    .boxed()
}

fn item(dialect: Dialect, status: bool) -> BoxedStrategy<MoItem> {
    let named = text().prop_map(move |name| Some(name).filter(|_| dialect == Dialect::Approved));
    let value = (named, json()).prop_map(|(name, value)| Content::Value { name, value });
    let content = if status {
        prop_oneof![value, code().prop_map(Content::Status)].boxed()
    } else {
        value.boxed()
    };
    (address(), of(text()), of(text()), content)
        .prop_map(|(uri, cv, ddf, content)| MoItem {
            uri,
            cv,
            ddf,
            content,
        })
        .boxed()
}

fn code() -> BoxedStrategy<StatusCode> {
    (100..=999_u16).prop_map(StatusCode).boxed()
}

/// What stands in `{"DM1x": ...}` is no object with that member.
fn alert(dialect: Dialect) -> BoxedStrategy<Alert> {
    let texts = || (of(text()), of(text()), of(text()), of(text()));
    let draft = dialect == Dialect::Draft;
    let item = (of(text()), texts(), of(json())).prop_map(
        move |(kind, (source, target, mark, format), data)| AlertItem {
            kind: if draft {
                kind
            } else {
                Some(kind.unwrap_or_default())
            },
            source,
            target,
            mark,
            format,
            data,
        },
    );
    if !draft {
        return item.prop_map(Alert::generic).boxed();
    }
    (any::<u32>(), of(text()), vec(item, 0..3))
        .prop_map(|(code, correlator, items)| Alert {
            code: AlertCode(code),
            correlator,
            items,
        })
        .boxed()
}

fn session(dialect: Dialect) -> BoxedStrategy<Option<SessionInfo>> {
    let session =
        (like("[ -~é]{1,32}"), 1..=u32::MAX).prop_map(|(id, seq)| SessionInfo { id, seq });
    match dialect {
        Dialect::Draft => session.prop_map(Some).boxed(),
        Dialect::Approved => Just(None).boxed(),
    }
}

fn reason(dialect: Dialect) -> BoxedStrategy<Option<Reason>> {
    let approved = prop_oneof![
        of(any::<u16>()).prop_map(|notification_id| Some(Reason::Server { notification_id })),
        Just(Some(Reason::Client)),
        Just(Some(Reason::Bootstrap)),
        Just(None),
    ];
    let draft = prop_oneof![
        Just(Some(Reason::Server {
            notification_id: None
        })),
        Just(Some(Reason::Client)),
        (2000..=u32::MAX).prop_map(|other| Some(Reason::Other(other))),
    ];
    match dialect {
        Dialect::Draft => draft.boxed(),
        Dialect::Approved => approved.boxed(),
    }
}

fn package(dialect: Dialect) -> BoxedStrategy<Package> {
    let draft = dialect == Dialect::Draft;
    let several = if draft { 0..3 } else { 0..1 };
    let supported =
        (text(), of(text()), vec(text(), 0..3)).prop_map(|(moid, ddf, instances)| SupportedMo {
            moid: Some(moid),
            ddf,
            instances,
        });
    let initiation = (
        (visible(), session(dialect), reason(dialect)),
        vec(supported, 0..3),
        vec(item(dialect, true), several.clone()),
        vec(alert(dialect), 0..3),
    );
    let initiation =
        initiation.prop_map(|((device_id, session, reason), supported, data, alerts)| {
            let device_id = Some(device_id);
            Package::Initiation(Initiation {
                device_id,
                session,
                reason,
                supported,
                data,
                alerts,
            })
        });
    let request = (
        session(dialect),
        of(visible()),
        vec(command(), 1..4),
        any::<bool>(),
        vec(code(), several),
    );
    let request = request.prop_map(|(session, accept_mo, mut commands, ends, results)| {
        commands.extend(ends.then_some(Command::End));
        Package::Request(Request {
            session,
            accept_mo,
            commands,
            results,
        })
    });
    let outcome = (code(), vec(item(dialect, draft), 0..3), vec(text(), 0..3)).prop_map(
        |(code, objects, created)| Outcome {
            code,
            objects,
            created,
        },
    );
    let response = (
        visible(),
        session(dialect),
        vec(outcome, 0..4),
        vec(alert(dialect), 0..3),
    );
    let response = response.prop_map(|(device_id, session, results, alerts)| {
        let device_id = Some(device_id);
        Package::Response(Response {
            device_id,
            session,
            results,
            alerts,
        })
    });
    prop_oneof![initiation, request, response].boxed()
}

#[test]
fn what_is_written_is_read() {
    for dialect in Dialect::ALL {
        check(&package(dialect), |package| {
            let headers = Headers::of(&package, dialect).unwrap();
            for indent in [false, true] {
                let body = package.encode(dialect, indent).unwrap();
                let read = Package::decode(&body, &headers, &Limits::UNBOUNDED).unwrap();
                prop_assert_eq!(
                    &read,
                    &(package.clone(), dialect),
                    "{}",
                    String::from_utf8_lossy(&body)
                );
                // Without headers its members say what it is.
                let bare = Package::decode(&body, &Headers::default(), &Limits::UNBOUNDED).unwrap();
                prop_assert_eq!(bare.0.kind(), package.kind());
            }
            Ok(())
        });
    }
}

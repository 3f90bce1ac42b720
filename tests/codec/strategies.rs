//! Messages of every shape that the model has, each in the one form in which it is read again. Other test binaries include this file too.
#![allow(dead_code, reason = "each test takes what it needs")]

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::string::string_regex;

use omadm::syncml::{
    Alert, Atomic, Attributes, Chal, Cred, Header, Location, Meta, Operation, RawChild, RawElement,
    Results, Status, Unknown,
};
use omadm::{AlertCode, Command, Data, Item, Message, StatusCode};

const SYNCML: &str = "SYNCML:SYNCML1.2";
const METINF: &str = "syncml:metinf";

/// Texts like this. A pattern by itself is a strategy too, but one that is parsed anew for every text.
pub(crate) fn like(pattern: &str) -> BoxedStrategy<String> {
    string_regex(pattern).unwrap().boxed()
}

/// A value in which white space around it means nothing.
pub(crate) fn token() -> BoxedStrategy<String> {
    like("([!-~é😀]([ -~\t\n\r]{0,8}[!-~é😀])?)?")
}

/// A value in which every character counts.
pub(crate) fn value() -> BoxedStrategy<String> {
    prop_oneof![
        like("[ -~\t\n\r]{0,20}"),
        like("[<>&\"' \u{85}\u{2028}é日😀\u{fffd}]{0,10}"),
        Just("]]>".to_owned()),
        Just("<Final/>".to_owned()),
    ]
    .boxed()
}

/// A name that means nothing to SyncML.
pub(crate) fn name() -> BoxedStrategy<String> {
    like("[a-z_é][a-zA-Z0-9._é-]{0,6}")
}

/// A value that is there, in which white space around it means nothing.
pub(crate) fn some_token() -> BoxedStrategy<String> {
    like("[!-~é😀]([ -~\t\n\r]{0,8}[!-~é😀])?")
}

pub(crate) fn namespace() -> BoxedStrategy<String> {
    prop_oneof![
        Just(String::new()),
        Just(SYNCML.to_owned()),
        Just(METINF.to_owned()),
        like("urn:[a-z&<']{1,5}"),
    ]
    .boxed()
}

/// Attributes, with or without namespace.
pub(crate) fn attributes() -> BoxedStrategy<Attributes> {
    let key = prop_oneof![
        name(),
        (like("urn:[a-z]{1,3}"), name()).prop_map(|(ns, name)| format!("{{{ns}}}{name}")),
    ];
    btree_map(key, value(), 0..3)
        .prop_map(|mut attributes| {
            attributes.remove("xmlns");
            attributes
        })
        .boxed()
}

/// Text has neighbours only where a reader can tell them apart.
pub(crate) fn children(children: Vec<RawChild>) -> Vec<RawChild> {
    let mut kept: Vec<RawChild> = Vec::new();
    for child in children {
        let is_text = matches!(child, RawChild::Text(_));
        if is_text && matches!(kept.last(), Some(RawChild::Text(_))) {
            continue;
        }
        kept.push(child);
    }
    kept
}

pub(crate) fn raw() -> BoxedStrategy<RawElement> {
    let content = like("[ -~é]{0,8}[!-~é]");
    // Made here: what follows is called anew for every element.
    let outside = (namespace(), name(), attributes());
    let element = move |inner: BoxedStrategy<RawChild>| {
        (outside.clone(), vec(inner, 0..4)).prop_map(|((ns, name, attributes), inner)| RawElement {
            ns,
            name,
            attributes,
            children: children(inner),
        })
    };
    let leaf = element(content.clone().prop_map(RawChild::Text).boxed()).boxed();
    leaf.prop_recursive(3, 8, 3, move |inner| {
        let child = prop_oneof![
            content.clone().prop_map(RawChild::Text),
            inner.prop_map(RawChild::Element),
        ];
        element(child.boxed())
    })
    .boxed()
}

pub(crate) fn extra() -> BoxedStrategy<Vec<RawElement>> {
    prop_oneof![3 => Just(vec![]), 1 => vec(raw(), 1..3)].boxed()
}

/// Some of these elements, in this order, each with the same text.
fn some_of(ns: &'static str, names: &'static [&'static str]) -> BoxedStrategy<Vec<RawElement>> {
    let element = move |name: &str, text: &str| RawElement {
        ns: ns.to_owned(),
        name: name.to_owned(),
        attributes: Attributes::new(),
        children: vec![RawChild::Text(text.to_owned())],
    };
    (subsequence(names, 0..=names.len()), like("[1-9][0-9]{0,3}"))
        .prop_map(move |(names, text)| names.iter().map(|name| element(name, &text)).collect())
        .boxed()
}

/// What the DTD puts ahead of fields of ours, and what stands behind all.
pub(crate) fn extra_with(ahead: &'static [&'static str]) -> BoxedStrategy<Vec<RawElement>> {
    (some_of(SYNCML, ahead), extra())
        .prop_map(|(ahead, rest)| [ahead, rest].concat())
        .boxed()
}

/// What stands beside Meta, and then what stands in it: fields that its owner has no name for, and others.
pub(crate) fn extra_around_meta(fields: &'static [&'static str]) -> BoxedStrategy<Vec<RawElement>> {
    (some_of(METINF, fields), extra())
        .prop_map(|(fields, extra)| {
            let (inside, beside): (Vec<_>, Vec<_>) =
                extra.into_iter().partition(|extra| extra.ns == METINF);
            [beside, fields, inside].concat()
        })
        .boxed()
}

pub(crate) fn location() -> BoxedStrategy<Location> {
    (token(), of(token()), extra())
        .prop_map(|(uri, name, extra)| Location { uri, name, extra })
        .boxed()
}

/// An element as it stands in Meta, where one that names no namespace is one of Meta's.
fn of_meta(mut element: RawElement) -> RawElement {
    if element.ns.is_empty() || element.ns == SYNCML {
        METINF.clone_into(&mut element.ns);
        let inside = element.children.into_iter().map(|child| match child {
            RawChild::Element(element) => RawChild::Element(of_meta(element)),
            other => other,
        });
        element.children = inside.collect();
    }
    element
}

pub(crate) fn meta() -> BoxedStrategy<Meta> {
    let sizes = (of(any::<u32>()), of(any::<u32>()), of(any::<u32>()));
    let texts = (of(token()), of(token()), of(token()), of(token()));
    let extra = extra().prop_map(|extra| extra.into_iter().map(of_meta).collect());
    (texts, sizes, of(some_token()), extra)
        .prop_map(
            |(
                (format, mime, mark, next_nonce),
                (size, max_msg_size, max_obj_size),
                text,
                extra,
            )| Meta {
                format,
                mime,
                mark,
                size,
                next_nonce,
                max_msg_size,
                max_obj_size,
                text,
                extra,
            },
        )
        .boxed()
}

pub(crate) fn data() -> BoxedStrategy<Data> {
    let markup = prop_oneof![
        Just("<a xmlns=\"urn:x\">\n<b c='d'/>&#233;</a>"),
        Just(" <MgmtTree xmlns='syncml:dmddf1.2'/>\t"),
        Just("text<!-- c --><x:y xmlns:x=\"urn:y\"><![CDATA[<]]></x:y>"),
    ];
    prop_oneof![
        4 => value().prop_map(Data::Text),
        1 => markup.prop_map(|markup| Data::Markup(markup.to_owned())),
    ]
    .boxed()
}

/// The attributes that come with a value.
fn attributes_of<T>(value: &Option<(T, Attributes)>) -> Attributes {
    let attributes = value.as_ref().map(|(_, attributes)| attributes.clone());
    attributes.unwrap_or_default()
}

pub(crate) fn item() -> BoxedStrategy<Item> {
    let places = (of(location()), of(location()));
    let data = of((data(), attributes()));
    let extra = extra_with(&["SourceParent", "TargetParent"]);
    (places, of(meta()), data, any::<bool>(), extra)
        .prop_map(|((target, source), meta, data, more_data, extra)| Item {
            target,
            source,
            meta,
            attributes: attributes_of(&data),
            data: data.map(|(data, _)| data),
            more_data,
            extra,
        })
        .boxed()
}

pub(crate) fn items() -> BoxedStrategy<Vec<Item>> {
    vec(item(), 0..3).boxed()
}

pub(crate) fn cred() -> BoxedStrategy<Cred> {
    let extra = extra_around_meta(&["Mark", "Size", "NextNonce", "MaxMsgSize", "MaxObjSize"]);
    (token(), of(token()), token(), extra)
        .prop_map(|(kind, format, data, extra)| Cred {
            kind,
            format,
            data,
            extra,
        })
        .boxed()
}

pub(crate) fn chal() -> BoxedStrategy<Chal> {
    let extra = extra_around_meta(&["Mark", "Size", "MaxMsgSize", "MaxObjSize"]);
    (token(), of(token()), of(token()), extra)
        .prop_map(|(kind, format, next_nonce, extra)| Chal {
            kind,
            format,
            next_nonce,
            extra,
        })
        .boxed()
}

/// An operation; only Exec has a Correlator.
pub(crate) fn operation(is_exec: bool) -> BoxedStrategy<Operation> {
    let correlator = if is_exec {
        of(token()).boxed()
    } else {
        Just(None).boxed()
    };
    (
        of(token()),
        any::<bool>(),
        of(meta()),
        correlator,
        items(),
        extra_with(&["Lang", "Archive", "SftDel", "Cred"]),
    )
        .prop_map(
            |(cmd_id, no_resp, meta, correlator, items, extra)| Operation {
                cmd_id,
                no_resp,
                meta: meta.map(Box::new),
                correlator,
                items,
                extra,
            },
        )
        .boxed()
}

pub(crate) fn alert() -> BoxedStrategy<Alert> {
    let code = of((any::<u32>().prop_map(AlertCode), attributes()));
    (
        of(token()),
        any::<bool>(),
        code,
        of(token()),
        items(),
        extra_with(&["Lang", "Archive", "SftDel", "Cred"]),
    )
        .prop_map(|(cmd_id, no_resp, code, correlator, items, extra)| Alert {
            cmd_id,
            no_resp,
            attributes: attributes_of(&code),
            code: code.map(|(code, _)| code),
            correlator,
            items,
            extra,
        })
        .boxed()
}

pub(crate) fn status() -> BoxedStrategy<Status> {
    let refs = (of(token()), of(token()), of(token()), token());
    let uris = (vec(token(), 0..3), vec(token(), 0..3));
    let proof = (of(cred()), of(chal()));
    let code = (0..1000u16).prop_map(StatusCode);
    (refs, uris, proof, code, items(), attributes(), extra())
        .prop_map(
            |(
                (cmd_id, msg_ref, cmd_ref, cmd),
                (target_refs, source_refs),
                (cred, chal),
                code,
                items,
                attributes,
                extra,
            )| Status {
                cmd_id,
                msg_ref,
                cmd_ref,
                cmd,
                target_refs,
                source_refs,
                cred: cred.map(Box::new),
                chal: chal.map(Box::new),
                code,
                items,
                attributes,
                extra,
            },
        )
        .boxed()
}

pub(crate) fn results() -> BoxedStrategy<Results> {
    let refs = (of(token()), of(token()), of(token()));
    let uris = (of(token()), of(token()));
    (refs, of(meta()), uris, items(), extra_with(&["Cmd"]))
        .prop_map(
            |((cmd_id, msg_ref, cmd_ref), meta, (target_ref, source_ref), items, extra)| Results {
                cmd_id,
                msg_ref,
                cmd_ref,
                meta: meta.map(Box::new),
                target_ref,
                source_ref,
                items,
                extra,
            },
        )
        .boxed()
}

pub(crate) fn unknown() -> BoxedStrategy<Unknown> {
    (
        raw(),
        of(token().prop_filter("empty text is no child", |id| !id.is_empty())),
    )
        .prop_map(|(mut element, cmd_id)| {
            if let Some(id) = &cmd_id {
                element.children.push(RawChild::Element(RawElement {
                    ns: SYNCML.to_owned(),
                    name: "CmdID".to_owned(),
                    attributes: Attributes::new(),
                    children: vec![RawChild::Text(id.clone())],
                }));
            }
            Unknown { cmd_id, element }
        })
        .boxed()
}

pub(crate) fn command() -> BoxedStrategy<Command> {
    let leaf = prop_oneof![
        operation(false).prop_map(Command::Add),
        operation(false).prop_map(Command::Replace),
        operation(false).prop_map(Command::Delete),
        operation(false).prop_map(Command::Copy),
        operation(false).prop_map(Command::Get),
        operation(true).prop_map(Command::Exec),
        alert().prop_map(Command::Alert),
        status().prop_map(Command::Status),
        results().prop_map(Command::Results),
        unknown().prop_map(Command::Unknown),
    ];
    // Made here: what follows is called anew for every command.
    let (cmd_id, meta) = (of(token()).boxed(), of(meta()).boxed());
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let fields = (cmd_id.clone(), any::<bool>(), meta.clone());
        let group = (fields, vec(inner, 0..4))
            .prop_map(|((cmd_id, no_resp, meta), commands)| Atomic {
                cmd_id,
                no_resp,
                meta: meta.map(Box::new),
                commands,
                extra: Vec::new(),
            })
            .boxed();
        prop_oneof![
            group.clone().prop_map(Command::Atomic),
            group.prop_map(Command::Sequence),
        ]
    })
    .boxed()
}

pub(crate) fn header() -> BoxedStrategy<Header> {
    let versions = (prop_oneof![Just("1.1"), Just("1.2")], token());
    let session = (like("[!-~é]{1,32}"), 1..=u32::MAX);
    let places = (location(), location(), of(token()));
    let sizes = (of(any::<u32>()), of(any::<u32>()));
    (
        versions,
        session,
        places,
        any::<bool>(),
        of(cred()),
        sizes,
        extra_around_meta(&["Format", "Type", "Mark", "Size", "NextNonce"]),
    )
        .prop_map(
            |(
                (ver_dtd, ver_proto),
                (session_id, msg_id),
                (target, source, resp_uri),
                no_resp,
                cred,
                (max_msg_size, max_obj_size),
                extra,
            )| Header {
                ver_dtd: ver_dtd.to_owned(),
                ver_proto,
                session_id,
                msg_id,
                target,
                source,
                resp_uri,
                no_resp,
                cred,
                max_msg_size,
                max_obj_size,
                extra,
            },
        )
        .boxed()
}

pub(crate) fn message() -> BoxedStrategy<Message> {
    (header(), vec(command(), 0..4), any::<bool>())
        .prop_map(|(header, commands, is_final)| Message {
            header,
            commands,
            is_final,
        })
        .boxed()
}

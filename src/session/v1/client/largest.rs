//! The largest object that the server takes (DM protocol, chapter 8): nothing larger goes out, and nothing is left out without a word.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use crate::status::StatusCode;
use crate::tree::Answer;

use super::ClientSession;
use super::alerts;
use super::commands::Saying;
use super::objects::size_of;

/// The item of a Get: MsgID and CmdID, and its place.
type Asked = (u32, String, u32);

/// What of an alert may be said: the value of an object that was asked for is left out where it is larger than the server takes, and an
/// alert of the host stays unsaid, which the host is told of at the end.
pub(super) fn allowed(session: &ClientSession, mut saying: Saying) -> Option<Saying> {
    let most = session.state.peer_max_obj_size.unwrap_or(u32::MAX) as usize;
    match &mut saying {
        Saying::Tell { values, .. } => {
            for value in values {
                if size_of(session, value) > most {
                    value.data = None;
                }
            }
        }
        Saying::Raised { alert, .. } => {
            let format = alert.said_format();
            let size = super::objects::transported(
                &alert.data,
                Some(format.name()),
                session.config.encoding,
            );
            if size > most {
                return None;
            }
        }
        // One that was said before, to a server that takes less by now.
        Saying::Object(object) if object.raised().is_some() && object.size() > most => return None,
        _ => {}
    }
    Some(saying)
}

/// The server takes no larger objects than these from now on. What is larger is not sent, and the Status of its item is 413; what is being
/// sent ends where it is, which the server says by Alert 1225.
///
/// # Errors
///
/// The reason to end the session: the Status of something that cannot be sent any more is out, and says that it comes.
pub(super) fn bound(session: &mut ClientSession, most: u32) -> Result<(), String> {
    let before = session.state.peer_max_obj_size.replace(most);
    if before.is_some_and(|before| most >= before) {
        return Ok(());
    }
    let unsaid = mem::take(&mut session.state.unsaid);
    let refused = too_large(session, &unsaid, most as usize);
    let mut waiting: BTreeSet<Asked> = refused.clone();
    let mut kept = VecDeque::with_capacity(unsaid.len());
    for saying in unsaid {
        match saying {
            Saying::Status { msg_ref, answer } => {
                let answers = marked(msg_ref, answer, &refused, &mut waiting);
                kept.extend(answers.map(|answer| Saying::Status { msg_ref, answer }));
            }
            Saying::Results {
                msg_ref,
                cmd_ref,
                mut values,
            } => {
                values.retain(|value| !refused.contains(&(msg_ref, cmd_ref.clone(), value.item)));
                if !values.is_empty() {
                    kept.push_back(Saying::Results {
                        msg_ref,
                        cmd_ref,
                        values,
                    });
                }
            }
            Saying::Object(object) => {
                let is_refused = asked(object.saying()).any(|asked| refused.contains(&asked));
                let is_begun = object.is_begun();
                if object.size() > most as usize || (is_refused && !is_begun) {
                    alerts::drop(&mut session.state, &object);
                } else {
                    kept.push_back(Saying::Object(object));
                }
            }
            saying => kept.extend(allowed(session, saying)),
        }
    }
    session.state.unsaid = kept;
    match waiting.is_empty() {
        true => Ok(()),
        false => Err("the server does not take what it was told would come".to_owned()),
    }
}

/// The items whose values wait and are larger than that.
fn too_large(session: &ClientSession, unsaid: &VecDeque<Saying>, most: usize) -> BTreeSet<Asked> {
    let of = |saying: &Saying| -> Vec<Asked> {
        match saying {
            Saying::Object(object) if object.size() > most && !object.is_begun() => {
                asked(object.saying()).collect()
            }
            Saying::Results { values, .. } => asked(saying)
                .zip(values)
                .filter(|(_, value)| size_of(session, value) > most)
                .map(|(asked, _)| asked)
                .collect(),
            _ => Vec::new(),
        }
    };
    unsaid.iter().flat_map(of).collect()
}

/// By which item each value of Results was asked for.
fn asked(saying: &Saying) -> impl Iterator<Item = Asked> {
    let (msg_ref, cmd_ref, values) = match saying {
        Saying::Results {
            msg_ref,
            cmd_ref,
            values,
        } => (*msg_ref, cmd_ref.as_str(), values.as_slice()),
        _ => (0, "", Default::default()),
    };
    let asked = move |item| (msg_ref, cmd_ref.to_owned(), item);
    values.iter().map(move |value| asked(value.item))
}

/// A Status that waits, or those of its items where they do not fare alike; takes what they say of refused ones off those that wait for it.
fn marked(
    msg_ref: u32,
    answer: Answer,
    refused: &BTreeSet<Asked>,
    waiting: &mut BTreeSet<Asked>,
) -> impl Iterator<Item = Answer> + use<> {
    let first = answer.first_item;
    let count = u32::try_from(answer.items.len().max(1)).unwrap_or(u32::MAX);
    let mut codes: BTreeMap<u32, StatusCode> = BTreeMap::new();
    for item in first..first.saturating_add(count) {
        let asked = (msg_ref, answer.cmd_ref.clone(), item);
        if refused.contains(&asked) {
            waiting.remove(&asked);
            codes.insert(item, StatusCode::TOO_LARGE);
        }
    }
    let all_alike = codes.is_empty() || codes.len() == count as usize;
    if all_alike {
        let code = codes.into_values().next().unwrap_or(answer.code);
        return vec![Answer { code, ..answer }].into_iter();
    }
    let each = |(item, uri): (u32, &String)| Answer {
        target_ref: Some(uri.clone()),
        code: codes.get(&item).copied().unwrap_or(answer.code),
        items: vec![uri.clone()],
        first_item: item,
        ..answer.clone()
    };
    let each: Vec<Answer> = (first..).zip(&answer.items).map(each).collect();
    each.into_iter()
}

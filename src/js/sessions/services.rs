//! What servers of DM 2.0 asked to be done outside of sessions, as the tree keeps it.

use std::collections::BTreeMap;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::tree::Due;

use super::platform;
use super::tree::RawTree;
use crate::js::plain::{self, Out};
use crate::js::read::{Given, optional};
use crate::js::write::JsResult;

fn texts(out: &mut Out, members: &[(&'static str, &str)]) {
    for (name, value) in members {
        out.text(name, value);
    }
}

fn show(due: &Due) -> JsResult<JsValue> {
    plain::object(|out| {
        out.list("puts", &due.puts, |out, put| {
            out.object(|out| {
                let members = [
                    ("server", &*put.server),
                    ("uri", &put.uri),
                    ("url", &put.url),
                    ("contentType", put.content_type),
                ];
                texts(out, &members);
                out.octets("body", &put.body);
            });
        });
        out.maybe_number("next", due.next);
    })
}

/// A moment, if there is one.
#[allow(
    clippy::cast_precision_loss,
    reason = "a moment is a whole number that a double holds"
)]
fn at(moment: Option<u64>) -> JsValue {
    moment.map_or(JsValue::UNDEFINED, |moment| {
        JsValue::from_f64(moment as f64)
    })
}

/// The moment that the caller gives, or the platform's.
fn moment(options: Option<&Given>) -> JsResult<u64> {
    let given = options.map(|options| options.maybe("now", Given::moment));
    match given.transpose()?.flatten() {
        Some(now) => Ok(now),
        None => platform::now(),
    }
}

#[wasm_bindgen]
impl RawTree {
    /// What is to be sent because it has changed, and when to ask again.
    pub fn due(&mut self, options: JsValue) -> JsResult<JsValue> {
        let options = optional(options, "options")?;
        let options = options.as_ref();
        if let Some(options) = options {
            options.only(&["now", "epoch", "granted"])?;
        }
        let now = moment(options)?;
        let epoch = options.map(|options| options.maybe("epoch", Given::moment));
        let granted = options.map(|options| options.get("granted"));
        let granted = granted.transpose()?.flatten();
        let granted = granted.map(|granted| granted.entries()).transpose()?;
        let granted: BTreeMap<String, Vec<String>> = granted
            .unwrap_or_default()
            .into_iter()
            .map(|(server, moids)| Ok((server, moids.strings()?)))
            .collect::<JsResult<_>>()?;
        let due = self.tree.due(now, epoch.transpose()?.flatten(), |server| {
            granted.get(server).map(Vec::as_slice)
        });
        show(&due)
    }

    /// What came of sending it; out comes when to ask again.
    pub fn told(&mut self, server: JsValue, uri: JsValue, answer: JsValue) -> JsResult<JsValue> {
        let server = Given::new(server, "serverId")?.string()?;
        let uri = Given::new(uri, "uri")?.string()?;
        let answer = optional(answer, "answer")?;
        let answer = answer.as_ref();
        if let Some(answer) = answer {
            answer.only(&["status", "accept", "now"])?;
        }
        let status = answer.map(|answer| answer.maybe("status", Given::short));
        let accept = answer.map(|answer| answer.maybe("accept", Given::string));
        let accept = accept.transpose()?.flatten();
        let status = status.transpose()?.flatten();
        let now = moment(answer)?;
        let next = self
            .tree
            .told(&server, &uri, status, accept.as_deref(), now);
        Ok(at(next))
    }

    /// The subscriptions.
    pub fn subscriptions(&self) -> JsResult<JsValue> {
        plain::show(|out| {
            out.array(self.tree.subscriptions().iter(), |out, one| {
                let members = [
                    ("server", &*one.server),
                    ("uri", &one.uri),
                    ("url", &one.url),
                ];
                out.object(|out| texts(out, &members));
            });
        })
    }

    /// Where data of an object is to be fetched.
    #[wasm_bindgen(js_name = defaultSource)]
    pub fn default_source(&self, moid: JsValue) -> JsResult<JsValue> {
        let moid = Given::new(moid, "moid")?.string()?;
        let Some(source) = self.tree.default_source(&moid) else {
            return Ok(JsValue::UNDEFINED);
        };
        plain::object(|out| texts(out, &[("server", &source.server), ("url", &source.url)]))
    }
}

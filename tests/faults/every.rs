//! Every fault at every place of every flow.

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use omadm::Encoding;

use super::fault::{Fault, Kind, is_every_one};
use super::flow::{Flow, Side};
use super::flows::flows;
use super::objects;
use super::play::{Case, Report, play};
use super::witness::decode;

/// Bits that are flipped in each message.
const BITS: u64 = 2;

impl Case<'_> {
    pub(crate) fn label(&self) -> String {
        let faults: Vec<String> = self
            .faults
            .iter()
            .map(|fault| format!("{:?} at {}", fault.kind, fault.at))
            .collect();
        format!(
            "{}/{:?}/{}/seed {}",
            self.flow.name,
            self.encoding,
            faults.join(" and "),
            self.seed
        )
    }

    /// The run, or what failed in it.
    pub(crate) fn try_play(&self) -> Result<Report, String> {
        catch_unwind(AssertUnwindSafe(|| play(self))).map_err(|payload| {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            format!("{}: {}", self.label(), text.unwrap_or("a panic"))
        })
    }
}

pub(crate) fn clean<'f>(flow: &'f Flow, encoding: Encoding) -> Case<'f> {
    Case {
        flow,
        encoding,
        rests: true,
        seed: 1,
        faults: Vec::new(),
        is_thorough: true,
    }
}

/// Whether nothing may come of it. Nobody sends the last message of a device that ends the session once more.
pub(crate) fn is_mended(flow: &Flow, fault: Fault) -> bool {
    let is_last = matches!(flow.abort, Some((_, Side::Device))) && fault.at >= flow.messages;
    fault.kind.is_mended() && !is_last
}

/// How two reports differ in what matters to the hosts.
pub(crate) fn differ(report: &Report, other: &Report) -> Option<&'static str> {
    if report.told != other.told || report.server != other.server {
        return Some("the server's host learns something else");
    }
    if report.device != other.device {
        return Some("the device's host learns something else");
    }
    if report.objects != other.objects {
        return Some("another object is told to its end, or one twice");
    }
    if report.effects != other.effects {
        return Some("something else is done");
    }
    None
}

#[test]
fn every_flow_is_what_it_is_called() {
    for flow in flows() {
        let report = play(&clean(&flow, Encoding::Xml));
        assert_eq!(report.told, flow.told, "{}", flow.name);
        assert_eq!(report.messages, flow.messages, "{}", flow.name);
        assert_eq!(report.objects, flow.objects, "{}", flow.name);
        // The last chunk of an object has the Status of its command.
        let messages = report.said.iter().filter_map(|said| decode(&said.1));
        let chunks = messages.filter(|message| objects::chunk(message).is_some());
        assert_eq!(report.kept, chunks.count(), "{}", flow.name);
        let mut said = BTreeMap::from([(Encoding::Xml.media_type(), report.said.clone())]);
        for (encoding, rests) in [
            (Encoding::Xml, false),
            (Encoding::Wbxml, true),
            (Encoding::Wbxml, false),
        ] {
            let other = play(&Case {
                rests,
                ..clean(&flow, encoding)
            });
            assert_eq!(differ(&other, &report), None, "{} {rests}", flow.name);
            // When a node changes depends on how many messages go ahead of that.
            let is_alike = encoding == Encoding::Xml || !flow.is_tight();
            assert!(!is_alike || other.tree == report.tree, "{}", flow.name);
            let known = said.entry(encoding.media_type());
            let known = known.or_insert_with(|| other.said.clone());
            assert!(*known == other.said, "{}: at rest or not", flow.name);
        }
    }
}

/// How many of the faults that mean the same in both encodings are tried in WBXML too, and of those that are mended with a session behind
/// them.
const ALSO: usize = 4;

/// One fault, in both encodings; what failed.
fn strike(flow: &Flow, (number, kind): (usize, Kind), cleans: &[Report; 2]) -> Vec<String> {
    let only = env::var("OMADM_FAULT").ok();
    let most = match kind.is_of_ticket() {
        true => cleans[0].tickets,
        false => cleans[0].messages + 1,
    };
    let mut failed = Vec::new();
    for at in 1..=most {
        let mut first: Option<Report> = None;
        for (encoding, clean) in [Encoding::Xml, Encoding::Wbxml].into_iter().zip(cleans) {
            let is_also = is_every_one() || (number + at).is_multiple_of(ALSO);
            if encoding == Encoding::Wbxml && kind.is_the_same_in_both() && !is_also {
                continue;
            }
            let case = Case {
                is_thorough: is_also || !kind.is_mended(),
                faults: vec![Fault { kind, at }],
                ..self::clean(flow, encoding)
            };
            if only
                .as_ref()
                .is_some_and(|only| !case.label().contains(only))
            {
                continue;
            }
            let report = match case.try_play() {
                Ok(report) => report,
                Err(problem) => {
                    failed.push(problem);
                    continue;
                }
            };
            if is_mended(flow, Fault { kind, at })
                && let Some(problem) = differ(&report, clean)
            {
                failed.push(format!("{}: {problem}", case.label()));
            }
            // How much fits, and so which message is which, depends on the encoding.
            let is_same = kind.is_the_same_in_both() && !flow.is_tight();
            if let Some(first) = first.filter(|_| is_same)
                && let Some(problem) = differ(&report, &first)
            {
                failed.push(format!("{}: in XML {problem}", case.label()));
            }
            first = Some(report);
        }
    }
    failed
}

/// Every fault at every place of every fourth flow from this one on.
fn every(first: usize) {
    let mut failed = Vec::new();
    for flow in flows().iter().skip(first).step_by(4) {
        let cleans = [Encoding::Xml, Encoding::Wbxml].map(|encoding| play(&clean(flow, encoding)));
        let all = Kind::all(BITS).into_iter().filter(|kind| kind.is_in(flow));
        for kind in all.enumerate() {
            failed.extend(strike(flow, kind, &cleans));
        }
    }
    let count = failed.len();
    failed.truncate(40);
    assert!(count == 0, "{count} failed:\n{}", failed.join("\n"));
}

#[test]
fn every_fault_at_every_place_of_each_fourth_flow_from_the_1st() {
    every(0);
}

#[test]
fn every_fault_at_every_place_of_each_fourth_flow_from_the_2nd() {
    every(1);
}

#[test]
fn every_fault_at_every_place_of_each_fourth_flow_from_the_3rd() {
    every(2);
}

#[test]
fn every_fault_at_every_place_of_each_fourth_flow_from_the_4th() {
    every(3);
}

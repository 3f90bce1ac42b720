//! DM 2.0: every fault at every place of every flow.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use omadm::ClientEvent;
use omadm::dm2::Dialect;

use super::dice::Dice;
use super::dm2_fault::{Fault, Kind};
use super::dm2_flow::{Flow, flows};
use super::dm2_play::{Case, Report, play};
use super::flow::Side;

/// Bits that are flipped in each package.
const BITS: u64 = 2;
/// Failures that are looked for.
const SHOWN: usize = 20;

impl Case<'_> {
    fn label(&self) -> String {
        let faults = self.faults.iter();
        let faults: Vec<String> = faults
            .map(|fault| format!("{:?} at {}", fault.kind, fault.at))
            .collect();
        let Flow { name, dialect, .. } = self.flow;
        format!(
            "{name}/{dialect:?}/{}/seed {}",
            faults.join(" and "),
            self.seed
        )
    }

    /// The run, or what failed in it.
    fn try_play(&self) -> Result<Report, String> {
        catch_unwind(AssertUnwindSafe(|| play(self))).map_err(|payload| {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            format!("{}: {}", self.label(), text.unwrap_or("a panic"))
        })
    }
}

pub(crate) fn clean(flow: &Flow) -> Case<'_> {
    Case {
        flow,
        rests: true,
        seed: 1,
        faults: Vec::new(),
    }
}

#[test]
fn s1_to_s9_of_dm2_with_both_sides() {
    for flow in flows() {
        let report = play(&clean(&flow));
        let label = format!("{} {:?}", flow.name, flow.dialect);
        assert_eq!(report.told, flow.told, "{label}");
        assert_eq!(report.packages, flow.packages, "{label}");
        let is_finished = report.heard.last() == Some(&ClientEvent::Finished);
        assert_eq!(is_finished, flow.aborts_at.is_none(), "{label}");
        if flow.name.starts_with("S7") {
            let urls = report.urls.iter().map(|(at, url)| (*at, &**url));
            let urls: Vec<_> = urls.collect();
            let (own, other) = ("https://dm2.example.org/dm", "https://dm2.example.org/s/9a");
            assert_eq!(urls, [(1, own), (2, other), (3, other)], "D47");
        }
        if flow.name.starts_with("what stays") {
            let [one] = report.tree.subscriptions() else {
                panic!("{:?}", report.tree.subscriptions());
            };
            assert_eq!(one.url, "https://repo.example.org/chg");
            let source = report.tree.default_source("urn:oma:mo:ext-acme-pump:1.0");
            assert_eq!(source.unwrap().url, "https://repo.example.org/def");
        }
        let awake = play(&Case {
            rests: false,
            ..clean(&flow)
        });
        assert!(awake == report, "{label}: at rest or not");
    }
}

/// What a device that aborts has done by then is told, and nothing of it is unknown.
fn is_told_by_abort(report: &Report, clean: &Report) -> bool {
    let mut told = report.told.clone();
    told.retain(|line| line != "aborted Device");
    clean.told.starts_with(&told)
}

fn failed(case: &Case<'_>, clean: &Report) -> Option<String> {
    let report = match case.try_play() {
        Ok(report) => report,
        Err(problem) => return Some(problem),
    };
    if report.struck < case.faults.len() {
        return Some(format!("{}: nothing goes wrong", case.label()));
    }
    let kind = case.faults.first().map(|fault| fault.kind);
    let aborts = kind == Some(Kind::Abort(Side::Device)) && case.flow.dialect == Dialect::Draft;
    if aborts && !is_told_by_abort(&report, clean) {
        return Some(format!("{}: {:?} is told", case.label(), report.told));
    }
    let mended = |fault: &Fault| fault.kind.is_mended(case.flow, fault.at, clean.packages);
    let is_mended = case.faults.iter().all(mended);
    let differs = if report.told != clean.told {
        format!("the server's host learns {:?}", report.told)
    } else if report.heard != clean.heard {
        format!("the device's host learns {:?}", report.heard)
    } else if report.urls != clean.urls {
        format!("packages go to {:?}", report.urls)
    } else if report.done != clean.done || report.tree != clean.tree {
        format!("something else is done: {:?}", report.done)
    } else {
        return None;
    };
    is_mended.then(|| format!("{}: {differs}", case.label()))
}

#[test]
fn every_fault_at_every_place_of_dm2() {
    let only = env::var("OMADM_FAULT").ok();
    let (mut problems, mut tried) = (Vec::new(), 0);
    for flow in flows() {
        let clean_run = play(&clean(&flow));
        for kind in Kind::all(BITS)
            .into_iter()
            .filter(|kind| kind.is_in(flow.dialect))
        {
            for at in kind.places(&flow, clean_run.packages, clean_run.tickets) {
                let case = Case {
                    faults: vec![Fault { kind, at }],
                    ..clean(&flow)
                };
                let is_wanted = only.as_ref().is_none_or(|only| case.label().contains(only));
                if is_wanted && problems.len() < SHOWN {
                    problems.extend(failed(&case, &clean_run));
                    tried += 1;
                }
            }
        }
    }
    let count = problems.len();
    assert!(
        count == 0,
        "{count} of {tried} failed:\n{}",
        problems.join("\n")
    );
}

#[test]
fn two_faults_of_dm2_that_a_number_decides() {
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok());
    let (cases, seed): (u64, u64) = (
        number("OMADM_CASES").unwrap_or(200),
        number("OMADM_SEED").unwrap_or(1),
    );
    let flows = flows();
    let cleans: Vec<Report> = flows.iter().map(|flow| play(&clean(flow))).collect();
    let mut problems = Vec::new();
    for seed in seed..seed + cases {
        let mut dice = Dice::of(seed);
        let place = dice.below(flows.len());
        let (flow, clean_run) = (&flows[place], &cleans[place]);
        let kinds: Vec<Kind> = Kind::all(BITS)
            .into_iter()
            .filter(|kind| kind.is_in(flow.dialect))
            .collect();
        let mut fault = || loop {
            let kind = kinds[dice.below(kinds.len())];
            let places = kind.places(flow, clean_run.packages, clean_run.tickets);
            if !places.is_empty() {
                let at = places[dice.below(places.len())];
                return Fault { kind, at };
            }
        };
        let faults = vec![fault(), fault()];
        let case = Case {
            seed,
            faults,
            ..clean(flow)
        };
        match case.try_play() {
            // The one that comes first does.
            Ok(report) if report.struck == 0 => problems.push(case.label()),
            played => problems.extend(played.err()),
        }
    }
    let count = problems.len();
    problems.truncate(SHOWN);
    assert!(
        count == 0,
        "{count} of {cases} failed:\n{}",
        problems.join("\n")
    );
}

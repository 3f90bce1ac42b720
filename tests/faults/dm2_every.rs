//! DM 2.0: every fault at every place of every flow.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::dice::Dice;
use super::dm2_flow::{Flow, flows};
use super::dm2_play::{Case, Fault, Kind, Report, play};

/// Bits that are flipped in each package.
const BITS: u64 = 2;

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

fn clean(flow: &Flow) -> Case<'_> {
    Case {
        flow,
        rests: true,
        seed: 1,
        faults: Vec::new(),
    }
}

#[test]
fn s1_s2_s3_s5_s6_s7_s9_of_dm2_with_both_sides() {
    for flow in flows() {
        let report = play(&clean(&flow));
        let label = format!("{} {:?}", flow.name, flow.dialect);
        assert_eq!(report.told, flow.told, "{label}");
        assert_eq!(report.packages, flow.packages, "{label}");
        assert_eq!(report.heard.last(), Some(&omadm::ClientEvent::Finished));
        let awake = play(&Case {
            rests: false,
            ..clean(&flow)
        });
        assert!(awake == report, "{label}: at rest or not");
    }
}

fn failed(case: &Case<'_>, clean: &Report) -> Option<String> {
    let report = match case.try_play() {
        Ok(report) => report,
        Err(problem) => return Some(problem),
    };
    let dialect = case.flow.dialect;
    let is_mended = case
        .faults
        .iter()
        .all(|fault| fault.kind.is_mended(dialect));
    let differs = if report.told != clean.told {
        format!("the server's host learns {:?}", report.told)
    } else if report.heard != clean.heard {
        format!("the device's host learns {:?}", report.heard)
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
    let (mut problems, mut struck) = (Vec::new(), 0);
    for flow in flows() {
        let clean_run = play(&clean(&flow));
        for kind in Kind::all(BITS)
            .into_iter()
            .filter(|kind| kind.is_in(flow.dialect))
        {
            let most = if kind.is_of_ticket() {
                clean_run.tickets
            } else {
                clean_run.packages
            };
            for at in 1..=most {
                let case = Case {
                    faults: vec![Fault { kind, at }],
                    ..clean(&flow)
                };
                if only.as_ref().is_none_or(|only| case.label().contains(only)) {
                    problems.extend(failed(&case, &clean_run));
                    struck += 1;
                }
            }
        }
    }
    let count = problems.len();
    problems.truncate(40);
    assert!(
        count == 0,
        "{count} of {struck} failed:\n{}",
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
        let mut fault = || {
            let kind = kinds[dice.below(kinds.len())];
            let most = if kind.is_of_ticket() {
                clean_run.tickets
            } else {
                clean_run.packages
            };
            Fault {
                kind,
                at: 1 + dice.below(most),
            }
        };
        let faults = vec![fault(), fault()];
        let case = Case {
            seed,
            faults,
            ..clean(flow)
        };
        problems.extend(case.try_play().err());
    }
    let count = problems.len();
    problems.truncate(20);
    assert!(
        count == 0,
        "{count} of {cases} failed:\n{}",
        problems.join("\n")
    );
}

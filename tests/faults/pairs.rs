//! Two faults at once, at random; `make soak` asks for many.

use std::collections::BTreeMap;
use std::env;
use std::io::Write as _;

use omadm::Encoding;

use super::dice::Dice;
use super::every::{clean, differ, is_mended};
use super::fault::{Fault, Kind};
use super::flows::flows;
use super::play::{Case, Report, play};

fn number(name: &str, otherwise: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => otherwise,
    }
}

/// `OMADM_CASES` of them, of the seed `OMADM_SEED`, from the number `OMADM_FIRST` on.
#[test]
fn two_faults_at_random() {
    let seed = number("OMADM_SEED", 1);
    let (first, count) = (number("OMADM_FIRST", 0), number("OMADM_CASES", 250));
    let flows = flows();
    let mut cleans: BTreeMap<(usize, bool), Report> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut struck = [0; 3];
    for case in first..first + count {
        let mut dice = Dice::of(seed ^ case.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let which = dice.below(flows.len());
        let flow = &flows[which];
        let is_wbxml = dice.below(2) == 1;
        let encoding = [Encoding::Xml, Encoding::Wbxml][usize::from(is_wbxml)];
        let clean_one = clean(flow, encoding);
        let without = cleans
            .entry((which, is_wbxml))
            .or_insert_with(|| play(&clean_one));
        let bit = dice.next();
        let kinds: Vec<Kind> = Kind::all(1)
            .into_iter()
            .map(|kind| kind.at_bit(bit))
            .collect();
        let faults: Vec<Fault> = (0..2)
            .map(|_| {
                let kind = kinds[dice.below(kinds.len())];
                let most = match kind.is_of_ticket() {
                    true => without.tickets,
                    false => without.messages + 1,
                };
                let at = 1 + dice.below(most);
                Fault { kind, at }
            })
            .collect();
        let is_mended = faults.iter().all(|fault| is_mended(flow, *fault));
        let case_of_two = Case {
            faults,
            rests: dice.below(2) == 1,
            // What is said the first time does not depend on it.
            ..clean_one
        };
        let problem = match case_of_two.try_play() {
            Ok(report) => {
                struck[report.struck] += 1;
                let problem = differ(&report, without).filter(|_| is_mended);
                problem.map(|problem| format!("{}: {problem}", case_of_two.label()))
            }
            Err(problem) => Some(problem),
        };
        failed.extend(problem.map(|problem| {
            format!("OMADM_SEED={seed} OMADM_FIRST={case} OMADM_CASES=1: {problem}")
        }));
    }
    let all = failed.len();
    failed.truncate(20);
    assert!(all == 0, "{all} failed:\n{}", failed.join("\n"));
    writeln!(
        std::io::stderr(),
        "seed {seed}: {count} runs with two faults, of which both struck in {}, one in {}, none in {}",
        struck[2],
        struck[1],
        struck[0]
    )
    .unwrap();
}

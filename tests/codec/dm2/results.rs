//! Which result is of which command.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{Command, Dialect, Outcome, Package, distribute, fold};
use omadm::{Code, Fault, StatusCode};

use super::decode;
use super::vectors::text;

fn commands(name: &str) -> Vec<Command> {
    let (Package::Request(request), _) = decode(text(name)).unwrap() else {
        panic!()
    };
    request.commands
}

/// The codes of each command, and whether there were too few.
fn spread(name: &str, dialect: Dialect, codes: &[u16], aborted: bool) -> (Vec<Vec<u16>>, bool) {
    let results = codes
        .iter()
        .map(|code| Outcome::of(StatusCode(*code)))
        .collect();
    let found = distribute(&commands(name), results, dialect, aborted).unwrap();
    let codes = |results: &[Outcome]| results.iter().map(|result| result.code.0).collect();
    (
        found
            .commands
            .iter()
            .map(|command| codes(&command.results))
            .collect(),
        found.mismatch,
    )
}

#[test]
fn j16_results_are_counted() {
    use Dialect::{Approved, Draft};
    // Two places and one: as many as places, as many as commands.
    assert_eq!(
        spread("V_D04", Draft, &[200, 404, 204], false),
        (vec![vec![200, 404], vec![204]], false)
    );
    assert_eq!(
        spread("V_D04", Draft, &[200, 204], false),
        (vec![vec![200], vec![204]], false)
    );
    // Fewer than either: what is missing is never taken for done, and neither is what may be of another.
    assert_eq!(
        spread("V_D04", Draft, &[200], false),
        (vec![vec![], vec![]], true)
    );
    assert_eq!(
        spread("V_D04", Draft, &[], false),
        (vec![vec![], vec![]], true)
    );
    assert_eq!(
        spread("S3_2", Draft, &[404, 405, 215, 404], false),
        (vec![vec![404], vec![405], vec![], vec![], vec![]], true)
    );
    assert_eq!(
        spread("V_D10", Draft, &[400, 501], false),
        (vec![vec![400], vec![501], vec![]], true)
    );
    // A device that stops says what it has done.
    assert_eq!(
        spread("V_D04", Draft, &[200, 200], true),
        (vec![vec![200, 200], vec![]], false)
    );
    assert_eq!(
        spread("S3_2", Draft, &[404, 405, 215, 404, 501, 400], false)
            .0
            .concat(),
        [404, 405, 215, 404, 501, 400]
    );
    assert_eq!(
        spread("S7_1", Approved, &[502, 405, 400, 404, 200], false)
            .0
            .concat(),
        [502, 405, 400, 404, 200]
    );
    assert_eq!(
        spread("S7_1", Approved, &[502, 405], false),
        (vec![vec![502], vec![405], vec![], vec![], vec![]], true)
    );
    for (name, dialect, count) in [("V_D04", Draft, 4), ("V_A03", Approved, 13)] {
        let results = vec![Outcome::of(StatusCode::OK); count];
        let error = distribute(&commands(name), results, dialect, false).unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (Code::Schema, Fault::Peer),
            "{name}"
        );
    }
}

#[test]
fn more_places_than_commands_but_not_all() {
    let hput = |count: usize| Command::Hput {
        from: vec!["a//".into(); count],
        to: "https://a".into(),
    };
    let results = vec![Outcome::of(StatusCode::OK); 4];
    let found = distribute(&[hput(2), hput(3)], results, Dialect::Draft, false).unwrap();
    let counts: Vec<_> = found
        .commands
        .iter()
        .map(|command| (command.results.len(), command.expected))
        .collect();
    assert_eq!((counts, found.mismatch), (vec![(2, 2), (2, 3)], true));
}

#[test]
fn places_fold_into_one_result() {
    let folded = |codes: &[u16]| {
        let places = codes.iter().map(|code| Outcome {
            created: vec!["x".into()],
            ..Outcome::of(StatusCode(*code))
        });
        fold(places.collect()).map(|outcome| (outcome.code.0, outcome.created.len()))
    };
    assert_eq!(folded(&[]), None);
    assert_eq!(folded(&[200, 200]), Some((200, 2)));
    assert_eq!(folded(&[304, 304]), Some((304, 2)));
    assert_eq!(folded(&[204]), Some((204, 1)));
    assert_eq!(folded(&[304, 200, 204]), Some((200, 3)));
    assert_eq!(folded(&[215, 404, 403]), Some((404, 3)));
    assert_eq!(folded(&[200, 215]), Some((215, 2)));
}

//! What servers ask to be done outside of sessions: data that is sent when it changes, sources for what is missing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::tree::{Access, DuePut, HostValues, Owner, Removal, Requester};
use omadm::{Limits, Tree};

use crate::client_uri::{D, M, object};
use crate::desk::leaf;
use crate::mo::{device, whole};

const REPO: &str = "https://repo.example.org/chg/7";
const JSON: &str = "application/vnd.oma.dm.mo+json";
const TNDS: &str = "application/vnd.syncml.dmtnds+xml";

fn of<'a>(tree: &Tree, server: &'a str, objects: Option<&'a [String]>) -> Access<'a> {
    Access::of(tree, requester(server, Dialect::Approved, objects))
}

fn requester<'a>(
    server: &'a str,
    dialect: Dialect,
    objects: Option<&'a [String]>,
) -> Requester<'a> {
    Requester {
        server,
        dialect,
        objects,
        epoch: Some(1),
        now: None,
    }
}

fn subscribe(tree: &mut Tree, server: &str, uri: &str) -> u16 {
    let done = of(tree, server, None).subscribe(tree, REPO, &whole(uri), &HostValues::new());
    match done {
        Ok(None) => 200,
        Ok(Some(call)) => panic!("{call:?}"),
        Err(status) => status.0,
    }
}

fn due(tree: &mut Tree, now: u64) -> (Vec<DuePut>, Option<u64>) {
    let due = tree.due(now, Some(1), |_| None);
    (due.puts, due.next)
}

fn told(tree: &mut Tree, status: Option<u16>, now: u64) -> Option<u64> {
    tree.told("one", &whole("M/north/Run/"), status, None, now)
}

fn watched() -> Tree {
    let mut tree = device();
    assert_eq!(subscribe(&mut tree, "one", "M/north/Run/"), 200);
    tree
}

fn state(tree: &mut Tree, state: &str) {
    tree.set("./Pump/north/Run/1/State", leaf(state)).unwrap();
}

#[test]
fn d49_changes_within_a_second_are_told_at_once() {
    let mut tree = watched();
    assert_eq!(due(&mut tree, 0), (vec![], None));
    state(&mut tree, "a");
    assert_eq!(due(&mut tree, 10), (vec![], Some(1_010)));
    state(&mut tree, "b");
    assert_eq!(due(&mut tree, 1_009), (vec![], Some(1_010)));
    let (puts, next) = due(&mut tree, 1_010);
    let [put] = puts.as_slice() else {
        panic!("{puts:?}")
    };
    assert_eq!(
        (&*put.server, &*put.url, put.content_type),
        ("one", REPO, JSON)
    );
    assert_eq!(put.uri, whole("M/north/Run/"));
    let body = String::from_utf8(put.body.clone()).unwrap().replace(M, "M");
    assert_eq!(
        body,
        r#"[{"ClientURI":"M/north/Run/","MOData":{"Run":{"1":{"Hours":12,"State":"b"},"2":{"Hours":7,"State":"hot"}}}}]"#
    );
    // It is sent once.
    assert_eq!(next, Some(61_010));
    assert_eq!(due(&mut tree, 2_000).0, []);
    assert_eq!(told(&mut tree, Some(204), 2_100), None);
    assert_eq!(due(&mut tree, 99_999), (vec![], None));
    // Elsewhere nothing is of interest.
    tree.set("./Pump/north/Mode", leaf("x")).unwrap();
    tree.set("./Pump/south/Run/1/State", leaf("x")).unwrap();
    assert_eq!(due(&mut tree, 100_000), (vec![], None));
}

#[test]
fn what_changes_while_it_is_sent_is_sent_again() {
    let mut tree = watched();
    state(&mut tree, "a");
    due(&mut tree, 0);
    assert_eq!(due(&mut tree, 1_000).0.len(), 1);
    // Back to what the server was told before this.
    state(&mut tree, "ok");
    assert_eq!(due(&mut tree, 1_500).0, []);
    assert_eq!(told(&mut tree, Some(200), 1_600), Some(1_600));
    assert_eq!(due(&mut tree, 1_700), (vec![], Some(2_700)));
    assert_eq!(due(&mut tree, 2_700).0.len(), 1);
}

#[test]
fn d49_three_failures_drop_the_change_and_keep_the_subscription() {
    let mut tree = watched();
    state(&mut tree, "a");
    due(&mut tree, 0);
    let mut now = 1_000;
    for (status, pause) in [
        (Some(500), Some(2_000)),
        (None, Some(8_000)),
        (Some(404), None),
    ] {
        assert_eq!(due(&mut tree, now).0.len(), 1, "{now}");
        let next = told(&mut tree, status, now);
        assert_eq!(next, pause.map(|pause| now + pause));
        assert_eq!(due(&mut tree, now), (vec![], next));
        now = next.unwrap_or(now);
    }
    assert_eq!(due(&mut tree, now + 100_000), (vec![], None));
    assert_eq!(tree.subscriptions().len(), 1);
    state(&mut tree, "b");
    due(&mut tree, 200_000);
    assert_eq!(due(&mut tree, 201_000).0.len(), 1);
    // A host that says nothing has failed, too.
    assert_eq!(due(&mut tree, 261_000), (vec![], Some(263_000)));
    assert_eq!(due(&mut tree, 263_000).0.len(), 1);
}

#[test]
fn another_format_is_taken_where_the_repository_asks_for_it() {
    for (accept, content_type) in [(Some(TNDS), TNDS), (Some("text/html"), JSON), (None, JSON)] {
        let mut tree = watched();
        state(&mut tree, "a");
        due(&mut tree, 0);
        due(&mut tree, 1_000);
        let next = tree.told("one", &whole("M/north/Run/"), Some(415), accept, 1_000);
        let is_at_once = content_type == TNDS;
        assert_eq!(next, Some(if is_at_once { 1_000 } else { 3_000 }));
        let puts = due(&mut tree, next.unwrap()).0;
        assert_eq!(puts[0].content_type, content_type, "{accept:?}");
        let is_markup = puts[0].body.starts_with(b"<");
        assert_eq!(is_markup, content_type == TNDS);
    }
}

#[test]
fn subscriptions_end_with_unsub_with_the_instance_and_with_the_account() {
    let mut tree = device();
    for (server, uri, status) in [
        ("one", "M/north/", 200),
        ("one", "M/north/", 200),
        ("one", "M/*/Mode", 200),
        ("two", "M/north/Mode", 200),
        ("two", "M/south/Mode", 200),
        ("two", "M/west/", 404),
        ("two", "M//", 400),
        ("two", "M/north/?cv=1", 400),
    ] {
        assert_eq!(subscribe(&mut tree, server, uri), status, "{uri}");
    }
    assert_eq!(tree.subscriptions().len(), 4);
    let unsubscribe =
        |tree: &mut Tree, uri: &str| of(tree, "one", None).unsubscribe(tree, &whole(uri));
    // Only as it was spelt, and one's own.
    assert!(unsubscribe(&mut tree, "M/north").is_err());
    assert!(unsubscribe(&mut tree, "M/south/Mode").is_err());
    assert!(unsubscribe(&mut tree, "M/*/Mode").is_ok());
    let gone = of(&tree, "one", None).delete(&mut tree, &whole("M/north/"), &HostValues::new());
    assert!(matches!(gone, Ok(Removal::Done(_))));
    let left: Vec<&str> = tree
        .subscriptions()
        .iter()
        .map(|one| &*one.server)
        .collect();
    assert_eq!(left, ["two"]);
    tree.forget_server("two");
    assert!(tree.subscriptions().is_empty());
}

#[test]
fn an_instance_that_was_named_is_meant_for_good() {
    for (is_other_gone, told) in [(true, Some("M/south/Mode")), (false, None)] {
        let mut tree = device();
        let draft = |tree: &Tree| Access::of(tree, requester("one", Dialect::Draft, None));
        let uri = whole("M/south/Mode");
        let done = draft(&tree).subscribe(&mut tree, REPO, &uri, &HostValues::new());
        assert_eq!(done, Ok(None));
        let gone = whole(if is_other_gone {
            "M/north/"
        } else {
            "M/south/"
        });
        let gone = draft(&tree).delete(&mut tree, &gone, &HostValues::new());
        assert!(matches!(gone, Ok(Removal::Done(_))), "{gone:?}");
        assert_eq!(tree.subscriptions().len(), usize::from(is_other_gone));
        let left = if is_other_gone { "south" } else { "north" };
        tree.set(&format!("./Pump/{left}/Mode"), leaf("changed"))
            .unwrap();
        // What would be there by that address, now that there is but one instance.
        tree.set(&format!("./Pump/{left}/south/Mode"), leaf("another"))
            .unwrap();
        assert!(due(&mut tree, 0).0.is_empty());
        let puts = due(&mut tree, 1_000).0;
        assert_eq!(puts.first().map(|put| put.uri.clone()), told.map(whole));
        if let Some(put) = puts.first() {
            let body = String::from_utf8(put.body.clone()).unwrap();
            assert!(
                body.contains("changed") && !body.contains("another"),
                "{body}"
            );
        }
    }
}

#[test]
fn what_changes_during_the_last_try_is_told_although_that_one_failed() {
    let mut tree = watched();
    state(&mut tree, "a");
    let mut now = 0;
    let mut tries = 0;
    while tries < 3 {
        let (puts, next) = due(&mut tree, now);
        tries += puts.len();
        now = next.unwrap();
    }
    // Nobody says what came of it.
    state(&mut tree, "b");
    assert_eq!(due(&mut tree, now), (vec![], Some(now + 1_000)));
    assert_eq!(due(&mut tree, now + 1_000).0.len(), 1);
}

#[test]
fn who_may_not_read_any_more_is_told_nothing() {
    let mut tree = watched();
    let granted = [D.to_owned()];
    state(&mut tree, "a");
    assert_eq!(tree.due(0, None, |_| Some(&granted[..])).next, None);
    tree.set("./DACMO/x", object("urn:oma:mo:oma-dm-dacmo:1.0"))
        .unwrap();
    assert_eq!(due(&mut tree, 1), (vec![], None));
    assert_eq!(subscribe(&mut tree, "one", "M/north/"), 403);
}

#[test]
fn values_of_the_host_count_as_the_tree_was_told_them() {
    let mut tree = device();
    let mode = |value| leaf(value).owned_by(Owner::Host);
    tree.set("./Pump/north/Mode", mode("a")).unwrap();
    assert_eq!(subscribe(&mut tree, "one", "M/north/Mode"), 200);
    tree.set("./Pump/north/Mode", mode("b")).unwrap();
    due(&mut tree, 0);
    let body = due(&mut tree, 1_000).0.remove(0).body;
    assert!(String::from_utf8(body).unwrap().contains(r#"{"Mode":"b"}"#));
}

#[test]
fn d48_there_is_one_source_for_an_object() {
    let mut tree = device();
    let fan = "urn:oma:mo:ext-acme-fan:1.0";
    let bare = fan.strip_prefix("urn:").unwrap();
    for (server, url) in [("one", "https://a.example/"), ("two", "https://b.example/")] {
        let set = of(&tree, server, None).set_default(&mut tree, url, fan);
        assert_eq!(set, Ok(()));
        let source = tree.default_source(bare).unwrap();
        assert_eq!((&*source.server, &*source.url), (server, url));
    }
    let granted = [M.to_owned()];
    let refused = of(&tree, "one", Some(&granted)).set_default(&mut tree, REPO, fan);
    assert_eq!(refused.unwrap_err().0, 403);
    tree.forget_server("two");
    assert_eq!(tree.default_source(fan), None);
}

#[test]
fn all_of_it_is_saved_with_the_tree() {
    let mut tree = device();
    let full = tree.save().unwrap();
    let base = tree.revision();
    subscribe(&mut tree, "one", "M/north/Run/");
    let fan = "urn:oma:mo:ext-acme-fan:1.0";
    of(&tree, "one", None)
        .set_default(&mut tree, REPO, fan)
        .unwrap();
    state(&mut tree, "a");
    due(&mut tree, 0);
    let delta = tree.save_since(base).unwrap().unwrap();
    let later = tree.revision();
    let whole = Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
    let patched = Tree::restore(&full, &[&delta], &Limits::DEFAULT).unwrap();
    let (first, _) = due(&mut tree, 1_000);
    assert_eq!(first.len(), 1);
    for mut restored in [whole, patched] {
        assert_eq!(restored.default_source(fan), tree.default_source(fan));
        assert_eq!(due(&mut restored, 999), (vec![], Some(1_000)));
        let (puts, _) = due(&mut restored, 1_000);
        assert_eq!(puts[0].body, first[0].body);
    }
    // What is under way is saved, too.
    let sending = tree.save_since(later).unwrap().unwrap();
    let mut restored = Tree::restore(&full, &[&delta, &sending], &Limits::DEFAULT).unwrap();
    assert_eq!(due(&mut restored, 1_001), (vec![], Some(61_000)));
    told(&mut restored, Some(200), 1_002);
    assert_eq!(due(&mut restored, 1_003), (vec![], None));
}

#[test]
fn who_has_told_learns_when_to_come_again() {
    let mut tree = device();
    for server in ["one", "two"] {
        assert_eq!(subscribe(&mut tree, server, "M/north/Run/"), 200);
    }
    // What nobody sends changes nothing.
    assert_eq!(told(&mut tree, Some(200), 0), None);
    state(&mut tree, "a");
    due(&mut tree, 0);
    assert_eq!(due(&mut tree, 1_000).0.len(), 2);
    // The other is under way still.
    assert_eq!(told(&mut tree, Some(200), 1_001), Some(61_000));
    assert_eq!(told(&mut tree, Some(200), 1_001), Some(61_000));
    let other = |tree: &mut Tree| tree.told("two", &whole("M/north/Run/"), None, None, 1_002);
    assert_eq!(other(&mut tree), Some(3_002));
    assert_eq!(due(&mut tree, 3_002).0.len(), 1);
    assert_eq!(other(&mut tree), Some(9_002));
    assert_eq!(due(&mut tree, 9_002).0.len(), 1);
    // It is given up, but something has changed meanwhile.
    state(&mut tree, "b");
    assert_eq!(other(&mut tree), Some(1_002));
}

#[test]
fn what_is_due_comes_in_pieces_that_fit_into_memory() {
    let mut tree = device();
    let uri = "M/north/Run/1/State";
    for server in ["a", "b", "c"] {
        assert_eq!(subscribe(&mut tree, server, uri), 200);
    }
    state(&mut tree, &"x".repeat(9 << 20));
    assert_eq!(due(&mut tree, 0).0, []);
    let (puts, next) = due(&mut tree, 1_000);
    assert_eq!((puts.len(), next), (2, Some(1_000)));
    let (puts, next) = due(&mut tree, 1_000);
    assert_eq!((puts.len(), next), (1, Some(61_000)));
    assert_eq!(puts[0].server, "c");
}

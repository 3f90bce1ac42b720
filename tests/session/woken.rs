//! Whatever message of a session is lost, the notifications of the server count at the device behind it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::auth::{Nonce, NotificationPolicy, sign_notification, verify_notification};
use omadm::notification::V1;
use omadm::{
    Account, AccountState, Env, NewCommand, Notification, Received, Scheme, ServerSession,
};

use crate::pair::{Setup, account, bruce, entropy, password};

/// A message that does not arrive: its number among those of the session, and whether it is the device's.
type Lost = Option<(usize, bool)>;

/// A session up to its end or its loss: what each side has stored of its account then, and whether all has arrived.
fn session(
    setup: &Setup,
    states: &(AccountState, AccountState),
    seed: usize,
    lost: Lost,
) -> ((AccountState, AccountState), bool) {
    let mut accounts =
        [&states.0, &states.1].map(|state| account(&setup.client, &setup.server, state.clone()));
    let setup = Setup {
        client: setup.client.clone(),
        server: setup.server.clone(),
        device_state: states.0.clone(),
        ..Setup::default()
    };
    let mut device = setup.device();
    let mut server = ServerSession::new(setup.server_config());
    server
        .push(NewCommand::Get(vec!["./DevInfo/Man".to_owned()]))
        .unwrap();
    let mut tree = setup.tree.clone();
    for turn in 1..10 {
        let [one, other] = [0, 1].map(|side| entropy(seed + 2 * turn + side));
        let out = device.send(&tree, &Env::new(0, &one).unwrap()).unwrap();
        accounts[0].state = device.save().unwrap().account;
        let Some(out) = out else {
            return ((accounts[0].state.clone(), accounts[1].state.clone()), true);
        };
        if lost == Some((turn, true)) {
            break;
        }
        let request = Received {
            url: out.url.as_deref(),
            hmac: out.hmac.as_deref(),
            ..Received::body(&out.body)
        };
        server.receive(&request, Some(&accounts[1])).unwrap();
        let reply = server.respond(&Env::new(0, &other).unwrap()).unwrap();
        accounts[1].state = server.save().unwrap().account;
        if lost == Some((turn, false)) {
            break;
        }
        let answer = Received {
            hmac: reply.hmac.as_deref(),
            ..Received::body(&reply.body)
        };
        device.receive(&mut tree, &answer).unwrap();
    }
    (
        (accounts[0].state.clone(), accounts[1].state.clone()),
        false,
    )
}

fn is_woken(setup: &Setup, states: &(AccountState, AccountState)) -> bool {
    let of =
        |state: &AccountState| -> Account { account(&setup.client, &setup.server, state.clone()) };
    let notification = Notification::V1(V1::new("mgmt.example", 77));
    let sent = sign_notification(&notification, &of(&states.1), Nonce::Stored).unwrap();
    let policy = NotificationPolicy::default();
    verify_notification(&sent.body, &of(&states.0), &policy, 0).is_ok()
}

#[test]
fn after_any_two_losses_the_server_still_wakes_the_device() {
    let mut deaf = Vec::new();
    let lost = || (1..5).flat_map(|turn| [Some((turn, true)), Some((turn, false))]);
    for [client, server] in [
        [Scheme::Basic, Scheme::Md5],
        [Scheme::Md5, Scheme::Md5],
        [Scheme::Basic, Scheme::Hmac],
        [Scheme::Hmac, Scheme::Hmac],
    ] {
        let setup = Setup {
            client: bruce(&[client]),
            server: password("mgmt.example", "SrvPw-1", &[server]),
            ..Setup::default()
        };
        let never = Default::default();
        let known = session(&setup, &never, 0, None);
        assert!(known.1);
        let known = session(&setup, &known.0, 100, None);
        assert!(known.1 && is_woken(&setup, &known.0));
        for (from, states) in [("never", &never), ("known", &known.0)] {
            for one in lost() {
                let at = format!("{client:?} {server:?} {from} {one:?}");
                let once = session(&setup, states, 200, one);
                assert!(is_woken(&setup, &once.0), "{at}");
                for other in lost() {
                    let twice = session(&setup, &once.0, 300, other);
                    if !is_woken(&setup, &twice.0) {
                        deaf.push(format!("{at} {other:?}"));
                    }
                }
            }
        }
    }
    assert_eq!(deaf, [""; 0]);
}

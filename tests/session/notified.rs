//! Sessions that a notification asks for, from its octets to the last message: the device believes it, and the server expects the session.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::auth::{Ignored, Nonce, NotificationPolicy, new_notification_number, sign_notification};
use omadm::notification::{Draft, UiMode, V1};
use omadm::{
    Account, AccountState, AlertCode, ClientSession, Code, Command, Encoding, Env, Message,
    NewCommand, Notification, NotificationForm, Received, Scheme, ServerEvent, ServerSession,
    Trigger, Version,
};

use crate::pair::{Setup, account, bruce, decode, entropy, nonces, password};

fn setup() -> Setup {
    Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt.example", "SrvPw-1", &[Scheme::Md5]),
        device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
        server_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
        binding: omadm::Binding::RespUri,
        ..Setup::default()
    }
}

fn at_server(setup: &Setup) -> Account {
    account(&setup.client, &setup.server, setup.server_state.clone())
}

fn trigger(session_id: u16) -> Notification {
    Notification::V1(V1 {
        ui_mode: UiMode::Interaction,
        ..V1::new("mgmt.example", session_id)
    })
}

/// A notification of the server, and its account behind it.
fn sent(setup: &Setup, session_id: u16, nonce: Nonce) -> (Vec<u8>, Account) {
    let mut account = at_server(setup);
    let signed = sign_notification(&trigger(session_id), &account, nonce).unwrap();
    account.state = signed.state;
    (signed.body, account)
}

fn policy() -> NotificationPolicy {
    NotificationPolicy {
        resync: true,
        ..NotificationPolicy::default()
    }
}

/// A device for a notification.
fn notified(setup: &Setup, body: &[u8]) -> omadm::Result<ClientSession> {
    let env = entropy(0);
    let env = Env::new(1000, &env).unwrap();
    let config = setup.client_config_in(Encoding::Xml);
    ClientSession::notified(config, body, Vec::new(), &policy(), &env)
}

struct Run {
    messages: Vec<Message>,
    events: Vec<ServerEvent>,
    device: AccountState,
    server: AccountState,
}

/// The session of a device, with a server whose host hands in what it has stored.
fn run(setup: &Setup, device: ClientSession, account: Account) -> Run {
    let get = NewCommand::Get(vec!["./DevInfo/Man".to_owned()]);
    run_with(setup, device, account, Some(get))
}

fn run_with(
    setup: &Setup,
    mut device: ClientSession,
    mut account: Account,
    command: Option<NewCommand>,
) -> Run {
    let mut server = ServerSession::new(setup.server_config());
    if let Some(command) = command {
        server.push(command).unwrap();
    }
    let mut tree = setup.tree.clone();
    let (mut messages, mut events) = (Vec::new(), Vec::new());
    for turn in 1..10 {
        let [one, other] = [2 * turn, 2 * turn + 1].map(entropy);
        let Some(out) = device.send(&tree, &Env::new(0, &one).unwrap()).unwrap() else {
            break;
        };
        messages.push(decode(&out.body));
        let request = Received {
            url: out.url.as_deref(),
            ..Received::body(&out.body)
        };
        events.extend(server.receive(&request, Some(&account)).unwrap());
        let reply = server.respond(&Env::new(0, &other).unwrap()).unwrap();
        account.state = server.save().unwrap().account;
        messages.push(decode(&reply.body));
        device
            .receive(&mut tree, &Received::body(&reply.body))
            .unwrap();
        let saved = device.save().unwrap();
        device = ClientSession::restore(&saved, setup.client_config_in(Encoding::Xml)).unwrap();
    }
    Run {
        messages,
        events,
        device: device.save().unwrap().account,
        server: account.state,
    }
}

fn started(events: &[ServerEvent]) -> Option<Option<u16>> {
    events.iter().find_map(|event| match event {
        ServerEvent::Started { notification, .. } => Some(*notification),
        _ => None,
    })
}

fn alert(message: &Message) -> Option<AlertCode> {
    message.commands.iter().find_map(|command| match command {
        Command::Alert(alert) => alert.code,
        _ => None,
    })
}

#[test]
fn a_device_takes_a_notification_and_the_session_it_asks_for_begins() {
    for version in [Version::V1_1, Version::V1_2, Version::V1_3] {
        let setup = Setup { version, ..setup() };
        let (body, account) = sent(&setup, 0xa1, Nonce::Stored);
        let device = notified(&setup, &body).unwrap();
        assert_eq!(device.ui_mode(), Some(UiMode::Interaction));
        let saved = device.save().unwrap();
        let config = setup.client_config_in(Encoding::Xml);
        let restored = ClientSession::restore(&saved, config).unwrap();
        assert_eq!(restored.ui_mode(), Some(UiMode::Interaction));
        assert_eq!(saved.account.triggers.numbers(), [0xa1]);
        let run = run(&setup, device, account);
        assert!(
            run.messages
                .iter()
                .all(|message| message.header.session_id == "A1")
        );
        assert_eq!(alert(&run.messages[0]), Some(AlertCode::SERVER_INITIATED));
        assert_eq!(started(&run.events), Some(Some(0xa1)));
        assert!(
            run.events
                .iter()
                .any(|event| matches!(event, ServerEvent::Results { .. }))
        );
        // The device remembers it, the server waits for it no more.
        assert_eq!(run.device.triggers.numbers(), [0xa1]);
        assert_eq!(run.server.triggers.numbers(), [0; 0]);
    }
    assert_eq!(setup().device().ui_mode(), None);
}

/// A server without commands has the last word: the device cannot give it a nonce for the next session. The one of its challenge is what
/// both have then, and it counts for notifications alone.
#[test]
fn the_nonce_of_a_challenge_serves_the_next_notification() {
    let mut setup = Setup {
        device_state: AccountState::default(),
        server_state: AccountState::default(),
        ..setup()
    };
    for number in 1..4 {
        let (body, account) = sent(&setup, number, Nonce::Stored);
        let device = notified(&setup, &body).unwrap();
        let run = run_with(&setup, device, account, None);
        assert_eq!(started(&run.events), Some(Some(number)));
        let nonce = run.device.trigger_nonce.map(Vec::from);
        assert!(nonce.is_some());
        assert_eq!(nonce, run.server.server_nonce);
        assert_ne!(nonce, run.device.server_nonce);
        setup.device_state = run.device;
        setup.server_state = run.server;
        // The same is worth nothing any more. Later sessions have the same entropy, and so the same nonces.
        let found = notified(&setup, &body).unwrap_err();
        let reason = if number == 1 {
            Ignored::Digest
        } else {
            Ignored::Repeated
        };
        assert_eq!(found.code(), Code::Auth);
        assert!(found.to_string().contains(reason.name()), "{number}");
    }
    // Where there is a message for it, the nonce for the next session takes its place.
    let (body, account) = sent(&setup, 4, Nonce::Stored);
    let run = run(&setup, notified(&setup, &body).unwrap(), account);
    assert_eq!(run.device.trigger_nonce, None);
    assert!(run.device.server_nonce.is_some());
    assert_eq!(run.device.server_nonce, run.server.server_nonce);
}

/// The message with the next nonce may be lost: until the server is known to have that, its notifications count under the one before, too.
#[test]
fn a_device_whose_last_message_was_lost_can_still_be_woken() {
    let setup = setup();
    let (body, account) = sent(&setup, 1, Nonce::Stored);
    let run = run(&setup, notified(&setup, &body).unwrap(), account);
    assert_eq!(run.device.trigger_nonce, None);
    let known = Setup {
        device_state: run.device,
        server_state: run.server,
        ..setup
    };
    let (body, account) = sent(&known, 2, Nonce::Stored);
    let mut device = notified(&known, &body).unwrap();
    let mut server = ServerSession::new(known.server_config());
    server
        .push(NewCommand::Get(vec!["./DevInfo/Man".to_owned()]))
        .unwrap();
    let mut tree = known.tree.clone();
    let mut account = account;
    let out = device.send(&tree, &Env::new(0, &entropy(40)).unwrap());
    let out = out.unwrap().unwrap();
    server
        .receive(&Received::body(&out.body), Some(&account))
        .unwrap();
    let reply = server.respond(&Env::new(0, &entropy(41)).unwrap()).unwrap();
    account.state = server.save().unwrap().account;
    device
        .receive(&mut tree, &Received::body(&reply.body))
        .unwrap();
    let lost = device.send(&tree, &Env::new(0, &entropy(42)).unwrap());
    assert!(lost.unwrap().is_some());
    let after = Setup {
        device_state: device.save().unwrap().account,
        server_state: account.state,
        ..known
    };
    assert_ne!(
        after.device_state.server_nonce,
        after.server_state.server_nonce
    );
    let (body, _) = sent(&after, 3, Nonce::Stored);
    assert!(notified(&after, &body).is_ok());
}

#[test]
fn a_server_sends_a_notification_and_expects_its_session() {
    let setup = setup();
    let (_, mut account) = sent(&setup, 5, Nonce::Stored);
    account.state.triggers.remember(9);
    let with = |trigger| {
        let setup = Setup {
            trigger,
            ..self::setup()
        };
        run(&setup, setup.device(), account.clone())
    };
    let by_number = |session_id| {
        with(Trigger::Server {
            session_id,
            requested: vec![],
        })
    };
    let came = by_number(5);
    assert_eq!(started(&came.events), Some(Some(5)));
    assert_eq!(came.server.triggers.numbers(), [9]);
    // One that nothing is known of, and one of the device's own, take nothing away.
    for run in [by_number(6), with(Trigger::Client)] {
        assert_eq!(started(&run.events), Some(None));
        assert_eq!(run.server.triggers.numbers(), [5, 9]);
    }
}

/// The host stores what comes with each message, but a notification is sent meanwhile, or it hands in what it had.
#[test]
fn what_is_sent_during_a_session_is_waited_for() {
    let setup = setup();
    let (body, account) = sent(&setup, 5, Nonce::Stored);
    let mut device = notified(&setup, &body).unwrap();
    let mut server = ServerSession::new(setup.server_config());
    server
        .push(NewCommand::Get(vec!["./DevInfo/Man".to_owned()]))
        .unwrap();
    let mut tree = setup.tree.clone();
    let mut handed = account.clone();
    for (step, expected) in [(1, &[][..]), (2, &[7])] {
        let random = entropy(step);
        let env = Env::new(0, &random).unwrap();
        let out = device.send(&tree, &env).unwrap().unwrap();
        let request = Received {
            url: out.url.as_deref(),
            ..Received::body(&out.body)
        };
        server.receive(&request, Some(&handed)).unwrap();
        let reply = server.respond(&env).unwrap();
        assert_eq!(server.save().unwrap().account.triggers.numbers(), expected);
        device
            .receive(&mut tree, &Received::body(&reply.body))
            .unwrap();
        handed.state.triggers.remember(7);
    }
}

#[test]
fn p24_a_notification_that_came_before_begins_nothing() {
    let mut setup = setup();
    let (body, account) = sent(&setup, 5, Nonce::Stored);
    let mut device = notified(&setup, &body).unwrap();
    // While its session is open,
    let before = device.save().unwrap();
    assert_eq!(
        device.notify(&body, &policy(), 1000),
        Ok(Err(Ignored::Repeated))
    );
    assert!(device.save().unwrap() == before);
    let run = run(&setup, device, account);
    // after it, when the nonce is another,
    setup.device_state = run.device.clone();
    let ignored = |setup: &Setup, why: &str| {
        let error = notified(setup, &body).unwrap_err();
        let expected = format!("the notification is ignored: {why}");
        assert_eq!((error.code(), error.to_string()), (Code::Auth, expected));
    };
    ignored(&setup, "digest");
    // and where it is not.
    setup.device_state.server_nonce = Some(b"ecnoN".to_vec());
    ignored(&setup, "repeated");
}

#[test]
fn another_notification_waits_for_the_end_of_the_session() {
    let setup = setup();
    let (body, account) = sent(&setup, 5, Nonce::Stored);
    let (next, _) = sent(&setup, 6, Nonce::Stored);
    let mut device = notified(&setup, &body).unwrap();
    let mut torn = next.clone();
    torn[30] ^= 1;
    assert_eq!(device.notify(&torn, &policy(), 0), Ok(Err(Ignored::Digest)));
    let verified = device.notify(&next, &policy(), 0).unwrap().unwrap();
    assert_eq!(verified.notification, trigger(6));
    assert_eq!(verified.state.triggers.numbers(), [5, 6]);
    assert_eq!(
        device.notify(&next, &policy(), 0),
        Ok(Err(Ignored::Repeated))
    );
    let run = run(&setup, device, account);
    assert!(
        run.messages
            .iter()
            .all(|message| message.header.session_id == "5")
    );
    assert_eq!(run.device.triggers.numbers(), [5, 6]);
}

#[test]
fn n08_the_session_of_a_resynchronization_renews_both_nonces() {
    let get = || NewCommand::Get(vec!["./DevInfo/Man".to_owned()]);
    for command in [None, Some(get())] {
        let mut setup = setup();
        setup.device_state = nonces(Some(b"old"), Some(b"older"));
        let (body, account) = sent(&setup, 5, Nonce::Resync);
        assert!(account.state.resync);
        let device = notified(&setup, &body).unwrap();
        let pushed = usize::from(command.is_some());
        let run = run_with(&setup, device, account, command);
        assert_eq!(started(&run.events), Some(Some(5)));
        // Where the host has nothing to send, it hears of nothing that was sent.
        let is_answer = |event: &&ServerEvent| {
            matches!(
                event,
                ServerEvent::Status { .. }
                    | ServerEvent::Results { .. }
                    | ServerEvent::Unknown { .. }
                    | ServerEvent::Violation { .. }
            )
        };
        assert_eq!(run.events.iter().filter(is_answer).count(), 2 * pushed);
        assert_eq!(run.messages.len(), 4);
        for state in [&run.device, &run.server] {
            assert!(!state.resync);
            for nonce in [&state.client_nonce, &state.server_nonce] {
                assert_eq!(nonce.as_ref().map(Vec::len), Some(16));
            }
        }
        assert_eq!(run.device.client_nonce, run.server.client_nonce);
        assert_eq!(run.device.server_nonce, run.server.server_nonce);
        // Once, in this time.
        setup.server_state = run.server;
        setup.device_state = run.device;
        let (again, _) = sent(&setup, 6, Nonce::Resync);
        let error = notified(&setup, &again).unwrap_err();
        assert_eq!(error.to_string(), "the notification is ignored: resync");
        // And what is made under the new nonce counts.
        let (next, _) = sent(&setup, 7, Nonce::Stored);
        assert!(notified(&setup, &next).is_ok());
    }
}

#[test]
fn n09_a_wrong_digest_begins_nothing() {
    let setup = setup();
    let (body, _) = sent(&setup, 5, Nonce::Stored);
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(notified(&setup, &flipped).unwrap_err().code(), Code::Auth);
    }
    // One under the nonce of a resynchronization, where the policy does not allow it.
    let (zero, _) = sent(&setup, 5, Nonce::Resync);
    let random = entropy(0);
    let env = Env::new(0, &random).unwrap();
    let config = setup.client_config_in(Encoding::Xml);
    let refused =
        ClientSession::notified(config, &zero, vec![], &NotificationPolicy::default(), &env);
    assert_eq!(refused.unwrap_err().code(), Code::Auth);
}

#[test]
fn a_notification_of_dm_2_begins_no_session_of_dm_1() {
    let setup = setup();
    let draft = Notification::Draft(Draft::new("mgmt.example", 5));
    let body = sign_notification(&draft, &at_server(&setup), Nonce::Stored)
        .unwrap()
        .body;
    let random = entropy(0);
    let env = Env::new(0, &random).unwrap();
    let policy = NotificationPolicy {
        form: NotificationForm::Draft,
        ..NotificationPolicy::default()
    };
    let config = setup.client_config_in(Encoding::Xml);
    let error = ClientSession::notified(config, &body, vec![], &policy, &env).unwrap_err();
    assert_eq!((error.code(), error.expected()), (Code::Arg, Some("1.2")));
    // Nor does one wait for the end of such a session.
    let mut device = setup.device();
    let before = device.save().unwrap();
    for form in [NotificationForm::Draft, NotificationForm::Approved] {
        let policy = NotificationPolicy {
            form,
            ..NotificationPolicy::default()
        };
        let error = device.notify(&body, &policy, 0).unwrap_err();
        assert_eq!((error.code(), error.expected()), (Code::Arg, Some("1.2")));
    }
    assert!(device.save().unwrap() == before);
}

/// The host may have verified a notification by itself, and not stored what came of that.
#[test]
fn p24_a_session_by_its_number_is_not_asked_for_again() {
    let setup = setup();
    let (body, _) = sent(&setup, 5, Nonce::Stored);
    let trigger = Trigger::Server {
        session_id: 5,
        requested: vec![],
    };
    let mut device = Setup { trigger, ..setup }.device();
    assert_eq!(device.save().unwrap().account.triggers.numbers(), [5]);
    let again = device.notify(&body, &policy(), 0);
    assert_eq!(again, Ok(Err(Ignored::Repeated)));
    // It says itself how much the user is to see.
    assert_eq!(device.ui_mode(), None);
    let device = device.with_ui_mode(UiMode::Background);
    assert_eq!(device.ui_mode(), Some(UiMode::Background));
}

/// A number is free again at the server once its session has come, but the device remembers it.
#[test]
fn numbers_do_not_come_again_while_the_device_remembers_them() {
    let mut setup = setup();
    let mut numbers = Vec::new();
    // The same entropy each time would give the same number.
    let random = entropy(3);
    let env = Env::new(0, &random).unwrap();
    for _ in 0..3 {
        let number = new_notification_number(&setup.server_state, &env);
        numbers.push(number);
        let (body, account) = sent(&setup, number, Nonce::Stored);
        assert_eq!(account.state.trigger_number, Some(number));
        let run = run(&setup, notified(&setup, &body).unwrap(), account);
        assert_eq!(started(&run.events), Some(Some(number)));
        assert_eq!(run.server.triggers.numbers(), [0; 0]);
        setup.device_state = run.device;
        setup.server_state = run.server;
    }
    assert_eq!(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2]);
    // One that is sent again, and one far behind, change nothing.
    let last = numbers[2];
    for (sent, next) in [
        (numbers[0], last + 1),
        (last.wrapping_sub(1000), last + 1),
        (last + 9, last + 10),
    ] {
        let (_, account) = self::sent(&setup, sent, Nonce::Stored);
        assert_eq!(new_notification_number(&account.state, &env), next);
    }
}

//! Packages of several messages, with every proof of either side: what is small enough for both is whole at the end.

use omadm::{Binding, ClientEvent, Encoding, Limits, NewCommand, Scheme, ServerEvent};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::pair::{Host, Setup, bruce, leaf, nonces, password};
use crate::say::values;
use crate::schemes::ALL;

/// Package 1, the answers and the server's own package in several messages each, whatever proves either side, with and without a
/// challenge before.
#[test]
fn every_scheme_proves_packages_of_several_messages() {
    let bindings = [Binding::RespUri, Binding::PerMessage, Binding::Transport];
    let pairs = ALL.iter().flat_map(|one| ALL.map(|other| (*one, other)));
    // Each scheme meets each binding, on either side.
    for ((client, own), binding) in pairs.zip(bindings.into_iter().cycle()) {
        for is_stale in [false, true] {
            for (encoding, bytes) in [(Encoding::Xml, 1_400), (Encoding::Wbxml, 700)] {
                let mut setup = Setup {
                    client: bruce(&[client]),
                    server: password("mgmt", "SrvPw-1", &[own]),
                    binding,
                    device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
                    server_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
                    limits: Limits {
                        bytes,
                        min_msg_size: 500,
                        ..Limits::DEFAULT
                    },
                    ..Setup::default()
                };
                if is_stale {
                    setup.server_state = nonces(Some(b"other"), Some(b"rehto"));
                }
                for name in ["A", "B", "C", "D", "E"] {
                    let value = leaf(&name.repeat(200));
                    setup.tree.set(&format!("./DevInfo/{name}"), value).unwrap();
                    let uri = format!("./DevInfo/{name}");
                    setup.commands.push((1, NewCommand::Get(vec![uri])));
                }
                let run = setup.run_at(Host {
                    encoding,
                    rests: true,
                    repeats: true,
                });
                let told = format!(
                    "{client:?} {own:?} {binding:?} {is_stale} {encoding:?} {:?} {:?}",
                    run.server_events, run.client_events
                );
                assert!(run.bodies.iter().all(|body| body.len() <= bytes as usize));
                assert!(
                    run.messages
                        .iter()
                        .filter(|message| !message.is_final)
                        .count()
                        > 1,
                    "{told}"
                );
                let found: Vec<_> = run.messages.iter().flat_map(values).collect();
                assert_eq!(found.len(), 5, "{told}");
                assert_eq!(
                    run.client_events.last(),
                    Some(&ClientEvent::Finished),
                    "{told}"
                );
                let is_wrong = |event: &ServerEvent| {
                    matches!(
                        event,
                        ServerEvent::Unknown { .. }
                            | ServerEvent::Violation { .. }
                            | ServerEvent::Aborted { .. }
                    )
                };
                assert!(!run.server_events.iter().any(is_wrong), "{told}");
                let started = |event: &&ServerEvent| matches!(event, ServerEvent::Started { dev_info, .. } if dev_info.len() == 10);
                assert_eq!(
                    run.server_events.iter().filter(started).count(),
                    1,
                    "{told}"
                );
                let nonces = [run.device_state, run.server_state]
                    .map(|state| [state.client_nonce.clone(), state.server_nonce.clone()]);
                let is_digest = [client, own].map(Scheme::needs_nonce);
                for (at, _) in is_digest
                    .iter()
                    .enumerate()
                    .filter(|(_, is_digest)| **is_digest)
                {
                    assert_eq!(nonces[0][at], nonces[1][at], "{told}");
                }
            }
        }
    }
}

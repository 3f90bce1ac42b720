//! Messages of every shape: what is written is what is read.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, Operation, WbxmlForm};
use omadm::{Command, Encoding, Limits, Message};

use crate::carriable;
use crate::strategies::message;

/// A browser is slower.
const CASES: u32 = if cfg!(target_arch = "wasm32") {
    100
} else {
    1000
};

/// The same cases in every run.
pub(crate) fn check<T: std::fmt::Debug>(
    strategy: &BoxedStrategy<T>,
    test: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    if let Err(error) = runner.run(strategy, test) {
        panic!("{error}");
    }
}

#[test]
fn what_is_written_is_read() {
    check(&message(), |message| {
        let limits = Limits::UNBOUNDED;
        let body = message.encode(Encoding::Xml, false).unwrap();
        let read = Message::decode(&body, Encoding::Xml, &limits).unwrap();
        prop_assert_eq!(&read, &message, "{}", String::from_utf8_lossy(&body));
        let again = read.encode(Encoding::Xml, false).unwrap();
        prop_assert_eq!(again, body);
        Ok(())
    });
}

#[test]
fn both_encodings_say_the_same() {
    check(&message(), |mut message| {
        carriable::reduce(&mut message);
        let limits = Limits::UNBOUNDED;
        let shared = Form::Wbxml(WbxmlForm {
            string_table: true,
            ..WbxmlForm::of_version(&message.header.ver_dtd)
        });
        let plain = Form::of_version(Encoding::Wbxml, &message.header.ver_dtd);
        for form in [Form::Xml, plain, shared] {
            let body = message.encode_as(&form).unwrap();
            let (read, _) = Message::decode_with_form(&body, form.encoding(), &limits).unwrap();
            prop_assert_eq!(&read, &message, "{:?}", form);
            prop_assert_eq!(read.encode_as(&form).unwrap(), body);
        }
        Ok(())
    });
}

#[test]
fn indentation_changes_no_command() {
    check(&message(), |message| {
        let shown = message.encode(Encoding::Xml, true).unwrap();
        let read = Message::decode(&shown, Encoding::Xml, &Limits::UNBOUNDED).unwrap();
        prop_assert_eq!(read.header.source.uri, message.header.source.uri);
        prop_assert_eq!(read.header.source.name, message.header.source.name);
        prop_assert_eq!(read.commands.len(), message.commands.len());
        for (read, command) in read.commands.iter().zip(&message.commands) {
            prop_assert_eq!(read.cmd_id(), command.cmd_id());
            if let (Command::Replace(read), Command::Replace(command)) = (read, command) {
                let data = |operation: &Operation| {
                    operation
                        .items
                        .iter()
                        .map(|item| item.data.clone())
                        .collect::<Vec<_>>()
                };
                prop_assert_eq!(data(read), data(command));
            }
        }
        Ok(())
    });
}

#[test]
fn any_octets_are_read_or_refused() {
    let octets = vec(any::<u8>(), 0..200).boxed();
    check(&octets, |octets| {
        prop_assert!(Message::decode(&octets, Encoding::Xml, &Limits::DEFAULT).is_err());
        let _ = Encoding::detect(None, &octets);
        Ok(())
    });
}

//! How much fits into a message that the peer takes.

use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::status::AlertCode;
use crate::syncml::{Alert, Command, Data, Encoding, Form, Item, Message, Pieces};

/// What may be left out of the Status of a header where the message would be too long otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing.
    Full,
    /// TargetRef and SourceRef.
    NoRefs,
    /// These, and the nonce for the next session.
    Least,
}

impl Detail {
    /// The most telling first.
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::NoRefs, Self::Least];
}

/// Whether a message is refused for a MaxMsgSize that is no number.
pub(super) fn is_of_max_msg_size(error: &Error) -> bool {
    error.code() == Code::Number
        && error
            .path()
            .is_some_and(|path| path.starts_with("SyncHdr") && path.ends_with("MaxMsgSize"))
}

/// What a message may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    octets: usize,
    commands: usize,
    items: usize,
}

impl Room {
    /// What the peer takes, and we would take ourselves: of how many commands and items it takes it says nothing.
    pub(super) fn of(limits: &Limits, max_msg_size: Option<u32>) -> Self {
        Self {
            octets: max_msg_size.unwrap_or(u32::MAX).min(limits.bytes) as usize,
            commands: limits.commands as usize,
            items: limits.items as usize,
        }
    }

    /// Octets that it holds.
    pub(super) fn octets(self) -> usize {
        self.octets
    }

    /// A message as it is written, where it holds it.
    pub(super) fn written(self, message: &Message, form: &Form) -> Option<Vec<u8>> {
        let pieces = Pieces {
            header: &message.header,
            commands: &[&message.commands],
            is_final: message.is_final,
        };
        let body = self.encoded(pieces, form)?;
        (body.len() <= self.octets).then_some(body)
    }

    /// How many octets more it holds than the message: negative where it holds less, nothing where no number of octets helps.
    pub(super) fn left(self, message: Pieces<'_>, form: &Form) -> Option<i64> {
        let body = self.encoded(message, form)?;
        let octets = |octets: usize| i64::try_from(octets).ok();
        octets(self.octets)?.checked_sub(octets(body.len())?)
    }

    /// A message of no more commands and items than it holds.
    fn encoded(self, message: Pieces<'_>, form: &Form) -> Option<Vec<u8>> {
        let (mut commands, mut items) = (0, 0);
        let mut waiting: Vec<&Command> = message.commands.iter().copied().flatten().collect();
        while let Some(command) = waiting.pop() {
            commands += 1;
            items += match command {
                Command::Atomic(group) | Command::Sequence(group) => {
                    waiting.extend(&group.commands);
                    0
                }
                Command::Alert(alert) => alert.items.len(),
                // A Status names the items that it is for, which count as well.
                Command::Status(status) => {
                    let references = status.target_refs.len() + status.source_refs.len();
                    status.items.len() + references
                }
                Command::Results(results) => results.items.len(),
                other => other
                    .operation()
                    .map_or(0, |operation| operation.items.len()),
            };
        }
        if commands > self.commands || items > self.items {
            return None;
        }
        message.encode_as(form).ok()
    }
}

/// An alert of the session that carries nothing.
pub(super) fn new_alert(cmd_id: usize, code: AlertCode) -> Command {
    Command::Alert(Alert {
        cmd_id: Some(cmd_id.to_string()),
        code: Some(code),
        ..Alert::default()
    })
}

/// About how many octets a command takes in a message.
pub(super) fn about(command: &Command, encoding: Encoding) -> usize {
    // What stands around the values: of a command, of the references of an answer, of one reference more, of an item, of an element of Meta.
    let (of_command, of_answer, of_reference, of_item, of_meta) = match encoding {
        Encoding::Xml => (38, 65, 23, 60, 40),
        Encoding::Wbxml => (9, 28, 4, 14, 6),
    };
    let item = |item: &Item| {
        let places = [&item.target, &item.source].into_iter().flatten();
        let uris: usize = places.map(|place| place.uri.len()).sum();
        let meta = item.meta.as_ref().map_or(0, |meta| {
            let said = [&meta.format, &meta.mime].into_iter().flatten();
            said.map(|said| of_meta + said.len()).sum()
        });
        of_item + uris + meta + item.data.as_ref().map_or(0, Data::len)
    };
    let items = |items: &[Item]| items.iter().map(item).sum::<usize>();
    let (mut octets, mut waiting, mut next) = (0, Vec::new(), Some(command));
    while let Some(command) = next {
        octets += of_command;
        octets += match command {
            Command::Atomic(group) | Command::Sequence(group) => {
                waiting.extend(&group.commands);
                0
            }
            Command::Alert(alert) => items(&alert.items),
            Command::Status(status) => {
                let references = status.target_refs.iter().chain(&status.source_refs);
                let references = references.map(|uri| of_reference + uri.len());
                of_answer + references.sum::<usize>() + items(&status.items)
            }
            Command::Results(results) => of_answer + items(&results.items),
            other => other
                .operation()
                .map_or(0, |operation| items(&operation.items)),
        };
        next = waiting.pop();
    }
    octets
}

/// The most of `count` things of which so many fit. Fewer than what fits fit as well. `guess` is what is tried first: the nearer it is, the
/// fewer trials there are.
pub(super) fn most(count: usize, guess: usize, mut fits: impl FnMut(usize) -> bool) -> usize {
    let guess = guess.min(count);
    let (mut fitting, mut above, mut step) = (0, count.saturating_add(1), 1);
    if guess == 0 || fits(guess) {
        fitting = guess;
        while fitting < count {
            let next = fitting.saturating_add(step).min(count);
            if !fits(next) {
                above = next;
                break;
            }
            fitting = next;
            step = step.saturating_mul(2);
        }
    } else {
        above = guess;
        while above > step {
            let next = above - step;
            if fits(next) {
                fitting = next;
                break;
            }
            above = next;
            step = step.saturating_mul(2);
        }
    }
    while above - fitting > 1 {
        let between = fitting + (above - fitting) / 2;
        if fits(between) {
            fitting = between;
        } else {
            above = between;
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syncml::{Meta, Operation, Status};

    #[test]
    fn the_most_is_found() {
        for count in 0..20 {
            for room in 0..25 {
                for guess in 0..25 {
                    let fits = |n| {
                        assert!((1..=count).contains(&n));
                        n <= room
                    };
                    assert_eq!(most(count, guess, fits), count.min(room));
                }
            }
        }
    }

    #[test]
    fn a_good_guess_is_one_trial() {
        for (count, guess, room, trials) in [
            (100, 100, 100, 1),
            (100, 100, 200, 1),
            (100, 60, 60, 2),
            (100, 60, 61, 4),
            (100, 60, 59, 2),
            (0, 0, 10, 0),
        ] {
            let mut seen = 0;
            most(count, guess, |n| {
                seen += 1;
                n <= room
            });
            assert_eq!(seen, trials, "{count} {guess} {room}");
        }
    }

    #[test]
    fn what_a_command_takes_is_known_within_a_quarter() {
        let item = |uri: &str, mime: Option<&str>| Item {
            meta: mime.map(|mime| Meta::of("int", mime)),
            data: Some(Data::Text("some value".to_owned())),
            ..Item::at(uri)
        };
        let operation = |items: Vec<Item>| Operation {
            cmd_id: Some("17".to_owned()),
            items,
            ..Operation::default()
        };
        let status = Status {
            cmd_id: Some("17".to_owned()),
            msg_ref: Some("2".to_owned()),
            cmd_ref: Some("19".to_owned()),
            cmd: "Replace".to_owned(),
            target_refs: vec!["./Vendor/Harbour/Rule".to_owned()],
            ..Status::default()
        };
        let commands = [
            Command::Get(operation(vec![Item::at("./Vendor/Harbour/Rule")])),
            Command::Replace(operation(vec![item("./Vendor/Harbour/Rule", None)])),
            Command::Replace(operation(vec![
                item(
                    "./Vendor/Harbour/Rule/1/Value",
                    Some("text/plain")
                );
                5
            ])),
            Command::Status(status),
        ];
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let length = |commands: &[Command]| {
                let message = Message {
                    commands: commands.to_vec(),
                    ..Message::default()
                };
                message.encode(encoding, false).unwrap().len()
            };
            for command in &commands {
                let exact =
                    length(&vec![command.clone(); 101]) - length(std::slice::from_ref(command));
                let guessed = about(command, encoding) * 100;
                let error = guessed.abs_diff(exact);
                assert!(
                    error * 4 <= exact,
                    "{encoding:?} {guessed} {exact} {command:?}"
                );
            }
        }
    }
}

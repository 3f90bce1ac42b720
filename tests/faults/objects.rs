//! What goes in chunks: every octet once, in its order, nothing between, 213 for each chunk but the last.

use omadm::{Command, Data, Item, Message, NewCommand};

use super::flow::Flow;

/// Octets of the shortest value that is looked at as an object.
const LARGE: usize = 512;

/// The chunks that one side has said.
#[derive(Default)]
pub(crate) struct Chunks {
    /// Where the open object goes, and what of it is said.
    open: Option<(String, u32, String)>,
    /// How often each object was said to its end.
    pub(crate) said: Vec<String>,
}

/// The commands of a message, those of groups too, innermost last.
fn all(message: &Message) -> Vec<&Command> {
    let mut all: Vec<&Command> = Vec::new();
    let mut waiting: Vec<&Command> = message.commands.iter().rev().collect();
    while let Some(command) = waiting.pop() {
        if let Command::Atomic(group) | Command::Sequence(group) = command {
            waiting.extend(group.commands.iter().rev());
        }
        all.push(command);
    }
    all
}

fn items(command: &Command) -> &[Item] {
    match command {
        Command::Results(results) => &results.items,
        Command::Alert(alert) => &alert.items,
        Command::Add(operation) | Command::Replace(operation) | Command::Exec(operation) => {
            &operation.items
        }
        _ => &[],
    }
}

fn place(item: &Item) -> String {
    let place = item.target.as_ref().or(item.source.as_ref());
    place.map(|place| place.uri.clone()).unwrap_or_default()
}

/// The command whose last item is a chunk that is not the last.
pub(crate) fn chunk(message: &Message) -> Option<(&Command, &Item)> {
    let found = all(message).into_iter().find_map(|command| {
        let item = items(command).iter().find(|item| item.more_data)?;
        Some((command, item))
    });
    if let Some((_, item)) = found {
        let mut last = all(message).into_iter().filter_map(|c| items(c).last());
        let last = last.rfind(|item| item.data.is_some());
        assert!(last == Some(item), "something stands behind a chunk");
    }
    found
}

/// The whole values that the flow is about, by their places.
pub(crate) fn large(flow: &Flow, uri: &str) -> Option<String> {
    let mut waiting: Vec<&NewCommand> = flow.batches.iter().flatten().collect();
    while let Some(command) = waiting.pop() {
        match command {
            NewCommand::Atomic(group) | NewCommand::Sequence(group) => waiting.extend(group),
            NewCommand::Add(items) | NewCommand::Replace(items) => {
                let value = items.iter().find(|item| item.uri == uri);
                let value = value.and_then(|item| item.data.as_ref()?.as_text());
                if let Some(value) = value.filter(|value| value.len() >= LARGE) {
                    return Some(value.to_owned());
                }
            }
            _ => {}
        }
    }
    let found = flow.tree.find(uri).unwrap();
    let value = found.and_then(|found| match found {
        omadm::tree::Found::Leaf(node) => node.data().and_then(Data::as_text),
        _ => None,
    });
    value.map(str::to_owned)
}

impl Chunks {
    /// Looks at a message that was not said before. `is_strict` says that nobody has a reason to begin anew or to give up.
    pub(crate) fn hear(&mut self, flow: &Flow, message: &Message, takes: u32, is_strict: bool) {
        let is_between = |command: &&Command| match command {
            Command::Status(_) => false,
            Command::Alert(alert) => alert.code.is_none_or(|code| code.0 != 1222),
            _ => true,
        };
        let commands = all(message);
        let begins = |item: &Item| item.meta.as_ref().and_then(|meta| meta.size).is_some();
        let next = commands.iter().copied().filter(&is_between);
        let next = next.flat_map(items).find(|item| {
            let is_open = self.open.as_ref().is_some_and(|open| open.0 == place(item));
            is_open && item.data.is_some() && !begins(item)
        });
        if let Some((uri, size, before)) = self.open.take() {
            let Some(item) = next else {
                let is_silent = !commands.iter().any(&is_between);
                assert!(is_silent || !is_strict, "something stands between chunks");
                self.open = is_silent.then_some((uri, size, before));
                return self.begin(flow, message, takes);
            };
            let said = before + item.data.as_ref().and_then(Data::as_text).unwrap();
            self.go_on(flow, uri, size, said, !item.more_data);
        }
        self.begin(flow, message, takes);
    }

    fn begin(&mut self, flow: &Flow, message: &Message, takes: u32) {
        let Some((_, item)) = chunk(message) else {
            return;
        };
        let size = item.meta.as_ref().and_then(|meta| meta.size);
        let Some(size) = size else {
            assert!(self.open.is_some(), "a first chunk says its size");
            return;
        };
        assert!(size <= takes, "an object of {size} for {takes}");
        let said = item.data.as_ref().and_then(Data::as_text).unwrap();
        self.go_on(flow, place(item), size, said.to_owned(), false);
    }

    fn go_on(&mut self, flow: &Flow, uri: String, size: u32, said: String, is_last: bool) {
        let whole = large(flow, &uri).unwrap();
        assert_eq!(whole.len(), size as usize, "the size of {uri}");
        if is_last {
            assert!(said == whole, "{uri} is said to its end");
            self.said.push(uri);
        } else {
            assert!(whole.starts_with(&said), "the chunks of {uri}");
            self.open = Some((uri, size, said));
        }
    }
}

/// The Status of a chunk that is not the last is 213, or it is refused.
pub(crate) fn answered(message: &Message, answer: &Message, is_strict: bool) -> usize {
    let Some((command, _)) = chunk(message) else {
        return 0;
    };
    let codes: Vec<u16> = answer
        .commands
        .iter()
        .filter_map(|given| match given {
            Command::Status(status) => {
                let is_of_chunk = status.msg_ref.as_deref()
                    == Some(&message.header.msg_id.to_string())
                    && status.cmd_ref.as_deref() == command.number();
                is_of_chunk.then_some(status.code.0)
            }
            _ => None,
        })
        .collect();
    let is_kept = codes == [213];
    let is_refused = codes.iter().all(|code| *code >= 300);
    assert!(
        is_kept || (is_refused && !is_strict),
        "a chunk has {codes:?}"
    );
    usize::from(is_kept)
}

//! What messages say, in words that are quick to compare.

use omadm::syncml::{Chal, Results, Status};
use omadm::{Command, Data, Message};

/// Every Status: `MsgRef/CmdRef Cmd code`, with its TargetRefs where it has any.
pub(crate) fn statuses(message: &Message) -> Vec<String> {
    let say = |status: &Status| {
        let reference = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut said = format!(
            "{}/{} {} {}",
            reference(&status.msg_ref),
            reference(&status.cmd_ref),
            status.cmd,
            status.code
        );
        if status.cmd != "SyncHdr" {
            for uri in &status.target_refs {
                said.push(' ');
                said.push_str(uri);
            }
        }
        said
    };
    let statuses = message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(say(status)),
        _ => None,
    });
    statuses.collect()
}

/// The code of every Status.
pub(crate) fn codes(message: &Message) -> Vec<u16> {
    let statuses = message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(status.code.0),
        _ => None,
    });
    statuses.collect()
}

/// The names of the commands that are no Status, alerts by their code.
pub(crate) fn others(message: &Message) -> Vec<String> {
    let name = |command: &Command| match command {
        Command::Status(_) => None,
        Command::Alert(alert) => alert.code.map(|code| code.to_string()),
        other => Some(other.name().to_owned()),
    };
    message.commands.iter().filter_map(name).collect()
}

/// The challenge in the Status of the header.
pub(crate) fn chal(message: &Message) -> Option<Chal> {
    message.commands.iter().find_map(|command| match command {
        Command::Status(status) if status.is_of_header() => status.chal.as_deref().cloned(),
        _ => None,
    })
}

/// The type of the credentials.
pub(crate) fn cred(message: &Message) -> Option<String> {
    message.header.cred.as_ref().map(|cred| cred.kind.clone())
}

/// What Results hold: `URI=value`.
pub(crate) fn values(message: &Message) -> Vec<String> {
    let results = message.commands.iter().filter_map(|command| match command {
        Command::Results(results) => Some(results),
        _ => None,
    });
    let say = |results: &Results| {
        let item = |item: &omadm::Item| {
            let uri = item.source.as_ref().map(|source| source.uri.as_str());
            let value = item.data.as_ref().and_then(Data::as_text);
            format!("{}={}", uri.unwrap_or("?"), value.unwrap_or("?"))
        };
        results.items.iter().map(item).collect::<Vec<_>>()
    };
    results.flat_map(say).collect()
}

/// Every CmdID in document order, those inside Sequence included.
pub(crate) fn cmd_ids(message: &Message) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Command> = message.commands.iter().rev().collect();
    while let Some(command) = waiting.pop() {
        found.push(command.cmd_id().unwrap_or("none").to_owned());
        if let Command::Sequence(group) | Command::Atomic(group) = command {
            waiting.extend(group.commands.iter().rev());
        }
    }
    found
}

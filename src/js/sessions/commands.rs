//! Commands as the caller gives them.

use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::session::{Interaction, NewCommand, NewItem, UiCommand, UiOptions};

use crate::js::arguments::{data, format};
use crate::js::read::Given;

use crate::js::write::JsResult;

/// Groups of commands in each other, at the most.
const MAX_NESTING: u32 = 16;

pub(super) fn command(value: JsValue) -> JsResult<NewCommand> {
    new_command(&Given::new(value, "command")?, MAX_NESTING)
}

fn new_command(given: &Given, depth: u32) -> JsResult<NewCommand> {
    let kind = given.need("type")?;
    let kind = kind.text()?;
    match &*kind {
        "get" | "delete" => given.only(&["type", "uri"])?,
        "add" | "replace" => given.only(&["type", "items"])?,
        "copy" => given.only(&["type", "from", "to"])?,
        "exec" => given.only(&[
            "type",
            "uri",
            "data",
            "format",
            "mime",
            "correlator",
            "reportTo",
        ])?,
        "atomic" | "sequence" => given.only(&["type", "commands"])?,
        "choose" => given.only(&["type", "text", "choices", "multiple", "options"])?,
        "display" | "confirm" | "input" => given.only(&["type", "text", "options"])?,
        "hget" | "hput" | "hpost" => given.only(&["type", "from", "to"])?,
        "show" | "cont" => given.only(&["type", "url"])?,
        "default" => given.only(&["type", "url", "moid"])?,
        "sub" => given.only(&["type", "url", "uri"])?,
        "unsub" => given.only(&["type", "uri"])?,
        _ => {}
    }
    Ok(match &*kind {
        "get" => NewCommand::Get(uris(&given.need("uri")?)?),
        "delete" => NewCommand::Delete(uris(&given.need("uri")?)?),
        "add" => NewCommand::Add(given.need("items")?.each(new_item)?),
        "replace" => NewCommand::Replace(given.need("items")?.each(new_item)?),
        "copy" => NewCommand::Copy {
            from: given.need("from")?.string()?,
            to: given.need("to")?.string()?,
        },
        "exec" => NewCommand::Exec {
            report_to: given.maybe("reportTo", Given::string)?,
            uri: given.need("uri")?.string()?,
            data: given.maybe("data", data)?,
            format: given.maybe("format", format)?,
            mime: given.maybe("mime", Given::string)?,
            correlator: given.maybe("correlator", Given::string)?,
        },
        "atomic" => NewCommand::Atomic(group(given, depth)?),
        "sequence" => NewCommand::Sequence(group(given, depth)?),
        "display" => interaction(given, Interaction::Display)?,
        "confirm" => interaction(given, Interaction::Confirm)?,
        "input" => interaction(given, Interaction::Input)?,
        "choose" => {
            let choices = given.need("choices")?.strings()?;
            let multiple = given.maybe("multiple", Given::boolean)?.unwrap_or(false);
            interaction(given, Interaction::Choose { choices, multiple })?
        }
        "hget" => NewCommand::Hget {
            from: given.need("from")?.string()?,
            to: given.maybe("to", Given::string)?,
        },
        "hput" => NewCommand::Hput {
            from: uris(&given.need("from")?)?,
            to: given.need("to")?.string()?,
        },
        "hpost" => NewCommand::Hpost {
            from: uris(&given.need("from")?)?,
            to: given.need("to")?.string()?,
        },
        "show" => NewCommand::Show {
            url: given.need("url")?.string()?,
        },
        "cont" => NewCommand::Cont {
            url: given.need("url")?.string()?,
        },
        "default" => NewCommand::Default {
            url: given.need("url")?.string()?,
            moid: given.need("moid")?.string()?,
        },
        "sub" => NewCommand::Sub {
            url: given.need("url")?.string()?,
            uri: given.need("uri")?.string()?,
        },
        "unsub" => NewCommand::Unsub {
            uri: given.need("uri")?.string()?,
        },
        _ => return Err(given.wrong("a type of command, such as get")),
    })
}

fn group(given: &Given, depth: u32) -> JsResult<Vec<NewCommand>> {
    let depth = depth.checked_sub(1).ok_or_else(|| {
        Error::limit(
            "depth",
            format!("more than {MAX_NESTING} groups in each other"),
        )
    })?;
    given
        .need("commands")?
        .each(|command| new_command(command, depth))
}

fn uris(given: &Given) -> JsResult<Vec<String>> {
    if given.is_string() {
        Ok(vec![given.string()?])
    } else {
        given.strings()
    }
}

fn new_item(given: &Given) -> JsResult<NewItem> {
    given.only(&["uri", "data", "format", "mime"])?;
    Ok(NewItem {
        uri: given.need("uri")?.string()?,
        data: given.maybe("data", data)?,
        format: given.maybe("format", format)?,
        mime: given.maybe("mime", Given::string)?,
    })
}

fn interaction(given: &Given, interaction: Interaction) -> JsResult<NewCommand> {
    if matches!(&interaction, Interaction::Choose { choices, .. } if choices.is_empty()) {
        return Err(given.wrong("at least one choice"));
    }
    let text = given.need("text")?.string()?;
    let options = given
        .get("options")?
        .map(|options| ui_options(&options))
        .transpose()?
        .unwrap_or_default();
    Ok(NewCommand::Interaction(UiCommand {
        interaction,
        text,
        options,
    }))
}

fn ui_options(given: &Given) -> JsResult<UiOptions> {
    given.only(&[
        "minDisplay",
        "maxDisplay",
        "default",
        "maxLength",
        "inputType",
        "echo",
    ])?;
    let positive = |given: &Given| match given.number()? {
        0 => Err(given.wrong("a whole number from 1 to 4294967295")),
        number => Ok(number),
    };
    let input_types = ["A", "N", "D", "T", "P", "I"].map(|letter| (letter, letter));
    let echoes = ["T", "P"].map(|letter| (letter, letter));
    let letter = |letter: &str| letter.chars().next();
    Ok(UiOptions {
        min_display: given.maybe("minDisplay", positive)?,
        max_display: given.maybe("maxDisplay", positive)?,
        default: given.maybe("default", Given::string)?,
        max_length: given.maybe("maxLength", positive)?,
        input_type: given
            .maybe("inputType", |given| given.one_of(&input_types))?
            .and_then(letter),
        echo: given
            .maybe("echo", |given| given.one_of(&echoes))?
            .and_then(letter),
    })
}

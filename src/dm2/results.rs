//! Results, and which of the commands each is of.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::json::{Json, Value};
use crate::limits::Limits;
use crate::status::StatusCode;

use super::Dialect;
use super::command::Command;
use super::members::{Members, each, strings};
use super::object::{MoItem, several};
use super::read::{self, need, object, status};

/// A result as it stands in package 3: of a command in the approved dialect, of each place that a command names in the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The status.
    pub code: StatusCode,
    /// The data, of Get.
    pub objects: Vec<MoItem>,
    /// Where the data of HGET was stored, where the device had to choose: ClientURIs.
    pub created: Vec<String>,
}

/// What became of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutcome {
    /// One result for each place that the command names, or one for all of them; none where the peer did not say. What it did not say of a
    /// place is missing at the end.
    pub results: Vec<Outcome>,
    /// The results that there should be: one where there is one for all places.
    pub expected: usize,
}

/// What became of the commands of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// For each command in its order.
    pub commands: Vec<CommandOutcome>,
    /// There were fewer results than there should be, and no alert that says why: the session is to be ended.
    pub mismatch: bool,
}

impl Outcome {
    /// A status without anything.
    pub fn of(code: StatusCode) -> Self {
        Self {
            code,
            objects: Vec::new(),
            created: Vec::new(),
        }
    }

    pub(super) fn parse_draft(value: Value<'_>, limits: &Limits) -> Result<Self> {
        let value = object(value)?;
        let objects = value
            .get("MOD")
            .map(|data| several(data, limits, MoItem::parse_draft));
        Self::parse(value, "Code", objects, limits)
    }

    pub(super) fn parse_approved(value: Value<'_>, limits: &Limits) -> Result<Self> {
        let value = object(value)?;
        // Where the specification puts the data is not public.
        let mut places = ["MO", "MOD", "MOData"]
            .into_iter()
            .filter_map(|name| value.get(name));
        let data = places.next();
        if let Some(other) = places.next() {
            return Err(other.error(Code::Schema, "data in two places"));
        }
        let objects = data.map(|data| several(data, limits, MoItem::parse_approved));
        Self::parse(value, "sc", objects, limits)
    }

    fn parse(
        value: Value<'_>,
        code: &'static str,
        objects: Option<Result<Vec<MoItem>>>,
        limits: &Limits,
    ) -> Result<Self> {
        let created = value.get("URI");
        let created = created.map(|uris| read::strings(uris, limits.items));
        Ok(Self {
            code: status(need(value, code)?)?,
            objects: objects.transpose()?.unwrap_or_default(),
            created: created.transpose()?.unwrap_or_default(),
        })
    }

    pub(super) fn emit(&self, dialect: Dialect) -> Result<Json> {
        let mut out = Members::default();
        let mut objects = each("objects", &self.objects, |object| object.emit(dialect))?;
        let created = Some(strings(&self.created)).filter(|_| !self.created.is_empty());
        let code = i64::from(self.code.0);
        match dialect {
            Dialect::Draft => {
                out.put("Code", code);
                match objects.len() {
                    1 => out.maybe("MOD", objects.pop()),
                    _ => out.list("MOD", objects),
                }
                out.maybe("URI", created);
            }
            Dialect::Approved => {
                out.put("sc", code);
                out.maybe("URI", created);
                out.list("MO", objects);
            }
        }
        Ok(out.into())
    }
}

/// Which results are of which commands. In the approved dialect each command has one; in the draft each place has one or, where there are as
/// many results as commands, each command. `is_aborted`: the device says that it stopped, so that results may be missing at the end.
///
/// What was not said is missing, never taken for done: of fewer results than there should be only those count that mean the same however they
/// are counted.
///
/// # Errors
///
/// [`Code::Schema`] for more results than were asked for; the peer's fault.
pub fn distribute(
    commands: &[Command],
    results: Vec<Outcome>,
    dialect: Dialect,
    is_aborted: bool,
) -> Result<Outcomes> {
    let places: usize = commands.iter().map(Command::targets).sum();
    let found = results.len();
    let most = match dialect {
        Dialect::Draft => places,
        Dialect::Approved => commands.len(),
    };
    if found > most {
        let error = Error::peer(Code::Schema, format!("{found} results"));
        return Err(error.expecting(format!("at most {most}")));
    }
    let is_each = match dialect {
        Dialect::Draft => found == places || is_aborted || found != commands.len(),
        Dialect::Approved => false,
    };
    let whole = if is_each { places } else { commands.len() };
    let mismatch = found < whole && !is_aborted;
    // Fewer than the commands: whether they are of places or of commands cannot be told from the first on that names several.
    let is_unclear = dialect == Dialect::Draft && mismatch && found < commands.len();
    let mut results = results.into_iter();
    let mut is_clear = true;
    let outcome = |command: &Command| {
        let expected = if is_each { command.targets() } else { 1 };
        is_clear &= !is_unclear || command.targets() == 1;
        let own = results.by_ref().take(if is_clear { expected } else { 0 });
        CommandOutcome {
            results: own.collect(),
            expected,
        }
    };
    Ok(Outcomes {
        commands: commands.iter().map(outcome).collect(),
        mismatch,
    })
}

/// What became of all places of a command as one result, as the approved dialect has it: the first failure, else 200 unless all places say the
/// same.
pub fn fold(places: Vec<Outcome>) -> Option<Outcome> {
    let is_failure = |code: StatusCode| code.0 >= 400;
    let of_siblings = |code: StatusCode| code == StatusCode::NOT_EXECUTED;
    let mut codes = places.iter().map(|place| place.code);
    let first = codes.next()?;
    let is_same = codes.all(|code| code == first);
    let failed = places
        .iter()
        .map(|place| place.code)
        .find(|code| is_failure(*code));
    let skipped = places
        .iter()
        .map(|place| place.code)
        .find(|code| of_siblings(*code));
    let code = failed
        .or(skipped)
        .unwrap_or(if is_same { first } else { StatusCode::OK });
    let (mut objects, mut created) = (Vec::new(), Vec::new());
    for place in places {
        objects.extend(place.objects);
        created.extend(place.created);
    }
    Some(Outcome {
        code,
        objects,
        created,
    })
}

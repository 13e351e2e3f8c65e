//! `flags create`, `enable`, `disable`, `rollout`, `set`, `delete`, `rename` and `init`: edits of the file.

use crate::args::{Create, Delete, EditOptions, Init, Reach, Rename, RolloutTo, Set, Switch};
use crate::edit::{Session, table};
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::sources::references;
use crate::{output, write};
use flags_edit::{Edit, NewFlag, NewVariant, RefusalKind, Scope};
use flags_schema::{Flag, json_schema, names};
use std::path::Path;

pub(crate) fn create(path: Option<&Path>, arguments: &Create) -> Result<Outcome, Failure> {
    let variants = arguments.variants.iter().map(|written| match written.split_once('=') {
        Some((name, weight)) => NewVariant { name: name.to_owned(), weight: Some(weight.to_owned()) },
        None => NewVariant { name: written.clone(), weight: None },
    });
    let definition = NewFlag {
        description: arguments.description.clone(),
        owner: arguments.owner.clone(),
        tags: arguments.tag.clone(),
        ticket: arguments.ticket.clone(),
        kind: arguments.kind.map(|kind| kind.as_str().to_owned()),
        expires: arguments.expires.clone(),
        state: arguments.state.clone(),
        rollout: arguments.rollout.map(|percent| percent.to_string()),
        variants: variants.collect(),
    };
    let mut session = Session::open(path)?;
    session.apply(&Edit::Create { flag: arguments.name.clone(), definition })?;
    session.finish(arguments.mode)
}

impl Reach {
    pub(super) fn scope(&self) -> Scope {
        match &self.environment {
            Some(environment) => Scope::Environment(environment.clone()),
            None if self.everywhere => Scope::Everywhere,
            None => Scope::Unstated,
        }
    }
}

pub(crate) fn switch(path: Option<&Path>, arguments: &Switch, on: bool) -> Result<Outcome, Failure> {
    let flag = arguments.name.clone();
    let edit = |scope| {
        let flag = flag.clone();
        if on { Edit::Enable { flag, scope } } else { Edit::Disable { flag, scope } }
    };
    reach(path, &arguments.options, edit)
}

pub(crate) fn rollout(path: Option<&Path>, arguments: &RolloutTo) -> Result<Outcome, Failure> {
    let edit = |scope| Edit::Rollout { flag: arguments.name.clone(), percentage: arguments.percent, scope };
    reach(path, &arguments.options, edit)
}

/// Makes an edit in the environments that the arguments choose. Asks when an environment has another answer.
fn reach(
    path: Option<&Path>,
    EditOptions { reach, mode }: &EditOptions,
    edit: impl Fn(Scope) -> Edit,
) -> Result<Outcome, Failure> {
    let mut session = Session::open(path)?;
    match session.apply(&edit(reach.scope())) {
        Ok(()) => {}
        Err(refusal) if refusal.kind == RefusalKind::Unstated => {
            output::tell_styled(table(refusal.answers()).trim_end());
            if !output::can_ask() || mode.yes {
                return Err(refusal.into());
            }
            output::tell(&refusal.message);
            if !session.ask("change every environment?")? {
                output::tell("nothing is written");
                return Ok(Outcome::Findings);
            }
            session.apply(&edit(Scope::Everywhere))?;
        }
        Err(refusal) => return Err(refusal.into()),
    }
    session.finish(*mode)
}

pub(crate) fn set(path: Option<&Path>, arguments: &Set) -> Result<Outcome, Failure> {
    let mut session = Session::open(path)?;
    let mut edits = Vec::new();
    for written in &arguments.values {
        let Some((name, value)) = written.split_once('=') else {
            return Err(Failure::usage(format!("`{written}` sets nothing"))
                .help("write KEY=VALUE, such as owner=growth or variants.control.weight=20"));
        };
        let scope = arguments.options.reach.scope();
        let (flag, path, value) = (arguments.name.clone(), name.to_owned(), value.to_owned());
        edits.push(Edit::Set { flag, path, value, scope });
    }
    session.apply(&Edit::Several { edits })?;
    session.finish(arguments.options.mode)
}

pub(crate) fn delete(path: Option<&Path>, arguments: &Delete) -> Result<Outcome, Failure> {
    let mut session = Session::open(path)?;
    tell_uses(&session.file, session.file.flag(&arguments.name)?, "will not compile without it")?;
    session.apply(&Edit::Delete { flag: arguments.name.clone() })?;
    session.finish(arguments.mode)
}

pub(crate) fn rename(path: Option<&Path>, arguments: &Rename) -> Result<Outcome, Failure> {
    let mut session = Session::open(path)?;
    let to = &arguments.to;
    let what = format!("must say `Flags::{}`, or `\"{to}\"`", names::constant(to));
    tell_uses(&session.file, session.file.flag(&arguments.name)?, &what)?;
    session.apply(&Edit::Rename { flag: arguments.name.clone(), to: to.clone() })?;
    session.finish(arguments.mode)
}

/// Tells how many references in Rust sources a change of the flag's name concerns.
fn tell_uses(file: &File, flag: &Flag, what: &str) -> Result<(), Failure> {
    let found = references(file.document(), &[file.directory().to_owned()])?;
    if let Some(uses) = found.get(flag.key.as_str()).filter(|uses| !uses.is_empty()) {
        let shown: Vec<String> =
            uses.iter().take(3).map(|it| format!("{}:{}:{}", it.file, it.line, it.column)).collect();
        let more = if uses.len() > shown.len() { ", …" } else { "" };
        let count = output::count(uses.len(), "reference");
        output::tell(&format!("note: {count} in Rust sources {what}: {}{more}", shown.join(", ")));
    }
    Ok(())
}

/// The name of the JSON Schema that `flags init` writes beside the file.
const SCHEMA: &str = "flags.schema.json";

const FIRST: &str = "\
# yaml-language-server: $schema=flags.schema.json
#
# The flags of this program. `flags check` says what is wrong with this file.

version: 1

flags:
  new-ui:
    description: The new user interface
    state: off

# The end. A program that follows this file refuses one that is cut off before it.
...
";

pub(crate) fn init(path: Option<&Path>, arguments: &Init) -> Result<Outcome, Failure> {
    let path = arguments.path.as_deref().or(path).unwrap_or(Path::new(file::NAME));
    write::new(path, FIRST)?;
    output::tell(&format!("`{}` is written", file::shown(path)));
    let schema = file::beside(file::directory(path), SCHEMA);
    if !schema.exists() {
        write::new(&schema, &format!("{:#}\n", json_schema()))?;
        output::tell(&format!(
            "`{}` is written: editors complete and check the file with it",
            file::shown(&schema)
        ));
    }
    Ok(Outcome::Clean)
}

//! `flags list`: the flags of the file, filtered.

use crate::args::List;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::output;
use flags_edit::describe;
use flags_schema::{Document, Flag, FlagKind, FlagState, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) fn list(path: Option<&Path>, arguments: &List) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    let environment = file::environment(document, arguments.environment.environment.as_deref())?
        .or_else(|| file::default_environment(document));
    let effective = document.effective(environment);
    let today = arguments.today.unwrap_or_else(Timestamp::of_build);
    refuse_unknown(arguments, &effective)?;
    let flags: Vec<&Flag> =
        effective.flags.iter().filter(|flag| is_asked_for(flag, arguments, today)).collect();
    if arguments.json {
        let items: Vec<_> = flags.iter().map(|flag| item(flag, &effective, environment)).collect();
        output::print_json(&json!(items))?;
        return Ok(Outcome::Clean);
    }
    let rows = flags.iter().map(|flag| {
        vec![
            flag.key.value.clone(),
            describe::state(flag, &effective, environment),
            flag.kind.as_str().to_owned(),
            flag.owner.as_ref().map(|owner| owner.value.clone()).unwrap_or_default(),
            describe::joined(&flag.tags),
            flag.expires.as_ref().map(|it| it.value.to_string()).unwrap_or_default(),
        ]
    });
    if flags.is_empty() {
        output::tell("no flag meets all of these");
    } else {
        output::print(&output::table(&["flag", "state", "kind", "owner", "tags", "expires"], rows))?;
    }
    Ok(Outcome::Clean)
}

fn is_asked_for(flag: &Flag, arguments: &List, today: Timestamp) -> bool {
    let tagged = |tag: &String| flag.tags.iter().any(|it| it.value == *tag);
    (arguments.tag.is_empty() || arguments.tag.iter().any(tagged))
        && arguments
            .owner
            .as_ref()
            .is_none_or(|owner| flag.owner.as_ref().is_some_and(|it| it.value == *owner))
        && arguments.kind.is_none_or(|kind| flag.kind.value == kind)
        && arguments.state.as_ref().is_none_or(|state| flag.answer.state.as_str() == state)
        && (!arguments.expired || flag.is_expired(today))
}

/// A filter by what no flag can have is a slip of the pen, not an empty answer.
fn refuse_unknown(arguments: &List, document: &Document) -> Result<(), Failure> {
    let states = FlagState::WORDS
        .iter()
        .map(FlagState::as_str)
        .chain(document.segments.iter().map(|it| it.name.as_str()));
    let owners = document.flags.iter().filter_map(|flag| flag.owner.as_ref()).map(|it| it.as_str());
    let tags = document.flags.iter().flat_map(|flag| &flag.tags).map(|it| it.as_str());
    let refuse = |what: &str, asked: &str, known: BTreeSet<&str>| {
        if known.contains(asked) {
            return Ok(());
        }
        let listed: Vec<String> = known.iter().take(10).map(|it| format!("`{it}`")).collect();
        let more = if known.len() > listed.len() { ", …" } else { "" };
        let otherwise = match listed.as_slice() {
            [] => format!("no flag of the file has a {what}"),
            listed => format!("the file has {}{more}", listed.join(", ")),
        };
        Err(Failure::unknown(what, asked, known.iter().copied(), &otherwise))
    };
    if let Some(state) = &arguments.state {
        refuse("state", state, states.collect())?;
    }
    if let Some(owner) = &arguments.owner {
        refuse("owner", owner, owners.collect())?;
    }
    let tags: BTreeSet<&str> = tags.collect();
    arguments.tag.iter().try_for_each(|tag| refuse("tag", tag, tags.clone()))
}

fn item(flag: &Flag, document: &Document, environment: Option<&str>) -> serde_json::Value {
    json!({
        "flag": *flag.key,
        "description": flag.description.as_deref(),
        "owner": flag.owner.as_deref(),
        "tags": flag.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        "kind": flag.kind.as_str(),
        "ticket": flag.ticket.as_deref(),
        "expires": flag.expires.as_ref().map(|it| it.value.to_string()),
        "type": FlagKind::of(flag).as_str(),
        "state": flag.answer.state.as_str(),
        "rollout": describe::rollout(flag, document),
        "variants": flag.variants.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>(),
        "environment": environment,
        "applies": describe::applies(flag, environment),
        "file": document.files.get(usize::from(flag.key.position.file.0)),
        "line": flag.key.position.line,
    })
}

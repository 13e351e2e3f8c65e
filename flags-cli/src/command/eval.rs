//! `flags eval` and `flags explain`: what a context gets, and why.

use crate::args::{Eval, Explain};
use crate::failure::Failure;
use crate::file::File;
use crate::outcome::Outcome;
use crate::{context_args, output};
use flags_edit::describe::answer;
use flags_runtime::{Context, Evaluation, FlagHandle, RuleRef, Value};
use serde_json::{Value as Json, json};
use std::path::Path;

pub(crate) fn eval(path: Option<&Path>, arguments: &Eval) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    if let Some(name) = &arguments.name {
        file.flag(name)?;
    }
    let engine = context_args::engine(document, &arguments.who.when)?;
    let context = context_args::context(document, &engine, &arguments.who)?;
    let evaluations: Vec<Evaluation<Value>> = match &arguments.name {
        Some(name) => engine.flag(name).iter().map(|flag| flag.evaluate(&context)).collect(),
        None => engine.evaluate_all(&context).iter().collect(),
    };
    if arguments.json {
        let all: Vec<Json> =
            evaluations.iter().map(|one| serde_json::to_value(one).unwrap_or_default()).collect();
        output::print_json(match (&arguments.name, all.as_slice()) {
            (Some(_), [one]) => one,
            _ => return output::print_json(&json!(all)).map(|()| Outcome::Clean),
        })?;
        return Ok(Outcome::Clean);
    }
    let rows = evaluations.iter().map(|evaluation| {
        let reason = match evaluation.error_code() {
            Some(code) => format!("{} ({code})", evaluation.reason()),
            None => evaluation.reason().to_string(),
        };
        vec![
            evaluation.key().to_owned(),
            answer(evaluation),
            reason,
            evaluation.rule().map(rule_name).unwrap_or_default(),
            evaluation.provenance().to_string(),
        ]
    });
    output::print(&output::table(&["flag", "value", "reason", "rule", "from"], rows))?;
    Ok(Outcome::Clean)
}

pub(crate) fn explain(path: Option<&Path>, arguments: &Explain) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    file.flag(&arguments.name)?;
    let engine = context_args::engine(document, &arguments.who.when)?;
    let context = context_args::context(document, &engine, &arguments.who)?;
    let Some(flag) = engine.flag(&arguments.name) else {
        return Err(Failure::new(format!("flag `{}` cannot be evaluated", arguments.name)));
    };
    if arguments.json {
        output::print_json(&explained(&flag, &context))?;
    } else {
        output::print(&flag.explain(&context).to_string())?;
    }
    Ok(Outcome::Clean)
}

fn explained(flag: &FlagHandle<'_>, context: &Context) -> Json {
    let mut json = serde_json::to_value(flag.explain(context)).unwrap_or_default();
    if let Some(fields) = json.as_object_mut() {
        fields.insert("bucket".to_owned(), json!(flag.bucket(context)));
    }
    json
}

/// A rule's name, or which one it is.
pub(crate) fn rule_name(rule: RuleRef<'_>) -> String {
    rule.name.map_or_else(|| rule.to_string(), str::to_owned)
}

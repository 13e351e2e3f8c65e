//! Rules added, changed, moved and removed.

use crate::change::{Change, New};
use crate::describe;
use crate::draft::{Draft, Target};
use crate::flag::{key, set_key, value_text};
use crate::reach::{own, targets};
use crate::refusal::Refusal;
use crate::scan::quoted;
use crate::scope::Scope;
use crate::tree::{Path, Step, at};
use flags_schema::{Rule, Serve, Spanned, Value, suggest};
use serde::{Deserialize, Serialize};

/// What a rule says, as it is written in the file. What is absent is not said, or in a change stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleText {
    /// Its name: shown in explanations, and what its buckets go by.
    pub name: Option<String>,
    /// Its condition: an expression, `plan == 'premium'`, or a map on one line, `{ plan: premium }`.
    pub when: Option<String>,
    /// Its percentage, or a rollout on one line, `{ percentage: 25, by: tenant }`.
    pub rollout: Option<String>,
    /// What it serves: a variant, `on`, `off`, a literal, or shares, `{ control: 20, treatment: 80 }`.
    pub serve: Option<String>,
    /// Higher is asked first.
    pub priority: Option<String>,
    /// Not before this moment.
    pub starts: Option<String>,
    /// Not from this moment on.
    pub ends: Option<String>,
}

impl RuleText {
    /// The keys that it says, in the order in which they are written, and their values in YAML.
    fn entries(&self) -> Result<Vec<(String, String)>, Refusal> {
        let mut entries = Vec::new();
        if let Some(name) = &self.name {
            entries.push(("name".to_owned(), quoted(name)));
        }
        if let Some(when) = &self.when {
            entries.push(("when".to_owned(), condition_text(when)?));
        }
        for (key, value) in [
            ("rollout", &self.rollout),
            ("serve", &self.serve),
            ("priority", &self.priority),
            ("starts", &self.starts),
            ("ends", &self.ends),
        ] {
            if let Some(value) = value {
                entries.push((key.to_owned(), value_text(value)?));
            }
        }
        Ok(entries)
    }
}

/// A condition as it is written: a map as given, an expression as quoted text.
pub(crate) fn condition_text(when: &str) -> Result<String, Refusal> {
    let when = when.trim();
    if when.is_empty() {
        return Err(Refusal::invalid("an empty condition says nothing")
            .help("write an expression, such as \"plan == 'premium'\""));
    }
    if when.starts_with('{') { value_text(when) } else { Ok(quoted(when)) }
}

/// Where a rule stands among the rules of its flag: they are asked in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleOrder {
    /// Behind all others.
    #[default]
    Last,
    /// Before all others.
    First,
    /// At this position, which counts from 1.
    At(usize),
    /// Before a rule, named as in [`Edit::SetRule`](crate::Edit::SetRule).
    Before(String),
    /// Behind a rule.
    After(String),
}

/// The rules of one text: where they stand, and their tree.
struct Rules {
    file: String,
    path: Path,
    items: Vec<Spanned<Value>>,
}

impl Rules {
    fn name(&self, index: usize) -> Option<&str> {
        match &at(self.items.get(index)?, &key("name"))?.value {
            Value::String(name) => Some(name),
            _ => None,
        }
    }

    /// The index of the rule that has this name, or else stands at this position, from 1.
    fn index(&self, flag: &str, rule: &str) -> Result<usize, Refusal> {
        let mut indices = 0..self.items.len();
        if let Some(index) = indices.find(|index| self.name(*index) == Some(rule)) {
            return Ok(index);
        }
        let position = rule.parse::<usize>().ok().and_then(|position| position.checked_sub(1));
        if let Some(index) = position.filter(|index| *index < self.items.len()) {
            return Ok(index);
        }
        let names = (0..self.items.len()).filter_map(|index| self.name(index));
        let (message, help) = match self.items.len() {
            0 => (format!("flag `{flag}` has no rules in `{}`", self.file), "add one first".to_owned()),
            count => (
                format!("flag `{flag}` has no rule `{rule}` in `{}`", self.file),
                match suggest::nearest(rule, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if count == 1 => "it has 1 rule: say its name, or `1`".to_owned(),
                    None => format!("it has {count} rules: say a name, or a position from 1 to {count}"),
                },
            ),
        };
        Err(Refusal::invalid(message).help(help))
    }

    /// The index before which a rule is added.
    fn before(&self, flag: &str, order: &RuleOrder) -> Result<usize, Refusal> {
        let count = self.items.len();
        match order {
            RuleOrder::Last => Ok(count),
            RuleOrder::First => Ok(0),
            RuleOrder::At(position) => match position.checked_sub(1) {
                Some(index) if index <= count => Ok(index),
                _ => Err(Refusal::invalid(format!("flag `{flag}` has no position {position} for a rule"))
                    .help(format!("name a position from 1 to {}", count + 1))),
            },
            RuleOrder::Before(rule) => self.index(flag, rule),
            RuleOrder::After(rule) => Ok(self.index(flag, rule)? + 1),
        }
    }

    fn item(&self, index: usize) -> Path {
        self.path.iter().cloned().chain([Step::Index(index)]).collect()
    }
}

/// Adds a rule.
pub(crate) fn add(
    draft: &mut Draft,
    flag: &str,
    rule: &RuleText,
    order: &RuleOrder,
    scope: &Scope,
) -> Result<(), Refusal> {
    let entries = rule.entries()?;
    if entries.is_empty() {
        return Err(Refusal::invalid("a rule that says nothing is no rule")
            .help("give it a condition, a rollout, or something to serve"));
    }
    for target in targets(draft, flag, "rules", scope)? {
        let rules = rules(draft, flag, &target, scope)?;
        if let Some(name) = &rule.name
            && let Some(index) = (0..rules.items.len()).find(|index| rules.name(*index) == Some(name))
        {
            return Err(Refusal::invalid(format!(
                "flag `{flag}` has a rule `{name}` already, at position {}",
                index + 1
            ))
            .help("give the new one another name"));
        }
        let index = rules.before(flag, order)?;
        tell_shifted(draft, flag, scope, index..usize::MAX);
        if rules.items.is_empty() {
            write(draft, &target, &New::Items(vec![entries.clone()]))?;
        } else {
            draft.change(&rules.file, &Change::Insert(rules.path, index, New::Block(entries.clone())))?;
        }
    }
    Ok(())
}

/// Changes what a rule says.
pub(crate) fn set(
    draft: &mut Draft,
    flag: &str,
    rule: &str,
    change: &RuleText,
    clear: &[String],
    scope: &Scope,
) -> Result<(), Refusal> {
    let entries = change.entries()?;
    if entries.is_empty() && clear.is_empty() {
        return Err(Refusal::invalid("nothing is said that the rule should say")
            .help("give it a condition, a rollout, or something to serve"));
    }
    for target in targets(draft, flag, "rules", scope)? {
        let rules = rules(draft, flag, &target, scope)?;
        let index = rules.index(flag, rule)?;
        if change.name.is_some() || clear.iter().any(|key| key == "name") {
            tell_renamed(draft, flag, scope, index);
        }
        let item = rules.item(index);
        for (key, value) in &entries {
            let path: Path = item.iter().cloned().chain([Step::Key(key.clone())]).collect();
            draft.change(&rules.file, &Change::Set(path, New::Flow(value.clone())))?;
        }
        for key in clear {
            let path: Path = item.iter().cloned().chain([Step::Key(key.clone())]).collect();
            if draft.tree(&rules.file).is_none_or(|root| at(&root, &path).is_none()) {
                return Err(Refusal::invalid(format!("the rule says nothing of `{key}`")));
            }
            draft.change(&rules.file, &Change::Remove(path))?;
        }
    }
    Ok(())
}

/// Moves a rule among the others.
pub(crate) fn reorder(
    draft: &mut Draft,
    flag: &str,
    rule: &str,
    order: &RuleOrder,
    scope: &Scope,
) -> Result<(), Refusal> {
    for target in targets(draft, flag, "rules", scope)? {
        let rules = rules(draft, flag, &target, scope)?;
        let from = rules.index(flag, rule)?;
        let before = rules.before(flag, order)?;
        let to = match order {
            RuleOrder::At(_) => before,
            _ if before > from => before - 1,
            _ => before,
        };
        if to >= rules.items.len() {
            return Err(Refusal::invalid(format!("flag `{flag}` has no position {} for that rule", to + 1))
                .help(format!("name a position from 1 to {}", rules.items.len())));
        }
        if rules.items.iter().any(|item| at(item, &key("priority")).is_some()) {
            draft.note("rules are asked by their `priority` first; the order written decides among equals");
        }
        tell_shifted(draft, flag, scope, from.min(to)..from.max(to) + 1);
        draft.change(&rules.file, &Change::Move(rules.path, from, to))?;
    }
    Ok(())
}

/// Removes a rule.
pub(crate) fn remove(draft: &mut Draft, flag: &str, rule: &str, scope: &Scope) -> Result<(), Refusal> {
    for target in targets(draft, flag, "rules", scope)? {
        let rules = rules(draft, flag, &target, scope)?;
        let index = rules.index(flag, rule)?;
        tell_shifted(draft, flag, scope, index + 1..usize::MAX);
        draft.change(&rules.file, &Change::Remove(rules.item(index)))?;
    }
    Ok(())
}

fn rules_path(target: &Target) -> Path {
    target.path.iter().cloned().chain(key("rules")).collect()
}

/// The rules that are written at a target.
fn written(draft: &Draft, target: &Target) -> Option<Vec<Spanned<Value>>> {
    let root = draft.tree(&target.file)?;
    match &at(&root, &rules_path(target))?.value {
        Value::List(items) => Some(items.clone()),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

/// The rules of a target. An environment that has none of its own gets those that it has had from the base file.
fn rules(draft: &mut Draft, flag: &str, target: &Target, scope: &Scope) -> Result<Rules, Refusal> {
    let path = rules_path(target);
    if let (Scope::Environment(environment), None) = (scope, written(draft, target)) {
        let inherited = own(draft, flag, environment, "rules")
            .iter()
            .rev()
            .find_map(|target| written(draft, target))
            .or_else(|| written(draft, &draft.target(flag, None).ok()?))
            .unwrap_or_default();
        if !inherited.is_empty() {
            let items = inherited.iter().map(copied).collect();
            write(draft, target, &New::Items(items))?;
            draft.note(format!(
                "the rules of `{flag}` are copied for `{environment}`: there they no longer follow the base file"
            ));
        }
    }
    let items = written(draft, target).unwrap_or_default();
    Ok(Rules { file: target.file.clone(), path, items })
}

/// An item as it is written anew.
fn copied(item: &Spanned<Value>) -> Vec<(String, String)> {
    match &item.value {
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (quoted(key), describe::flow(value))).collect()
        }
        _ => Vec::new(),
    }
}

/// Writes rules where none are written.
fn write(draft: &mut Draft, target: &Target, items: &New) -> Result<(), Refusal> {
    let root = draft.tree(&target.file);
    match root.as_ref().and_then(|root| at(root, &target.path)).map(|flag| &flag.value) {
        Some(Value::Map(entries)) if !entries.is_empty() => {
            draft.change(&target.file, &Change::Set(rules_path(target), items.clone()))
        }
        _ => set_key(draft, target, &key("rules"), &items.flow()),
    }
}

/// The rules as they are evaluated where the scope says.
fn evaluated(draft: &Draft, flag: &str, scope: &Scope) -> Vec<Rule> {
    draft.effective(flag, scope.environment()).map(|flag| flag.answer.rules).unwrap_or_default()
}

/// Whether a rule's position or name decides whom it lets in.
fn divides(rule: &Rule) -> bool {
    let salted = rule.rollout.as_ref().is_some_and(|rollout| rollout.salt.is_some());
    let splits = matches!(rule.serve.as_ref().map(|serve| &serve.value), Some(Serve::Split(_)));
    (rule.rollout.is_some() || splits) && !salted
}

/// Tells of rules without a name whose position changes, and with it their buckets.
fn tell_shifted(draft: &mut Draft, flag: &str, scope: &Scope, indices: std::ops::Range<usize>) {
    let rules = evaluated(draft, flag, scope);
    let mut shifted = rules
        .iter()
        .enumerate()
        .filter(|(index, rule)| indices.contains(index) && rule.name.is_none() && divides(rule));
    if let Some((index, _)) = shifted.next() {
        draft.note(format!(
            "rule {} has no name: its buckets go by its position, and others fall into its percentage\n  help: to \
             keep them, give it the salt `{flag}/{}`",
            index + 1,
            index + 1
        ));
    }
}

/// Tells of a rule whose name changes, and with it its buckets.
fn tell_renamed(draft: &mut Draft, flag: &str, scope: &Scope, index: usize) {
    let rules = evaluated(draft, flag, scope);
    if let Some(rule) = rules.get(index).filter(|rule| divides(rule)) {
        let salt = match &rule.name {
            Some(name) => format!("{flag}/{}", name.value),
            None => format!("{flag}/{}", index + 1),
        };
        draft.note(format!(
            "the rule's buckets go by its name, and others fall into its percentage\n  help: to keep them, give it \
             the salt {}",
            quoted(&salt)
        ));
    }
}

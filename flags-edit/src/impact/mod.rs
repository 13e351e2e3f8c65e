//! Two documents compared: what the program was compiled for, what it answers, and whom that moves.

mod atoms;
mod canonical;
mod contexts;
mod moves;
mod outcomes;
mod shares;
mod touched;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

pub use moves::{Move, UserMove};
use shares::{Answers, Comparison};
use touched::{Alike, Touched, View};

use crate::describe;
use crate::refusal::{Refusal, RefusalKind};
use flags_runtime::{Engine, FixedClock, Options, Variables};
use flags_schema::{Contract, Document, Flag, Segment, Sources, Spanned, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Everything that two documents differ in: what a person wants to see before a change is accepted.
///
/// ```
/// use flags_edit::impact::compare;
/// use flags_schema::{SourceFile, Timestamp, load};
///
/// let document = |percentage: u8| {
///     let text = format!("flags:\n  new-ui: {{ state: gradual, rollout: {percentage} }}\n");
///     load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Default::default()).document
/// };
/// let impact = compare(&document(25), &document(30), None, Timestamp(0))?;
/// let moved = &impact.flags[0].moves[0];
/// assert_eq!((moved.old.as_str(), moved.new.as_str(), moved.percent.round()), ("off", "on", 5.0));
/// assert!(compare(&document(25), &document(25), None, Timestamp(0))?.is_empty());
/// # Ok::<(), flags_edit::Refusal>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    /// What changed of the contract and of the environments, in sentences.
    pub contract: Vec<String>,
    /// What changed of segments, in sentences.
    pub segments: Vec<String>,
    /// The flags that say or answer something else.
    pub flags: Vec<FlagImpact>,
}

impl Impact {
    /// Whether both documents answer the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contract.is_empty() && self.segments.is_empty() && self.flags.is_empty()
    }
}

/// A flag that says or answers something else, in some environments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagImpact {
    /// Its key.
    pub flag: String,
    /// The environments in which it does; none where the documents declare none.
    pub environments: Vec<String>,
    /// What its definition says otherwise.
    pub definition: Vec<Definition>,
    /// The flags and segments (`segment NAME`) that it asks for and that change: they drag it along.
    pub through: Vec<String>,
    /// Which contexts get something else.
    pub moves: Vec<Move>,
    /// Users named individually who get something else.
    pub users: Vec<UserMove>,
    /// How many contexts were generated to compare the two.
    pub contexts: usize,
    /// Whether those are all that the conditions tell apart: then nobody else gets anything else.
    pub complete: bool,
    /// Why they are not: operators, in backticks, and what there is too much of.
    pub undecided: Vec<String>,
}

/// A key of a definition that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The key of the format.
    pub key: String,
    /// What it said; `None` where it was not there.
    pub old: Option<String>,
    /// What it says; `None` where it is gone.
    pub new: Option<String>,
}

/// An engine for an environment and a moment. Environment variables do not count: those of this process are
/// not those of the program.
///
/// # Errors
/// When the document cannot be evaluated, or does not declare the environment.
pub fn engine_in(
    document: &Document,
    environment: Option<&str>,
    at: Option<Timestamp>,
) -> Result<Engine, Refusal> {
    let mut options = Options::default().variables(Variables::None);
    if let Some(environment) = environment.filter(|name| !name.is_empty()) {
        options = options.environment(environment);
    }
    if let Some(at) = at {
        options = options.clock(FixedClock(at));
    }
    Engine::new(document.clone(), options).map_err(|errors| {
        let (first, rest) = flags_schema::render::first(&errors, flags_schema::render::SHOWN);
        let messages = first.into_iter().map(|diagnostic| diagnostic.message.clone());
        let messages: Vec<String> = messages.chain(rest.map(|rest| rest.to_string())).collect();
        let message = format!("the flags cannot be evaluated: {}", messages.join("; "));
        Refusal::new(RefusalKind::Evaluation, message).with_diagnostics(errors, Sources::default())
    })
}

/// Compares two documents in one environment, or in all of them, at a moment.
///
/// # Errors
/// When one of them cannot be evaluated.
pub fn compare(
    old: &Document,
    new: &Document,
    environment: Option<&str>,
    at: Timestamp,
) -> Result<Impact, Refusal> {
    let mut flags: Vec<FlagImpact> = Vec::new();
    // Those of one flag are found by its key: there may be thousands of flags.
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    let environments = environments(old, new, environment);
    let effective: Vec<_> = environments
        .iter()
        .map(|environment| [old, new].map(|document| document.effective(environment.as_deref())))
        .collect();
    let mut views = environments.iter().zip(&effective).map(|(environment, documents)| {
        documents.each_ref().map(|document| View::new(document, environment.as_deref()))
    });
    let Some(first) = views.next() else { return Ok(Impact::default()) };
    for impact in in_environment([old, new], &first, at, |_| false)? {
        by_key.entry(impact.flag.clone()).or_default().push(flags.len());
        flags.push(impact);
    }
    // What the first environment says of a flag holds where both documents say the same of it in another.
    let firsts: HashMap<String, usize> =
        flags.iter().enumerate().map(|(index, impact)| (impact.flag.clone(), index)).collect();
    for views in views {
        let alike = Alike::between(&first, &views);
        let found = in_environment([old, new], &views, at, |flag| alike.contains(flag))?;
        let name = views.iter().find_map(|view| view.environment);
        for impact in firsts.iter().filter(|(flag, _)| alike.contains(flag)).map(|(_, index)| *index) {
            if let (Some(impact), Some(name)) = (flags.get_mut(impact), name) {
                impact.environments.push(name.to_owned());
            }
        }
        for impact in found {
            let known = by_key.entry(impact.flag.clone()).or_default();
            let same = |other: &FlagImpact| {
                other.definition == impact.definition
                    && other.through == impact.through
                    && other.moves == impact.moves
                    && other.users == impact.users
                    && other.undecided == impact.undecided
            };
            match known.iter().find(|index| flags.get(**index).is_some_and(same)) {
                Some(index) => {
                    if let Some(other) = flags.get_mut(*index) {
                        other.environments.extend(impact.environments);
                    }
                }
                None => {
                    known.push(flags.len());
                    flags.push(impact);
                }
            }
        }
    }
    let order: HashMap<&str, usize> =
        new.flags.iter().enumerate().map(|(at, flag)| (flag.key.as_str(), at)).collect();
    flags.sort_by_key(|impact| order.get(impact.flag.as_str()).copied());
    let contract = environment_changes(old, new).into_iter().chain(contract(old, new)).collect();
    Ok(Impact { contract, segments: segments(old, new), flags })
}

/// What changed of the environments, in sentences.
fn environment_changes(old: &Document, new: &Document) -> Vec<String> {
    let names = |document: &Document| -> Vec<String> {
        document.environments.iter().map(|environment| environment.name.value.clone()).collect()
    };
    let default = |document: &Document| {
        let default = document.environments.iter().find(|environment| environment.default);
        default.map_or("none".to_owned(), |environment| format!("`{}`", environment.name.value))
    };
    let (before, after) = (names(old), names(new));
    let come =
        after.iter().filter(|name| !before.contains(name)).map(|name| format!("environment `{name}` is new"));
    let gone = before
        .iter()
        .filter(|name| !after.contains(name))
        .map(|name| format!("environment `{name}` is gone"));
    let mut found: Vec<String> = come.chain(gone).collect();
    if default(old) != default(new) {
        found.push(format!("the default environment: {} -> {}", default(old), default(new)));
    }
    found
}

/// The environments that both have; none when one of them has none.
fn environments(old: &Document, new: &Document, asked: Option<&str>) -> Vec<Option<String>> {
    if let Some(asked) = asked {
        return vec![Some(asked.to_owned())];
    }
    let both: Vec<_> = new
        .environments
        .iter()
        .filter(|environment| old.environments.iter().any(|other| other.name == environment.name))
        .map(|environment| Some(environment.name.value.clone()))
        .collect();
    if both.is_empty() { vec![None] } else { both }
}

/// What changed of the contract, in sentences.
fn contract(old: &Document, new: &Document) -> Vec<String> {
    let (before, after) = (Contract::of(old), Contract::of(new));
    let report = before.check(new);
    let mut found: Vec<String> = Vec::new();
    for key in &report.added {
        let sort = after.flags.iter().find(|flag| flag.key == *key).map(|flag| flag.answers.describe());
        found.push(format!("flag `{key}` is new: {}", sort.unwrap_or_default()));
    }
    found.extend(report.missing.iter().map(|key| format!("flag `{key}` is gone")));
    found.extend(report.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()));
    let names = |contract: &Contract| -> BTreeSet<String> {
        contract.attributes.iter().flatten().map(|attribute| attribute.name.clone()).collect()
    };
    let (old_names, new_names) = (names(&before), names(&after));
    found.extend(new_names.difference(&old_names).map(|name| format!("attribute `{name}` is new")));
    found.extend(old_names.difference(&new_names).map(|name| format!("attribute `{name}` is gone")));
    if found.is_empty() && before.fingerprint() != after.fingerprint() {
        found.push("the declared values or demands of attributes changed".to_owned());
    }
    found
}

fn segments(old: &Document, new: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let condition =
        |segment: &Segment| segment.when.as_ref().map_or("none".to_owned(), |when| when.value.to_string());
    for segment in &new.segments {
        let name = &segment.name.value;
        let Some(before) = old.segments.iter().find(|other| other.name == segment.name) else {
            found.push(format!("segment `{name}` is new"));
            continue;
        };
        let set = |segment: &Segment| segment.when.as_ref().map(|when| canonical::condition(&when.value));
        if set(before) != set(segment) {
            found.push(format!(
                "segment `{name}`: condition {} -> {}",
                condition(before),
                condition(segment)
            ));
        }
        let rollout =
            |segment: &Segment| segment.rollout.as_ref().map_or("none".to_owned(), |it| describe::share(it));
        if rollout(before) != rollout(segment) {
            let (before, after) = (rollout(before), rollout(segment));
            found.push(format!("segment `{name}`: rollout {before} -> {after}"));
        }
        let mut listed = |before: &[Spanned<String>], after: &[Spanned<String>], new: &str, gone: &str| {
            let (before, after) = (names(before), names(after));
            let say = |user: &String, what: &str| format!("segment `{name}`: user `{user}` is {what}");
            found.extend(after.difference(&before).map(|user| say(user, new)));
            found.extend(before.difference(&after).map(|user| say(user, gone)));
        };
        listed(&before.users, &segment.users, "new", "gone");
        listed(&before.exclude, &segment.exclude, "excluded", "no longer excluded");
    }
    for segment in old.segments.iter().filter(|it| new.segments.iter().all(|other| other.name != it.name)) {
        found.push(format!("segment `{}` is gone", segment.name.value));
    }
    found
}

fn names(users: &[Spanned<String>]) -> BTreeSet<String> {
    users.iter().map(|user| user.value.clone()).collect()
}

/// So many flags are worth a thread.
const FLAGS_PER_THREAD: usize = 250;

/// Compares what both documents answer in one environment, except for flags that are to be left out.
fn in_environment(
    documents: [&Document; 2],
    [before, after]: &[View<'_>; 2],
    at: Timestamp,
    left_out: impl Fn(&str) -> bool,
) -> Result<Vec<FlagImpact>, Refusal> {
    let environment = after.environment;
    let touched = Touched::between(before, after);
    let flags: Vec<[&Flag; 2]> = after
        .document
        .flags
        .iter()
        .filter(|flag| touched.flags.contains(flag.key.as_str()) && !left_out(&flag.key))
        .filter_map(|flag| Some([*before.flags.get(flag.key.as_str())?, flag]))
        .collect();
    if flags.is_empty() {
        return Ok(Vec::new());
    }
    let engines = documents.map(|document| engine_in(document, environment, Some(at)));
    let [old, new] = engines;
    let (views, engines) = ([before, after], [old?, new?]);
    let compare = |flags: &[[&'_ Flag; 2]]| -> Vec<FlagImpact> {
        let mut comparison = Comparison::new(views, &engines);
        flags.iter().filter_map(|flags| flag_impact(*flags, views, &mut comparison, &touched)).collect()
    };
    // Flags that stand together mostly depend on each other, which each thread works out for itself.
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(flags.len() / FLAGS_PER_THREAD);
    if threads < 2 {
        return Ok(compare(&flags));
    }
    Ok(std::thread::scope(|scope| {
        let chunks = flags.chunks(flags.len().div_ceil(threads));
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(|| compare(chunk))).collect();
        let found = running.into_iter().map(|thread| match thread.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        found.flatten().collect()
    }))
}

/// What one flag says and answers otherwise; nothing where it does not.
fn flag_impact<'a>(
    [old, new]: [&'a Flag; 2],
    [before, after]: [&View<'_>; 2],
    comparison: &mut Comparison<'a>,
    touched: &Touched<'_>,
) -> Option<FlagImpact> {
    let environment = after.environment;
    let definition = definition(old, before.document, new, after.document, environment);
    let Answers { moves, users, contexts, undecided } = comparison.flag(&new.key);
    if definition.is_empty() && moves.is_empty() && users.is_empty() {
        return None;
    }
    Some(FlagImpact {
        flag: new.key.value.clone(),
        environments: environment.map(str::to_owned).into_iter().collect(),
        definition,
        through: through([before, after], &new.key, touched),
        moves,
        users,
        contexts,
        complete: undecided.is_empty(),
        undecided,
    })
}

/// What a flag asks for, before or after, and that changes.
fn through(views: [&View<'_>; 2], key: &str, touched: &Touched<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for view in views {
        let Some(flag) = view.flags.get(key) else { continue };
        let own = view.dependencies.of(flag).into_iter().filter(|it| it.segment.is_none());
        let changed = own.filter(|it| touched.flags.contains(it.requirement.flag.as_str()));
        found.extend(changed.map(|it| it.requirement.flag.value.clone()));
        let changed = flag.answer.segments().filter(|name| touched.segments.contains(name));
        found.extend(changed.map(|name| format!("segment {name}")));
    }
    found.into_iter().collect()
}

/// The keys of a flag's definition that say something else.
fn definition(
    old: &Flag,
    before: &Document,
    new: &Flag,
    after: &Document,
    environment: Option<&str>,
) -> Vec<Definition> {
    let [old_lines, new_lines] =
        [(old, before), (new, after)].map(|(flag, document)| describe::words(flag, document, environment));
    // Keys may stand several times: those of the one that the other does not have.
    let without = |lines: &[(String, String)], others: &[(String, String)]| -> Vec<(String, String)> {
        let others: HashSet<&(String, String)> = others.iter().collect();
        lines.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    let (mut left, mut come) = (without(&old_lines, &new_lines), without(&new_lines, &old_lines));
    // What is written otherwise and says the same is no difference.
    let canonical = |flag: &Flag, lines: &[(String, String)]| -> Vec<(String, String)> {
        lines.iter().map(|(key, words)| (key.clone(), canonical::words(flag, key, words))).collect()
    };
    let (said_before, said_after) = (canonical(old, &left), canonical(new, &come));
    let differing =
        |lines: &mut Vec<(String, String)>, said: &[(String, String)], others: &[(String, String)]| {
            let mut said = said.iter();
            lines.retain(|_| said.next().is_none_or(|said| !others.contains(said)));
        };
    differing(&mut left, &said_before, &said_after);
    differing(&mut come, &said_after, &said_before);
    let (old, new) = (old_lines, new_lines);
    let mut found: Vec<Definition> = Vec::new();
    for (key, words) in &left {
        let after = come.iter().find(|(other, _)| other == key).map(|(_, words)| words.clone());
        found.push(Definition { key: key.clone(), old: Some(words.clone()), new: after });
    }
    for (key, words) in &come {
        if !left.iter().any(|(other, _)| other == key) {
            found.push(Definition { key: key.clone(), old: None, new: Some(words.clone()) });
        }
    }
    let order = |names: &[(String, String)]| names.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let kept = |keys: &[String], others: &[String]| -> Vec<String> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    let (before, after) = (order(&old), order(&new));
    if found.is_empty() && kept(&before, &after) != kept(&after, &before) {
        let shown = |keys: &[String]| Some(keys.join(", "));
        found.push(Definition { key: "order".to_owned(), old: shown(&before), new: shown(&after) });
    }
    found
}

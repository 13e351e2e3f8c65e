//! What the checks look up, and what they find.

use super::damage::Damage;
use crate::{
    Attribute, Code, Diagnostic, Document, Environment, Flag, FlagState, Patch, Position, Requirement,
    Rollout, Rule, Segment, Spanned, Users, Value, Variant, suggest,
};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

/// Comparisons that looking for nearest names may take in one document, so that many mistakes among
/// many names stay quick. Beyond them, mistakes are reported without a suggestion.
const COMPARISONS: usize = 200_000;

/// Variants of a flag up to which they are compared one by one.
const FEW: usize = 8;

/// The names of a document.
pub(super) struct Scope<'a> {
    pub(super) document: &'a Document,
    pub(super) damage: &'a Damage,
    pub(super) flags: HashMap<&'a str, &'a Flag>,
    pub(super) segments: HashMap<&'a str, &'a Segment>,
    /// `None` when any attribute may be used.
    pub(super) attributes: Option<HashMap<&'a str, &'a Attribute>>,
    pub(super) environments: HashMap<&'a str, &'a Environment>,
    /// What environments change, by flag; per environment its own map before its overlay.
    pub(super) patches: HashMap<&'a str, Vec<(&'a str, &'a Patch)>>,
    /// Flags with many variants, with each of them.
    variants: HashSet<(&'a str, &'a str)>,
    /// Every attribute with each of its `values`: as declared, and in lower case.
    values: HashSet<(&'a str, &'a str)>,
    folded_values: HashSet<(&'a str, String)>,
    comparisons: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(document: &'a Document, damage: &'a Damage) -> Self {
        let patches = document.patches();
        Self {
            document,
            damage,
            flags: by_name(&document.flags, |flag| &flag.key),
            segments: by_name(&document.segments, |segment| &segment.name),
            attributes: document.context.as_ref().map(|all| by_name(all, |attribute| &attribute.name)),
            environments: by_name(&document.environments, |environment| &environment.name),
            patches,
            variants: document
                .flags
                .iter()
                .filter(|flag| flag.variants.len() > FEW)
                .flat_map(|flag| flag.variants.iter().map(|v| (flag.key.as_str(), v.name.as_str())))
                .collect(),
            values: declared_values(document).collect(),
            folded_values: declared_values(document)
                .map(|(name, value)| (name, value.to_lowercase()))
                .collect(),
            comparisons: Cell::new(COMPARISONS),
        }
    }

    pub(super) fn has_value(&self, attribute: &Attribute, value: &str, ignore_case: bool) -> bool {
        let name = attribute.name.as_str();
        self.values.contains(&(name, value))
            || (ignore_case && self.folded_values.contains(&(name, value.to_lowercase())))
    }

    /// Whether the flag's state is off, whatever environments change.
    pub(super) fn is_off_everywhere(&self, flag: &str) -> bool {
        let Some(base) = self.flags.get(flag) else { return false };
        let changes = self.patches.get(flag).into_iter().flatten();
        let states = changes.filter_map(|(_, patch)| patch.state.as_ref());
        states.chain([&base.answer.state]).all(|state| state.value == FlagState::Off)
    }

    pub(super) fn has_variant(&self, flag: &Flag, name: &str) -> bool {
        if flag.variants.len() > FEW {
            return self.variants.contains(&(flag.key.as_str(), name));
        }
        flag.variants.iter().any(|variant| variant.name.value == name)
    }

    /// `diagnostic` with the nearest of `known` as its help, if one is near.
    pub(super) fn nearest<'k>(
        &self,
        diagnostic: Diagnostic,
        name: &str,
        known: impl ExactSizeIterator<Item = &'k str>,
    ) -> Diagnostic {
        let Some(left) = self.comparisons.get().checked_sub(known.len()) else { return diagnostic };
        self.comparisons.set(left);
        match suggest::nearest(name, known) {
            Some(found) => diagnostic.help(format!("did you mean `{found}`?")),
            None => diagnostic,
        }
    }
}

fn declared_values(document: &Document) -> impl Iterator<Item = (&str, &str)> {
    let attributes = document.context.iter().flatten();
    attributes.flat_map(|a| a.values.iter().map(|value| (a.name.as_str(), value.as_str())))
}

fn by_name<'a, T>(all: &'a [T], name: impl Fn(&'a T) -> &'a Spanned<String>) -> HashMap<&'a str, &'a T> {
    let mut index = HashMap::with_capacity(all.len());
    for one in all {
        index.entry(name(one).as_str()).or_insert(one); // decoding reports the others
    }
    index
}

/// What was found, each once: environments share most of what they are made of.
#[derive(Default)]
pub(super) struct DiagnosticSink {
    all: RefCell<Vec<Diagnostic>>,
    seen: RefCell<HashSet<(Code, Option<Position>, String)>>,
}

impl DiagnosticSink {
    /// Adds one.
    pub(super) fn push(&self, diagnostic: Diagnostic) {
        let identity = (diagnostic.code, diagnostic.position, diagnostic.message.clone());
        if self.seen.borrow_mut().insert(identity) {
            self.all.borrow_mut().push(diagnostic);
        }
    }

    pub(super) fn into_vec(self) -> Vec<Diagnostic> {
        self.all.into_inner()
    }
}

/// A flag's answer, or what one patch changes of it: the same keys, checked in the same way.
pub(super) struct Layer<'a> {
    pub(super) flag: &'a Flag,
    /// The environment whose patch it is.
    pub(super) environment: Option<&'a str>,
    pub(super) state: Option<&'a Spanned<FlagState>>,
    pub(super) rollout: Option<&'a Spanned<Rollout>>,
    pub(super) users: Option<&'a Users>,
    pub(super) rules: &'a [Rule],
    pub(super) requires: &'a [Requirement],
    pub(super) excludes: &'a [Requirement],
    pub(super) off: Option<&'a Spanned<Value>>,
    pub(super) value: Option<&'a Spanned<Value>>,
    pub(super) variants: &'a [Variant],
}

impl<'a> Layer<'a> {
    fn base(flag: &'a Flag) -> Self {
        let answer = &flag.answer;
        Self {
            flag,
            environment: None,
            state: Some(&answer.state),
            rollout: answer.rollout.as_ref(),
            users: Some(&answer.users),
            rules: &answer.rules,
            requires: &answer.requires,
            excludes: &answer.excludes,
            off: answer.off.as_ref(),
            value: answer.value.as_ref(),
            variants: &flag.variants,
        }
    }

    fn patch(flag: &'a Flag, environment: &'a str, patch: &'a Patch) -> Self {
        Self {
            flag,
            environment: Some(environment),
            state: patch.state.as_ref(),
            rollout: patch.rollout.as_ref(),
            users: patch.users.as_ref().map(|users| &users.value),
            rules: list(patch.rules.as_ref()),
            requires: list(patch.requires.as_ref()),
            excludes: list(patch.excludes.as_ref()),
            off: patch.off.as_ref(),
            value: patch.value.as_ref(),
            variants: &patch.variants,
        }
    }

    /// Whether it is a typed value, even one whose type could not be read.
    pub(super) fn is_typed(&self) -> bool {
        self.flag.value_type.is_some() || self.flag.answer.value.is_some()
    }
}

fn list<T>(patch: Option<&Spanned<Vec<T>>>) -> &[T] {
    patch.map_or(&[], |list| list.as_slice())
}

/// The flag's answer, and what environments change of it.
pub(super) fn layers<'a>(scope: &Scope<'a>, flag: &'a Flag) -> Vec<Layer<'a>> {
    let patches = scope.patches.get(flag.key.as_str()).into_iter().flatten();
    let patches = patches.map(|(environment, patch)| Layer::patch(flag, environment, patch));
    std::iter::once(Layer::base(flag)).chain(patches).collect()
}

/// A flag as one environment sees it: what the checks of keys that belong together look at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) flag: &'a Flag,
    pub(super) environment: Option<&'a str>,
    pub(super) state: &'a Spanned<FlagState>,
    pub(super) rollout: Option<&'a Spanned<Rollout>>,
    pub(super) rules: &'a [Rule],
    pub(super) requires: &'a [Requirement],
    pub(super) excludes: &'a [Requirement],
}

impl<'a> View<'a> {
    pub(super) fn base(flag: &'a Flag) -> Self {
        let answer = &flag.answer;
        Self {
            flag,
            environment: None,
            state: &answer.state,
            rollout: answer.rollout.as_ref(),
            rules: &answer.rules,
            requires: &answer.requires,
            excludes: &answer.excludes,
        }
    }

    fn patched(mut self, environment: &'a str, patch: &'a Patch) -> Self {
        self.environment = Some(environment);
        self.state = patch.state.as_ref().unwrap_or(self.state);
        self.rollout = patch.rollout.as_ref().or(self.rollout);
        self.rules = patch.rules.as_ref().map_or(self.rules, |all| all.as_slice());
        self.requires = patch.requires.as_ref().map_or(self.requires, |all| all.as_slice());
        self.excludes = patch.excludes.as_ref().map_or(self.excludes, |all| all.as_slice());
        self
    }
}

/// The flag without an environment, and as each environment sees it that changes it, in order.
pub(super) fn views<'a>(scope: &Scope<'a>, flag: &'a Flag) -> Vec<(View<'a>, Vec<&'a Patch>)> {
    let mut views: Vec<(View<'a>, Vec<&'a Patch>)> = vec![(View::base(flag), Vec::new())];
    let mut index: HashMap<&'a str, usize> = HashMap::new();
    for (environment, patch) in scope.patches.get(flag.key.as_str()).into_iter().flatten() {
        if !scope.environments.contains_key(environment) {
            continue; // reported as unknown, and nothing ever sees it
        }
        let at = *index.entry(environment).or_insert(views.len());
        if at == views.len() {
            views.push((View::base(flag), Vec::new()));
        }
        if let Some((view, patches)) = views.get_mut(at) {
            *view = view.patched(environment, patch);
            patches.push(patch);
        }
    }
    views
}

//! Whether another document still is what a program was compiled for.

use super::affected::Affected;
use super::{Answers, AttributeContract, Contract, FlagContract};
use crate::shape::Fit;
use crate::{
    Code, Condition, Diagnostic, Document, Environments, Flag, FlagState, Mutability, Patch, Requirement,
    Segment, Shape,
};
use serde::Serialize;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What [`Contract::check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractReport {
    /// Everything that does not match.
    pub diagnostics: Vec<Diagnostic>,
    /// Flags whose answers in the document the program cannot give, in the document's order: it keeps the
    /// answers that it has. The others it takes.
    pub kept: Vec<KeptFlag>,
    /// Flags the program was compiled with and the document leaves out.
    pub missing: Vec<String>,
    /// Flags of the document that the program does not know.
    pub added: Vec<String>,
}

/// A flag whose answer in a document is not one that the program can give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeptFlag {
    /// Its key.
    pub flag: String,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
}

impl KeptFlag {
    /// The flag of that key, kept for these reasons.
    #[must_use]
    pub fn new(flag: impl Into<String>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { flag: flag.into(), diagnostics }
    }
}

impl PartialEq<&str> for KeptFlag {
    /// Whether it is the flag of that key.
    fn eq(&self, other: &&str) -> bool {
        self.flag == *other
    }
}

impl Contract {
    /// Whether the answers of `other` can be given by a program compiled for this contract.
    ///
    /// A type, a variant, a value's shape, an attribute's type that changed is a diagnostic, and the flags that
    /// it concerns are [kept](ContractReport::kept): those that were declared differently, those whose rules or
    /// segments use such an attribute, and those that require a variant which the program does not know. Flags
    /// that are missing or were added are only listed. Takes time linear in both.
    #[must_use]
    pub fn check(&self, other: &Document) -> ContractReport {
        let mut report = ContractReport::default();
        let attributes = changed_attributes(self.attributes.as_deref(), other);
        self.check_flags(other, &attributes, &mut report);
        // Mostly both have the same flags in the same order.
        let both = self.flags.iter().zip(&other.flags);
        if both.filter(|(own, other)| own.key == other.key.value).count() < self.flags.len() {
            let present: HashSet<&str> = other.flags.iter().map(|flag| flag.key.as_str()).collect();
            let missing = self.flags.iter().filter(|flag| !present.contains(flag.key.as_str()));
            report.missing.extend(missing.map(|flag| flag.key.clone()));
        }
        report.diagnostics.extend(attributes.into_values());
        if self.env_prefix != other.settings.env_prefix() {
            let message = format!(
                "the prefix of environment variables is `{}`, but the program was compiled for `{}`",
                other.settings.env_prefix(),
                self.env_prefix
            );
            let position = other.settings.env_prefix.as_ref().map(|prefix| prefix.position);
            report.diagnostics.push(Diagnostic::new(Code::ContractChanged, position, message).help(REBUILD));
        }
        report.diagnostics.sort_by_key(|diagnostic| diagnostic.position);
        report
    }

    /// Whether a program compiled for this contract can give all answers of the flags of `other`, whose attributes
    /// and settings are known to be what it was compiled for.
    #[must_use]
    pub fn takes(&self, other: &Document) -> bool {
        let mut report = ContractReport::default();
        self.check_flags(other, &BTreeMap::new(), &mut report);
        report.kept.is_empty()
    }

    fn check_flags(
        &self,
        other: &Document,
        attributes: &BTreeMap<&str, Diagnostic>,
        report: &mut ContractReport,
    ) {
        let compiled = Compiled { flags: &self.flags, index: OnceCell::new() };
        let patches = other.patches();
        let affected = Affected::new(other, attributes);
        let segments = AskingSegments::of(other);
        for (index, flag) in other.flags.iter().enumerate() {
            let Some(own) = compiled.find(&flag.key, index) else {
                report.added.push(flag.key.value.clone());
                continue;
            };
            let patches = patches.get(flag.key.as_str()).map_or(&[][..], Vec::as_slice);
            let mut diagnostics = Vec::new();
            own.check(flag, patches, &mut diagnostics);
            check_requirements(flag, patches, &segments, &compiled, &mut diagnostics);
            report.diagnostics.extend(diagnostics.iter().cloned());
            diagnostics.extend(affected.uses(flag, patches).into_iter().cloned());
            if !diagnostics.is_empty() {
                diagnostics.sort_by_key(|diagnostic| diagnostic.position);
                report.kept.push(KeptFlag::new(flag.key.value.clone(), diagnostics));
            }
        }
    }
}

/// Flags that a program was compiled with, by their keys.
struct Compiled<'a> {
    flags: &'a [FlagContract],
    /// Made when a flag is elsewhere than the program was compiled with it.
    index: OnceCell<HashMap<&'a str, &'a FlagContract>>,
}

impl<'a> Compiled<'a> {
    /// The flag of that key; `likely` is where it may be.
    fn find(&self, key: &str, likely: usize) -> Option<&'a FlagContract> {
        match self.flags.get(likely) {
            Some(flag) if flag.key == key => Some(flag),
            _ => {
                let all = || self.flags.iter().map(|flag| (flag.key.as_str(), flag)).collect();
                self.index.get_or_init(all).get(key).copied()
            }
        }
    }
}

impl Document {
    /// What environments and overlays change, by flag: the environment's name and the patch.
    pub(crate) fn patches(&self) -> HashMap<&str, Vec<(&str, &Patch)>> {
        let mut patches: HashMap<&str, Vec<(&str, &Patch)>> = HashMap::new();
        for flag in &self.flags {
            if let Environments::Each(each) = &flag.environments {
                let each = each.iter().map(|(environment, patch)| (environment.as_str(), patch));
                patches.entry(flag.key.as_str()).or_default().extend(each);
            }
        }
        for overlay in &self.overlays {
            for (key, patch) in &overlay.flags {
                patches.entry(key.as_str()).or_default().push((overlay.environment.as_str(), patch));
            }
        }
        patches
    }
}

impl FlagContract {
    fn check(&self, flag: &Flag, patches: &[(&str, &Patch)], diagnostics: &mut Vec<Diagnostic>) {
        let key = &flag.key.value;
        // Their shape does not matter: each value is compared with the one that was compiled.
        let now = Answers::of(flag, || None);
        let mut refuse = |message: String, help: &str| {
            diagnostics.push(Diagnostic::new(Code::ContractChanged, flag.key.position, message).help(help));
        };
        // What guards a flag may be made stronger by a document, but not weaker.
        if flag.mutability.value < self.mutability {
            refuse(
                format!(
                    "flag `{key}` is `{}`, but the program was compiled for `{}`",
                    flag.mutability.value.as_str(),
                    self.mutability.as_str()
                ),
                REBUILD,
            );
        }
        if flag.env_override && !self.env_override {
            refuse(
                format!("flag `{key}` drops `env_override: false`, which the program was compiled with"),
                REBUILD,
            );
        }
        match (&self.answers, &now) {
            (Answers::Switch, Answers::Switch) => {}
            // Their order is no part of the contract: it only lays out the shares of a split.
            (Answers::Variants { names, value }, Answers::Variants { names: new, .. })
                if names.len() == new.len() && names.iter().all(|name| new.contains(name)) =>
            {
                check_values(flag, value.as_ref(), patches, diagnostics);
            }
            (Answers::Variants { names, .. }, Answers::Variants { names: new, .. }) => refuse(
                format!(
                    "flag `{key}` has the variants {}, but the program was compiled for {}",
                    list(new),
                    list(names)
                ),
                REBUILD,
            ),
            (Answers::Value { value_type, shape }, Answers::Value { value_type: new, .. })
                if value_type == new =>
            {
                check_values(flag, shape.as_ref(), patches, diagnostics);
            }
            (compiled, new) => refuse(
                format!(
                    "flag `{key}` is {}, but the program was compiled for {}",
                    new.describe(),
                    compiled.describe()
                ),
                REBUILD,
            ),
        }
        self.check_fixed(flag, patches, diagnostics);
    }

    /// A `fixed` flag's answer is in the binary: a document that says otherwise would not be heard.
    fn check_fixed(&self, flag: &Flag, patches: &[(&str, &Patch)], diagnostics: &mut Vec<Diagnostic>) {
        let Some(compiled) = self.fixed.filter(|_| flag.mutability.value == Mutability::Fixed) else {
            return;
        };
        let states = patches.iter().filter_map(|(_, patch)| patch.state.as_ref());
        for state in std::iter::once(&flag.answer.state).chain(states) {
            if (state.value == FlagState::On) != compiled {
                let message = format!(
                    "flag `{}` is fixed to `{}` in the program, not to `{}`",
                    flag.key.value,
                    if compiled { "on" } else { "off" },
                    state.value.as_str()
                );
                diagnostics
                    .push(Diagnostic::new(Code::ContractChanged, state.position, message).help(REBUILD));
            }
        }
    }
}

const REBUILD: &str = "build the program with this document, or undo the change";

/// Everything the flag serves has the shape that the program reads.
fn check_values(
    flag: &Flag,
    shape: Option<&Shape>,
    patches: &[(&str, &Patch)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let typed = flag.value_type.is_some();
    let overlaid = patches.iter().flat_map(|(environment, patch)| patch.literals(typed, Some(*environment)));
    let fit = shape.map(Fit::new);
    let (mut seen, mut valued) = (HashSet::new(), false);
    for literal in flag.literals().into_iter().chain(overlaid) {
        if !patches.is_empty() && !seen.insert(std::ptr::from_ref(literal.value)) {
            continue; // the flag's own `environments` are among its patches
        }
        valued = true;
        let (Some(shape), Some(fit)) = (shape, &fit) else {
            let message = format!(
                "{} of flag `{}` has a value, but the program was compiled without",
                literal.source, flag.key.value
            );
            diagnostics.push(Diagnostic::new(Code::ContractChanged, literal.position, message).help(REBUILD));
            continue;
        };
        for misfit in fit.misfits(literal.value, literal.position) {
            let message = format!(
                "{} of flag `{}` does not match what the program was compiled for: {}",
                literal.source, flag.key.value, misfit.message
            );
            diagnostics.push(
                Diagnostic::new(Code::ContractChanged, misfit.position, message)
                    .help(format!("give it the shape `{shape}`, or build the program with this document")),
            );
        }
    }
    if shape.is_some() && !typed && !valued {
        let message = format!(
            "the variants of flag `{}` have no values, but the program was compiled for values",
            flag.key.value
        );
        diagnostics.push(Diagnostic::new(Code::ContractChanged, flag.key.position, message).help(REBUILD));
    }
}

/// A flag requires, excludes and asks for variants that the program knows, of flags that it knows.
fn check_requirements(
    flag: &Flag,
    patches: &[(&str, &Patch)],
    segments: &AskingSegments<'_>,
    compiled: &Compiled<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let own = flag.answer.requires.iter().chain(&flag.answer.excludes);
    let patched = patches.iter().flat_map(|(_, patch)| {
        let both = patch.requires.iter().chain(&patch.excludes);
        both.flat_map(|requirements| &requirements.value)
    });
    let conditions = flag.answer.conditions().chain(patches.iter().flat_map(|(_, patch)| {
        let rules = patch.rules.iter().flat_map(|rules| &rules.value);
        rules.filter_map(|rule| rule.when.as_ref()).map(|when| &when.value)
    }));
    let states = std::iter::once(&flag.answer.state)
        .chain(patches.iter().filter_map(|(_, patch)| patch.state.as_ref()));
    let mut asked = Vec::new();
    let mut named: Vec<&str> = states
        .filter_map(|state| match &state.value {
            FlagState::Segment(name) => Some(name.as_str()),
            FlagState::On | FlagState::Off | FlagState::Gradual | FlagState::Targeted => None,
        })
        .collect();
    conditions.for_each(|condition| leaves(condition, &mut asked, &mut named));
    segments.reach(named, &mut asked);
    for requirement in own.chain(patched).chain(asked) {
        let Some(other) = compiled.find(&requirement.flag, usize::MAX) else { continue };
        for variant in &requirement.variants {
            let known = match &other.answers {
                Answers::Switch => matches!(variant.as_str(), "on" | "off"),
                Answers::Variants { names, .. } => names.contains(&variant.value),
                Answers::Value { .. } => false,
            };
            if !known {
                let message = format!(
                    "flag `{}` names the variant `{}` of `{}`, which the program was not compiled with",
                    flag.key.value, variant.value, requirement.flag.value
                );
                diagnostics
                    .push(Diagnostic::new(Code::ContractChanged, variant.position, message).help(REBUILD));
            }
        }
    }
}

/// The flags that a condition asks for, and the segments that it names.
fn leaves<'a>(condition: &'a Condition, asked: &mut Vec<&'a Requirement>, named: &mut Vec<&'a str>) {
    for leaf in condition.leaves() {
        match leaf {
            Condition::Flag(requirement) => asked.push(requirement),
            Condition::Segment(name) => named.push(name),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Compare(_) => {}
        }
    }
}

/// The segments of a document by name, in each of its layers; none where no segment asks for a flag.
struct AskingSegments<'a>(HashMap<&'a str, Vec<&'a Segment>>);

impl<'a> AskingSegments<'a> {
    fn of(document: &'a Document) -> Self {
        let overlaid = document.overlays.iter().flat_map(|overlay| &overlay.segments);
        let all = || document.segments.iter().chain(overlaid.clone());
        let asks = |segment: &Segment| {
            segment
                .when
                .as_ref()
                .is_some_and(|when| when.leaves().any(|leaf| matches!(leaf, Condition::Flag(_))))
        };
        let mut segments: HashMap<&str, Vec<&Segment>> = HashMap::new();
        if all().any(asks) {
            all().for_each(|segment| segments.entry(segment.name.as_str()).or_default().push(segment));
        }
        Self(segments)
    }

    /// Adds the flags that these segments ask for, also through others.
    fn reach(&self, mut named: Vec<&'a str>, asked: &mut Vec<&'a Requirement>) {
        if self.0.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        while let Some(name) = named.pop() {
            let of_name = self.0.get(name).filter(|_| seen.insert(name));
            for segment in of_name.into_iter().flatten() {
                segment.when.iter().for_each(|when| leaves(when, asked, &mut named));
            }
        }
    }
}

/// Attributes that changed their types, or that became required which contexts were built without.
fn changed_attributes<'a>(
    compiled: Option<&[AttributeContract]>,
    other: &'a Document,
) -> BTreeMap<&'a str, Diagnostic> {
    let mut changed = BTreeMap::new();
    let compiled: HashMap<&str, &AttributeContract> =
        compiled.unwrap_or_default().iter().map(|a| (a.name.as_str(), a)).collect();
    for attribute in other.context.iter().flatten() {
        let name = attribute.name.value.as_str();
        let compiled = compiled.get(name);
        if let Some(compiled) = compiled.filter(|compiled| compiled.kind != attribute.kind.value) {
            let message = format!(
                "attribute `{name}` is of type `{}`, but the program was compiled for `{}`",
                attribute.kind.value, compiled.kind
            );
            let position = attribute.kind.position;
            changed.insert(name, Diagnostic::new(Code::ContractChanged, position, message).help(REBUILD));
        } else if attribute.required && !compiled.is_some_and(|compiled| compiled.required) {
            let message =
                format!("attribute `{name}` is required, but the program was compiled without that");
            let position = attribute.name.position;
            changed.insert(name, Diagnostic::new(Code::ContractChanged, position, message).help(REBUILD));
        }
    }
    changed
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

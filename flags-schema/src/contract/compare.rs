//! Whether another document still is what a program was compiled for.

use super::{Answers, AttributeContract, Contract, FlagContract};
use crate::shape::Fit;
use crate::{Code, Diagnostic, Document, Environments, Flag, FlagState, Mutability, Patch, Shape};
use std::collections::{HashMap, HashSet};

/// What [`Contract::check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractReport {
    /// What does not match; the document cannot be used when there is any.
    pub diagnostics: Vec<Diagnostic>,
    /// Flags the program was compiled with and the document leaves out.
    pub missing: Vec<String>,
    /// Flags of the document that the program does not know.
    pub added: Vec<String>,
}

impl Contract {
    /// Whether the answers of `other` can be given by a program compiled for this contract.
    ///
    /// A type, a variant, a value's shape, an attribute's type that changed is a diagnostic; flags
    /// that are missing or were added are only listed. Takes time linear in both.
    #[must_use]
    pub fn check(&self, other: &Document) -> ContractReport {
        let mut report = ContractReport::default();
        let compiled: HashMap<&str, &FlagContract> =
            self.flags.iter().map(|flag| (flag.key.as_str(), flag)).collect();
        let patches = other.patches();
        for flag in &other.flags {
            let Some(compiled) = compiled.get(flag.key.as_str()) else {
                report.added.push(flag.key.value.clone());
                continue;
            };
            let patches = patches.get(flag.key.as_str()).map_or(&[][..], Vec::as_slice);
            compiled.check(flag, patches, &mut report.diagnostics);
        }
        let present: HashSet<&str> = other.flags.iter().map(|flag| flag.key.as_str()).collect();
        report.missing.extend(
            self.flags
                .iter()
                .filter(|flag| !present.contains(flag.key.as_str()))
                .map(|flag| flag.key.clone()),
        );
        check_attributes(self.attributes.as_deref(), other, &mut report.diagnostics);
        report.diagnostics.sort_by_key(|diagnostic| diagnostic.position);
        report
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
        let now = FlagContract::of(flag);
        let mut refuse = |message: String, help: &str| {
            diagnostics.push(Diagnostic::new(Code::ContractChanged, flag.key.position, message).help(help));
        };
        if self.mutability != now.mutability {
            refuse(
                format!(
                    "flag `{key}` is `{}`, but the program was compiled for `{}`",
                    now.mutability.as_str(),
                    self.mutability.as_str()
                ),
                REBUILD,
            );
        }
        match (&self.answers, &now.answers) {
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
    let overlaid = patches
        .iter()
        .flat_map(|(environment, patch)| patch.literals(typed, &format!(" in `{environment}`")));
    let fit = shape.map(Fit::new);
    let mut seen = HashSet::new();
    for literal in flag.literals().into_iter().chain(overlaid) {
        if !seen.insert(std::ptr::from_ref(literal.value)) {
            continue; // the flag's own `environments` are among its patches
        }
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
    if shape.is_some() && !typed && seen.is_empty() {
        let message = format!(
            "the variants of flag `{}` have no values, but the program was compiled for values",
            flag.key.value
        );
        diagnostics.push(Diagnostic::new(Code::ContractChanged, flag.key.position, message).help(REBUILD));
    }
}

/// Attributes keep their types, and none becomes required that contexts were built without.
fn check_attributes(
    compiled: Option<&[AttributeContract]>,
    other: &Document,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(attributes) = &other.context else { return };
    let compiled: HashMap<&str, &AttributeContract> =
        compiled.unwrap_or_default().iter().map(|a| (a.name.as_str(), a)).collect();
    for attribute in attributes {
        let name = &attribute.name.value;
        let compiled = compiled.get(name.as_str());
        if let Some(compiled) = compiled.filter(|compiled| compiled.kind != attribute.kind.value) {
            let message = format!(
                "attribute `{name}` is of type `{}`, but the program was compiled for `{}`",
                attribute.kind.value, compiled.kind
            );
            diagnostics
                .push(Diagnostic::new(Code::ContractChanged, attribute.kind.position, message).help(REBUILD));
        }
        if attribute.required && !compiled.is_some_and(|compiled| compiled.required) {
            let message =
                format!("attribute `{name}` is required, but the program was compiled without that");
            diagnostics
                .push(Diagnostic::new(Code::ContractChanged, attribute.name.position, message).help(REBUILD));
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

//! Which flags take their answers from a document that is loaded, and which keep those that they have.
//!
//! A document is taken flag by flag: in a rolling deployment two versions of a program share one document, and
//! a flag that one of them declares differently must not keep the others from changing.

use crate::document::{EffectiveDocument, FlagView, StoredDocument};
use crate::engine::{Engine, EngineState, KeptAnswer, KeptAnswers, is_off};
use crate::ruleset::{Ruleset, resolve};
use crate::value::Values;
use flags_schema::{Code, Condition, ContractReport, Diagnostic, Flag, KeptFlag, Mutability};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A document that can be put in force.
pub(super) struct Accepted {
    pub(super) ruleset: Arc<Ruleset>,
    pub(super) answers: Arc<KeptAnswers>,
    /// Which flags keep their answers, and why.
    pub(super) kept: Arc<[KeptFlag]>,
}

/// Works out which flags take their answers from `document`, which the state does not have yet.
///
/// # Errors
/// When nothing of it can be taken.
pub(super) fn accept(
    engine: &Engine,
    state: &EngineState,
    document: &StoredDocument,
    report: &ContractReport,
) -> Result<Accepted, Vec<Diagnostic>> {
    let environment = state.environment.as_ref();
    let effective = document.effective(environment);
    let mut acceptance = Acceptance {
        engine,
        state,
        document,
        effective: &effective,
        indices: OnceCell::new(),
        off: environment,
        answers: KeptAnswers::default(),
        kept: Vec::new(),
    };
    acceptance.take_fixed();
    for kept in &report.kept {
        acceptance.keep(&kept.flag, || kept.diagnostics.clone());
    }
    let resolved = match acceptance.resolve() {
        Err(errors)
            if !acceptance.answers.is_empty() && errors.iter().all(|error| error.code == Code::Cycle) =>
        {
            acceptance.keep_requirements(&errors);
            acceptance.resolve()?
        }
        resolved => resolved?,
    };
    // In the order of the document, whatever the reasons.
    let mut kept = std::mem::take(&mut acceptance.kept);
    kept.sort_by_cached_key(|kept| acceptance.index(&kept.flag));
    let Acceptance { mut answers, .. } = acceptance;
    if let Some(before) = &state.reloaded {
        answers.prune(before);
    }
    Ok(Accepted { ruleset: Arc::new(resolved), answers: Arc::new(answers), kept: kept.into() })
}

struct Acceptance<'a> {
    engine: &'a Engine,
    state: &'a EngineState,
    document: &'a StoredDocument,
    /// The same in the environment.
    effective: &'a EffectiveDocument,
    /// Where its flags are; made when somebody asks for one.
    indices: OnceCell<HashMap<&'a str, u32>>,
    off: Option<&'a Arc<str>>,
    answers: KeptAnswers,
    kept: Vec<KeptFlag>,
}

impl<'a> Acceptance<'a> {
    /// Where the document has the flag.
    fn index(&self, key: &str) -> Option<u32> {
        self.indices.get_or_init(|| self.effective.indices()).get(key).copied()
    }

    /// The flag as the document has it.
    fn flag(&self, key: &str) -> Option<FlagView<'a>> {
        self.effective.view(self.index(key)?)
    }

    /// Flags that may not change while the program runs. Those of `mutability: startup` are decided by the first
    /// document that is loaded.
    fn take_fixed(&mut self) {
        let flags = (0_u32..).zip(&self.engine.contract().flags);
        for (index, compiled) in flags.filter(|(_, flag)| flag.mutability != Mutability::Live) {
            let written = self.flag(&compiled.key);
            let first = self.state.reloaded.is_none() && compiled.mutability == Mutability::Startup;
            let known = self.state.kept.get(index).cloned();
            let document = match (known, &written) {
                (Some(known), _) => Some(known.document),
                (None, Some(_)) if first => Some(self.document.clone()),
                (None, _) => None,
            };
            let own = document.clone().unwrap_or_else(|| self.state.compiled.clone());
            if let Some(document) = document {
                let key = Arc::from(&*compiled.key);
                self.answers.insert(index, KeptAnswer { key, document, off: None, live: false });
            }
            if let Some(written) = written
                && !own.is(self.document)
                && answer_differs(&own.effective(self.off), &compiled.key, index, &written)
            {
                let (key, mutability) = (&compiled.key, compiled.mutability.as_str());
                let message = format!(
                    "flag `{key}` is `mutability: {mutability}`, and does not change while the program runs"
                );
                let why = Diagnostic::new(Code::ContractChanged, written.key.position, message);
                let help = "start the program anew, or make the flag `live` and build it";
                self.kept.push(KeptFlag::new(key.clone(), vec![why.help(help)]));
            }
        }
    }

    /// The flag keeps the answer that it has.
    fn keep(&mut self, key: &str, why: impl FnOnce() -> Vec<Diagnostic>) {
        let Some(index) = self.engine.contract().index(key) else { return };
        match self.kept.iter_mut().find(|kept| kept.flag == key) {
            Some(kept) => kept.diagnostics.extend(why()),
            None => self.kept.push(KeptFlag::new(key, why())),
        }
        let live = self.engine.contract().flags.get(index as usize).map(|flag| flag.mutability);
        if live != Some(Mutability::Live) {
            // Of the first document too only an answer that the program can give.
            if self.state.kept.get(index).is_none() {
                let key = Arc::from(key);
                let document = self.state.compiled.clone();
                self.answers.insert(index, KeptAnswer { key, document, off: None, live: false });
            }
            return;
        }
        let known = self.state.kept.get(index).cloned();
        let before = known.unwrap_or_else(|| {
            let reloaded = self.state.reloaded.as_ref().filter(|_| self.state.ruleset.is_in_force(index));
            let document = reloaded.unwrap_or(&self.state.compiled).clone();
            KeptAnswer { key: Arc::from(key), document, off: None, live: true }
        });
        let off = self.flag(key).is_some_and(|flag| is_off(&flag, self.off));
        let off = if off { Some(self.document.clone()) } else { before.off };
        self.answers.insert(index, KeptAnswer { off, ..before });
    }

    fn resolve(&self) -> Result<Ruleset, Vec<Diagnostic>> {
        let environment = self.state.environment.clone();
        let (parts, origins) =
            self.answers.parts(Some(self.document), &self.state.compiled, environment.as_ref());
        resolve(&parts, &origins, environment, self.engine.contract(), Values::Reused)
    }

    /// Flags keep what they require where the document has them require something else: with what other flags
    /// keep, they would depend on themselves. What was in force before had no such cycle.
    fn keep_requirements(&mut self, errors: &[Diagnostic]) {
        for flag in (0..).map_while(|index| self.effective.view(index)) {
            let index = self.engine.contract().index(&flag.key);
            let Some(before) = index.and_then(|index| self.state.ruleset.view(index)) else { continue };
            let requirements = |flag: &Flag| {
                let conditions = flag.answer.conditions().filter(|condition| asks_others(condition));
                (
                    flag.answer.requires.clone(),
                    flag.answer.excludes.clone(),
                    conditions.cloned().collect::<Vec<_>>(),
                )
            };
            let asks = !flag.answer.requires.is_empty()
                || !flag.answer.excludes.is_empty()
                || flag.answer.conditions().any(asks_others);
            if asks
                && requirements(&before) != requirements(&flag)
                && index.is_some_and(|i| self.answers.get(i).is_none())
            {
                self.keep(&flag.key, || {
                    let message = format!(
                        "what flag `{}` requires cannot be taken together with what other flags keep",
                        *flag.key
                    );
                    let why = Diagnostic::new(Code::ContractChanged, flag.key.position, message);
                    let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
                    vec![why.help(format!("build the program with this document: {first}"))]
                });
            }
        }
    }
}

/// Whether the answer of a flag in a document is another than `written`; `likely` is where the flag may be.
fn answer_differs(document: &EffectiveDocument, key: &str, likely: u32, written: &Flag) -> bool {
    let own = document.find(key, likely).and_then(|index| document.view(index));
    own.is_some_and(|own| own.answer != written.answer)
}

/// Whether a condition asks for flags, or for segments, which may.
fn asks_others(condition: &Condition) -> bool {
    condition.leaves().any(|leaf| matches!(leaf, Condition::Flag(_) | Condition::Segment(_)))
}

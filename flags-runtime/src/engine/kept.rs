//! Flags that do not answer as the document in force says: each keeps the answer of a document before it.

use crate::document::{EffectiveDocument, StoredDocument};
use crate::ruleset::{Origins, RulesetPart};
use flags_schema::{Environments, Flag, FlagState};
#[cfg(feature = "reload")]
use std::collections::BTreeSet;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Flags of the contract, by index, and what they keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptAnswers(BTreeMap<u32, KeptAnswer>);

/// What a flag keeps.
#[derive(Clone, Debug)]
pub(crate) struct KeptAnswer {
    pub(crate) key: Arc<str>,
    /// Whose answer it keeps.
    pub(crate) document: StoredDocument,
    /// A document since then that switched it off.
    pub(crate) off: Option<StoredDocument>,
    /// Whether a document that cannot change its answer may still switch it off.
    pub(crate) live: bool,
}

impl KeptAnswers {
    #[cfg(feature = "reload")]
    pub(crate) fn get(&self, flag: u32) -> Option<&KeptAnswer> {
        self.0.get(&flag)
    }

    #[cfg(feature = "reload")]
    pub(crate) fn insert(&mut self, flag: u32, answer: KeptAnswer) {
        self.0.insert(flag, answer);
    }

    #[cfg(feature = "reload")]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a ruleset for the environment is resolved from.
    pub(crate) fn parts(
        &self,
        in_force: Option<&StoredDocument>,
        compiled: &StoredDocument,
        environment: Option<&Arc<str>>,
    ) -> (Vec<RulesetPart>, Origins) {
        let mut documents: Vec<&StoredDocument> = in_force.into_iter().collect();
        for answer in self.0.values() {
            for document in std::iter::once(&answer.document).chain(&answer.off) {
                if !document.is(compiled) && !documents.iter().any(|known| known.is(document)) {
                    documents.push(document);
                }
            }
        }
        let last = documents.len();
        let mut parts: Vec<RulesetPart> =
            documents.iter().map(|document| RulesetPart::new(document, environment, true)).collect();
        parts.push(RulesetPart::new(compiled, environment, false));
        let number =
            |document: &StoredDocument| documents.iter().position(|known| known.is(document)).unwrap_or(last);
        let mut origins = Origins::default();
        let mut indices: HashMap<usize, HashMap<&str, u32>> = HashMap::new();
        for (index, answer) in &self.0 {
            let since =
                answer.live.then(|| in_force.map(|_| 0).into_iter().chain(answer.off.as_ref().map(number)));
            let off = since.into_iter().flatten().find(|part| {
                let Some(of) = parts.get(*part) else { return false };
                let indices = indices.entry(*part).or_insert_with(|| by_key(&of.written));
                let flag = indices.get(&*answer.key).and_then(|index| of.written.view(*index));
                flag.is_some_and(|flag| is_off(&flag, environment))
            });
            match off {
                Some(by) => origins.set_off(*index, last, by),
                None => origins.set(*index, number(&answer.document)),
            }
        }
        drop(indices);
        (parts, origins)
    }

    /// Keeps of a document that is not in force any more only what is needed: a large one would stay in memory
    /// for one flag.
    #[cfg(feature = "reload")]
    pub(crate) fn prune(&mut self, document: &StoredDocument) {
        let of = |answer: &KeptAnswer| {
            answer.document.is(document) || answer.off.as_ref().is_some_and(|off| off.is(document))
        };
        let keys: BTreeSet<&str> =
            self.0.values().filter(|answer| of(answer)).map(|answer| &*answer.key).collect();
        if keys.is_empty() {
            return;
        }
        let pruned = document.only(&keys);
        for answer in self.0.values_mut() {
            for kept in std::iter::once(&mut answer.document).chain(&mut answer.off) {
                if kept.is(document) {
                    *kept = pruned.clone();
                }
            }
        }
    }

    /// What answers differ by, for a version: keys, and fingerprints of the documents that they are from.
    pub(crate) fn describe(&self, tell: &mut impl FnMut(&str)) {
        for answer in self.0.values() {
            tell(&answer.key);
            tell(answer.document.fingerprint());
            tell(answer.off.as_ref().map_or("", |off| off.fingerprint()));
        }
    }
}

fn by_key(document: &EffectiveDocument) -> HashMap<&str, u32> {
    (0_u32..).take(document.len()).filter_map(|index| Some((document.key(index)?, index))).collect()
}

/// Whether a flag with the environment's changes applied is off for everybody there.
pub(crate) fn is_off(flag: &Flag, environment: Option<&Arc<str>>) -> bool {
    let elsewhere = match &flag.environments {
        Environments::Only(names) => {
            !names.iter().any(|name| Some(name.as_str()) == environment.map(|e| &**e))
        }
        Environments::All | Environments::Each(_) => false,
    };
    elsewhere || *flag.answer.state == FlagState::Off
}

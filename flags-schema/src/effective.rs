//! The document as one environment sees it.
//!
//! Every value keeps its position, so that its file and line stay known through all layers.

use crate::{Answer, Document, Environments, Flag, Overlay, Patch, Segment, Settings, Spanned, Variant};
use std::collections::HashMap;

impl Document {
    /// Whether some environment's answers are others than the base's: [`effective`](Self::effective)
    /// changes nothing otherwise.
    #[must_use]
    pub fn has_environments(&self) -> bool {
        let each = |flag: &Flag| matches!(flag.environments, Environments::Each(_));
        !self.overlays.is_empty() || self.flags.iter().any(each)
    }

    /// The document in `environment`: the base, changed by each flag's own `environments` map, then by
    /// the overlay of that environment; the last one wins. `None` is the base alone.
    ///
    /// Flags keep their `environments`; the overlays are used up. What names a flag, a segment's
    /// environment or a variant that does not exist changes nothing: the checks report it.
    #[must_use]
    pub fn effective(&self, environment: Option<&str>) -> Self {
        let mut document = Self {
            files: self.files.clone(),
            settings: self.settings.clone(),
            environments: self.environments.clone(),
            layers: self.layers.clone(),
            context: self.context.clone(),
            segments: self.segments.clone(),
            flags: self.flags.clone(),
            overlays: Vec::new(),
            ended: self.ended.clone(),
        };
        let Some(environment) = environment else { return document };
        for flag in &mut document.flags {
            flag.settle(environment);
        }
        for overlay in self.overlays.iter().filter(|overlay| overlay.environment == environment) {
            overlay.apply(&mut document);
        }
        document
    }
}

impl Flag {
    /// Changes the answer to what the flag's own map says of the environment.
    pub(crate) fn settle(&mut self, environment: &str) {
        let patches = match &self.environments {
            Environments::Each(patches) => patches,
            Environments::All | Environments::Only(_) => return,
        };
        for (_, patch) in patches.iter().filter(|(name, _)| name.value == environment) {
            patch.apply(&mut self.answer, &mut self.variants);
        }
    }
}

impl Overlay {
    fn apply(&self, document: &mut Document) {
        document.settings.replace(&self.settings);
        replace_segments(&mut document.segments, &self.segments);
        let index: HashMap<String, usize> =
            document.flags.iter().enumerate().map(|(i, flag)| (flag.key.value.clone(), i)).collect();
        for (key, patch) in &self.flags {
            if let Some(flag) = index.get(key.as_str()).and_then(|i| document.flags.get_mut(*i)) {
                patch.apply(&mut flag.answer, &mut flag.variants);
            }
        }
    }
}

impl Settings {
    /// Takes over whatever `other` sets.
    fn replace(&mut self, other: &Self) {
        set(&mut self.env_prefix, other.env_prefix.as_ref());
        set(&mut self.default_rollout, other.default_rollout.as_ref());
        set(&mut self.metrics, other.metrics.as_ref());
        set(&mut self.problems, other.problems.as_ref());
        if !other.require.is_empty() {
            self.require.clone_from(&other.require);
        }
    }
}

fn replace_segments(segments: &mut [Segment], others: &[Segment]) {
    if others.is_empty() {
        return;
    }
    let by_name: HashMap<&str, &Segment> = others.iter().map(|s| (s.name.as_str(), s)).collect();
    for segment in segments {
        if let Some(other) = by_name.get(segment.name.as_str()) {
            segment.clone_from(other);
        }
    }
}

impl Patch {
    pub(crate) fn apply(&self, answer: &mut Answer, variants: &mut [Variant]) {
        if let Some(state) = &self.state {
            answer.state.clone_from(state);
        }
        set(&mut answer.rollout, self.rollout.as_ref());
        replace(&mut answer.users, self.users.as_ref());
        replace(&mut answer.rules, self.rules.as_ref());
        replace(&mut answer.requires, self.requires.as_ref());
        replace(&mut answer.excludes, self.excludes.as_ref());
        set(&mut answer.off, self.off.as_ref());
        set(&mut answer.value, self.value.as_ref());
        if self.variants.is_empty() {
            return;
        }
        let by_name: HashMap<&str, &Variant> = self.variants.iter().map(|v| (v.name.as_str(), v)).collect();
        for variant in variants {
            if let Some(other) = by_name.get(variant.name.as_str()) {
                set(&mut variant.weight, other.weight.as_ref());
                set(&mut variant.value, other.value.as_ref());
            }
        }
    }
}

fn set<T: Clone>(to: &mut Option<T>, from: Option<&T>) {
    if let Some(from) = from {
        *to = Some(from.clone());
    }
}

fn replace<T: Clone>(to: &mut T, from: Option<&Spanned<T>>) {
    if let Some(from) = from {
        to.clone_from(&from.value);
    }
}

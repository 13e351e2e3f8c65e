//! Every step of an evaluation, for people who ask why.

use super::cache::SharedSnapshot;
use super::evaluation::Evaluation;
use super::snapshot::Snapshot;
use crate::bucket::position;
use crate::context::Context;
use crate::reason::{ErrorCode, Reason};
use crate::ruleset::{
    Amount, Bucket, Cause, Disabled, Evaluator, Missed, ResolvedState, Serve, Split, Step, Test, Tracer,
    Truth, amount,
};
use flags_schema::printable::{self, escaped};
use flags_schema::{Condition, FlagKind, Value, expression};
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// Keeps the steps. Steps of prerequisites are not told: they have explanations of their own.
#[derive(Default)]
struct Recorder(Vec<(bool, Step)>);

impl Tracer for Recorder {
    fn step(&mut self, held: bool, step: impl FnOnce() -> Step) {
        self.0.push((held, step()));
    }
}

/// Why a flag answers what it answers: every step, and what decided.
///
/// Its `Display` form is one line per step, what decided marked with `>`.
#[derive(Clone, Debug)]
pub struct Explanation {
    evaluation: Evaluation<Value>,
    steps: Vec<ExplainedStep>,
    notes: Vec<String>,
}

/// One step of an [`Explanation`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedStep {
    /// Whether this step decided.
    pub decided: bool,
    /// What was asked: `rule 'premium in the EU'`.
    pub subject: String,
    /// What came of it, and why.
    pub outcome: String,
    /// The parts of the condition, one by one: indented by their depth.
    pub details: Vec<String>,
}

impl Explanation {
    /// The evaluation that is explained.
    #[must_use]
    pub const fn evaluation(&self) -> &Evaluation<Value> {
        &self.evaluation
    }

    /// The steps in their order; the last one decided.
    #[must_use]
    pub fn steps(&self) -> &[ExplainedStep] {
        &self.steps
    }

    /// What is to be known of the context: attributes of its JSON that were left out, and why. They count as absent.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options};
    /// use flags_schema::{SourceFile, load};
    ///
    /// let source = SourceFile::new("flags.yaml", "flags: { new-ui: on }");
    /// let loaded = load(source, &mut |_| Err("no overlays".into()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let context: Context = serde_json::from_str(r#"{"user": "ann", "orders": [{"id": 1}]}"#).unwrap();
    /// let explanation = engine.flag("new-ui").unwrap().explain(&context);
    /// let why = "the attribute `orders` was left out: a list holds strings, numbers and booleans only";
    /// assert_eq!(explanation.notes(), [why]);
    /// ```
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Why the value was served.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.evaluation.reason()
    }

    /// What kept it from being decided.
    #[must_use]
    pub const fn error_code(&self) -> Option<ErrorCode> {
        self.evaluation.error_code()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evaluation = &self.evaluation;
        let mut out = format!("{} = ", escaped(evaluation.key()));
        match evaluation.variant() {
            Some(variant) => out.push_str(&escaped(variant)),
            None => write!(out, "{}", Shown(evaluation.value()))?,
        }
        writeln!(out, "  ({}, {})", evaluation.reason(), evaluation.provenance())?;
        for step in &self.steps {
            let mark = if step.decided { '>' } else { ' ' };
            writeln!(out, "{mark} {}: {}", escaped(&step.subject), escaped(&step.outcome))?;
            for detail in &step.details {
                writeln!(out, "      {}", escaped(detail))?;
            }
        }
        for note in &self.notes {
            writeln!(out, "note: {}", escaped(note))?;
        }
        f.write_str(&printable::lines(&out))
    }
}

/// A literal as people write it.
pub(crate) struct Shown<'a>(pub(crate) &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(boolean) => boolean.fmt(f),
            Value::Integer(number) => number.fmt(f),
            Value::Float(number) => number.fmt(f),
            Value::String(text) => write!(f, "{text:?}"),
            Value::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, Shown(item))?;
                }
                f.write_str("]")
            }
            Value::Map(fields) => {
                f.write_str("{")?;
                for (i, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{}: {}", if i > 0 { ", " } else { "" }, escaped(name), Shown(value))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Explains a flag for a context.
pub(crate) fn explain(snapshot: &Arc<Snapshot>, flag: u32, context: &Context) -> Explanation {
    let now = snapshot.moment();
    let (decision, steps) = snapshot.evaluator(context, &now).for_flag(flag, |evaluator| {
        let mut recorder = Recorder::default();
        let decision = evaluator.decide_directly(flag, &mut recorder);
        let explainer = Explainer { snapshot, flag, context, evaluator, now: &now };
        let steps = recorder.0.into_iter().map(|(decided, step)| explainer.step(decided, step));
        (decision, steps.collect())
    });
    let notes = notes(snapshot, context);
    Explanation {
        evaluation: Evaluation::written(flag, decision, SharedSnapshot::of(snapshot)),
        steps,
        notes,
    }
}

/// What of the JSON of a context was left out.
fn notes(snapshot: &Snapshot, context: &Context) -> Vec<String> {
    let (dropped, more) = context.dropped();
    let privacy = &snapshot.ruleset.privacy;
    let note =
        |(name, why): &(String, &str)| format!("the attribute `{}` was left out: {why}", privacy.name(name));
    let more = (more > 0).then(|| format!("{more} more attributes were left out"));
    dropped.iter().map(note).chain(more).collect()
}

/// A bound in percent, to three decimal places at most.
fn shown(bound: u64) -> String {
    let text = format!("{:.3}", position(bound));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Puts steps into words.
struct Explainer<'a, N> {
    snapshot: &'a Snapshot,
    flag: u32,
    context: &'a Context,
    evaluator: &'a Evaluator<'a, N>,
    /// The moment of the evaluation.
    now: &'a N,
}

impl<N: Fn() -> Option<i64>> Explainer<'_, N> {
    fn step(&self, decided: bool, step: Step) -> ExplainedStep {
        let mut details = Vec::new();
        let (subject, outcome) = match step {
            Step::Overridden(layer, on) => {
                (format!("override by {layer}"), if on { "on" } else { "off" }.to_owned())
            }
            Step::Disabled(Disabled::State) => ("state".to_owned(), "off".to_owned()),
            Step::Disabled(Disabled::Environment) => ("environment".to_owned(), self.environment()),
            Step::Prerequisite { flag, wanted, met } => {
                let key = self.snapshot.ruleset.key(flag).unwrap_or_default();
                let word = if wanted { "requires" } else { "excludes" };
                (format!("{word} `{key}`"), if met { "met" } else { "not met" }.to_owned())
            }
            Step::Layer { stands_in } => self.layer(stands_in, &mut details),
            Step::Experiment { running } => {
                let outcome = match running {
                    true => "running",
                    false if (self.now)().is_none() => {
                        "no clock tells whether it runs: everyone gets the control"
                    }
                    false => "not running: everyone gets the control",
                };
                ("experiment".to_owned(), outcome.to_owned())
            }
            Step::Users { named } => {
                ("users".to_owned(), if named { "named" } else { "not named" }.to_owned())
            }
            Step::Rule { rule, missed } => (self.rule_name(rule), self.rule(rule, missed, &mut details)),
            Step::State { holds } => self.state(holds, &mut details),
            Step::Default => ("otherwise".to_owned(), "the off variant".to_owned()),
        };
        ExplainedStep { decided, subject, outcome, details }
    }

    fn layer(&self, stands_in: bool, details: &mut Vec<String>) -> (String, String) {
        let ruleset = &self.snapshot.ruleset;
        let resolved = ruleset.flags.get(self.flag as usize).and_then(|flag| flag.enrollment.as_ref());
        let written = self.snapshot.written(self.flag).and_then(|written| written.layer.as_ref());
        let (Some(resolved), Some(written)) = (resolved.and_then(|it| it.layer.as_ref()), written) else {
            return Default::default();
        };
        details.push(match resolved.bucket.by.digest(self.context) {
            Some(key) => {
                let at = position(resolved.bucket.salt.rollout.bucket(&key));
                let (from, to) = (written.from.value, written.to.value);
                format!("stands at {at:.3} of 100, the flag takes {from} to {to}")
            }
            None => "no key to bucket by".to_owned(),
        });
        let outcome =
            if stands_in { "the context stands in its range" } else { "the context stands elsewhere" };
        (format!("layer `{}`", *written.name), outcome.to_owned())
    }

    fn environment(&self) -> String {
        match &self.snapshot.ruleset.environment {
            Some(name) => format!("`{name}` is not one of the flag's"),
            None => "none is chosen, and the flag is for some only".to_owned(),
        }
    }

    fn rule_name(&self, rule: u32) -> String {
        match self.snapshot.rule(self.flag, rule) {
            Some(rule) if rule.name.is_some() => format!("rule '{rule}'"),
            Some(rule) => rule.to_string(),
            None => "rule".to_owned(),
        }
    }

    fn rule(&self, rule: u32, missed: Option<Missed>, details: &mut Vec<String>) -> String {
        let resolved = self.snapshot.ruleset.flags.get(self.flag as usize);
        let Some(resolved) = resolved.and_then(|flag| flag.rules.get(Cause::position(rule)?)) else {
            return String::new();
        };
        let written = self.snapshot.written(self.flag);
        let written = written.and_then(|flag| flag.answer.rules.get(resolved.source as usize));
        let when = written.and_then(|rule| rule.when.as_ref());
        if missed != Some(Missed::Window)
            && let (Some(test), Some(when)) = (&resolved.when, when)
        {
            self.condition(test, when, 0, details);
        }
        if let Some(rollout) = &resolved.rollout
            && !matches!(missed, Some(Missed::Window | Missed::Condition(_)))
        {
            details.push(self.position(&rollout.bucket, written.and_then(|rule| rule.rollout.as_ref())));
        }
        if let Serve::Split(split) = &resolved.serve
            && missed.is_none()
        {
            details.push(self.range(split));
        }
        match missed {
            None => "serves".to_owned(),
            Some(Missed::Window) if (self.now)().is_none() => {
                "no clock tells whether it is in its window".to_owned()
            }
            Some(Missed::Window) => "outside of its window".to_owned(),
            Some(Missed::Condition(truth)) => format!("its condition is {}", truth.as_str()),
            Some(Missed::Rollout) => "the context is not in its rollout".to_owned(),
            Some(Missed::NoKey) => "there is no key to split by".to_owned(),
        }
    }

    fn state(&self, holds: bool, details: &mut Vec<String>) -> (String, String) {
        let Some(written) = self.snapshot.written(self.flag) else { return Default::default() };
        let answer = &written.answer;
        let resolved = self.snapshot.ruleset.flags.get(self.flag as usize);
        if let Some(resolved) = resolved {
            match &resolved.state {
                ResolvedState::Rollout(rollout) => {
                    details.push(self.position(&rollout.bucket, answer.rollout.as_ref()));
                }
                ResolvedState::Members(segment) => self.segment(*segment, 0, details),
                ResolvedState::On | ResolvedState::Nobody => {}
            }
            if let Serve::Split(split) = &resolved.on
                && holds
            {
                details.push(self.range(split));
            }
        }
        let outcome = match (&*answer.state, holds) {
            (flags_schema::FlagState::On, _) => "on for everybody",
            (flags_schema::FlagState::Gradual, true) => "the context is in the rollout",
            (flags_schema::FlagState::Gradual, false) => "the context is not in the rollout",
            (flags_schema::FlagState::Segment(_), true) => "the context is a member",
            (flags_schema::FlagState::Segment(_), false) => "the context is no member",
            (flags_schema::FlagState::Off | flags_schema::FlagState::Targeted, _) => {
                "nobody but the users and rules above"
            }
        };
        (format!("state `{}`", answer.state.as_str()), outcome.to_owned())
    }

    fn default_rollout(&self) -> Option<flags_schema::Percent> {
        let part = self.snapshot.ruleset.part(self.flag)?;
        part.written.document().settings.default_rollout.as_ref().map(|percent| percent.value)
    }

    /// `bucket 37.214 of 100, in below 25`.
    fn position(
        &self,
        bucket: &Bucket,
        rollout: Option<&flags_schema::Spanned<flags_schema::Rollout>>,
    ) -> String {
        let Some(key) = bucket.by.digest(self.context) else {
            return "no key to bucket by".to_owned();
        };
        let at = position(bucket.salt.rollout.bucket(&key));
        let bound = match rollout.map(|rollout| &rollout.amount) {
            Some(flags_schema::Amount::Fixed(percent)) => Some(percent.value),
            Some(written @ flags_schema::Amount::Ramp(_)) => match amount(written) {
                Amount::Ramp(ramp) => match (self.now)() {
                    Some(now) => Some(ramp.at(now)),
                    None => return format!("bucket {at:.3} of 100; no clock tells how far the ramp is"),
                },
                _ => None,
            },
            None => self.default_rollout(),
        };
        match bound {
            Some(bound) => format!("bucket {at:.3} of 100, in below {bound}"),
            None => format!("bucket {at:.3} of 100"),
        }
    }

    /// `variant bucket 37.214 of 100, in the range from 0 to 50`.
    fn range(&self, split: &Split) -> String {
        let Some(key) = split.bucket.by.digest(self.context) else {
            return "no key to split by".to_owned();
        };
        let bucket = split.bucket.salt.variant.bucket(&key);
        let mut from = 0;
        for (bound, _) in &split.ranges {
            if bucket < *bound {
                let (from, to) = (shown(from), shown(*bound));
                return format!(
                    "variant bucket {:.3} of 100, in the range from {from} to {to}",
                    position(bucket)
                );
            }
            from = *bound;
        }
        format!("variant bucket {:.3} of 100, in the last range", position(bucket))
    }

    /// The condition's parts, each with what is known of it.
    fn condition(&self, test: &Test, written: &Condition, depth: usize, details: &mut Vec<String>) {
        let truth = test.holds(self.evaluator);
        let indent = "  ".repeat(depth);
        let mut line = |text: &str, truth: Truth, found: &str| {
            details.push(format!("{indent}{text}: {}{found}", truth.as_str()));
        };
        match (test, written) {
            (Test::All(tests), Condition::All(members)) => {
                line("all of", truth, "");
                self.members(tests, members, depth, details);
            }
            (Test::Any(tests), Condition::Any(members)) => {
                line("any of", truth, "");
                self.members(tests, members, depth, details);
            }
            (Test::Not(test), Condition::Not(member)) => {
                line("not", truth, "");
                self.condition(test, member, depth + 1, details);
            }
            (Test::Compare(_), Condition::Compare(comparison)) => {
                let (name, privacy) = (comparison.attribute.as_str(), &self.snapshot.ruleset.privacy);
                let found = match self.context.get(name) {
                    None => format!(" (`{name}` is absent)"),
                    Some(_) if privacy.is_private(name) => " (it is private)".to_owned(),
                    Some(_) if !privacy.is_public(name) => {
                        " (it is not shown: `context` does not declare it)".to_owned()
                    }
                    Some(value) => format!(" (it is {value})"),
                };
                let text = expression::print(written);
                line(&text, truth, &found);
            }
            (Test::Segment(segment), _) => {
                line(&expression::print(written), truth, "");
                self.segment(*segment, depth + 1, details);
            }
            (Test::Flag(other), Condition::Flag(_)) => {
                line(&expression::print(written), truth, &format!(" ({})", self.served(other.flag)));
            }
            _ => line(&expression::print(written), truth, ""),
        }
    }

    /// What beside users and a condition decides who is a member of a segment.
    fn segment(&self, segment: u32, depth: usize, details: &mut Vec<String>) {
        let ruleset = &self.snapshot.ruleset;
        let written = ruleset.parts.iter().flat_map(|part| &part.written.document().segments);
        let (Some(resolved), Some(written)) =
            (ruleset.segments.get(segment as usize), written.into_iter().nth(segment as usize))
        else {
            return;
        };
        let indent = "  ".repeat(depth);
        if self.evaluator.is_excluded(resolved) {
            details.push(format!("{indent}the context is excluded"));
        } else if let Some(rollout) = &resolved.rollout {
            let position = self.position(&rollout.bucket, written.rollout.as_ref());
            details.push(format!("{indent}its rollout: {position}"));
        }
    }

    /// What another flag serves the same context: `it is on`, `it serves 'treatment'`, `it is off`.
    fn served(&self, flag: u32) -> String {
        let decision = self.evaluator.decided(flag);
        let variants = self.snapshot.kind(flag) == Some(FlagKind::Variants);
        match self.snapshot.variant_name(flag, decision.index()).filter(|_| variants) {
            _ if !decision.is_on() => "it is off".to_owned(),
            Some(variant) => format!("it serves '{variant}'"),
            None => "it is on".to_owned(),
        }
    }

    fn members(&self, tests: &[Test], members: &[Condition], depth: usize, details: &mut Vec<String>) {
        for (test, member) in tests.iter().zip(members) {
            self.condition(test, member, depth + 1, details);
        }
    }
}

//! A test for every combination of flags' states: what `#[flag_matrix]` runs.

use super::force::Forced;
use super::future::Scope;
use super::pairwise::combinations;
use super::stack::{Forcing, Stack, What};
use crate::engine::{Engine, FlagId};
use crate::flag::Flag;
use crate::overrides::OverrideState;
use flags_schema::Value;
use std::any::Any;
use std::fmt;
use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

/// What a test returns: nothing, or a `Result` that is not an error.
pub trait Outcome {
    /// What went wrong.
    fn failure(&self) -> Option<String>;
}

impl Outcome for () {
    fn failure(&self) -> Option<String> {
        None
    }
}

impl<T, E: fmt::Debug> Outcome for Result<T, E> {
    fn failure(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("{error:?}"))
    }
}

/// A flag, and the states that it is tried in.
#[derive(Debug)]
pub struct Axis {
    engine: &'static Engine,
    flag: u32,
    key: String,
    states: Vec<OverrideState>,
}

impl Axis {
    /// On and off of a switch, every variant of another flag.
    #[must_use]
    pub fn of<T, C>(flag: &Flag<T, C>) -> Self {
        let engine = flag.engine();
        let index = flag.index();
        let written = engine.unforced().written(index).cloned();
        let states = match &written {
            Some(written) if !written.variants.is_empty() => written
                .variants
                .iter()
                .map(|variant| OverrideState::Variant(variant.name.value.clone()))
                .collect(),
            _ => [false, true].map(|on| OverrideState::Value(Value::Bool(on))).to_vec(),
        };
        Self { engine, flag: index, key: flag.key(), states }
    }
}

/// The flags' states in one combination, forced while it lives.
struct Combination {
    name: String,
    stack: Arc<Stack>,
    _forced: Vec<Forced>,
}

fn every(axes: &[Axis]) -> impl Iterator<Item = Combination> {
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.states.len()).collect();
    combinations(&sizes).into_iter().map(|row| {
        let stack = Stack::child();
        let mut name = String::new();
        let mut forced = Vec::new();
        for (axis, state) in axes.iter().zip(row) {
            let Some(state) = axis.states.get(state) else { continue };
            let shown = match state {
                OverrideState::Value(Value::Bool(on)) => if *on { "on" } else { "off" }.to_owned(),
                other => other.to_string(),
            };
            let comma = if name.is_empty() { "" } else { ", " };
            let _ = write!(name, "{comma}`{}` = {shown}", axis.key);
            let what = What::Flag(FlagId::compiled(axis.flag), Forcing::State(state.clone()));
            forced.push(Forced::on(&stack, axis.engine, what));
        }
        Combination { name, stack, _forced: forced }
    })
}

/// What came of the combinations so far.
struct Results<R> {
    tried: usize,
    failed: Vec<String>,
    last: Option<R>,
}

impl<R: Outcome> Results<R> {
    fn add(&mut self, combination: &Combination, result: Result<R, Box<dyn Any + Send>>) {
        self.tried += 1;
        let failure = match &result {
            Ok(outcome) => outcome.failure(),
            Err(panicked) => Some(message(&**panicked)),
        };
        if let Some(failure) = failure {
            self.failed.push(format!("{}: {failure}", combination.name));
        }
        self.last = result.ok();
    }

    /// # Panics
    /// When a combination failed.
    fn finish(self) -> R {
        match self.last {
            Some(last) if self.failed.is_empty() => last,
            #[expect(clippy::panic, reason = "this is how tests fail")]
            _ => panic!(
                "{} of {} combinations failed:\n  {}",
                self.failed.len(),
                self.tried,
                self.failed.join("\n  ")
            ),
        }
    }
}

fn message(panicked: &(dyn Any + Send)) -> String {
    let text = panicked.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panicked.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it panicked").replace('\n', "\n    ")
}

/// Runs a test for every combination.
///
/// # Panics
/// When the test fails for one, naming each.
pub fn matrix<R: Outcome>(axes: &[Axis], mut test: impl FnMut() -> R) -> R {
    let mut results = Results { tried: 0, failed: Vec::new(), last: None };
    for combination in every(axes) {
        let result = combination.stack.enter(|| catch_unwind(AssertUnwindSafe(&mut test)));
        results.add(&combination, result);
    }
    results.finish()
}

/// [`matrix`] for a test that waits.
///
/// # Panics
/// When the test fails for one combination, naming each.
pub async fn matrix_async<R: Outcome>(axes: &[Axis], mut test: impl AsyncFnMut() -> R) -> R {
    let mut results = Results { tried: 0, failed: Vec::new(), last: None };
    for combination in every(axes) {
        let mut future = pin!(Scope::with(test(), combination.stack.clone()));
        let result = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panicked) => std::task::Poll::Ready(Err(panicked)),
        });
        let result = result.await;
        results.add(&combination, result);
    }
    results.finish()
}

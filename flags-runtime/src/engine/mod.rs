//! The engine: flags, what they answer at present, and what may change it.

mod environment;
mod snapshot;

pub use environment::Variables;
pub(crate) use snapshot::Snapshot;

use crate::clock::{Clock, SystemClock};
use crate::context::{Context, mark_private};
use crate::contract::{Contract, Decoder};
use crate::evaluation::{Evaluation, Layer};
use crate::explain::{Explanation, explain};
use crate::flag::FlagRef;
use crate::overrides::{OverrideError, OverrideInfo, OverrideProblem, Problem, State};
use crate::ruleset::{Decision, Override, Ruleset, Silent, resolve, resolve_override};
use arc_swap::ArcSwap;
use flags_schema::{Code, Diagnostic, Document, Mutability, Severity, Value, suggest};
use snapshot::with_cached;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What `flags!` embeds in a program.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// The checked document, in the form of [`Document::to_bytes`].
    pub document: &'static [u8],
    /// Decoders of the flags that carry values, by the flag's place in the document.
    pub decoders: &'static [(u32, Decoder)],
}

/// How an engine is made; [`Options::default`] is what `flags!` uses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The environment; `FLAGS_ENVIRONMENT`, or the document's default one, when `None`.
    pub environment: Option<String>,
    /// Where environment variables are read from.
    pub variables: Variables,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self { environment: None, variables: Variables::Process, clock: Arc::new(SystemClock) }
    }
}

impl Options {
    /// The same for that environment.
    #[must_use]
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// The same with environment variables from elsewhere.
    #[must_use]
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

/// Evaluates flags. `flags!` makes one for the program, `Flags::engine()`; servers and tools make
/// their own from a document.
///
/// Evaluating never waits: it takes no lock and allocates nothing, whatever other threads change at
/// the same time.
pub struct Engine {
    number: usize,
    contract: Arc<Contract>,
    /// What each flag serves when no context can change it: 0 where one can, else 1 and its index.
    table: Box<[AtomicU8]>,
    /// Of the snapshot that `current` holds, or is about to hold.
    epoch: AtomicU64,
    current: ArcSwap<Snapshot>,
    state: Mutex<Changing>,
}

/// What a snapshot is made from; whoever changes it publishes a new one.
struct Changing {
    clock: Arc<dyn Clock>,
    /// As it was compiled in or given: every environment's answers.
    document: Arc<Document>,
    environment: Option<Arc<str>>,
    variables: Variables,
    ruleset: Arc<Ruleset>,
    program: BTreeMap<u32, State>,
    variable: BTreeMap<u32, State>,
    /// Of choosing the environment; then of reading the variables.
    problems: [Vec<Problem>; 2],
}

static ENGINES: AtomicUsize = AtomicUsize::new(0);

impl Engine {
    /// The engine of an embedded document.
    #[doc(hidden)]
    #[must_use]
    pub fn embedded(embedded: &Embedded) -> Self {
        // `flags!` embeds what it has checked; a program whose bytes were damaged has no flags on.
        let document = Document::from_bytes(embedded.document).unwrap_or_default();
        let made = Self::make(document, embedded.decoders, Options::default());
        made.unwrap_or_else(|(_, fallback)| *fallback)
    }

    /// An engine for a document that was read from somewhere.
    ///
    /// ```
    /// # #[cfg(feature = "yaml")] {
    /// use flags_runtime::{Context, Engine, Options};
    /// let engine = Engine::from_yaml("flags:\n  new-ui: on\n", Options::default()).unwrap();
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::anonymous()));
    /// # }
    /// ```
    ///
    /// # Errors
    /// With what keeps the document from being evaluated, or names no environment of it.
    pub fn new(document: Document, options: Options) -> Result<Self, Vec<Diagnostic>> {
        Self::make(document, &[], options).map_err(|(errors, _)| errors)
    }

    /// The engine; or what is wrong, and one in which every flag is off.
    #[expect(clippy::type_complexity, reason = "private, and taken apart at once")]
    fn make(
        document: Document,
        decoders: &[(u32, Decoder)],
        options: Options,
    ) -> Result<Self, (Vec<Diagnostic>, Box<Self>)> {
        let contract = Arc::new(Contract::new(&document, decoders));
        for attribute in document.context.iter().flatten().filter(|attribute| attribute.private) {
            mark_private(&attribute.name);
        }
        let Options { environment, variables, clock } = options;
        let (environment, problem, mut errors) = choose(&document, environment, &variables);
        let document = Arc::new(document);
        let effective = Arc::new(document.effective(environment.as_deref()));
        let ruleset = match resolve(effective, environment.clone(), &contract) {
            Ok(ruleset) => Arc::new(ruleset),
            Err(more) => {
                errors.extend(more);
                Arc::new(Ruleset {
                    document: Arc::new(Document::default()),
                    environment: None,
                    segments: Box::default(),
                    flags: Box::default(),
                })
            }
        };
        let snapshot = Snapshot::new(
            ruleset.clone(),
            false,
            empty(ruleset.flags.len()),
            contract.clone(),
            clock.clone(),
        );
        let flags = ruleset.flags.len().max(contract.flags.len());
        let engine = Self {
            number: ENGINES.fetch_add(1, Ordering::Relaxed),
            contract,
            table: (0..flags).map(|_| AtomicU8::new(0)).collect(),
            epoch: AtomicU64::new(snapshot.epoch),
            current: ArcSwap::from_pointee(snapshot),
            state: Mutex::new(Changing {
                clock,
                document,
                environment,
                variables,
                ruleset,
                program: BTreeMap::new(),
                variable: BTreeMap::new(),
                problems: [problem.into_iter().collect(), Vec::new()],
            }),
        };
        engine.reload_env();
        if errors.is_empty() { Ok(engine) } else { Err((errors, Box::new(engine))) }
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        // A panic while it was held left at worst a change that is not published yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a snapshot of what is set now, and lets evaluations read it.
    fn publish(&self, changing: &Changing) {
        let mut overrides = empty(changing.ruleset.flags.len());
        let layers = [(&changing.variable, Layer::EnvironmentVariable), (&changing.program, Layer::Program)];
        for (set, layer) in layers {
            for (flag, state) in set {
                if let Some(slot) = overrides.get_mut(*flag as usize)
                    && let Ok(to) = resolve_override(&changing.ruleset, &self.contract, *flag, state)
                {
                    *slot = Some((layer, Arc::new(to)));
                }
            }
        }
        let snapshot = Snapshot::new(
            changing.ruleset.clone(),
            false,
            overrides,
            self.contract.clone(),
            changing.clock.clone(),
        );
        let (epoch, constants) = (snapshot.epoch, snapshot.constants());
        self.current.store(Arc::new(snapshot));
        self.epoch.store(epoch, Ordering::Release);
        for (slot, constant) in self.table.iter().zip(constants) {
            slot.store(constant, Ordering::Relaxed);
        }
    }

    /// What the flag serves whatever the context: 0 when that depends on it, else 1 and its index.
    #[inline]
    pub(crate) fn constant(&self, flag: u32) -> u8 {
        self.table.get(flag as usize).map_or(0, |slot| slot.load(Ordering::Relaxed))
    }

    /// Calls `read` with the present snapshot.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnMut(&Arc<Snapshot>) -> R) -> R {
        let epoch = self.epoch.load(Ordering::Acquire);
        with_cached(self.number, epoch, || self.current.load_full(), read)
    }

    #[inline]
    pub(crate) fn decide(&self, flag: u32, context: &Context) -> Decision {
        self.read(|snapshot| snapshot.decide(flag, context, &mut Silent))
    }

    /// The flag of that key, for servers and tools; programs use their typed constants.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<FlagHandle<'_>> {
        let index = self.index(key)?;
        Some(FlagHandle { engine: self, index })
    }

    fn index(&self, key: &str) -> Option<u32> {
        self.contract.index(key).or_else(|| {
            self.read(|snapshot| {
                let flags = (0..).zip(&snapshot.ruleset.flags);
                let mut added = flags.skip(self.contract.flags.len());
                added.find(|(i, _)| snapshot.written(*i).is_some_and(|f| *f.key == *key)).map(|(i, _)| i)
            })
        })
    }

    /// Every flag, in the order of the document.
    #[must_use]
    pub fn flags(&self) -> Vec<FlagHandle<'_>> {
        let count = self.read(|snapshot| snapshot.ruleset.flags.len());
        (0..count)
            .filter_map(|i| u32::try_from(i).ok())
            .map(|index| FlagHandle { engine: self, index })
            .collect()
    }

    /// Evaluates every flag for one context, all by the same rules, in the order of
    /// [`Engine::flags`]. One allocation for the list, and none for the flags.
    #[must_use]
    pub fn evaluate_all(&self, context: &Context) -> Evaluations {
        self.read(|snapshot| {
            let count = u32::try_from(snapshot.ruleset.flags.len()).unwrap_or(u32::MAX);
            let decisions = (0..count).map(|flag| snapshot.decide(flag, context, &mut Silent)).collect();
            Evaluations { snapshot: snapshot.clone(), decisions }
        })
    }

    /// The environment whose answers are in force.
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        self.changing().environment.as_deref().map(str::to_owned)
    }

    /// Changes to another environment.
    ///
    /// # Errors
    /// When the document declares no such environment; nothing changes then.
    pub fn set_environment(&self, environment: &str) -> Result<(), Vec<Diagnostic>> {
        let mut changing = self.changing();
        let (chosen, _, errors) = choose(&changing.document, Some(environment.to_owned()), &Variables::None);
        if !errors.is_empty() {
            return Err(errors);
        }
        let effective = Arc::new(changing.document.effective(chosen.as_deref()));
        changing.ruleset = Arc::new(resolve(effective, chosen.clone(), &self.contract)?);
        changing.environment = chosen;
        changing.problems[0].clear();
        self.publish(&changing);
        Ok(())
    }

    /// Sets an override for a flag, until it is reset. It stands above environment variables.
    ///
    /// # Errors
    /// When the flag has no such variant, segment or value, or may not change while the program runs.
    pub fn set_override(&self, flag: impl FlagRef, state: State) -> Result<(), OverrideError> {
        let mut changing = self.changing();
        let index = self.changeable(&flag)?;
        resolve_override(&changing.ruleset, &self.contract, index, &state)
            .map_err(|problem| OverrideError { key: self.key_of(&flag), problem })?;
        changing.program.insert(index, state);
        self.publish(&changing);
        Ok(())
    }

    /// Takes back what [`Engine::set_override`] set. Returns whether there was something.
    ///
    /// # Errors
    /// When the flag does not exist, or may not change while the program runs.
    pub fn reset_override(&self, flag: impl FlagRef) -> Result<bool, OverrideError> {
        let mut changing = self.changing();
        let index = self.changeable(&flag)?;
        let had = changing.program.remove(&index).is_some();
        if had {
            self.publish(&changing);
        }
        Ok(had)
    }

    fn changeable(&self, flag: &impl FlagRef) -> Result<u32, OverrideError> {
        let refused = |problem| Err(OverrideError { key: self.key_of(flag), problem });
        let Some(index) = flag.index_in(self) else { return refused(OverrideProblem::NoFlag) };
        match self.contract.flags.get(index as usize).map_or(Mutability::Live, |flag| flag.mutability) {
            Mutability::Live => Ok(index),
            fixed => refused(OverrideProblem::Mutability(fixed.as_str())),
        }
    }

    fn key_of(&self, flag: &impl FlagRef) -> String {
        match flag.index_in(self) {
            Some(index) => FlagHandle { engine: self, index }.key(),
            None => flag.name().to_owned(),
        }
    }

    /// The overrides in force, in the order of the flags.
    #[must_use]
    pub fn overrides(&self) -> Vec<OverrideInfo> {
        let changing = self.changing();
        let layered = |set: &BTreeMap<u32, State>, layer| {
            let set = set.clone();
            set.into_iter().map(move |(flag, state)| (flag, (state, layer)))
        };
        let mut all: BTreeMap<u32, (State, Layer)> =
            layered(&changing.variable, Layer::EnvironmentVariable).collect();
        all.extend(layered(&changing.program, Layer::Program));
        drop(changing);
        all.into_iter()
            .map(|(index, (state, layer))| OverrideInfo {
                key: FlagHandle { engine: self, index }.key(),
                state,
                layer,
            })
            .collect()
    }

    /// Reads the environment variables anew. Flags of `mutability: startup` keep what they had.
    pub fn reload_env(&self) {
        let mut changing = self.changing();
        let starting = changing.variable.is_empty() && changing.problems[1].is_empty();
        let (found, problems) = environment::overrides(&changing.variables, &changing.ruleset.document);
        changing.problems[1] = problems;
        let startup = |flag: u32| {
            let flag = self.contract.flags.get(flag as usize);
            flag.is_some_and(|flag| flag.mutability == Mutability::Startup)
        };
        if !starting {
            changing.variable.retain(|flag, _| startup(*flag));
        }
        for (key, state) in found {
            let Some(index) = self.contract.index(&key) else { continue };
            if starting || !startup(index) {
                match resolve_override(&changing.ruleset, &self.contract, index, &state) {
                    Ok(_) => {
                        changing.variable.insert(index, state);
                    }
                    Err(problem) => changing.problems[1].push(Problem {
                        message: OverrideError { key: key.clone(), problem }.to_string(),
                        subject: key,
                    }),
                }
            }
        }
        self.publish(&changing);
    }

    /// What was ignored: environment variables that name no flag or mean nothing for theirs, an
    /// environment that does not exist.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.changing().problems.iter().flatten().cloned().collect()
    }

    /// Replaces the clock.
    pub fn set_clock(&self, clock: impl Clock + 'static) {
        let mut changing = self.changing();
        changing.clock = Arc::new(clock);
        self.publish(&changing);
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.read(|snapshot| snapshot.ruleset.flags.len());
        f.debug_struct("Engine").field("flags", &flags).finish_non_exhaustive()
    }
}

fn empty(flags: usize) -> Box<[Option<(Layer, Arc<Override>)>]> {
    (0..flags).map(|_| None).collect()
}

/// The environment that applies; what was ignored on the way; what is refused.
fn choose(
    document: &Document,
    wanted: Option<String>,
    variables: &Variables,
) -> (Option<Arc<str>>, Option<Problem>, Vec<Diagnostic>) {
    let declared = |name: &str| document.environments.iter().any(|e| *e.name == *name);
    let default = || {
        let default = document.environments.iter().find(|environment| environment.default);
        default.map(|environment| Arc::from(environment.name.as_str()))
    };
    let near = |name: &str| {
        let names = document.environments.iter().map(|e| e.name.as_str());
        suggest::nearest(name, names).map(str::to_owned)
    };
    if let Some(wanted) = wanted {
        if declared(&wanted) {
            return (Some(wanted.into()), None, Vec::new());
        }
        let mut refused = Diagnostic::new(
            Code::UnknownEnvironment,
            None,
            format!("environment `{wanted}` is not declared"),
        );
        refused.help = near(&wanted).map(|near| format!("did you mean `{near}`?"));
        refused.severity = Severity::Error;
        return (default(), None, vec![refused]);
    }
    match variables.environment() {
        Some(named) if declared(&named) => (Some(named.into()), None, Vec::new()),
        Some(named) => {
            let help = near(&named).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let problem = Problem {
                subject: environment::ENVIRONMENT.to_owned(),
                message: format!("environment `{named}` is not declared{help}"),
            };
            (default(), Some(problem), Vec::new())
        }
        None => (default(), None, Vec::new()),
    }
}

/// A flag looked up by its key.
#[derive(Clone, Copy, Debug)]
pub struct FlagHandle<'a> {
    engine: &'a Engine,
    index: u32,
}

impl FlagHandle<'_> {
    pub(crate) const fn index(&self) -> u32 {
        self.index
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> String {
        self.engine
            .read(|snapshot| snapshot.written(self.index).map_or_else(String::new, |f| f.key.value.clone()))
    }

    /// The flag as written, the environment's changes applied: description, owner, tags, kind, state.
    #[must_use]
    pub fn definition(&self) -> Option<flags_schema::Flag> {
        self.engine.read(|snapshot| snapshot.written(self.index).cloned())
    }

    /// Whether the flag is on for the context; of a boolean value flag, its value.
    #[must_use]
    pub fn enabled(&self, context: &Context) -> bool {
        self.engine.read(|snapshot| {
            let decision = snapshot.decide(self.index, context, &mut Silent);
            match snapshot.raw_value(self.index, decision) {
                Value::Bool(value) => value,
                _ => decision.on,
            }
        })
    }

    /// The value for the context, and why: of a switch a boolean, of a variant its value (its name,
    /// when it has none), of a value flag the literal.
    #[must_use]
    pub fn evaluate(&self, context: &Context) -> Evaluation<Value> {
        self.engine.read(|snapshot| {
            let decision = snapshot.decide(self.index, context, &mut Silent);
            let value = snapshot.raw_value(self.index, decision);
            Evaluation::new(value, self.index, decision, snapshot.clone())
        })
    }

    /// Every step of the evaluation, and why it held or not.
    #[must_use]
    pub fn explain(&self, context: &Context) -> Explanation {
        self.engine.read(|snapshot| explain(snapshot, self.index, context))
    }

    /// Where the context stands in the flag's buckets, in percent from 0 to 100: it is in a rollout
    /// of more than that. `None` without a key to go by.
    #[must_use]
    pub fn bucket(&self, context: &Context) -> Option<f64> {
        self.engine.read(|snapshot| snapshot.bucket(self.index, context))
    }
}

/// The flags of an engine evaluated for one context, in the order of [`Engine::flags`].
#[derive(Clone, Debug)]
pub struct Evaluations {
    snapshot: Arc<Snapshot>,
    decisions: Vec<Decision>,
}

impl Evaluations {
    /// How many flags there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.decisions.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// The evaluations one by one.
    pub fn iter(&self) -> impl Iterator<Item = Evaluation<Value>> + '_ {
        (0..).zip(&self.decisions).map(|(flag, decision)| {
            let value = self.snapshot.raw_value(flag, *decision);
            Evaluation::new(value, flag, *decision, self.snapshot.clone())
        })
    }
}

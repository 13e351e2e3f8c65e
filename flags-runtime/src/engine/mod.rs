//! The engine: flags, what they answer at present, and what may change it.

mod environment;
mod handle;
mod listing;
mod overriding;
mod snapshot;

pub use environment::Variables;
pub use handle::{Evaluations, FlagHandle};
pub use listing::Filter;
use snapshot::CONSTANT_INDEX;
pub(crate) use snapshot::Snapshot;

use crate::clock::{Clock, SystemClock};
use crate::context::Context;
use crate::contract::{Contract, ContractFlag, Decoder};
use crate::counts::{Counts, Seen, served};
use crate::evaluation::Layer;
use crate::experiment::Recorder;
use crate::observe::{Observer, Watched};
use crate::overrides::{OverrideState, Problem};
use crate::ruleset::{Decision, Overrides, Part, Ruleset, resolve, resolve_override};
use crate::value::Values;
use crate::written::Given;
use arc_swap::ArcSwap;
use flags_schema::{Code, Diagnostic, Document, Packed, Severity, suggest};
use snapshot::{Closure, Read, with_cached};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
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
    /// Where threads keep its snapshot.
    slot: usize,
    /// Which engine it is, for what tests force.
    #[cfg(feature = "test-util")]
    number: usize,
    contract: Arc<Contract>,
    /// What each flag serves when no context can change it: see [`Constants`](snapshot::Constants).
    table: Box<[AtomicU32]>,
    counts: Counts,
    seen: Mutex<Seen>,
    /// Of the snapshot that `current` holds, or is about to hold.
    epoch: AtomicU64,
    current: ArcSwap<Snapshot>,
    state: Mutex<Changing>,
}

/// What a snapshot is made from; whoever changes it publishes a new one.
pub(crate) struct Changing {
    pub(crate) clock: Arc<dyn Clock>,
    /// As it was compiled in or given: every environment's answers.
    pub(crate) given: Given,
    /// What was loaded since.
    pub(crate) reloaded: Option<Given>,
    /// The contract as reloaded documents are checked against it; made when one first is.
    #[cfg(feature = "reload")]
    compiled: Option<Arc<flags_schema::Contract>>,
    pub(crate) environment: Option<Arc<str>>,
    variables: Variables,
    pub(crate) ruleset: Arc<Ruleset>,
    program: BTreeMap<u32, OverrideState>,
    variable: BTreeMap<u32, OverrideState>,
    /// Why every flag is off, when the embedded document could not be used.
    embedded_problems: Vec<Problem>,
    /// Snapshots that threads may still read: freeing one takes long, and is not for an evaluation.
    retired: Vec<Arc<Snapshot>>,
    environment_problem: Option<Problem>,
    env_problems: Vec<Problem>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// The fingerprint that observers are told, and the document that has it.
    version: Option<(Given, Arc<str>)>,
    #[cfg(feature = "reload")]
    pub(crate) reload: crate::reload::Progress,
}

impl Changing {
    /// The observer, with what it is told of the document.
    fn watched(&mut self) -> Option<Arc<Watched>> {
        let observer = self.observer.clone()?;
        let given = self.in_force();
        let version = match &self.version {
            Some((of, version)) if of.is(given) => version.clone(),
            _ => Arc::from(given.whole().fingerprint().to_string()),
        };
        self.version = Some((given.clone(), version.clone()));
        Some(Arc::new(Watched::new(observer, self.recorder.clone(), version)))
    }

    /// The document that answers.
    pub(crate) fn in_force(&self) -> &Given {
        self.reloaded.as_ref().unwrap_or(&self.given)
    }

    /// Frees the snapshots that nobody reads any more.
    pub(crate) fn free_retired(&mut self) {
        self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// What reloaded documents are checked against.
    #[cfg(feature = "reload")]
    pub(crate) fn compiled(&mut self) -> Arc<flags_schema::Contract> {
        let of = || Arc::new(flags_schema::Contract::of(&self.given.whole()));
        self.compiled.get_or_insert_with(of).clone()
    }

    /// The moment that the clock tells, if one does.
    #[cfg(feature = "reload")]
    pub(crate) fn now(&self) -> Option<flags_schema::Timestamp> {
        self.clock.now()
    }
}

static ENGINES: AtomicUsize = AtomicUsize::new(0);

impl Engine {
    /// The engine of an embedded document.
    #[doc(hidden)]
    #[must_use]
    pub fn embedded(embedded: &Embedded) -> Self {
        // `flags!` embeds what it has checked; a program whose bytes were damaged has no flags on.
        let packed = Packed::new(embedded.document).map(|packed| Given::Packed(Arc::new(packed)));
        let contract = packed.and_then(|given| Contract::new(given, embedded.decoders));
        let (contract, damage) = match contract {
            Ok(contract) => (contract, None),
            Err(error) => (Contract::default(), Some(error.to_string())),
        };
        let made = Self::make(contract, Options::default());
        let (engine, errors) = match made {
            Ok(engine) => (engine, Vec::new()),
            Err((errors, fallback)) => (*fallback, errors),
        };
        let messages = damage.into_iter().chain(errors.into_iter().map(|error| error.message));
        let problem = |message| Problem { subject: "the embedded document".to_owned(), message };
        engine.changing().embedded_problems = messages.map(problem).collect();
        engine
    }

    /// An engine for a document that was read from somewhere.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options};
    /// use flags_schema::{SourceFile, load};
    ///
    /// let source = SourceFile::new("flags.yaml", "flags:\n  new-ui: on\n");
    /// let loaded = load(source, &mut |_| Err("no overlays".into()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::anonymous()));
    /// ```
    ///
    /// # Errors
    /// With what keeps the document from being evaluated, or names no environment of it.
    pub fn new(document: Document, options: Options) -> Result<Self, Vec<Diagnostic>> {
        let given = Given::Whole(Arc::new(document));
        // Nothing of a whole document is damaged.
        let contract = Contract::new(given, &[]).unwrap_or_default();
        Self::make(contract, options).map_err(|(errors, _)| errors)
    }

    /// The engine; or what is wrong, and one in which every flag is off.
    fn make(contract: Contract, options: Options) -> Result<Self, (Vec<Diagnostic>, Box<Self>)> {
        let contract = Arc::new(contract);
        let given = contract.given().clone();
        let Options { environment, variables, clock } = options;
        let (environment, problem, mut errors) = choose(given.document(), environment, &variables);
        let parts = [Part::new(&given, environment.as_ref(), false)];
        let ruleset = match resolve(&parts, environment.clone(), &contract, Values::Lasting) {
            Ok(ruleset) => Arc::new(ruleset),
            Err(more) => {
                errors.extend(more);
                Arc::default()
            }
        };
        let overrides = empty(ruleset.flags.len());
        let snapshot = Snapshot {
            epoch: Snapshot::next_epoch(),
            ruleset: ruleset.clone(),
            overrides,
            fast_paths: ruleset.fast_paths.clone(),
            contract: contract.clone(),
            clock: clock.clone(),
            counting: true,
            added: None,
            watched: None,
        };
        let flags = ruleset.flags.len().max(contract.flags.len());
        let now = clock.now();
        let number = ENGINES.fetch_add(1, Ordering::Relaxed);
        let engine = Self {
            slot: number % snapshot::KEPT,
            #[cfg(feature = "test-util")]
            number,
            contract: contract.clone(),
            table: (0..flags).map(|_| AtomicU32::new(0)).collect(),
            counts: Counts::new(contract.flags.iter().map(ContractFlag::served)),
            seen: Mutex::new(Seen::new(now)),
            epoch: AtomicU64::new(snapshot.epoch),
            current: ArcSwap::from_pointee(snapshot),
            state: Mutex::new(Changing {
                clock,
                given,
                reloaded: None,
                #[cfg(feature = "reload")]
                compiled: None,
                environment,
                variables,
                ruleset,
                program: BTreeMap::new(),
                variable: BTreeMap::new(),
                embedded_problems: Vec::new(),
                retired: Vec::new(),
                environment_problem: problem,
                env_problems: Vec::new(),
                observer: None,
                recorder: None,
                version: None,
                #[cfg(feature = "reload")]
                reload: crate::reload::Progress::new(now),
            }),
        };
        let mut changing = engine.changing();
        engine.read_env(&mut changing, true);
        engine.publish(&mut changing);
        drop(changing);
        if errors.is_empty() { Ok(engine) } else { Err((errors, Box::new(engine))) }
    }

    pub(crate) fn changing(&self) -> MutexGuard<'_, Changing> {
        // A panic while it was held left at worst a change that is not published yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a snapshot of what is set now, and lets evaluations read it.
    pub(crate) fn publish(&self, changing: &mut Changing) {
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
        let document = changing.ruleset.document();
        let metrics = document.and_then(|document| document.settings.metrics.as_ref());
        let snapshot = Snapshot {
            epoch: Snapshot::next_epoch(),
            ruleset: changing.ruleset.clone(),
            fast_paths: Snapshot::fast_paths(&changing.ruleset, &overrides),
            overrides,
            contract: self.contract.clone(),
            clock: changing.clock.clone(),
            counting: metrics.is_none_or(|metrics| **metrics),
            added: self.added(&changing.ruleset),
            watched: changing.watched(),
        };
        let (epoch, constants) = (snapshot.epoch, snapshot.constants(&self.counts));
        let old = self.current.swap(Arc::new(snapshot));
        self.epoch.store(epoch, Ordering::Release);
        for (slot, constant) in self.table.iter().zip(constants) {
            slot.store(constant, Ordering::Relaxed);
        }
        changing.retired.push(old);
        changing.free_retired();
    }

    /// What the program was compiled for.
    #[cfg(feature = "reload")]
    pub(crate) fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Counts of the flags that a reload added: those of before, where they are still the ones.
    fn added(&self, ruleset: &Ruleset) -> Option<Arc<Counts>> {
        let compiled = self.contract.flags.len();
        let flags = |ruleset: &Ruleset| {
            let indices = (0_u32..).take(ruleset.flags.len()).skip(compiled);
            indices.filter_map(|flag| ruleset.written(flag).cloned()).collect::<Vec<_>>()
        };
        let new = flags(ruleset);
        let old = self.current.load();
        let names = |flags: &[flags_schema::Flag]| {
            let variants = |flag: &flags_schema::Flag| {
                flag.variants.iter().map(|variant| variant.name.value.clone()).collect::<Vec<_>>()
            };
            flags.iter().map(|flag| (flag.key.value.clone(), variants(flag))).collect::<Vec<_>>()
        };
        if names(&flags(&old.ruleset)) == names(&new) {
            return old.added.clone();
        }
        // Evaluations that still run with the old snapshot may be missed.
        self.seen().keep(&old);
        (!new.is_empty()).then(|| Arc::new(Counts::new(new.iter().map(served))))
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the flag serves whatever the context, counted; `None` when that depends on it.
    #[inline]
    pub(crate) fn constant(&self, flag: u32) -> Option<u32> {
        #[cfg(feature = "test-util")]
        if crate::testing::active() {
            return None;
        }
        let constant = self.table.get(flag as usize)?.load(Ordering::Relaxed);
        let index = (constant & CONSTANT_INDEX).checked_sub(1)?;
        let slot = constant >> CONSTANT_INDEX.trailing_ones();
        if slot != 0 {
            self.counts.count(slot);
        }
        Some(index)
    }

    /// Calls `read` with the present snapshot.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnMut(&Arc<Snapshot>) -> R) -> R {
        self.read_by(Closure(read))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read_by<R: Read>(&self, reader: R) -> R::Answer {
        #[cfg(feature = "test-util")]
        if let Some(forced) = crate::testing::snapshot(self) {
            let mut reader = reader;
            return reader.read(&forced);
        }
        self.read_shared(reader)
    }

    /// Calls `read` with the present snapshot, whatever this thread forces.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read_shared<R: Read>(&self, reader: R) -> R::Answer {
        let epoch = self.epoch.load(Ordering::Acquire);
        with_cached(self.slot, epoch, || self.current.load_full(), reader)
    }

    /// The present snapshot, whatever this thread forces.
    #[cfg(feature = "test-util")]
    pub(crate) fn unforced(&self) -> Arc<Snapshot> {
        self.read_shared(Closure(Arc::clone))
    }

    #[cfg(feature = "test-util")]
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// Evaluates a flag, and calls `answer` with what was decided.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    pub(crate) fn ask<R>(
        &self,
        flag: u32,
        context: &Context,
        answer: impl FnMut(&Arc<Snapshot>, Decision) -> R,
    ) -> R {
        self.read_by(Asking { engine: self, flag, context, answer })
    }

    /// Counts an evaluation, and tells the observer of it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn note(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision) {
        if snapshot.counting && !self.counts.add(flag, decision) {
            snapshot.count_added(flag, decision);
        }
        if let Some(watched) = &snapshot.watched {
            watched.evaluated(snapshot, flag, context, decision);
        }
    }

    /// The index that a flag serves.
    // Apart, so that what asks the table stays small where it is inlined.
    #[inline(never)]
    pub(crate) fn index_for(&self, flag: u32, context: &Context) -> u32 {
        self.ask(flag, context, |_, decision| decision.index())
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
        let (chosen, _, errors) =
            choose(changing.given.document(), Some(environment.to_owned()), &Variables::None);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut parts = vec![Part::new(&changing.given, chosen.as_ref(), false)];
        if let Some(reloaded) = &changing.reloaded {
            parts.insert(0, Part::new(reloaded, chosen.as_ref(), true));
        }
        changing.ruleset = Arc::new(resolve(&parts, chosen.clone(), &self.contract, Values::Known)?);
        changing.environment = chosen;
        changing.environment_problem = None;
        self.publish(&mut changing);
        drop(changing);
        self.tell_loaded();
        Ok(())
    }

    /// What was ignored: environment variables that name no flag or mean nothing for theirs, an
    /// environment that does not exist.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let changing = self.changing();
        let embedded = changing.embedded_problems.iter();
        embedded.chain(&changing.environment_problem).chain(&changing.env_problems).cloned().collect()
    }

    /// Replaces the clock.
    pub fn set_clock(&self, clock: impl Clock + 'static) {
        let mut changing = self.changing();
        changing.clock = Arc::new(clock);
        self.publish(&mut changing);
    }
}

/// An evaluation, and what is made of it.
struct Asking<'a, A> {
    engine: &'a Engine,
    flag: u32,
    context: &'a Context,
    answer: A,
}

impl<R, A: FnMut(&Arc<Snapshot>, Decision) -> R> Read for Asking<'_, A> {
    type Answer = R;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read(&mut self, snapshot: &Arc<Snapshot>) -> R {
        let decision = snapshot.decide(self.flag, self.context);
        self.engine.note(snapshot, self.flag, self.context, decision);
        (self.answer)(snapshot, decision)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.read(|snapshot| snapshot.ruleset.flags.len());
        f.debug_struct("Engine").field("flags", &flags).finish_non_exhaustive()
    }
}

fn empty(flags: usize) -> Box<Overrides> {
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

//! How an engine is made: from an embedded document or from one that was read.

use super::cache::Slot;
use super::environment::choose;
use super::history::MetricsHistory;
use super::snapshot::Snapshot;
use super::state::EngineState;
use super::table::Table;
use super::{Engine, Variables};
use crate::clock::{Clock, SystemClock};
use crate::contract::{Contract, ContractFlag, Decoder};
use crate::counts::Counts;
use crate::document::StoredDocument;
use crate::overrides::Problem;
use crate::ruleset::{Origins, RulesetPart, resolve};
use crate::value::Values;
use arc_swap::ArcSwap;
use flags_schema::{Diagnostic, Document, EmbeddedDocument};
use std::collections::BTreeMap;
use std::convert::Infallible;
#[cfg(feature = "reload")]
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
#[cfg(feature = "test-util")]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What `flags!` embeds in a program.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// The checked document, in the form of [`Document::to_bytes`].
    pub document: &'static [u8],
    /// Decoders of the flags that carry values, by the flag's index in the document.
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
    /// Chooses the environment.
    #[must_use]
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Takes environment variables from elsewhere than the process.
    #[must_use]
    pub fn variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

/// Numbers engines, for what tests force.
#[cfg(feature = "test-util")]
static ENGINES: AtomicUsize = AtomicUsize::new(0);

impl Engine {
    /// The engine of an embedded document. It tells of settings that it ignores.
    #[doc(hidden)]
    #[must_use]
    pub fn embedded(embedded: &Embedded) -> Self {
        let engine = Self::__quietly(embedded);
        engine.tell_problems();
        engine
    }

    /// The same, which tells nothing of settings that it ignores.
    #[doc(hidden)]
    #[must_use]
    pub fn __quietly(embedded: &Embedded) -> Self {
        // `flags!` embeds what it has checked; a program whose bytes were damaged has no flags on.
        let document = EmbeddedDocument::new(embedded.document).map(StoredDocument::from);
        let contract = document.and_then(|document| Contract::new(document, embedded.decoders));
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
        let problems: Arc<[Problem]> = messages.map(problem).collect();
        let Ok(()) = engine.update(|state| {
            state.embedded_problems = problems.clone();
            Ok::<_, Infallible>(())
        });
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
        // Nothing of a document that was read is damaged.
        let contract = Contract::new(document.into(), &[]).unwrap_or_default();
        let engine = Self::make(contract, options).map_err(|(errors, _)| errors)?;
        engine.tell_problems();
        Ok(engine)
    }

    /// The engine; or what is wrong, and one in which every flag is off.
    fn make(contract: Contract, options: Options) -> Result<Self, (Vec<Diagnostic>, Box<Self>)> {
        let contract = Arc::new(contract);
        let compiled = contract.document().clone();
        let Options { environment, variables, clock } = options;
        let (environment, problem, mut errors) = choose(compiled.document(), environment, &variables);
        let parts = [RulesetPart::new(&compiled, environment.as_ref(), false)];
        let ruleset =
            match resolve(&parts, &Origins::default(), environment.clone(), &contract, Values::Leaked) {
                Ok(ruleset) => Arc::new(ruleset),
                Err(more) => {
                    errors.extend(more);
                    Arc::default()
                }
            };
        let slot = Slot::take();
        let snapshot = Snapshot {
            epoch: Snapshot::next_epoch(),
            slot: slot.index(),
            ruleset: ruleset.clone(),
            overrides: (0..ruleset.flags.len()).map(|_| None).collect(),
            fast_paths: ruleset.fast_paths.clone(),
            contract: contract.clone(),
            clock: clock.clone(),
            counting: true,
            added: None,
            document: compiled.clone(),
            observer: None,
        };
        let flags = ruleset.flags.len().max(contract.flags.len());
        let now = clock.now();
        let state = EngineState {
            clock,
            compiled,
            reloaded: None,
            kept: Arc::default(),
            environment,
            variables: Arc::new(variables),
            ruleset,
            added: None,
            known_keys: Arc::default(),
            program: BTreeMap::new(),
            variable: BTreeMap::new(),
            embedded_problems: Arc::default(),
            environment_problem: problem,
            variable_problems: Arc::default(),
            observer: None,
            #[cfg(feature = "reload")]
            reload: super::progress::Progress::new(now),
            version: Arc::default(),
        };
        let engine = Self {
            slot,
            #[cfg(feature = "test-util")]
            number: ENGINES.fetch_add(1, Ordering::Relaxed),
            table: Table::new(flags),
            counts: Counts::new(contract.flags.iter().map(ContractFlag::served)),
            contract,
            #[cfg(feature = "reload")]
            compiled: OnceLock::new(),
            #[cfg(feature = "reload")]
            compiled_fingerprint: OnceLock::new(),
            history: Mutex::new(MetricsHistory::new(now)),
            epoch: AtomicU64::new(snapshot.epoch),
            current: ArcSwap::from_pointee(snapshot),
            state: Mutex::new(Arc::new(state)),
            retired: Mutex::default(),
            callbacks: Arc::default(),
        };
        let Ok(()) = engine.update(|state| {
            engine.read_env(state, true);
            Ok::<_, Infallible>(())
        });
        if errors.is_empty() { Ok(engine) } else { Err((errors, Box::new(engine))) }
    }
}

//! Documents loaded while the program runs: read, checked, compared with the compiled contract, resolved and
//! swapped. What is wrong is refused whole, the rest is taken flag by flag.

mod acceptance;
mod candidate;
mod change;
mod file;
mod source;
mod status;
mod watch;

pub use crate::engine::{Change, Refused, WatchStatus};
pub use file::FileSource;
pub use source::{DocumentSource, FetchError, FetchRequest, Fetched, FetchedDocument, Waker};
pub use status::Status;
pub use watch::{Watch, WatchOptions};

use crate::document::StoredDocument;
use crate::engine::{Engine, EngineState, Followed, Subscriber};
use crate::observe::{self, Reload};
use acceptance::Accepted;
use candidate::{Candidate, Read};
use flags_schema::{
    Baseline, Code, ContractReport, Diagnostic, Document, KeptFlag, Loaded, Severity, Sources, render,
    suggest,
};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

impl Engine {
    /// Loads a document from a file, a text or another [`DocumentSource`].
    ///
    /// It is refused whole when anything is wrong with it, or when it does not declare the program's
    /// environment; the flags answer as before then. Of a valid document each flag is taken by itself: one
    /// that is not what the program was compiled for keeps its last accepted answer, unless the document
    /// switches it off, and [`Status::kept`] says which and why. A flag that it leaves out has its compiled
    /// answer. Flags of `mutability: startup` take their answers from the first document that is loaded and
    /// keep them, those of `fixed` never change. Overrides stay in force. Evaluations never wait for it.
    ///
    /// ```
    /// use flags_runtime::{Context, Engine, Options};
    /// use flags_schema::{SourceFile, load};
    ///
    /// let text = |state: &str| SourceFile::new("flags.yaml", format!("flags:\n  new-ui: {state}\n"));
    /// let loaded = load(text("off"), &mut |_| Err(String::new()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let change = engine.reload_from(&text("on")).unwrap();
    /// assert_eq!(change.flags, ["new-ui"]);
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::anonymous()));
    ///
    /// let refused = engine.reload_from(&text("onn")).unwrap_err();
    /// assert!(refused.to_string().contains("`onn`"));
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::anonymous()));
    /// ```
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn reload_from(&self, source: &(impl DocumentSource + ?Sized)) -> Result<Change, Refused> {
        match source.fetch(&FetchRequest::first()) {
            Ok(Fetched::Document(document)) => self.load_candidate(self.candidate(document)),
            // It was asked for no version: there is no document that could have changed.
            Ok(Fetched::Unchanged) => {
                Ok(Change { flags: Vec::new(), warnings: Vec::new(), kept: Vec::new() })
            }
            Err(error) => Err(self.refuse_unreadable(source.name(), error.message)),
        }
    }

    /// Puts what was read in force, or refuses it.
    fn load_candidate(&self, Candidate { name, read }: Candidate) -> Result<Change, Refused> {
        self.let_go();
        let (swapped, mut warnings, sources) = match read {
            Read::Whole(loaded) => {
                if loaded.diagnostics.has_errors() {
                    return Err(self.refuse(name, loaded.diagnostics.into_vec(), &loaded.sources));
                }
                let baseline = Baseline::of(&loaded);
                let Loaded { document, diagnostics, sources, .. } = loaded;
                (self.swap(&name, document, baseline, &sources), diagnostics.into_vec(), sources)
            }
            Read::Revised(revised) => {
                let swapped = self.put_in_force(&name, &revised.document, &revised.report);
                (swapped, Vec::new(), revised.into_sources())
            }
        };
        match swapped {
            Ok(Swapped { flags, gone, kept, subscribers }) => {
                if let Some(warning) = flags_schema::left_out(&gone) {
                    #[cfg(feature = "tracing")]
                    crate::log::left_out(&name, &warning.message);
                    warnings.push(warning);
                }
                let change = Change { flags, warnings, kept: kept.to_vec() };
                self.tell_loaded();
                self.let_go();
                observe::reloaded(self, &Reload::Accepted { flags: &change.flags });
                for (_, callback) in &*subscribers {
                    self.callbacks().call("a subscriber", || callback(&change));
                }
                Ok(change)
            }
            Err(diagnostics) => Err(self.refuse(name, diagnostics, &sources)),
        }
    }

    /// Frees the snapshots that nobody reads any more. This thread may keep one of them, until it reads the
    /// present one.
    fn let_go(&self) {
        self.read(|_| ());
        self.free_retired();
    }

    /// Puts a document that was read as a whole in force.
    fn swap(
        &self,
        name: &str,
        document: Document,
        baseline: Option<Baseline>,
        sources: &Sources,
    ) -> Result<Swapped, Vec<Diagnostic>> {
        let report = self.compiled_contract().check(&document);
        let cut_off = flags_schema::cut_off(self.state().in_force().document(), &document, sources);
        if !cut_off.is_empty() {
            return Err(cut_off);
        }
        let document = StoredDocument::compact(document, baseline)
            .map_err(|error| vec![Diagnostic::new(Code::Unreadable, None, error.to_string())])?;
        self.put_in_force(name, &document, &report)
    }

    /// Puts a checked document in force.
    fn put_in_force(
        &self,
        name: &str,
        document: &StoredDocument,
        report: &ContractReport,
    ) -> Result<Swapped, Vec<Diagnostic>> {
        let (missing, added): (Arc<[_]>, Arc<[_]>) =
            (report.missing.clone().into(), report.added.clone().into());
        let now = self.state().clock.now();
        let mut known: Option<(Arc<EngineState>, Accepted)> = None;
        let swapped = self.update(|state| {
            // Another change came first: what was worked out for the same documents and environment is good.
            let accepted = match known.take() {
                Some((of, accepted)) if of.is_same_document(state) => accepted,
                _ => {
                    let environment = state.environment.as_deref();
                    if let Some(problem) = environment.and_then(|e| undeclared(document.document(), e)) {
                        return Err(vec![problem]);
                    }
                    acceptance::accept(self, state, document, report)?
                }
            };
            let before = Arc::new(state.clone());
            let flags = change::changed(&state.ruleset, &accepted.ruleset);
            state.rekey_overrides(&accepted.ruleset, self.contract().flags.len());
            state.ruleset = accepted.ruleset.clone();
            state.reloaded = Some(document.clone());
            state.kept = accepted.answers.clone();
            let progress = &mut state.reload;
            // Comments, blanks and the order of keys are no news.
            let keys = |kept: &[KeptFlag]| kept.iter().map(|kept| kept.flag.clone()).collect::<Vec<_>>();
            let news = !flags.is_empty()
                || progress.missing != missing
                || progress.added != added
                || keys(&progress.kept) != keys(&accepted.kept);
            let gone = missing.iter().filter(|flag| !progress.missing.contains(flag)).cloned().collect();
            progress.source = Some(name.into());
            progress.loaded_at = now;
            progress.missing = missing.clone();
            progress.added = added.clone();
            progress.kept = accepted.kept.clone();
            progress.ignored =
                report.diagnostics.iter().filter(|found| !is_told(found, &accepted.kept)).cloned().collect();
            progress.last_refusal = None;
            progress.reloads += 1;
            let subscribers = if news { state.reload.subscribers.clone() } else { Arc::default() };
            let kept = accepted.kept.clone();
            known = Some((before, accepted));
            Ok(Swapped { flags, gone, kept, subscribers })
        })?;
        #[cfg(feature = "tracing")]
        for kept in &*swapped.kept {
            crate::log::kept(name, kept);
        }
        Ok(swapped)
    }

    /// Tells that a source could not be read, as it tells of a document that is refused.
    fn refuse_unreadable(&self, source: String, message: String) -> Refused {
        let diagnostics = vec![Diagnostic::new(Code::Unreadable, None, message)];
        self.refuse(source, diagnostics, &Sources::default())
    }

    /// What was last refused, said again after a source could not be read for a while.
    fn set_refusal(&self, refusal: Option<&Arc<Refused>>) {
        self.amend(|state| state.reload.last_refusal = refusal.cloned());
    }

    fn refuse(&self, source: String, mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Refused {
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        let report = render::text(&diagnostics, sources);
        let more = diagnostics.len().saturating_sub(render::SHOWN);
        diagnostics.truncate(render::SHOWN);
        let refused = Refused { source, at: self.state().clock.now(), diagnostics, more, report };
        let kept = Arc::new(refused.clone());
        self.amend(|state| {
            state.reload.refusals += 1;
            state.reload.last_refusal = Some(kept.clone());
        });
        #[cfg(feature = "tracing")]
        crate::log::refused(&refused.source, &refused.report);
        observe::reloaded(self, &Reload::Refused { source: &refused.source, report: &refused.report });
        refused
    }

    /// What is loaded, since when, what was last refused, and what was ignored.
    ///
    /// Fingerprints are computed once for each document, so that this may be asked as often as one likes.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.state();
        let progress = &state.reload;
        let running = progress.watches.iter().filter_map(Weak::upgrade);
        let watches: Vec<WatchStatus> = running.filter_map(|watch| watch.status()).collect();
        Status {
            source: progress.source.as_deref().map(str::to_owned),
            version: state.in_force().fingerprint().to_string(),
            contract: self.compiled_fingerprint().to_string(),
            environment: state.environment.as_deref().map(str::to_owned),
            loaded_at: progress.loaded_at,
            flags: state.ruleset.flags.len(),
            missing: progress.missing.to_vec(),
            added: progress.added.to_vec(),
            kept: progress.kept.to_vec(),
            last_refusal: progress.last_refusal.as_deref().cloned(),
            watching: !watches.is_empty(),
            watches,
            reloads: progress.reloads,
            refusals: progress.refusals,
            experiments: state.observer.as_ref().map(|observer| observer.delivery()).unwrap_or_default(),
            overrides: state.listed_overrides().len(),
            problems: progress.problems().chain(self.problems()).collect(),
        }
    }

    /// Calls `callback` after each reload that changed a flag, or which flags there are, with what it
    /// changed, until the [`Subscription`] is dropped. It is called by the thread that reloads, and may use
    /// the engine. A panic in it is caught, told by [`Engine::problems`], and does not keep others from being
    /// called.
    #[must_use = "dropping the subscription ends it"]
    pub fn subscribe(&self, callback: impl Fn(&Change) + Send + Sync + 'static) -> Subscription<'_> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let callback: Subscriber = Arc::new(callback);
        self.amend(|state| {
            let before = state.reload.subscribers.iter().cloned();
            state.reload.subscribers = before.chain([(number, callback.clone())]).collect();
        });
        Subscription { engine: self, number }
    }

    /// Has the status tell of a watch for as long as it runs.
    fn add_watch(&self, watch: &Arc<dyn Followed>) {
        self.amend(|state| {
            let running = state.reload.watches.iter().filter(|watch| watch.strong_count() > 0).cloned();
            state.reload.watches = running.chain([Arc::downgrade(watch)]).collect();
        });
    }
}

/// What became of the engine's document.
struct Swapped {
    /// Flags that changed.
    flags: Vec<String>,
    /// Flags that the document leaves out, and the one before did not.
    gone: Vec<String>,
    /// Flags that keep their answers, and why.
    kept: Arc<[KeptFlag]>,
    /// Whom to tell.
    subscribers: Arc<[(u64, Subscriber)]>,
}

/// Ends a subscription when it is dropped.
pub struct Subscription<'a> {
    engine: &'a Engine,
    number: u64,
}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        self.engine.amend(|state| {
            let others = state.reload.subscribers.iter().filter(|(number, _)| *number != self.number);
            state.reload.subscribers = others.cloned().collect();
        });
    }
}

impl fmt::Debug for Subscription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

/// Whether some flag is kept because of it.
fn is_told(diagnostic: &Diagnostic, kept: &[KeptFlag]) -> bool {
    kept.iter().any(|kept| kept.diagnostics.contains(diagnostic))
}

fn undeclared(document: &Document, environment: &str) -> Option<Diagnostic> {
    let names = || document.environments.iter().map(|declared| declared.name.as_str());
    if names().any(|name| name == environment) {
        return None;
    }
    let message = format!("environment `{environment}` is not declared, and the program runs in it");
    let diagnostic = Diagnostic::new(Code::UnknownEnvironment, None, message);
    Some(match suggest::nearest(environment, names()) {
        Some(near) => diagnostic.help(format!("was `{near}` called `{environment}` before?")),
        None => diagnostic.help(format!("declare `{environment}` under `environments`")),
    })
}

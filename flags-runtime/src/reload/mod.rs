//! Documents loaded while the program runs: read, checked, checked against the compiled contract,
//! resolved and swapped, all or nothing.

mod change;
mod source;
mod status;
mod watch;

pub use source::DocumentSource;
pub use status::{Change, Refused, Status};
pub use watch::{Watch, WatchOptions};

use crate::document::{EffectiveDocument, StoredDocument};
use crate::engine::Engine;
use crate::observe::{self, Reload};
use crate::ruleset::{Part, Ruleset, resolve};
use crate::value::Values;
use flags_schema::{
    Code, Diagnostic, Document, Flag, Mutability, Options, Severity, Sources, Timestamp, load, render,
    suggest,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// What an engine keeps for reloading. It is copied with each change of the engine's state.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    source: Option<Arc<str>>,
    loaded_at: Option<Timestamp>,
    missing: Arc<[String]>,
    added: Arc<[String]>,
    kept: Arc<[String]>,
    last_refusal: Option<Arc<Refused>>,
    watches: Weak<()>,
    reloads: u64,
    refusals: u64,
    subscribers: Arc<[(u64, Callback)]>,
}

type Callback = Arc<dyn Fn(&Change) + Send + Sync>;

impl Progress {
    pub(crate) fn new(now: Option<Timestamp>) -> Self {
        Self { loaded_at: now, ..Self::default() }
    }
}

impl Engine {
    /// Loads a document from a file, a text or another [`DocumentSource`].
    ///
    /// It is refused whole when anything is wrong with it, or when it is not what the program was
    /// compiled for; the flags answer as before then. A flag that it leaves out keeps its compiled
    /// answer; flags of `mutability: startup` and `fixed` keep theirs; overrides stay in force.
    /// Evaluations never wait for it.
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
        let base = match source.read() {
            Ok(base) => base,
            Err(message) => return Err(self.refuse_unreadable(message)),
        };
        let name = base.name.clone();
        let today = self.state().clock.now();
        let loaded = load(base, &mut |overlay| source.read_overlay(overlay), &Options { today });
        if loaded.diagnostics.has_errors() {
            return Err(self.refuse(name, loaded.diagnostics.into_vec(), &loaded.sources));
        }
        let warnings = loaded.diagnostics.into_vec();
        match self.swap(&name, loaded.document.into()) {
            Ok((flags, callbacks)) => {
                let change = Change { flags, warnings };
                self.tell_loaded();
                self.free_retired();
                observe::reloaded(self, &Reload::Accepted { flags: &change.flags });
                for (_, callback) in &*callbacks {
                    self.callbacks().call("a subscriber", || callback(&change));
                }
                Ok(change)
            }
            Err(diagnostics) => Err(self.refuse(name, diagnostics, &loaded.sources)),
        }
    }

    /// Puts a checked document in force. Returns the flags that changed, and whom to tell.
    fn swap(
        &self,
        name: &str,
        document: StoredDocument,
    ) -> Result<(Vec<String>, Arc<[(u64, Callback)]>), Vec<Diagnostic>> {
        // Once for each document, before anybody asks.
        document.fingerprint();
        let report = self.compiled_contract().check(document.document());
        if !report.diagnostics.is_empty() {
            return Err(report.diagnostics);
        }
        let (missing, added): (Arc<[_]>, Arc<[_]>) = (report.missing.into(), report.added.into());
        let now = self.state().clock.now();
        let mut resolved: Option<(Option<Arc<str>>, Arc<Ruleset>, Arc<[String]>)> = None;
        self.update(|state| {
            // Another change came first: what was resolved for the same environment is still good.
            let known = resolved.take().filter(|(environment, ..)| *environment == state.environment);
            let (environment, ruleset, kept) = match known {
                Some(known) => known,
                None => {
                    let environment = state.environment.clone();
                    if let Some(problem) =
                        environment.as_deref().and_then(|e| undeclared(document.document(), e))
                    {
                        return Err(vec![problem]);
                    }
                    let [new, old] = [(&document, true), (&state.compiled, false)]
                        .map(|(stored, reloaded)| Part::new(stored, environment.as_ref(), reloaded));
                    let kept = self.kept(&old.written, &new.written).into();
                    let ruleset = resolve(&[new, old], environment.clone(), self.contract(), Values::Known)?;
                    (environment, Arc::new(ruleset), kept)
                }
            };
            let flags = change::changed(&state.ruleset, &ruleset);
            state.rekey_overrides(&ruleset, self.contract().flags.len());
            state.ruleset = ruleset.clone();
            state.reloaded = Some(document.clone());
            let progress = &mut state.reload;
            // Comments, blanks and the order of keys are no news.
            let news = !flags.is_empty() || progress.missing != missing || progress.added != added;
            progress.source = Some(name.into());
            progress.loaded_at = now;
            progress.missing = missing.clone();
            progress.added = added.clone();
            progress.kept = kept.clone();
            progress.last_refusal = None;
            progress.reloads += 1;
            resolved = Some((environment, ruleset, kept));
            let told = if news { state.reload.subscribers.clone() } else { Arc::default() };
            Ok((flags, told))
        })
    }

    fn refuse_unreadable(&self, message: String) -> Refused {
        let diagnostics = vec![Diagnostic::new(Code::Unreadable, None, message)];
        let name = self.state().reload.source.as_deref().unwrap_or_default().to_owned();
        self.refuse(name, diagnostics, &Sources::default())
    }

    fn refuse(&self, source: String, mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Refused {
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        let report = render::text(&diagnostics, sources);
        let refused = Refused { source, at: self.state().clock.now(), diagnostics, report };
        let kept = Arc::new(refused.clone());
        self.amend(|state| {
            state.reload.refusals += 1;
            state.reload.last_refusal = Some(kept.clone());
        });
        #[cfg(feature = "tracing")]
        observe::refused(&refused.source, &refused.report);
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
            watching: progress.watches.strong_count() > 0,
            reloads: progress.reloads,
            refusals: progress.refusals,
            experiments: state.observer.as_ref().map(|observer| observer.delivery()).unwrap_or_default(),
            overrides: state.listed_overrides().len(),
            problems: self.problems(),
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
        let callback: Callback = Arc::new(callback);
        self.amend(|state| {
            let before = state.reload.subscribers.iter().cloned();
            state.reload.subscribers = before.chain([(number, callback.clone())]).collect();
        });
        Subscription { engine: self, number }
    }

    /// Flags that may not change, and that the new document would change.
    fn kept(&self, compiled: &EffectiveDocument, new: &EffectiveDocument) -> Vec<String> {
        let kept = (0..).zip(&self.contract().flags).filter(|(_, flag)| flag.mutability != Mutability::Live);
        let kept: Vec<u32> = kept.map(|(index, _)| index).collect();
        if kept.is_empty() {
            return Vec::new();
        }
        let written: HashMap<&str, &Flag> =
            new.document().flags.iter().map(|flag| (flag.key.as_str(), flag)).collect();
        let kept = kept.into_iter().filter_map(|index| compiled.flag(index));
        kept.filter(|flag| written.get(flag.key.as_str()).is_some_and(|new| new.answer != flag.answer))
            .map(|flag| flag.key.value.clone())
            .collect()
    }

    /// The token that running watches hold.
    fn watch_token(&self) -> Arc<()> {
        self.amend(|state| {
            state.reload.watches.upgrade().unwrap_or_else(|| {
                let token = Arc::new(());
                state.reload.watches = Arc::downgrade(&token);
                token
            })
        })
    }
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

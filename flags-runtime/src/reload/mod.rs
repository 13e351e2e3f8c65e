//! Documents loaded while the program runs: read, checked, checked against the compiled contract,
//! resolved and swapped, all or nothing.

mod change;
mod source;
mod status;
mod watch;

pub use source::DocumentSource;
pub use status::{Change, Refused, Status};
pub use watch::{Watch, WatchOptions};

use crate::engine::{Changing, Engine};
use crate::observe::{self, Reload};
use crate::ruleset::{Part, resolve};
use crate::value::Values;
use crate::written::{Given, Written};
use flags_schema::{
    Code, Diagnostic, Document, Flag, Mutability, Options, Severity, Sources, Timestamp, load, render,
    suggest,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// What an engine keeps for reloading.
#[derive(Default)]
pub(crate) struct Progress {
    source: Option<String>,
    loaded_at: Option<Timestamp>,
    missing: Vec<String>,
    added: Vec<String>,
    kept: Vec<String>,
    last_refusal: Option<Refused>,
    watches: Weak<()>,
    reloads: u64,
    refusals: u64,
    subscribers: Vec<(u64, Callback)>,
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
        let today = self.changing().now();
        let loaded = load(base, &mut |overlay| source.read_overlay(overlay), &Options { today });
        if loaded.diagnostics.has_errors() {
            return Err(self.refuse(name, loaded.diagnostics.into_vec(), &loaded.sources));
        }
        let warnings = loaded.diagnostics.into_vec();
        match self.swap(&name, loaded.document) {
            Ok((flags, callbacks)) => {
                let change = Change { flags, warnings };
                self.tell_loaded();
                self.free_retired();
                observe::reloaded(self, &Reload::Accepted { flags: &change.flags });
                for callback in callbacks {
                    callback(&change);
                }
                Ok(change)
            }
            Err(diagnostics) => Err(self.refuse(name, diagnostics, &loaded.sources)),
        }
    }

    /// Puts a checked document in force. Returns the flags that changed, and whom to tell.
    fn swap(&self, name: &str, document: Document) -> Result<(Vec<String>, Vec<Callback>), Vec<Diagnostic>> {
        let mut changing = self.changing();
        let changing = &mut *changing;
        let report = changing.compiled().check(&document);
        let mut diagnostics = report.diagnostics;
        let environment = changing.environment.clone();
        diagnostics.extend(environment.as_deref().and_then(|environment| undeclared(&document, environment)));
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let given = Given::Whole(Arc::new(document));
        let [new, old] = [(&given, true), (&changing.given, false)]
            .map(|(given, reloaded)| Part::new(given, environment.as_ref(), reloaded));
        let kept = self.kept(&old.written, &new.written);
        let parts = [new, old];
        let ruleset = Arc::new(resolve(&parts, environment.clone(), self.contract(), Values::Known)?);
        let flags = change::changed(&changing.ruleset, &ruleset);
        changing.rekey_overrides(&ruleset, self.contract().flags.len());
        changing.ruleset = ruleset;
        changing.reloaded = Some(given);
        let now = changing.now();
        let progress = &mut changing.reload;
        progress.source = Some(name.to_owned());
        progress.loaded_at = now;
        progress.missing = report.missing;
        progress.added = report.added;
        progress.kept = kept;
        progress.last_refusal = None;
        progress.reloads += 1;
        let callbacks = progress.subscribers.iter().map(|(_, callback)| callback.clone()).collect();
        self.publish(changing);
        Ok((flags, callbacks))
    }

    /// Frees what threads that evaluate have left behind by now. An idle one leaves nothing behind
    /// before it evaluates again.
    fn free_retired(&self) {
        self.read(|_| ());
        self.changing().free_retired();
    }

    fn refuse_unreadable(&self, message: String) -> Refused {
        let diagnostics = vec![Diagnostic::new(Code::Unreadable, None, message)];
        let name = self.changing().reload.source.clone().unwrap_or_default();
        self.refuse(name, diagnostics, &Sources::default())
    }

    fn refuse(&self, source: String, mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Refused {
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        let mut changing = self.changing();
        let report = render::text(&diagnostics, sources);
        let refused = Refused { source, at: changing.now(), diagnostics, report };
        changing.reload.refusals += 1;
        changing.reload.last_refusal = Some(refused.clone());
        drop(changing);
        #[cfg(feature = "tracing")]
        observe::refused(&refused.source, &refused.report);
        observe::reloaded(self, &Reload::Refused { source: &refused.source, report: &refused.report });
        refused
    }

    /// What is loaded, since when, and what was last refused.
    #[must_use]
    pub fn status(&self) -> Status {
        let overrides = self.overrides().len();
        let mut changing = self.changing();
        let compiled = changing.compiled();
        let progress = &changing.reload;
        Status {
            source: progress.source.clone(),
            version: changing.in_force().whole().fingerprint().to_string(),
            contract: compiled.fingerprint().to_string(),
            environment: changing.environment.as_deref().map(str::to_owned),
            loaded_at: progress.loaded_at,
            flags: changing.ruleset.flags.len(),
            missing: progress.missing.clone(),
            added: progress.added.clone(),
            kept: progress.kept.clone(),
            last_refusal: progress.last_refusal.clone(),
            watching: progress.watches.strong_count() > 0,
            reloads: progress.reloads,
            refusals: progress.refusals,
            experiments: changing.recorder.as_ref().map(|recorder| recorder.delivery()).unwrap_or_default(),
            overrides,
        }
    }

    /// Calls `callback` after each reload with what it changed, until the [`Subscription`] is
    /// dropped. It is called by the thread that reloads, and may use the engine.
    #[must_use = "dropping the subscription ends it"]
    pub fn subscribe(&self, callback: impl Fn(&Change) + Send + Sync + 'static) -> Subscription<'_> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        self.changing().reload.subscribers.push((number, Arc::new(callback)));
        Subscription { engine: self, number }
    }

    /// Flags that may not change, and that the new document would change.
    fn kept(&self, compiled: &Written, new: &Written) -> Vec<String> {
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
        let mut changing: std::sync::MutexGuard<'_, Changing> = self.changing();
        changing.reload.watches.upgrade().unwrap_or_else(|| {
            let token = Arc::new(());
            changing.reload.watches = Arc::downgrade(&token);
            token
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
        self.engine.changing().reload.subscribers.retain(|(number, _)| *number != self.number);
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

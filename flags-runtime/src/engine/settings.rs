//! The settings of a running engine: its environment, its clock, and the settings that are ignored.

use super::Engine;
use super::environment::{Variables, choose};
use crate::callbacks::Callbacks;
use crate::clock::Clock;
use crate::overrides::{Problem, Problems};
use crate::ruleset::resolve;
use crate::value::Values;
use flags_schema::{Diagnostic, ProblemReporting};
use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;

impl Engine {
    /// The environment whose answers are in force.
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        self.state().environment.as_deref().map(str::to_owned)
    }

    /// Changes to another environment.
    ///
    /// # Errors
    /// When the document declares no such environment; nothing changes then.
    pub fn set_environment(&self, environment: &str) -> Result<(), Vec<Diagnostic>> {
        self.update(|state| {
            let wanted = Some(environment.to_owned());
            let (chosen, _, errors) = choose(state.in_force().document(), wanted, &Variables::None);
            if !errors.is_empty() {
                return Err(errors);
            }
            let (parts, origins) =
                state.kept.parts(state.reloaded.as_ref(), &state.compiled, chosen.as_ref());
            let ruleset = resolve(&parts, &origins, chosen.clone(), &self.contract, Values::Reused)?;
            state.ruleset = Arc::new(ruleset);
            state.environment = chosen;
            state.environment_problem = None;
            Ok(())
        })?;
        self.tell_loaded();
        Ok(())
    }

    /// What was ignored, and why: environment variables that name no flag or mean nothing for theirs, an
    /// environment that does not exist; and observers or subscribers that panicked.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.state().problems().cloned().chain(self.callbacks.problem()).collect()
    }

    /// This engine, if nothing of its settings is ignored.
    ///
    /// # Errors
    /// With everything that is.
    #[doc(hidden)]
    pub fn __checked(&'static self) -> Result<&'static Self, Problems> {
        match Problems::new(self.state().problems().cloned()) {
            Some(problems) => Err(problems),
            None => Ok(self),
        }
    }

    /// Tells people what of the process's environment is ignored: in its log where there is one, or else on
    /// standard error.
    pub(super) fn tell_problems(&self) {
        let state = self.state();
        let settings = state.ruleset.document().map(|document| &document.settings);
        let reporting = settings.and_then(|settings| settings.problems.as_ref());
        if reporting.is_some_and(|reporting| **reporting == ProblemReporting::Silent)
            // Who gives the variables asks for the problems.
            || !matches!(*state.variables, Variables::Process)
        {
            return;
        }
        let Some(problems) = Problems::new(state.problems().cloned()) else { return };
        #[cfg(feature = "tracing")]
        if crate::log::ignored(&problems) {
            return;
        }
        // A program without standard error has no use for the line.
        let _ = writeln!(std::io::stderr(), "flags: ignored {problems}");
    }

    /// Replaces the clock.
    pub fn set_clock(&self, clock: impl Clock + 'static) {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let Ok(()) = self.update(|state| {
            state.clock = clock.clone();
            Ok::<_, Infallible>(())
        });
    }

    /// Where panics of callbacks are kept.
    pub(crate) const fn callbacks(&self) -> &Arc<Callbacks> {
        &self.callbacks
    }
}

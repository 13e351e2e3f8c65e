//! What a running engine is set to: its environment, its clock, and what of its settings was ignored.

use super::Engine;
use super::environment::{Variables, choose};
use crate::callbacks::Callbacks;
use crate::clock::Clock;
use crate::overrides::Problem;
use crate::ruleset::{Part, resolve};
use crate::value::Values;
use flags_schema::Diagnostic;
use std::convert::Infallible;
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
            let mut parts = vec![Part::new(&state.compiled, chosen.as_ref(), false)];
            if let Some(reloaded) = &state.reloaded {
                parts.insert(0, Part::new(reloaded, chosen.as_ref(), true));
            }
            state.ruleset = Arc::new(resolve(&parts, chosen.clone(), &self.contract, Values::Reused)?);
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

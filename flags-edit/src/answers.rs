//! What each environment answers for everybody who is not named or matched by a rule, in words.

use crate::describe;
use flags_schema::Document;
use serde::{Deserialize, Serialize};

/// What one environment answers before and after an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentAnswer {
    /// The environment; `None` where the document declares none.
    pub environment: Option<String>,
    /// The state before, as `on`, `off` or `gradual 25 %`; `None` where there was no such flag.
    pub before: Option<String>,
    /// The state after; `None` where there is no such flag any more.
    pub after: Option<String>,
}

impl EnvironmentAnswer {
    /// Whether the edit changes it.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.before != self.after
    }
}

/// What each environment that one of two documents declares answers of a flag, in their order. The flag may
/// have another key in each.
#[must_use]
pub fn answers(before: (&Document, &str), after: (&Document, &str)) -> Vec<EnvironmentAnswer> {
    let mut environments: Vec<Option<String>> = Vec::new();
    for environment in before.0.environments.iter().chain(&after.0.environments) {
        let name = Some(environment.name.value.clone());
        if !environments.contains(&name) {
            environments.push(name);
        }
    }
    if environments.is_empty() {
        environments.push(None);
    }
    let of = |(document, flag): (&Document, &str), environment: Option<&str>| {
        let effective = document.effective(environment);
        let found = effective.flags.iter().find(|it| *it.key == *flag)?;
        Some(describe::state(found, &effective, environment))
    };
    environments
        .into_iter()
        .map(|environment| EnvironmentAnswer {
            before: of(before, environment.as_deref()),
            after: of(after, environment.as_deref()),
            environment,
        })
        .collect()
}

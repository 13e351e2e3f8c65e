//! What the process's environment says: which environment this is, and overrides of flags.

use super::variable::read;
use crate::contract::Contract;
use crate::overrides::{OverrideError, OverrideState, Problem};
use crate::ruleset::{Ruleset, resolve_override};
use flags_schema::{Code, Diagnostic, Document, Severity, names, suggest};
use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

/// Names the environment that the process runs in.
pub(crate) const ENVIRONMENT: &str = "FLAGS_ENVIRONMENT";

/// Names the file that a program is compiled with.
const FILE: &str = "FLAGS_FILE";

/// Where environment variables are read from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Variables {
    /// The process's own; none where the system has none, as on `wasm32-unknown-unknown`.
    #[default]
    Process,
    /// None: no override, and the environment that is the default.
    None,
    /// These.
    Given(Vec<(String, String)>),
}

impl Variables {
    pub(crate) fn all(&self) -> Vec<(OsString, OsString)> {
        match self {
            // To ask a system that has none for its variables is a panic there.
            Self::Process if cfg!(all(target_family = "wasm", target_os = "unknown")) => Vec::new(),
            Self::Process => std::env::vars_os().collect(),
            Self::None => Vec::new(),
            Self::Given(given) => given.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }

    /// The environment that `FLAGS_ENVIRONMENT` names; empty counts as unset.
    pub(crate) fn environment(&self) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var_os(ENVIRONMENT),
            Self::None => None,
            Self::Given(given) => {
                given.iter().find(|(name, _)| name == ENVIRONMENT).map(|(_, value)| value.into())
            }
        };
        value.map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
    }
}

/// The overrides that the variables ask for, by the flag's index, and what is wrong with the others.
pub(crate) fn overrides(
    variables: &Variables,
    ruleset: &Ruleset,
    contract: &Contract,
) -> (Vec<(u32, OverrideState)>, Vec<Problem>) {
    // That of the document that was compiled in: others cannot change which variables count.
    let prefix = match ruleset.parts.last() {
        Some(part) => part.written.document().settings.env_prefix(),
        None => return Default::default(),
    };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut flags: Option<HashMap<String, u32>> = None;
    for (name, value) in variables.all() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else { continue };
        let flags = flags.get_or_insert_with(|| {
            let indices = 0..u32::try_from(ruleset.flags.len()).unwrap_or(u32::MAX);
            indices.filter_map(|i| Some((names::env_variable(prefix, ruleset.key(i)?), i))).collect()
        });
        let mut problem = |message: String| {
            problems.push(Problem { subject: name.to_owned(), message });
        };
        let flag = flags.get(name).and_then(|index| Some((*index, ruleset.written(*index)?)));
        let Some((index, flag)) = flag else {
            // Ours, and under no prefix but by chance.
            if [ENVIRONMENT, FILE].contains(&name) {
                continue;
            }
            problem(match suggest::nearest(name, flags.keys().map(String::as_str)) {
                Some(near) => format!("names no flag; did you mean `{near}`?"),
                None => format!("names no flag, though it starts with `{prefix}`"),
            });
            continue;
        };
        if !flag.env_override {
            problem(format!("`{}` is `env_override: false`: set it in the file instead", *flag.key));
            continue;
        }
        if *flag.mutability == flags_schema::Mutability::Fixed {
            problem(format!("`{}` is `mutability: fixed`: it is compiled in", *flag.key));
            continue;
        }
        let Some(value) = value.to_str() else {
            problem("its value is not UTF-8".to_owned());
            continue;
        };
        let state = read(value, flag, ruleset).and_then(|state| {
            let key = flag.key.value.clone();
            let fits = resolve_override(ruleset, contract, index, &state);
            fits.map(|_| state).map_err(|problem| OverrideError { key, problem }.to_string())
        });
        match state {
            Ok(state) => found.push((index, state)),
            Err(message) => problem(message),
        }
    }
    problems.sort_by(|a, b| a.subject.cmp(&b.subject));
    (found, problems)
}

/// The environment that applies; what was ignored on the way; what is refused.
pub(super) fn choose(
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
                subject: ENVIRONMENT.to_owned(),
                message: format!("environment `{named}` is not declared{help}"),
            };
            (default(), Some(problem), Vec::new())
        }
        None => (default(), None, Vec::new()),
    }
}

//! The environments in which a flag is on.

use crate::change::Change;
use crate::draft::Draft;
use crate::flag::{key, set_key};
use crate::refusal::Refusal;
use crate::scan::quoted;
use crate::tree::keys;
use flags_schema::Environments;

/// Lists the environments in which a flag is on; `None` is all of them.
pub(crate) fn set_environments(
    draft: &mut Draft,
    flag: &str,
    only: Option<&[String]>,
) -> Result<(), Refusal> {
    let path = keys(["flags", flag, "environments"]);
    let base = draft.target(flag, None)?;
    match (&draft.flag(flag)?.environments, only) {
        (Environments::Each(_), _) => Err(Refusal::invalid(format!(
            "`environments` of `{flag}` says what is different in each, which a list would take away"
        ))
        .help("remove what it says first")),
        (Environments::All, None) => Ok(()),
        (Environments::Only(_), None) => draft.change(&base.file, &Change::Remove(path)),
        (_, Some(names)) => {
            for name in names {
                draft.overlay(name)?;
            }
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            set_key(draft, &base, &key("environments"), &format!("[{}]", names.join(", ")))
        }
    }
}

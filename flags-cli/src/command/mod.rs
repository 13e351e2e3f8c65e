//! The subcommands, one file for each subject.

mod check;
mod diff;
mod docs;
mod edit;
mod eval;
mod generate;
mod graph;
mod list;
mod rule;
mod show;
mod simulate;
mod unused;

pub(crate) use check::check;
pub(crate) use diff::diff;
pub(crate) use docs::docs;
pub(crate) use edit::{create, delete, init, rename, rollout, set, switch};
pub(crate) use eval::{eval, explain};
pub(crate) use generate::{completions, man, schema};
pub(crate) use graph::graph;
pub(crate) use list::list;
pub(crate) use rule::{rule, segment};
pub(crate) use show::show;
pub(crate) use simulate::simulate;
pub(crate) use unused::unused;

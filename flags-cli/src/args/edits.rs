//! Arguments of the subcommands that write.

use clap::{Args, ValueHint};
use flags_schema::{FlagCategory, Percent, parse};
use std::path::PathBuf;

/// How an edit is done.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Mode {
    /// Show the difference, and write nothing.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Write without asking.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// In which environments an answer changes.
#[derive(Args, Debug)]
pub(crate) struct Reach {
    /// Change the answer in this environment only.
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub(crate) environment: Option<String>,
    /// Change the answer in every environment, also where one says otherwise.
    #[arg(long, conflicts_with = "environment")]
    pub(crate) everywhere: bool,
}

/// In which environments an answer changes, and how the edit is done.
#[derive(Args, Debug)]
pub(crate) struct EditOptions {
    /// Where.
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags create`.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// The new flag's key.
    pub(crate) name: String,
    /// What it is for.
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Who answers for it.
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// A tag; may be repeated.
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// A ticket in some tracker.
    #[arg(long)]
    pub(crate) ticket: Option<String>,
    /// What sort of flag it is: release, experiment, ops or permission.
    #[arg(long, value_parser = kind)]
    pub(crate) kind: Option<FlagCategory>,
    /// The date past which its uses warn.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) expires: Option<String>,
    /// Its state: on, off, gradual, targeted, or a segment; off, or gradual with `--rollout`, when absent.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// The percentage of users that get it.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) rollout: Option<Percent>,
    /// A variant; may be repeated. `NAME` or `NAME=WEIGHT`.
    #[arg(long = "variant", value_name = "NAME[=WEIGHT]")]
    pub(crate) variants: Vec<String>,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags enable` and `flags disable`.
#[derive(Args, Debug)]
pub(crate) struct Switch {
    /// The flag's key.
    pub(crate) name: String,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags rollout`.
#[derive(Args, Debug)]
pub(crate) struct RolloutTo {
    /// The flag's key.
    pub(crate) name: String,
    /// The percentage, 0 to 100 in steps of 0.001.
    #[arg(value_parser = percent)]
    pub(crate) percent: Percent,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags set`.
#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The flag's key.
    pub(crate) name: String,
    /// What to set: a key of the flag, or a path of keys with dots, and a value in YAML.
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub(crate) values: Vec<String>,
    /// Where and how.
    #[command(flatten)]
    pub(crate) options: EditOptions,
}

/// Arguments of `flags delete`.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// The flag's key.
    pub(crate) name: String,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags rename`.
#[derive(Args, Debug)]
pub(crate) struct Rename {
    /// The flag's key.
    pub(crate) name: String,
    /// Its new key.
    pub(crate) to: String,
    /// How.
    #[command(flatten)]
    pub(crate) mode: Mode,
}

/// Arguments of `flags init`.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Where to write it; `flags.yaml` here when absent.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) path: Option<PathBuf>,
}

/// A date that parses, as it was written.
fn date(text: &str) -> Result<String, String> {
    parse::timestamp(text).map(|_| text.to_owned())
}

fn percent(text: &str) -> Result<Percent, String> {
    let number: f64 =
        text.trim_end_matches('%').parse().map_err(|_| "write a number such as 12.5".to_owned())?;
    Percent::from_f64(number).map_err(|_| "a percentage is 0 to 100 in steps of 0.001".to_owned())
}

pub(super) fn kind(text: &str) -> Result<FlagCategory, String> {
    let found = FlagCategory::ALL.iter().find(|kind| kind.as_str() == text).copied();
    found.ok_or_else(|| "write release, experiment, ops or permission".to_owned())
}

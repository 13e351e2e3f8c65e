//! The command line: subcommands, their arguments and their help. What they do is elsewhere.

mod edits;
mod rules;

pub(crate) use edits::{Create, Delete, EditOptions, Init, Mode, Reach, Rename, RolloutTo, Set, Switch};
pub(crate) use rules::{Order, Rule, Says, Segment};

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use edits::kind;
use flags_schema::{FlagCategory, Timestamp, parse};
use std::path::PathBuf;

/// Feature flags in a file: checks, explains, simulates, compares and edits a flags.yaml.
///
/// The file is `--file`, else the environment variable `FLAGS_FILE`, else the nearest `flags.yaml` in this
/// directory or above it, up to the root of the workspace or repository.
///
/// Exit codes: 0 when all is well, 1 when something was found or failed, 2 when the command line was wrong.
#[derive(Debug, Parser)]
#[command(name = "flags", version, max_term_width = 100, propagate_version = false)]
pub(crate) struct Arguments {
    /// The file of flags.
    #[arg(short, long, global = true, env = "FLAGS_FILE", hide_env_values = true, value_hint = ValueHint::FilePath)]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    // an empty variable counts as unset
    pub(crate) file: Option<PathBuf>,
    /// When to use colours; `NO_COLOR` counts too.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report everything that is wrong with the file and its overlays.
    Check(Check),
    /// List the flags.
    List(List),
    /// Show a flag: its definition in every environment, what depends on it, where it is used.
    Show(Show),
    /// Evaluate a flag, or all of them, for one context.
    Eval(Eval),
    /// Explain why a flag answers what it answers: every step.
    Explain(Explain),
    /// Evaluate a flag for many contexts and show how the answers are distributed.
    Simulate(Simulate),
    /// Add a flag.
    Create(Create),
    /// Switch a flag on.
    Enable(Switch),
    /// Switch a flag off.
    Disable(Switch),
    /// Give a flag to a percentage of the users.
    Rollout(RolloutTo),
    /// Set keys of a flag: `flags set checkout owner=growth variants.control.weight=20`.
    Set(Set),
    /// Add, change, order and remove rules of a flag.
    #[command(subcommand)]
    Rule(Rule),
    /// Add, change, rename and remove segments.
    #[command(subcommand)]
    Segment(Segment),
    /// Remove a flag, from the overlays too.
    Delete(Delete),
    /// Rename a flag, wherever the file and its overlays name it.
    Rename(Rename),
    /// Write a first file.
    Init(Init),
    /// Compare two files or git revisions: the contract, the answers, and who would change side.
    Diff(Diff),
    /// Find flags that no Rust source refers to.
    Unused(Unused),
    /// Draw which flags depend on which.
    Graph(Graph),
    /// Print the JSON Schema of the format, for editors.
    Schema,
    /// Write a catalogue of the flags in Markdown.
    Docs,
    /// Print completions for a shell.
    Completions(Completions),
    /// Print the manual page, or write those of all subcommands.
    Man(Man),
}

/// Arguments of `flags check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The file, when `--file` does not say.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) path: Option<PathBuf>,
    /// How to report.
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Make warnings errors.
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
    /// The date that `expires` is compared with; today when absent.
    #[arg(long, value_name = "DATE", value_parser = timestamp)]
    pub(crate) today: Option<Timestamp>,
}

/// How `flags check` reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As rustc does.
    Text,
    /// An array of objects.
    Json,
    /// Workflow commands, which GitHub shows at the lines.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// What `--deny` takes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Deny {
    /// Every warning.
    Warnings,
}

/// Arguments of `flags list`. A flag is listed when it meets all of them.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only flags with this tag; several: with any of them.
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// Only flags of this owner.
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Only flags of this kind.
    #[arg(long, value_parser = kind)]
    pub(crate) kind: Option<FlagCategory>,
    /// Only flags in this state: on, off, gradual, targeted, or a segment.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// As they are in this environment.
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Only flags past their `expires` date.
    #[arg(long)]
    pub(crate) expired: bool,
    /// The date that `--expired` compares with; today when absent.
    #[arg(long, value_name = "DATE", value_parser = timestamp)]
    pub(crate) today: Option<Timestamp>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The environment, where one is asked for.
#[derive(Args, Debug)]
pub(crate) struct Environment {
    /// The environment; the default one of the file when absent.
    #[arg(long = "env", value_name = "ENVIRONMENT", env = "FLAGS_ENVIRONMENT", hide_env_values = true)]
    pub(crate) environment: Option<String>,
}

/// Arguments of `flags show`.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The flag's key.
    pub(crate) name: String,
    /// Where to look for uses in Rust sources; the file's directory when absent.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) sources: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who is asked for, and when.
#[derive(Args, Debug)]
pub(crate) struct Who {
    /// The targeting key: usually the user.
    #[arg(short, long)]
    pub(crate) user: Option<String>,
    /// Attributes, `name=value`; lists are separated by commas.
    #[arg(short, long, value_name = "NAME=VALUE", num_args = 1..)]
    pub(crate) attr: Vec<String>,
    /// A JSON file of the context, `-` for standard input; `--user` and `--attr` stand above it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) context: Option<PathBuf>,
    /// The environment and the moment.
    #[command(flatten)]
    pub(crate) when: When,
}

/// The environment and the moment.
#[derive(Args, Debug)]
pub(crate) struct When {
    /// The environment.
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// The moment that ramps and windows go by; now when absent.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub(crate) at: Option<Timestamp>,
}

/// Arguments of `flags eval`.
#[derive(Args, Debug)]
pub(crate) struct Eval {
    /// The flag's key.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) name: Option<String>,
    /// Every flag of the file.
    #[arg(long)]
    pub(crate) all: bool,
    /// For whom.
    #[command(flatten)]
    pub(crate) who: Who,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `flags explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The flag's key.
    pub(crate) name: String,
    /// For whom.
    #[command(flatten)]
    pub(crate) who: Who,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `flags simulate`.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// The flag's key.
    pub(crate) name: String,
    /// How many users to make up: `user-1`, `user-2` and so on.
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with_all = ["users_file", "context_file"])]
    pub(crate) users: u64,
    /// A file of targeting keys, one on each line.
    #[arg(long, value_name = "FILE", conflicts_with = "context_file", value_hint = ValueHint::FilePath)]
    pub(crate) users_file: Option<PathBuf>,
    /// A file of contexts, one JSON object on each line.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) context_file: Option<PathBuf>,
    /// Attributes that all of them have, `name=value`.
    #[arg(short, long, value_name = "NAME=VALUE", num_args = 1..)]
    pub(crate) attr: Vec<String>,
    /// The environment and the moment.
    #[command(flatten)]
    pub(crate) when: When,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `flags diff`.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// A file, or `REVISION:PATH` of the git repository.
    pub(crate) old: String,
    /// The same; the file of flags when absent.
    pub(crate) new: Option<String>,
    /// The environment and the moment; all environments when none is given.
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub(crate) environment: Option<String>,
    /// The moment that ramps and windows go by; now when absent.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub(crate) at: Option<Timestamp>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Exit with 1 when the two differ.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Arguments of `flags unused`.
#[derive(Args, Debug)]
pub(crate) struct Unused {
    /// Where to look for Rust sources; the file's directory when absent.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) sources: Vec<PathBuf>,
    /// Print the references of every flag, not only those without any.
    #[arg(long)]
    pub(crate) all: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `flags graph`.
#[derive(Args, Debug)]
pub(crate) struct Graph {
    /// The language of the drawing.
    #[arg(long, default_value = "mermaid")]
    pub(crate) format: Drawing,
}

/// Languages of drawings.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Drawing {
    /// Mermaid, which Markdown viewers draw.
    Mermaid,
    /// DOT, for Graphviz.
    Dot,
}

/// Arguments of `flags completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: Shell,
}

/// Arguments of `flags man`.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Write a page for each subcommand into this directory.
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    parse::timestamp(text)
}

//! `flags`: the command line for people who run flags. Answers go to standard output, talk to standard error.
//!
//! It checks, lists, shows, evaluates, explains, simulates, compares, draws and edits a flags.yaml; edits keep comments
//! and every line that they do not touch, and nothing is written that does not check. `flags --help` has the
//! subcommands, `docs/cli.md` in the repository a transcript of each.
//!
//! Exit codes: 0 when all is well, 1 when something was found or failed, 2 when the command line was wrong.

mod args;
mod command;
mod context_args;
mod edit;
mod failure;
mod file;
mod lock;
mod outcome;
mod output;
mod sources;
mod write;

use args::{Arguments, Color, Command};
use clap::Parser as _;
use failure::Failure;
use flags_schema::printable::escaped;
use outcome::Outcome;
use std::borrow::Cow;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match arguments.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    match run(&arguments) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(failure) => {
            output::tell_styled(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

/// Help, the version, or what is wrong with the command line: the last one quotes it, escaped where it disturbs.
fn refuse(error: &clap::Error) -> ExitCode {
    let mut texts = std::env::args_os().chain(std::env::var_os("FLAGS_ENVIRONMENT"));
    if error.use_stderr() && texts.any(|text| matches!(escaped(&text.to_string_lossy()), Cow::Owned(_))) {
        output::tell_styled(error.render().to_string().trim_end());
    } else {
        // With nobody left to tell, the exit code tells.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let file = arguments.file.as_deref().filter(|path| !path.as_os_str().is_empty());
    match &arguments.command {
        Command::Check(check) => command::check(file, check),
        Command::List(list) => command::list(file, list),
        Command::Eval(eval) => command::eval(file, eval),
        Command::Explain(explain) => command::explain(file, explain),
        Command::Show(show) => command::show(file, show),
        Command::Create(create) => command::create(file, create),
        Command::Enable(switch) => command::switch(file, switch, true),
        Command::Disable(switch) => command::switch(file, switch, false),
        Command::Rollout(rollout) => command::rollout(file, rollout),
        Command::Set(set) => command::set(file, set),
        Command::Rule(rule) => command::rule(file, rule),
        Command::Segment(segment) => command::segment(file, segment),
        Command::Delete(delete) => command::delete(file, delete),
        Command::Rename(rename) => command::rename(file, rename),
        Command::Init(init) => command::init(file, init),
        Command::Unused(unused) => command::unused(file, unused),
        Command::Simulate(simulate) => command::simulate(file, simulate),
        Command::Graph(graph) => command::graph(file, graph),
        Command::Schema => command::schema(),
        Command::Docs => command::docs(file),
        Command::Completions(completions) => command::completions(completions),
        Command::Man(man) => command::man(man),
        Command::Diff(diff) => command::diff(file, diff),
    }
}

//! `flags schema`, `completions` and `man`: what other programs read about this one.

use crate::args::{Arguments, Completions, Man};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output;
use clap::CommandFactory as _;
use std::fs;

pub(crate) fn schema() -> Result<Outcome, Failure> {
    output::print_json(&flags_schema::json_schema())?;
    Ok(Outcome::Clean)
}

pub(crate) fn completions(arguments: &Completions) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "flags", &mut script);
    output::write(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Clean)
}

pub(crate) fn man(arguments: &Man) -> Result<Outcome, Failure> {
    let Some(directory) = &arguments.directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command())
            .render(&mut page)
            .map_err(|error| Failure::new(format!("the page cannot be made: {error}")))?;
        output::write(&String::from_utf8_lossy(&page))?;
        return Ok(Outcome::Clean);
    };
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), directory))
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", directory.display())))?;
    output::tell(&format!("the pages are in `{}`", directory.display()));
    Ok(Outcome::Clean)
}

//! Why a command could not do what it was asked.

use flags_edit::{Refusal, RefusalKind};
use flags_schema::printable::escaped;
use flags_schema::{render, suggest};
use std::fmt;

/// Why a command could not do what it was asked, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    usage: bool,
    message: String,
    help: Option<String>,
    /// What is wrong with a document, styled; it is said first.
    report: String,
}

impl Failure {
    /// Something failed: exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { usage: false, message: message.into(), help: None, report: String::new() }
    }

    /// The command line was wrong: exit code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, message: message.into(), help: None, report: String::new() }
    }

    /// A name that does not exist, with the nearest one that does.
    pub(crate) fn unknown<'a>(
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Self {
        Self::usage(format!("{what} `{name}` does not exist")).help(match suggest::nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.to_owned(),
        })
    }

    /// Adds a help: what to do next.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        if self.usage { 2 } else { 1 }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let usage = matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::Unstated);
        let (report, written) = if refusal.kind == RefusalKind::Errors {
            (render::styled(refusal.diagnostics(), refusal.sources()), ": nothing is written")
        } else {
            (String::new(), "")
        };
        Self { usage, message: format!("{}{written}", refusal.message), help: refusal.help, report }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.report.is_empty() {
            writeln!(f, "{}", self.report.trim_end())?;
        }
        write!(f, "{ERROR}error{ERROR:#}: {}", escaped(&self.message))?;
        match &self.help {
            Some(help) => write!(f, "\n  {HELP}help{HELP:#}: {}", escaped(help)),
            None => Ok(()),
        }
    }
}

const ERROR: clap::builder::styling::Style = clap::builder::styling::AnsiColor::BrightRed.on_default().bold();
const HELP: clap::builder::styling::Style = clap::builder::styling::AnsiColor::BrightCyan.on_default().bold();

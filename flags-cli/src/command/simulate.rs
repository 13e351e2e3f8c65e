//! `flags simulate`: how a flag's answers are distributed over many contexts.

use super::eval::rule_name;
use crate::args::Simulate;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::{context_args, output};
use flags_edit::describe::answer;
use flags_runtime::{Context, FlagHandle};
use flags_schema::names::TARGETING_KEY;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::fs::File as Opened;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How many contexts got what, by a word for it.
#[derive(Debug, Default)]
struct Counts(HashMap<String, u64>);

impl Counts {
    fn add(&mut self, word: &str) {
        match self.0.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(word.to_owned(), 1);
            }
        }
    }

    /// The most frequent first.
    fn sorted(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.0.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all
    }
}

#[derive(Debug, Default)]
struct Simulation {
    total: u64,
    answers: Counts,
    reasons: Counts,
    rules: Counts,
}

impl Simulation {
    fn add(&mut self, flag: &FlagHandle<'_>, context: &Context) {
        let evaluation = flag.evaluate(context);
        self.total += 1;
        self.answers.add(&answer(&evaluation));
        match evaluation.error_code() {
            Some(code) => self.reasons.add(&format!("{} ({code})", evaluation.reason())),
            None => self.reasons.add(evaluation.reason().as_str()),
        }
        if let Some(rule) = evaluation.rule() {
            self.rules.add(&rule_name(rule));
        }
    }
}

pub(crate) fn simulate(path: Option<&Path>, arguments: &Simulate) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    file.flag(&arguments.name)?;
    let engine = context_args::engine(document, &arguments.when)?;
    let Some(flag) = engine.flag(&arguments.name) else {
        return Err(Failure::new(format!("flag `{}` cannot be evaluated", arguments.name)));
    };
    let mut common = Context::anonymous();
    context_args::set_attributes(&mut common, document, &arguments.attr)?;
    let mut simulation = Simulation::default();
    if let Some(path) = &arguments.context_file {
        let mut progress = Progress::of_file(path);
        for_each_line(path, |number, line| {
            let mut context: Context = serde_json::from_str(line).map_err(|error| {
                Failure::new(format!("{}:{number} is no context: {error}", file::shown(path)))
                    .help("write one JSON object on each line")
            })?;
            context_args::check(&engine, &context, &format!("{}:{number}", file::shown(path)))?;
            context_args::set_attributes(&mut context, document, &arguments.attr)?;
            simulation.add(&flag, &context);
            progress.step(line.len() as u64 + 1);
            Ok(())
        })?;
        progress.done();
    } else if let Some(path) = &arguments.users_file {
        let mut progress = Progress::of_file(path);
        for_each_line(path, |_, user| {
            simulation.add(&flag, &common.clone().with(TARGETING_KEY, user));
            progress.step(user.len() as u64 + 1);
            Ok(())
        })?;
        progress.done();
    } else {
        let mut progress = Progress::new(arguments.users);
        for user in 1..=arguments.users {
            simulation.add(&flag, &common.clone().with(TARGETING_KEY, format!("user-{user}")));
            progress.step(1);
        }
        progress.done();
    }
    if arguments.json {
        output::print_json(&as_json(&arguments.name, &simulation))?;
    } else {
        output::print(&as_text(&arguments.name, &simulation))?;
    }
    Ok(Outcome::Clean)
}

/// Calls `each` with every line that is not blank, and its number.
fn for_each_line(
    path: &Path,
    mut each: impl FnMut(usize, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let refuse = |error: io::Error| Failure::new(format!("`{}` cannot be read: {error}", path.display()));
    let lines = BufReader::new(Opened::open(path).map_err(refuse)?).lines();
    for (number, line) in (1..).zip(lines) {
        let line = line.map_err(refuse)?;
        if !line.trim().is_empty() {
            each(number, line.trim())?;
        }
    }
    Ok(())
}

/// Columns of a bar that means everybody.
const WIDTH: u64 = 40;

#[expect(clippy::cast_precision_loss, reason = "shares for people")]
fn share(count: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { count as f64 / total as f64 * 100.0 }
}

fn as_text(name: &str, simulation: &Simulation) -> String {
    let total = simulation.total;
    let mut out =
        format!("{name} for {}\n", output::count(usize::try_from(total).unwrap_or(usize::MAX), "context"));
    for (title, counts) in
        [("value", &simulation.answers), ("reason", &simulation.reasons), ("rule", &simulation.rules)]
    {
        let rows: Vec<Vec<String>> = counts
            .sorted()
            .into_iter()
            .map(|(word, count)| {
                vec![
                    word.to_owned(),
                    format!("{:>9}", count),
                    format!("{:>7.3} %", share(count, total)),
                    bar(count, total),
                ]
            })
            .collect();
        if !rows.is_empty() {
            out.push('\n');
            out.push_str(&output::table(&[title, "    count", "    share", ""], rows));
        }
    }
    out
}

/// A bar in eighths of a column.
fn bar(count: u64, total: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(count) * u128::from(WIDTH) * 8 / u128::from(total.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0);
    let part = if eighths == 0 && count > 0 { "▏" } else { PARTS.get(eighths % 8).copied().unwrap_or("") };
    format!("{}{part}", "█".repeat(eighths / 8))
}

fn as_json(name: &str, simulation: &Simulation) -> Json {
    let list = |counts: &Counts, what: &str| -> Json {
        let items = counts.sorted().into_iter().map(
            |(word, count)| json!({ what: word, "count": count, "percent": share(count, simulation.total) }),
        );
        items.collect()
    };
    json!({
        "flag": name,
        "contexts": simulation.total,
        "values": list(&simulation.answers, "value"),
        "reasons": list(&simulation.reasons, "reason"),
        "rules": list(&simulation.rules, "rule"),
    })
}

/// Shows on a terminal how far a long run is.
struct Progress {
    total: u64,
    done: u64,
    shown: Option<Instant>,
    drawn: bool,
}

impl Progress {
    /// Steps between looks at the clock.
    const OFTEN: u64 = 4096;

    fn new(total: u64) -> Self {
        let shown = io::stderr().is_terminal().then(Instant::now);
        Self { total, done: 0, shown, drawn: false }
    }

    /// Counts bytes of a file.
    fn of_file(path: &Path) -> Self {
        Self::new(path.metadata().map_or(0, |metadata| metadata.len()))
    }

    fn step(&mut self, by: u64) {
        let before = self.done / Self::OFTEN;
        self.done += by;
        if before == self.done / Self::OFTEN {
            return;
        }
        if let Some(shown) = self.shown.filter(|shown| shown.elapsed() > Duration::from_millis(200)) {
            let _ = shown;
            self.shown = Some(Instant::now());
            self.drawn = true;
            let bar = bar(self.done.min(self.total), self.total);
            let width = usize::try_from(WIDTH).unwrap_or(0);
            // Progress that cannot be shown is no loss.
            let _ =
                write!(io::stderr(), "\r{bar:width$} {:3.0} %", share(self.done.min(self.total), self.total));
        }
    }

    fn done(&self) {
        if self.drawn {
            let _ =
                write!(io::stderr(), "\r{:width$}\r", "", width = usize::try_from(WIDTH).unwrap_or(0) + 6);
        }
    }
}

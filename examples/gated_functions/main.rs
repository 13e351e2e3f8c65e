//! Functions that run only when a flag is on, in every shape, and what they return otherwise.
//!
//! `cargo run --example gated_functions` calls each of them for three people.

use flags_runtime::{Context, FlagDisabled, InScope, WhenDisabled, current, feature_flag, scope};
use std::fmt;
use std::future::ready;

flags_runtime::flags!("examples/gated_functions/flags.yaml");

/// Returns nothing: when the flag is off, nothing happens.
#[feature_flag("catalogue.reviews")]
fn remember(seen: &mut Vec<&'static str>, ctx: &Context) {
    seen.push("Moby-Dick");
}

/// `None` when the flag is off.
#[feature_flag("catalogue.reviews")]
fn stars(ctx: &Context) -> Option<f64> {
    Some(4.5)
}

/// An error when the flag is off, of any type that can be made from `FlagDisabled`.
#[feature_flag("catalogue.export")]
fn export(books: &[&str], ctx: &Context) -> Result<String, ExportError> {
    if books.is_empty() { Err(ExportError::NoBooks) } else { Ok(format!("{}.csv", books.join("-"))) }
}

#[derive(Debug)]
enum ExportError {
    NoBooks,
    NotForYou(FlagDisabled),
}

impl From<FlagDisabled> for ExportError {
    fn from(disabled: FlagDisabled) -> Self {
        Self::NotForYou(disabled)
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBooks => f.write_str("there are no books"),
            Self::NotForYou(disabled) => disabled.fmt(f),
        }
    }
}

/// A type of one's own says once what it is when a flag is off.
#[feature_flag("catalogue.reviews")]
fn reviews(ctx: &Context) -> Reviews {
    Reviews(vec!["a long hunt", "too much whale"])
}

struct Reviews(Vec<&'static str>);

impl WhenDisabled for Reviews {
    fn when_disabled(_disabled: FlagDisabled) -> Self {
        Self(Vec::new())
    }
}

/// `else` says what is returned instead; the parameters are in scope.
#[feature_flag("catalogue.reviews", else = title.to_owned())]
fn heading(title: &str, ctx: &Context) -> String {
    format!("{title} ★★★★☆")
}

/// `default` returns `Default::default()`.
#[feature_flag("catalogue.reviews", default)]
fn count(ctx: &Context) -> usize {
    2
}

/// `negate`: only while the flag is off.
#[feature_flag("catalogue.reviews", negate)]
fn notice(ctx: &Context) -> Option<&'static str> {
    Some("reviews are coming")
}

/// `variant`: one function for each, and what is left over is called at last. Those who need all of them in
/// one place `match` on `Flags::CATALOGUE_LAYOUT.variant(ctx)` instead, and hear of a fourth.
#[feature_flag("catalogue.layout", variant = "cards", else = shelf(ctx))]
fn layout(ctx: &Context) -> &'static str {
    "a card for each book"
}

#[feature_flag("catalogue.layout", variant = "shelf", else = "a table with a line for each book")]
fn shelf(ctx: &Context) -> &'static str {
    "the books' spines"
}

/// `ctx` says where the context is when it is no parameter.
struct Visit {
    ctx: Context,
    pages: u32,
}

impl Visit {
    #[feature_flag("catalogue.reviews", ctx = self.ctx)]
    fn turn(&mut self) -> Option<u32> {
        self.pages += 1;
        Some(self.pages)
    }
}

/// In an `async` function the flag is asked when the future is first polled; `else` may wait, too.
#[feature_flag("catalogue.reviews", else = ready("nothing").await)]
async fn newest(ctx: &Context) -> &'static str {
    ready("too much whale").await
}

/// Far from any context: the ambient one, which someone further out has set.
#[feature_flag("catalogue.reviews", ctx = current())]
fn footer() -> Option<&'static str> {
    Some("2 reviews")
}

#[feature_flag("catalogue.reviews", ctx = current(), default)]
async fn sidebar() -> String {
    format!("{} reviews for {}", ready(2).await, current().key().unwrap_or("nobody"))
}

/// What each function returned, in the order of the titles.
async fn call_all(ctx: &Context) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    remember(&mut seen, ctx);
    let exported = match export(&["moby", "emma"], ctx) {
        Ok(file) => file,
        Err(error) => format!("error: {error}"),
    };
    let reviews = match reviews(ctx).0.len() {
        0 => "no reviews".to_owned(),
        n => format!("{n} reviews"),
    };
    let turned = Visit { ctx: ctx.clone(), pages: 11 }.turn();
    vec![
        ("nothing", format!("remembers {}", seen.len())),
        ("an Option", format!("{:?}", stars(ctx))),
        ("a Result", exported),
        ("a type of one's own", reviews),
        ("else", heading("Moby-Dick", ctx)),
        ("default", count(ctx).to_string()),
        ("negate", format!("{:?}", notice(ctx))),
        ("variant", layout(ctx).to_owned()),
        ("a method", format!("{turned:?}")),
        ("async", newest(ctx).await.to_owned()),
        ("ambient", format!("{:?}", scope(ctx.clone(), footer))),
        ("ambient and async", format!("{:?}", sidebar().in_scope(ctx.clone()).await)),
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for user in ["insider", "reader", "visitor"] {
        println!("{user}");
        for (shape, returned) in call_all(&Context::new(user)).await {
            println!("  {shape:<19}  {returned}");
        }
    }
    let nothing = export(&[], &Context::new("insider"));
    println!("an error of its own: {}", nothing.unwrap_or_else(|error| error.to_string()));
}

//! The flags of five systems, evaluated for five users: what each of them sees, and why.
//!
//! `MTFEMA_FEATURE_COMMUNITY_FORUMS=on cargo run --example tour` shows an override.

#![expect(dead_code, reason = "flags.yaml serves every example; this one reads few of its flags by name")]

use flags_runtime::{Context, Evaluation, FixedClock, Reason, Timestamp, Value, feature_flag};
use std::fmt::Display;

flags_runtime::flags!("flags.yaml");

/// Five days into the ramp of `gradual-rollout`. The tour stands still there, so that it always prints
/// the same; a program leaves the clock as it is.
const NOW: Timestamp = Timestamp(1_796_547_600_000); // 2026-12-06T09:00:00Z

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Who looks: a name, what matters of them, and the context. Its methods come from `context:` in
/// flags.yaml; a plan that does not exist does not compile.
fn users() -> [(&'static str, &'static str, FlagsContext); 5] {
    let premium = Flags::context("user-7467")
        .plan(Plan::Premium)
        .user_role("premium")
        .tenant_plan("enterprise")
        .engagement_score(93.5)
        .signup_date(Timestamp(NOW.0 - 400 * DAY));
    let plain = Flags::context("user-690").plan(Plan::Free).signup_date(Timestamp(NOW.0 - 6 * DAY));
    [
        ("anonymous", "nobody we know anything about", Flags::anonymous()),
        ("beta", "`beta1`, listed in the segment `beta`", Flags::context("beta1")),
        ("admin", "`admin1`, listed in the segment `admin`", Flags::context("admin1")),
        ("premium", "`user-7467`, on the premium plan of an enterprise tenant, here every day", premium),
        ("plain", "`user-690`, on the free plan, new here", plain),
    ]
}

/// A gated function: who does not have the flag gets `None`, and the body never runs.
#[feature_flag("experimental.ai_signals")]
fn ai_signals(ctx: &Context) -> Option<&'static str> {
    Some("three signals")
}

/// Variants are an enum, their values a struct.
fn checkout_button(ctx: &Context) -> String {
    let look = Flags::CHECKOUT_BUTTON_TEST.value(ctx);
    let kind = match Flags::CHECKOUT_BUTTON_TEST.variant(ctx) {
        CheckoutButtonTest::Control => "as ever",
        CheckoutButtonTest::Treatment => "on trial",
    };
    format!("{} button `{}` ({kind})", look.color, look.text)
}

fn main() {
    let users = users();
    for (n, (name, about, _)) in users.iter().enumerate() {
        println!("{}  {name:<9}  {about}", n + 1);
    }

    let engine = Flags::engine();
    engine.set_clock(FixedClock(NOW));
    println!("\nin {}, on 6 December 2026:\n", engine.environment().as_deref().unwrap_or("no environment"));
    row("flag", "12345", "value", "reason", "rule");
    row("─".repeat(32), "─".repeat(5), "─".repeat(9), "─".repeat(19), "─".repeat(21));
    for flag in engine.flags() {
        let answers = users.each_ref().map(|(_, _, context)| answer(&flag.evaluate(context)));
        // Users with the same answer for the same reason share a line.
        for (n, shown) in answers.iter().enumerate() {
            if answers.iter().take(n).all(|before| before != shown) {
                let who: String =
                    answers.iter().map(|other| if other == shown { '●' } else { '·' }).collect();
                let [value, reason, rule] = shown;
                row(if n == 0 { flag.key() } else { String::new() }, who, value, reason, rule);
            }
        }
    }
    for problem in engine.problems() {
        println!("\n{problem}");
    }
    println!("\nWhat a program makes of them:\n");
    for (name, _, context) in &users {
        let forums = if Flags::COMMUNITY_FORUMS.enabled(context) { "forums" } else { "no forums" };
        let signals = ai_signals(context).unwrap_or("no signals");
        println!("{name:<9}  {forums}, {signals}, {}", checkout_button(context));
    }
}

/// Value, reason, and what decided or was missing.
fn answer(evaluation: &Evaluation<Value>) -> [String; 3] {
    let decided = match (evaluation.reason(), evaluation.rule(), evaluation.error_code()) {
        (Reason::Override, ..) => evaluation.provenance().to_string(),
        (_, Some(rule), _) => rule.to_string(),
        (_, None, Some(code)) => code.to_string(),
        (_, None, None) => String::new(),
    };
    [evaluation.variant().unwrap_or_default().to_owned(), evaluation.reason().to_string(), decided]
}

fn row(flag: impl Display, who: impl Display, value: impl Display, reason: impl Display, rule: impl Display) {
    println!("{}", format!("{flag:<32}  {who}  {value:<9}  {reason:<19}  {rule}").trim_end());
}

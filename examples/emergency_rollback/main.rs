//! An emergency: one override switches a whole family of flags off at once, and back on.
//!
//! `cargo run --example emergency_rollback`; with `SHOP_PAYMENTS=off` before it, the family starts switched off.

use flags_runtime::{Context, OverrideError, OverrideState, feature_flag};

flags_runtime::flags!("examples/emergency_rollback/flags.yaml");

/// What a customer sees. Nothing here knows of the emergency, or of the flag that ends it.
#[feature_flag("payments.wallet", else = "card")]
fn first_choice(ctx: &Context) -> &'static str {
    "wallet"
}

fn form(ctx: &Context) -> &'static str {
    match Flags::PAYMENTS_FORM.variant(ctx) {
        PaymentsForm::Classic => "three pages",
        PaymentsForm::Express => "one page",
    }
}

fn show(when: &str, ctx: &Context) {
    println!("{when}: {}, paid by {} first", form(ctx), first_choice(ctx));
    for flag in Flags::engine().flags() {
        let evaluation = flag.evaluate(ctx);
        let answer = evaluation.variant().unwrap_or_default();
        println!("  {:<29}  {answer:<7}  {}", evaluation.key(), evaluation.reason());
    }
}

fn main() -> Result<(), OverrideError> {
    let engine = Flags::engine();
    let ctx = Flags::context("customer-5");
    show("before", &ctx);

    // From an admin page, a signal, a message: it is in force for every thread when this returns.
    engine.set_override(Flags::PAYMENTS, OverrideState::Off)?;
    println!();
    show("payments are switched off", &ctx);
    for overridden in engine.overrides() {
        println!("  overridden: {} = {}", overridden.key, overridden.state);
    }
    println!("\nwhy:");
    print!("{}", Flags::PAYMENTS_INSTALMENTS_REMINDER.explain(&ctx));

    // Carefully back: a tenth of the customers first, and the family for the same customers.
    engine.set_override(Flags::PAYMENTS, OverrideState::Percentage(10.0))?;
    let customers: Vec<Context> = (0..1000).map(|n| Flags::context(format!("customer-{n}"))).collect();
    let count = |has: fn(&Context) -> bool| customers.iter().filter(|ctx| has(ctx)).count();
    println!("\nat 10 %, of 1,000 customers:");
    println!("  payments     {:>3}", count(|ctx| Flags::PAYMENTS.enabled(ctx)));
    println!("  wallet       {:>3}", count(|ctx| Flags::PAYMENTS_WALLET.enabled(ctx)));
    println!("  instalments  {:>3}", count(|ctx| Flags::PAYMENTS_INSTALMENTS.enabled(ctx)));
    println!("  newsletter  {:>4}", count(|ctx| Flags::NEWSLETTER.enabled(ctx)));

    engine.reset_override(Flags::PAYMENTS)?;
    println!();
    show("the emergency is over", &ctx);
    Ok(())
}

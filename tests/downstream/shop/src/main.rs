//! A program that gates functions by flags of another crate: plain ones, handlers of axum, methods
//! of `#[async_trait]`.

mod own;
mod service;
mod worker;

use flags_runtime::{Context, feature_flag};
use toggles::{CheckoutButton, Flags, FlagsContext, Plan};
use worker::{Nightly, Own, Worker as _};

#[feature_flag("community.forums")]
fn forums(ctx: &Context) -> Option<String> {
    Some(format!("welcome, {}", ctx.key().unwrap_or("stranger")))
}

#[feature_flag("checkout.button", variant = "treatment", else = "Buy")]
fn label(ctx: &FlagsContext) -> &'static str {
    "Purchase"
}

fn color(ctx: &FlagsContext) -> String {
    match Flags::CHECKOUT_BUTTON.variant(ctx) {
        CheckoutButton::Control => "plain".to_owned(),
        CheckoutButton::Treatment => Flags::CHECKOUT_BUTTON.value(ctx).color.clone(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for user in ["insider", "somebody"] {
        let ctx = Flags::context(user).plan(Plan::Premium).groups(["staff"]);
        println!(
            "{user}: {:?}, {}, {}, {}",
            forums(&ctx),
            label(&ctx),
            color(&ctx),
            Flags::PAGE_SIZE.get(&ctx)
        );
        println!("{user}: GET /forums {}", service::get("/forums", user).await);
        println!("{user}: GET /checkout {}", service::get("/checkout", user).await);
        println!("{user}: GET /ambient {}", service::get("/ambient", user).await);
        println!("{user}: batches {:?}", Nightly { size: 3 }.run(&ctx).await);
        println!("{user}: own batches {:?}", Own(ctx.clone()).run(&ctx).await);
    }
    println!("own: {}", own::search(&Context::anonymous()));
    println!("nobody: {}", Flags::PAGE_SIZE.get(&Context::anonymous()));
}

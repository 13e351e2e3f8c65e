//! A variant that is near nothing is reported with those that there are.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);

#[feature_flag("checkout.button", variant = "blue", default)]
fn checkout(ctx: &Context) {}

fn main() {}

//! A variant is a string.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);

#[feature_flag("checkout.button", variant = Treatment, default)]
fn checkout(ctx: &Context) {}

fn main() {}

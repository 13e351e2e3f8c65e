//! A misspelt variant is reported with the nearest one.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);

#[feature_flag("checkout.button", variant = "treatmnt", default)]
fn checkout(ctx: &Context) {}

fn main() {}

//! A flag with variants is neither on nor off.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);

#[feature_flag("checkout.button")]
fn checkout(ctx: &Context) {}

fn main() {}

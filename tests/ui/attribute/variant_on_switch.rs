//! A switch has no variants.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", variant = "on")]
fn forums(ctx: &Context) {}

fn main() {}

//! The key comes first.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag(default)]
fn post(ctx: &Context) {}

#[feature_flag(variant = "treatment")]
fn checkout(ctx: &Context) {}

fn main() {}

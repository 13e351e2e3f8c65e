//! The key is a string.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag(42)]
fn post(ctx: &Context) {}

#[feature_flag('f')]
fn read(ctx: &Context) {}

fn main() {}

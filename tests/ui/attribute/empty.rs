//! The key cannot be left out.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag]
fn post(ctx: &Context) {}

#[feature_flag()]
fn read(ctx: &Context) {}

fn main() {}

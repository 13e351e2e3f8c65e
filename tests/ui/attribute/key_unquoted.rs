//! The key is in quotes.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag(community.forums)]
fn post(ctx: &Context) {}

fn main() {}

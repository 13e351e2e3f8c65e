//! Arguments are separated by commas.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums" default)]
fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

//! A constant function runs when no flag can be asked.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", default)]
const fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

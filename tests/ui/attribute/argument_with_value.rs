//! `default` and `negate` are words.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", default = 3, negate = true)]
fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

//! One fallback is enough.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", default, else = 3)]
fn posts(ctx: &Context) -> u32 {
    1
}

fn main() {}

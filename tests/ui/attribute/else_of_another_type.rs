//! What `else` gives is what the function returns.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", else = "none")]
fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

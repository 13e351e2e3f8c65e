//! Each argument is given once.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", else = 1, else = 2)]
fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

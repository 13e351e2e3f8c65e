//! So does that of a future.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
async fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

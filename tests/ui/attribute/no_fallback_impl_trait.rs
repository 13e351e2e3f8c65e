//! Of `impl Trait` nothing is known.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn posts(ctx: &Context) -> impl Iterator<Item = u32> {
    0..3
}

fn main() {}

//! A return type that says nothing about flags being off needs to be told.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn posts(ctx: &Context) -> u32 {
    3
}

fn main() {}

//! `else` needs a value.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", else)]
fn post(ctx: &Context) -> u32 {
    1
}

#[feature_flag("community.forums", else =)]
fn read(ctx: &Context) -> u32 {
    1
}

fn main() {}

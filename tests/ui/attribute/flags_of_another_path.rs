//! `flags` names the generated flags.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", flags = crate::flags::Flags)]
fn post(ctx: &Context) {}

fn main() {}

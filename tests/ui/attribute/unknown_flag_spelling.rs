//! A key is not its constant.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("COMMUNITY_FORUMS")]
fn forums(ctx: &Context) {}

fn main() {}

//! A misspelt key is reported with the nearest one.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("comunity.forums")]
fn forums(ctx: &Context) {}

fn main() {}

//! All unknown arguments are reported at once.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", elze = 1, varient = "x", timeout = 3)]
fn post(ctx: &Context) {}

fn main() {}

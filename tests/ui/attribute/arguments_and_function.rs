//! Mistakes of the arguments and of the function come together.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", negated)]
const fn post(ctx: &Context) {}

fn main() {}

//! A key that is near nothing is to be declared.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("billing")]
fn billing(ctx: &Context) {}

fn main() {}

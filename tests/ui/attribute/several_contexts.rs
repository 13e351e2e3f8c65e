//! Of several contexts one must be chosen.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn share(from: &Context, to: &Context) {}

fn main() {}

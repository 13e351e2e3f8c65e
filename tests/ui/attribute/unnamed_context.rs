//! A context without a name cannot be asked with.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn post(_: &Context) {}

fn main() {}

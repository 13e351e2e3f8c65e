//! Without a context the three ways to give one are named.

use flags_runtime::feature_flag;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn post(text: &str) {}

fn main() {}

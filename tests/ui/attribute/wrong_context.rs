//! What is no context is refused.

use flags_runtime::feature_flag;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums", ctx = user)]
fn post(user: &str) {}

fn main() {}

//! Only functions are gated.

use flags_runtime::feature_flag;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
struct Forums {
    posts: u32,
}

fn main() {}

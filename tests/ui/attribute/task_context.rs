//! The context of a task is another thing.

use flags_runtime::feature_flag;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn poll(cx: &mut std::task::Context<'_>) {}

fn main() {}

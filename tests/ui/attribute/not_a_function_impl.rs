//! An implementation is gated method by method.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

struct Forums;

#[feature_flag("community.forums")]
impl Forums {
    fn post(&self, ctx: &Context) {}
}

fn main() {}

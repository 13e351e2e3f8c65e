//! A method without a body has nothing to gate.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

trait Forums {
    #[feature_flag("community.forums")]
    fn post(&self, ctx: &Context);
}

fn main() {}

//! An error that cannot be made from `FlagDisabled` is no fallback.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

struct Failure;

#[feature_flag("community.forums")]
fn posts(ctx: &Context) -> Result<u32, Failure> {
    Ok(3)
}

fn main() {}

//! A typed value is neither on nor off.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    page_size: { type: integer, value: 20 }
"
);

#[feature_flag("page_size")]
fn pages(ctx: &Context) {}

fn main() {}

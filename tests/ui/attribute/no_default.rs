//! `default` needs a type with one.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

struct Page;

#[feature_flag("community.forums", default)]
fn page(ctx: &Context) -> Page {
    Page
}

fn main() {}

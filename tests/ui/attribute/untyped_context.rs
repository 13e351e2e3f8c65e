//! Where an attribute is required, a plain context may lack it.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "context:
    tenant_id: { type: string, required: true }
flags:
    community.forums: on
"
);

#[feature_flag("community.forums")]
fn post(ctx: &Context) {}

fn main() {}

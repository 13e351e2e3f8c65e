//! Where an attribute is required, a plain context may lack it.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "context:
    tenant_id: { type: string, required: true }
flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::COMMUNITY_FORUMS.enabled(&Context::new("user-123"));
}

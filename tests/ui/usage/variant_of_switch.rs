//! A switch has no variants.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::COMMUNITY_FORUMS.variant(&Context::anonymous());
}

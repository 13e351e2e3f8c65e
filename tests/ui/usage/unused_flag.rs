//! A flag that nobody reads is named.

#![deny(dead_code)]

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
    new_ui: on
"
);



fn main() {
    let _ = Flags::COMMUNITY_FORUMS.enabled(&Context::anonymous());
}

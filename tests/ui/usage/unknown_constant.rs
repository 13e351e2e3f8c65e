//! A misspelt constant is reported with the nearest one.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);



fn main() {
    let on = Flags::COMUNITY_FORUMS.enabled(&Context::anonymous());
}

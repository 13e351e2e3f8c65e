//! What is legal but surely not meant warns.

#![deny(deprecated)]

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    new_ui: { state: on, rollout: 20 }
"
);



fn main() {
    let _ = Flags::NEW_UI.enabled(&Context::anonymous());
}

//! A fixed flag is a switch.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    new_ui: { state: on, mutability: fixed }
"
);



fn main() {
    let _ = Flags::NEW_UI.variant(&Context::anonymous());
}

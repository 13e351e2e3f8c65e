//! Variants without values have none to read.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);



fn main() {
    let _ = Flags::CHECKOUT_BUTTON.value(&Context::anonymous());
}

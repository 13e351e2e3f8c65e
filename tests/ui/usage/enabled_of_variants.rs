//! A flag with variants is neither on nor off.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);



fn main() {
    let _ = Flags::CHECKOUT_BUTTON.enabled(&Context::anonymous());
}

//! A match over variants handles every one.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);



fn main() {
    match Flags::CHECKOUT_BUTTON.variant(&Context::anonymous()) {
        CheckoutButton::Control => {}
    }
}

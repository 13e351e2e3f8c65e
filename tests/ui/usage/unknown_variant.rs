//! A variant that does not exist is no variant of the enum.

use flags_runtime::Context;

flags_runtime::flags!(
    inline = "flags:
    checkout.button: { state: on, variants: [control, treatment] }
"
);



fn main() {
    let _ = Flags::CHECKOUT_BUTTON.variant(&Context::anonymous()) == CheckoutButton::Blue;
}

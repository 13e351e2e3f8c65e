//! Flags in a module, public ones, two sets of them, other names for them.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, missing_copy_implementations)]

use flags_runtime::Context;

/// The flags of this program.
pub(crate) mod flags {
    flags_runtime::flags!(
        pub inline = "
context:
  plan: { type: string, values: [free, premium] }
flags:
  new-ui: { state: on, description: 'The new [interface] <beta>' }
  checkout: { state: on, variants: { control: { color: blue }, treatment: { color: green } } }
"
    );
}

/// Flags of another part.
mod other {
    flags_runtime::flags!(inline = "flags: { new-ui: off }");

    #[flags_runtime::feature_flag("new-ui")]
    pub(crate) fn beside_the_flags(ctx: &flags_runtime::Context) -> Option<u32> {
        Some(1)
    }
}

mod renamed {
    use super::flags::Flags as Toggles;
    use flags_runtime::{Context, feature_flag};

    #[feature_flag("new-ui", flags = Toggles)]
    pub(crate) fn by_alias(ctx: &Context) -> Option<u32> {
        Some(1)
    }

    #[feature_flag("new-ui", flags = super::other::Flags)]
    pub(crate) fn by_path(ctx: &Context) -> Option<u32> {
        Some(1)
    }
}

pub(crate) fn main() {
    let ctx = &Context::anonymous();
    assert_eq!(renamed::by_alias(ctx), Some(1));
    assert_eq!(renamed::by_path(ctx), None);
    assert_eq!(other::beside_the_flags(ctx), None);
    assert!(flags::Flags::NEW_UI.enabled(ctx) && !other::Flags::NEW_UI.enabled(ctx));
    assert_eq!(
        flags::Flags::CHECKOUT.value(ctx).color.len(),
        if flags::Flags::CHECKOUT.variant(ctx) == flags::Checkout::Control { 4 } else { 5 }
    );
}

//! With a mistake in the document, flags that could be read are no mistake.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    community.forums: on
    new_ui: { state: gradul }
    checkout: { state: on, variants: [control, treatment] }
"
);



#[feature_flag("checkout", variant = "treatment")]
fn checkout(ctx: &Context) {}

#[feature_flag("renamed")]
fn renamed(ctx: &Context) {}

fn main() {
    let ctx = Context::anonymous();
    let _ = (Flags::COMMUNITY_FORUMS.enabled(&ctx), Flags::NEW_UI.enabled(&ctx));
    let _ = Flags::CHECKOUT.variant(&ctx) == Checkout::Control;
}

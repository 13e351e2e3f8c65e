//! Required attributes: no flag is asked without them.

#![deny(warnings)]

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "
context:
  tenant_id: { type: string, required: true }
  plan: { type: string, values: [free, premium], required: true }
  country: string
flags:
  for-all: { state: gradual, rollout: { percentage: 100, by: tenant_id } }
  checkout: { state: on, variants: [control, treatment] }
  page_size: { type: integer, value: 20 }
  constant: { state: on, mutability: fixed }
"
);

#[feature_flag("for-all")]
fn gated(ctx: &FlagsContext) -> Option<u32> {
    Some(1)
}

#[feature_flag("constant")]
fn fixed(ctx: &FlagsContext) -> Option<u32> {
    Some(1)
}

pub(crate) fn main() {
    let ctx = Flags::context("user-123", "tenant-7", Plan::Premium).country("DE");
    assert!(Flags::FOR_ALL.enabled(&ctx));
    assert_eq!(gated(&ctx), Some(1));
    assert_eq!(fixed(&ctx), Some(1));
    assert_eq!(Flags::PAGE_SIZE.get(&ctx), 20);
    assert!(Checkout::ALL.contains(&Flags::CHECKOUT.variant(&ctx)));
    assert!(Flags::FOR_ALL.enabled(&Flags::anonymous("tenant-7", Plan::Free)));

    let plain = Context::new("user-123").with("plan", "free");
    let missing = FlagsContext::try_from(plain.clone()).unwrap_err();
    assert_eq!(missing.to_string(), "the context has no `tenant_id`, which is required");
    assert!(FlagsContext::try_from(plain.with("tenant_id", "tenant-7")).is_ok());
}

//! The typed context: a method per attribute, enums for declared values.

#![deny(warnings)]

use flags_runtime::{AttributeValue, Context, feature_flag};
use std::net::{IpAddr, Ipv4Addr};
use std::time::SystemTime;

flags_runtime::flags!(
    inline = "
context:
  plan: { type: string, values: [free, premium, two-years, y24] }
  country: string
  age: integer
  score: number
  staff: boolean
  signup_date: timestamp
  app_version: version
  ip: address
  groups: [string]
  sizes: [integer]
  colors: { type: [string], values: [red, green] }
  user.role: string
  type: string
  context: string
  item: [string]
  email: { type: string, private: true }
flags:
  for-premium: { state: targeted, rules: [{ when: { plan: premium, groups: { contains: staff } } }] }
"
);

#[feature_flag("for-premium")]
fn typed(ctx: &FlagsContext) -> Option<u32> {
    Some(1)
}

#[feature_flag("for-premium")]
fn untyped(ctx: &Context) -> Option<u32> {
    Some(1)
}

#[feature_flag("for-premium")]
fn owned(ctx: FlagsContext) -> Option<u32> {
    Some(1)
}

pub(crate) fn main() {
    let ctx = Flags::context("user-123")
        .plan(Plan::Premium)
        .country("DE")
        .country(String::from("AT"))
        .age(25)
        .score(0.5)
        .staff(true)
        .signup_date(SystemTime::UNIX_EPOCH)
        .app_version("1.2.3")
        .ip(Ipv4Addr::LOCALHOST)
        .ip(IpAddr::from([10, 0, 0, 1]))
        .groups(["staff", "parents"])
        .groups(vec![String::from("staff")])
        .sizes([1, 2])
        .colors([Colors::Red])
        .user_role("admin")
        .r#type("person")
        .context("inner")
        .item(["a"])
        .email("someone@example.com");
    assert_eq!(ctx.key(), Some("user-123"));
    assert_eq!(ctx.get("country"), Some(&AttributeValue::from("AT")));
    assert_eq!(ctx.get("signup_date"), Some(&AttributeValue::from(0)));
    assert_eq!(ctx.get("ip"), Some(&AttributeValue::from("10.0.0.1")));
    assert_eq!(ctx.get("colors"), Some(&AttributeValue::from(["red"])));
    assert_eq!(ctx.get("user.role"), Some(&AttributeValue::from("admin")));
    assert_eq!(Plan::Y24.as_str(), "y24");
    assert_eq!("two-years".parse(), Ok(Plan::TwoYears));

    assert!(Flags::FOR_PREMIUM.enabled(&ctx));
    assert_eq!(typed(&ctx), Some(1));
    assert_eq!(untyped(&ctx), Some(1));
    assert_eq!(owned(ctx.clone()), Some(1));

    let plain = Context::new("user-123").with("plan", "premium").with("groups", ["staff"]);
    assert!(Flags::FOR_PREMIUM.enabled(&plain));
    assert_eq!(untyped(&plain), Some(1));
    assert_eq!(typed(&FlagsContext::from(plain.clone())), Some(1));
    assert_eq!(Context::from(ctx.clone()), *ctx);
    assert_eq!(Flags::anonymous().key(), None);
    assert!(!Flags::FOR_PREMIUM.enabled(&Flags::anonymous()));
}
